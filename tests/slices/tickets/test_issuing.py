"""Tickets come once per unit, change hands, die; what they carry is exact."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from admitone import tickets
from admitone.plumbing.database import Database
from admitone.plumbing.signing import KeyRing
from admitone.values.ids import uuid7
from tests.support.door import count, put_house, put_line, put_tickets

RING = KeyRing.generate(7)


async def test_every_unit_of_every_line_becomes_one_ticket(db: Database) -> None:
    house = await put_house(db)
    first = replace(await put_line(db, house, quantity=3), attendee_names=("Ada", "", "Chi"))
    second = await put_line(db, house, quantity=1)
    made = await db.run(lambda tx: tickets.issue(tx, RING, [first, second]))
    assert [(one.order_line_id, one.unit, one.holder_name) for one in made] == [
        (first.order_line_id, 1, "Ada"),
        (first.order_line_id, 2, None),
        (first.order_line_id, 3, "Chi"),
        (second.order_line_id, 1, None),
    ]
    assert len({one.serial for one in made}) == 4
    assert all(0 < one.serial < 2**63 for one in made)
    assert {(one.state, one.key_id, one.reissue) for one in made} == {("valid", 7, 0)}
    async with db.reading() as reader:
        assert await tickets.by_order(reader, first.order_id) == made[:3]
        assert await tickets.by_orders(reader, [first.order_id, second.order_id, uuid7()]) == {
            first.order_id: made[:3],
            second.order_id: made[3:],
        }
        assert await tickets.by_id(reader, made[3].id) == made[3]
        with pytest.raises(tickets.TicketNotFound):
            await tickets.by_id(reader, uuid7())


async def test_nothing_asked_is_nothing_issued(db: Database) -> None:
    assert await db.run(lambda tx: tickets.issue(tx, RING, [])) == []


async def test_asked_twice_the_same_tickets_are_given(db: Database) -> None:
    house = await put_house(db)
    line = await put_line(db, house, quantity=2)
    first = await db.run(lambda tx: tickets.issue(tx, RING, [line]))
    assert await db.run(lambda tx: tickets.issue(tx, RING, [line])) == first
    more = await db.run(lambda tx: tickets.issue(tx, RING, [replace(line, quantity=3)]))
    assert more[:2] == first
    assert [one.unit for one in more] == [1, 2, 3]
    assert await count(db, "tickets_ticket") == 3


async def test_asked_at_the_same_moment_the_tickets_are_issued_once(db: Database) -> None:
    house = await put_house(db)
    line = await put_line(db, house, quantity=5)
    answers = await asyncio.gather(*(db.run(lambda tx: tickets.issue(tx, RING, [line])) for _ in range(6)))
    assert answers == [answers[0]] * 6
    assert await count(db, "tickets_ticket") == 5


async def test_a_ticket_type_of_another_event_is_refused_by_the_database(db: Database) -> None:
    house, other = await put_house(db), await put_house(db)
    line = replace(await put_line(db, house), ticket_type_id=other.type_id)
    with pytest.raises(IntegrityError):
        await db.run(lambda tx: tickets.issue(tx, RING, [line]))
    assert await count(db, "tickets_ticket") == 0


async def test_only_the_digest_of_a_code_is_stored_and_the_code_is_derived_again(db: Database) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    code = tickets.code_of(ticket, RING)
    assert code == tickets.code_of(ticket, RING)
    parsed = tickets.parse(code)
    assert parsed.payload == tickets.Payload(
        event_number=house.event_number,
        serial=ticket.serial,
        type_number=1,
        reissue=0,
        valid_from_minute=29_000_000,
        valid_minutes=50_000,
        key_id=7,
    )
    assert tickets.verify(parsed, RING.public_keys())
    assert ticket.code_digest == tickets.digest(code)
    async with db.reading() as reader:
        row = (await reader.execute(text("SELECT t::text FROM tickets_ticket AS t"))).scalar_one()
    assert code not in row
    assert code[3:40] not in row


async def test_cancelling_an_order_kills_its_tickets_once(db: Database) -> None:
    house = await put_house(db)
    mine = await put_tickets(db, house, RING, quantity=2)
    [other] = await put_tickets(db, house, RING)
    order_id = mine[0].order_id
    cancelled = await db.run(lambda tx: tickets.cancel(tx, [order_id]))
    assert sorted(cancelled) == sorted(one.id for one in mine)
    assert await db.run(lambda tx: tickets.cancel(tx, [order_id])) == []
    async with db.reading() as reader:
        assert {one.state for one in await tickets.by_order(reader, order_id)} == {"cancelled"}
        assert (await tickets.by_id(reader, other.id)).state == "valid"


async def facts(db: Database) -> list[tuple[object, ...]]:
    """(kind, ticket, actor, body), oldest first."""
    async with db.reading() as reader:
        rows = await reader.execute(
            text("SELECT kind, subject_id, actor, body FROM journal_fact ORDER BY id")
        )
        return [tuple(row) for row in rows]


async def test_a_reissued_ticket_keeps_its_serial_and_changes_its_code(db: Database) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    rotated = RING.with_new_key(8)
    newer = await db.run(lambda tx: tickets.reissue(tx, rotated, ticket.id, actor="guest"))
    assert (newer.serial, newer.reissue, newer.key_id) == (ticket.serial, 1, 8)
    assert tickets.code_of(newer, rotated) != tickets.code_of(ticket, rotated)
    assert tickets.parse(tickets.code_of(newer, rotated)).payload.reissue == 1
    async with db.reading() as reader:
        assert await tickets.by_id(reader, ticket.id) == newer
    body = {"event_id": str(house.event_id), "reissue": 1}
    assert await facts(db) == [("tickets.reissued", ticket.id, "guest", body)]


async def test_reissues_at_the_same_moment_each_count(db: Database) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    made = await asyncio.gather(
        *(db.run(lambda tx: tickets.reissue(tx, RING, ticket.id, actor="guest")) for _ in range(5))
    )
    assert sorted(one.reissue for one in made) == [1, 2, 3, 4, 5]


async def test_what_cannot_be_reissued_stays_as_it_is(db: Database) -> None:
    house = await put_house(db)
    [cancelled] = await put_tickets(db, house, RING)
    await db.run(lambda tx: tickets.cancel(tx, [cancelled.order_id]))
    with pytest.raises(tickets.TicketIsCancelled):
        await db.run(lambda tx: tickets.reissue(tx, RING, cancelled.id, actor="guest"))
    with pytest.raises(tickets.TicketNotFound):
        await db.run(lambda tx: tickets.reissue(tx, RING, uuid7(), actor="guest"))
    [worn] = await put_tickets(db, house, RING)
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE tickets_ticket SET reissue = 255 WHERE id = :id"), {"id": worn.id})
    with pytest.raises(tickets.ReissuedTooOften):
        await db.run(lambda tx: tickets.reissue(tx, RING, worn.id, actor="guest"))
    async with db.reading() as reader:
        assert (await tickets.by_id(reader, worn.id)).code_digest == worn.code_digest
        assert (await tickets.by_id(reader, cancelled.id)).reissue == 0
    assert await facts(db) == []


async def test_another_name_leaves_the_code_alone(db: Database) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    named = await db.run(lambda tx: tickets.rename_holder(tx, ticket.id, "  Ngọzi Eze ", actor="guest"))
    assert named == replace(ticket, holder_name="Ngọzi Eze")
    same = await db.run(lambda tx: tickets.rename_holder(tx, ticket.id, "Ngọzi Eze", actor="guest"))
    assert same == named
    assert (
        await db.run(lambda tx: tickets.rename_holder(tx, ticket.id, " ", actor="guest"))
    ).holder_name is None
    body = {"event_id": str(house.event_id)}
    assert await facts(db) == [("tickets.holder_renamed", ticket.id, "guest", body)] * 2


@pytest.mark.parametrize("name", ["x" * 121, "Ada\nObi", "Ada\x00", "\ud800"])
async def test_a_name_nobody_could_read_is_refused(db: Database, name: str) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    with pytest.raises(tickets.BadHolderName):
        await db.run(lambda tx: tickets.rename_holder(tx, ticket.id, name, actor="guest"))
    async with db.reading() as reader:
        assert await tickets.by_id(reader, ticket.id) == ticket
