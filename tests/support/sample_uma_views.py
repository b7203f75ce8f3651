"""The organiser's page of an event's UMA invoices with believable contents."""

from dataclasses import replace

from markupsafe import Markup

from admitone.entrypoints.pages.bitcoin.view import Copied
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.uma_invoices.making import LABELS
from admitone.entrypoints.pages.uma_invoices.view import InvoiceLine, InvoiceShown, UmaInvoicesView
from admitone.entrypoints.pages.views import Part, State
from admitone.tickets.renderings import qr
from tests.support.sample_events import LAGOS
from tests.support.sample_organiser_views import nav

# As long as they are: the names, a signature and the address that is asked, in bech32.
_INVOICE = "uma1qqxzgen0daqxyctj9e3k7mgpy33nwcesxanx2cedvdnrqvpdxsenzced8ycnve3dxe3nzvmxvv6xyd3evcusyp" * 5
_SHORT = f"{_INVOICE[:14]}…{_INVOICE[-14:]}"
_RUNNING, _ENDED = State("Can be paid", "ok", "check"), State("Ended")
_UNTIL = "Mon 1 March, 19:57 WAT"


def uma_invoice_views() -> dict[str, View]:
    """With one that can be paid, with one that has ended, before the first, refused, and where none can be made."""
    some, uri = _some(), f"uma://{_INVOICE}"
    ended = InvoiceShown(
        "Early bird",
        "12,141 sats",
        "₦9,712.50",
        "Mon 1 March, 18:20 WAT",
        "2027-03-01T18:20:00+01:00",
        "Paid once",
    )
    empty = replace(some, shown=None, lines=())
    wrong = {"ticket_type_id": "This ticket type cannot be sold by a UMA invoice now. Please choose another."}
    return {
        "uma-invoices": replace(
            some,
            shown=InvoiceShown(
                ticket="General admission",
                amount_sats="24,282 sats",
                amount_money="₦19,425",
                until=_UNTIL,
                until_iso="2027-03-01T19:57:00+01:00",
                paid="Paid 3 times",
                qr_svg=Markup(qr.qr_svg(uri, "Code of the UMA invoice")),  # noqa: S704 (drawn by us)
                open_url=uri,
                copies=(Copied("UMA invoice", _SHORT, _INVOICE), Copied("Link", f"uma://{_SHORT}", uri)),
            ),
        ),
        "uma-invoices-ended": replace(some, shown=ended),
        "uma-invoices-empty": replace(empty, types=some.types[:1]),
        "uma-invoices-refused": replace(some, form=Part("/save", {"minutes": "5"}, wrong)),
        "uma-invoices-none": replace(empty, types=()),
    }


def _some() -> UmaInvoicesView:
    return UmaInvoicesView(
        nav=nav(),
        title=LAGOS.title,
        form=Part("/save", {"minutes": "15", "form_key": "k"}),
        types=(
            ("a", "General admission, ₦19,425"),
            ("b", "Balcony, with a seat and a view of both stages, ₦38,850"),
        ),
        durations=(("5", "5 minutes"), ("10", "10 minutes"), ("15", "15 minutes")),
        labels=LABELS,
        duration_hint="Its price in bitcoin is promised that long, and rates move.",
        lines=(
            InvoiceLine(
                "General admission",
                "24,282 sats, ₦19,425",
                _UNTIL,
                "Paid 3 times",
                _RUNNING,
                "/organiser#shown",
            ),
            InvoiceLine(
                "Balcony, with a seat and a view of both stages",
                "48,563 sats, ₦38,850",
                "Mon 1 March, 18:20 WAT",
                "Not paid yet",
                _ENDED,
                "/organiser#shown",
            ),
        ),
    )
