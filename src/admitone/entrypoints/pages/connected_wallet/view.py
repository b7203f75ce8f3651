"""What the page of a connected wallet says."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.views import Part


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent: "12,000 sats left of 100,000 sats", "Anew tomorrow"; the numbers are whole satoshi."""

    words: str
    renewal: str
    used_sats: int
    total_sats: int


@dataclass(frozen=True, slots=True)
class ConnectedRow:
    """The wallet as it says of itself. `may` and `may_not` are words for what we may ask of it."""

    alias: str
    relay_host: str
    network: str
    may: tuple[str, ...]
    budget: Budget | None
    used_words: str
    looked_words: str
    look_url: str
    disconnect_url: str


@dataclass(frozen=True, slots=True)
class ConnectedWalletView:
    """`form` posts `uri`, whose text is never shown again, also not after a mistake. `connected` None: no wallet is.

    `back_url` leads to where the visitor came from.
    """

    template: ClassVar[str] = "connected_wallet/connected_wallet.html"

    form: Part
    account_url: str
    connected: ConnectedRow | None = None
    back_url: str = ""
