"""Statements straight to the driver, for those that run on every sale and every scan.

SQLAlchemy compiles such a statement once, with its types; after that each run is one message there and one back
(`round_trip.py`). The statement is part of the same transaction, on the same connection, and fails with the same
errors: only the way is shorter.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import TextClause

from admitone.plumbing import round_trip
from admitone.plumbing.database import Reader, driver_of
from admitone.plumbing.text_forms import text_form

# Its statements have numbered parameters, which is the server's own form. (SQLAlchemy has no types for making one.)
_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Ran(NamedTuple):
    """What a statement did: its rows as named tuples, and how many rows it wrote or found."""

    rows: list[Any]
    row_count: int


class Direct:
    """A `text()` statement with typed parameters, compiled once."""

    __slots__ = ("_make_row", "_names", "_statement")

    def __init__(self, statement: TextClause) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self._names: Sequence[str] = compiled.positiontup or ()
        self._statement = round_trip.statement(str(compiled))
        self._make_row: Callable[[Sequence[Any]], Any] | None = None

    async def run(
        self, reader: Reader, parameters: Mapping[str, object], *, after: "First | None" = None
    ) -> Ran:
        """Run it in the caller's transaction; `after` is sent along and has ended when this begins.

        Raises SQLAlchemy's errors, as its engine would.
        """
        connection = driver_of(reader)
        try:
            asked = [self._bound(parameters)]
            if after is not None:
                asked.insert(0, after.direct._bound(after.parameters))
            result = (await round_trip.run(connection, asked))[-1]
        except psycopg.Error as error:
            if connection.closed:
                await reader.invalidate(error)
            raise DBAPIError.instance(
                self._statement.query.decode(),
                None,
                error,
                psycopg.Error,
                connection_invalidated=connection.closed,
            ) from error
        return Ran(self._rows(connection, result), result.command_tuples or 0)

    def _bound(self, parameters: Mapping[str, object]) -> round_trip.Bound:
        return round_trip.Bound(self._statement, [text_form(parameters[name]) for name in self._names])

    def _rows(self, connection: round_trip.Connection, result: PGresult) -> list[Any]:
        if result.status != ExecStatus.TUPLES_OK:
            return []
        if self._make_row is None:
            names = [(result.fname(place) or b"").decode() for place in range(result.nfields)]
            # The columns are the same every time. (What is made here at run time is hidden from mypy.)
            self._make_row = namedtuple("Row", names)._make  # type: ignore[attr-defined]
        reading = Transformer(connection)
        reading.set_pgresult(result)
        return reading.load_rows(0, result.ntuples, self._make_row)


class First(NamedTuple):
    """A statement and its parameters; what it answers is not wanted."""

    direct: Direct
    parameters: Mapping[str, object]
