"""Tickets of a paid order are changed for others: by its buyer, by link; by its organiser."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from admitone.assembly import Assembly
from admitone.entrypoints.callers import Caller, SignedIn
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.pages import links
from admitone.entrypoints.rest.shapes import Body, MoneyShown, Shown, Token, WholeNumber
from admitone.flows.exchange import Changed
from admitone.flows.exchange_plan import ChangePlan, ChangeWish
from admitone.flows.refund import actor_name
from admitone.values.ids import normalise_code

router = APIRouter(tags=["changes"])
Code = Annotated[str, Field(max_length=32)]
_Tickets = Annotated[list[Token], Field(min_length=1, max_length=1000)]
_Ids = Annotated[list[UUID], Field(min_length=1, max_length=1000)]
_Difference = Annotated[WholeNumber, Field(ge=-(10**18), le=10**18)]


class ChangeShown(Shown):
    """What a change would do. `worth` is what of the old tickets' price has not gone back; `fee` of it stays with the
    organiser; the rest counts for the new tickets, which cost `price`. Then `due` is to be paid, or `back` goes back.
    `until`: so long the buyer may; None when it does not depend on time.
    """

    event_id: UUID
    event: str
    event_title: str
    ticket_type_id: UUID
    type_name: str
    quantity: int
    worth: MoneyShown
    fee: MoneyShown
    price: MoneyShown
    due: MoneyShown
    back: MoneyShown
    difference_minor: int
    until: datetime | None


class ChangesShown(Shown):
    """What these tickets may be changed for."""

    choices: list[ChangeShown]


class ChangedShown(Shown):
    """The plan, and with `dry_run` no more. Else the new order: `state` is paid when nothing was due, else pending
    until `due` is paid as any order is, and the old tickets stay valid until then.
    """

    plan: ChangeShown | None
    token: str
    code: str
    state: str
    due: MoneyShown
    pay_until: datetime | None
    order_url: str


class WhichBody(Body):
    """`tickets` by their tokens."""

    tickets: _Tickets


class ChangeBody(Body):
    """Which `tickets`, by their tokens, for which type of which event. With `dry_run` nothing is done.

    `shown_minor`: the difference the buyer was told, negative when it comes back; if it is another by now, nothing is
    done.
    """

    tickets: _Tickets
    event_id: UUID
    ticket_type_id: UUID
    dry_run: bool = False
    shown_minor: _Difference | None = None


@router.post("/orders/{token}/change-choices")
async def choices(token: Token, body: WhichBody, needs: Needs) -> ChangesShown:
    """What these tickets may be changed for now, each with the difference."""
    ids = tuple(dict.fromkeys(needs.links.read("ticket", one) for one in body.tickets))
    found = await needs.exchanging.choices(needs.links.read("order", token), ids)
    return ChangesShown(choices=[_plan(one) for one in found])


@router.post("/orders/{token}/changes")
async def change(
    token: Token, body: ChangeBody, needs: Needs, caller: Caller, request_id: NewId
) -> ChangedShown:
    """Change tickets by the rule that was shown when they were bought. With the same `Idempotency-Key` once."""
    order_id = needs.links.read("order", token)
    ids = tuple(dict.fromkeys(needs.links.read("ticket", one) for one in body.tickets))
    wish = ChangeWish(ids, body.event_id, body.ticket_type_id)
    if body.dry_run:
        return _only(await needs.exchanging.preview(order_id, wish))
    changed = await needs.exchanging.change(
        order_id, wish, request_id, shown_minor=body.shown_minor, actor=actor_name(caller)
    )
    return _changed(needs, changed)


class OrganisersChangeBody(Body):
    """As a buyer's, with tickets by id. `with_fee`: the change fee of the order's rule is taken, if it has one."""

    tickets: _Ids
    event_id: UUID
    ticket_type_id: UUID
    with_fee: bool = True
    dry_run: bool = False
    shown_minor: _Difference | None = None


@router.post("/organisers/{organiser_id}/orders/{code}/changes")
async def change_for(
    organiser_id: UUID,
    code: Code,
    body: OrganisersChangeBody,
    needs: Needs,
    caller: SignedIn,
    request_id: NewId,
) -> ChangedShown:
    """Change tickets for a buyer, whatever the rule says."""
    wish = ChangeWish(
        tuple(dict.fromkeys(body.tickets)), body.event_id, body.ticket_type_id, with_fee=body.with_fee
    )
    flow, code = needs.exchanging, normalise_code(code)
    if body.dry_run:
        return _only(await flow.preview_for(caller, organiser_id, code, wish))
    changed = await flow.change_for(
        caller, organiser_id, code, wish, request_id, shown_minor=body.shown_minor
    )
    return _changed(needs, changed)


def _plan(plan: ChangePlan) -> ChangeShown:
    def money(minor: int) -> MoneyShown:
        return MoneyShown(currency=plan.old.order.currency, minor=minor)

    return ChangeShown(
        event_id=plan.offer.event_id,
        event=plan.offer.slug,
        event_title=plan.offer.title,
        ticket_type_id=plan.offered.id,
        type_name=plan.offered.name,
        quantity=len(plan.old.units),
        worth=money(plan.worth_minor),
        fee=money(plan.fee_minor),
        price=money(plan.price_minor),
        due=money(plan.due_minor),
        back=money(plan.back_minor),
        difference_minor=plan.difference_minor,
        until=plan.until,
    )


def _only(plan: ChangePlan) -> ChangedShown:
    due = MoneyShown(currency=plan.old.order.currency, minor=plan.due_minor)
    return ChangedShown(plan=_plan(plan), token="", code="", state="", due=due, pay_until=None, order_url="")


def _changed(needs: Assembly, changed: Changed) -> ChangedShown:
    order = changed.order
    token = needs.links.make("order", order.id)
    is_pending = order.state == "pending"
    return ChangedShown(
        plan=None,
        token=token,
        code=order.code,
        state=order.state,
        due=MoneyShown(currency=order.currency, minor=order.due_minor if is_pending else 0),
        pay_until=order.pay_until if is_pending else None,
        order_url=links.order(token),
    )
