"""Events are found by words from several tables. This keeps them true, and makes them anew for rows that exist.

An edit writes its event's words itself. `renamed` follows an organiser's name, in the transaction that changes it.
`rebuild` goes through all events that are not over: after an update that looks for more words, and by the clock for
whatever was written past the program.
"""

import functools
from datetime import datetime
from typing import Final
from uuid import UUID

from admitone import accounts, events
from admitone.plumbing.database import Database, Transaction
from admitone.reads.search import events_to_come
from admitone.values.clock import Clock

BATCH: Final = 200


async def renamed(tx: Transaction, organiser_id: UUID, now: datetime) -> int:
    """The organiser has another name: its events to come are found by that; how many were changed."""
    return await _write(tx, await events_to_come(tx, now, organiser_id=organiser_id))


async def rebuild(database: Database, clock: Clock) -> int:
    """Make the words of every event to come anew, some hundreds at a time; how many were not true any more."""
    changed, last = 0, None
    while True:
        async with database.reading() as reader:
            batch = await events_to_come(reader, clock.now(), after=last, most=BATCH)
        if not batch:
            return changed
        changed += await database.run(functools.partial(_write, event_ids=batch))
        last = batch[-1]


async def _write(tx: Transaction, event_ids: list[UUID]) -> int:
    changed = 0
    kept = await events.search_texts(tx, event_ids)
    names: dict[UUID, str] = {}
    for event_id, found in sorted((await events.events_by_id(tx, event_ids)).items()):
        if found.organiser_id not in names:
            names[found.organiser_id] = (await accounts.organiser(tx, found.organiser_id)).name
        if events.search_text(found.details, names[found.organiser_id]) != kept.get(event_id):
            # Read again under its lock: somebody may be editing it at this moment.
            now = await events.lock(tx, found.organiser_id, event_id)
            words = events.search_text(now.details, names[found.organiser_id])
            await events.write_search_text(tx, event_id, words)
            changed += 1
    return changed
