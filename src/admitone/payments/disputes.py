"""Disputes: heard of in any order and however often, counted once, answered once.

States say more and more: open, answered, then won or lost, whichever came first; news moves them up that order only.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from admitone.payments import dispute_store
from admitone.payments.books.refusals import (
    DisputeDecided,
    DisputeNotFound,
    PaymentDisputed,
    PaymentTakenBack,
)
from admitone.payments.dispute_store import Dispute
from admitone.payments.lifecycle import Attempt
from admitone.payments.roles import DisputeState, DisputeStatus
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.journal import Fact, announce
from admitone.values.ids import derived_id

_RANK = {DisputeState.OPEN: 0, DisputeState.ANSWERED: 1, DisputeState.WON: 2, DisputeState.LOST: 2}
# An answer that has been on its way for longer has died on it, and is sent again.
ANSWER_STALE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeMoved(Fact):
    """A dispute was opened, answered, won or lost (`state`); the subject is the dispute."""

    kind: ClassVar[str] = "payments.dispute_moved"
    order_id: UUID
    attempt_id: UUID
    state: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class DisputeHeard:
    """The dispute now, and what it was: None when it is new. Equal when nothing moved."""

    dispute: Dispute
    was: DisputeState | None

    @property
    def is_news(self) -> bool:
        """It is new, or moved."""
        return self.was is not self.dispute.state


async def hear_dispute(
    tx: Transaction, account_id: UUID, attempt: Attempt, status: DisputeStatus, *, now: datetime
) -> DisputeHeard:
    """Apply what a provider says of a dispute about this paid attempt, announced when it moved.

    The attempt is locked by the caller. `held_minor` is never more than what was paid and other disputes about it do
    not hold already, and 0 when it is won at once.
    """
    known = await dispute_store.lock_by_ref(tx, account_id, status.ref)
    if known is None:
        held_minor = await dispute_store.held_of(tx, attempt.id)
        made = _new(account_id, attempt, status, held_minor, now)
        await dispute_store.insert(tx, made)
        await announce(tx, [_moved(made)], "system")
        return DisputeHeard(made, None)
    state = status.state if _RANK[status.state] > _RANK[known.state] else known.state
    heard = replace(
        known,
        state=state,
        fee_minor=max(known.fee_minor, status.fee_minor),
        answer_by=status.answer_by or known.answer_by,
        heard_at=now,
        closed_at=known.closed_at or (now if _RANK[state] == 2 else None),
    )
    await dispute_store.update(tx, heard)
    if state is not known.state:
        await announce(tx, [_moved(heard)], "system")
    return DisputeHeard(heard, known.state)


def _new(
    account_id: UUID, attempt: Attempt, status: DisputeStatus, already_held: int, now: datetime
) -> Dispute:
    paid = attempt.paid_minor or 0
    left = max(paid - already_held, 0)
    currency = attempt.paid_currency or attempt.currency
    wanted = status.amount_minor if status.currency == currency else paid
    is_decided = _RANK[status.state] == 2
    return Dispute(
        id=derived_id("dispute", f"{account_id}:{status.ref}"),
        account_id=account_id,
        ref=status.ref,
        attempt_id=attempt.id,
        order_id=attempt.order_id,
        organiser_id=attempt.organiser_id,
        state=status.state,
        currency=currency,
        amount_minor=wanted,
        fee_minor=status.fee_minor,
        reason=status.reason,
        answer_by=status.answer_by,
        opened_at=status.opened_at or now,
        heard_at=now,
        closed_at=now if is_decided else None,
        held_minor=0 if status.state is DisputeState.WON else min(wanted, left),
        answering_at=None,
        answered_by=None,
    )


def _moved(dispute: Dispute) -> DisputeMoved:
    return DisputeMoved(
        subject_id=dispute.id,
        organiser_id=dispute.organiser_id,
        order_id=dispute.order_id,
        attempt_id=dispute.attempt_id,
        state=dispute.state.value,
        currency=dispute.currency,
        amount_minor=dispute.amount_minor,
    )


async def refuse_disputed(reader: Reader, order_ids: Collection[UUID]) -> None:
    """Raises `PaymentDisputed` while a bank wants back what was paid for one of these orders, and `PaymentTakenBack`
    when it has it.
    """
    found = await dispute_store.of_orders(reader, order_ids)
    if any(not one.is_decided for one in found):
        raise PaymentDisputed
    if any(one.state is DisputeState.LOST for one in found):
        raise PaymentTakenBack


async def refuse_undecided(reader: Reader, order_ids: Collection[UUID]) -> None:
    """Raises `PaymentDisputed` while a bank wants back what was paid for one of these orders. What it has taken is no
    reason: so much less is left to give back (`taken_by_banks`).
    """
    if any(not one.is_decided for one in await dispute_store.of_orders(reader, order_ids)):
        raise PaymentDisputed


async def own_dispute(reader: Reader, organiser_id: UUID, dispute_id: UUID) -> Dispute:
    """The organiser's dispute. Raises `DisputeNotFound`, also for another's."""
    found = await dispute_store.by_id(reader, organiser_id, dispute_id)
    if found is None:
        raise DisputeNotFound
    return found


async def begin_answer(tx: Transaction, dispute: Dispute, by: str, *, now: datetime) -> None:
    """This caller answers the dispute. Raises `DisputeDecided` when it is not open, or somebody answers just now."""
    if not await dispute_store.claim_answer(tx, dispute.id, by, now, now - ANSWER_STALE):
        raise DisputeDecided
