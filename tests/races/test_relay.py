"""Facts of many writers reach their reactions exactly once, in commit order, and poison stops nobody."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping

import pytest
from sqlalchemy import text

from admitone import migrations
from admitone.flows.reactions import REACTIONS, fact_kinds
from admitone.orders import OrderExpiredUnpaid
from admitone.plumbing import relay
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import announce
from admitone.plumbing.relay import Parked, Relay
from admitone.values.ids import uuid7
from tests.support.said_to_database import said_to

WRITERS = 16
ROUNDS = 12
TWO_REACTIONS: Mapping[str, tuple[str, ...]] = {OrderExpiredUnpaid.kind: ("tell", "count")}
# Relayed in this order: (fact, reaction) by job; and how it should be: (fact, reaction) by commit order.
_JOBS = "SELECT (args ->> 'fact_id')::bigint, args ->> 'reaction' FROM procrastinate_jobs ORDER BY id"
_FACTS = "SELECT id FROM journal_fact ORDER BY xid, id"


@pytest.fixture
async def other(db: Database) -> AsyncIterator[Database]:
    """A second process's connections."""
    database = Database(db.url, pool_size=WRITERS, role=migrations.APP_ROLE, name="other")
    yield database
    await database.close()


def relays(*databases: Database) -> list[Relay]:
    """A relay for each."""
    return [
        Relay(database, {OrderExpiredUnpaid.kind: OrderExpiredUnpaid}, TWO_REACTIONS)
        for database in databases
    ]


def fact() -> OrderExpiredUnpaid:
    """Something that happened."""
    return OrderExpiredUnpaid(subject_id=uuid7(), event_id=uuid7())


async def rows(db: Database, sql: str) -> list[tuple[object, ...]]:
    """All rows."""
    async with db.reading() as reader:
        return [tuple(row) for row in await reader.execute(text(sql))]


async def caught_up(relay_: Relay, db: Database) -> None:
    """Step until nothing is left; older transactions of the whole server are waited for."""
    behind = "SELECT id FROM journal_fact f, relay_cursor c WHERE (f.xid, f.id) > (c.xid, c.fact_id)"
    async with asyncio.timeout(60):
        await relay_.step()
        while not await rows(db, "SELECT 1 FROM relay_cursor") or await rows(db, behind):
            await relay_.step()


async def write(db: Database, rollback_of_ten: int = 2) -> int:
    """Facts in a transaction that takes a while between them and its end; how many became true."""
    many = 1 + secrets.randbelow(3)
    try:
        async with db.transaction() as tx:
            for _ in range(many):
                await announce(tx, [fact()], "system")
                await tx.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": secrets.randbelow(20) / 1000})
            if secrets.randbelow(10) < rollback_of_ten:
                raise InterruptedError
    except InterruptedError:
        return 0
    return many


async def test_every_fact_is_relayed_once_under_16_writers_and_two_relays(
    db: Database, other: Database
) -> None:
    finished = asyncio.Event()

    async def writer() -> int:
        return sum([await write(other) for _ in range(ROUNDS)])

    async def stepping(one: Relay) -> None:
        while not finished.is_set():
            await one.step(most=7)

    both = relays(db, db)
    steppers = [asyncio.create_task(stepping(one)) for one in both]
    written = sum(await asyncio.gather(*(writer() for _ in range(WRITERS))))
    finished.set()
    await asyncio.gather(*steppers)
    await caught_up(both[0], db)
    facts = [number for (number,) in await rows(db, _FACTS)]
    assert len(facts) == written
    assert written > WRITERS
    assert await rows(db, _JOBS) == [(number, name) for number in facts for name in ("tell", "count")]
    assert await rows(db, "SELECT * FROM relay_parked") == []


async def test_a_fact_of_a_slow_transaction_is_not_lost_behind_faster_ones(
    db: Database, other: Database
) -> None:
    """Ids are given before the commit: `id > last` would lose the slow one."""
    [one] = relays(db)
    async with other.transaction() as slow:
        await announce(slow, [fact()], "system")
        assert await write(other, rollback_of_ten=0) > 0
        await one.step()
        assert await rows(db, _JOBS) == []
    await caught_up(one, db)
    facts = [number for (number,) in await rows(db, _FACTS)]
    assert await rows(db, _JOBS) == [(number, name) for number in facts for name in ("tell", "count")]


async def test_while_one_relay_works_another_stands_back(db: Database, other: Database) -> None:
    [one] = relays(db)
    await write(other, rollback_of_ten=0)
    await caught_up(one, db)
    async with other.transaction() as tx:
        await tx.execute(text("SELECT 1 FROM relay_cursor FOR UPDATE"))
        await write(other, rollback_of_ten=0)
        assert await one.step() == 0
    await caught_up(one, db)
    assert len(await rows(db, _JOBS)) == 2 * len(await rows(db, _FACTS))


