"""Refunds: wanted once, asked for until the provider says done or failed, and never more than came in."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from admitone.payments import dispute_store, refund_store, store
from admitone.payments.credit.store import credited_of
from admitone.payments.facts import RefundDone, RefundFailed, RefundWanted
from admitone.payments.lifecycle import (
    REFUND_ORDER,
    Attempt,
    AttemptState,
    Refund,
    RefundState,
    pause,
    refund_says,
)
from admitone.payments.provider import RefundStatus
from admitone.payments.refund_store import DueRefund, RefundNews
from admitone.payments.refusals import (
    AttemptNotFound,
    NotPaid,
    RefundNotFailed,
    RefundNotFound,
    RefundTooMuch,
)
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.journal import Fact, announce
from admitone.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class NewRefund:
    """Money to send back, in whole minor units of what was paid. One per attempt and `cause`, which is the `reason`
    when not given; the id is the key. `split_back_minor`: how much of it is the site's own fee, of a split payment; at
    most what is left of that (None: nothing).
    """

    id: UUID
    attempt_id: UUID
    reason: str
    amount_minor: int
    cause: str | None = None
    split_back_minor: int | None = None

    @property
    def named(self) -> str:
        """What it is for, once per attempt."""
        return self.cause or self.reason


@dataclass(frozen=True, slots=True)
class Wanted:
    """The refund there is now; `is_new` False when it was wanted before, and has its earlier id."""

    refund: Refund
    is_new: bool


@dataclass(frozen=True, slots=True)
class RefundApplied:
    """What the provider says of a refund."""

    refund_id: UUID
    status: RefundStatus


async def want_refunds(
    tx: Transaction, wanted: Sequence[NewRefund], *, now: datetime, actor: str
) -> list[Wanted | Refusal]:
    """Want each refund once, announced; a verdict for each, in the order given.

    Refused with `AttemptNotFound`, `NotPaid`, or `RefundTooMuch` (data: `left_minor`) when all refunds of an
    attempt that have not failed would be more than was paid. Locks the attempts.
    """
    assert all(one.amount_minor > 0 for one in wanted), "a refund sends something back"
    attempt_ids = {one.attempt_id for one in wanted}
    paid = await store.lock_attempts(tx, attempt_ids)
    known = await refund_store.refunds_by_attempt(tx, attempt_ids)
    verdicts = decide(wanted, paid, known, now, await credited_of(tx, attempt_ids))
    new = [verdict.refund for verdict in verdicts if isinstance(verdict, Wanted) and verdict.is_new]
    if new:
        await refund_store.insert_refunds(tx, new)
        await announce(tx, [_wanted(refund) for refund in new], actor)
    return verdicts


def decide(
    wanted: Sequence[NewRefund],
    attempts: dict[UUID, Attempt],
    known: Sequence[Refund],
    now: datetime,
    credited: Mapping[UUID, int] = MappingProxyType({}),
) -> list[Wanted | Refusal]:
    """Which refunds may be wanted, in the order given, beside those known and what became store credit. Pure."""
    by_cause = {(one.attempt_id, one.cause): one for one in known}
    fees_back: Counter[UUID] = Counter()
    for one in known:
        # Of one that failed as well: it is still owed, and takes its part of the fee along when it is sent again.
        fees_back[one.attempt_id] += one.split_back_minor or 0
    going_back: dict[UUID, int] = dict(credited)
    for one in known:
        if one.state is not RefundState.FAILED:
            going_back[one.attempt_id] = going_back.get(one.attempt_id, 0) + one.amount_minor
    verdicts: list[Wanted | Refusal] = []
    for new in wanted:
        earlier = by_cause.get((new.attempt_id, new.named))
        attempt = attempts.get(new.attempt_id)
        if earlier is not None:
            verdicts.append(Wanted(earlier, is_new=False))
        elif attempt is None:
            verdicts.append(AttemptNotFound())
        elif attempt.state is not AttemptState.PAID or attempt.paid_minor is None:
            verdicts.append(NotPaid())
        elif (left := attempt.paid_minor - going_back.get(attempt.id, 0)) < new.amount_minor:
            verdicts.append(RefundTooMuch(left_minor=left))
        else:
            refund = _new_refund(new, attempt, fees_back[attempt.id], now)
            fees_back[attempt.id] += refund.split_back_minor or 0
            going_back[attempt.id] = going_back.get(attempt.id, 0) + new.amount_minor
            by_cause[new.attempt_id, new.named] = refund
            verdicts.append(Wanted(refund, is_new=True))
    return verdicts


def _new_refund(new: NewRefund, attempt: Attempt, fee_back_minor: int, now: datetime) -> Refund:
    """`fee_back_minor` of the site's fee goes back with other refunds. None would mean that nothing was split: then all
    of the refund would be the site's to give.
    """
    split_back = None
    if attempt.fee_split_minor is not None:
        split_back = min(new.split_back_minor or 0, max(attempt.fee_split_minor - fee_back_minor, 0))
    return Refund(
        id=new.id,
        attempt_id=attempt.id,
        order_id=attempt.order_id,
        organiser_id=attempt.organiser_id,
        reason=new.reason,
        cause=new.named,
        currency=attempt.paid_currency or attempt.currency,
        amount_minor=new.amount_minor,
        split_back_minor=split_back,
        state=RefundState.WANTED,
        provider_ref=None,
        error=None,
        wanted_at=now,
        done_at=None,
        ask_at=now,
        asked=0,
    )


def _wanted(refund: Refund) -> RefundWanted:
    return RefundWanted(
        subject_id=refund.id,
        organiser_id=refund.organiser_id,
        order_id=refund.order_id,
        attempt_id=refund.attempt_id,
        reason=refund.reason,
        currency=refund.currency,
        amount_minor=refund.amount_minor,
    )


async def apply_refunds(
    tx: Transaction, applied: Sequence[RefundApplied], *, now: datetime
) -> dict[UUID, Refund]:
    """Move each refund as far as what is said of it goes; done and failed are announced. Those that moved, by
    id.

    A pending one, or one put off, stays as it is; its reference and why it was put off are kept. Late,
    repeated or contradicting news moves nothing.
    """
    most: dict[UUID, RefundApplied] = {}
    for one in applied:
        known = most.get(one.refund_id)
        if known is None or _rank(one) > _rank(known):
            most[one.refund_id] = one
    news = [
        RefundNews(one.refund_id, refund_says(one.status.outcome), one.status.provider_ref, one.status.reason)
        for one in most.values()
    ]
    ids = await refund_store.move_refunds(tx, news, now) if news else set()
    moved = await refund_store.refunds(tx, ids) if ids else {}
    facts = [fact for refund in moved.values() if (fact := _ended(refund)) is not None]
    await announce(tx, facts, "system")
    return moved


def _rank(applied: RefundApplied) -> int:
    return REFUND_ORDER.index(refund_says(applied.status.outcome))


def _ended(refund: Refund) -> Fact | None:
    if refund.state is RefundState.DONE:
        return RefundDone(
            subject_id=refund.id,
            organiser_id=refund.organiser_id,
            order_id=refund.order_id,
            attempt_id=refund.attempt_id,
            reason=refund.reason,
            currency=refund.currency,
            amount_minor=refund.amount_minor,
        )
    if refund.state is RefundState.FAILED:
        return RefundFailed(
            subject_id=refund.id,
            organiser_id=refund.organiser_id,
            order_id=refund.order_id,
            attempt_id=refund.attempt_id,
            reason=refund.reason,
            error=refund.error,
        )
    return None


async def read_refunds(reader: Reader, refund_ids: Collection[UUID]) -> dict[UUID, Refund]:
    """The refunds with these ids."""
    return await refund_store.refunds(reader, refund_ids)


async def refunds_of(reader: Reader, order_ids: Collection[UUID]) -> list[Refund]:
    """Every refund of these orders, oldest first."""
    return await refund_store.refunds_by_order(reader, order_ids)


async def due_refunds(
    reader: Reader, now: datetime, limit: int, *, not_of: Collection[UUID] = ()
) -> list[DueRefund]:
    """At most `limit` refunds to ask the provider for or about now, longest waiting first, none in these accounts."""
    return await refund_store.due_refunds(reader, now, limit, not_of)


async def open_refund(reader: Reader, refund_id: UUID) -> DueRefund | None:
    """This refund with its payment, while the provider has not decided it; else None."""
    return await refund_store.open_refund(reader, refund_id)


async def postpone_refunds(tx: Transaction, asked: Sequence[Refund], *, now: datetime) -> set[UUID]:
    """These are about to be asked about: the next time is after a longer pause. Which of them nobody else asks
    about in this moment.
    """
    later = [(refund.id, refund.asked, now + pause(refund.asked + 1)) for refund in asked]
    return await refund_store.postpone_refunds(tx, later) if later else set()


async def want_again(tx: Transaction, refund_id: UUID, *, now: datetime, actor: str) -> Refund:
    """Want a refund again that its provider had refused, announced: it is asked for anew, with the same key.

    Raises `RefundNotFound`, `RefundNotFailed`, and `RefundTooMuch` when the money went back otherwise meanwhile, or the
    buyer's bank has it. Locks the attempt.
    """
    refund = (await refund_store.refunds(tx, [refund_id])).get(refund_id)
    if refund is None:
        raise RefundNotFound
    paid = (await store.lock_attempts(tx, [refund.attempt_id]))[refund.attempt_id]
    known = await refund_store.refunds_by_attempt(tx, [refund.attempt_id])
    going_back = sum(one.amount_minor for one in known if one.state is not RefundState.FAILED)
    going_back += (await credited_of(tx, [refund.attempt_id])).get(refund.attempt_id, 0)
    going_back += (await dispute_store.taken(tx, [refund.order_id])).get(refund.attempt_id, 0)
    # Read again under the lock: whoever was faster has wanted it again already.
    if next(one for one in known if one.id == refund_id).state is not RefundState.FAILED:
        raise RefundNotFailed
    if (left := (paid.paid_minor or 0) - going_back) < refund.amount_minor:
        raise RefundTooMuch(left_minor=left)
    again = await refund_store.reopen_refund(tx, refund_id, now)
    if again is None:
        raise RefundNotFailed
    await announce(tx, [_wanted(again)], actor)
    return again


async def lessen_refund(tx: Transaction, refund: Refund, minor: int) -> None:
    """So much less (not all) is to go back by this refund, which the caller has made sure that nobody sends, because
    the buyer has it already.
    """
    assert 0 < minor < refund.amount_minor, "some of it"
    await refund_store.lessen(tx, refund.id, refund.amount_minor - minor)


async def owed_too_much(reader: Reader, attempt: Attempt) -> int:
    """By how much what is to go back, or went, of this payment is more than what others have left of it, in minor
    units; 0 when it is not.
    """
    known = await refund_store.refunds_by_attempt(reader, [attempt.id])
    lost = (await dispute_store.taken(reader, [attempt.order_id])).get(attempt.id, 0)
    going_back = sum(one.amount_minor for one in known if one.state is not RefundState.FAILED)
    # What a loss has done is in both.
    return min(max(going_back + lost - (attempt.paid_minor or 0), 0), lost)
