"""What waits for an organiser, and their books compared, with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.disputes.view import DisputeView
from admitone.entrypoints.pages.needs_you.view import BooksRow, BooksView, NeedsView, SumRow, WaitingRow
from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import State
from tests.support.sample_organiser_views import nav

SLUG = "foundry"


def needs_views() -> dict[str, View]:
    """Each page, full and empty."""
    side = replace(nav(with_event=False), needs_url=links.needs_you(SLUG), needs_badge="3")
    needs = NeedsView(
        nav=side,
        rows=(
            WaitingRow(
                "triangle-alert",
                "Ngozi Adeyemi's bank wants €52.50 back",
                "Order HB8TH4N6A. The buyer says they did not make this payment. "
                "Without an answer in time the bank keeps the money.",
                "since Thu 12 Nov 2026",
                until="by Thu 26 Nov, 23:59 UTC",
                url=links.dispute(SLUG, "1"),
                action="Answer",
            ),
            WaitingRow(
                "undo-2",
                "€25 could not go back to Ada Obi",
                "Order K3TTC9W2M: account closed. The payment provider said no for good.",
                "since Fri 13 Nov 2026",
                url="/organiser",
                action="Look at it",
            ),
            WaitingRow(
                "circle-alert",
                "Foundry Presents GmbH: the books do not agree about €7",
                "€7 came in that no order here asked for.",
                "since Sat 14 Nov 2026",
                url=links.books(SLUG),
                action="See the books",
                post_url=links.case_close(SLUG, "1"),
                post_action="I have looked at it",
            ),
        ),
        books_url=links.books(SLUG),
    )
    books, dispute = _books(side), _dispute(side)
    return {
        "dispute": dispute,
        "dispute_won": replace(dispute, state=State("Won", "ok", "check"), deadline="", answer_url=""),
        "needs_you": needs,
        "needs_you_nothing": replace(needs, rows=()),
        "books": books,
        "books_none": replace(books, rows=()),
    }


def _books(side: OrganiserNav) -> BooksView:
    agrees = State("None", "ok", "check")
    return BooksView(
        nav=side,
        rows=(
            BooksRow(
                "Stripe",
                "Foundry Presents GmbH",
                State("Real money", "ok", "check"),
                State("1 thing to look at", "bad", "circle-alert"),
                "Compared today, 03:12 UTC",
                "124 payments changed there, 131 lines of their books read.",
                (
                    SumRow("EUR", "€3,120.40", "€3,095.40", "€43", "€7", "€25", agrees),
                    SumRow("GBP", "£210", "£212.50", "£0", "£0", "£0", State("£2.50", "bad", "circle-alert")),
                ),
                ("Payment of €25 for order K3TTC9W2M is not in their books yet (0192f4aa)",),
            ),
            BooksRow(
                "PayPal",
                "",
                State("Play money", "warn", "flashlight"),
                State("Never compared"),
                "Not compared yet",
                "",
            ),
        ),
        needs_url=links.needs_you(SLUG),
        compare_url=links.books_compare(SLUG),
    )


def _dispute(side: OrganiserNav) -> DisputeView:
    return DisputeView(
        nav=side,
        title="Dispute over €52.50",
        state=State("Wants an answer", "bad", "triangle-alert"),
        words="The buyer has told their bank that this payment was not right, and the bank wants it back.",
        deadline="by Thu 26 Nov, 23:59 UTC",
        facts=(
            ("Their reason", "The buyer says they did not make this payment."),
            ("Since", "Thu 12 Nov 2026"),
            ("Order", "HB8TH4N6A"),
        ),
        sections=(
            ("What was bought", ("Tickets for Furnace Night", "2 x General admission (€52.50)")),
            ("What happened at the door", ("Ticket 41 was let in at Main on 2026-11-10 19:02 UTC",)),
        ),
        order_url="/organiser",
        pdf_url=links.dispute(SLUG, "1", "evidence.pdf"),
        back_url=links.needs_you(SLUG),
        answer_url=links.dispute(SLUG, "1", "answer"),
    )
