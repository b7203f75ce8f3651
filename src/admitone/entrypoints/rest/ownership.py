"""Whose a ticket is: asked, proved, shown at a door, passed on. `token` is the ticket's, from its link or its order."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from admitone.entrypoints.callers import Caller, SignedIn, address_of
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.rest.shapes import Body, Shown, Token
from admitone.flows.pass_on_ticket import Receiver
from admitone.flows.prove_ownership import TEXT_MOST, Proof, Proving
from admitone.tickets import ProofPurpose

router = APIRouter(tags=["tickets"])
_Way = Literal["account", "preimage", "signature"]


class ChallengeBody(Body):
    """`purpose`: show (a word for the door) or pass_on (the ticket gets another owner)."""

    purpose: Literal["show", "pass_on"] = "show"


class ChallengeShown(Shown):
    """A question. `message` is what to sign, exactly; `ways` are those that can work for this ticket."""

    challenge: str
    purpose: str
    message: str
    ways: list[_Way]
    valid_until: datetime


class ProofBody(Body):
    """The answer: `preimage` (hexadecimal) of the Lightning payment, or `address` and `signature` (base64; BIP 322,
    or the older form) of one that paid; neither for whoever is signed in as the ticket's owner.
    """

    challenge: Token
    preimage: Annotated[str, Field(max_length=200)] = ""
    address: Annotated[str, Field(max_length=200)] = ""
    signature: Annotated[str, Field(max_length=TEXT_MOST)] = ""


class ProofShown(Shown):
    """It is theirs. `word` is what a door asks for, once (empty when the proof is for passing on)."""

    challenge: str
    purpose: str
    way: str
    proved_at: datetime
    valid_until: datetime
    word: str


class PassOnBody(Body):
    """Who gets the ticket, with a proof whose purpose is pass_on."""

    challenge: Token
    name: Annotated[str, Field(max_length=400)]
    email: Annotated[str, Field(max_length=1000)]


class PassedOnShown(Shown):
    """It is theirs: they have it by mail, and the code and link from before are dead."""

    email: str
    holder_name: str
    passed_on_at: datetime


class WordBody(Body):
    """The word that somebody shows at the door."""

    word: Annotated[str, Field(max_length=100)]


class WordShown(Shown):
    """Whose ticket it is, as its owner proved."""

    ticket_id: UUID
    holder_name: str | None
    way: str
    proved_at: datetime


@router.post("/tickets/{token}/ownership/challenges", status_code=201)
async def ask_owner(
    token: Token, body: ChallengeBody, request: Request, needs: Needs, challenge_id: NewId
) -> ChallengeShown:
    """Ask for a proof that the ticket is theirs. The question works once, for ten minutes."""
    asked = await needs.ownership.proving.ask(
        token, ProofPurpose(body.purpose), challenge_id, source=address_of(request)
    )
    return ChallengeShown(
        challenge=asked.token,
        purpose=asked.challenge.purpose.value,
        message=asked.message,
        ways=[way.value for way in asked.ways],
        valid_until=asked.challenge.valid_until,
    )


@router.post("/tickets/{token}/ownership/proofs")
async def prove_ownership(
    token: Token, body: ProofBody, request: Request, needs: Needs, caller: Caller
) -> ProofShown:
    """Answer the question: is the ticket theirs? Asked again after a yes, the answer is the same."""
    proof = Proof(preimage=body.preimage, address=body.address, signature=body.signature)
    proving = needs.ownership.proving
    await proving.require_about(body.challenge, token)
    proved = await proving.verify_ticket_ownership(body.challenge, proof, caller, source=address_of(request))
    return _proof_shown(proved)


def _proof_shown(proved: Proving) -> ProofShown:
    challenge = proved.challenge
    assert challenge.proved_at is not None, "it has just been proved, or was"
    assert challenge.way is not None, "a proof was made somehow"
    return ProofShown(
        challenge=proved.token,
        purpose=challenge.purpose.value,
        way=challenge.way.value,
        proved_at=challenge.proved_at,
        valid_until=challenge.valid_until,
        word=proved.word,
    )


@router.post("/tickets/{token}/transfers", status_code=201)
async def pass_ticket_on(token: Token, body: PassOnBody, needs: Needs, caller: Caller) -> PassedOnShown:
    """Pass the ticket on to somebody else. The proof is used up."""
    await needs.ownership.proving.require_about(body.challenge, token)
    passed = await needs.ownership.passing_on.transfer_ticket(
        body.challenge, Receiver(body.name, body.email), actor=caller.label
    )
    return PassedOnShown(
        email=passed.owner.email,
        holder_name=body.name.strip(),
        passed_on_at=passed.owner.given_at,
    )


@router.post("/events/{event_id}/ownership-words")
async def check_word(event_id: UUID, body: WordBody, needs: Needs, actor: SignedIn) -> WordShown:
    """For whoever may check in: whose ticket a shown word is about. It works once."""
    event = await needs.admit.event(actor, event_id)
    shown = await needs.ownership.proving.check_word(actor, event_id, event.organiser_id, body.word)
    challenge = shown.challenge
    assert challenge.proved_at is not None, "a word is of a proof"
    assert challenge.way is not None, "a proof was made somehow"
    return WordShown(
        ticket_id=shown.ticket.id,
        holder_name=shown.ticket.holder_name,
        way=challenge.way.value,
        proved_at=challenge.proved_at,
    )
