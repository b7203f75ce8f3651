"""The tickets a visitor holds for an event, remembered by their browser, so that its page can lead them on.

The page of an event is kept for everybody; whoever sends this cookie gets one of their own. It is named after the
event, holds the hold's token, and can be read by the page's script (`held-places.js`): the token opens what the page
made with it links to anyway. It is a hint: what is held, and until when, is asked of the database each time.
"""

from typing import Final

from fastapi import Request, Response

from admitone import inventory
from admitone.assembly import Assembly
from admitone.entrypoints.callers import callers_of
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.events.view import HoldingStrip
from admitone.entrypoints.pages.showing import moment_words
from admitone.plumbing.links import NoSuchLink
from admitone.values import formats

_NAME: Final = "admitone-held-"
_HOST: Final = "__Host-"


def is_remembered(cookies: bytes, slug: str) -> bool:
    """Say whether this Cookie header may hold tickets for this event; `held_by` knows."""
    return f"{_NAME}{slug}=".encode() in cookies


def remember(request: Request, response: Response, slug: str, token: str, seconds: int) -> None:
    """Keep the hold's token in the browser, for as long as the hold can last at most."""
    name, is_secure = _cookie(request, slug)
    response.set_cookie(
        name, token, max_age=seconds, path="/", secure=is_secure, httponly=False, samesite="lax"
    )


def forget(request: Request, response: Response, slug: str) -> None:
    """The hold has ended, or is an order now."""
    name, is_secure = _cookie(request, slug)
    if name in request.cookies:
        # As it was set: a browser ignores any other word about a cookie whose name begins with `__Host-`.
        response.delete_cookie(name, path="/", secure=is_secure, httponly=False, samesite="lax")


async def held_by(request: Request, needs: Assembly, slug: str) -> HoldingStrip | None:
    """What this visitor holds for the event now, in words."""
    token = request.cookies.get(_cookie(request, slug)[0])
    if token is None:
        return None
    try:
        opened = await needs.purchase.read(needs.links.read("hold", token))
    except (NoSuchLink, inventory.HoldNotFound):
        return None
    if not opened.hold.is_usable or opened.offer.slug != slug:
        return None
    count = sum(quantity for _, quantity in opened.hold.items)
    until = moment_words(opened.hold.held_until, opened.offer.zone, needs.clock.now())
    return HoldingStrip(
        words=f"You are holding {formats.count(count, 'ticket', 'tickets')} until {until}.",
        continue_url=links.checkout(token),
        release_url=links.checkout_release(token),
    )


def _cookie(request: Request, slug: str) -> tuple[str, bool]:
    is_secure = callers_of(request).session_cookie.startswith(_HOST)
    return f"{_HOST if is_secure else ''}{_NAME}{slug}", is_secure
