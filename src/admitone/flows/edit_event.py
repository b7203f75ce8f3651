"""Changing an event, before and during its sale: its details, its ticket types, its pools.

Each change locks the event, makes a new version of the offer where a buyer is concerned, tells the pools so
(which locks them: from there on nobody takes a place until the change is done), makes the change, and
checks that an event on sale can stay there. A form carries the `revision` it was filled in for: a change
made in between is not overwritten.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from admitone import accounts, events, inventory
from admitone.events import EventDetails, EventState, OfferedType, StoredEvent, TypeDetails
from admitone.flows.fee_agreements import agreed_fees
from admitone.flows.price_steps import keep_step_pools
from admitone.flows.publish_event import require_ready
from admitone.flows.site_fees import NO_SITE_FEES, SiteFees
from admitone.flows.tell_moved import GATHER
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import announce
from admitone.reads.places_taken import places_taken
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import uuid7

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TypePlan:
    """A ticket type and where its places come from.

    `capacity` gives it a pool of its own (None: it has none), `shared_pool_ids` are pools it shares with
    others; one ticket takes one place from each. With neither it cannot be sold yet.
    """

    details: TypeDetails
    capacity: int | None = None
    shared_pool_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class EventEdits:
    """The changes an organiser may make. Built once, with what they need.

    All of them raise `Forbidden`, `EventNotFound`, `NotPossibleNow` (over or cancelled), `LostUpdate`, and
    `Problems` when an event on sale could not stay there.
    """

    db: Database
    clock: Clock
    fees: SiteFees = NO_SITE_FEES

    async def change_details(
        self,
        actor: Actor,
        organiser_id: UUID,
        event_id: UUID,
        details: EventDetails,
        *,
        slug: str | None = None,
        revision: int | None = None,
    ) -> StoredEvent:
        """Write new details, and in a draft another address.

        Also raises `Problems` and `BadSlug` for what cannot be right, `CurrencyFixed`, `SlugFixed`,
        `SlugTaken`.
        """
        accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
        wanted = events.checked_event(details)
        address = None if slug is None else events.checked_slug(slug)

        async def story(tx: Transaction) -> StoredEvent:
            before = await self._editable(tx, organiser_id, event_id, revision)
            events.check_playlist(wanted.online_url, before.details.online_url)
            kept = await self._with_fees(tx, organiser_id, before.details, wanted)
            changed = events.changed_fields(before.details, kept)
            if address is not None and address != before.slug:
                before = await self._move_to(tx, before, address)
                changed = ("slug", *changed)
            if not changed:
                return before
            if "currency" in changed:
                await _refuse_priced(tx, event_id)
            if before.state is EventState.ON_SALE:
                # Asked before it is written too: the table keeps no published event that is nowhere.
                await require_ready(tx, self.clock, replace(before, details=kept), is_on_sale=True)
            new_terms = not events.TERMS.isdisjoint(changed)
            name = (await accounts.organiser(tx, organiser_id)).name
            after = await events.update_event(
                tx, organiser_id, event_id, kept, self.clock.now(), organiser_name=name, new_terms=new_terms
            )
            if after.state is EventState.ON_SALE and not frozenset(events.MOVING).isdisjoint(changed):
                # Ticket holders are told, some minutes later, in case more is changed (`tell_moved`).
                known, tell_at = events.whereabouts(before.details), self.clock.now() + GATHER
                await events.note_move(tx, organiser_id, event_id, known, after.terms_version, tell_at)
            await self._settle(tx, actor, after, changed, new_terms=new_terms)
            return after

        return await self.db.run(story)

    async def add_type(
        self,
        actor: Actor,
        organiser_id: UUID,
        event_id: UUID,
        plan: TypePlan,
        *,
        type_id: UUID | None = None,
        revision: int | None = None,
    ) -> OfferedType:
        """Add a ticket type; the same `type_id` again changes nothing. Also raises `Problems` for what
        cannot be right, `UnknownPool`, `TooManyTypes`.
        """
        details = _checked(plan)

        async def change(tx: Transaction, found: StoredEvent) -> OfferedType:
            types = await events.types(tx, event_id)
            known = next((one for one in types if one.id == type_id), None)
            if known is not None:
                return known
            if len(types) >= events.TYPES_MAX:
                raise events.TooManyTypes(most=events.TYPES_MAX)
            new_id = type_id or uuid7()
            made = await events.insert_type(tx, organiser_id, event_id, new_id, details, self.clock.now())
            own = await _own_pool(tx, found, made, plan.capacity)
            await _draw(tx, found, made.id, own, plan.shared_pool_ids)
            await keep_step_pools(tx, found, details, types)
            return made

        return await self._edit(actor, organiser_id, event_id, revision, "types", change)

    async def change_type(
        self,
        actor: Actor,
        organiser_id: UUID,
        event_id: UUID,
        type_id: UUID,
        plan: TypePlan,
        *,
        revision: int | None = None,
    ) -> OfferedType:
        """Write a ticket type anew. Orders already placed keep their price.

        Also raises `TypeNotFound`, `Problems`, `UnknownPool`, `CapacityBelowSold`, and `PoolsFixed` when it
        would draw on other pools although places are taken.
        """
        details = _checked(plan)

        async def change(tx: Transaction, found: StoredEvent) -> OfferedType:
            made = await events.update_type(tx, organiser_id, event_id, type_id, details)
            await self._change_pools(tx, found, made, plan)
            others = [one for one in await events.types(tx, event_id) if one.id != type_id]
            await keep_step_pools(tx, found, details, others)
            return made

        return await self._edit(actor, organiser_id, event_id, revision, "types", change)

    async def remove_type(
        self, actor: Actor, organiser_id: UUID, event_id: UUID, type_id: UUID, *, revision: int | None = None
    ) -> None:
        """Remove a ticket type nobody ever ordered. Also raises `TypeNotFound`, `PlacesTaken`,
        `TypeHasOrders`.
        """

        async def change(tx: Transaction, found: StoredEvent) -> None:
            taken = (await places_taken(tx, event_id)).get(type_id)
            if taken is None:
                raise events.TypeNotFound
            if taken.held or taken.sold:
                raise events.PlacesTaken(held=taken.held, sold=taken.sold)
            if taken.was_ordered:
                raise events.TypeHasOrders
            for bundle in found.details.prices.bundles:
                if any(part == type_id for part, _ in bundle.components):
                    raise events.TypeInUse(bundle=bundle.name)
            own = await _own_pool_id(tx, event_id, type_id)
            await inventory.set_draws(tx, event_id, type_id, [])
            await events.delete_type(tx, organiser_id, event_id, type_id)
            if own is not None:
                # A pool that expired holds still point at stays behind, without a type and without a use.
                await inventory.remove_pool(tx, organiser_id, own)

        await self._edit(actor, organiser_id, event_id, revision, "types", change)

    async def add_pool(
        self,
        actor: Actor,
        organiser_id: UUID,
        event_id: UUID,
        name: str,
        capacity: int,
        *,
        pool_id: UUID | None = None,
    ) -> UUID:
        """Make a pool that several ticket types can share; its id, the same for the same `pool_id`. Also
        raises `Missing`, `TooLong`, `OutOfRange`.
        """
        kept_name, places = events.checked_pool_name(name), events.checked_capacity(capacity)

        async def change(tx: Transaction, found: StoredEvent) -> UUID:
            if len(await inventory.levels(tx, event_id)) >= 2 * events.TYPES_MAX:
                raise events.TooManyTypes(most=2 * events.TYPES_MAX)
            pool = inventory.NewPool(
                pool_id or uuid7(), event_id, organiser_id, kept_name, places, is_shared=True
            )
            await inventory.create_pool(tx, pool)
            return pool.id

        return await self._edit(actor, organiser_id, event_id, None, "pools", change)

    async def change_pool(
        self, actor: Actor, organiser_id: UUID, event_id: UUID, pool_id: UUID, name: str, capacity: int
    ) -> None:
        """Rename and resize a shared pool. Also raises `PoolNotFound`, `CapacityBelowSold`, and as
        `add_pool`.
        """
        kept_name, places = events.checked_pool_name(name), events.checked_capacity(capacity)

        async def change(tx: Transaction, found: StoredEvent) -> None:
            await _require_shared(tx, event_id, pool_id)
            await inventory.rename_pool(tx, organiser_id, pool_id, kept_name)
            await inventory.resize_pool(tx, organiser_id, pool_id, places)

        await self._edit(actor, organiser_id, event_id, None, "pools", change)

    async def remove_pool(self, actor: Actor, organiser_id: UUID, event_id: UUID, pool_id: UUID) -> None:
        """Remove a shared pool that no ticket type draws on. Also raises `PoolNotFound`, `PoolInUse`."""

        async def change(tx: Transaction, found: StoredEvent) -> None:
            await _require_shared(tx, event_id, pool_id)
            if not await inventory.remove_pool(tx, organiser_id, pool_id):
                raise events.PoolInUse

        await self._edit(actor, organiser_id, event_id, None, "pools", change)

    async def _edit(
        self,
        actor: Actor,
        organiser_id: UUID,
        event_id: UUID,
        revision: int | None,
        what: str,
        change: Callable[[Transaction, StoredEvent], Awaitable[T]],
    ) -> T:
        accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)

        async def story(tx: Transaction) -> T:
            await self._editable(tx, organiser_id, event_id, revision)
            after = await events.touch(tx, organiser_id, event_id, self.clock.now(), new_terms=True)
            await _open(tx, after)
            result = await change(tx, after)
            await self._settle(tx, actor, after, (what,), new_terms=True)
            return result

        return await self.db.run(story)

    async def _with_fees(
        self, tx: Transaction, organiser_id: UUID, before: EventDetails, after: EventDetails
    ) -> EventDetails:
        """The site's fees are not changed here; in another currency they are others."""
        site, was = after.prices, before.prices
        set_by_site = site.processing, site.is_site_fee, site.platform_most_minor
        if set_by_site != (was.processing, was.is_site_fee, was.platform_most_minor):
            raise events.FeesAreTheSites(field="prices.processing")
        if not was.is_site_fee:
            return after
        if (after.fee_bps, after.fee_fixed_minor) != (before.fee_bps, before.fee_fixed_minor):
            raise events.FeesAreTheSites(field="fee_bps")
        if after.currency == before.currency:
            return after
        return (await agreed_fees(tx, self.fees, organiser_id, self.clock.now())).on(after)

    async def _move_to(self, tx: Transaction, found: StoredEvent, address: str) -> StoredEvent:
        if found.state is not EventState.DRAFT:
            raise events.SlugFixed(field="slug")
        return await events.rename_slug(tx, found.organiser_id, found.id, address, self.clock.now())

    async def _editable(
        self, tx: Transaction, organiser_id: UUID, event_id: UUID, revision: int | None
    ) -> StoredEvent:
        found = await events.lock(tx, organiser_id, event_id)
        if found.state not in events.EDITABLE:
            raise events.NotPossibleNow(state=found.state.value, state_words=events.WORDS[found.state])
        if revision is not None and revision != found.revision:
            raise events.LostUpdate(revision=found.revision)
        return found

    async def _settle(
        self, tx: Transaction, actor: Actor, after: StoredEvent, changed: tuple[str, ...], *, new_terms: bool
    ) -> None:
        if new_terms:
            # Again, because the change may have made a pool.
            await _open(tx, after)
        # Whatever does not fit together is refused now, and not to a buyer.
        events.price_rules(events.offer_of(after, await events.types(tx, after.id)))
        if after.state is EventState.ON_SALE:
            await require_ready(tx, self.clock, after, is_on_sale=True)
        fact = events.EventChanged(
            subject_id=after.id,
            organiser_id=after.organiser_id,
            changed=changed,
            terms_version=after.terms_version,
        )
        await announce(tx, [fact], actor.label)

    async def _change_pools(
        self, tx: Transaction, found: StoredEvent, made: OfferedType, plan: TypePlan
    ) -> None:
        before = set((await inventory.draws(tx, found.id)).get(made.id, ()))
        own = await _own_pool_id(tx, found.id, made.id)
        if own is not None and plan.capacity is not None:
            await inventory.rename_pool(tx, found.organiser_id, own, made.name)
            await inventory.resize_pool(tx, found.organiser_id, own, plan.capacity)
        if (own is None) == (plan.capacity is None) and before - {own} == set(plan.shared_pool_ids):
            return
        taken = (await places_taken(tx, found.id))[made.id]
        if taken.held or taken.sold:
            raise events.PoolsFixed(field="shared_pool_ids")
        kept = own if plan.capacity is not None else None
        if kept is None:
            kept = await _own_pool(tx, found, made, plan.capacity)
        await _draw(tx, found, made.id, kept, plan.shared_pool_ids)
        if own is not None and kept != own:
            await inventory.remove_pool(tx, found.organiser_id, own)


