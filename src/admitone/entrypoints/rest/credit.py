"""Store credit: used for an order by whoever has its token and a code; gift codes, for organisers."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from admitone import accounts, payments
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn, address_of
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.rest.shapes import Body, Instant, MoneyShown, Shown, Token
from admitone.flows.credit_desk import GiftWish
from admitone.plumbing.limiter import source_key
from admitone.reads.credits_list import CreditFilter, credits_of, uses_shown
from admitone.values.actor import Action

router = APIRouter()
_Minor = Annotated[int, Field(ge=0, le=2**53)]


class CodeBody(Body):
    """The code as it was given: case, spaces and dashes do not matter."""

    code: Annotated[str, Field(max_length=200)]


class CreditUseShown(Shown):
    """Credit that counts for an order. `state`: set_aside while the order waits, used once it is paid."""

    use_id: UUID
    state: Literal["set_aside", "used"]
    amount: MoneyShown


class OrderCreditShown(Shown):
    """What an order has taken of credits, and what is left to pay with money."""

    order_state: str
    due: MoneyShown
    uses: list[CreditUseShown]


@router.post("/orders/{token}/credit", status_code=201, tags=["buying"])
async def use_credit(
    token: Token, body: CodeBody, needs: Needs, request: Request, use_id: NewId
) -> OrderCreditShown:
    """Use a gift code or store credit for an order that waits. Enough of it makes the order paid."""
    order_id = needs.links.read("order", token)
    visitor = source_key(address_of(request))
    await needs.money.store_credit.apply(order_id, body.code, visitor=visitor, use_id=use_id)
    return await _of_order(needs, order_id)


@router.get("/orders/{token}/credit", tags=["buying"])
async def read_credit(token: Token, needs: Needs) -> OrderCreditShown:
    """What the order has taken of credits."""
    return await _of_order(needs, needs.links.read("order", token))


@router.delete("/orders/{token}/credit/{use_id}", tags=["buying"])
async def take_off(token: Token, use_id: UUID, needs: Needs) -> OrderCreditShown:
    """Take credit off an order that waits: all of it is on its code again."""
    order_id = needs.links.read("order", token)
    await needs.money.store_credit.remove(order_id, use_id)
    return await _of_order(needs, order_id)


async def _of_order(needs: Assembly, order_id: UUID) -> OrderCreditShown:
    order, uses = await needs.money.store_credit.look(order_id)
    return OrderCreditShown(
        order_state=order.state,
        due=MoneyShown(currency=order.currency, minor=order.due_minor if order.paid_at is None else 0),
        uses=[
            CreditUseShown(
                use_id=one.id,
                state="used" if one.state == "used" else "set_aside",
                amount=MoneyShown(currency=order.currency, minor=one.amount_minor),
            )
            for one in uses
        ],
    )


class GiftsBody(Body):
    """`amount_minor` of `currency` on each of `count` codes. `email`: whom the one code is sent to."""

    currency: Annotated[str, Field(min_length=3, max_length=3)]
    amount_minor: _Minor
    count: Annotated[int, Field(ge=1, le=1_000)] = 1
    expires_at: Instant | None = None
    note: Annotated[str, Field(max_length=500)] = ""
    email: Annotated[str, Field(max_length=1000)] | None = None


class CreditShown(Shown):
    """Credit somebody has with the organiser. `code` is a key to it; null when it is a buyer's, or made under another
    master key.
    """

    id: UUID
    source: Literal["gift", "refund"]
    state: Literal["open", "used", "expired", "void"]
    is_test: bool
    code: str | None
    given: MoneyShown
    balance: MoneyShown
    expires_at: datetime | None
    email: str | None
    note: str
    batch_id: UUID | None
    order_code: str | None
    created_at: datetime


class CreditUseRow(Shown):
    """An order that took some of a credit."""

    order_code: str
    amount: MoneyShown
    returned: MoneyShown
    state: Literal["set_aside", "used", "returned"]
    at: datetime


class CreditDetail(CreditShown):
    """A credit and all its uses, newest first."""

    uses: list[CreditUseRow]


class CreditsShown(Shown):
    """A page of credits, newest first. `next`: send it as `after` for more."""

    credits: list[CreditShown]
    next: UUID | None


@router.post("/organisers/{organiser_id}/gift-codes", status_code=201, tags=["store credit"])
async def make_gifts(
    organiser_id: UUID, body: GiftsBody, needs: Needs, caller: SignedIn, batch_id: NewId
) -> list[CreditShown]:
    """Make gift codes, for play money or real as the organiser sells. Above their limit a second member is asked."""
    accounts.permit(caller, Action.REFUND_ORDERS, organiser_id)
    wish = GiftWish(
        body.currency,
        body.amount_minor,
        body.count,
        body.expires_at,
        body.note,
        body.email,
        is_test=await needs.money.credit_desk.is_test(organiser_id),
    )
    made = await needs.money.credit_desk.make(caller, organiser_id, wish, batch_id)
    return [_shown(needs, one, None) for one in made]


@router.get("/organisers/{organiser_id}/credits", tags=["store credit"])
async def list_credits(
    organiser_id: UUID,
    needs: Needs,
    caller: SignedIn,
    source: Literal["", "gift", "refund"] = "",
    state: Literal["", "open", "used", "expired", "void"] = "",
    mode: Literal["", "test", "live"] = "",
    q: Annotated[str, Field(max_length=200)] = "",
    after: UUID | None = None,
) -> CreditsShown:
    """The organiser's gift codes and the refunds left with them. `q`: an address, a word of a note, an order's code, a
    whole code.
    """
    asked = CreditFilter(source, state, mode, q)
    async with needs.database.reading() as reader:
        found = await credits_of(reader, caller, organiser_id, asked, after)
    return CreditsShown(
        credits=[_shown(needs, row.credit, row.order_code) for row in found.rows], next=found.next
    )


@router.get("/organisers/{organiser_id}/credits/{credit_id}", tags=["store credit"])
async def read_one(organiser_id: UUID, credit_id: UUID, needs: Needs, caller: SignedIn) -> CreditDetail:
    """A credit with its uses."""
    async with needs.database.reading() as reader:
        found = await uses_shown(reader, caller, organiser_id, credit_id)
    shown = _shown(needs, found.credit, found.order_code)
    currency = found.credit.currency
    return CreditDetail(
        **shown.model_dump(),
        uses=[
            CreditUseRow(
                order_code=one.order_code,
                amount=MoneyShown(currency=currency, minor=one.amount_minor),
                returned=MoneyShown(currency=currency, minor=one.returned_minor),
                state=one.state,
                at=one.at,
            )
            for one in found.uses
        ],
    )


@router.post("/organisers/{organiser_id}/credits/{credit_id}/void", tags=["store credit"])
async def void(organiser_id: UUID, credit_id: UUID, needs: Needs, caller: SignedIn) -> CreditShown:
    """Take a gift code back: what is left on it ends. Refunds left as credit cannot be taken."""
    return _shown(needs, await needs.money.credit_desk.void(caller, organiser_id, credit_id), None)


def _shown(needs: Assembly, row: payments.CreditRow, order_code: str | None) -> CreditShown:
    return CreditShown(
        id=row.id,
        source="gift" if row.is_gift else "refund",
        state=row.standing,
        is_test=row.is_test,
        code=needs.money.credit_desk.code(row) if row.is_gift else None,
        given=MoneyShown(currency=row.currency, minor=row.given_minor),
        balance=MoneyShown(currency=row.currency, minor=row.balance_minor),
        expires_at=row.expires_at,
        email=row.email,
        note=row.note,
        batch_id=row.batch_id,
        order_code=order_code,
        created_at=row.created_at,
    )
