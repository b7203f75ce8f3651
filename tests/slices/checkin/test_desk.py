"""The desk: batches of scans, and what two desks on one database do to each other."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from psycopg.pq.abc import PGresult
from sqlalchemy import text

from admitone import tickets
from admitone.checkin import CodeRead, Desk, ScanAnswer, ScanIdReused, ScanRequest, Verdict
from admitone.plumbing import round_trip
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.signing import KeyRing
from admitone.reads import door_look
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.door import House, count, drift, put_house, put_tickets

RING = KeyRing.generate()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def desk(db: Database) -> Desk:
    """As one process has it."""
    return Desk(db, FrozenClock(NOW), door_look.look)


def scan(house: House, code: str, *, scan_id: UUID | None = None, door: str = "Gate") -> ScanRequest:
    """A scan as the flow hands it to the desk."""
    read = tickets.read_code(code)
    return ScanRequest(
        scan_id=scan_id or uuid7(),
        event_id=house.event_id,
        organiser_id=house.organiser_id,
        person_id=house.doorkeeper.person_id,
        actor=house.doorkeeper.label,
        code=CodeRead(
            digest=read.digest,
            serial=read.serial,
            is_short=read.is_short,
            is_current=read.is_current,
            was_replaced=lambda reissue: read.was_replaced(reissue, RING.public_keys()),
        ),
        door=door,
    )


async def batch(db: Database, requests: list[ScanRequest]) -> list[ScanAnswer | Refusal]:
    """All of them in one transaction."""
    return await db.run(lambda tx: desk(db).run(tx, requests))


async def test_within_a_batch_the_first_to_arrive_goes_in(db: Database) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    code = tickets.code_of(ticket, RING)
    first, second, third = (scan(house, code, door=door) for door in ("Yard", "Gate", "Attic"))
    answers = [one for one in await batch(db, [second, third, first]) if isinstance(one, ScanAnswer)]
    assert [one.verdict for one in answers] == [
        Verdict.ADMITTED,
        Verdict.ALREADY_USED,
        Verdict.ALREADY_USED,
    ]
    assert [one.first_door for one in answers] == [None, "Gate", "Gate"]
    assert [one.scan_id for one in answers] == [second.scan_id, third.scan_id, first.scan_id]
    assert await drift(db) == []


async def test_a_scan_sent_twice_in_one_batch_is_one_scan(db: Database) -> None:
    house = await put_house(db)
    one, other = await put_tickets(db, house, RING, quantity=2)
    asked = scan(house, tickets.code_of(one, RING))
    thief = scan(house, tickets.code_of(other, RING), scan_id=asked.scan_id)
    first, again, reused = await batch(db, [asked, asked, thief])
    assert isinstance(first, ScanAnswer)
    assert first.verdict is Verdict.ADMITTED
    assert again == first
    assert isinstance(reused, ScanIdReused)
    assert await count(db, "checkin_scan") == 1
    assert await count(db, "checkin_admission") == 1
    assert await drift(db) == []


async def test_a_batch_takes_two_messages_however_many_scans_there_are(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await put_house(db)
    made = await put_tickets(db, house, RING, quantity=120)
    statements: list[object] = []
    run = round_trip.run

    async def counted(connection: round_trip.Connection, asked: Sequence[round_trip.Bound]) -> list[PGresult]:
        statements.append(asked)
        return await run(connection, asked)

    monkeypatch.setattr(round_trip, "run", counted)
    for size in (1, 19, 100):
        requests = [scan(house, tickets.code_of(ticket, RING)) for ticket in made[:size]]
        del made[:size]
        statements.clear()
        answers = await batch(db, requests)
        assert {one.verdict for one in answers if isinstance(one, ScanAnswer)} == {Verdict.ADMITTED}
        assert len(statements) == 2
    assert await drift(db) == []


async def test_a_batch_of_everything_at_once(db: Database) -> None:
    house, other = await put_house(db), await put_house(db)
    good, used, gone = [await put_tickets(db, house, RING) for _ in range(3)]
    [foreign] = await put_tickets(db, other, RING)
    await db.run(lambda tx: tickets.cancel(tx, [gone[0].order_id]))
    before = scan(house, tickets.code_of(used[0], RING), door="Yard")
    await batch(db, [before])
    codes = [tickets.code_of(one[0], RING) for one in (good, used, gone)]
    requests = [scan(house, code) for code in [*codes, tickets.code_of(foreign, RING), "rubbish"]]
    requests += [scan(other, tickets.code_of(foreign, RING)), before]
    answers = [one for one in await batch(db, requests) if isinstance(one, ScanAnswer)]
    assert [one.verdict.value for one in answers] == [
        "admitted",
        "already_used",
        "cancelled",
        "wrong_event",
        "not_valid",
        "admitted",
        "admitted",
    ]
    assert [one.guest is not None for one in answers] == [True, True, True, False, False, True, True]
    assert answers[1].first_door == "Yard"
    assert await count(db, "checkin_scan") == 7
    assert await drift(db) == []


async def test_the_same_scan_at_two_processes_at_once_gets_one_answer(db: Database) -> None:
    house = await put_house(db)
    made = await put_tickets(db, house, RING, quantity=40)
    desks = [desk(db), desk(db), desk(db)]
    for ticket in made:
        asked = scan(house, tickets.code_of(ticket, RING))
        answers = await asyncio.gather(*(one.scan(asked) for one in desks))
        assert {one.verdict for one in answers} == {Verdict.ADMITTED}
        assert answers == [answers[0]] * 3
    assert await count(db, "checkin_scan") == 40
    assert await drift(db) == []


async def test_one_scan_id_with_two_codes_at_two_processes_lets_one_in(db: Database) -> None:
    house = await put_house(db)
    made = await put_tickets(db, house, RING, quantity=40)
    one_desk, other_desk = desk(db), desk(db)
    for first, second in zip(made[::2], made[1::2], strict=True):
        scan_id = uuid7()
        asked = [scan(house, tickets.code_of(ticket, RING), scan_id=scan_id) for ticket in (first, second)]
        answers = await asyncio.gather(
            one_desk.scan(asked[0]), other_desk.scan(asked[1]), return_exceptions=True
        )
        kinds = Counter(type(answer).__name__ for answer in answers)
        assert kinds == {"ScanAnswer": 1, "ScanIdReused": 1}
    assert await count(db, "checkin_admission") == 20
    assert await count(db, "checkin_scan") == 20
    assert await drift(db) == []


async def until_someone_waits(db: Database) -> None:
    """Return when a transaction in this database waits for another one."""
    waiting = text(
        """
        SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (
            SELECT pid FROM pg_locks
            WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()))
        """
    )
    async with asyncio.timeout(10), db.reading() as reader:
        while not (await reader.execute(waiting)).scalar_one():
            await reader.execute(text("SELECT pg_sleep(0.01)"))


async def test_a_scan_id_answered_meanwhile_admits_nobody_else(db: Database) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    scan_id = uuid7()
    async with db.transaction() as tx:
        [rubbish] = await desk(db).run(tx, [scan(house, "rubbish", scan_id=scan_id)])
        good = scan(house, tickets.code_of(ticket, RING), scan_id=scan_id)
        late = asyncio.create_task(desk(db).scan(good))
        await until_someone_waits(db)
    with pytest.raises(ScanIdReused):
        await late
    assert isinstance(rubbish, ScanAnswer)
    assert await count(db, "checkin_admission") == 0
    assert await count(db, "checkin_scan") == 1
    assert await drift(db) == []


async def test_a_scan_waits_for_a_cancellation_on_its_way(db: Database) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    async with db.transaction() as tx:
        await tickets.cancel(tx, [ticket.order_id])
        late = asyncio.create_task(desk(db).scan(scan(house, tickets.code_of(ticket, RING))))
        await until_someone_waits(db)
    assert (await late).verdict is Verdict.CANCELLED
    assert await count(db, "checkin_admission") == 0


async def test_who_sends_a_ticket_on_sees_a_scan_that_came_first(db: Database) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    async with db.transaction() as tx:
        await desk(db).run(tx, [scan(house, tickets.code_of(ticket, RING))])

        async def send_on(other: Transaction) -> bool:
            await tickets.reissue(other, RING, ticket.id, actor="guest")
            entered = text("SELECT count(*) FROM checkin_admission WHERE ticket_id = :id")
            return bool((await other.execute(entered, {"id": ticket.id})).scalar_one())

        late = asyncio.create_task(db.run(send_on))
        await until_someone_waits(db)
    assert await late is True


async def test_the_record_of_scans_cannot_be_rewritten(db: Database) -> None:
    house = await put_house(db)
    await batch(db, [scan(house, "rubbish")])
    for statement in ("UPDATE checkin_scan SET verdict = 'admitted'", "DELETE FROM checkin_scan"):
        with pytest.raises(Exception, match=r"append-only|permission denied"):
            await db.run(lambda tx, statement=statement: tx.execute(text(statement)))  # type: ignore[misc]
    assert await count(db, "checkin_scan") == 1
