"""The life of an event: draft it, put it on sale, take it back, end it, cancel it, make another like it.

Every step locks the event, changes its state by one conditional statement, tells its pools (which stops or
starts selling in the same instant), and announces the fact. What follows from a fact, such as refunds after
a cancellation, is in the table of reactions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from admitone import accounts, events, inventory
from admitone.events import ChecklistItem, EventDetails, EventState, OfferedType, StoredEvent, TypeDetails
from admitone.flows.approvals import Approvals
from admitone.flows.fee_agreements import agreed_fees
from admitone.flows.price_steps import keep_step_pools
from admitone.flows.run_progress import begin_cancel
from admitone.flows.site_fees import NO_SITE_FEES, SiteFees
from admitone.orders import RunWish
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.journal import announce
from admitone.values.actor import SYSTEM, Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import uuid7
from admitone.values.refusals import Problems

SLUG_TRIES = 5


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy has of its own: another title, and when it is (aware)."""

    title: str
    starts_at: datetime
    ends_at: datetime
    doors_at: datetime | None


async def create_draft(
    db: Database,
    clock: Clock,
    actor: Actor,
    organiser_id: UUID,
    details: EventDetails,
    *,
    event_id: UUID | None = None,
    fees: SiteFees = NO_SITE_FEES,
) -> StoredEvent:
    """Make a draft; with the same `event_id` again, return the one made before. Raises `Forbidden`,
    `Problems`.
    """
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
    new_id = event_id or uuid7()

    async def story(tx: Transaction) -> StoredEvent:
        agreed = await agreed_fees(tx, fees, organiser_id, clock.now())
        kept = events.checked_event(agreed.on(details))
        events.check_playlist(kept.online_url)
        return await _draft(tx, clock, actor, organiser_id, kept, new_id)

    return await db.run(story)


async def _draft(
    tx: Transaction, clock: Clock, actor: Actor, organiser_id: UUID, details: EventDetails, event_id: UUID
) -> StoredEvent:
    name = (await accounts.organiser(tx, organiser_id)).name
    is_test = await accounts.kept_mode(tx, organiser_id) == "test"
    slug = plain_slug = events.slug_of(details.title)
    for _ in range(SLUG_TRIES):
        made = await events.insert_event(
            tx, event_id, organiser_id, slug, details, clock.now(), organiser_name=name, is_test=is_test
        )
        if made is not None:
            await announce(
                tx, [events.EventDrafted(subject_id=event_id, organiser_id=organiser_id)], actor.label
            )
            return made
        known = (await events.events_by_id(tx, [event_id])).get(event_id)
        if known is not None:
            assert known.organiser_id == organiser_id, "an id that follows from the request is nobody else's"
            return known
        slug = events.other_slug(plain_slug)
    raise AssertionError("five random slugs in a row were taken")


async def missing(reader: Reader, clock: Clock, found: StoredEvent) -> tuple[ChecklistItem, ...]:
    """The publish checklist of an event: what it still needs before it can go on sale, or to stay there."""
    types = await events.types(reader, found.id)
    levels = await inventory.levels(reader, found.id)
    draws = await inventory.draws(reader, found.id)
    capacities = {
        type_id: min(levels[pool_id].capacity for pool_id in pool_ids) for type_id, pool_ids in draws.items()
    }
    return events.checklist(found.details, types, capacities, clock.now())


async def require_ready(
    tx: Transaction, clock: Clock, found: StoredEvent, *, is_on_sale: bool = False
) -> None:
    """Raises `Problems` with one `NotReady` for each thing missing.

    `is_on_sale` for an event that is on sale already: its sale windows may have closed, by time or by its
    organiser, and everything else about it can still be changed.
    """
    items = await missing(tx, clock, found)
    if is_on_sale:
        items = tuple(item for item in items if item.name != "buyable")
    if items:
        raise Problems(
            *(events.NotReady(field=item.field, item=item.name, words=item.words) for item in items)
        )


