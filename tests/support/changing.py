"""Makers: an event with tickets at several prices, and a paid order whose tickets may be changed."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from admitone import events, inventory, ledger, orders, payments, tickets
from admitone.assembly import Assembly
from admitone.events import EventState, TypeDetails
from admitone.flows.exchange_plan import ChangeWish
from admitone.orders import OrderRow
from admitone.plumbing.database import Transaction
from admitone.pricing import ChangePolicy, as_change_record
from admitone.values.ids import uuid7
from tests.support.onsale import OnSale, TypeOnSale, buy, details, pool, put_on_sale

STANDING = TypeOnSale("Standing", 2500, 10)
SEATED = TypeOnSale("Seated", 3000, 10)
BALCONY = TypeOnSale("Balcony", 2000, 10)
FREE = TypeOnSale("Guest list", 0, 10)
TYPES = (STANDING, SEATED, BALCONY, FREE)
UP, DOWN, GRATIS = 1, 2, 3
CHANGES = as_change_record(ChangePolicy(48))


@dataclass(frozen=True, slots=True)
class Changeable:
    """A paid order of somebody, its tickets, and what they can see of it."""

    site: Assembly
    show: OnSale
    order: OrderRow
    tickets: list[tickets.Ticket]

    @property
    def ids(self) -> list[UUID]:
        """Its tickets' ids."""
        return [one.id for one in self.tickets]

    def wish(
        self, at: int = UP, count: int = 1, *, show: OnSale | None = None, with_fee: bool = True
    ) -> ChangeWish:
        """The first so many tickets for one of the types of the event, or of another."""
        to = show or self.show
        return ChangeWish(tuple(self.ids[:count]), to.event_id, to.types[at], with_fee)

    async def now(self, order_id: UUID | None = None) -> OrderRow:
        """The order as it is."""
        async with self.site.database.reading() as reader:
            return await orders.by_id(reader, order_id or self.order.id)

    async def valid(self, order_id: UUID | None = None) -> list[UUID]:
        """Its tickets that open a door."""
        async with self.site.database.reading() as reader:
            found = await tickets.by_order(reader, order_id or self.order.id)
        return [one.id for one in found if one.state == tickets.TicketState.VALID]

    async def refunds(self) -> list[payments.Refund]:
        """What goes back of the payments of its family."""
        async with self.site.database.reading() as reader:
            family = await orders.family(reader, self.order.family_id)
            return await payments.refunds_of(reader, family)

    async def back(self) -> list[int]:
        """The amounts of these."""
        return sorted(one.amount_minor for one in await self.refunds())

    async def sold(self) -> list[int]:
        """Sold places by type."""
        async with self.site.database.reading() as reader:
            levels = await inventory.levels(reader, self.show.event_id)
        return [levels[pool].sold for pool in self.show.pools]

    async def books(self, name: str) -> int:
        """The balance of an account."""
        async with self.site.database.reading() as reader:
            return await ledger.balance(reader, name, "EUR")

    async def earned(self) -> int:
        """What the organiser has."""
        return await self.books(f"organiser:{self.show.organiser_id}:pending")


async def another_date(site: Assembly, show: OnSale, *types: TypeOnSale) -> OnSale:
    """Another event of the same organiser, three weeks later."""
    wanted, now, event_id = types or TYPES, site.clock.now(), uuid7()
    starts_at = now + timedelta(days=35)
    later = details(
        now,
        title="Furnace Night, again",
        starts_at=starts_at,
        doors_at=None,
        ends_at=starts_at + timedelta(hours=4),
    )

    async def story(tx: Transaction) -> OnSale:
        slug, organiser_id = f"e-{event_id.hex}", show.organiser_id
        await events.insert_event(
            tx, event_id, organiser_id, slug, later, now, organiser_name="Foundry Presents"
        )
        pools, type_ids = [], []
        for one in wanted:
            pools.append(
                await pool(tx, event_id, organiser_id, one.name, one.capacity or 10, is_shared=False)
            )
            type_ids.append(uuid7())
            kept = TypeDetails(one.name, one.price_minor, per_person_limit=one.per_person_limit)
            await events.insert_type(tx, organiser_id, event_id, type_ids[-1], kept, now)
            await inventory.set_draws(tx, event_id, type_ids[-1], pools[-1:])
        published = await events.move(
            tx, organiser_id, event_id, EventState.ON_SALE, events.before(EventState.ON_SALE), now
        )
        assert published is not None, "a draft"
        await inventory.open_pools(tx, event_id, published.terms_version, is_open=True)
        return replace(show, event_id=event_id, slug=slug, types=tuple(type_ids), pools=tuple(pools))

    return await site.database.run(story)


async def changeable(
    site: Assembly,
    quantity: int = 2,
    *,
    change_policy: dict[str, Any] | None = CHANGES,
    at: int = 0,
    **more: Any,
) -> Changeable:
    """An order of so many standing tickets, paid."""
    show = await put_on_sale(site, *TYPES, change_policy=change_policy, **more)
    paying = await buy(site, show, quantity, at=at)
    async with site.database.reading() as reader:
        order = await orders.by_id(reader, paying.attempt.order_id)
        found = await tickets.by_order(reader, order.id)
    return Changeable(site, show, order, found)
