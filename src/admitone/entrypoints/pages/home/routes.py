"""The front page: what is on next."""

from typing import Final

from fastapi import APIRouter, Request, Response

from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.events.cards import CATEGORY_WORDS, card
from admitone.entrypoints.pages.home.view import HomeView
from admitone.entrypoints.pages.respond import page
from admitone.entrypoints.pages.views import Link
from admitone.reads.search import Filters, categories, search

router = APIRouter(include_in_schema=False)
SHOWN: Final = 9
_HERO: Final = ("admit-one", "ultra", "arcs")


@router.get(links.HOME)
async def home(request: Request, needs: Needs) -> Response:
    """The next events on sale."""
    now = needs.clock.now()
    async with needs.database.reading() as reader:
        found = await search(reader, now, Filters(), limit=SHOWN)
        used = await categories(reader, now)
    key, accent, style = _HERO
    view = HomeView(
        hero_poster_url=links.poster(key, accent, style),
        events=tuple(card(one) for one in found.items),
        categories=tuple(
            Link(CATEGORY_WORDS[name], links.with_query(links.EVENTS, category=name)) for name in used
        ),
    )
    return await page(request, view)
