"""Which viewer a browser is: a cookie for each ticket, with a MAC over ticket and viewer."""

from typing import Final
from uuid import UUID

from fastapi import Request, Response

from admitone.assembly import Assembly
from admitone.entrypoints.callers import keeps_secure_cookies
from admitone.plumbing.links import NoSuchLink

_KEPT_SECONDS: Final = 2 * 86_400


def token_of(needs: Assembly, ticket_id: UUID, session_id: UUID) -> str:
    """What proves that a browser or a program is this viewer of this ticket."""
    return needs.links.make(_purpose(ticket_id), session_id)


def read_token(needs: Assembly, ticket_id: UUID, token: str) -> UUID:
    """The viewer. Raises `NoSuchLink`."""
    return needs.links.read(_purpose(ticket_id), token)


def viewer_of(request: Request, needs: Assembly, ticket_id: UUID) -> UUID | None:
    """The viewer that this browser is, or was, of this ticket; a program says so in `X-Viewer`."""
    given = request.cookies.get(_name(needs, ticket_id)) or request.headers.get("x-viewer", "")
    try:
        return read_token(needs, ticket_id, given)
    except NoSuchLink:
        return None


def remember(response: Response, needs: Assembly, ticket_id: UUID, session_id: UUID) -> None:
    """This browser is that viewer."""
    response.set_cookie(
        _name(needs, ticket_id),
        token_of(needs, ticket_id, session_id),
        max_age=_KEPT_SECONDS,
        path="/",
        secure=keeps_secure_cookies(needs.settings.site_url),
        httponly=True,
        samesite="lax",
    )


def _purpose(ticket_id: UUID) -> str:
    return f"viewer {ticket_id}"


def _name(needs: Assembly, ticket_id: UUID) -> str:
    # Several tickets may be watched with in one browser: a cookie each.
    prefix = "__Host-" if keeps_secure_cookies(needs.settings.site_url) else ""
    return f"{prefix}admitone-viewer-{ticket_id.hex[-12:]}"
