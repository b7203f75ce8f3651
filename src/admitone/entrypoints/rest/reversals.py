"""Part of a paid order is taken back: by its buyer, by link; by its organiser, with any amount."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from admitone import accounts, orders, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.callers import Caller, SignedIn
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.rest.shapes import Body, MoneyShown, Shown, Token, WholeNumber
from admitone.flows.cancel_tickets import Reversed
from admitone.flows.refund import actor_name
from admitone.flows.returned_parts import ledger_parts
from admitone.flows.reversal_plan import Plan, RefundWish
from admitone.reads.order_page import organiser_order
from admitone.values.actor import Action
from admitone.values.ids import normalise_code

router = APIRouter(tags=["refunds"])
Code = Annotated[str, Field(max_length=32)]
SentTo = Literal["original", "credit"]
_Minor = Annotated[WholeNumber, Field(ge=0, le=10**18)]


class BackShown(Shown):
    """What comes back, and who bears it: the organiser, the site (its fee), tax. Their sum is `amount`."""

    amount: MoneyShown
    organiser: MoneyShown
    fee: MoneyShown
    tax: MoneyShown


class TicketBackShown(Shown):
    """What comes back for one ticket. `ticket` is None for a donation."""

    ticket: UUID | None
    type_name: str
    amount: MoneyShown


class ReversalShown(Shown):
    """What would be done, or was. `id` is None when nothing was done (`dry_run`).

    `ends_order`: no ticket of it is left. `until`: so long the sum holds; None when it does not depend on time.
    `kept`: so much less comes back, because what stays was cheaper together with what goes (None when it was done).
    """

    id: UUID | None
    order: str
    order_state: str
    cancels: bool
    ends_order: bool
    back: BackShown
    tickets: list[TicketBackShown]
    until: datetime | None
    kept: MoneyShown | None = None


class CancellationBody(Body):
    """`tickets` by their tokens. `to`: how they were paid, or store credit where the organiser offers it. `dry_run`:
    nothing is done. `shown_minor`: what the buyer was told comes back; if it is another sum by now, nothing is done.
    """

    tickets: Annotated[list[Token], Field(min_length=1, max_length=1000)]
    to: SentTo = "original"
    dry_run: bool = False
    shown_minor: _Minor | None = None


@router.post("/orders/{token}/cancellations")
async def cancel_tickets(
    token: Token, body: CancellationBody, needs: Needs, caller: Caller, reversal_id: NewId
) -> ReversalShown:
    """Give tickets back by the refund policy that was shown when they were bought."""
    order_id = needs.links.read("order", token)
    ids = list(dict.fromkeys(needs.links.read("ticket", one) for one in body.tickets))
    flow = needs.money.cancel_tickets
    if body.dry_run:
        return _planned(await flow.preview(order_id, ids))
    done = await flow.cancel(
        order_id, ids, reversal_id, shown_minor=body.shown_minor, to=body.to, actor=actor_name(caller)
    )
    return await _shown(needs, done)


class RefundBody(Body):
    """Which tickets, by id (none: the whole order), and how much: `amount_minor` is a free amount in minor units of the
    order's currency; without it, all that is left of the price of these tickets.

    `with_fees`: the site's fees come back in proportion. `cancels`: the tickets die. `keeps_places`: their places do
    not go on sale again. `shown_minor` as for a buyer.
    """

    tickets: Annotated[list[UUID], Field(max_length=1000)] = Field(default_factory=list)
    amount_minor: _Minor | None = None
    with_fees: bool = True
    cancels: bool = True
    keeps_places: bool = False
    to: SentTo = "original"
    note: Annotated[str, Field(max_length=500)] = ""
    dry_run: bool = False
    shown_minor: _Minor | None = None


@router.post("/organisers/{organiser_id}/orders/{code}/refunds")
async def refund(
    organiser_id: UUID, code: Code, body: RefundBody, needs: Needs, caller: SignedIn, reversal_id: NewId
) -> ReversalShown:
    """Refund some tickets of an order or any amount, never more than was paid."""
    wish = RefundWish(
        tuple(dict.fromkeys(body.tickets)),
        body.amount_minor,
        body.with_fees,
        body.cancels,
        body.keeps_places,
        body.to,
        body.note,
    )
    flow, code = needs.money.cancel_tickets, normalise_code(code)
    if body.dry_run:
        return _planned(await flow.preview_refund(caller, organiser_id, code, wish))
    done = await flow.refund(caller, organiser_id, code, wish, reversal_id, shown_minor=body.shown_minor)
    return await _shown(needs, done)


class RefundShown(Shown):
    """Money on its way back to a payment. `reason`: tickets_cancelled, goodwill, organiser and others."""

    id: UUID
    state: str
    reason: str
    amount: MoneyShown
    wanted_at: datetime
    done_at: datetime | None


class ListedReversalShown(Shown):
    """Something of the order that was taken back. `by`: buyer or organiser; `to`: original or credit."""

    id: UUID
    by: str
    to: str
    note: str
    back: BackShown
    at: datetime


class RefundsShown(Shown):
    """Oldest first. A reversal says what was decided, a refund where its money is."""

    reversals: list[ListedReversalShown]
    refunds: list[RefundShown]


@router.get("/organisers/{organiser_id}/orders/{code}/refunds")
async def list_refunds(organiser_id: UUID, code: Code, needs: Needs, caller: SignedIn) -> RefundsShown:
    """What of this order was taken back, and what became of the money."""
    accounts.permit(caller, Action.SEE_ORDERS, organiser_id)
    async with needs.database.reading() as reader:
        found = await organiser_order(reader, organiser_id, normalise_code(code))
    return RefundsShown(
        reversals=[
            ListedReversalShown(
                id=one.id,
                by=one.by_whom,
                to=one.sent_to,
                note=one.note,
                back=_back(found.order.currency, one.organiser_minor, one.fee_minor, one.tax_minor),
                at=one.at,
            )
            for one in found.reversals
        ],
        refunds=[
            RefundShown(
                id=one.id,
                state=one.state.value,
                reason=one.reason,
                amount=MoneyShown(currency=one.currency, minor=one.amount_minor),
                wanted_at=one.wanted_at,
                done_at=one.done_at,
            )
            for one in sorted(found.refunds, key=lambda one: one.wanted_at)
        ],
    )


def _back(currency: str, organiser_minor: int, fee_minor: int, tax_minor: int) -> BackShown:
    def shown(minor: int) -> MoneyShown:
        return MoneyShown(currency=currency, minor=minor)

    return BackShown(
        amount=shown(organiser_minor + fee_minor + tax_minor),
        organiser=shown(organiser_minor),
        fee=shown(fee_minor),
        tax=shown(tax_minor),
    )


def _planned(plan: Plan) -> ReversalShown:
    order, parts = plan.order, ledger_parts(plan.total)
    return ReversalShown(
        id=None,
        order=order.code,
        order_state=order.state,
        cancels=plan.cancels,
        ends_order=plan.ends_order,
        back=_back(order.currency, parts.organiser_minor, parts.fee_minor, parts.tax_minor),
        tickets=[
            TicketBackShown(
                ticket=None if one.ticket is None else one.ticket.id,
                type_name=one.line.name,
                amount=MoneyShown(currency=order.currency, minor=one.back.total_minor),
            )
            for one in plan.units
        ],
        until=plan.until,
        kept=MoneyShown(currency=order.currency, minor=plan.kept_minor),
    )


async def _shown(needs: Assembly, done: Reversed) -> ReversalShown:
    made, order = done.reversal, done.order
    async with needs.database.reading() as reader:
        units = await orders.units_of(reader, made.id)
        lines = {line.id: line for line in await orders.lines_of(reader, order.id)}
        issued = {(one.order_line_id, one.unit): one.id for one in await tickets.by_order(reader, order.id)}
    return ReversalShown(
        id=made.id,
        order=order.code,
        order_state=order.state,
        cancels=any(one.is_cancelled for one in units),
        ends_order=order.state == orders.OrderState.CANCELLED,
        back=_back(order.currency, made.organiser_minor, made.fee_minor, made.tax_minor),
        tickets=[
            TicketBackShown(
                ticket=issued.get((one.order_line_id, one.unit)),
                type_name=lines[one.order_line_id].name,
                amount=MoneyShown(currency=order.currency, minor=one.price_minor + one.fees_minor),
            )
            for one in units
        ],
        until=None,
    )
