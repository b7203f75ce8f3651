"""How far a run over many orders has come: orders, and where the money is that goes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from admitone import accounts, orders
from admitone.orders import RunRow
from admitone.plumbing.database import Reader
from admitone.values.actor import Action, Actor

MOST = 50


@dataclass(frozen=True, slots=True)
class RefundCount:
    """Refunds in one state, in minor units."""

    refunds: int = 0
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class FailedOrder:
    """An order a run could not deal with; `reason` is a word for why."""

    code: str
    buyer: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A run, and its refunds: on their way, done, refused by their provider, and those in bitcoin whose buyers have
    been asked where to, and have not said (`awaited`).
    """

    run: RunRow
    under_way: RefundCount
    done: RefundCount
    refused: RefundCount
    awaited: RefundCount
    failed: tuple[FailedOrder, ...]


_REFUNDS = text(
    """
    SELECT CASE WHEN r.state = 'done' THEN 'done' WHEN r.state = 'failed' THEN 'refused'
            WHEN r.error = 'waits_for_buyer' THEN 'awaited' ELSE 'under_way' END AS state,
        count(*) AS refunds, sum(r.amount_minor) AS amount_minor
    FROM orders_bulk_item AS i JOIN payments_refund AS r ON r.order_id = i.order_id
        AND r.cause = CASE WHEN i.reversal_id IS NULL THEN 'event_cancelled' ELSE 'reversal:' || i.reversal_id END
    WHERE i.run_id = :run_id AND i.outcome = 'done' GROUP BY 1
    """
)
_FAILED = text(
    """
    SELECT o.code, o.name AS buyer, coalesce(i.reason, '') AS reason
    FROM orders_bulk_item AS i JOIN orders_order AS o ON o.id = i.order_id
    WHERE i.run_id = :run_id AND i.outcome = 'failed' ORDER BY i.order_id LIMIT :most
    """
)


async def run_progress(reader: Reader, actor: Actor, organiser_id: UUID, run_id: UUID) -> RunProgress | None:
    """The run; None when this organiser has no such run. Raises `Forbidden`."""
    accounts.permit(actor, Action.SEE_ORDERS, organiser_id)
    run = await orders.run_by_id(reader, run_id)
    if run is None or run.organiser_id != organiser_id:
        return None
    found = {
        row.state: RefundCount(row.refunds, int(row.amount_minor))
        for row in await reader.execute(_REFUNDS, {"run_id": run_id})
    }
    none = RefundCount()
    failed: tuple[FailedOrder, ...] = ()
    if run.failed:
        rows = await reader.execute(_FAILED, {"run_id": run_id, "most": MOST})
        failed = tuple(FailedOrder(**row._mapping) for row in rows)
    under_way, done, refused, awaited = [
        found.get(one, none) for one in ("under_way", "done", "refused", "awaited")
    ]
    return RunProgress(run, under_way, done, refused, awaited, failed)


async def event_runs(reader: Reader, actor: Actor, organiser_id: UUID, event_id: UUID) -> Sequence[RunRow]:
    """The runs over this event's orders, newest first. Raises `Forbidden`."""
    accounts.permit(actor, Action.SEE_ORDERS, organiser_id)
    return [one for one in await orders.runs_of(reader, event_id) if one.organiser_id == organiser_id]
