"""A moved event: everybody who holds tickets is told once what changed, with new tickets and calendar file.

An edit opens a move, which keeps what ticket holders knew (`EventEdits`). Five minutes after the first edit it is
closed, so that several edits in a row are one letter; what was changed and changed back is none. The fact that
closes it has the reaction `tell`: a letter for each order, in a transaction of its own, under the cause
`moved:<move>:<order>`. Stopping in the middle and starting again goes on with the orders that have no such letter.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from admitone import events
from admitone.flows.move_words import changed_words
from admitone.flows.order_letters import OrderLetters
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Transaction
from admitone.reads.ticket_holders import orders_to_tell
from admitone.values.actor import SYSTEM
from admitone.values.clock import Clock

GATHER: Final = timedelta(minutes=5)
BATCH: Final = 100


class MoveTelling:
    """`close_due` runs by the clock, `tell` as the reaction to `EventMoved`."""

    def __init__(self, database: Database, clock: Clock, letters: OrderLetters) -> None:
        self._database = database
        self._clock = clock
        self._letters = letters

    async def close_due(self, most: int = 20) -> int:
        """Close the moves whose edits have been gathered long enough; how many."""
        async with self._database.reading() as reader:
            due = await events.moves_due(reader, self._clock.now(), most)
        for move in due:
            await self._close(move)
        return len(due)

    async def _close(self, move: events.Move) -> None:
        async def story(tx: Transaction) -> None:
            # Locked first, as for an edit: one that comes now waits, and then opens a move of its own.
            found = await events.lock(tx, move.organiser_id, move.event_id)
            after = events.whereabouts(found.details)
            if not await events.close_move(tx, move.id, after, self._clock.now()):
                return
            changed = tuple(
                name for name in events.MOVING if getattr(move.before, name) != getattr(after, name)
            )
            if changed:
                fact = events.EventMoved(
                    subject_id=move.event_id,
                    organiser_id=move.organiser_id,
                    move_id=move.id,
                    changed=changed,
                )
                await journal.announce(tx, [fact], SYSTEM.label)

        await self._database.run(story)

    async def tell(self, move_id: UUID) -> int:
        """Write to every order with valid tickets that was bought before the move; how many were looked at."""
        async with self._database.reading() as reader:
            move = await events.move_by_id(reader, move_id)
        assert move is not None, "moves are kept"
        assert move.after is not None, "a move is announced when it is closed"
        words = changed_words(move.before, move.after)
        cause, last, told = f"moved:{move.id}", None, 0
        while True:
            async with self._database.reading() as reader:
                batch = await orders_to_tell(reader, move.event_id, move.terms_version, cause, last, BATCH)
            if not batch:
                return told
            for order_id in batch:
                await self._letters.moved(order_id, words, f"{cause}:{order_id}")
            told, last = told + len(batch), batch[-1]
