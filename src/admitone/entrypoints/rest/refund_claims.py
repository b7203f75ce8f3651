"""Refunds in bitcoin: where they go, for whoever has the link of the letter."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from admitone import payments
from admitone.entrypoints.callers import address_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.shapes import Body, MoneyShown, Shown, Token
from admitone.plumbing.limiter import source_key
from admitone.reads.refund_claim import RefundClaim

router = APIRouter()


class DestinationBody(Body):
    """An invoice, an address, a Lightning Address or an LNURL."""

    destination: Annotated[str, Field(max_length=4600)]


class RefundClaimShown(Shown):
    """A refund in bitcoin. `state`: waits and failed ask for a destination, unknown is being asked about."""

    state: Literal["waits", "named", "sending", "unknown", "sent", "failed"]
    is_open: bool
    rail: Literal["lightning", "onchain"]
    network: str
    amount: MoneyShown
    amount_msat: int
    destination: str | None
    named_at: datetime | None
    sent_at: datetime | None
    sent_ref: str | None


@router.get("/refund-claims/{token}", tags=["buying"])
async def read_claim(token: Token, needs: Needs) -> RefundClaimShown:
    """How much goes back, over what, and how far it is."""
    return _shown(await needs.money.refund_claims.look(token))


@router.post("/refund-claims/{token}/destination", tags=["buying"])
async def name_destination(
    token: Token, body: DestinationBody, needs: Needs, request: Request
) -> RefundClaimShown:
    """Say where it goes. It is sent at once, and cannot be taken back."""
    visitor = source_key(address_of(request))
    return _shown(await needs.money.refund_claims.name(token, body.destination, visitor=visitor))


def _shown(claim: RefundClaim) -> RefundClaimShown:
    one = claim.sending
    return RefundClaimShown(
        state=one.state.value,
        is_open=claim.is_open,
        rail="lightning" if one.rail == payments.bitcoin.LIGHTNING else "onchain",
        network=one.network,
        amount=MoneyShown(currency=one.currency, minor=one.amount_minor),
        amount_msat=one.amount_msat,
        destination=one.named_as or one.destination,
        named_at=one.named_at,
        sent_at=one.ended_at,
        sent_ref=one.sent_ref,
    )
