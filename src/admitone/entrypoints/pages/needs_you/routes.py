"""What waits for the organiser; their books held against their providers'."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.needs_you.making import books_view, needs_view
from admitone.entrypoints.pages.organiser.whose import find_organiser
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page
from admitone.reads.needs_you import needs_you
from admitone.reads.reconciliations import reconciliations

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}")


@router.get("/needs-you")
async def show_needs(slug: str, request: Request, actor: SignedIn, needs: Needs) -> Response:
    """Everything that waits for a person."""
    now = needs.clock.now()
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
        waiting = await needs_you(reader, actor, whose.id, now=now)
    return await page(request, needs_view(whose, waiting, now))


@router.post("/needs-you/cases/{case_id}/close")
async def close_case(
    slug: str, case_id: UUID, request: Request, _form: checked_form, actor: SignedIn, needs: Needs
) -> Response:
    """Somebody has looked at it."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
    await needs.money.reconciling.close_case(actor, whose.id, case_id)
    return go_to(request, links.needs_you(slug), Notice("Set aside. It comes back if it changes."))


@router.get("/books")
async def show_books(slug: str, request: Request, actor: SignedIn, needs: Needs) -> Response:
    """The last comparison of each account."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
        compared = await reconciliations(reader, actor, whose.id)
    return await page(request, books_view(whose, compared, needs.clock.now()))


@router.post("/books/compare")
async def compare(
    slug: str, request: Request, _form: checked_form, actor: SignedIn, needs: Needs
) -> Response:
    """Compare now."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
    done = await needs.money.reconciling.begin_for(actor, whose.id)
    if done is None:
        notice = Notice("This takes a while and goes on by itself. Look again in a minute.")
    elif all(one.agrees for one in done):
        notice = Notice("Compared just now. Both sides agree.")
    else:
        notice = Notice("Compared just now. Something needs a look.", "warn")
    return go_to(request, links.books(slug), notice)
