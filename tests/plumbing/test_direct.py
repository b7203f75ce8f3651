"""Statements straight to the driver: values come back as they were sent, and faults leave nothing half done."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.pq import TransactionStatus
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import BigInteger, Boolean, DateTime, Float, LargeBinary, Text, Uuid

from admitone.plumbing import round_trip
from admitone.plumbing.database import Database, DatabaseBusy, Transaction, driver_of
from admitone.plumbing.direct import Direct, First
from tests.support.waiting import eventually_async

TYPES = (Text(), BigInteger(), Uuid(), LargeBinary(), DateTime(timezone=True), Boolean(), Float(53))
ECHO = {
    kind: Direct(
        text("SELECT :one AS one, :many AS many").bindparams(
            bindparam("one", type_=kind), bindparam("many", type_=ARRAY(kind))
        )
    )
    for kind in TYPES
}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
INSTANTS = st.timedeltas(timedelta(-30_000), timedelta(30_000)).map(lambda ago: NOW - ago)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = {
    TYPES[0]: WORDS,
    TYPES[1]: st.integers(-(2**63), 2**63 - 1),
    TYPES[2]: st.uuids(),
    TYPES[3]: st.binary(max_size=50),
    TYPES[4]: INSTANTS,
    TYPES[5]: st.booleans(),
    TYPES[6]: st.floats(allow_nan=False),
}
NUMBER = Direct(text("SELECT CAST(:number AS int) AS number"))
WRITE = Direct(
    text("INSERT INTO orders_allowance VALUES (:id, :word, 1)").bindparams(bindparam("id", type_=Uuid()))
)
COUNT = Direct(text("SELECT count(*) AS n FROM orders_allowance"))
ID = UUID(int=7)


class Colour(StrEnum):
    """A word of a class of its own."""

    RED = "red"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(data=st.data())
async def test_values_come_back_as_they_were_sent(db: Database, data: st.DataObject) -> None:
    kind: Any = data.draw(st.sampled_from(TYPES))
    one = data.draw(st.none() | VALUES[kind])
    many = data.draw(st.lists(st.none() | VALUES[kind], max_size=5))
    async with db.reading() as reader:
        [row] = (await ECHO[kind].run(reader, {"one": one, "many": many})).rows
    assert (row.one, row.many) == (one, many)


async def test_words_of_a_class_of_their_own_and_other_zones(db: Database) -> None:
    there = datetime(2026, 11, 21, 12, tzinfo=timezone(timedelta(hours=-3)))
    async with db.reading() as reader:
        [word] = (await ECHO[TYPES[0]].run(reader, {"one": Colour.RED, "many": [Colour.RED]})).rows
        [instant] = (await ECHO[TYPES[4]].run(reader, {"one": there, "many": [there]})).rows
    assert (word.one, word.many) == ("red", ["red"])
    assert (instant.one, instant.many) == (there, [there])


@pytest.mark.parametrize(
    ("value", "error"),
    [("a\0b", DBAPIError), ({"a": 1}, TypeError), (datetime.fromisoformat("2026-01-01"), AssertionError)],
)
async def test_what_has_no_form_is_never_sent(db: Database, value: Any, error: type[Exception]) -> None:
    async with db.reading() as reader:
        with pytest.raises(error):
            await ECHO[TYPES[0]].run(reader, {"one": value, "many": []})
        assert (await NUMBER.run(reader, {"number": 1})).rows[0].number == 1


async def test_what_is_larger_than_any_buffer_arrives_whole(db: Database) -> None:
    large = "ä" * 4_000_000
    async with db.reading() as reader:
        [row] = (await ECHO[TYPES[0]].run(reader, {"one": large, "many": [large]})).rows
    assert row.one == large
    assert row.many == [large]


async def test_a_faulty_statement_undoes_its_transaction_and_leaves_the_connection_good(
    database_url: str,
) -> None:
    single = Database(database_url, pool_size=1)

    async def story(tx: Transaction) -> None:
        await WRITE.run(tx, {"id": ID, "word": "a"})
        await WRITE.run(tx, {"id": ID, "word": "a"})

    for _ in range(3):
        with pytest.raises(DBAPIError, match="duplicate key"):
            await single.run(story)
    async with single.reading() as reader:
        assert (await COUNT.run(reader, {})).rows[0].n == 0
    await single.close()


async def test_a_statement_that_fails_the_first_time_can_be_run_again(database_url: str) -> None:
    """On its first run it is prepared, and that stays when it fails."""
    single = Database(database_url, pool_size=1)
    divide = Direct(text("SELECT 10 / CAST(:number AS int) AS number"))

    async def story(tx: Transaction, number: int) -> int:
        return int((await divide.run(tx, {"number": number})).rows[0].number)

    with pytest.raises(DBAPIError, match="division by zero"):
        await single.run(lambda tx: story(tx, 0))
    assert await single.run(lambda tx: story(tx, 5)) == 2
    await single.close()


async def test_a_statement_that_cannot_be_prepared_says_why_every_time(database_url: str) -> None:
    single = Database(database_url, pool_size=1)
    wrong = Direct(text("SELECT nothing_of_that_name FROM orders_order"))
    for _ in range(3):
        with pytest.raises(DBAPIError, match="does not exist"):
            await single.run(lambda tx: wrong.run(tx, {}))
    async with single.reading() as reader:
        assert (await NUMBER.run(reader, {"number": 5})).rows[0].number == 5
    await single.close()


async def test_a_transaction_that_failed_is_never_said_to_be_committed(db: Database) -> None:
    async def story(tx: Transaction) -> None:
        await WRITE.run(tx, {"id": ID, "word": "a"})
        with pytest.raises(DBAPIError):
            await WRITE.run(tx, {"id": ID, "word": "a"})

    with pytest.raises(DBAPIError, match="rolled back"):
        await db.run(story)


async def test_reading_cannot_write(db: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        async with db.reading() as reader:
            await WRITE.run(reader, {"id": ID, "word": "a"})


async def test_both_ways_share_one_transaction(db: Database) -> None:
    async def story(tx: Transaction) -> int:
        await tx.execute(text("INSERT INTO orders_allowance VALUES (:id, 'b', 1)"), {"id": ID})
        await WRITE.run(tx, {"id": ID, "word": "a"})
        return int((await tx.execute(text("SELECT count(*) FROM orders_allowance"))).scalar_one())

    assert await db.run(story) == 2
    with pytest.raises(DBAPIError):
        await db.run(story)
    async with db.reading() as reader:
        assert (await COUNT.run(reader, {})).rows[0].n == 2


async def test_a_statement_sees_what_was_committed_while_the_one_before_it_waited(db: Database) -> None:
    wait = Direct(text("SELECT pg_advisory_xact_lock(1)"))
    waits = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )

    async def count_after_waiting(tx: Transaction) -> int:
        return int((await COUNT.run(tx, {}, after=First(wait, {}))).rows[0].n)

    async with db.transaction() as first:
        await wait.run(first, {})
        await WRITE.run(first, {"id": ID, "word": "a"})
        second = asyncio.create_task(db.run(count_after_waiting))
        async with asyncio.timeout(10):
            while not (await first.execute(waits)).scalar_one():
                await first.execute(text("SELECT pg_sleep(0.01)"))
    assert await second == 1


async def test_statements_the_server_forgot_are_prepared_again(database_url: str) -> None:
    single = Database(database_url, pool_size=1)

    async def story(tx: Transaction) -> int:
        return int((await NUMBER.run(tx, {"number": 5})).rows[0].number)

    assert await single.run(story) == 5
    await single.run(lambda tx: tx.execute(text("DEALLOCATE ALL")))
    assert await single.run(story) == 5
    await single.close()


async def test_whoever_goes_away_in_the_middle_leaves_no_answer_for_the_next(database_url: str) -> None:
    single = Database(database_url, pool_size=1)
    sleep = Direct(text("SELECT CAST(pg_sleep(30) AS text), 13 AS number"))

    async def story(tx: Transaction) -> None:
        await WRITE.run(tx, {"id": ID, "word": "a"})
        await sleep.run(tx, {})

    asking = asyncio.create_task(single.run(story))
    watching = Database(database_url, pool_size=1)
    sleeps = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    )

    async def is_asleep() -> bool:
        # A transaction of its own for each look: within one the server shows what the first look saw.
        async with watching.reading() as reader:
            return bool((await reader.execute(sleeps)).scalar_one())

    await eventually_async(is_asleep)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with single.reading() as reader:
        assert (await NUMBER.run(reader, {"number": 5})).rows[0].number == 5
        assert (await COUNT.run(reader, {})).rows[0].n == 0
    await single.close()
    await watching.close()


async def test_a_connection_left_in_the_middle_is_closed_whatever_the_pool_would_do(
    database_url: str,
) -> None:
    single = Database(database_url, pool_size=1)
    async with single.engine.connect() as connection:
        driver = driver_of(connection)
        wanted = round_trip.Bound(round_trip.statement("SELECT pg_sleep(30)"), [])
        asking = asyncio.create_task(round_trip.run(driver, [wanted]))
        await asyncio.sleep(0)
        assert driver.pgconn.transaction_status == TransactionStatus.ACTIVE, "it is on its way"
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert driver.closed
        await connection.invalidate()
    await single.close()


async def test_a_connection_that_ends_in_the_middle_is_a_busy_database(database_url: str) -> None:
    single = Database(database_url, pool_size=1)
    end = Direct(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    async def story(tx: Transaction) -> None:
        await end.run(tx, {})

    for _ in range(2):
        with pytest.raises(DatabaseBusy):
            await single.run(story)
    async with single.reading() as reader:
        assert (await NUMBER.run(reader, {"number": 5})).rows[0].number == 5
    await single.close()


async def test_errors_are_the_drivers_and_have_their_code(db: Database) -> None:
    divide = Direct(text("SELECT 1 / CAST(:number AS int)"))
    with pytest.raises(DBAPIError) as caught:
        async with db.transaction() as tx:
            await divide.run(tx, {"number": 0})
    assert isinstance(caught.value.orig, psycopg.errors.DivisionByZero)


async def test_what_the_program_relies_on_is_so_whatever_the_servers_defaults_are(database_url: str) -> None:
    owner = Database(database_url, pool_size=1)
    async with owner.transaction() as tx:
        name = (await tx.execute(text("SELECT current_database()"))).scalar_one()
        for default in (
            "default_transaction_isolation = 'repeatable read'",
            "DateStyle = 'SQL, DMY'",
            "array_nulls = off",
            "bytea_output = 'escape'",
            "default_transaction_read_only = on",
        ):
            await tx.execute(text(f'ALTER DATABASE "{name}" SET {default}'))
    await owner.close()
    other = Database(database_url, pool_size=1)
    async with other.transaction() as tx:
        assert (await tx.execute(text("SHOW transaction_isolation"))).scalar_one() == "read committed"
        await WRITE.run(tx, {"id": ID, "word": "a"})
        for kind, one in ((TYPES[4], NOW), (TYPES[3], b"\\ \x00\xff"), (TYPES[0], "NULL")):
            [row] = (await ECHO[kind].run(tx, {"one": one, "many": [None, one]})).rows
            assert (row.one, row.many) == (one, [None, one])
    await other.close()


async def test_a_server_that_says_nothing_is_given_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its machine is gone, or stopped: no time-out of the server's own will ever end the wait."""
    monkeypatch.setattr(round_trip, "ANSWER_SECONDS", 0.05)
    single = Database(database_url, pool_size=1)
    sleep = Direct(text("SELECT CAST(pg_sleep(3) AS text)"))

    async def story(tx: Transaction) -> None:
        await sleep.run(tx, {})

    with pytest.raises(DatabaseBusy):
        await single.run(story)
    monkeypatch.undo()
    async with single.reading() as reader:
        assert (await NUMBER.run(reader, {"number": 5})).rows[0].number == 5
    await single.close()


async def test_a_statement_forgotten_alone_is_found_out(database_url: str) -> None:
    single = Database(database_url, pool_size=1)
    other = Direct(text("SELECT CAST(:number AS int) + 1 AS number"))

    async def story(tx: Transaction) -> list[int]:
        return [(await one.run(tx, {"number": 5})).rows[0].number for one in (NUMBER, other)]

    forget = (
        "DO $$ DECLARE one text; BEGIN SELECT name INTO one FROM pg_prepared_statements "
        "WHERE statement LIKE '%+ 1 AS number%'; EXECUTE format('DEALLOCATE %I', one); END $$"
    )
    assert await single.run(story) == [5, 6]
    await single.run(lambda tx: tx.execute(text(forget)))
    assert await single.run(story) == [5, 6]
    await single.run(lambda tx: tx.execute(text(forget)))
    with pytest.raises(DatabaseBusy):
        async with single.reading() as reader:
            await other.run(reader, {"number": 5})
    async with single.reading() as reader:
        assert (await other.run(reader, {"number": 5})).rows[0].number == 6
    await single.close()
