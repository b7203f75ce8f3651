"""What is said to PostgreSQL, message by message: how much a story costs does not depend on how busy a machine is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from psycopg.pq.abc import PGresult
from sqlalchemy import event

from admitone.plumbing import round_trip
from admitone.plumbing.database import Database


@contextmanager
def said_to(database: Database) -> Iterator[list[str]]:
    """Every message to the database from now on: statements, whichever way they go, and what ends transactions."""
    said: list[str] = []
    run, say = round_trip.run, round_trip.say

    async def ran(connection: round_trip.Connection, asked: Sequence[round_trip.Bound]) -> list[PGresult]:
        said.append("; ".join(one.statement.query.decode() for one in asked))
        return await run(connection, asked)

    async def told(connection: round_trip.Connection, command: bytes) -> None:
        said.append(command.decode())
        await say(connection, command)

    def executed(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    engines = [one.engine.sync_engine for one in (database, database.for_batches())]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(round_trip, "run", ran)
        patch.setattr(round_trip, "say", told)
        for engine in engines:
            event.listen(engine, "before_cursor_execute", executed)
        try:
            yield said
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", executed)
