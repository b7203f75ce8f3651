"""Holds: places set aside for a buyer, taken by many at once in one transaction (`take_many` under group commit)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from admitone.inventory import return_store, store
from admitone.inventory.capacity import HoldRequest, decide, needs
from admitone.inventory.refusals import (
    AlreadyExtended,
    HoldGone,
    HoldNotFound,
    KeyReused,
    SoldOut,
)
from admitone.plumbing.database import Reader, Transaction
from admitone.values.refusals import Refusal

EXPIRE_MOST = 500


@dataclass(frozen=True, slots=True)
class Held:
    """The places are set aside until `held_until` (database time).

    `is_repeat`: the key was seen before, and this is its hold, whatever has become of it since.
    """

    hold_id: UUID
    held_until: datetime
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold and what is in it: (ticket type, quantity). `digest` is of the request that made it, if that had a key.
    `basket` is what the caller kept with it; what takes no place is only there.
    """

    id: UUID
    event_id: UUID
    organiser_id: UUID
    state: str
    terms_version: int
    digest: bytes | None
    order_id: UUID | None
    created_at: datetime
    held_until: datetime
    is_due: bool
    items: tuple[tuple[UUID, int], ...]
    basket: dict[str, object] | None = None

    @property
    def is_usable(self) -> bool:
        """It can still be turned into an order."""
        return self.state == "active" and not self.is_due

    def may_be_extended(self, hold_seconds: int) -> bool:
        """Say whether `extend` would make it longer: it is usable and has its first deadline still."""
        first = timedelta(seconds=hold_seconds + store.EXTEND_SLACK_SECONDS)
        return self.is_usable and self.held_until - self.created_at <= first


async def take_many(tx: Transaction, requests: Sequence[HoldRequest]) -> list[Held | Refusal]:
    """A verdict for each request, in order of arrival, all or nothing each.

    When somebody would hear "sold out", holds that have run out are expired first, in the same transaction.
    """
    # Locked first: whoever asks with a key that another batch is writing waits here, and then sees what it wrote.
    pool_ids = {pool_id for request in requests for pool_id in needs(request)}
    pools = await store.lock_pools(tx, pool_ids)
    answers = await _answered_before(tx, requests)
    twins = _twins(requests)
    fresh = [
        (place, request)
        for place, request in enumerate(requests)
        if place not in answers and place not in twins
    ]
    wanted = [request for _, request in fresh]
    verdicts, taken = decide(wanted, pools)
    if any(isinstance(verdict, SoldOut) for verdict in verdicts) and await _expire(tx, pool_ids):
        pools = await store.lock_pools(tx, pool_ids)
        verdicts, taken = decide(wanted, pools)
    winners = [request for request, verdict in zip(wanted, verdicts, strict=True) if verdict is None]
    until = await store.take(tx, winners, taken) if winners else {}
    for (place, request), verdict in zip(fresh, verdicts, strict=True):
        answers[place] = verdict or Held(request.hold_id, until[request.hold_id])
    for place, first in twins.items():
        if place not in answers:
            is_same = requests[place].digest == requests[first].digest
            answers[place] = _repeated(answers[first]) if is_same else KeyReused()
    return [answers[place] for place in range(len(requests))]


async def _answered_before(tx: Transaction, requests: Sequence[HoldRequest]) -> dict[int, Held | Refusal]:
    """Answers to requests whose idempotency key the database has seen."""
    keyed = {request.hold_id for request in requests if request.digest is not None}
    known = await store.holds(tx, keyed) if keyed else {}
    answers: dict[int, Held | Refusal] = {}
    for place, request in enumerate(requests):
        row = known.get(request.hold_id)
        if row is not None:
            same = row.request_digest == request.digest
            answers[place] = Held(row.id, row.held_until, is_repeat=True) if same else KeyReused()
    return answers


def _twins(requests: Sequence[HoldRequest]) -> dict[int, int]:
    """Who asks with the key of somebody before them in this very batch, and the place of the first to do so."""
    first: dict[UUID, int] = {}
    return {
        place: first[request.hold_id]
        for place, request in enumerate(requests)
        if first.setdefault(request.hold_id, place) != place
    }


def _repeated(answer: Held | Refusal) -> Held | Refusal:
    return replace(answer, is_repeat=True) if isinstance(answer, Held) else answer


async def expire_due(tx: Transaction) -> int:
    """Give back the places of holds that ran out; how many holds that were (at most 500 a call)."""
    return await _expire(tx, None)


async def _expire(tx: Transaction, pool_ids: Collection[UUID] | None) -> int:
    expired = await store.expire_due(tx, EXPIRE_MOST, pool_ids)
    if expired:
        await store.lock_pools_of(tx, expired)
        await store.shift_counters(tx, expired, held=-1, sold=0)
    return len(expired)


async def read(reader: Reader, hold_id: UUID) -> Hold:
    """The hold. Raises `HoldNotFound`."""
    found = (await read_many(reader, [hold_id])).get(hold_id)
    if found is None:
        raise HoldNotFound
    return found


async def read_many(reader: Reader, hold_ids: Collection[UUID]) -> dict[UUID, Hold]:
    """Those of these holds that exist, by id."""
    rows = await store.holds(reader, hold_ids)
    held = await store.lines(reader, hold_ids)
    return {row.id: _hold(row, held.get(row.id, [])) for row in rows.values()}


