"""Deleting a draft that nobody ever ordered from: as if it had never been, but for the journal.

An event that sold anything is called off and not deleted, and one that was ever ordered from stays in the books.
"""

from uuid import UUID

from admitone import accounts, events, inventory
from admitone.events import EventState
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import announce
from admitone.reads.event_records import event_records
from admitone.values.actor import Action, Actor


async def delete_event(db: Database, actor: Actor, organiser_id: UUID, event_id: UUID) -> None:
    """Delete a draft with all that belongs to it.

    Raises `Forbidden`, `EventNotFound`, `OnlyDraftsGo`, `PlacesTaken`, `EventHasOrders`, `EventHasRecords`.
    """
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)

    async def story(tx: Transaction) -> None:
        found = await events.lock(tx, organiser_id, event_id)
        if found.state is not EventState.DRAFT:
            raise events.OnlyDraftsGo(state=found.state.value, state_words=events.WORDS[found.state])
        # Locks the pools, which are closed already: whoever was taking a place is through, and nobody begins.
        await inventory.open_pools(tx, event_id, found.terms_version, is_open=False)
        levels = (await inventory.levels(tx, event_id)).values()
        held, sold = sum(level.held for level in levels), sum(level.sold for level in levels)
        if held or sold:
            raise events.PlacesTaken(held=held, sold=sold)
        kept = await event_records(tx, event_id)
        if kept.has_orders:
            raise events.EventHasOrders
        if kept.has_records:
            raise events.EventHasRecords
        await inventory.forget_event(tx, event_id)
        await events.delete_draft(tx, organiser_id, event_id)
        await announce(tx, [events.EventDeleted(subject_id=event_id, organiser_id=organiser_id)], actor.label)

    await db.run(story)
