"""A wallet reached by Nostr Wallet Connect, as a kind of provider: organisers are paid without a node of their own."""

from collections.abc import Mapping
from typing import Final

from admitone.payments.kinds import AccountSheet, Credential
from admitone.payments.nwc import read_uri
from admitone.payments.providers.lightning import METHOD, Lightning, LightningProvider
from admitone.payments.providers.nwc.node import NwcNode
from admitone.plumbing.public_fetch import PublicFetch
from admitone.values.clock import Clock
from admitone.values.refusals import Refusal

SWEPT_MOST: Final = 50
"""So many of the newest open invoices are looked up when a watch begins; the timetable asks about all."""
CREDENTIALS: Final = (
    Credential(
        "uri",
        "Connection",
        "Your wallet makes it (Nostr Wallet Connect). It needs make_invoice and lookup_invoice; for refunds also"
        " pay_invoice, with a budget you are fine with. It begins with nostr+walletconnect://",
        length_most=2000,
    ),
)


class NwcKind:
    """Implements `Kind`. `loopback`: a relay on this very machine is fine (development)."""

    name = "nwc"
    label = "Nostr Wallet Connect"
    credentials = CREDENTIALS
    methods = (METHOD,)
    redirect_origins: frozenset[str] = frozenset()
    is_watched = True
    is_played = False

    def __init__(self, lightning: Lightning, clock: Clock, fetch: PublicFetch, *, loopback: bool) -> None:
        self._lightning = lightning
        self._clock = clock
        self._fetch = fetch
        self._loopback = loopback

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> LightningProvider:
        """As `Kind.open`."""
        wrong = ""
        try:
            uri = read_uri(credentials.get("uri", ""), loopback=self._loopback)
        except Refusal as refusal:
            # `look` says so; the organiser's other accounts go on.
            uri, wrong = None, refusal.sentence
        node = NwcNode(
            uri,
            self._fetch,
            self._clock,
            lambda: self._lightning.book.hashes_waiting(sheet.id, SWEPT_MOST),
            wrong=wrong,
        )
        return self._lightning.provider(sheet, node, holds=False)