def _hold(row: store.HoldRow, lines: Sequence[store.HeldLine]) -> Hold:
    items = tuple((line.ticket_type_id, line.quantity) for line in lines)
    return Hold(
        id=row.id,
        event_id=row.event_id,
        organiser_id=row.organiser_id,
        state=row.state,
        terms_version=row.terms_version,
        digest=row.request_digest,
        order_id=row.order_id,
        created_at=row.created_at,
        held_until=row.held_until,
        is_due=row.is_due,
        items=items,
        basket=row.basket,
    )


async def extend(tx: Transaction, hold_id: UUID, hold_seconds: int) -> datetime:
    """Half as long again, once. Raises `HoldGone` or `AlreadyExtended`."""
    until = await store.extend(tx, hold_id, hold_seconds)
    if until is not None:
        return until
    row = (await store.holds(tx, [hold_id])).get(hold_id)
    if row is None or row.state != "active" or row.is_due:
        raise HoldGone
    raise AlreadyExtended


async def rewrite_basket(tx: Transaction, hold_id: UUID, basket: Mapping[str, object] | None) -> None:
    """Keep another basket with a hold, of the same places. Raises `HoldGone`."""
    if not await store.rewrite_basket(tx, hold_id, basket):
        raise HoldGone


async def claim_many(tx: Transaction, claims: Sequence[tuple[UUID, UUID, int]]) -> dict[UUID, datetime]:
    """For each (hold, order, seconds): the hold now belongs to the order, for at least that many seconds more.

    The orders' deadlines of those that could be claimed, by hold id; the others had run out or belong to somebody.
    """
    return await store.claim(tx, claims)


async def unclaim_many(tx: Transaction, hold_ids: Collection[UUID]) -> None:
    """Undo a claim of this very transaction: the hold is the buyer's again, for the time it had."""
    await store.unclaim(tx, hold_ids)


async def lock_places(tx: Transaction, hold_ids: Collection[UUID]) -> None:
    """Lock the pools of all these holds in one order, ahead of verbs that each lock those of some of them."""
    await store.lock_pools_of(tx, hold_ids)


async def lock_swap(tx: Transaction, hold_id: UUID, wanted: HoldRequest) -> None:
    """Lock in one order the pools that this hold draws on and those of what is to be taken once it gave back."""
    drawn = await store.places_by_hold(tx, [hold_id])
    await store.lock_pools(tx, {*drawn.get(hold_id, ()), *needs(wanted)})


async def sell_many(tx: Transaction, hold_ids: Collection[UUID]) -> set[UUID]:
    """Claimed holds become sold places; which ones did."""
    sold = await store.move_holds(tx, hold_ids, ["claimed"], "sold")
    if sold:
        await store.lock_pools_of(tx, sold)
        await store.shift_counters(tx, sold, held=-1, sold=1)
    return set(sold)


async def retake_many(tx: Transaction, hold_ids: Sequence[UUID]) -> set[UUID]:
    """Late money: sell the places of holds that had been given back, where they are still there; which ones were.

    All or nothing per hold, in the order given. Whether the event is still on sale does not matter: the buyer was
    promised these places at this price, and paid.
    """
    pools = await store.lock_pools_of(tx, hold_ids)
    places = await store.places_by_hold(tx, hold_ids)
    left = {pool_id: pool.left for pool_id, pool in pools.items()}
    again: list[UUID] = []
    for hold_id in hold_ids:
        wanted = places.get(hold_id, {})
        if all(left[pool_id] >= quantity for pool_id, quantity in wanted.items()):
            for pool_id, quantity in wanted.items():
                left[pool_id] -= quantity
            again.append(hold_id)
    if not again:
        return set()
    moved = await store.move_holds(tx, again, ["expired", "released"], "sold")
    assert set(moved) == set(again), "only holds that were given back are taken again"
    await store.shift_counters(tx, moved, held=0, sold=1)
    return set(moved)


async def let_go(tx: Transaction, hold_id: UUID) -> bool:
    """A buyer gives a hold's places back; False when it is no longer the buyer's: gone, or an order's."""
    return bool(await _release(tx, [hold_id], ["active"], "released"))


async def release_many(tx: Transaction, hold_ids: Collection[UUID], *, as_expired: bool = False) -> set[UUID]:
    """The holds of orders that end without being paid give their places back; which ones did."""
    return await _release(tx, hold_ids, ["active", "claimed"], "expired" if as_expired else "released")


async def _release(
    tx: Transaction, hold_ids: Collection[UUID], from_states: Sequence[str], to_state: str
) -> set[UUID]:
    moved = await store.move_holds(tx, hold_ids, from_states, to_state)
    if moved:
        await store.lock_pools_of(tx, moved)
        await store.shift_counters(tx, moved, held=-1, sold=0)
    return set(moved)


async def return_many(tx: Transaction, hold_ids: Collection[UUID]) -> set[UUID]:
    """Sold places come back to their pools (a cancelled order); which holds did."""
    moved = await store.move_holds(tx, hold_ids, ["sold"], "released")
    if moved:
        await store.lock_pools_of(tx, moved)
        await store.shift_counters(tx, moved, held=0, sold=-1)
    return set(moved)


async def give_back(tx: Transaction, units: Sequence[tuple[UUID, UUID, int]], *, keep: bool = False) -> None:
    """For each (hold, ticket type, quantity): some sold places come back to sale, or stay taken without a ticket.

    The holds stay sold. The caller has locked their orders and knows that so many tickets were valid.
    """
    await store.lock_pools_of(tx, {hold_id for hold_id, _, _ in units})
    asked = [
        (hold_id, type_id, 0 if keep else quantity, quantity if keep else 0)
        for hold_id, type_id, quantity in units
    ]
    done = await return_store.give_back(tx, asked)
    assert done == {(hold_id, type_id) for hold_id, type_id, _ in units}, "sold places of these holds"
