"""How an event is watched online, as its organiser says: also while it runs and afterwards.

An address that turns out wrong on the evening, or a recording that is there the next day, cannot wait for an event
that may be edited. No price and no promise of the offer changes by it, so buyers are not asked again; nobody is told by
letter either, because the page of each ticket leads to whatever the address is.
"""

from uuid import UUID

from admitone import accounts, events
from admitone.events import EventState, StoredEvent, StreamRules
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import announce
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock


async def change_stream(
    db: Database,
    clock: Clock,
    actor: Actor,
    organiser_id: UUID,
    event_id: UUID,
    rules: StreamRules,
    online_url: str | None,
    *,
    revision: int | None = None,
) -> StoredEvent:
    """Write how the event is watched and where; without an address it is not online.

    Raises `Forbidden`, `EventNotFound`, `Problems`, `BadAddress`, `NotPossibleNow` (called off), `LostUpdate`, and
    `NoPlaceLeft` when an event that is on sale would be nowhere.
    """
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
    kept, address = events.checked_stream(rules), events.checked_online_url(online_url)

    async def story(tx: Transaction) -> StoredEvent:
        before = await events.lock(tx, organiser_id, event_id)
        if before.state is EventState.CANCELLED:
            raise events.NotPossibleNow(state=before.state.value, state_words=events.WORDS[before.state])
        if revision is not None and revision != before.revision:
            raise events.LostUpdate(revision=before.revision)
        if address is None and before.details.venue_name is None and before.state is not EventState.DRAFT:
            raise events.NoPlaceLeft(field="online_url")
        rules_before = await events.stream_rules(tx, event_id)
        if before.details.online_url == address and rules_before == kept:
            return before
        events.check_fetched(kept, address, rules_before, before.details.online_url)
        after = await events.write_stream(tx, organiser_id, event_id, kept, address, clock.now())
        fact = events.EventChanged(
            subject_id=event_id,
            organiser_id=organiser_id,
            changed=("stream",),
            terms_version=after.terms_version,
        )
        await announce(tx, [fact], actor.label)
        return after

    return await db.run(story)