async def publish(
    db: Database, clock: Clock, actor: Actor, organiser_id: UUID, event_id: UUID
) -> StoredEvent:
    """Put a draft on sale. Raises `Forbidden`, `EventNotFound`, `NotPossibleNow`, `Problems` (the
    checklist).
    """
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)

    async def story(tx: Transaction) -> StoredEvent:
        draft = await events.lock(tx, organiser_id, event_id)
        if events.may_become(draft.state, EventState.ON_SALE):
            await require_ready(tx, clock, draft)
        now_on_sale = await _move(tx, clock, organiser_id, event_id, EventState.ON_SALE)
        fact = events.EventPublished(
            subject_id=event_id, organiser_id=organiser_id, terms_version=now_on_sale.terms_version
        )
        await announce(tx, [fact], actor.label)
        return now_on_sale

    return await db.run(story)


async def unpublish(
    db: Database, clock: Clock, actor: Actor, organiser_id: UUID, event_id: UUID
) -> StoredEvent:
    """Take an event back to draft. Raises `Forbidden`, `EventNotFound`, `NotPossibleNow`, `PlacesTaken`."""
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)

    async def story(tx: Transaction) -> StoredEvent:
        draft = await _move(tx, clock, organiser_id, event_id, EventState.DRAFT)
        # The pools are locked and closed by now: nobody can take a place between this count and the commit.
        levels = (await inventory.levels(tx, event_id)).values()
        held, sold = sum(level.held for level in levels), sum(level.sold for level in levels)
        if held or sold:
            raise events.PlacesTaken(held=held, sold=sold)
        fact = events.EventUnpublished(
            subject_id=event_id, organiser_id=organiser_id, terms_version=draft.terms_version
        )
        await announce(tx, [fact], actor.label)
        return draft

    return await db.run(story)


async def end(db: Database, clock: Clock, actor: Actor, organiser_id: UUID, event_id: UUID) -> StoredEvent:
    """Stop selling for good. Raises `Forbidden`, `EventNotFound`, `NotPossibleNow`."""
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
    return await db.run(lambda tx: _end(tx, clock, actor, organiser_id, event_id))


async def _end(
    tx: Transaction, clock: Clock, actor: Actor, organiser_id: UUID, event_id: UUID
) -> StoredEvent:
    ended = await _move(tx, clock, organiser_id, event_id, EventState.ENDED)
    fact = events.EventEnded(
        subject_id=event_id, organiser_id=organiser_id, terms_version=ended.terms_version
    )
    await announce(tx, [fact], actor.label)
    return ended


async def end_finished(db: Database, clock: Clock, *, most: int = 100) -> int:
    """End up to `most` events whose time has passed; how many were. For the timetable."""
    async with db.reading() as reader:
        due = await events.finished(reader, clock.now(), most)

    async def story(tx: Transaction, organiser_id: UUID, event_id: UUID) -> bool:
        found = await events.lock(tx, organiser_id, event_id)
        # Its organiser may have moved it to a later day since it was found.
        if found.state is not EventState.ON_SALE or found.details.ends_at > clock.now():
            return False
        await _end(tx, clock, SYSTEM, organiser_id, event_id)
        return True

    ended = 0
    for organiser_id, event_id in due:
        ended += await db.run(partial(story, organiser_id=organiser_id, event_id=event_id))
    return ended


async def cancel(
    db: Database,
    clock: Clock,
    actor: Actor,
    organiser_id: UUID,
    event_id: UUID,
    wish: RunWish | None = None,
) -> StoredEvent:
    """Call the event off: selling stops at once, and a run begins that takes everybody's order back. `wish` says what
    buyers are told, and whether the fees go back too.

    Raises `Forbidden` (it takes the right to refund as well), `EventNotFound`, `NotPossibleNow`.
    """
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
    accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)

    async def story(tx: Transaction) -> StoredEvent:
        cancelled = await _move(tx, clock, organiser_id, event_id, EventState.CANCELLED)
        asking = Approvals(db, clock)
        await begin_cancel(tx, cancelled, wish or RunWish(), actor=actor, approvals=asking, now=clock.now())
        fact = events.EventCancelled(
            subject_id=event_id, organiser_id=organiser_id, terms_version=cancelled.terms_version
        )
        await announce(tx, [fact], actor.label)
        return cancelled

    return await db.run(story)


