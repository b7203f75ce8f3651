"""The play network as a kind of provider: nothing to be told, play money only, both rails in one account."""

from collections.abc import Mapping
from typing import Final

from admitone.payments.bitcoin.chain import Tiers
from admitone.payments.kinds import AccountSheet, Credential
from admitone.payments.providers import lightning, onchain
from admitone.payments.providers.play_bitcoin.both import BothRails
from admitone.payments.providers.play_bitcoin.chain import PlayChain
from admitone.payments.providers.play_bitcoin.node import PlayNode

# Two for every amount, so that "1 of 2 confirmations" can be seen with a cheap ticket.
TIERS: Final = Tiers(least=2)


class PlayBitcoinKind:
    """Implements `Kind`."""

    name = "play_bitcoin"
    label = "Play Bitcoin"
    is_watched = True
    is_played = True
    credentials: tuple[Credential, ...] = ()
    methods = (lightning.METHOD, onchain.METHOD)
    redirect_origins: frozenset[str] = frozenset()

    def __init__(self, by_lightning: lightning.Lightning, on_chain: onchain.Onchain) -> None:
        self._lightning = by_lightning
        self._onchain = on_chain

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> BothRails:
        """As `Kind.open`."""
        database, clock = self._lightning.database, self._lightning.book.clock
        by_lightning = self._lightning.provider(sheet, PlayNode(sheet.id, database, clock))
        chain = PlayChain(sheet.id, database, clock)
        on_chain = self._onchain.provider(sheet, chain, chain, by_lightning.look, tiers=TIERS)
        return BothRails(sheet, by_lightning, on_chain)
