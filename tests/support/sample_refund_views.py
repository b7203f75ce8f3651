"""The organiser's refund of a part, with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages.organiser_orders.part_view import (
    ConfirmRefundView,
    PartRefundView,
    PartTicket,
)
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import PriceLine
from tests.support.sample_events import FORM_KEY
from tests.support.sample_organiser_views import nav


def refund_views() -> dict[str, View]:
    """Name of the sample and its view."""
    part = PartRefundView(
        nav=nav(),
        code="K7PQ2M",
        buyer="Ada Obi",
        tickets=(
            PartTicket("1" * 32, "Ada Obi", "General admission, 1 of 3", "₦19,425"),
            PartTicket("2" * 32, "Tunde Bello", "General admission, 2 of 3", "₦14,425", is_chosen=True),
            PartTicket(
                "3" * 32, "Ngozi Eze", "General admission, 3 of 3", "₦19,425", state_words="Already let in"
            ),
        ),
        left_words="₦53,275",
        currency="NGN",
        next_url="/organiser/refund/part/confirm",
        back_url="/organiser/order",
    )
    wrong = {
        "how": "amount",
        "amount": "90000",
        "with_fees": "",
        "cancels": "1",
        "keeps_places": "1",
        "to": "credit",
        "note": "Sorry.",
    }
    return {
        "organiser-refund-part": part,
        "organiser-refund-part-wrong": replace(
            part,
            offers_credit=True,
            values=wrong,
            errors={
                "amount": "At most ₦14,425 can still go back.",
                "ticket": "Please choose at least one ticket.",
            },
        ),
        "organiser-refund-confirm": ConfirmRefundView(
            nav=nav(),
            code="K7PQ2M",
            buyer="Ada Obi",
            title="Refund ₦14,425",
            lines=(
                PriceLine("You give back", "₦12,000", "item"),
                PriceLine("The site gives back of its fee", "₦925", "fee"),
                PriceLine("Tax you no longer owe", "₦1,500", "tax"),
                PriceLine("The buyer gets", "₦14,425", "total"),
            ),
            sentences=(
                "1 ticket will no longer be valid. Its place goes back on sale.",
                "It goes back the way it was paid.",
                "The buyer gets a mail. This cannot be undone.",
            ),
            fields=(("ticket", "2" * 32), ("how", "all"), ("request", FORM_KEY), ("shown", "1442500")),
            button="Refund ₦14,425",
            post_url="/organiser/refund/part",
            back_url="/organiser/refund/part",
        ),
    }
