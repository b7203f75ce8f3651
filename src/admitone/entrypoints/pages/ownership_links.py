"""The addresses of pages about whose something is: proofs, passing on, wallets that sign in."""

WALLET_SIGN_IN = "/sign-in/wallet"
WALLET_KEYS = "/account/wallets"


def prove(ticket_token: str) -> str:
    """Where it begins: what a proof is for is asked by a POST."""
    return f"/t/{ticket_token}/prove"


def pass_on(ticket_token: str) -> str:
    """The same, to pass the ticket on."""
    return f"/t/{ticket_token}/pass-on"


def proof(token: str) -> str:
    """A question about a ticket; POST answers it."""
    return f"/proofs/{token}"


def proof_pass_on(token: str) -> str:
    """POST whom the ticket is passed on to, with a proof made for that."""
    return f"{proof(token)}/pass-on"


def door_word(event_id: str) -> str:
    """Where a door types the word that somebody shows."""
    return f"/checkin/{event_id}/word"


def wallet_page(token: str, part: str = "") -> str:
    """A question to a wallet. `part`: nothing, `status` (JSON), `go-on` and `link` (POST)."""
    path = f"{WALLET_SIGN_IN}/{token}"
    return f"{path}/{part}" if part else path


def wallet_key_remove(key_id: str) -> str:
    return f"{WALLET_KEYS}/{key_id}/remove"
