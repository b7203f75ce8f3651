"""The page of an event's UMA invoices, made of what was read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from markupsafe import Markup

from admitone import tickets
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.bitcoin.view import Copied
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.uma_invoices.view import InvoiceLine, InvoiceShown, UmaInvoicesView
from admitone.entrypoints.pages.views import Options, Part, State
from admitone.events import StoredEvent
from admitone.flows.uma_event_invoice import InvoiceTerms, ListedInvoice
from admitone.values import formats
from admitone.values.currencies import BITCOIN
from admitone.values.ids import uuid7

MOST: Final = 100
LABELS: Final = {"ticket_type_id": "Ticket type", "minutes": "Can be paid for"}
_DURATIONS: Final[Options] = (
    ("5", "5 minutes"),
    ("10", "10 minutes"),
    ("15", "15 minutes"),
    ("60", "1 hour"),
    ("1440", "1 day"),
    ("10080", "7 days"),
    ("43200", "30 days"),
)
_HINT: Final = "Its price in bitcoin is promised that long, and rates move."
_HINT_IN_BITCOIN: Final = "Its price is in bitcoin, so it can hold for long."
_RUNNING: Final = State("Can be paid", "ok", "check")
_ENDED: Final = State("Ended")
_TYPE_GONE: Final = "A ticket type that is gone"
_SHOWN_LETTERS: Final = 14
PART: Final = "uma-invoices"


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose event, what an invoice can be made for (`names` of all its ticket types), those made, and when it is."""

    whose: Whose
    event: StoredEvent
    names: Mapping[UUID, str]
    terms: InvoiceTerms
    listed: Sequence[ListedInvoice]
    now: datetime

    @property
    def url(self) -> str:
        """The page."""
        return self.whose.event_url(self.event.id, PART)

    def ticket(self, one: ListedInvoice) -> str:
        """What is sold by this invoice."""
        type_id = one.invoice.ticket_type_id
        assert type_id is not None, "an event's"
        return self.names.get(type_id, _TYPE_GONE)


def invoices_view(
    desk: Desk,
    *,
    chosen: UUID | None = None,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> UmaInvoicesView:
    """`chosen` is shown, else the newest that can be paid; what was typed and refused is shown again."""
    terms = desk.terms
    running = [one for one in desk.listed if one.invoice.expires_at > desk.now]
    found = next((one for one in desk.listed if one.invoice.id == chosen), running[0] if running else None)
    values = {"minutes": "15", "form_key": str(uuid7())} if typed is None else typed
    return UmaInvoicesView(
        nav=organiser_nav(desk.whose, desk.event),
        title=desk.event.details.title,
        form=Part(desk.url, values, errors or {}),
        types=tuple(
            (str(one.id), f"{one.name}, {formats.price(total_minor, terms.currency)}")
            for one, total_minor in terms.types
        ),
        durations=tuple(one for one in _DURATIONS if timedelta(minutes=int(one[0])) <= terms.longest),
        labels=LABELS,
        duration_hint=_HINT_IN_BITCOIN if terms.currency == BITCOIN else _HINT,
        shown=None if found is None else _shown(desk, found),
        lines=tuple(_line(desk, one) for one in desk.listed),
        is_cut=len(desk.listed) == MOST,
    )


def _shown(desk: Desk, one: ListedInvoice) -> InvoiceShown:
    row = one.invoice
    is_running = row.expires_at > desk.now
    uri = f"uma://{row.invoice}"
    short = f"{row.invoice[:_SHOWN_LETTERS]}…{row.invoice[-_SHOWN_LETTERS:]}"
    picture = tickets.qr_svg(uri, "Code of the UMA invoice") if is_running else ""
    return InvoiceShown(
        ticket=desk.ticket(one),
        amount_sats=formats.money(row.amount_msat, BITCOIN),
        amount_money="" if row.currency == BITCOIN else formats.money(row.amount_minor, row.currency),
        until=_until(desk, row.expires_at),
        until_iso=formats.iso(row.expires_at, desk.event.details.zone),
        paid=_paid(one),
        qr_svg=Markup(picture) if is_running else None,  # noqa: S704 - drawn by us
        open_url=uri if is_running else "",
        copies=(Copied("UMA invoice", short, row.invoice), Copied("Link", f"uma://{short}", uri))
        if is_running
        else (),
    )


def _line(desk: Desk, one: ListedInvoice) -> InvoiceLine:
    row = one.invoice
    price = formats.money(row.amount_msat, BITCOIN)
    if row.currency != BITCOIN:
        price = f"{price}, {formats.money(row.amount_minor, row.currency)}"
    return InvoiceLine(
        ticket=desk.ticket(one),
        price=price,
        until=_until(desk, row.expires_at),
        paid=_paid(one),
        state=_RUNNING if row.expires_at > desk.now else _ENDED,
        url=shown_url(desk.url, row.id),
    )


def shown_url(url: str, invoice_id: UUID) -> str:
    """The page at `url` with this invoice."""
    return f"{links.with_query(url, invoice=str(invoice_id))}#shown"


def _until(desk: Desk, at: datetime) -> str:
    zone = desk.event.details.zone
    return f"{formats.dated_day_time(at, desk.now, zone)} {formats.short_zone(at, zone)}"


def _paid(one: ListedInvoice) -> str:
    if not one.times_paid:
        return "Not paid yet"
    return "Paid once" if one.times_paid == 1 else f"Paid {formats.number(one.times_paid)} times"
