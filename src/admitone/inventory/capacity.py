"""Counting rules: who of a crowd gets places. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from admitone.inventory.refusals import PoolNotFound, SalesClosed, SoldOut, StepFull, TermsChanged
from admitone.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class HoldItem:
    """`quantity` tickets of one type, each taking one place from every pool named.

    The pool of a price step is named last, so that whoever hears `StepFull` knows that there are places.
    """

    ticket_type_id: UUID
    quantity: int
    pool_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """All or nothing. `terms_version` is the version of the offer the buyer saw.

    `digest` is the SHA-256 of the request when the caller sent an idempotency key (then `hold_id` is derived from the
    key), else None. `basket` is what the caller wants kept with the hold, as plain JSON.
    """

    hold_id: UUID
    event_id: UUID
    organiser_id: UUID
    terms_version: int
    items: tuple[HoldItem, ...]
    hold_seconds: int
    digest: bytes | None = None
    basket: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class PoolLevel:
    """A pool as locked by the deciding transaction. `is_step`: it counts what is sold at a price step."""

    id: UUID
    event_id: UUID
    left: int
    is_open: bool
    terms_version: int
    is_step: bool = False


def needs(request: HoldRequest) -> dict[UUID, int]:
    """Places wanted per pool."""
    wanted: dict[UUID, int] = {}
    for item in request.items:
        for pool_id in item.pool_ids:
            wanted[pool_id] = wanted.get(pool_id, 0) + item.quantity
    return wanted


def decide(
    requests: Sequence[HoldRequest], pools: Mapping[UUID, PoolLevel]
) -> tuple[list[Refusal | None], dict[UUID, int]]:
    """In order of arrival: None where the request gets its places, else why not; and the places taken per pool."""
    taken: dict[UUID, int] = {}
    verdicts: list[Refusal | None] = []
    for request in requests:
        wanted = needs(request)
        refusal = _refusal(request, wanted, pools, taken)
        if refusal is None:
            for pool_id, quantity in wanted.items():
                taken[pool_id] = taken.get(pool_id, 0) + quantity
        verdicts.append(refusal)
    return verdicts, taken


def _refusal(
    request: HoldRequest,
    wanted: Mapping[UUID, int],
    pools: Mapping[UUID, PoolLevel],
    taken: Mapping[UUID, int],
) -> Refusal | None:
    assert request.items, "a hold is of something, though a donation takes no place"
    assert all(quantity > 0 for quantity in wanted.values()), "a hold takes whole places"
    for pool_id, quantity in wanted.items():
        pool = pools.get(pool_id)
        if pool is None or pool.event_id != request.event_id:
            return PoolNotFound()
        if pool.terms_version != request.terms_version:
            return TermsChanged()
        if not pool.is_open:
            return SalesClosed()
        left = pool.left - taken.get(pool_id, 0)
        if left < quantity:
            if pool.is_step:
                return StepFull(left=max(left, 0), step_id=str(pool_id))
            return SoldOut(left=max(left, 0))
    return None
