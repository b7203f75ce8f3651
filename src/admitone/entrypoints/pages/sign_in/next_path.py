"""Where somebody was going before they had to sign in: always a path of this site, never another one's
address.
"""

from typing import Final
from urllib.parse import quote, unquote
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from admitone import accounts
from admitone.assembly import Assembly
from admitone.entrypoints.callers import callers_of
from admitone.entrypoints.pages import links
from admitone.values.actor import Role

_LONGEST: Final = 500
_KEPT_SECONDS: Final = 1800


def safe_path(text: str) -> str:
    """The path if it is one of ours, else nothing.

    Browsers read a second slash or a backslash as the start of another host, and drop tabs and line ends
    first.
    """
    is_plain = text.isascii() and text.isprintable() and len(text) <= _LONGEST
    is_ours = is_plain and text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if is_ours else ""


def remember(request: Request, response: Response, next_path: str) -> None:
    """Keep the path in this browser until the mailed link is used, half an hour at most."""
    path = safe_path(next_path)
    if path:
        name, is_secure = _cookie(request)
        response.set_cookie(
            name,
            quote(path),
            max_age=_KEPT_SECONDS,
            path="/",
            secure=is_secure,
            httponly=True,
            samesite="lax",
        )


def remembered(request: Request) -> str:
    """The path kept in this browser, or nothing."""
    return safe_path(unquote(request.cookies.get(_cookie(request)[0], "")))


def forget(request: Request, response: Response) -> None:
    """Take the kept path out of the browser."""
    name, is_secure = _cookie(request)
    response.delete_cookie(name, path="/", secure=is_secure, httponly=True, samesite="lax")


async def first_page(needs: Assembly, person_id: UUID) -> str:
    """Where somebody begins who was not going anywhere: at their work if they have any, else their tickets."""
    async with needs.database.reading() as reader:
        roles = {post.role for post in await accounts.organisers_of(reader, person_id)}
    if not roles:
        return links.MY_TICKETS
    return links.CHECKIN if roles == {Role.DOOR} else links.ORGANISER


def _cookie(request: Request) -> tuple[str, bool]:
    is_secure = callers_of(request).session_cookie.startswith("__Host-")
    return f"{'__Host-' if is_secure else ''}admitone-next", is_secure
