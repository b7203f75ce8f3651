"""`/problems/<code>`: where the `type` of a problem+json answer leads, for whoever has to handle it."""

from functools import cache

from fastapi import APIRouter, Request, Response

from admitone.entrypoints.http_refusals import TITLE, status_of
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.errors.view import ErrorView
from admitone.entrypoints.pages.respond import page
from admitone.entrypoints.pages.views import Link
from admitone.entrypoints.request_refusals import NoSuchAddress
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False)


@router.get("/problems/{code}")
async def explain(request: Request, code: str) -> Response:
    """What this refusal says, and with which status."""
    kind = kinds().get(code)
    if kind is None:
        raise NoSuchAddress
    status = status_of(kind)
    sentence = kind.text.replace("{", "").replace("}", "")
    view = ErrorView(
        status=status,
        title=TITLE[status],
        sentence=f"{sentence} ({' '.join((kind.__doc__ or '').split())})",
        code=code,
        ways=(Link("See what is on", links.EVENTS),),
    )
    return await page(request, view)


@cache
def kinds() -> dict[str, type[Refusal]]:
    """Every refusal this program can give, by its code."""
    found: dict[str, type[Refusal]] = {}
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        kind = waiting.pop()
        found[kind.code] = kind
        # A class that only refines another keeps its code; the one that gave it the code explains it.
        waiting.extend(one for one in kind.__subclasses__() if one.code not in found or "code" in vars(one))
    return found
