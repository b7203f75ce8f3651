"""The kept pages of events, one cache per application, and the bytes they are answered with."""

from typing import Final

from starlette.datastructures import State
from starlette.requests import Request

from admitone.assembly import Assembly
from admitone.entrypoints.answers import Answer
from admitone.entrypoints.assets import already_has, preferred_coding
from admitone.entrypoints.callers import callers_of
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.events.cache import KeptPage, MadePage, PageCache
from admitone.entrypoints.pages.events.showing import Asked, event_view
from admitone.entrypoints.pages.rendering import Chrome, Pages
from admitone.reads.event_page import event_page, page_version

# Anybody may keep it, and has to ask each time whether it is still the same; asking costs a 304. With a cookie in it
# nobody may: a shared cache would hand one visitor's name to all.
_CACHE_CONTROL: Final = b"public, no-cache"
_CACHE_CONTROL_GREETING: Final = b"no-store"


def kept_pages(state: State) -> PageCache:
    """The application's cache of event pages; `state` is `app.state`, with `assembly` and `pages` in it."""
    known = getattr(state, "event_pages", None)
    if isinstance(known, PageCache):
        return known
    made = make_cache(state.assembly, state.pages)
    state.event_pages = made
    return made


def make_cache(needs: Assembly, pages: Pages) -> PageCache:
    """A cache that reads from the database and renders with these templates."""
    asked = Asked(needs.settings.site_url, needs.settings.hold_seconds // 60)

    async def ask(slug: str) -> str:
        async with needs.database.reading() as reader:
            return await page_version(reader, slug)

    async def make(slug: str) -> MadePage:
        async with needs.database.reading() as reader:
            found = await event_page(reader, needs.clock.now(), slug)
        chrome = Chrome(csrf_token="", path=links.event(slug), origin=needs.settings.site_url)
        return MadePage(pages.render(event_view(found, asked), chrome=chrome), found.next_change_at)

    return PageCache(needs.clock, ask, make)


def page_answer(
    kept: KeptPage, accept_encoding: str, if_none_match: bytes, greeting: tuple[bytes, bytes] | None
) -> Answer:
    """200 with the page in the best coding the reader takes, or 304 when it has the page already.

    `greeting` is a Set-Cookie header for a visitor without cookies: the buttons of the page are told apart by it.
    """
    tag = kept.tag.encode()
    control = _CACHE_CONTROL if greeting is None else _CACHE_CONTROL_GREETING
    headers = [(b"etag", tag), (b"cache-control", control), (b"vary", b"accept-encoding")]
    if greeting is not None:
        headers.append(greeting)
    if greeting is None and if_none_match and already_has(if_none_match, tag.removeprefix(b"W/")):
        return Answer(304, tuple(headers), b"")
    coding = preferred_coding(accept_encoding)
    body = kept.coded(coding)
    headers.append((b"content-type", b"text/html; charset=utf-8"))
    headers.append((b"content-length", str(len(body)).encode()))
    if coding:
        headers.append((b"content-encoding", coding.encode()))
    return Answer(200, tuple(headers), body)


async def answer_event(request: Request, slug: str) -> Answer:
    """The public page of an event. Raises `EventNotFound`."""
    kept = await kept_pages(request.app.state).get(slug)
    return page_answer(
        kept,
        request.headers.get("accept-encoding", ""),
        request.headers.get("if-none-match", "").encode("latin-1"),
        callers_of(request).greeting(request.headers.get("cookie", "").encode("latin-1")),
    )
