"""Ed25519 key rings (RFC 8032): several keys at once, one of them active, so keys are replaced without a gap.

A ring is a value: adding or dropping a key gives a new ring. A live ring takes the place of another in whoever
holds it. Where the keys are stored, sealed, is the owner's affair.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class KeyRing:
    """Private keys by key id (one byte). The active one signs; all of them still verify."""

    __slots__ = ("_active", "_private", "_public")

    def __init__(self, private_keys: Mapping[int, Ed25519PrivateKey], active: int) -> None:
        assert active in private_keys, "the active key must be in the ring"
        assert all(0 <= key_id <= 255 for key_id in private_keys), "a key id is one byte"
        self._private = dict(private_keys)
        self._public = {key_id: key.public_key() for key_id, key in private_keys.items()}
        self._active = active

    @classmethod
    def generate(cls, key_id: int = 1) -> "KeyRing":
        """A new ring with one fresh key."""
        return cls({key_id: Ed25519PrivateKey.generate()}, key_id)

    @classmethod
    def from_raw(cls, private_keys: Mapping[int, bytes], active: int) -> Self:
        """A ring from the 32-byte seeds that `raw_private_keys` gave."""
        return cls(
            {key_id: Ed25519PrivateKey.from_private_bytes(raw) for key_id, raw in private_keys.items()},
            active,
        )

    @property
    def active(self) -> int:
        """The id of the key that signs."""
        return self._active

    @property
    def signer(self) -> Ed25519PrivateKey:
        """The active private key."""
        return self._private[self._active]

    def public_keys(self) -> Mapping[int, Ed25519PublicKey]:
        """Every key a signature may still come from, read-only."""
        return MappingProxyType(self._public)

    def raw_public_keys(self) -> dict[int, bytes]:
        """The public keys as 32 bytes each, for a door's offline bundle."""
        return {key_id: key.public_bytes_raw() for key_id, key in self._public.items()}

    def raw_private_keys(self) -> dict[int, bytes]:
        """The 32-byte seeds, to be sealed before they are stored."""
        return {key_id: key.private_bytes_raw() for key_id, key in self._private.items()}

    def with_new_key(self, key_id: int) -> "KeyRing":
        """This ring and one fresh key, which becomes the active one. Key ids are never used twice."""
        assert key_id not in self._private, "a key id is never used twice"
        return KeyRing({**self._private, key_id: Ed25519PrivateKey.generate()}, key_id)

    def without(self, key_id: int) -> "KeyRing":
        """This ring without one key: what it signed is refused from now on."""
        assert key_id != self._active, "the active key cannot be dropped"
        assert key_id in self._private, "only a key of this ring can be dropped"
        return KeyRing({kid: key for kid, key in self._private.items() if kid != key_id}, self._active)

    def __repr__(self) -> str:
        return f"KeyRing(active={self._active}, keys={sorted(self._private)})"


class LiveRing(KeyRing):
    """The ring of a process: whoever holds it, or its `public_keys()`, has what it adopted last."""

    __slots__ = ()

    def adopt(self, newer: KeyRing) -> None:
        """Have the keys of `newer` from now on. No task is in the middle of a signature: signing never waits."""
        self._private, self._active = newer._private, newer._active
        for gone in self._public.keys() - newer._public.keys():
            del self._public[gone]
        self._public.update(newer._public)
