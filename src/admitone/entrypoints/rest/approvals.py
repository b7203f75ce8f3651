"""Four eyes: limits above which a second member is asked, and what waits for their yes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from admitone.accounts import Approval, ApprovalLimit
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.shapes import Body, MoneyShown, Shown, WholeNumber
from admitone.values import currencies

router = APIRouter(tags=["approvals"], prefix="/organisers/{organiser_id}")
Currency = Annotated[str, Field(max_length=16)]
_Minor = Annotated[WholeNumber, Field(ge=0, le=10**18)]


class LimitShown(Shown):
    """Above which amounts, in minor units of `currency`, a second member is asked; None is never."""

    currency: str
    refund_minor: int | None
    payout_minor: int | None


class LimitsShown(Shown):
    """By currency."""

    items: list[LimitShown]


class LimitBody(Body):
    """None: nobody is asked."""

    refund_minor: _Minor | None = None
    payout_minor: _Minor | None = None


class ApprovalShown(Shown):
    """A question. `words` say what was asked for; `mine`: you asked it, so somebody else has to approve it."""

    id: UUID
    kind: str
    words: str
    amount: MoneyShown
    state: Literal["waiting", "approved", "declined", "done"]
    mine: bool
    asked_at: datetime
    expires_at: datetime
    decided_at: datetime | None


class ApprovalsShown(Shown):
    """Newest first, at most 100."""

    items: list[ApprovalShown]


@router.get("/approval-limits")
async def list_limits(organiser_id: UUID, needs: Needs, caller: SignedIn) -> LimitsShown:
    """The limits of this organiser."""
    found = await needs.money.approvals.limits(caller, organiser_id)
    return LimitsShown(items=[_limit(one) for one in found])


@router.put("/approval-limits/{currency}")
async def set_limit(
    organiser_id: UUID, currency: Currency, body: LimitBody, needs: Needs, caller: SignedIn
) -> LimitShown:
    """Change the limits of one currency. It takes an owner."""
    currencies.exponent(currency)
    limit = ApprovalLimit(currency, body.refund_minor, body.payout_minor)
    await needs.money.approvals.set_limit(caller, organiser_id, limit)
    return _limit(limit)


@router.get("/approvals")
async def list_approvals(organiser_id: UUID, needs: Needs, caller: SignedIn) -> ApprovalsShown:
    """What waits for a second member's yes, and what has been decided."""
    found = await needs.money.approvals.waiting(caller, organiser_id)
    return ApprovalsShown(items=[_shown(one, caller.person_id) for one in found])


@router.post("/approvals/{approval_id}/approve")
async def approve(organiser_id: UUID, approval_id: UUID, needs: Needs, caller: SignedIn) -> ApprovalsShown:
    """Say yes: what was asked for is done at once."""
    await needs.money.approvals.approve(caller, organiser_id, approval_id)
    return await list_approvals(organiser_id, needs, caller)


@router.post("/approvals/{approval_id}/decline")
async def decline(organiser_id: UUID, approval_id: UUID, needs: Needs, caller: SignedIn) -> ApprovalsShown:
    """Say no, or take your own question back."""
    await needs.money.approvals.decline(caller, organiser_id, approval_id)
    return await list_approvals(organiser_id, needs, caller)


def _limit(limit: ApprovalLimit) -> LimitShown:
    return LimitShown(
        currency=limit.currency, refund_minor=limit.refund_minor, payout_minor=limit.payout_minor
    )


def _shown(one: Approval, person_id: UUID | None) -> ApprovalShown:
    return ApprovalShown(
        id=one.id,
        kind=one.kind,
        words=one.words,
        amount=MoneyShown(currency=one.currency, minor=one.amount_minor),
        # Stored as text, and held to these words by a constraint of the table.
        state=one.state,  # type: ignore[arg-type]
        mine=one.asked_by == person_id,
        asked_at=one.asked_at,
        expires_at=one.expires_at,
        decided_at=one.decided_at,
    )
