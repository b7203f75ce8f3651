"""Holds that take no place (donations alone) notice changed terms as all others do.

A pool refuses an offer that is not the newest. What draws on no pool has nobody to say so, so the event's own version
is looked at, in the transaction that writes the hold.
"""

from collections.abc import Sequence

from admitone import events, inventory
from admitone.plumbing.database import Transaction
from admitone.values.refusals import Refusal


async def take_known(
    tx: Transaction, requests: Sequence[inventory.HoldRequest]
) -> list[inventory.Held | Refusal]:
    """`inventory.take_many`; a request that takes no place and names an older offer is answered `TermsChanged`."""
    placeless = {one.event_id for one in requests if not any(item.pool_ids for item in one.items)}
    if not placeless:
        return await inventory.take_many(tx, requests)
    # Shared until the end: an edit waits for these holds, and holds that come after it see the new version.
    newest = await events.share_versions(tx, placeless)
    stale = {
        place
        for place, one in enumerate(requests)
        if one.event_id in placeless and newest.get(one.event_id) != one.terms_version
    }
    fresh = [one for place, one in enumerate(requests) if place not in stale]
    taken = iter(await inventory.take_many(tx, fresh) if fresh else [])
    return [inventory.TermsChanged() if place in stale else next(taken) for place in range(len(requests))]
