"""What becomes of a line: it is matched with an order, put aside, opened again, or its money went back.

Each verb takes many lines of one organiser and gives a verdict for each, in the order given; a refused one changes
nothing and stops none of the others.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.journal import Fact, announce
from admitone.statements import store
from admitone.statements.facts import LineIgnored, LineMatched, LineReopened, LineReturned
from admitone.statements.lifecycle import Line, LineState
from admitone.statements.refusals import (
    LineNotFound,
    LineNotIncoming,
    LineNotMatched,
    LineNotOpen,
    LineSettled,
)
from admitone.values.refusals import Refusal

OPEN_MOST: Final = 500
_FIRST: Final = (date.min, UUID(int=0))


@dataclass(frozen=True, slots=True)
class Match:
    """This line's money is for this order. `attempt_id`: the attempt that is paid by it, if there is one already."""

    line_id: UUID
    order_id: UUID
    attempt_id: UUID | None = None


async def open_lines(
    reader: Reader, organiser_id: UUID, *, after: Line | None = None, most: int = OPEN_MOST
) -> list[Line]:
    """The organiser's lines of money that came in and is for nobody yet, oldest first, at most `most` of them."""
    day, line_id = _FIRST if after is None else (after.booked_on, after.id)
    return await store.open_lines(reader, organiser_id, day, line_id, most)


async def read_lines(reader: Reader, organiser_id: UUID, line_ids: Collection[UUID]) -> dict[UUID, Line]:
    """The organiser's lines with these ids."""
    return await store.lines_by_id(reader, organiser_id, line_ids)


async def lines_of_orders(reader: Reader, order_ids: Collection[UUID]) -> list[Line]:
    """The lines matched with these orders, oldest first."""
    return await store.lines_of_orders(reader, order_ids)


async def match(
    tx: Transaction, organiser_id: UUID, wanted: Sequence[Match], *, now: datetime, actor: str
) -> list[Line | Refusal]:
    """Open lines become their orders', announced. A line named twice is matched with the first.

    Refused: LineNotFound, LineNotOpen, LineNotIncoming. Whether the order is this organiser's and still wants money is
    for the caller to know.
    """
    first: dict[UUID, Match] = {}
    for one in wanted:
        first.setdefault(one.line_id, one)
    lines = [(one.line_id, one.order_id, one.attempt_id) for one in first.values()]
    changed = await store.change(tx, store.MATCH, organiser_id, lines, now=now, actor=actor)
    verdicts = await _verdicts(
        tx, organiser_id, [one.line_id for one in first.values()], changed, _why_not_matched
    )
    await _announce(tx, changed, actor, _matched)
    return [verdicts[one.line_id] if one is first[one.line_id] else LineNotOpen() for one in wanted]


async def ignore(
    tx: Transaction, organiser_id: UUID, line_ids: Sequence[UUID], *, now: datetime, actor: str
) -> list[Line | Refusal]:
    """Put open lines aside: they are for no order. Refused: LineNotFound, LineNotOpen."""
    return await _change_all(
        tx, store.IGNORE, organiser_id, line_ids, _why_not_open, _ignored, now=now, actor=actor
    )


async def unmatch(
    tx: Transaction, organiser_id: UUID, line_ids: Sequence[UUID], *, now: datetime, actor: str
) -> list[Line | Refusal]:
    """Matched or ignored lines are open again, while nothing was settled by them.

    Refused: LineNotFound, LineNotMatched, LineSettled.
    """
    return await _change_all(
        tx, store.REOPEN, organiser_id, line_ids, _why_not_reopened, _reopened, now=now, actor=actor
    )


async def mark_returned(
    tx: Transaction, organiser_id: UUID, line_ids: Sequence[UUID], *, now: datetime, actor: str
) -> list[Line | Refusal]:
    """The money of open or matched lines went back to who paid it.

    Refused: LineNotFound, LineNotOpen, LineNotIncoming.
    """
    return await _change_all(
        tx, store.RETURN, organiser_id, line_ids, _why_not_matched, _returned, now=now, actor=actor
    )


async def mark_settled(tx: Transaction, line_ids: Collection[UUID], *, now: datetime) -> set[UUID]:
    """The money of these matched lines became tickets or a refund: nobody unmatches them again. Which are new."""
    return await store.settle(tx, line_ids, now) if line_ids else set()


async def _change_all(
    tx: Transaction,
    wanted: store.Change,
    organiser_id: UUID,
    line_ids: Sequence[UUID],
    why_not: Callable[[Line], Refusal],
    fact: Callable[[store.Changed], Fact],
    *,
    now: datetime,
    actor: str,
) -> list[Line | Refusal]:
    once = list(dict.fromkeys(line_ids))
    lines: list[tuple[UUID, UUID | None, UUID | None]] = [(line_id, None, None) for line_id in once]
    changed = await store.change(tx, wanted, organiser_id, lines, now=now, actor=actor)
    verdicts = await _verdicts(tx, organiser_id, once, changed, why_not)
    await _announce(tx, changed, actor, fact)
    return [verdicts[line_id] for line_id in line_ids]


async def _verdicts(
    tx: Transaction,
    organiser_id: UUID,
    line_ids: Sequence[UUID],
    changed: dict[UUID, store.Changed],
    why_not: Callable[[Line], Refusal],
) -> dict[UUID, Line | Refusal]:
    left = [line_id for line_id in line_ids if line_id not in changed]
    as_they_are = await store.lines_by_id(tx, organiser_id, left) if left else {}
    verdicts: dict[UUID, Line | Refusal] = {line_id: one.line for line_id, one in changed.items()}
    for line_id in left:
        line = as_they_are.get(line_id)
        verdicts[line_id] = LineNotFound() if line is None else why_not(line)
    return verdicts


def _why_not_open(line: Line) -> Refusal:
    return LineNotOpen(state=line.state.value)


def _why_not_matched(line: Line) -> Refusal:
    return _why_not_open(line) if line.is_incoming else LineNotIncoming()


def _why_not_reopened(line: Line) -> Refusal:
    is_settled = line.state is LineState.MATCHED and line.settled_at is not None
    return LineSettled() if is_settled else LineNotMatched()


async def _announce(
    tx: Transaction,
    changed: dict[UUID, store.Changed],
    actor: str,
    fact: Callable[[store.Changed], Fact],
) -> None:
    await announce(tx, [fact(one) for one in changed.values()], actor)


def _matched(one: store.Changed) -> Fact:
    line = one.line
    assert line.order_id is not None, "a matched line has an order"
    return LineMatched(
        subject_id=line.id,
        organiser_id=line.organiser_id,
        order_id=line.order_id,
        attempt_id=line.attempt_id,
        currency=line.currency,
        amount_minor=line.amount_minor,
    )


def _ignored(one: store.Changed) -> Fact:
    return LineIgnored(subject_id=one.line.id, organiser_id=one.line.organiser_id)


def _reopened(one: store.Changed) -> Fact:
    line = one.line
    return LineReopened(
        subject_id=line.id, organiser_id=line.organiser_id, was=one.was_state.value, order_id=one.was_order
    )


def _returned(one: store.Changed) -> Fact:
    line = one.line
    return LineReturned(subject_id=line.id, organiser_id=line.organiser_id, order_id=line.order_id)
