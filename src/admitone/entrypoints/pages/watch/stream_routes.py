"""What a viewer's player asks for: playlists, and the way to a page of its own. Addresses here are short-lived."""

from collections.abc import Callable
from functools import partial
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from admitone.assembly import Assembly
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages.watch import viewers

router = APIRouter(prefix="/stream", include_in_schema=False)
_HLS: Final = "application/vnd.apple.mpegurl"  # RFC 8216, section 4
_NEVER_KEPT: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


def _held(request: Request, needs: Assembly) -> Callable[[UUID], UUID | None]:
    return partial(viewers.viewer_of, request, needs)


@router.get("/{given}/open")
async def open_page(request: Request, given: str, needs: Needs) -> Response:
    """Go to the event's page of its own; that page is not told where from."""
    url = await needs.watching.address(given, _held(request, needs))
    return RedirectResponse(url, status_code=303, headers=_NEVER_KEPT)


@router.get("/{given}/{name}.m3u8")
async def playlist(request: Request, given: str, name: str, needs: Needs) -> Response:
    """A playlist, read at its origin a second ago at most. Pieces of it come from there."""
    text = await needs.watching.playlist(given, name, _held(request, needs))
    return Response(text, media_type=_HLS, headers=_NEVER_KEPT)
