"""Makers: an organiser with an event on sale, and buyers that go part of the way or all of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from admitone import accounts, events, inventory
from admitone.assembly import Assembly
from admitone.events import EventDetails, EventState, TypeDetails
from admitone.flows.order_wish import OrderWish
from admitone.flows.payment import Paying
from admitone.flows.purchase import HoldWish
from admitone.orders import OrderRow
from admitone.plumbing.database import Database, Transaction
from admitone.reads import invariants
from admitone.values.actor import Actor, Role
from admitone.values.ids import uuid7


@dataclass(frozen=True, slots=True)
class TypeOnSale:
    """A ticket type to make: its own pool's capacity, or shared with the whole event when None."""

    name: str
    price_minor: int
    capacity: int | None
    per_person_limit: int = 10


@dataclass(frozen=True, slots=True)
class OnSale:
    """An event on sale, with the ids a test needs."""

    event_id: UUID
    slug: str
    organiser_id: UUID
    owner: Actor
    door: Actor
    types: tuple[UUID, ...]
    pools: tuple[UUID, ...]


FREE = TypeOnSale("Guest list", 0, 10)
PAID = TypeOnSale("General admission", 2500, 10)


def details(
    now: datetime, *, title: str = "Furnace Night", currency: str = "EUR", **changes: object
) -> EventDetails:
    """An event two weeks from now, without fee and tax unless changed."""
    start = now + timedelta(days=14)
    given: dict[str, object] = {
        "title": title,
        "summary": "Eleven players and two drum kits.",
        "description_md": "Doors are early.",
        "category": "music",
        "accent": "ultra",
        "poster_style": "bars",
        "currency": currency,
        "zone": "Europe/Berlin",
        "venue_name": "The Old Foundry",
        "venue_address": "14 Foundry Road",
        "city": "Berlin",
        "country": "DE",
        "online_url": None,
        "starts_at": start,
        "ends_at": start + timedelta(hours=4),
        "doors_at": start - timedelta(hours=1),
        "tax_name": "VAT",
        "refund_text": "Full refund until the day before.",
    }
    return EventDetails(**{**given, **changes})  # type: ignore[arg-type]


async def put_on_sale(
    site: Assembly,
    *types: TypeOnSale,
    shared: int | None = None,
    title: str = "Furnace Night",
    **changes: object,
) -> OnSale:
    """An organiser with one published event. `shared` is the capacity of a pool that every type also draws on."""
    wanted = types or (PAID,)
    now = site.clock.now()

    async def story(tx: Transaction) -> OnSale:
        owner = await person(tx, site, f"owner-{uuid7().hex}@example.org")
        door = await person(tx, site, f"door-{uuid7().hex}@example.org")
        organiser_id, event_id = uuid7(), uuid7()
        await accounts.create_organiser(
            tx, organiser_id, f"o-{organiser_id.hex}", "Foundry Presents", "hello@example.org", owner, now
        )
        await accounts.add_member(tx, organiser_id, door, Role.DOOR, now)
        slug = f"e-{event_id.hex}"
        made = await events.insert_event(
            tx,
            event_id,
            organiser_id,
            slug,
            details(now, title=title, **changes),  # type: ignore[arg-type]
            now,
            organiser_name="Foundry Presents",
        )
        assert made is not None, "a fresh slug"
        pools: list[UUID] = []
        if shared is not None:
            pools.append(await pool(tx, event_id, organiser_id, "All places", shared, is_shared=True))
        type_ids = []
        for one in wanted:
            drawn = pools[:1] if shared is not None else []
            if one.capacity is not None:
                pools.append(await pool(tx, event_id, organiser_id, one.name, one.capacity, is_shared=False))
                drawn = [*drawn, pools[-1]]
            type_id = uuid7()
            await events.insert_type(
                tx,
                organiser_id,
                event_id,
                type_id,
                TypeDetails(one.name, one.price_minor, per_person_limit=one.per_person_limit),
                now,
            )
            await inventory.set_draws(tx, event_id, type_id, drawn)
            type_ids.append(type_id)
        published = await events.move(
            tx, organiser_id, event_id, EventState.ON_SALE, events.before(EventState.ON_SALE), now
        )
        assert published is not None, "a draft"
        await inventory.open_pools(tx, event_id, published.terms_version, is_open=True)
        return OnSale(
            event_id,
            slug,
            organiser_id,
            member(owner, organiser_id, Role.OWNER),
            member(door, organiser_id, Role.DOOR),
            tuple(type_ids),
            tuple(pools),
        )

    return await site.database.run(story)


async def person(tx: Transaction, site: Assembly, email: str) -> UUID:
    """A person with a proven address."""
    return (await accounts.arrive(tx, email, "Ada Obi", site.clock.now()))[0]


def member(person_id: UUID, organiser_id: UUID, role: Role) -> Actor:
    """Somebody signed in who works for the organiser."""
    return Actor.person(person_id, session_id=uuid7(), roles=((organiser_id, role),))


async def pool(
    tx: Transaction, event_id: UUID, organiser_id: UUID, name: str, capacity: int, *, is_shared: bool
) -> UUID:
    """A pool of places."""
    made = inventory.NewPool(uuid7(), event_id, organiser_id, name, capacity, is_shared)
    await inventory.create_pool(tx, made)
    return made.id


def wish(show: OnSale, quantity: int = 1, at: int = 0) -> HoldWish:
    """So many of one of the event's ticket types."""
    return HoldWish(show.event_id, ((show.types[at], quantity),))


async def place(
    site: Assembly, show: OnSale, quantity: int = 1, *, at: int = 0, email: str | None = None
) -> OrderRow:
    """Hold and order."""
    held = await site.purchase.hold(wish(show, quantity, at))
    return await site.purchase.place(
        OrderWish(held.hold_id, email or f"b{uuid7().hex}@example.org", "Ada Obi")
    )


async def buy(
    site: Assembly, show: OnSale, quantity: int = 1, *, at: int = 0, email: str | None = None
) -> Paying:
    """Hold, order, pay with the sandbox's instant push."""
    order = await place(site, show, quantity, at=at, email=email)
    return await site.payment.pay(order.id, "sandbox:push")


async def must_hold(database: Database) -> None:
    """Every invariant holds now."""
    async with database.reading() as reader:
        broken = await invariants.broken(reader)
    assert broken == [], "\n".join(f"{one.invariant.name}: {one.rows}" for one in broken)
