"""Balances, payouts, where they go, and transactions by type."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from admitone import payouts
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.rest.shapes import Body, Cursor, Limit, MoneyShown, Shown, WholeNumber
from admitone.flows.payout_receivers import ReceiverWish
from admitone.payouts import Payout, Purse, Receiver
from admitone.reads.ledger_exports.rows import TransferType
from admitone.reads.ledger_transfers import LedgerScope
from admitone.reads.payout_account import payout_account
from admitone.reads.transactions import transactions
from admitone.values import currencies

router = APIRouter(tags=["payouts"], prefix="/organisers/{organiser_id}")
_Currency = Annotated[str, Field(max_length=16)]
_Minor = Annotated[WholeNumber, Field(ge=1, le=10**18)]
_FIRST = datetime(2020, 1, 1, tzinfo=UTC)
_LAST = datetime(9000, 1, 1, tzinfo=UTC)


class PurseShown(Shown):
    """One currency, whole minor units. `pending` becomes available three days (or as agreed) after its event's end;
    `available` is negative when refunds took more than there was. `next_release_at`: when more becomes available.
    """

    currency: str
    pending: int
    available: int
    reserve: int
    on_its_way: int
    paid: int
    next_release_at: datetime | None


class BalancesShown(Shown):
    """By currency. `paused_until`: payouts are paused because a receiver was changed."""

    items: list[PurseShown]
    paused_until: datetime | None


class PayoutShown(Shown):
    """A payout. `reason`: why it failed, or is not there yet."""

    id: UUID
    amount: MoneyShown
    is_test: bool
    state: Literal["asked", "declined", "sending", "done", "failed"]
    asked_at: datetime
    approved_at: datetime | None
    ended_at: datetime | None
    reason: str | None


class PayoutsShown(Shown):
    """Newest first, at most 100."""

    items: list[PayoutShown]


class PayoutBody(Body):
    """Without `amount_minor`, all that is available. `is_test`: of play money."""

    currency: _Currency
    amount_minor: _Minor | None = None
    is_test: bool = False


class ApproveBody(Body):
    """`amount_minor`, typed again, is needed from who is alone and approves their own payout."""

    amount_minor: _Minor | None = None


class ReceiverBody(Body):
    """`account`: one of the site's payment accounts that can pay out; without it, the bank account `details.iban`.
    `details` are what its provider asks for.
    """

    account: UUID | None = None
    is_test: bool = False
    holder: Annotated[str, Field(min_length=1, max_length=70)]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    details: Annotated[
        dict[
            Annotated[str, Field(pattern="^[a-z_]+$", max_length=40)],
            Annotated[str, Field(max_length=200, pattern="^[^\\u0000-\\u001f]*$")],
        ],
        Field(max_length=12),
    ]


class ReceiverShown(Shown):
    """Where payouts of a currency go. `hint` is what is shown of its number."""

    currency: str
    is_test: bool
    holder: str
    hint: str
    verified: bool


class TransactionShown(Shown):
    """A transfer of the ledger: `amount` from account `debit` to account `credit`. `cause` is shared by all transfers
    of one payment, refund or payout.
    """

    id: UUID
    at: datetime
    type: Literal["sale", "refund", "payout", "fee", "tax", "dispute", "credit", "other"]
    kind: str
    amount: MoneyShown
    debit: str
    credit: str
    cause: UUID


class TransactionsShown(Shown):
    """Newest first. `next_cursor` continues the list."""

    items: list[TransactionShown]
    next_cursor: str | None


@router.get("/balances")
async def show_balances(
    organiser_id: UUID, needs: Needs, caller: SignedIn, is_test: bool = False
) -> BalancesShown:
    """What is to come, can be paid out, is kept back, on its way, and was paid."""
    async with needs.database.reading() as reader:
        found = await payout_account(reader, caller, organiser_id, is_test=is_test)
    return BalancesShown(
        items=[
            PurseShown(
                currency=one.currency,
                pending=one.pending_minor,
                available=one.available_minor,
                reserve=one.reserve_minor,
                on_its_way=one.under_way_minor,
                paid=one.paid_minor,
                next_release_at=one.next_at,
            )
            for one in found.purses
        ],
        paused_until=found.terms.paused_until,
    )


@router.get("/payouts")
async def list_payouts(
    organiser_id: UUID, needs: Needs, caller: SignedIn, is_test: bool = False
) -> PayoutsShown:
    """Payouts asked for, on their way, done, and those that did not arrive."""
    async with needs.database.reading() as reader:
        found = await payout_account(reader, caller, organiser_id, is_test=is_test)
    return PayoutsShown(items=[_payout(one) for one in found.payouts])


@router.post("/payouts", status_code=201)
async def ask_for_payout(
    organiser_id: UUID, body: PayoutBody, needs: Needs, caller: SignedIn, payout_id: NewId
) -> PayoutShown:
    """Ask for a payout. It is sent when somebody has approved it."""
    currencies.exponent(body.currency)
    purse = Purse(organiser_id, body.currency, body.is_test)
    return _payout(await needs.money.paying_out.ask(caller, purse, payout_id, body.amount_minor))


@router.post("/payouts/{payout_id}/again", status_code=201)
async def ask_again(
    organiser_id: UUID, payout_id: UUID, needs: Needs, caller: SignedIn, new_id: NewId
) -> PayoutShown:
    """Ask anew for a payout that failed, to where payouts go now. It is sent when somebody has approved it."""
    return _payout(await needs.money.paying_out.ask_again(caller, organiser_id, payout_id, new_id))


@router.post("/payouts/{payout_id}/approve")
async def approve_payout(
    organiser_id: UUID, payout_id: UUID, body: ApproveBody, needs: Needs, caller: SignedIn
) -> PayoutShown:
    """Say yes: it is sent."""
    return _payout(await needs.money.paying_out.approve(caller, organiser_id, payout_id, body.amount_minor))


@router.post("/payouts/{payout_id}/decline")
async def decline_payout(organiser_id: UUID, payout_id: UUID, needs: Needs, caller: SignedIn) -> PayoutShown:
    """Say no, or take it back."""
    return _payout(await needs.money.paying_out.decline(caller, organiser_id, payout_id))


@router.put("/payout-receivers/{currency}")
async def set_receiver(
    organiser_id: UUID, currency: _Currency, body: ReceiverBody, needs: Needs, caller: SignedIn
) -> ReceiverShown:
    """Say where payouts of a currency go. They are paused for 24 hours, and every owner gets a mail."""
    currencies.exponent(currency)
    wish = ReceiverWish(body.account, body.holder, body.country, body.details)
    purse = payouts.Purse(organiser_id, currency, body.is_test)
    return _receiver(await needs.money.payout_receivers.set(caller, purse, wish))


@router.get("/transactions")
async def list_transactions(
    organiser_id: UUID,
    needs: Needs,
    caller: SignedIn,
    type: Literal["sale", "refund", "payout", "fee"] | None = None,
    is_test: bool = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TransactionsShown:
    """Every transfer of the organiser's money, or those of one type."""
    types = frozenset({TransferType(type)}) if type is not None else frozenset[TransferType]()
    scope = LedgerScope(_FIRST, _LAST, is_test, organiser_id, types=types)
    async with needs.database.reading() as reader:
        found = await transactions(reader, caller, scope, cursor=cursor, limit=limit)
    return TransactionsShown(
        items=[
            TransactionShown(
                id=one.id,
                at=one.at,
                type=one.type.value,
                kind=one.kind,
                amount=MoneyShown(currency=one.currency, minor=one.amount_minor),
                debit=one.debit,
                credit=one.credit,
                cause=one.group_id,
            )
            for one in found.items
        ],
        next_cursor=found.next_cursor,
    )


def _payout(one: Payout) -> PayoutShown:
    return PayoutShown(
        id=one.id,
        amount=MoneyShown(currency=one.currency, minor=one.amount_minor),
        is_test=one.is_test,
        state=one.state.value,
        asked_at=one.asked_at,
        approved_at=one.approved_at,
        ended_at=one.ended_at,
        reason=one.reason,
    )


def _receiver(one: Receiver) -> ReceiverShown:
    return ReceiverShown(
        currency=one.currency,
        is_test=one.is_test,
        holder=one.holder,
        hint=one.hint,
        verified=one.verified_at is not None,
    )
