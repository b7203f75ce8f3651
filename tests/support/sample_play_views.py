"""The pretended payer of play Bitcoin, with believable contents."""

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.play_bitcoin.view import (
    PlayInvoiceShown,
    PlayPayerView,
    PlayTransactionShown,
)
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import State

_ADDRESS = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
_TXID = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"


def play_views() -> dict[str, View]:
    """What can be paid, and what was."""
    return {
        "play-bitcoin": PlayPayerView(
            post_url=links.PLAY_BITCOIN,
            height_words="12 blocks high",
            invoice=PlayInvoiceShown("48,563 sats", State("Waiting for you", "", "hourglass"), True),
            address=_ADDRESS,
            values={"sats": "48563"},
            transactions=(
                PlayTransactionShown(_TXID, "20,000 sats", State("1 confirmation", "ok", "check"), False),
                PlayTransactionShown(
                    _TXID[::-1], "28,563 sats", State("Waits for a block", "info", "hourglass"), True
                ),
            ),
        ),
        "play-bitcoin-back": PlayPayerView(
            post_url=links.PLAY_BITCOIN,
            height_words="12 blocks high",
            made_label="Your address",
            made=_ADDRESS,
            errors={"sats": "Please type a number of sats, such as 21000."},
            address=_ADDRESS,
        ),
    }
