"""Proofs that a ticket is one's own, passing it on, and wallets that sign in, with believable contents."""

from dataclasses import replace

from markupsafe import Markup

from admitone import tickets
from admitone.entrypoints.pages import links, ownership_links
from admitone.entrypoints.pages.prove.view import BeginProofView, DoorWordView, ProofView
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.sign_in.view import WalletView
from admitone.entrypoints.pages.views import Part
from tests.support.sample_events import LAGOS

_LNURL = (
    "LNURL1" + "DP68GURN8GHJ7ARFD4JKX6T5D9NJUETCV9KHQMR99AHR7CTSWQHJUAM9D3KZ66MWDAMKUTMVDE6HYMRS9AT4WQHQ" * 2
)
_TICKET = "General admission, 1 of 2, Ada Obi"


def ownership_views() -> dict[str, View]:
    """Name of the sample and its view."""
    begin = BeginProofView(
        LAGOS.summarised(), _TICKET, False, ownership_links.prove("t1"), links.ticket("t1")
    )
    asked = ProofView(
        event=LAGOS.summarised(),
        ticket_words=_TICKET,
        passes_on=False,
        is_proved=False,
        until_words="19:42 Lagos time",
        post_url=ownership_links.proof("p1"),
        ways=("account", "preimage", "signature"),
        message=(
            "tickets.example ticket 01935c9e-1f2a-7c3b-8a4d-5e6f7a8b9c0d: show that it is mine. "
            "Code 8f0c3a1b5d7e9f2a4c6e8091b3d5f7a9, until 2026-11-22T19:42:00Z."
        ),
        sign_in_url=links.SIGN_IN,
    )
    proved = replace(asked, is_proved=True, word="K7QM 2XPD")
    receiver = Part(ownership_links.proof_pass_on("p1"))
    door = DoorWordView(
        LAGOS.title, "Mill Lane door", links.checkin("e1"), Part(ownership_links.door_word("e1"))
    )
    return {
        "proof-begin": begin,
        "proof-begin-passing-on": replace(begin, passes_on=True),
        "proof": asked,
        "proof-signed-in": replace(asked, account_email="ada.obi@example.com"),
        "proof-refused": replace(
            asked,
            values={"address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "signature": "H8JawPtQ"},
            errors={"signature": "This signature does not fit the address and the message."},
        ),
        "proof-word": proved,
        "proof-pass-on": replace(proved, passes_on=True, word="", receiver=receiver),
        "proof-door": door,
        "proof-door-shown": replace(
            door,
            proved_words="Owner proved at 19:02, by a signature of the paying address",
            holder="Ada Obi",
            ticket_words="General admission, 1 of 2, code H43A-B07Y-ZW0C-BK4Y",
            state_words="Not used yet. Scan their ticket to let them in.",
        ),
        "proof-door-used": replace(
            door,
            proved_words="Owner proved at 19:02, signed in as its owner",
            holder="Ada Obi",
            ticket_words="General admission, 1 of 2, code H43A-B07Y-ZW0C-BK4Y",
            state_words="Used: 18:51, Mill Lane door.",
            is_open=False,
        ),
    }


def wallet_sign_in_views() -> dict[str, View]:
    """Name of the sample and its view."""
    code = tickets.qr_svg(f"LIGHTNING:{_LNURL}", "Sign-in code")
    waiting = WalletView(
        state="waiting",
        again_url=ownership_links.WALLET_SIGN_IN,
        sign_in_url=links.SIGN_IN,
        account_url=links.ACCOUNT,
        qr_svg=Markup(code),  # noqa: S704 - drawn by us
        lnurl=_LNURL,
        wallet_url=f"lightning:{_LNURL}",
        status_url=ownership_links.wallet_page("w1", "status"),
        go_on_url=ownership_links.wallet_page("w1", "go-on"),
        link_url=links.SIGN_IN_LINK,
        link_key_url=ownership_links.wallet_page("w1", "link"),
        next_path=ownership_links.wallet_page("w1"),
        site_host="tickets.example",
        minutes=10,
    )
    link = replace(waiting, state="unknown", account_email="ada.obi@example.com")
    return {
        "wallet-sign-in": waiting,
        "wallet-sign-in-known": replace(waiting, state="known"),
        "wallet-sign-in-unknown": replace(waiting, state="unknown"),
        "wallet-sign-in-link": link,
        "wallet-sign-in-link-by-password": replace(
            link, asks_password=True, errors={"current_password": "This is not your present password."}
        ),
        "wallet-sign-in-link-by-mail": replace(link, asks_link=True),
        "wallet-sign-in-mine": replace(waiting, state="mine"),
        "wallet-sign-in-taken": replace(waiting, state="taken"),
        "wallet-sign-in-gone": replace(waiting, state="gone"),
    }
