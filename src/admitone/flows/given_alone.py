"""What members gave away without a second pair of eyes: many small amounts count like a large one (four eyes)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from admitone import accounts, orders, payments
from admitone.flows.approvals import Approvals
from admitone.orders import OrderRow, RunState
from admitone.plumbing.database import Reader

GIFTS_WITHIN: Final = timedelta(hours=24)


async def needs_second(approvals: Approvals, reader: Reader, order: OrderRow, minor: int) -> bool:
    """Is this, with what went back of the order and its family before with nobody else's yes, above the limit?"""
    if not minor:
        return False
    minor += await _refunded_alone(reader, order)
    return await approvals.needs_yes(reader, order.organiser_id, order.currency, minor)


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


async def runs_begun_alone(reader: Reader, organiser_id: UUID, event_id: UUID) -> int:
    """What runs over the orders of this event that were begun with nobody else's yes may give back, in minor units."""
    begun = [
        one
        for one in await orders.runs_of(reader, event_id)
        if one.state not in (RunState.WAITING, RunState.DECLINED)
    ]
    agreed = await accounts.agreed_subjects(reader, organiser_id, [str(one.id) for one in begun])
    return sum(one.estimate_minor for one in begun if str(one.id) not in agreed)


async def gifts_made_alone(
    reader: Reader, organiser_id: UUID, by: str, currency: str, now: datetime, *, is_test: bool
) -> int:
    """What the gift codes are worth that one member has made within a day with nobody else's yes, in minor units."""
    made = await payments.credit.gifts_by(
        reader, organiser_id, by, currency, now - GIFTS_WITHIN, is_test=is_test
    )
    agreed = await accounts.agreed_subjects(reader, organiser_id, [str(batch_id) for batch_id in made])
    return sum(minor for batch_id, minor in made.items() if str(batch_id) not in agreed)
