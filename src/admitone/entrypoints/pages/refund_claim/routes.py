"""A buyer says where bitcoin goes back to: by the link of their letter, seen once more before it is sent."""

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from admitone.entrypoints.callers import address_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.refund_claim.making import claim_view, state_key
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.plumbing.limiter import source_key
from admitone.values.refusals import Conflict, Invalid, TooMany

router = APIRouter(include_in_schema=False)


@router.get("/refund-in-bitcoin/{token}")
async def show(request: Request, token: str, needs: Needs, way: str = "") -> Response:
    """How it can be got, or what became of it."""
    claims = needs.money.refund_claims
    return await page(request, claim_view(claims, token, await claims.look(token), way=way))


@router.get("/refund-in-bitcoin/{token}/status")
async def status(token: str, needs: Needs) -> Response:
    """A word that differs once the page would say something else."""
    return JSONResponse({"state": state_key(await needs.money.refund_claims.look(token))})


@router.post("/refund-in-bitcoin/{token}")
async def answer(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """It goes there: shown once more, then sent."""
    claims, typed = needs.money.refund_claims, values_of(form)
    visitor, destination = source_key(address_of(request)), typed.get("destination", "")
    try:
        if not typed.get("confirmed"):
            proposal = await claims.propose(token, destination, visitor=visitor)
            view = claim_view(claims, token, await claims.look(token), typed=typed, proposal=proposal)
            return await page(request, view)
        await claims.name(token, destination, visitor=visitor)
    except (Invalid, TooMany, Conflict) as refusal:
        errors = errors_of(refusal) if isinstance(refusal, Invalid) else {"": refusal.sentence}
        view = claim_view(claims, token, await claims.look(token), way="type", typed=typed, errors=errors)
        return await page(request, view, status=status_of(refusal))
    return go_to(request, links.refund_claim(token))
