"""Transactions: the only place that opens, commits and retries them.

`Database.transaction()` yields a `Transaction`, `Database.reading()` a `Reader`. Stores that write ask for a
`Transaction`, so a page that writes does not type-check. While a transaction is open a context variable says so, and
everything that talks to the network refuses (`require_no_transaction`): a slow provider can never hold a lock.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from functools import partial
from select import POLLIN, poll
from typing import NewType, TypeVar

import psycopg
import psycopg.errors
from psycopg.pq import TransactionStatus
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from admitone.plumbing import round_trip
from admitone.values.refusals import Busy

Reader = NewType("Reader", AsyncConnection)
Transaction = NewType("Transaction", Reader)
T = TypeVar("T")

_inside: ContextVar[bool] = ContextVar("admitone_inside_transaction", default=False)

RETRIES = 5
# Batches share connections by their nature: two lanes of each kind at most, and seldom of more than three kinds in the
# same moment. More would only wait for the same rows and for the same processor.
BATCH_POOL_MOST = 8
# Reports and exports at once, for each process: those who come later wait for a connection, and are told when there is
# none. A slow download then never takes a connection from those who sell.
LONG_POOL_MOST = 2
# What the program relies on, whatever a server of yours has as its defaults: each statement sees what is committed when
# it begins (locks are worth nothing otherwise), and values are written in one form.
_AS_EXPECTED = (
    "-c default_transaction_isolation=read\\ committed -c default_transaction_read_only=off -c timezone=UTC "
    "-c client_encoding=UTF8 -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex "
    "-c standard_conforming_strings=on -c array_nulls=on"
)
# A server whose machine is gone says nothing: the system asks it after 10 seconds, and gives up 15 later.
_KEEPALIVE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_SEEK_EACH = (
    "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off "
    "-c plan_cache_mode=force_generic_plan"
)
# A report reads a month or a year of one table from end to end: the planner chooses freely how, has memory to sort in,
# and is told that all rows of a cursor will be fetched. A download may pause for a minute between two batches.
_READ_ALL = (
    "-c statement_timeout=300s -c idle_in_transaction_session_timeout=60s -c work_mem=64MB "
    "-c cursor_tuple_fraction=1.0"
)
RETRIED = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    # What the server has prepared is not what we remember (`round_trip.run`).
    psycopg.errors.InvalidSqlStatementName,
    psycopg.errors.DuplicatePreparedStatement,
)


class RunAgain(Exception):
    """Raised by a story that lost a race it can only win by starting over: everything is rolled back and it is run
    again, in a new transaction that sees what the other one did.
    """


class DatabaseBusy(Busy):
    """The database could not answer in time. Whether the change happened is unknown: ask again with the same key."""

    code = "database.busy"
    text = "We are very busy right now. Please try again in a moment."


def require_no_transaction(what: str) -> None:
    """Called before every network call: an open transaction here is a bug, so it stops the flow."""
    assert not _inside.get(), f"{what} inside a transaction"


class Database:
    """A pool of connections to one PostgreSQL. Time-outs bound every wait: locks 3 s, statements 15 s, idle 10 s.

    Plans are kept by the connections, and those made while a table is small would read all of it, again and again
    while it grows: on the evening of the first on-sale. So every plan seeks by index from the start.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        role: str | None = None,
        name: str = "admitone",
        planner: str = "-c enable_seqscan=off",
    ) -> None:
        options = (
            f"{_AS_EXPECTED} -c lock_timeout=3s -c statement_timeout=15s "
            f"-c idle_in_transaction_session_timeout=10s -c jit=off {planner}"
        )
        if role is not None:
            options += f" -c role={role}"
        self.url = url
        self._again = partial(Database, url, pool_size=min(pool_size, BATCH_POOL_MOST), role=role, name=name)
        self._for_batches: Database | None = None
        self._for_long: Database | None = None
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_pre_ping=False,
            # Errors are logged, and what a statement was given may be somebody's address or a key.
            hide_parameters=True,
            connect_args={"options": options, "application_name": name, "connect_timeout": 5, **_KEEPALIVE},
        )
        event.listen(self.engine.sync_engine, "checkout", _only_alive)

    def for_batches(self) -> "Database":
        """The same database for statements over many ids at once: joined by seeking each, never by hashing a table
        that was small when the plan was made, and planned once, not anew for every batch. Its connections are its own:
        as many again, `BATCH_POOL_MOST` at most.
        """
        if self._for_batches is None:
            self._for_batches = self._again(planner=_SEEK_EACH)
        return self._for_batches

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction: commits when the block ends, rolls back when it raises."""
        async with self.engine.connect() as connection:
            mark = _inside.set(True)
            try:
                yield Transaction(Reader(connection))
                await _end(connection, b"COMMIT")
            except BaseException:
                await _give_up(connection)
                raise
            finally:
                _inside.reset(mark)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        """One snapshot-free read: statements see what is committed when each starts; nothing can be written.

        Raises `DatabaseBusy` as `run` does.
        """
        try:
            async with self._reading() as reader:
                yield reader
        except DBAPIError as error:
            raise busy_or_same(error) from error
        except PoolTimeout as error:
            raise DatabaseBusy from error

    @asynccontextmanager
    async def reading_long(self) -> AsyncIterator[Reader]:
        """One snapshot for every statement of a report or an export, however long its reader takes: a statement may
        run for 300 s and the transaction may wait 60 s for its next one. Nothing can be written.

        Connections are its own, `LONG_POOL_MOST` at most. May be held open by an async generator, also by one that is
        dropped in the middle: it is then closed by the event loop. Raises `DatabaseBusy` as `run` does.
        """
        if self._for_long is None:
            self._for_long = self._again(planner=_READ_ALL, pool_size=LONG_POOL_MOST)
        try:
            async with self._for_long._reading(b"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY") as reader:
                yield reader
        except DBAPIError as error:
            raise busy_or_same(error) from error
        except PoolTimeout as error:
            raise DatabaseBusy from error

    @asynccontextmanager
    async def _reading(self, begin: bytes = b"BEGIN READ ONLY") -> AsyncIterator[Reader]:
        async with self.engine.connect() as connection:
            mark = _inside.set(True)
            try:
                await _say(connection, begin)
                yield Reader(connection)
                await _end(connection, b"COMMIT")
            except BaseException:
                await _give_up(connection)
                raise
            finally:
                # A generator that was dropped is closed in a context of the event loop's, where nothing was marked.
                with suppress(ValueError):
                    _inside.reset(mark)

    async def run(self, story: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `story` in a transaction, again from the start after a deadlock, a serialization failure or `RunAgain`.

        Raises `DatabaseBusy` when locks, statements or connections time out, when the server is away or goes away, or
        when the tries are used up.
        """
        for attempt in range(RETRIES):
            try:
                async with self.transaction() as tx:
                    return await story(tx)
            except DBAPIError as error:
                if not isinstance(error.orig, RETRIED):
                    raise busy_or_same(error) from error
            except PoolTimeout as error:
                raise DatabaseBusy from error
            except RunAgain:
                continue
            # Jitter spreads the losers of a deadlock, so that they do not meet again.
            await asyncio.sleep(secrets.randbelow(10 * 2**attempt) / 1000)
        raise DatabaseBusy

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()
        for other in (self._for_batches, self._for_long):
            if other is not None:
                await other.close()


