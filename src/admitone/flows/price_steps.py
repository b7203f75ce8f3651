"""The pools behind price steps: what counts how many were sold at a step's price.

A step that ends with a number has a pool with the step's id. It is no pool of places: nobody draws on it, and only a
hold that was priced by the step takes from it, in the statement that takes the places. So a step never sells more
than it has, and what expires, is given back or cancelled can be bought at its price again.
"""

from collections.abc import Iterable

from admitone import events, inventory
from admitone.events import OfferedType, StoredEvent, TypeDetails
from admitone.plumbing.database import Transaction


async def keep_step_pools(
    tx: Transaction, found: StoredEvent, details: TypeDetails, others: Iterable[OfferedType] = ()
) -> None:
    """Make or resize the pools of a ticket type's steps; the event's pools are locked. A step that is gone leaves its
    pool behind for what was sold by it.

    Raises `StepTwice` for an id that is somebody else's, `CapacityBelowSold` when more are held and sold at the price.
    """
    theirs = {step.id for other in others for step in other.prices.steps}
    places = await inventory.levels(tx, found.id)
    known = await inventory.step_levels(tx, found.id)
    for at, step in enumerate(details.prices.steps):
        if step.id in theirs or step.id in places:
            raise events.StepTwice(field=f"prices.steps.{at}.id")
        if step.most is None:
            continue
        name = f"{details.name}: {step.name}" if step.name else details.name
        if step.id not in known:
            pool = inventory.NewPool(
                step.id, found.id, found.organiser_id, name, step.most, is_shared=False, is_step=True
            )
            await inventory.create_pool(tx, pool)
            if step.id not in await inventory.step_levels(tx, found.id):
                raise events.StepTwice(field=f"prices.steps.{at}.id")
        elif known[step.id].capacity != step.most:
            try:
                await inventory.resize_pool(tx, found.organiser_id, step.id, step.most)
            except inventory.CapacityBelowSold as refusal:
                refusal.field = f"prices.steps.{at}.most"
                raise
