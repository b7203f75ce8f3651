"""Approvals, with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages.approvals.view import ApprovalLine, ApprovalsView
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import State
from tests.support.sample_organiser_views import nav


def approval_views() -> dict[str, View]:
    """Name of the sample and its view."""
    waiting = State("Waiting", "warn", "hourglass")
    some = ApprovalsView(
        nav=nav(),
        lines=(
            ApprovalLine(
                "Refund ₦58,275 of order K7PQ2M", "Asked by Ada Obi, 21 Nov", waiting, "/a/1", "/d/1"
            ),
            ApprovalLine("Refund 20 orders, up to ₦1", "Asked by you", waiting, "", "/d/2", "Take it back"),
            ApprovalLine("Refund 2 orders, up to ₦1", "Asked by you", State("Done", "ok", "check")),
        ),
        limits=(("NGN", "Refunds: above ₦50,000. Payouts: no limit."),),
        limit_url="/organiser/approvals/limits",
    )
    return {
        "approvals": some,
        "approvals-none": replace(some, lines=(), limits=(), limit_url=""),
        "approvals-wrong": replace(
            some,
            values={"currency": "XXX", "refund": "1", "payout": ""},
            errors={"currency": "We do not know this currency."},
        ),
    }
