"""Counting what is redeemed: exactly as often as a code may be, however many ask at once.

The rows of the codes are locked, in the order of their ids; what a person has is counted under that lock. So whoever
comes second sees what whoever came first has done.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from admitone.plumbing.database import Transaction
from admitone.promotions import store
from admitone.promotions.refusals import NotValidNow, OverPersonalLimit, UsedUp
from admitone.promotions.store import LockedCode, NewRedemption
from admitone.values.refusals import Refusal

_ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class CodeOfOrder:
    """A code on an order: so many minor units less, on so many tickets."""

    promotion_id: UUID
    code: str
    tickets: int
    off_minor: int


@dataclass(frozen=True, slots=True)
class Redemption:
    """An order that is being placed with these codes: it has all of them or none."""

    order_id: UUID
    organiser_id: UUID
    event_id: UUID
    email_key: str
    currency: str
    codes: tuple[CodeOfOrder, ...]


class _Tally:
    """What is redeemed of locked codes, and by whom, while a batch is decided."""

    def __init__(
        self, locked: Mapping[UUID, LockedCode], taken: Mapping[tuple[UUID, str], tuple[int, int]]
    ) -> None:
        self._locked = locked
        self._taken = dict(taken)
        self.changes: defaultdict[UUID, tuple[int, int]] = defaultdict(lambda: (0, 0))

    def refused(
        self, code_id: UUID, code: str, email_key: str, tickets: int, *, is_late: bool
    ) -> Refusal | None:
        """Why not. A late payment does not ask whether the code is paused by now."""
        found = self._locked.get(code_id)
        if found is None or (found.state != _ACTIVE and not is_late):
            return NotValidNow(field="codes", promo_code=code, cannot="cannot be used now")
        at = 0 if found.limit_unit == "orders" else 1
        more = (1, tickets)[at]
        used = (found.uses, found.tickets)[at] + self.changes[code_id][at]
        if found.total_limit is not None and used + more > found.total_limit:
            return UsedUp(field="codes", promo_code=code, left=found.total_limit - used)
        limit = found.per_person_limit
        if limit is not None and self._taken.get((code_id, email_key), (0, 0))[at] + more > limit:
            return over_personal_limit(code, limit, found.limit_unit)
        return None

    def take(self, code_id: UUID, email_key: str, tickets: int) -> None:
        """Count it."""
        self.changes[code_id] = _sum(self.changes[code_id], (1, tickets))
        pair = (code_id, email_key)
        self._taken[pair] = _sum(self._taken.get(pair, (0, 0)), (1, tickets))


def over_personal_limit(code: str, limit: int, unit: str) -> OverPersonalLimit:
    """The refusal, with its numbers in words."""
    word = unit.removesuffix("s") if limit == 1 else unit
    return OverPersonalLimit(field="codes", promo_code=code, limit=limit, unit=word)


def _sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


async def _tally(tx: Transaction, asked: Iterable[tuple[UUID, str]]) -> _Tally:
    pairs = set(asked)
    locked = await store.lock(tx, {code_id for code_id, _ in pairs})
    limited = {pair for pair in pairs if pair[0] in locked and locked[pair[0]].per_person_limit is not None}
    # Another statement than the lock: it sees what was committed while we waited for the lock.
    return _Tally(locked, await store.taken(tx, limited))


async def redeem_many(tx: Transaction, redemptions: Sequence[Redemption]) -> list[Refusal | None]:
    """Redeem the codes of these orders, which the same transaction writes; why not, for each that cannot have them.

    Refusals are `NotValidNow` (paused or deleted since it was entered), `UsedUp`, `OverPersonalLimit`. Whether the
    window is open was asked when the code was entered: a price that was shown is kept while its hold is.
    """
    tally = await _tally(
        tx, ((code.promotion_id, one.email_key) for one in redemptions for code in one.codes)
    )
    verdicts: list[Refusal | None] = []
    new: list[NewRedemption] = []
    for one in redemptions:
        refusals = (
            tally.refused(code.promotion_id, code.code, one.email_key, code.tickets, is_late=False)
            for code in one.codes
        )
        verdict = next((refusal for refusal in refusals if refusal is not None), None)
        verdicts.append(verdict)
        if verdict is not None:
            continue
        for code in one.codes:
            tally.take(code.promotion_id, one.email_key, code.tickets)
            new.append(_new(one, code))
    if new:
        await store.insert(tx, new)
        await _write(tx, tally.changes)
    return verdicts


def _new(one: Redemption, code: CodeOfOrder) -> NewRedemption:
    return NewRedemption(
        one.order_id,
        code.promotion_id,
        one.organiser_id,
        one.event_id,
        one.email_key,
        one.currency,
        code.tickets,
        code.off_minor,
    )


async def _write(tx: Transaction, changes: Mapping[UUID, tuple[int, int]]) -> None:
    await store.count(tx, {code_id: change for code_id, change in changes.items() if change != (0, 0)})


async def give_back(tx: Transaction, order_ids: Collection[UUID]) -> None:
    """These orders (locked by the caller) end: what they redeemed may be redeemed again. The same again is nothing."""
    found = [row for row in await store.of_orders(tx, order_ids) if row.state != "given_back"]
    if not found:
        return
    changes: defaultdict[UUID, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in found:
        if row.is_counted:
            changes[row.code_id] = _sum(changes[row.code_id], (-1, -row.tickets))
    await store.lock(tx, changes)
    await store.give_back(tx, {row.order_id for row in found})
    await _write(tx, changes)


async def redeem_again(tx: Transaction, order_ids: Collection[UUID]) -> None:
    """Late money came for these orders (locked by the caller): take again what they had given back.

    They have the price that was shown in any case; a code that is used up by now does not count them.
    """
    gone = [row for row in await store.of_orders(tx, order_ids) if row.state == "given_back"]
    if not gone:
        return
    tally = await _tally(tx, ((row.code_id, row.email_key) for row in gone))
    counted: dict[tuple[UUID, UUID], bool] = {}
    for row in gone:
        has_room = tally.refused(row.code_id, "", row.email_key, row.tickets, is_late=True) is None
        if has_room:
            tally.take(row.code_id, row.email_key, row.tickets)
        counted[row.order_id, row.code_id] = has_room
    await store.reserve_again(tx, counted)
    await _write(tx, tally.changes)


async def mark_used(tx: Transaction, order_ids: Collection[UUID]) -> None:
    """These orders (locked by the caller) are paid: what they reserved is used."""
    await store.mark_used(tx, order_ids)
