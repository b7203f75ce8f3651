"""Questions to a wallet and its answers, as signed and encrypted events (NIP-01, NIP-04, NIP-44, NIP-47).

Imported where it is used only: the library of keys costs a quarter of a second.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from nostr_sdk import Event, EventBuilder, Keys, Kind, NostrSdkError, PublicKey, Tag, Timestamp

from admitone.payments.nwc import ConnectionUri

INFO_KIND: Final = 13194
REQUEST_KIND: Final = 23194
RESPONSE_KIND: Final = 23195
NOTICE_KINDS: Final = (23196, 23197)
"""Notices encrypted by NIP-04 and by NIP-44."""
NIP44: Final = "nip44_v2"
NIP04: Final = "nip04"


class Unreadable(Exception):
    """Not from this wallet, or not about what was asked: nothing that we wait for. Names nothing of what it held."""


class Garbled(Exception):
    """From this wallet and about what was asked, and not to be read. Names nothing of what it held."""


@dataclass(frozen=True, slots=True)
class Request:
    """A question ready to be sent: its id, and the event as JSON values."""

    id: str
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Announced:
    """What a wallet says to everybody (kind 13194): its methods, how it encrypts, whether it tells of payments."""

    methods: tuple[str, ...]
    encryption: str
    notices: bool


class Envelope:
    """Seals and opens for one connection."""

    def __init__(self, uri: ConnectionUri) -> None:
        self._keys = Keys.parse(uri.secret)
        self._service_key = PublicKey.parse(uri.service)
        self.service = uri.service
        self.own_key = self._keys.public_key().to_hex()

    def seal(
        self, method: str, params: Mapping[str, object], encryption: str, *, now: datetime, valid: timedelta
    ) -> Request:
        """A question; the wallet is told to ignore it when it reads it later than `valid` from now (NIP-40)."""
        plain = json.dumps({"method": method, "params": dict(params)})
        is_new = encryption == NIP44
        encrypt = self._keys.nip44_encrypt if is_new else self._keys.nip04_encrypt
        tags = [
            Tag.public_key(self._service_key),
            Tag.expiration(Timestamp.from_secs(int((now + valid).timestamp()))),
        ]
        if is_new:
            tags.append(Tag.parse(["encryption", NIP44]))
        event = (
            EventBuilder(Kind(REQUEST_KIND), encrypt(self._service_key, plain))
            .tags(tags)
            .custom_created_at(Timestamp.from_secs(int(now.timestamp())))
            .finalize(self._keys)
        )
        return Request(event.id().to_hex(), json.loads(event.as_json()))

    def open_answer(self, event: object, request_id: str) -> dict[str, Any]:
        """The wallet's answer to this question. Raises `Unreadable`, `Garbled`."""
        read = self._genuine(event, (RESPONSE_KIND,))
        if request_id not in _values(read, "e"):
            raise Unreadable
        return self._decrypted(read)

    def open_notice(self, event: object) -> dict[str, Any]:
        """What the wallet tells by itself. Raises `Unreadable`, `Garbled`."""
        return self._decrypted(self._genuine(event, NOTICE_KINDS))

    def read_announced(self, event: object) -> Announced:
        """What the wallet says to everybody. Raises `Unreadable`."""
        read = self._genuine(event, (INFO_KIND,))
        said = " ".join(_values(read, "encryption")).split()
        return Announced(
            methods=tuple(read.content().split()),
            # Who does not say speaks the old way only.
            encryption=NIP44 if NIP44 in said else NIP04,
            notices="payment_received" in " ".join(_values(read, "notifications")).split(),
        )

    def _genuine(self, event: object, kinds: tuple[int, ...]) -> Event:
        try:
            read = Event.from_json(json.dumps(event))
            is_genuine = read.verify() and read.author().to_hex() == self.service
        except NostrSdkError as error:
            raise Unreadable from error
        if not is_genuine or read.kind().as_u16() not in kinds:
            raise Unreadable
        return read

    def _decrypted(self, event: Event) -> dict[str, Any]:
        content = event.content()
        try:
            # NIP-04 is known by its second half, which the alphabet of NIP-44 has not.
            if "?iv=" in content:
                plain = self._keys.nip04_decrypt(self._service_key, content)
            else:
                plain = self._keys.nip44_decrypt(self._service_key, content)
            said = json.loads(plain)
        except (NostrSdkError, ValueError, RecursionError) as error:
            raise Garbled from error
        if not isinstance(said, dict):
            raise Garbled
        return said


def _values(event: Event, name: str) -> list[str]:
    tags = [tag.to_vec() for tag in event.tags()]
    return [tag[1] for tag in tags if len(tag) > 1 and tag[0] == name]
