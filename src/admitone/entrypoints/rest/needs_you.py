"""What waits for an organiser's people, and their payment accounts held against their providers' books."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.shapes import MoneyShown, Shown
from admitone.reads.needs_you import Kind, Waiting, needs_you
from admitone.reads.reconciliations import Compared, reconciliations

router = APIRouter(tags=["money"])


class WaitingShown(Shown):
    """Something that waits. `id` names the refund, case, dispute, approval or account; `until`: the last moment."""

    kind: Kind
    id: UUID
    title: str
    detail: str
    amount: MoneyShown | None
    since: datetime
    until: datetime | None
    event: UUID | None
    order: str | None


class NeedsShown(Shown):
    """At most 200; what has a last moment first, then longest waiting first."""

    items: list[WaitingShown]


class CurrencyShown(Shown):
    """A currency of an account, in minor units. `there` is the provider's balance, `ours` what we say lies there.

    `before`: what lay there before us, `others`: not from sales here, `under_way`: not in their books yet. `difference`
    is what nothing explains.
    """

    currency: str
    there: int | None
    ours: int
    before: int | None
    others: int
    under_way: int
    difference: int


class ReconciliationShown(Shown):
    """An account and its last comparison; `until` None: never compared. `missing` names single differences."""

    account: UUID
    provider: str
    is_test: bool
    state: str | None
    until: datetime | None
    error: str | None
    open_cases: int
    counts: Mapping[str, int]
    currencies: list[CurrencyShown]
    missing: list[Mapping[str, object]]


class ReconciliationsShown(Shown):
    """Every account of the organiser's own."""

    items: list[ReconciliationShown]


@router.get("/organisers/{organiser_id}/needs-you")
async def list_needs(organiser_id: UUID, actor: SignedIn, needs: Needs) -> NeedsShown:
    """Everything of money that waits for a person."""
    async with needs.database.reading() as reader:
        waiting = await needs_you(reader, actor, organiser_id, now=needs.clock.now())
    return NeedsShown(items=[_waiting(one) for one in waiting])


@router.post("/organisers/{organiser_id}/needs-you/cases/{case_id}/close", status_code=204)
async def close_case(organiser_id: UUID, case_id: UUID, actor: SignedIn, needs: Needs) -> Response:
    """Somebody has looked at a case; it comes back only if it changes."""
    await needs.money.reconciling.close_case(actor, organiser_id, case_id)
    return Response(status_code=204)


@router.get("/organisers/{organiser_id}/reconciliations")
async def list_reconciliations(organiser_id: UUID, actor: SignedIn, needs: Needs) -> ReconciliationsShown:
    """The last comparison of each payment account."""
    async with needs.database.reading() as reader:
        compared = await reconciliations(reader, actor, organiser_id)
    return ReconciliationsShown(items=[_compared(one) for one in compared])


@router.post("/organisers/{organiser_id}/reconciliations", status_code=202)
async def reconcile(organiser_id: UUID, actor: SignedIn, needs: Needs) -> ReconciliationsShown:
    """Compare now, for 15 seconds at most; then it goes on by itself (`state` is `running`)."""
    await needs.money.reconciling.begin_for(actor, organiser_id)
    return await list_reconciliations(organiser_id, actor, needs)


def _waiting(one: Waiting) -> WaitingShown:
    amount = None
    if one.currency is not None and one.amount_minor is not None:
        amount = MoneyShown(currency=one.currency, minor=one.amount_minor)
    return WaitingShown(
        kind=one.kind,
        id=one.id,
        title=one.title,
        detail=one.detail,
        amount=amount,
        since=one.since,
        until=one.until,
        event=one.event_id,
        order=one.order_code,
    )


def _compared(one: Compared) -> ReconciliationShown:
    return ReconciliationShown(
        account=one.account_id,
        provider=one.provider,
        is_test=one.is_test,
        state=one.state,
        until=one.until,
        error=one.error,
        open_cases=one.cases,
        counts=one.counts,
        currencies=[
            CurrencyShown(
                currency=row.currency,
                there=row.there_minor,
                ours=row.clearing_minor,
                before=row.opening_minor,
                others=row.others_minor,
                under_way=row.under_way_minor,
                difference=row.difference_minor,
            )
            for row in one.currencies
        ],
        missing=list(one.missing),
    )
