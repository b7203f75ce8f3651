"""Connections that outlive their server."""

import asyncio

from sqlalchemy import text

from admitone.plumbing.database import Database
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