def _checked(plan: TypePlan) -> TypeDetails:
    details = events.checked_type(plan.details)
    if plan.capacity is not None:
        events.checked_capacity(plan.capacity)
    return details


async def _open(tx: Transaction, found: StoredEvent) -> None:
    await inventory.open_pools(tx, found.id, found.terms_version, is_open=found.state is EventState.ON_SALE)


async def _own_pool(
    tx: Transaction, found: StoredEvent, made: OfferedType, capacity: int | None
) -> UUID | None:
    if capacity is None:
        return None
    pool = inventory.NewPool(uuid7(), found.id, found.organiser_id, made.name, capacity, is_shared=False)
    await inventory.create_pool(tx, pool)
    return pool.id


async def _own_pool_id(tx: Transaction, event_id: UUID, type_id: UUID) -> UUID | None:
    levels = await inventory.levels(tx, event_id)
    drawn = (await inventory.draws(tx, event_id)).get(type_id, ())
    return next((pool_id for pool_id in drawn if not levels[pool_id].is_shared), None)


async def _draw(
    tx: Transaction, found: StoredEvent, type_id: UUID, own: UUID | None, shared: Sequence[UUID]
) -> None:
    levels = await inventory.levels(tx, found.id)
    if any(pool_id not in levels or not levels[pool_id].is_shared for pool_id in shared):
        raise events.UnknownPool(field="shared_pool_ids")
    await inventory.set_draws(
        tx, found.id, type_id, [*([] if own is None else [own]), *dict.fromkeys(shared)]
    )


async def _require_shared(tx: Transaction, event_id: UUID, pool_id: UUID) -> None:
    level = (await inventory.levels(tx, event_id)).get(pool_id)
    if level is None or not level.is_shared:
        raise inventory.PoolNotFound


async def _refuse_priced(tx: Transaction, event_id: UUID) -> None:
    if any(one.price_minor for one in await events.types(tx, event_id)):
        raise events.CurrencyFixed(field="currency")
