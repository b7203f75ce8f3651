"""Attempts: opened before the provider is asked, told what it said, asked about until there is an answer.

All verbs take lists, because group commit settles many buyers in one transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admitone.payments import store
from admitone.payments.facts import AttemptMoved, AttemptOpened
from admitone.payments.lifecycle import ATTEMPT_ORDER, Attempt, SettledAs, pause, says
from admitone.payments.provider import Outcome, Prompt, Status
from admitone.payments.refusals import AttemptNotFound, TooManyAttempts
from admitone.payments.store import Moved, NewAttempt, News, Shown
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.journal import announce

ATTEMPTS_MOST = 20
# The number within an order is a smallint.
NUMBERS_MOST = 32_000


@dataclass(frozen=True, slots=True)
class Prompted:
    """What the provider answered to `start`."""

    attempt_id: UUID
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Applied:
    """What the provider says of an attempt; `settled_as` is given exactly when it is paid."""

    attempt_id: UUID
    status: Status
    settled_as: SettledAs | None = None

    def __post_init__(self) -> None:
        paid = self.status.outcome is Outcome.PAID
        assert paid == (self.settled_as is not None), "money that arrived becomes tickets or a refund"


async def open_many(
    tx: Transaction, wanted: Sequence[NewAttempt], *, now: datetime, actor: str, is_limited: bool = True
) -> list[Attempt | TooManyAttempts]:
    """Open an attempt for each, numbered within its order, announced; a verdict for each, in the order given.

    The same id again gives the attempt it opened before. At most 20 for an order, then `TooManyAttempts`; without that
    limit for money that is there already.
    """
    most = ATTEMPTS_MOST if is_limited else NUMBERS_MOST
    assert all(one.amount_minor > 0 for one in wanted), "nothing to pay needs no attempt"
    answers: dict[UUID, Attempt] = {}
    left = {one.id: one for one in wanted}
    opened: list[Attempt] = []
    refused: set[UUID] = set()
    # An attempt opened for the same order in another transaction takes the number: count again, and take the next.
    while left:
        made = await store.insert_attempts(tx, list(left.values()), now, now + pause(0), most)
        opened.extend(made.values())
        answers |= made
        missing = left.keys() - made.keys()
        if not missing:
            break
        answers |= await store.attempts(tx, missing)
        tried = await store.count_by_order(tx, {one.order_id for one in left.values()})
        full = {one.id for one in left.values() if tried.get(one.order_id, 0) >= most} - answers.keys()
        refused |= full
        left = {one.id: one for one in left.values() if one.id not in answers and one.id not in full}
    await announce(tx, [_opened(attempt) for attempt in opened], actor)
    return [TooManyAttempts(most=most) if one.id in refused else answers[one.id] for one in wanted]


def _opened(attempt: Attempt) -> AttemptOpened:
    return AttemptOpened(
        subject_id=attempt.id,
        organiser_id=attempt.organiser_id,
        order_id=attempt.order_id,
        provider=attempt.provider,
        method=attempt.method,
        currency=attempt.currency,
        amount_minor=attempt.amount_minor,
    )


async def record_prompts(tx: Transaction, prompted: Sequence[Prompted]) -> set[UUID]:
    """Keep how each buyer goes on; opened becomes prompted, or unknown when the provider's
    reference is.

    Which attempts accepted theirs: not those for which the provider named another reference than before, or
    one that belongs to another attempt. The prompt's `status` is not applied here.
    """
    shown = [
        Shown(one.attempt_id, one.prompt.provider_ref, one.prompt.redirect_url, one.prompt.instructions)
        for one in prompted
    ]
    return await store.show(tx, shown) if shown else set()


async def lock_many(tx: Transaction, attempt_ids: Collection[UUID]) -> dict[UUID, Attempt]:
    """The attempts as they are now, locked until the transaction ends, in the order of their ids."""
    return await store.lock_attempts(tx, attempt_ids)


async def apply_many(tx: Transaction, applied: Sequence[Applied], *, now: datetime) -> dict[UUID, Moved]:
    """Move each attempt as far as what is said of it goes, announced; those that moved, by id.

    Late, repeated or contradicting news moves nothing. Several about one attempt count as
    the one that says most.
    """
    most: dict[UUID, Applied] = {}
    for one in applied:
        known = most.get(one.attempt_id)
        if known is None or _rank(one) > _rank(known):
            most[one.attempt_id] = one
    moved = await store.move(tx, [_news(one) for one in most.values()], now) if most else []
    await announce(tx, [_moved(one, most[one.attempt_id]) for one in moved], "system")
    return {one.attempt_id: one for one in moved}


def _rank(applied: Applied) -> int:
    return ATTEMPT_ORDER.index(says(applied.status.outcome))


def _news(applied: Applied) -> News:
    status = applied.status
    return News(
        attempt_id=applied.attempt_id,
        state=says(status.outcome),
        settled_as=applied.settled_as,
        paid_minor=status.paid_minor,
        paid_currency=status.currency,
        provider_ref=status.provider_ref,
        reason=status.reason,
    )


def _moved(moved: Moved, applied: Applied) -> AttemptMoved:
    return AttemptMoved(
        subject_id=moved.attempt_id,
        organiser_id=moved.organiser_id,
        order_id=moved.order_id,
        was=moved.was.value,
        state=moved.state.value,
        settled_as=None if applied.settled_as is None else applied.settled_as.value,
        paid_minor=applied.status.paid_minor,
        reason=applied.status.reason,
    )


async def complete_parts(tx: Transaction, order_ids: Collection[UUID]) -> None:
    """The parts paid for these orders (locked by the caller) have become tickets."""
    if order_ids:
        await store.complete_parts(tx, order_ids)


async def return_parts(tx: Transaction, order_ids: Collection[UUID]) -> list[Attempt]:
    """The parts paid for these orders (locked by the caller) are to go back, as the caller wants them to; which."""
    return await store.return_parts(tx, order_ids) if order_ids else []


async def read(reader: Reader, attempt_id: UUID) -> Attempt:
    """The attempt. Raises `AttemptNotFound`."""
    attempt = (await store.attempts(reader, [attempt_id])).get(attempt_id)
    if attempt is None:
        raise AttemptNotFound
    return attempt


async def read_many(reader: Reader, attempt_ids: Collection[UUID]) -> dict[UUID, Attempt]:
    """The attempts with these ids."""
    return await store.attempts(reader, attempt_ids)


async def of_orders(reader: Reader, order_ids: Collection[UUID]) -> list[Attempt]:
    """The attempts of these orders, first attempt first."""
    return await store.attempts_by_order(reader, order_ids)


async def find_by_ref(reader: Reader, account_id: UUID, ref: str) -> Attempt | None:
    """The attempt the provider knows by this reference, of this account; None also when its prompt is not recorded
    yet.
    """
    return await store.attempt_by_ref(reader, account_id, ref)


async def find_by_refs(reader: Reader, account_id: UUID, refs: Collection[str]) -> dict[str, Attempt]:
    """The attempts of this very account that the provider knows by these references, by reference."""
    return await store.attempts_by_refs(reader, account_id, refs)


async def due(reader: Reader, now: datetime, limit: int, *, not_of: Collection[UUID] = ()) -> list[Attempt]:
    """At most `limit` attempts to ask about now, longest waiting first, none in these accounts."""
    return await store.due_attempts(reader, now, limit, not_of)


async def postpone(tx: Transaction, asked: Sequence[Attempt], *, now: datetime) -> set[UUID]:
    """These are about to be asked about: the next time is after a longer pause. Which of them nobody else asks
    about in this moment.
    """
    later = [(attempt.id, attempt.asked, now + pause(attempt.asked + 1)) for attempt in asked]
    return await store.postpone_attempts(tx, later) if later else set()
