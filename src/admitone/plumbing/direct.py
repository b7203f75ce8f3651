"""Statements straight to the driver, for the few that run on every sale and every scan.

SQLAlchemy compiles such a statement once; after that each run costs about a third of what it does through its engine,
most of which goes into switching greenlets and wrapping results. The statement is part of the same transaction, on the
same connection, and fails with the same errors: only the way to the driver is shorter.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg.pq import ExecStatus
from psycopg.rows import RowMaker, namedtuple_row
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import TextClause

from admitone.plumbing.database import Reader

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


class Ran(NamedTuple):
    """What a statement did: its rows as named tuples, and how many rows it wrote or found."""

    rows: list[Any]
    row_count: int


class Direct:
    """A `text()` statement with typed parameters, compiled once."""

    __slots__ = ("_make_row", "_query")

    def __init__(self, statement: TextClause) -> None:
        self._query = str(statement.compile(dialect=_DIALECT)).encode()
        self._make_row: RowMaker[Any] | None = None

    async def run(self, reader: Reader, parameters: Mapping[str, object]) -> Ran:
        """Run it in the caller's transaction. Raises SQLAlchemy's errors, as its engine would."""
        # What `get_raw_connection` gives, without switching into a greenlet for it.
        assert reader.sync_connection is not None, "the connection is open"
        connection = reader.sync_connection.connection.driver_connection
        assert isinstance(connection, psycopg.AsyncConnection), "psycopg is the driver"
        try:
            cursor = connection.cursor(row_factory=self._row_maker)
            await cursor.execute(self._query, parameters)
            result = cursor.pgresult
            has_rows = result is not None and result.status == ExecStatus.TUPLES_OK
            rows = await cursor.fetchall() if has_rows else []
        except psycopg.Error as error:
            if connection.closed:
                await reader.invalidate(error)
            raise DBAPIError.instance(
                self._query.decode(), None, error, psycopg.Error, connection_invalidated=connection.closed
            ) from error
        return Ran(rows, cursor.rowcount)

    def _row_maker(self, cursor: psycopg.AsyncCursor[Any]) -> RowMaker[Any]:
        # The columns are the same every time, and describing them costs as much as reading ten rows.
        result = cursor.pgresult
        if self._make_row is None and result is not None and result.status == ExecStatus.TUPLES_OK:
            self._make_row = namedtuple_row(cursor)
        return self._make_row or namedtuple_row(cursor)
