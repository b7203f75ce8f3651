"""PayPal: buyers agree on its page; money comes, goes back, and goes out to organisers by e-mail address.

`PayPalKind` opens an account; where PayPal is (the real one, its sandbox, a stand-in) is a `Place`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from admitone.payments.kinds import AccountSheet, Credential, Mode
from admitone.payments.providers.paypal.adapter import METHOD, Parts, PayPalProvider, Remembered
from admitone.payments.providers.paypal.notices import Certificates, Trust
from admitone.payments.providers.paypal.wire import Wire
from admitone.plumbing.outgoing import Client
from admitone.values.clock import Clock

__all__ = ["PLACES", "PayPalKind", "PayPalProvider", "Place", "Trust"]

_OPENED_MOST = 1000
_KEY = {Mode.TEST: r"[A-Za-z0-9_-]{20,120}", Mode.LIVE: r"[A-Za-z0-9_-]{20,120}"}
CREDENTIALS = (
    Credential(
        "client_id",
        "Client ID",
        "developer.paypal.com, Apps & Credentials, your app; choose Sandbox or Live there first.",
        is_secret=False,
        pattern=_KEY,
    ),
    Credential("client_secret", "Secret", "On the same page, below the client ID.", pattern=_KEY),
    Credential(
        "webhook_id",
        "Webhook ID",
        "Add a webhook to your app with the address shown here and all events, then copy its ID.",
        is_secret=False,
        pattern={Mode.TEST: r"[A-Za-z0-9]{10,40}", Mode.LIVE: r"[A-Za-z0-9]{10,40}"},
    ),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where PayPal is: its interface, the origin of its pages, whose signatures count."""

    api_url: str
    page_origin: str
    trust: Trust = field(default_factory=Trust)


PLACES: Mapping[Mode, Place] = MappingProxyType(
    {
        Mode.TEST: Place("https://api-m.sandbox.paypal.com", "https://www.sandbox.paypal.com"),
        Mode.LIVE: Place("https://api-m.paypal.com", "https://www.paypal.com"),
    }
)


@dataclass(frozen=True, slots=True)
class _Opened:
    digest: bytes = field(repr=False)
    wire: Wire
    certificates: Certificates
    remembered: Remembered


class PayPalKind:
    """Implements `Kind`. Tokens and certificates are kept here by account, however often one is opened."""

    name = "paypal"
    is_watched = False
    is_played = False
    label = "PayPal"
    credentials = CREDENTIALS
    methods = (METHOD,)

    def __init__(self, client: Client, clock: Clock, places: Mapping[Mode, Place] = PLACES) -> None:
        self._client = client
        self._clock = clock
        self._places = places
        self._opened: dict[UUID, _Opened] = {}

    @property
    def redirect_origins(self) -> frozenset[str]:
        """As `Kind.redirect_origins`."""
        return frozenset(place.page_origin for place in self._places.values())

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> PayPalProvider:
        """As `Kind.open`."""
        place = self._places[sheet.mode]
        login = credentials["client_id"], credentials["client_secret"]
        digest = hashlib.sha256("\0".join((sheet.mode, *login)).encode()).digest()
        known = self._opened.get(sheet.id)
        if known is None or known.digest != digest:
            if len(self._opened) >= _OPENED_MOST:
                self._opened.clear()
            known = _Opened(
                digest,
                Wire(self._client, self._clock, place.api_url, *login),
                Certificates(self._client, self._clock, place.trust),
                Remembered(),
            )
            self._opened[sheet.id] = known
        return PayPalProvider(
            Parts(
                sheet=sheet,
                wire=known.wire,
                certificates=known.certificates,
                webhook_id=credentials["webhook_id"],
                page_origin=place.page_origin,
                remembered=known.remembered,
            )
        )
