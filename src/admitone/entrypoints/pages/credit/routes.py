"""What is left on a gift code or store credit: found by its code, or by the link in its letter."""

from fastapi import APIRouter, Request, Response

from admitone import accounts, payments
from admitone.entrypoints.callers import address_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.credit.making import balance_view
from admitone.entrypoints.pages.credit.view import CreditAskView
from admitone.entrypoints.pages.respond import checked_form, go_to, page, text_of
from admitone.entrypoints.pages.views import Part
from admitone.flows.credit_letters import LINK
from admitone.plumbing.limiter import source_key
from admitone.plumbing.links import NoSuchLink
from admitone.reads.credits_list import history_of
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False)


@router.get("/credit")
async def ask(request: Request) -> Response:
    """A field for the code."""
    return await page(request, CreditAskView(Part(links.CREDIT)))


@router.post("/credit")
async def find(request: Request, needs: Needs, form: checked_form) -> Response:
    """On to what is left on this code."""
    typed = text_of(form, "credit")
    try:
        found = await needs.money.store_credit.find(typed, source_key(address_of(request)))
    except Refusal as refusal:
        view = CreditAskView(Part(links.CREDIT, {"credit": typed}, {"credit": refusal.sentence}))
        return await page(request, view, status=status_of(refusal))
    return go_to(request, links.credit(needs.links.make(LINK, found.id)))


@router.get("/credit/{token}")
async def show(request: Request, token: str, needs: Needs) -> Response:
    """What is left, until when, and which orders took what."""
    credit_id = needs.links.read(LINK, token)
    async with needs.database.reading() as reader:
        found = (await payments.credit.by_ids(reader, [credit_id])).get(credit_id)
        if found is None:
            raise NoSuchLink
        history = await history_of(reader, found)
        is_disputed = await payments.credit.is_disputed(reader, found.id)
        organiser = await accounts.organiser(reader, found.organiser_id)
    return await page(request, balance_view(needs, organiser, history, is_disputed=is_disputed))
