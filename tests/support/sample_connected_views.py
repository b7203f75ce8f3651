"""A connected wallet where something is paid: at checkout, and on the page of paying with Bitcoin."""

from dataclasses import replace

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.bitcoin.view import PayerForm
from admitone.entrypoints.pages.checkout.view import PayMethod
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import Link
from tests.support.sample_bitcoin_views import TOKEN, WAYS, waiting_view
from tests.support.sample_order_views import METHODS, checkout_view

_HINT = "As $you@provider.example."
_ASKED = PayerForm("", "", "", "uma", "Your UMA name")


def connected_views() -> dict[str, View]:
    """Each state by name."""
    ways = (
        *(replace(one, is_current=False) for one in WAYS),
        Link("UMA name", f"{links.pay_bitcoin(TOKEN)}?way=uma", "user-round"),
        Link("My wallet", f"{links.pay_bitcoin(TOKEN)}?way=connected", "smartphone", is_current=True),
    )
    page = replace(waiting_view(), ways=ways, copies=(), qr_svg=None, open_url="")
    connect = PayerForm(
        links.CONNECTED_WALLET,
        "Connect your wallet once, and pay from it with one press.",
        "Connect a wallet",
        is_link=True,
    )
    connected = replace(
        _ASKED,
        url=links.pay_from_wallet(TOKEN),
        lead="We ask Alby to pay. You confirm it there, if it wants you to.",
        button="Pay from Alby",
        hint=f"{_HINT} If Alby says no, we ask your UMA provider.",
        is_optional=True,
    )
    refused = replace(
        _ASKED,
        url=links.pay_bitcoin_uma(TOKEN),
        lead="Alby said no: it is more than the budget of its connection lets us spend. Nothing was paid.",
        button="Ask my UMA provider instead",
        hint=f"{_HINT} They are asked for this very payment, so you cannot pay twice.",
        other_url=links.pay_from_wallet(TOKEN),
        other_button="Try Alby again",
    )
    unknown = (
        "Alby has not said yet whether it has paid. We keep asking it. Please wait, and do not pay another way "
        "until we know."
    )
    return {
        "bitcoin-connect": replace(page, form=connect),
        "bitcoin-connected": replace(page, form=connected),
        "bitcoin-connected-refused": replace(page, form=refused),
        "bitcoin-connected-unknown": replace(page, form=PayerForm("", unknown, "")),
        "checkout-connected-wallet": _at_checkout(),
    }


def _at_checkout() -> View:
    return replace(
        checkout_view(),
        methods=(
            PayMethod(
                "connected_wallet",
                "Pay with my connected wallet",
                "Alby pays at once. Budget: 60,000 sats left of 100,000 sats",
                "smartphone",
            ),
            PayMethod("bitcoin", "Bitcoin", "Lightning or on-chain, from any Bitcoin app", "bitcoin"),
            *METHODS,
        ),
        takes_uma=True,
        values={"uma": "ada@provider.example"},
        errors={"uma": "A UMA name begins with $ and has a domain. Please check what you typed."},
    )
