"""Payouts as those who run the site see and do them: all organisers' balances, terms, receivers, the bank's file."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.shapes import Body, MoneyShown, Shown, WholeNumber
from admitone.flows.payout_terms import TermsWish
from admitone.payouts import Terms
from admitone.reads.payout_account import payout_terms
from admitone.reads.site_payouts import open_payouts, site_balances
from admitone.statements import Debtor

router = APIRouter(tags=["payouts"])
# An organiser's address, from which the list goes on.
After = Annotated[str, Query(max_length=100, pattern="^[a-z0-9-]*$")]
_Number = Annotated[WholeNumber, Field(ge=0, le=10_000)]
_Minimums = Annotated[
    dict[Annotated[str, Field(max_length=16)], Annotated[WholeNumber, Field(ge=1, le=10**12)]],
    Field(max_length=40),
]


class PayoutTermsShown(Shown):
    """What is agreed. `reserve_bps` (hundredths of a percent) of what an event earned is kept back for `reserve_days`
    after the rest became available. `minimums`: what is paid out at least, minor units by currency, where that is not
    the site's usual. `is_drafting`: payouts are asked for by themselves, and wait for a yes.
    """

    delay_days: int
    reserve_bps: int
    reserve_days: int
    minimums: dict[str, int]
    is_drafting: bool


class PayoutTermsBody(Body):
    """All of it at once, as `PayoutTermsShown`."""

    delay_days: _Number
    reserve_bps: _Number
    reserve_days: _Number
    minimums: _Minimums = Field(default_factory=dict)
    is_drafting: bool = True


class SiteBalanceShown(Shown):
    """An organiser's money of one currency, minor units."""

    organiser: UUID
    slug: str
    name: str
    currency: str
    pending: int
    available: int
    reserve: int
    on_its_way: int


class SiteBalancesShown(Shown):
    """By the organisers' addresses. `next_after` continues the list."""

    items: list[SiteBalanceShown]
    next_after: str | None


class SitePayoutShown(Shown):
    """A payout. `by_file`: a person sends it from the site's bank account."""

    id: UUID
    organiser: UUID
    amount: MoneyShown
    state: Literal["asked", "declined", "sending", "done", "failed"]
    asked_at: datetime
    reason: str | None
    by_file: bool
    receiver: str


class SitePayoutsShown(Shown):
    """At most 500: asked for, on their way, failed, and sent by file in the last 45 days."""

    items: list[SitePayoutShown]


class ToVerifyShown(Shown):
    """A bank account somebody has to look at, in full."""

    id: UUID
    organiser: UUID
    currency: str
    holder: str
    iban: str
    since: datetime


class AllToVerifyShown(Shown):
    """Longest waiting first."""

    items: list[ToVerifyShown]


class FileBody(Body):
    """Whose account pays, and which payouts; without `payouts` all that wait."""

    name: Annotated[str, Field(max_length=70)]
    iban: Annotated[str, Field(max_length=42)]
    payouts: Annotated[list[UUID], Field(max_length=1000)] | None = None


@router.get("/organisers/{organiser_id}/payout-terms")
async def show_terms(organiser_id: UUID, needs: Needs, caller: SignedIn) -> PayoutTermsShown:
    """What is agreed with this organiser, for its team and for those who run the site."""
    async with needs.database.reading() as reader:
        return _terms(await payout_terms(reader, caller, organiser_id))


@router.put("/organisers/{organiser_id}/payout-terms")
async def set_terms(
    organiser_id: UUID, body: PayoutTermsBody, needs: Needs, caller: SignedIn
) -> PayoutTermsShown:
    """Agree on something else, from the next release on. For those who run the site."""
    wish = TermsWish(body.delay_days, body.reserve_bps, body.reserve_days, body.minimums, body.is_drafting)
    return _terms(await needs.money.payout_terms.set(caller, organiser_id, wish))


@router.get("/site/balances")
async def list_balances(
    needs: Needs, caller: SignedIn, is_test: bool = False, after: After = ""
) -> SiteBalancesShown:
    """What belongs to whom."""
    async with needs.database.reading() as reader:
        found, next_after = await site_balances(reader, caller, is_test=is_test, after=after)
    return SiteBalancesShown(
        items=[
            SiteBalanceShown(
                organiser=one.organiser_id,
                slug=one.slug,
                name=one.name,
                currency=one.currency,
                pending=one.pending_minor,
                available=one.available_minor,
                reserve=one.reserve_minor,
                on_its_way=one.under_way_minor,
            )
            for one in found
        ],
        next_after=next_after or None,
    )


@router.get("/site/payouts")
async def list_open_payouts(needs: Needs, caller: SignedIn, is_test: bool = False) -> SitePayoutsShown:
    """Payouts somebody has to look at, longest waiting first."""
    async with needs.database.reading() as reader:
        found = await open_payouts(reader, caller, is_test=is_test, now=needs.clock.now())
    return SitePayoutsShown(
        items=[
            SitePayoutShown(
                id=one.id,
                organiser=one.organiser_id,
                amount=MoneyShown(currency=one.currency, minor=one.amount_minor),
                state=one.state.value,
                asked_at=one.asked_at,
                reason=one.reason,
                by_file=one.is_by_file,
                receiver=one.receiver,
            )
            for one in found
        ]
    )


@router.post("/site/payouts/file", responses={200: {"content": {"application/xml": {}}}})
async def write_file(body: FileBody, needs: Needs, caller: SignedIn) -> Response:
    """A SEPA file (pain.001) for the site's bank. It marks nothing as sent; the same payouts give the same file id."""
    chosen = None if body.payouts is None else frozenset(body.payouts)
    made = await needs.money.site_payouts.file(caller, chosen, Debtor(body.name, body.iban))
    return Response(made.content, media_type="application/xml", headers={"cache-control": "no-store"})


@router.post("/site/payouts/{payout_id}/{what}", status_code=204)
async def say(
    payout_id: UUID, what: Literal["sent", "came-back"], needs: Needs, caller: SignedIn
) -> Response:
    """What became of a payout by file at the bank."""
    if what == "sent":
        await needs.money.site_payouts.sent(caller, payout_id)
    else:
        await needs.money.site_payouts.came_back(caller, payout_id)
    return Response(status_code=204)


@router.get("/site/payout-receivers")
async def list_receivers(needs: Needs, caller: SignedIn) -> AllToVerifyShown:
    """Bank accounts nobody has looked at yet."""
    return AllToVerifyShown(
        items=[
            ToVerifyShown(
                id=one.id,
                organiser=one.organiser_id,
                currency=one.currency,
                holder=one.holder,
                iban=iban,
                since=one.made_at,
            )
            for one, iban in await needs.money.site_payouts.to_verify(caller)
        ]
    )


@router.post("/site/payout-receivers/{receiver_id}/verify", status_code=204)
async def verify_receiver(receiver_id: UUID, needs: Needs, caller: SignedIn) -> Response:
    """Somebody has looked at it: payouts may go there."""
    await needs.money.site_payouts.verify(caller, receiver_id)
    return Response(status_code=204)


def _terms(one: Terms) -> PayoutTermsShown:
    return PayoutTermsShown(
        delay_days=one.delay_days,
        reserve_bps=one.reserve_bps,
        reserve_days=one.reserve_days,
        minimums=dict(one.minimums),
        is_drafting=one.is_drafting,
    )
