"""Tickets as files: one PDF with a page each, and a calendar entry."""

import asyncio
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit
from uuid import UUID

from admitone import events, tickets
from admitone.plumbing.database import Database
from admitone.reads.order_documents import OrderDocuments, many_order_documents
from admitone.tickets import CalendarEvent, TicketDocument
from admitone.values import formats
from admitone.values.refusals import NotFound


class NoTickets(NotFound):
    """The order has no valid tickets: it is not paid, or was taken back."""

    code = "tickets.none"
    text = "This order has no tickets."


class Documents:
    """Makes the files; rendering runs in a thread because a PDF takes milliseconds of pure computing."""

    def __init__(self, database: Database, keys: tickets.KeyKeeper, base_url: str) -> None:
        self._database = database
        self._keys = keys
        self._base_url = base_url

    async def pdf(self, order_ids: Sequence[UUID], only: Collection[UUID] | None = None) -> bytes:
        """The valid tickets of these orders that their buyers still have, or those of them in `only`, whose ever they
        are. Orders stand as given, tickets as they were chosen. Raises `NoTickets` when there are none.
        """
        async with self._database.reading() as reader:
            about = await many_order_documents(reader, order_ids)
            held = await tickets.by_orders(reader, order_ids)
            ids = [one.id for found in held.values() for one in found]
            passed_on = await tickets.owners(reader, ids) if only is None else {}
        found = [
            (about[order_id], one)
            for order_id in order_ids
            for one in sorted(held.get(order_id, ()), key=lambda one: _place(about[order_id], one))
            if one.state == tickets.TicketState.VALID
            and (one.id not in passed_on if only is None else one.id in only)
        ]
        if not found:
            raise NoTickets
        await self._keys.know(one.key_id for _, one in found)
        pages = [self._page(order, one) for order, one in found]
        return await asyncio.to_thread(tickets.render_pdf, pages)

    def _page(self, about: OrderDocuments, ticket: tickets.Ticket) -> TicketDocument:
        at, _ = _place(about, ticket)
        line = about.lines[at]
        # Tickets of one type at several prices are several lines; they are counted together.
        before = sum(one.quantity for one in about.lines[:at] if one.name == line.name)
        units = sum(one.quantity for one in about.lines if one.name == line.name)
        return TicketDocument(
            title=about.event_title,
            organiser_name=about.organiser_name,
            type_name=line.name,
            holder_name=ticket.holder_name or about.buyer_name,
            order_code=about.code,
            unit_label=f"{before + ticket.unit} of {units}",
            starts_at=about.starts_at,
            doors_at=about.doors_at,
            ends_at=about.ends_at,
            zone_name=about.zone,
            venue_name=about.venue_name,
            venue_address=_address(about),
            online=about.venue_name is None,
            price_text=formats.price(line.unit_total_minor, about.currency),
            accent=about.accent,
            poster_svg=events.poster_svg(about.slug, about.accent, about.poster_style),
            code=tickets.code_of(ticket, self._keys.ring),
            help_text=f"{about.refund_text} Questions: {about.organiser_email}".strip(),
            watch_url=self._watch_url(about),
            is_test=about.is_test,
        )

    def calendar(self, about: OrderDocuments) -> bytes:
        """The event as an iCalendar file (RFC 5545)."""
        return tickets.render_ics(
            CalendarEvent(
                event_id=about.event_id,
                site_host=urlsplit(self._base_url).hostname or "localhost",
                title=about.event_title,
                organiser_name=about.organiser_name,
                starts_at=about.starts_at,
                doors_at=about.doors_at,
                ends_at=about.ends_at,
                zone_name=about.zone,
                venue_name=about.venue_name,
                venue_address=_address(about),
                online=about.venue_name is None,
                page_url=f"{self._base_url}/e/{about.slug}",
                changed_at=about.event_changed_at,
                revision=about.terms_version,
                watch_url=self._watch_url(about),
            )
        )

    def _watch_url(self, about: OrderDocuments) -> str | None:
        """Where whoever has a ticket finds what is shown online; it opens nothing by itself."""
        return None if about.online_url is None else f"{self._base_url}/e/{about.slug}/watch"


def _place(about: OrderDocuments, ticket: tickets.Ticket) -> tuple[int, int]:
    """Which line of its order a ticket is of, and which unit of that."""
    # Lines have random ids: their order is that in which they were chosen.
    return next(at for at, one in enumerate(about.lines) if one.id == ticket.order_line_id), ticket.unit


def _address(about: OrderDocuments) -> str | None:
    parts = [part for part in (about.venue_address, about.city) if part]
    return ", ".join(parts) or None