async def _move(
    tx: Transaction, clock: Clock, organiser_id: UUID, event_id: UUID, to: EventState
) -> StoredEvent:
    """Change the state and tell the pools, which are locked from here on."""
    found = await events.lock(tx, organiser_id, event_id)
    moved = await events.move(tx, organiser_id, event_id, to, events.before(to), clock.now())
    if moved is None:
        raise events.NotPossibleNow(state=found.state.value, state_words=events.WORDS[found.state])
    assert events.may_become(found.state, moved.state), "the table and the statement agree"
    await inventory.open_pools(tx, event_id, moved.terms_version, is_open=to is EventState.ON_SALE)
    return moved


async def duplicate(
    db: Database,
    clock: Clock,
    actor: Actor,
    organiser_id: UUID,
    event_id: UUID,
    *,
    twin_id: UUID | None = None,
    own: Copied | None = None,
    fees: SiteFees = NO_SITE_FEES,
) -> StoredEvent:
    """Make a draft with the same details, ticket types and pools, and nothing sold.

    The same `twin_id` again returns the copy made before. Without `own` the times are the same too; one that
    has passed is on the publish checklist. Raises `Forbidden`, `EventNotFound`, `Problems` (in `own`).
    """
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)

    async def story(tx: Transaction) -> StoredEvent:
        found = await events.lock(tx, organiser_id, event_id)
        types = await events.types(tx, event_id)
        new_id = twin_id or uuid7()
        known = (await events.events_by_id(tx, [new_id])).get(new_id)
        if known is not None:
            return known
        details = found.details
        if own is not None:
            details = events.checked_event(
                replace(
                    details,
                    title=own.title,
                    starts_at=own.starts_at,
                    ends_at=own.ends_at,
                    doors_at=own.doors_at,
                )
            )
        ids = {one.id: uuid7() for one in types}
        details = (await agreed_fees(tx, fees, organiser_id, clock.now())).on(details)
        details = replace(details, prices=events.moved_event_prices(details.prices, ids, uuid7))
        twin = await _draft(tx, clock, actor, organiser_id, details, new_id)
        twin_pools = await _copy_pools(tx, organiser_id, event_id, twin.id)
        draws = await inventory.draws(tx, event_id)
        for one in types:
            type_id, copied = ids[one.id], details_of(one)
            copied = replace(copied, prices=events.moved_type_prices(one.prices, ids, uuid7))
            await events.insert_type(tx, organiser_id, twin.id, type_id, copied, clock.now())
            pools: Sequence[UUID] = draws.get(one.id, ())
            await inventory.set_draws(tx, twin.id, type_id, [twin_pools[pool_id] for pool_id in pools])
            await keep_step_pools(tx, twin, copied)
        # Shown in the same way; a recording is of one evening only.
        rules = replace(await events.stream_rules(tx, event_id), replay_url=None)
        return await events.write_stream(tx, organiser_id, twin.id, rules, details.online_url, clock.now())

    return await db.run(story)


async def _copy_pools(tx: Transaction, organiser_id: UUID, event_id: UUID, twin_id: UUID) -> dict[UUID, UUID]:
    copies: dict[UUID, UUID] = {}
    for pool_id, level in (await inventory.levels(tx, event_id)).items():
        copies[pool_id] = uuid7()
        pool = inventory.NewPool(
            copies[pool_id], twin_id, organiser_id, level.name, level.capacity, level.is_shared
        )
        await inventory.create_pool(tx, pool)
    return copies


def details_of(one: OfferedType) -> TypeDetails:
    """What the organiser wrote about a ticket type, as a form or a copy needs it."""
    return TypeDetails(
        name=one.name,
        price_minor=one.price_minor,
        description=one.description,
        per_person_limit=one.per_person_limit,
        sales_from=one.sales_from,
        sales_until=one.sales_until,
        position=one.position,
        is_offered=one.is_offered,
        kind=one.kind,
        prices=one.prices,
    )
