"""What tests at a door need: organisers, events, and tickets people hold."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from admitone import tickets
from admitone.flows.admit import ScanIn
from admitone.plumbing.database import Database
from admitone.plumbing.signing import KeyRing
from admitone.values.actor import Actor, Role
from admitone.values.ids import short_code, uuid7

START = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
DOOR = "Mill Lane door"

_ORGANISER = """
    INSERT INTO accounts_organiser (id, slug, name, contact_email, created_at)
    VALUES (:organiser_id, :slug, 'Mill Lane', 'hello@mill.example', :now)
"""
_EVENT = """
    INSERT INTO events_event (id, organiser_id, slug, title, summary, description_md, category, accent,
        poster_style, state, currency, zone, venue_name, starts_at, ends_at, fee_bps, fee_fixed_minor,
        fee_paid_by, tax_bps, tax_mode, tax_name, refund_text, search_text, terms_version, created_at,
        updated_at)
    VALUES (:event_id, :organiser_id, :slug, 'Jazz', '', '', 'music', 'ultra', 'rings', 'on_sale', 'EUR',
        'Europe/Berlin', 'Mill', :now, CAST(:now AS timestamptz) + interval '2 hours', 0, 0, 'buyer', 0,
        'included', '', '', '', 1, :now, :now)
    RETURNING number
"""
_TYPE = """
    INSERT INTO events_ticket_type (id, event_id, organiser_id, number, name, description, price_minor,
        per_person_limit, position, is_offered, created_at)
    VALUES (:type_id, :event_id, :organiser_id, 1, 'General admission', '', 2500, 1000, 1, true, :now)
"""
_HOLD = """
    INSERT INTO inventory_hold (id, event_id, organiser_id, state, terms_version, order_id, created_at,
        held_until)
    VALUES (:hold_id, :event_id, :organiser_id, 'sold', 1, :order_id, :now, :now)
"""
_ORDER = """
    INSERT INTO orders_order (id, code, event_id, organiser_id, hold_id, email, email_key, name, state,
        currency, total_minor, fee_minor, tax_minor, quote, placed_at, pay_until, paid_at, version)
    VALUES (:order_id, :code, :event_id, :organiser_id, :hold_id, :email, :email, :name, 'paid', 'EUR',
        :total, 0, 0, '{}', :now, :now, :now, 1)
"""
_LINE = """
    INSERT INTO orders_line (id, order_id, event_id, ticket_type_id, number, name, quantity, unit_price_minor,
        unit_fee_minor, unit_tax_minor, unit_total_minor, total_minor, attendee_names)
    VALUES (:line_id, :order_id, :event_id, :type_id, 1, 'General admission', :quantity, 2500, 0, 0, 2500,
        :total, '{}')
"""


@dataclass(frozen=True, slots=True)
class House:
    """An organiser with one event on sale, and somebody who works at its doors."""

    organiser_id: UUID
    event_id: UUID
    event_number: int
    type_id: UUID
    doorkeeper: Actor


async def put_house(database: Database, organiser_id: UUID | None = None) -> House:
    """An event of an organiser of its own, or of one that is there."""
    event_id, type_id, owner = uuid7(), uuid7(), organiser_id or uuid7()
    names = {"event_id": event_id, "type_id": type_id, "organiser_id": owner, "now": START}
    async with database.transaction() as tx:
        if organiser_id is None:
            await tx.execute(text(_ORGANISER), {"organiser_id": owner, "slug": short_code(), "now": START})
        wanted = {name: names[name] for name in ("event_id", "organiser_id", "now")}
        number = (await tx.execute(text(_EVENT), wanted | {"slug": short_code()})).scalar_one()
        await tx.execute(text(_TYPE), names)
    return House(owner, event_id, number, type_id, doorkeeper(owner))


def doorkeeper(organiser_id: UUID) -> Actor:
    """Somebody signed in who works at this organiser's doors."""
    return Actor.person(uuid7(), roles=((organiser_id, Role.DOOR),))


async def put_line(
    database: Database,
    house: House,
    *,
    quantity: int = 1,
    name: str = "Ada Obi",
    email: str = "ada@example.org",
) -> tickets.IssueRequest:
    """A paid order of one line whose tickets are still to be issued."""
    ids = {key: uuid7() for key in ("order_id", "hold_id", "line_id")}
    names = {
        **ids,
        "event_id": house.event_id,
        "organiser_id": house.organiser_id,
        "type_id": house.type_id,
        "code": short_code(),
        "email": email,
        "name": name,
        "now": START,
        "quantity": quantity,
        "total": 2500 * quantity,
    }
    async with database.transaction() as tx:
        for statement in (_HOLD, _ORDER, _LINE):
            await tx.execute(
                text(statement), {key: value for key, value in names.items() if f":{key}" in statement}
            )
    return tickets.IssueRequest(
        order_id=ids["order_id"],
        order_line_id=ids["line_id"],
        event_id=house.event_id,
        event_number=house.event_number,
        organiser_id=house.organiser_id,
        ticket_type_id=house.type_id,
        type_number=1,
        quantity=quantity,
        attendee_names=(),
        valid_from_minute=29_000_000,
        valid_minutes=50_000,
    )


async def put_tickets(
    database: Database, house: House, ring: KeyRing, *, quantity: int = 1, name: str = "Ada Obi"
) -> list[tickets.Ticket]:
    """Tickets of one paid order."""
    line = await put_line(database, house, quantity=quantity, name=name)
    return await database.run(lambda tx: tickets.issue(tx, ring, [line]))


def scan_in(house: House, code: str, *, scan_id: UUID | None = None, door: str = DOOR) -> ScanIn:
    """A scan of this text at the event's door."""
    return ScanIn(scan_id=scan_id or uuid7(), event_id=house.event_id, code=code, door=door)


async def count(database: Database, table: str) -> int:
    """How many rows there are."""
    async with database.reading() as reader:
        return int((await reader.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def drift(database: Database) -> list[tuple[object, ...]]:
    """Events whose tally is not the number of their admissions; admissions without exactly one admitting
    scan.
    """
    async with database.reading() as reader:
        rows = await reader.execute(
            text(
                """
                SELECT 'tally', event_id::text
                FROM (SELECT event_id, count(*) AS n FROM checkin_admission GROUP BY event_id) AS real
                FULL JOIN checkin_tally USING (event_id)
                WHERE coalesce(n, 0) <> coalesce(admitted, 0)
                UNION ALL
                SELECT 'scan', ticket_id::text FROM checkin_admission AS admission
                WHERE 1 <> (SELECT count(*) FROM checkin_scan AS scan
                            WHERE scan.ticket_id = admission.ticket_id AND scan.verdict = 'admitted')
                UNION ALL
                SELECT 'admission', id::text FROM checkin_scan AS scan
                WHERE verdict = 'admitted' AND NOT EXISTS (
                    SELECT FROM checkin_admission AS admission
                    WHERE admission.ticket_id = scan.ticket_id AND admission.scan_id = scan.id)
                UNION ALL
                SELECT 'fact', ticket_id::text FROM checkin_admission AS admission
                WHERE 1 <> (SELECT count(*) FROM journal_fact
                            WHERE kind = 'checkin.admitted' AND subject_id = admission.ticket_id)
                """
            )
        )
        return [tuple(row) for row in rows]
