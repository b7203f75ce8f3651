"""An organiser writes to everybody with a ticket: kept once, then made into letters in batches.

The words are kept with the fact that has the reaction `deliver`, because the journal takes none. A letter's cause is
`circular:<id>`, so each address gets it once, whatever is repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from admitone import accounts, events, messaging
from admitone.events import StoredEvent
from admitone.flows.post_office import PostOffice
from admitone.messaging import Circular, Words
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.reads.ticket_holders import Holder, count_holders, holders_to_write
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import uuid7
from admitone.values.refusals import Conflict

BATCH: Final = 100


class NobodyToWriteTo(Conflict):
    """Nobody has a valid ticket for the event."""

    code = "messaging.nobody_to_write_to"
    text = "Nobody has a valid ticket for this event, so there is nobody to write to."


@dataclass(frozen=True, slots=True)
class Written:
    """What was kept, and to how many addresses it goes as far as is known now."""

    id: UUID
    holders: int


class Circulars:
    """`order_url` gives the address of an order's page, by order id; `ticket_url` that of a ticket's, by what its link
    names.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        post: PostOffice,
        order_url: Callable[[UUID], str],
        ticket_url: Callable[[UUID], str],
    ) -> None:
        self._ticket_url = ticket_url
        self._database = database
        self._clock = clock
        self._post = post
        self._order_url = order_url

    async def look(self, actor: Actor, organiser_id: UUID, event_id: UUID) -> tuple[StoredEvent, int]:
        """The event, and how many would be written to. Raises `Forbidden`, `EventNotFound`."""
        accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
        async with self._database.reading() as reader:
            found = await events.own_event(reader, organiser_id, event_id)
            return found, await count_holders(reader, event_id)

    async def write(
        self,
        actor: Actor,
        organiser_id: UUID,
        event_id: UUID,
        words: Words,
        *,
        circular_id: UUID | None = None,
    ) -> Written:
        """Write to everybody with a valid ticket; the same `circular_id` again sends nothing again.

        Raises `Forbidden`, `EventNotFound`, `NobodyToWriteTo`, `TooManyCirculars`.
        """
        accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
        new_id = circular_id or uuid7()

        async def story(tx: Transaction) -> Written:
            await events.lock(tx, organiser_id, event_id)
            holders = await count_holders(tx, event_id)
            if holders == 0:
                raise NobodyToWriteTo
            organiser = await accounts.organiser(tx, organiser_id)
            now = self._clock.now()
            kept = Circular(
                new_id, organiser_id, event_id, organiser.contact_email, words.subject, words.body, now
            )
            if await messaging.keep_circular(tx, kept):
                fact = messaging.CircularWritten(
                    subject_id=new_id, organiser_id=organiser_id, event_id=event_id
                )
                await journal.announce(tx, [fact], actor.label)
            return Written(new_id, holders)

        return await self._database.run(story)

    async def deliver(self, circular_id: UUID) -> int:
        """Write a letter to each address that has none yet; how many."""
        async with self._database.reading() as reader:
            kept = await messaging.circular(reader, circular_id)
            assert kept is not None, "it is announced when it is kept"
            event = await events.own_event(reader, kept.organiser_id, kept.event_id)
            organiser = await accounts.organiser(reader, kept.organiser_id)
        cause, last, written = f"circular:{kept.id}", "", 0
        while True:
            async with self._database.reading() as reader:
                batch = await holders_to_write(reader, kept.event_id, cause, last, BATCH)
            if not batch:
                return written
            for holder in batch:
                await self._write_one(kept, holder, event.details.title, organiser.name, cause)
            written, last = written + len(batch), batch[-1].email_key

    async def _write_one(
        self, kept: Circular, holder: Holder, event_title: str, organiser_name: str, cause: str
    ) -> None:
        async def story(tx: Transaction) -> None:
            await self._post.queue(
                tx,
                cause=cause,
                template="circular",
                to=holder.email,
                organiser_id=kept.organiser_id,
                context={
                    "event_title": event_title,
                    "organiser_name": organiser_name,
                    "order_code": holder.code,
                    "order_url": self._order_url(holder.order_id)
                    if holder.owner_id is None
                    else self._ticket_url(holder.owner_id),
                    "subject": kept.subject,
                    "paragraphs": Words(kept.subject, kept.body).lines,
                },
                reply_to=kept.reply_to,
            )
            await hit("reaction.before_commit")

        await self._database.run(story)
