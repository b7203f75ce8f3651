"""The keys by which this site signs as a UMA provider, and what it tells others of them.

With certificates from settings their chain is shown, leaf first. Without, the keys are made from the master key and
shown bare, which other providers accept too (UMAD-02 has both forms).
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import coincurve
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from admitone.payments.uma.chains import BadChain, leaf_key
from admitone.values.clock import epoch_ms

SHOWN_FOR: Final = timedelta(days=1)


class BadUmaKey(ValueError):
    """A key or certificate of the settings cannot be used. The message says which, and nothing secret."""


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A secp256k1 key (32 bytes, never shown) and its certificates as DER, leaf first, where it has any."""

    secret: bytes = field(repr=False)
    chain: tuple[bytes, ...] = ()

    @property
    def public(self) -> bytes:
        """65 bytes, uncompressed."""
        return coincurve.PrivateKey(self.secret).public_key.format(compressed=False)


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """What signs and what others may encrypt for."""

    signing: OwnKey
    encryption: OwnKey

    def shown(self, now: datetime) -> dict[str, object]:
        """The answer to `/.well-known/lnurlpubkey`; it may be kept for a day."""
        answer: dict[str, object] = {
            "signingPubKey": self.signing.public.hex(),
            "encryptionPubKey": self.encryption.public.hex(),
            "expirationTimestamp": epoch_ms(now + SHOWN_FOR) // 1000,
        }
        if self.signing.chain:
            answer["signingCertChain"] = [one.hex() for one in self.signing.chain]
        if self.encryption.chain:
            answer["encryptionCertChain"] = [one.hex() for one in self.encryption.chain]
        return answer


def own_key(name: str, secret_hex: str | None, chain_pem: str | None, master_key: bytes) -> OwnKey:
    """The key named so ("signing", "encryption") from settings, or made from the master key where there is none.

    Raises `BadUmaKey` when they are no key, no certificates, or do not belong together.
    """
    if secret_hex is None:
        if chain_pem is not None:
            raise BadUmaKey(f"the UMA {name} certificates need the {name} key")
        return OwnKey(_derived(name, master_key))
    try:
        secret = bytes.fromhex(secret_hex.strip())
        if len(secret) != 32:
            raise ValueError
        key = OwnKey(coincurve.PrivateKey(secret).secret)
    except ValueError:
        # Not as a cause: it may quote what it could not read.
        raise BadUmaKey(f"the UMA {name} key is no secp256k1 key of 64 hexadecimal digits") from None
    if chain_pem is None:
        return key
    try:
        certificates = x509.load_pem_x509_certificates(chain_pem.replace("\\n", "\n").encode())
        chain = tuple(one.public_bytes(serialization.Encoding.DER) for one in certificates)
        public = leaf_key(chain)
    except (ValueError, BadChain):
        raise BadUmaKey(f"the UMA {name} certificates cannot be read, or are not of secp256k1") from None
    if public != key.public:
        raise BadUmaKey(f"the first of the UMA {name} certificates is of another key")
    return OwnKey(key.secret, chain)


def _derived(name: str, master_key: bytes) -> bytes:
    """A key in range: of 2**256 numbers all but some 2**128 are one, so the second try is never seen."""
    order = int("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141", 16)
    tried = 0
    while True:
        digest = hashlib.sha256(f"admitone uma {name} {tried}|".encode() + master_key).digest()
        if 0 < int.from_bytes(digest) < order:
            return digest
        tried += 1
