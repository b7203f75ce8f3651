"""`/events`: what is on, for anybody."""

from typing import Annotated

from fastapi import APIRouter, Query

from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.event_answers import EventListed, EventPageOf, EventPublic, listed, public
from admitone.entrypoints.rest.shapes import Cursor, Limit
from admitone.reads.event_page import event_page
from admitone.reads.search import Filters, When, search

router = APIRouter(prefix="/events", tags=["events"])
_Text = Annotated[str, Query(max_length=200)]


@router.get("")
async def list_events(
    needs: Needs,
    q: _Text = "",
    city: _Text = "",
    category: _Text = "",
    when: When | None = None,
    cursor: Cursor = None,
    limit: Limit = 24,
) -> EventPageOf:
    """Events on sale that have not ended, by their start. `q` looks in title, summary, venue and city."""
    filters = Filters(q=q, city=city, category=category, when=when)
    async with needs.database.reading() as reader:
        found = await search(reader, needs.clock.now(), filters, cursor=cursor, limit=limit)
    items = tuple(EventListed(**listed(one, needs.settings.site_url)) for one in found.items)
    return EventPageOf(items=items, next_cursor=found.next_cursor)


@router.get("/{slug}")
async def show_event(needs: Needs, slug: str) -> EventPublic:
    """One event with its ticket types: all-in prices, what is left, what can be bought now."""
    async with needs.database.reading() as reader:
        found = await event_page(reader, needs.clock.now(), slug)
    return public(found, needs.settings.site_url)
