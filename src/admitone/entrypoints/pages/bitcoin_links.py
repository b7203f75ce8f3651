"""The addresses of pages about bitcoin: `links` has them all."""

from urllib.parse import quote

CONNECTED_WALLET = "/account/wallet"
CONNECTED_WALLET_LOOK = "/account/wallet/look"
CONNECTED_WALLET_DISCONNECT = "/account/wallet/disconnect"
PLAY_BITCOIN = "/play-bitcoin"


def pay_bitcoin(token: str) -> str:
    """Paying with Bitcoin: one page for all rails. `?way=` chooses what its code holds."""
    return f"/orders/{token}/bitcoin"


def pay_bitcoin_uma(token: str) -> str:
    """POST: the provider of the buyer's UMA name is asked to ask them; the answer leads back to `pay_bitcoin`."""
    return f"{pay_bitcoin(token)}/uma"


def pay_from_wallet(token: str) -> str:
    """POST: the person's connected wallet is to pay what is due; the answer leads back to `pay_bitcoin`."""
    return f"{pay_bitcoin(token)}/wallet"


def pay_bitcoin_status(token: str) -> str:
    """Answers `{"state": "<a word>"}`, another one once the page would say something else."""
    return f"{pay_bitcoin(token)}/status"


def organiser_bitcoin(slug: str, verb: str = "") -> str:
    """Payments in bitcoin that are waited for, and the nodes. POST `ask`: about one of them, now."""
    path = f"/organiser/{quote(slug, safe='')}/bitcoin"
    return f"{path}/{verb}" if verb else path


def refund_claim(token: str) -> str:
    """Where a buyer says where bitcoin goes back to."""
    return f"/refund-in-bitcoin/{token}"


def refund_claim_status(token: str) -> str:
    """A word that differs once that page would say something else."""
    return f"{refund_claim(token)}/status"
