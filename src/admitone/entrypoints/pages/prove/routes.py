"""Proving that a ticket is one's own, for the door or to pass it on; plain forms, a page for each step."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import accounts, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.callers import Caller, address_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links, ownership_links
from admitone.entrypoints.pages.orders.making import number_words
from admitone.entrypoints.pages.prove.view import BeginProofView, ProofView
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of, values_of
from admitone.entrypoints.pages.showing import moment_words, summary_of
from admitone.entrypoints.pages.views import Part
from admitone.flows.pass_on_ticket import CannotPassOn, Receiver
from admitone.flows.prove_ownership import NodeAway, NotPaidSo, NotYours, Proof, Proving
from admitone.reads.order_page import OrderPage, order_page
from admitone.tickets import ProofPurpose, ProofWay
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import Invalid, TooMany

router = APIRouter(include_in_schema=False)
_WAYS = {way.value: way for way in ProofWay}
_PURPOSES = {"prove": ProofPurpose.SHOW, "pass-on": ProofPurpose.PASS_ON}


async def _begin(request: Request, token: str, needs: Assembly, way: str) -> Response:
    about = needs.links.read("ticket", token)
    async with needs.database.reading() as reader:
        ticket, _ = await tickets.of_link(reader, about)
        found = await order_page(reader, ticket.order_id)
    passes_on = _PURPOSES[way] is ProofPurpose.PASS_ON
    view = BeginProofView(
        event=summary_of(found.about),
        ticket_words=_ticket_words(found, ticket.id),
        passes_on=passes_on,
        post_url=ownership_links.pass_on(token) if passes_on else ownership_links.prove(token),
        back_url=links.ticket(token),
    )
    return await page(request, view)


async def _ask(request: Request, token: str, needs: Assembly, way: str) -> Response:
    proving = needs.ownership.proving
    asked = await proving.ask(token, _PURPOSES[way], uuid7(), source=address_of(request))
    return go_to(request, ownership_links.proof(asked.token))


@router.get("/t/{token}/prove")
async def begin(request: Request, token: str, needs: Needs) -> Response:
    """What a proof is good for. Opening it changes nothing."""
    return await _begin(request, token, needs, "prove")


@router.post("/t/{token}/prove")
async def ask(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Ask the question."""
    del form
    return await _ask(request, token, needs, "prove")


@router.get("/t/{token}/pass-on")
async def begin_passing_on(request: Request, token: str, needs: Needs) -> Response:
    """What passing a ticket on means. Opening it changes nothing."""
    return await _begin(request, token, needs, "pass-on")


@router.post("/t/{token}/pass-on")
async def ask_to_pass_on(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Ask the question."""
    del form
    return await _ask(request, token, needs, "pass-on")


@router.get("/proofs/{token}")
async def show(request: Request, token: str, needs: Needs, caller: Caller) -> Response:
    """The question, or what its answer is good for."""
    return await page(request, await _view(needs, await needs.ownership.proving.look(token), caller))


@router.post("/proofs/{token}")
async def answer(request: Request, token: str, needs: Needs, form: checked_form, caller: Caller) -> Response:
    """Answer it. What was wrong is said beside its field, and nothing has changed."""
    proving = needs.ownership.proving
    typed = values_of(form)
    proof = Proof(
        preimage=text_of(form, "preimage").strip(),
        address=text_of(form, "address").strip(),
        signature=text_of(form, "signature").strip(),
    )
    way = text_of(form, "way")
    try:
        if way in _WAYS:
            proof.require(_WAYS[way])
            await proving.verify_ticket_ownership(token, proof, caller, source=address_of(request))
    except (Invalid, NotYours, NotPaidSo, NodeAway, TooMany, tickets.PassedOn) as refusal:
        errors = (
            errors_of(refusal) if isinstance(refusal, Invalid) else {refusal.field or "": refusal.sentence}
        )
        view = await _view(needs, await proving.look(token), caller, typed=typed, errors=errors)
        return await page(request, view, status=status_of(refusal))
    return go_to(request, ownership_links.proof(token))


@router.post("/proofs/{token}/pass-on")
async def pass_on(request: Request, token: str, needs: Needs, form: checked_form, caller: Caller) -> Response:
    """Pass the ticket on: the proof is used up."""
    receiver = Receiver(text_of(form, "name"), text_of(form, "email"))
    try:
        passed = await needs.ownership.passing_on.transfer_ticket(token, receiver, actor=caller.label)
    except (Invalid, CannotPassOn) as refusal:
        errors = errors_of(refusal) if isinstance(refusal, Invalid) else {"": refusal.sentence}
        part = Part(ownership_links.proof_pass_on(token), values_of(form), errors)
        view = await _view(needs, await needs.ownership.proving.look(token), caller, receiver=part)
        return await page(request, view, status=status_of(refusal))
    words = f"Your ticket now belongs to {passed.owner.email}. They get it by mail."
    return go_to(request, links.MY_TICKETS, Notice(words))


async def _view(
    needs: Assembly,
    proving: Proving,
    caller: Actor,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    receiver: Part | None = None,
) -> ProofView:
    async with needs.database.reading() as reader:
        found = await order_page(reader, proving.ticket.order_id)
        person = None if caller.person_id is None else await accounts.person(reader, caller.person_id)
    here = ownership_links.proof(proving.token)
    challenge = proving.challenge
    return ProofView(
        event=summary_of(found.about),
        ticket_words=_ticket_words(found, proving.ticket.id),
        passes_on=challenge.purpose is ProofPurpose.PASS_ON,
        is_proved=challenge.proved_at is not None,
        until_words=moment_words(challenge.valid_until, found.about.zone, needs.clock.now()),
        post_url=here,
        ways=tuple(way.value for way in proving.ways),
        message=proving.message,
        account_email="" if person is None else person.email,
        sign_in_url=links.with_query(links.SIGN_IN, next=here),
        word=f"{proving.word[:4]} {proving.word[4:]}" if proving.word else "",
        receiver=receiver or Part(ownership_links.proof_pass_on(proving.token)),
        values=typed or {},
        errors=errors or {},
    )


def _ticket_words(found: OrderPage, ticket_id: UUID) -> str:
    at = next(at for at, one in enumerate(found.tickets) if one.ticket.id == ticket_id)
    return f"{found.tickets[at].type_name}, {number_words(found, at)}, {found.tickets[at].holder}"