def driver_of(reader: AsyncConnection) -> round_trip.Connection:
    """psycopg's connection under SQLAlchemy's: what `get_raw_connection` gives, without a switch of greenlets."""
    assert reader.sync_connection is not None, "the connection is open"
    driver = reader.sync_connection.connection.driver_connection
    assert isinstance(driver, psycopg.AsyncConnection), "psycopg is the driver"
    return driver


async def _say(connection: AsyncConnection, command: bytes) -> None:
    driver = driver_of(connection)
    try:
        await round_trip.say(driver, command)
    except psycopg.Error as error:
        if driver.closed:
            await connection.invalidate(error)
        raise DBAPIError.instance(
            command.decode(), None, error, psycopg.Error, connection_invalidated=driver.closed
        ) from error


async def _end(connection: AsyncConnection, command: bytes) -> None:
    """COMMIT or ROLLBACK what has begun, whoever began it."""
    if driver_of(connection).pgconn.transaction_status != TransactionStatus.IDLE:
        await _say(connection, command)
    if connection.in_transaction():
        # SQLAlchemy learns of it. Its driver finds nothing to do: after a rollback of its own it would forget every
        # statement the server has prepared.
        await connection.commit()


async def _give_up(connection: AsyncConnection) -> None:
    """ROLLBACK; a connection on which even that fails is thrown away, and its server rolls back."""
    if connection.invalidated:
        return
    try:
        await _end(connection, b"ROLLBACK")
    except BaseException as error:
        if not connection.invalidated:
            await connection.invalidate()
        if not isinstance(error, DBAPIError):
            raise


def _only_alive(
    connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Pass over a connection whose server went away while it lay in the pool: the pool opens a new one for it.

    Costs no round trip: an idle server says nothing, so whatever waits to be read is its farewell. A connection used
    for the first time has not lain anywhere, and the pool would not open a third.
    """
    if "used" not in record.info:
        record.info["used"] = True
        return
    driver = connection.driver_connection
    assert isinstance(driver, psycopg.AsyncConnection), "psycopg is the driver"
    waiting = poll()
    waiting.register(driver.pgconn.socket, POLLIN)
    if waiting.poll(0):
        raise DisconnectionError


def busy_or_same(error: DBAPIError) -> Exception:
    """A refusal when the database was merely busy or away, else the error itself: then it is a bug of ours.

    Operational errors are the server's condition, never the statement's: locks and statements timed out, no memory, no
    connection, shut down, still starting (PostgreSQL, appendix A: classes 08, 53, 55, 57, 58).
    """
    return DatabaseBusy() if isinstance(error, OperationalError) or error.connection_invalidated else error


def refusal_of(error: Exception) -> DatabaseBusy | None:
    """`DatabaseBusy` when this error, from wherever, is the database being busy or away; None when it is not."""
    if isinstance(error, PoolTimeout):
        return DatabaseBusy()
    found = busy_or_same(error) if isinstance(error, DBAPIError) else None
    return found if isinstance(found, DatabaseBusy) else None
