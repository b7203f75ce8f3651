"""Refunding many orders, with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages.bulk_runs.view import (
    BulkRefundView,
    ConfirmRunView,
    RunLine,
    RunMeter,
    RunView,
)
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import PriceLine, State
from tests.support.sample_events import FORM_KEY
from tests.support.sample_organiser_views import nav

_RUNNING = State("Running", "info", "refresh-cw")


def bulk_views() -> dict[str, View]:
    """Name of the sample and its view."""
    choose = BulkRefundView(
        nav=nav(),
        runs=(
            RunLine("/organiser/refunds/1", "Tickets cancelled and refunded", "21 Nov 2026, 19:02", _RUNNING),
        ),
        types=(("", "Everybody’s"), ("1" * 32, "General admission")),
        currency="NGN",
        next_url="/organiser/refunds/confirm",
        orders_url="/organiser/orders",
    )
    run = RunView(
        nav=nav(),
        title="Everybody, event cancelled",
        about="Begun 21 Nov 2026, 19:02.",
        state=_RUNNING,
        meters=(
            RunMeter("Orders", 8400, 20000, "8,400 of 20,000 orders"),
            RunMeter("Refunds sent", 7900, 8400, "7,900 of 8,400"),
        ),
        lines=(
            PriceLine("With the buyers", "₦19,425,000", "item"),
            PriceLine("At most in all", "₦53,275,000", "total"),
        ),
        back_url="/organiser/refunds",
        status="running-1",
        status_url="/organiser/foundry/events/1/refunds/1/status",
        pause_url="/organiser/refunds/1/pause",
    )
    return {
        "bulk-refund": choose,
        "bulk-refund-wrong": replace(
            choose,
            values={"how": "amount", "amount": "0", "with_fees": ""},
            errors={"amount": "Please enter an amount above zero."},
        ),
        "bulk-refund-confirm": ConfirmRunView(
            nav=nav(),
            title="Refund 1,204 orders",
            lines=(PriceLine("Orders", "1,204", "item"), PriceLine("Goes back, at most", "₦1,000", "total")),
            sentences=("Everybody gets a mail.",),
            fields=(("type", ""), ("request", FORM_KEY)),
            button="Refund up to ₦1,000",
            post_url="/organiser/refunds",
            back_url="/organiser/refunds",
        ),
        "bulk-run": run,
        "bulk-run-awaited": _awaited(run),
        "bulk-run-failed": replace(
            run,
            state=State("Done", "ok", "check"),
            status_url="",
            pause_url="",
            resume_url="/organiser/refunds/1/resume",
            resume_words="Try these again",
            refused_words="3 refunds were refused by the payment provider.",
            awaited_words="2 refunds wait for the buyers to say where to: a payment in bitcoin does not say where it "
            "came from. We asked by mail, and go on asking once a week.",
            needs_url="/organiser/orders",
            failed=(("/organiser/orders/K7PQ2M", "K7PQ2M, Ada Obi", "A ticket was let in just now."),),
        ),
    }


def _awaited(run: RunView) -> RunView:
    """All orders done; some were paid in bitcoin, and their buyers have not said where it goes."""
    return replace(
        run,
        state=State("Waits for buyers", "info", "hourglass"),
        about="Begun 21 Nov 2026, 19:02, all orders done 21 Nov 2026, 19:40, Lagos time.",
        meters=(
            RunMeter("Orders", 1204, 1204, "1,204 of 1,204 orders"),
            RunMeter("Refunds sent", 1167, 1204, "1,167 of 1,204"),
        ),
        lines=(
            PriceLine("With the buyers", "₦45,337,950", "item"),
            PriceLine("On its way", "₦0", "item"),
            PriceLine("37 buyers in bitcoin, asked where to", "₦1,437,450", "item"),
            PriceLine("Refused", "₦0", "item"),
            PriceLine("At most in all", "₦46,775,400", "total"),
        ),
        status_url="",
        pause_url="",
        awaited_words="37 refunds wait for the buyers to say where to: a payment in bitcoin does not say where it "
        "came from. We asked by mail, and go on asking once a week.",
    )
