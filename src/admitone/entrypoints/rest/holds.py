"""Holds: places set aside for a buyer.

`POST /holds` is one of the two routes that are asked thousands of times a second:
`hold_answer` is all of it, for the fast way (`lean.py`) and for the framework alike.
"""

import hashlib
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.types import Scope

from admitone import events
from admitone.assembly import Assembly
from admitone.entrypoints.answers import JSON, Answer, as_response, json_answer
from admitone.entrypoints.callers import Caller
from admitone.entrypoints.frame.bodies import refuse_unstorable
from admitone.entrypoints.idempotency import read_key, scope_of
from admitone.entrypoints.misfits import from_msgspec
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.rest.lean_schemas import Amount, HoldAsk, HoldLine, HoldMade
from admitone.entrypoints.rest.shapes import Shown, Token
from admitone.flows.purchase import HoldWish
from admitone.pricing import PricedBasket
from admitone.values.actor import Actor
from admitone.values.ids import derived_id

router = APIRouter(tags=["buying"])
_ask = msgspec.json.Decoder(HoldAsk)
_UUID_LENGTH: Final = 36
_REF: Final = "#/components/schemas/"


async def hold_answer(needs: Assembly, scope: Scope, actor: Actor, body: bytes) -> Answer:
    """Decode, hold, encode. Raises refusals."""
    key = read_key(scope)
    refuse_unstorable(JSON, body)
    try:
        asked = _ask.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise from_msgspec(error) from None
    name = None if key is None else scope_of(actor, scope, key)
    held = await needs.purchase.hold(
        HoldWish(
            event=event_of(asked.event),
            items=tuple((item.ticket_type_id, item.quantity) for item in asked.items),
            hold_id=None if name is None else derived_id("hold", name),
            digest=None if name is None else hashlib.sha256(body).digest(),
            chosen=tuple(
                (item.ticket_type_id, item.price_minor)
                for item in asked.items
                if item.price_minor is not None
            ),
            bundles=tuple((one.bundle_id, one.quantity) for one in asked.bundles),
            codes=tuple(asked.codes),
            visitor=scope_of(actor, scope, b"codes").hex() if asked.codes else "",
        )
    )
    token = needs.links.make("hold", held.hold_id)
    made = shown(token, held.state, held.offer, held.held_until, held.quote)
    return json_answer(201, made)


def event_of(text: str) -> str | UUID:
    """An event's id if it looks like one, else its slug."""
    if len(text) == _UUID_LENGTH:
        try:
            return UUID(text)
        except ValueError:
            return text
    return text


def shown(token: str, state: str, offer: events.Offer, held_until: datetime, quote: PricedBasket) -> HoldMade:
    """A hold as the API shows it."""
    currency = quote.currency
    return HoldMade(
        token=token,
        state=state,
        event_id=offer.event_id,
        event=offer.slug,
        held_until=held_until,
        lines=[
            HoldLine(
                ticket_type_id=line.ticket_type_id,
                name=line.name,
                quantity=line.quantity,
                unit=Amount(currency, line.unit_total_minor),
                total=Amount(currency, line.total_minor),
                kind=line.kind,
                off=Amount(currency, line.unit_discount_minor),
                labels=list(line.labels),
            )
            for line in quote.lines
        ],
        fee=Amount(currency, quote.fee_minor),
        tax=Amount(currency, quote.tax_minor),
        total=Amount(currency, quote.total_minor),
        checkout_url=links.checkout(token),
    )


def described(name: str, description: str) -> dict[str, Any]:
    """An answer of one of our msgspec classes, for the OpenAPI document."""
    return {"description": description, "content": {"application/json": {"schema": {"$ref": _REF + name}}}}


def body_of(name: str) -> dict[str, Any]:
    """A body of one of our msgspec classes, for the OpenAPI document."""
    content = {"application/json": {"schema": {"$ref": _REF + name}}}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "/holds",
    status_code=201,
    response_class=Response,
    responses={201: described("HoldMade", "The places are set aside")},
    openapi_extra=body_of("HoldAsk"),
)
async def make_hold(request: Request, needs: Needs, caller: Caller) -> Response:
    """Set places aside, all or nothing. The key in `Idempotency-Key` makes it safe to ask again."""
    answer = await hold_answer(needs, request.scope, caller, request.scope["state"]["body"])
    return as_response(answer)


@router.get("/holds/{token}", response_class=Response, responses={200: described("HoldMade", "The hold")})
async def read_hold(token: Token, needs: Needs) -> Response:
    """The hold and its prices. `state` is active, claimed (an order has it), sold, expired or released."""
    found = await needs.purchase.read(needs.links.read("hold", token))
    return as_response(
        json_answer(200, shown(token, found.state, found.offer, found.hold.held_until, found.quote))
    )


class HeldUntil(Shown):
    """The new deadline."""

    held_until: datetime


@router.post("/holds/{token}/extend")
async def extend_hold(token: Token, needs: Needs) -> HeldUntil:
    """Keep the places half as long again; possible once."""
    return HeldUntil(held_until=await needs.purchase.extend(needs.links.read("hold", token)))


@router.delete("/holds/{token}", status_code=204)
async def release_hold(token: Token, needs: Needs) -> None:
    """Give the places back. Saying it twice changes nothing."""
    await needs.purchase.release(needs.links.read("hold", token))
