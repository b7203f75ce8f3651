"""Something to look at after the first start: a demo organiser with six events on sale. Made once, whatever
happens.

Each event is made and published in one transaction and known by its slug, so running this again, or after a
crash half way, only adds what is missing.
"""

from functools import partial
from uuid import UUID

from admitone import accounts, events, inventory, invoices
from admitone.events import EventState
from admitone.flows.demo_events import DemoEvent, demo_events
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import announce
from admitone.values.actor import SYSTEM, Role
from admitone.values.clock import Clock
from admitone.values.ids import short_code, uuid7

ORGANISER_NAME = "Foundry Presents"
ORGANISER_SLUG = "foundry-presents"
OWNER_EMAIL = "demo@admitone.example"
DOOR_EMAIL = "door@admitone.example"


async def put_demo_on_sale(
    db: Database, clock: Clock, passwords: accounts.Passwords, *, owner_password: str, door_password: str
) -> int:
    """Make the demo's people, their organiser and its events, where they are missing; how many events were
    made.

    A password is set only for a person who has none: whoever changed theirs keeps it.
    """
    owner_id = await _person(db, clock, passwords, OWNER_EMAIL, "Ada Obi", owner_password)
    door_id = await _person(db, clock, passwords, DOOR_EMAIL, "Tunde Bello", door_password)
    organiser_id = await db.run(lambda tx: _organiser(tx, clock, owner_id, door_id))
    return await put_on_sale(db, clock, organiser_id)


async def _person(
    db: Database, clock: Clock, passwords: accounts.Passwords, email: str, name: str, password: str
) -> UUID:
    async with db.reading() as reader:
        known = await accounts.credentials(reader, email)
    if known is not None and known.password_hash is not None:
        return known.person_id
    hashed = await passwords.hash(password)

    async def story(tx: Transaction) -> UUID:
        person_id, _ = await accounts.arrive(tx, email, name, clock.now())
        found = await accounts.credentials_of(tx, person_id)
        if found is None or found.password_hash is None:
            await accounts.set_password(tx, person_id, None, hashed)
        return person_id

    return await db.run(story)


async def _organiser(tx: Transaction, clock: Clock, owner_id: UUID, door_id: UUID) -> UUID:
    """The demo owner's organiser. Never one that only happens to have the same address."""
    for post in await accounts.organisers_of(tx, owner_id):
        if post.role is Role.OWNER and post.organiser.name == ORGANISER_NAME:
            return post.organiser.id
    organiser_id = uuid7()
    for slug in (ORGANISER_SLUG, f"{ORGANISER_SLUG}-{short_code(6).lower()}"):
        if await accounts.create_organiser(
            tx, organiser_id, slug, ORGANISER_NAME, OWNER_EMAIL, owner_id, clock.now()
        ):
            break
    await accounts.add_member(tx, organiser_id, door_id, Role.DOOR, clock.now())
    await invoices.save_seller(tx, _seller(organiser_id))
    fact = accounts.OrganiserCreated(subject_id=organiser_id, organiser_id=organiser_id, owner_id=owner_id)
    await announce(tx, [fact], SYSTEM.label)
    return organiser_id


def _seller(organiser_id: UUID) -> invoices.Seller:
    """Who the organiser is on invoices: nobody, so without a VAT id."""
    return invoices.Seller(
        organiser_id,
        legal_name=f"{ORGANISER_NAME} GmbH",
        address_lines=("Gerichtstraße 23", "13347 Berlin"),
        country="DE",
        tax_number="29/123/45678",
        email=OWNER_EMAIL,
        footer="An organiser of the demo. Nothing here was really sold.",
        prefix="FOUNDRY",
    )


async def put_on_sale(db: Database, clock: Clock, organiser_id: UUID) -> int:
    """Make and publish those of the six events that are not there yet; how many were made."""
    made = 0
    for demo in demo_events(clock.now()):
        made += await db.run(partial(_make, clock=clock, organiser_id=organiser_id, demo=demo))
    return made


async def _make(tx: Transaction, clock: Clock, organiser_id: UUID, demo: DemoEvent) -> bool:
    event_id = uuid7()
    details = events.checked_event(demo.details)
    slug = events.slug_of(details.title)
    name = (await accounts.organiser(tx, organiser_id)).name
    is_test = await accounts.kept_mode(tx, organiser_id) == "test"
    draft = await events.insert_event(
        tx, event_id, organiser_id, slug, details, clock.now(), organiser_name=name, is_test=is_test
    )
    if draft is None:
        return False
    if demo.stream is not None:
        await events.write_stream(tx, organiser_id, event_id, demo.stream, details.online_url, clock.now())
    shared: dict[str, UUID] = {}
    for name, capacity in demo.pools:
        shared[name] = await _pool(tx, event_id, organiser_id, name, capacity, is_shared=True)
    for at, planned in enumerate(demo.types):
        type_id = uuid7()
        pools = [shared[name] for name in planned.shared]
        if planned.capacity is not None:
            own = await _pool(
                tx, event_id, organiser_id, planned.details.name, planned.capacity, is_shared=False
            )
            pools.append(own)
        kept = events.checked_type(planned.details)
        made = await events.insert_type(tx, organiser_id, event_id, type_id, kept, clock.now())
        assert made.number == at + 1, "types are numbered from one"
        await inventory.set_draws(tx, event_id, type_id, pools)
    published = await events.move(
        tx,
        organiser_id,
        event_id,
        EventState.ON_SALE,
        events.before(EventState.ON_SALE),
        clock.now(),
    )
    assert published is not None, "a draft made a moment ago"
    await inventory.open_pools(tx, event_id, published.terms_version, is_open=True)
    facts = [
        events.EventDrafted(subject_id=event_id, organiser_id=organiser_id),
        events.EventPublished(
            subject_id=event_id, organiser_id=organiser_id, terms_version=published.terms_version
        ),
    ]
    await announce(tx, facts, SYSTEM.label)
    return True


async def _pool(
    tx: Transaction, event_id: UUID, organiser_id: UUID, name: str, capacity: int, *, is_shared: bool
) -> UUID:
    pool = inventory.NewPool(uuid7(), event_id, organiser_id, name, capacity, is_shared)
    await inventory.create_pool(tx, pool)
    return pool.id
