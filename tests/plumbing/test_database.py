"""Connections that outlive their server, and readings that take long."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from admitone.plumbing.database import LONG_POOL_MOST, Database, Reader, require_no_transaction
from admitone.values.ids import uuid7
from tests.support.hang_up import hang_up


async def test_nobody_meets_a_connection_whose_server_went_away_while_it_lay_in_the_pool(
    db: Database,
) -> None:
    everybody = asyncio.Barrier(3)

    async def read() -> int:
        async with db.reading() as reader:
            await everybody.wait()
            return int((await reader.execute(text("SELECT 1"))).scalar_one())

    assert set(await asyncio.gather(read(), read(), read())) == {1}
    assert await hang_up(db) == 3
    assert set(await asyncio.gather(read(), read(), read())) == {1}


async def test_a_long_reading_sees_one_moment_and_writes_nothing(db: Database) -> None:
    counted = text("SELECT count(*) FROM journal_fact")
    async with db.reading_long() as reader:
        before = (await reader.execute(counted)).scalar_one()
        await announce_one(db)
        assert (await reader.execute(counted)).scalar_one() == before
    with pytest.raises(InternalError, match="read-only transaction"):
        async with db.reading_long() as reader:
            await reader.execute(text("DELETE FROM events_event"))
    async with db.reading_long() as reader:
        assert (await reader.execute(counted)).scalar_one() == before + 1


async def test_a_long_reading_may_take_longer_and_plans_for_all_rows(db: Database) -> None:
    asked = text("SELECT name, setting FROM pg_settings WHERE name = ANY(CAST(:names AS text[]))")
    names = {
        "names": [
            "statement_timeout",
            "idle_in_transaction_session_timeout",
            "enable_seqscan",
            "lock_timeout",
        ]
    }
    async with db.reading_long() as reader:
        found = {row.name: row.setting for row in await reader.execute(asked, names)}
    assert found == {
        "statement_timeout": "300000",
        "idle_in_transaction_session_timeout": "60000",
        "enable_seqscan": "on",
        "lock_timeout": "3000",
    }


async def test_long_readings_take_no_connection_from_those_who_sell(database_url: str) -> None:
    small = Database(database_url, pool_size=1, name="test")
    async with small.reading_long() as first, small.reading() as other:
        assert await pid(first) != await pid(other)
    await small.close()


async def test_a_long_reading_that_was_dropped_in_the_middle_gives_its_connection_back(db: Database) -> None:
    async def numbers() -> AsyncIterator[int]:
        async with db.reading_long() as reader:
            for _ in range(2):
                yield await pid(reader)

    async def look_once() -> int:
        return await anext(numbers())

    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    # Each is dropped while its transaction is open; were they kept, the third would find no connection.
    seen = {await asyncio.create_task(look_once()) for _ in range(LONG_POOL_MOST + 2)}
    assert 1 <= len(seen) <= LONG_POOL_MOST
    async with AsyncExitStack() as all_of_them:
        for _ in range(LONG_POOL_MOST):
            await all_of_them.enter_async_context(db.reading_long())
    gc.collect()
    assert complaints == []
    require_no_transaction("after the last of them")


async def announce_one(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO journal_fact (kind, subject_id, actor, body) "
                "VALUES ('test.happened', :id, 'system', '{}')"
            ),
            {"id": uuid7()},
        )


async def pid(reader: Reader) -> int:
    return int((await reader.execute(text("SELECT pg_backend_pid()"))).scalar_one())
