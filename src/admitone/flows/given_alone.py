"""What members gave away without a second pair of eyes: many small amounts count like a large one (four eyes)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from admitone import accounts, orders, payments
from admitone.flows.approvals import Approvals
from admitone.orders import OrderRow, RunRow, RunState
from admitone.plumbing.database import Reader, Transaction
from admitone.values.ids import uuid7

GIFTS_WITHIN: Final = timedelta(hours=24)
ADDS_UP_HOURS: Final = 24


async def may_give_alone(
    approvals: Approvals | None, tx: Transaction, order: OrderRow, minor: int, by: str
) -> bool:
    """May this member (`by`, as the journal names them) give back so much of the order with nobody else's yes? Then it
    is noted, and counts when they give back more.

    Not, when it is above the limit with what went back alone of the order and its family ever, or with what this member
    gave back alone of any orders within a day, in the same currency and mode. What a second member agreed to does not
    count, and neither do runs, which are asked about as a whole. What one member gives at the same moment waits here.
    """
    if approvals is None or minor <= 0:
        return True
    organiser_id, currency, is_test = order.organiser_id, order.currency, order.is_test
    await accounts.one_at_a_time(tx, organiser_id, by)
    today = await accounts.given_alone(tx, organiser_id, by, currency, ADDS_UP_HOURS, is_test=is_test)
    before = max(today, await _refunded_alone(tx, order))
    if await approvals.needs_yes(tx, organiser_id, currency, minor + before):
        return False
    await accounts.note_given_alone(tx, uuid7(), organiser_id, by, currency, minor, is_test=is_test)
    return True


async def _refunded_alone(reader: Reader, order: OrderRow) -> int:
    family = await orders.family(reader, order.family_id)
    made = [
        one
        for rows in (await orders.reversals(reader, family)).values()
        for one in rows
        if one.by_whom == "organiser"
    ]
    if not made:
        return 0
    agreed = await accounts.agreed_subjects(reader, order.organiser_id, [str(one.id) for one in made])
    return sum(one.back_minor for one in made if str(one.id) not in agreed)


async def runs_begun_alone(tx: Transaction, organiser_id: UUID, event_id: UUID) -> int:
    """What runs over the orders of this event that were begun with nobody else's yes may give back, in minor units,
    with what they gave of orders that were paid after they began. Runs that begin at the same moment wait here.
    """
    await accounts.one_at_a_time(tx, organiser_id, f"runs:{event_id}")
    begun = [
        one
        for one in await orders.runs_of(tx, event_id)
        if one.state not in (RunState.WAITING, RunState.DECLINED)
    ]
    agreed = await accounts.agreed_subjects(tx, organiser_id, [str(one.id) for one in begun])
    late = await orders.given_late(tx, event_id)
    return sum(one.estimate_minor + late.get(one.id, 0) for one in begun if str(one.id) not in agreed)


async def given_besides(tx: Transaction, run: RunRow) -> int:
    """What counts towards the limit when this run gives back of an order that was paid after it began, in minor units:
    its estimate did not have that. What a second member agreed to was the estimate.
    """
    alone = await runs_begun_alone(tx, run.organiser_id, run.event_id)
    if await accounts.agreed_subjects(tx, run.organiser_id, [str(run.id)]):
        return (await orders.given_late(tx, run.event_id)).get(run.id, 0)
    return alone


async def gifts_made_alone(
    reader: Reader, organiser_id: UUID, by: str, currency: str, now: datetime, *, is_test: bool
) -> int:
    """What the gift codes are worth that one member has made within a day with nobody else's yes, in minor units."""
    made = await payments.credit.gifts_by(
        reader, organiser_id, by, currency, now - GIFTS_WITHIN, is_test=is_test
    )
    agreed = await accounts.agreed_subjects(reader, organiser_id, [str(batch_id) for batch_id in made])
    return sum(minor for batch_id, minor in made.items() if str(batch_id) not in agreed)