POISON = {
    "a kind nobody knows": "('orders.evaporated', gen_random_uuid(), 'system', '{}')",
    "a body that does not fit": "('orders.expired', gen_random_uuid(), 'system', '{\"event_id\": 7}')",
    "no body at all": "('orders.expired', gen_random_uuid(), 'system', 'null')",
    "a body of another shape": "('orders.expired', gen_random_uuid(), 'system', '[1, 2]')",
}


@pytest.mark.parametrize("row", POISON.values(), ids=list(POISON))
async def test_poison_is_parked_and_counted_and_stops_nobody(db: Database, row: str) -> None:
    async with db.transaction() as tx:
        await announce(tx, [fact()], "system")
        insert = "INSERT INTO journal_fact (kind, subject_id, actor, body) VALUES " + row
        await tx.execute(text(insert.replace(":", "\\:")))
        await announce(tx, [fact()], "system")
    await caught_up(relays(db)[0], db)
    first, poison, last = [number for (number,) in await rows(db, _FACTS)]
    good = [(number, name) for number in (first, last) for name in ("tell", "count")]
    assert await rows(db, _JOBS) == good
    async with db.reading() as reader:
        [parked] = await relay.parked(reader)
    assert (parked.fact_id, parked.reaction) == (poison, "relay")
    assert await db.run(lambda tx: relay.resolve(tx, int(str(poison)), "relay"))
    assert not await db.run(lambda tx: relay.resolve(tx, int(str(poison)), "relay"))
    async with db.reading() as reader:
        assert await relay.parked(reader) == []


async def test_a_step_that_fails_relays_the_same_facts_again_and_once(db: Database) -> None:
    async with db.transaction() as tx:
        await announce(tx, [fact(), fact()], "system")
    await caught_up(relays(db)[0], db)
    before = await rows(db, _JOBS)

    async def undone(tx: Transaction) -> None:
        await tx.execute(text("UPDATE relay_cursor SET xid = '0', fact_id = 0"))
        assert await relays(db)[0]._step(tx, 500) == 2
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await db.run(undone)
    assert await relays(db)[0].step() == 0
    assert await rows(db, _JOBS) == before


async def test_the_jobs_of_a_dead_worker_are_put_back_and_those_of_a_living_one_are_not(db: Database) -> None:
    async with db.transaction() as tx:
        await announce(tx, [fact()], "system")
    await caught_up(relays(db)[0], db)
    dead, living = await fetched(db), await fetched(db)
    assert await relay.rescue_jobs(db) == 0
    async with db.transaction() as tx:
        aged = (
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds' WHERE id = :id"
        )
        await tx.execute(text(aged), {"id": dead})
    found = await asyncio.gather(*(relay.rescue_jobs(db) for _ in range(6)))
    assert sum(found) == 1
    assert await rows(db, "SELECT status, attempts, worker_id FROM procrastinate_jobs ORDER BY id") == [
        ("todo", 1, dead),
        ("doing", 0, living),
    ]


async def fetched(db: Database) -> int:
    """A worker takes the next job; the worker's number."""
    async with db.transaction() as tx:
        worker = int((await tx.execute(text("SELECT procrastinate_register_worker_v1()"))).scalar_one())
        await tx.execute(text("SELECT procrastinate_fetch_job_v2(NULL, :worker)"), {"worker": worker})
    return worker


async def test_a_job_that_kills_every_worker_is_parked_at_last(db: Database) -> None:
    async with db.transaction() as tx:
        await announce(tx, [fact()], "system")
    await caught_up(Relay(db, fact_kinds(), {OrderExpiredUnpaid.kind: ("tell",)}), db)
    [(number,)] = await rows(db, _FACTS)
    for _ in range(8):
        await fetched(db)
        async with db.transaction() as tx:
            await tx.execute(
                text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
            )
        assert await relay.rescue_jobs(db) == 1
    assert await relay.rescue_jobs(db) == 0
    assert await rows(db, "SELECT status, attempts FROM procrastinate_jobs") == [("failed", 8)]
    async with db.reading() as reader:
        assert await relay.parked(reader) == [
            Parked(int(str(number)), "tell", "every worker that tried it died")
        ]


def test_every_reaction_is_to_a_fact_that_exists() -> None:
    assert set(REACTIONS) <= set(fact_kinds())


async def test_a_relay_with_nothing_to_do_says_two_messages_and_writes_nothing(db: Database) -> None:
    [passing_on] = relays(db)
    async with db.transaction() as tx:
        await announce(tx, [fact()], "system")
    await caught_up(passing_on, db)
    with said_to(db) as said:
        assert await passing_on.step() == 0
    assert len(said) == 2, said
    assert said[1] == "COMMIT"
    assert "INSERT" not in said[0] and "FOR UPDATE" not in said[0]
    async with db.transaction() as tx:
        await announce(tx, [fact()], "system")
    await caught_up(passing_on, db)
    assert len(await rows(db, _JOBS)) == 4
