"""Sample views of a refund in bitcoin: asked in both ways and on the chain, refused, confirmed, and after that."""

from dataclasses import replace

from markupsafe import Markup

from admitone import tickets
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.refund_claim.view import RefundClaimView
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import Link, Part
from admitone.payments.bitcoin import encode_lnurl

_URL = links.refund_claim("token")
_CODE = encode_lnurl("https://admit.example/lnurl/withdraw/AZqwLJ0AcACAAAAAAAAAAR3d3d3d3d3d3d3d3d3d3d0")
_ADDRESS = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
_HASH = "0001020304050607080900010203040506070809000102030405060708090102"


def _ways(typed: bool) -> tuple[Link, ...]:
    return (
        Link("Scan a code", _URL, "qr-code", is_current=not typed),
        Link("Invoice or address", f"{_URL}?way=type", "zap", is_current=typed),
    )


def refund_claim_views() -> dict[str, View]:
    """Name of the sample and its view."""
    typed = RefundClaimView(
        state="ask",
        state_key="waits-1-0",
        organiser_name="Foundry Nights",
        organiser_email="office@foundry.example",
        amount="50,000 sats",
        worth="€25.00",
        order_code="7K3M9QX10",
        is_test=False,
        is_lightning=True,
        form=Part(_URL),
        status_url=f"{_URL}/status",
        ways=_ways(True),
    )
    scan = replace(
        typed,
        ways=_ways(False),
        qr_svg=Markup(tickets.qr_svg(f"LIGHTNING:{_CODE}", "Code for your Bitcoin app")),  # noqa: S704 - drawn by us
        open_url=f"lightning:{_CODE}",
        code=_CODE,
    )
    chain = replace(typed, is_lightning=False, ways=())
    wrong = Part(
        _URL,
        {"destination": "lnbc10u1pvjluez"},
        {
            "destination": "This asks for another amount. Please make an invoice of exactly 50,000 sats, or one "
            "without an amount."
        },
    )
    confirm = replace(
        chain,
        state="confirm",
        form=Part(_URL, {"destination": _ADDRESS}),
        place=_ADDRESS,
        back_url=f"{_URL}?way=type",
    )
    return {
        "refund-claim-scan": scan,
        "refund-claim-type": typed,
        "refund-claim-refused": replace(typed, form=wrong),
        "refund-claim-again": replace(
            scan,
            problem="The invoice you gave ran out before it could be paid. Please make a new one.",
            is_test=True,
        ),
        "refund-claim-chain": chain,
        "refund-claim-confirm": confirm,
        "refund-claim-confirm-asked": replace(
            confirm,
            is_lightning=True,
            is_asked_there=True,
            place="ada@pay.example",
            form=Part(_URL, {"destination": "ada@pay.example"}),
        ),
        "refund-claim-sending": replace(typed, state="sending", place="ada@pay.example"),
        "refund-claim-unknown": replace(
            typed, state="unknown", place="lnbc500u1pvjluezpp5qqqsyqcy…cqpnl2jfll54"
        ),
        "refund-claim-sent": replace(typed, state="sent", place="ada@pay.example", reference=_HASH),
        "refund-claim-over": replace(typed, state="over"),
    }
