"""Whether bitcoin is on its way to an order: seen, and not taken back by its sender."""

from collections.abc import Collection
from uuid import UUID

from admitone import payments
from admitone.payments.bitcoin import Arrival
from admitone.plumbing.database import Reader


def replaced(came: Collection[Arrival]) -> set[UUID]:
    """The attempts for which nothing comes any more, because its sender spent it otherwise."""
    gone = {one.attempt_id for one in came if one.is_replaced}
    return gone - {one.attempt_id for one in came if not one.is_replaced}


async def is_on_its_way(reader: Reader, order_id: UUID) -> bool:
    """Was a payment in bitcoin seen that is not ours yet?"""
    seen = {
        one.id
        for one in await payments.of_orders(reader, [order_id])
        if one.method in payments.bitcoin.RAILS and one.state is payments.AttemptState.SEEN
    }
    return bool(seen and seen - replaced(await payments.bitcoin.arrivals(reader, list(seen))))
