"""The event's page for one visitor: with what they hold, what they chose before, and why that was refused."""

from collections.abc import Mapping
from dataclasses import replace

from fastapi import Request, Response

from admitone.assembly import Assembly
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.pages.events.held import held_by
from admitone.entrypoints.pages.events.showing import FIELD_PREFIX, Asked, event_view
from admitone.entrypoints.pages.events.view import EventView, HoldingStrip, TicketRow
from admitone.entrypoints.pages.respond import errors_of, page
from admitone.reads.event_page import event_page
from admitone.values.refusals import Refusal


async def holders_page(request: Request, needs: Assembly, slug: str) -> Response | None:
    """The page of somebody who holds tickets; None for everybody else. Raises `EventNotFound`."""
    holding = await held_by(request, needs, slug)
    if holding is None:
        return None
    return await page(request, replace(await _view(needs, slug, {}), holding=holding))


async def chosen_before(request: Request, needs: Assembly, slug: str, typed: Mapping[str, str]) -> Response:
    """The page with these numbers filled in. Raises `EventNotFound`."""
    holding = await held_by(request, needs, slug)
    return await page(request, replace(await _view(needs, slug, typed), holding=holding))


async def refused_choice(
    request: Request, needs: Assembly, slug: str, refusal: Refusal, typed: Mapping[str, str]
) -> Response:
    """The page with what was chosen, and why not, beside it. Raises `EventNotFound`."""
    holding: HoldingStrip | None = await held_by(request, needs, slug)
    view = await _view(needs, slug, typed)
    fields = [name for name, text in typed.items() if name.startswith(FIELD_PREFIX) and text.strip("0 ")]
    # The basket names its items by place, the page by ticket type.
    names = {
        f"items.{at}.{part}": field
        for at, field in enumerate(fields)
        for part in ("quantity", "ticket_type_id", "unit_price_minor")
    }
    errors = errors_of(refusal, {**names, "items": ""})
    shown = {row.field for row in view.tickets}
    errors = {(name if name in shown else ""): text for name, text in errors.items()}
    return await page(request, replace(view, errors=errors, holding=holding), status=status_of(refusal))


async def _view(needs: Assembly, slug: str, typed: Mapping[str, str]) -> EventView:
    async with needs.database.reading() as reader:
        found = await event_page(reader, needs.clock.now(), slug)
    settings = needs.settings
    view = event_view(found, Asked(settings.site_url, settings.hold_seconds // 60))
    rows = tuple(_chosen(row, typed.get(row.field, "")) for row in view.tickets)
    return replace(view, tickets=rows)


def _chosen(row: TicketRow, text: str) -> TicketRow:
    wanted = text.strip()
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 5):
        return row
    return replace(row, quantity=min(int(wanted), row.limit))
