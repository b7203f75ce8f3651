"""Events and tickets to measure with, written through the program's own code where speed allows."""

import asyncio
import random
import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import psycopg
from sqlalchemy import make_url

from admitone import accounts, events, inventory, tickets
from admitone.assembly import Assembly, assemble
from admitone.events import EventDetails, EventState, TypeDetails
from admitone.plumbing.database import Transaction
from admitone.tickets import Payload
from admitone.values.actor import Role
from admitone.values.ids import serial64, uuid7
from benchmarks.site import Site

T = TypeVar("T")


@dataclass(frozen=True)
class Show:
    """An event on sale."""

    event_id: uuid.UUID
    slug: str
    organiser_id: uuid.UUID
    type_id: uuid.UUID
    door_id: uuid.UUID


def on(site: Site, story: Callable[[Assembly], Awaitable[T]]) -> T:
    """Run `story` on an assembly of this process."""

    async def main() -> T:
        built = await assemble(site.settings, site.opened, site.role, name="benchmark seed")
        try:
            return await story(built)
        finally:
            await built.close()

    return asyncio.run(main())


async def put_on_sale(built: Assembly, *, capacity: int, price_minor: int) -> Show:
    """One event with one ticket type."""
    now = built.clock.now()
    start = now + timedelta(days=14)
    details = EventDetails(
        title=f"Benchmark {secrets.token_hex(4)}",
        currency="EUR",
        zone="Europe/Berlin",
        starts_at=start,
        ends_at=start + timedelta(hours=4),
        summary="Measured.",
        description_md="Eleven players, two drum kits and the brass section that closed last year's festival.\n"
        * 10,
        venue_name="The Old Foundry",
        venue_address="14 Foundry Road",
        city="Berlin",
        country="DE",
        fee_bps=500,
        tax_bps=1900,
        tax_name="VAT",
    )

    async def story(tx: Transaction) -> Show:
        person_id, _ = await accounts.arrive(tx, f"{secrets.token_hex(6)}@example.org", "Ada Obi", now)
        organiser_id, event_id, type_id = uuid7(), uuid7(), uuid7()
        slug = f"bench-{event_id.hex}"
        await accounts.create_organiser(tx, organiser_id, slug, "Bench", "b@example.org", person_id, now)
        await accounts.add_member(tx, organiser_id, person_id, Role.OWNER, now)
        assert (
            await events.insert_event(tx, event_id, organiser_id, slug, details, now, organiser_name="Bench")
            is not None
        )
        pool = inventory.NewPool(uuid7(), event_id, organiser_id, "General admission", capacity, False)
        await inventory.create_pool(tx, pool)
        kind = TypeDetails("General admission", price_minor, per_person_limit=1000)
        await events.insert_type(tx, organiser_id, event_id, type_id, kind, now)
        await inventory.set_draws(tx, event_id, type_id, [pool.id])
        published = await events.move(
            tx, organiser_id, event_id, EventState.ON_SALE, events.before(EventState.ON_SALE), now
        )
        assert published is not None
        await inventory.open_pools(tx, event_id, published.terms_version, is_open=True)
        return Show(event_id, slug, organiser_id, type_id, person_id)

    return await built.database.run(story)


async def sign_in(built: Assembly, person_id: uuid.UUID) -> str:
    """A session token for the door."""
    now = built.clock.now()
    session = await built.database.run(lambda tx: accounts.begin(tx, person_id, "password", "bench", now))
    return session.token


async def sold_out_house(built: Assembly, show: Show, total: int, to_scan: int) -> list[str]:
    """`total` valid tickets of one big order, written by COPY; the codes of `to_scan` of them."""
    async with built.database.reading() as reader:
        offer = await events.offer(reader, event_id=show.event_id)
    order_id, line_id, hold_id = uuid7(), uuid7(), uuid7()
    first, minutes = events.validity(offer)
    conninfo = make_url(built.database.url).set(drivername="postgresql").render_as_string(hide_password=False)
    codes: list[str] = []
    async with await psycopg.AsyncConnection.connect(conninfo) as connection:
        await connection.execute(
            "INSERT INTO inventory_hold (id, event_id, organiser_id, state, terms_version, order_id, "
            "created_at, held_until) "
            "VALUES (%s, %s, %s, 'sold', 1, %s, now(), now())",
            [hold_id, show.event_id, show.organiser_id, order_id],
        )
        await connection.execute(
            "INSERT INTO orders_order (id, code, event_id, organiser_id, hold_id, email, email_key, name, state, "
            "currency, "
            "total_minor, fee_minor, tax_minor, quote, placed_at, pay_until, paid_at, version) "
            "VALUES (%s, %s, %s, %s, %s, "
            "'a@example.org', 'a@example.org', 'Ada Obi', 'paid', 'EUR', 0, 0, 0, '{}', now(), now(), now(), 1)",
            [order_id, secrets.token_hex(5), show.event_id, show.organiser_id, hold_id],
        )
        await connection.execute(
            "INSERT INTO orders_line (id, order_id, event_id, ticket_type_id, number, name, quantity, "
            "unit_price_minor, "
            "unit_fee_minor, unit_tax_minor, unit_total_minor, total_minor, attendee_names) "
            "VALUES (%s, %s, %s, %s, 1, 'General admission', %s, 0, 0, 0, 0, 0, '{}')",
            [line_id, order_id, show.event_id, show.type_id, total],
        )
        columns = (
            "id, serial, event_id, organiser_id, order_id, order_line_id, unit, ticket_type_id, state, key_id, "
            "event_number, type_number, reissue, valid_from_minute, valid_minutes, code_digest, issued_at"
        )
        async with connection.cursor().copy(f"COPY tickets_ticket ({columns}) FROM STDIN") as copy:
            for unit in range(1, total + 1):
                serial = serial64()
                digest = secrets.token_bytes(32)
                if len(codes) < to_scan and unit % max(1, total // to_scan) == 0:
                    payload = Payload(offer.event_number, serial, 1, 0, first, minutes, built.ring.active)
                    codes.append(tickets.encode(payload, built.ring.signer))
                    digest = tickets.digest(codes[-1])
                await copy.write_row(
                    (
                        uuid7(),
                        serial,
                        show.event_id,
                        show.organiser_id,
                        order_id,
                        line_id,
                        unit,
                        show.type_id,
                        "valid",
                        built.ring.active,
                        offer.event_number,
                        1,
                        0,
                        first,
                        minutes,
                        digest,
                        built.clock.now(),
                    )
                )
        await connection.commit()
        # As autovacuum has done long before doors open: without it the first reader of each page would write it.
        await connection.set_autocommit(True)
        await connection.execute("VACUUM (ANALYZE) tickets_ticket")
    # Nobody arrives in the order in which tickets were sold.
    random.shuffle(codes)
    return codes
