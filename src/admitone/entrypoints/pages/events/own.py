"""The event's page again, after a choice of tickets was refused: what was chosen, and why not, beside it."""

from collections.abc import Mapping
from dataclasses import replace

from fastapi import Request, Response

from admitone.assembly import Assembly
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.pages.events.showing import FIELD_PREFIX, Asked, event_view
from admitone.entrypoints.pages.events.view import TicketRow
from admitone.entrypoints.pages.respond import errors_of, page
from admitone.reads.event_page import event_page
from admitone.values.refusals import Refusal


async def refused_choice(
    request: Request, needs: Assembly, slug: str, refusal: Refusal, typed: Mapping[str, str]
) -> Response:
    """A page for this visitor alone. Raises `EventNotFound`."""
    async with needs.database.reading() as reader:
        found = await event_page(reader, needs.clock.now(), slug)
    settings = needs.settings
    view = event_view(found, Asked(settings.site_url, settings.hold_seconds // 60))
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
    rows = tuple(_chosen(row, typed.get(row.field, "")) for row in view.tickets)
    return await page(request, replace(view, errors=errors, tickets=rows), status=status_of(refusal))


def _chosen(row: TicketRow, text: str) -> TicketRow:
    wanted = text.strip()
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 5):
        return row
    return replace(row, quantity=min(int(wanted), row.limit))
