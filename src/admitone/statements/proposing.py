"""What booking a statement would do, line by line. Pure.

Only a certain order (its code is there, whole and alone) is proposed. Lines are looked at in the file's order, each as
if those before it had been booked: two halves of a price are a part and the rest, a price sent twice goes back once.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from admitone.statements.lines import StatementLine
from admitone.statements.matching import Candidate, Matcher, Reason, Suggestion


class Fate(StrEnum):
    """What would become of a line's money at its order.

    WHOLE: tickets. PART: it waits for the rest. TOO_MUCH: tickets, and what is over goes back. LATE: the order has
    ended; tickets if the places are still there, else all goes back. BACK: the order can take none of it.
    """

    WHOLE = "whole"
    PART = "part"
    TOO_MUCH = "too_much"
    LATE = "late"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A line of a file, and what would become of it. `mark` is its fingerprint; `is_known`: an earlier file had it.

    `order` is the one that is certain, with `due_minor` still to be paid before this line, and `fate`; without one the
    line would wait for somebody, who is told the `suggestions`.
    """

    mark: UUID
    line: StatementLine
    is_known: bool
    suggestions: tuple[Suggestion, ...] = ()
    order: Candidate | None = None
    due_minor: int = 0
    fate: Fate | None = None

    @property
    def is_wanted(self) -> bool:
        """It would be settled unless somebody leaves it out. What would only go back waits for a person's yes."""
        return self.fate is not None and self.fate is not Fate.BACK

    @property
    def token(self) -> str:
        """All that was shown of it, to be held against what is so later."""
        assert self.order is not None, "only a line with an order can be settled"
        return f"{self.mark.hex}.{self.order.code}.{self.fate}.{self.due_minor}"


TOKEN_MOST: Final = 120


def mark_of(token: str) -> UUID | None:
    """The line a token speaks of; None when it is none of ours."""
    try:
        return UUID(hex=token[:TOKEN_MOST].partition(".")[0])
    except ValueError:
        return None


def propose(
    lines: Sequence[tuple[UUID, StatementLine]], candidates: Collection[Candidate], known: Collection[UUID]
) -> tuple[Proposal, ...]:
    """What would become of each (fingerprint, line). May take seconds: not for the event loop."""
    matcher, seen = Matcher(candidates), frozenset(known)
    orders = {one.order_id: one for one in candidates}
    due = {one.order_id: one.expected_minor for one in candidates}
    proposals = []
    for mark, line in lines:
        if mark in seen:
            proposals.append(Proposal(mark, line, is_known=True))
            continue
        suggestions = tuple(matcher.suggest(line))
        first = next((one for one in suggestions if one.is_certain), None)
        if first is None:
            proposals.append(Proposal(mark, line, is_known=False, suggestions=suggestions))
            continue
        order = orders[first.order_id]
        left = due[order.order_id]
        fate = _fate(line.amount_minor, left, is_late=order.is_late)
        if fate is not Fate.BACK:
            due[order.order_id] = max(left - line.amount_minor, 0)
        proposals.append(Proposal(mark, line, False, suggestions, order, left, fate))
    filled = {one.order_id for one in candidates if one.expected_minor > 0 and due[one.order_id] == 0}
    return tuple(_without(filled, one) for one in proposals)


def _without(filled: Collection[UUID], one: Proposal) -> Proposal:
    """A guess by amount and name alone is none when another line of the file pays that order."""
    if one.order is not None or not one.suggestions:
        return one
    codes = (Reason.CODE, Reason.CODE_NEARLY)
    kept = [
        guess
        for guess in one.suggestions
        if guess.order_id not in filled or any(reason in codes for reason in guess.reasons)
    ]
    return replace(one, suggestions=tuple(kept))


def _fate(came: int, due: int, *, is_late: bool) -> Fate:
    if due <= 0 or (is_late and came < due):
        return Fate.BACK
    if is_late:
        return Fate.LATE
    if came == due:
        return Fate.WHOLE
    return Fate.PART if came < due else Fate.TOO_MUCH


def digest_of(data: bytes, proposals: Sequence[Proposal]) -> str:
    """The file and all that was proposed of it, in 64 letters: the same only while nothing of it is different."""
    shown = "\n".join(
        one.token if one.order is not None else f"{one.mark.hex}.{one.is_known}" for one in proposals
    )
    return hashlib.sha256(hashlib.sha256(data).digest() + shown.encode()).hexdigest()
