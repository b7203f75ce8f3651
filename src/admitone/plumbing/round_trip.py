"""One message to PostgreSQL and its answer, with as little between as libpq allows.

psycopg's own way to wait makes an event, a generator and two tasks of the loop's for every statement; for a batch of
scans that was more than the statements themselves. Here a few statements are sent in one message (libpq, "Pipeline
Mode") and one callback collects what comes back. The connection stays psycopg's: its transactions, errors and types.
"""

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Connection = psycopg.AsyncConnection[Any]

_numbers = count(1)
_prepared: WeakKeyDictionary[Connection, set[bytes]] = WeakKeyDictionary()
ANSWER_SECONDS = 20.0
"""Longer than any time-out of the server's: whoever is silent for so long is no longer there."""
_FORGOTTEN = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.DuplicatePreparedStatement)
_FAILED = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE, ExecStatus.NONFATAL_ERROR})


class Statement(NamedTuple):
    """A statement with `$1` parameters, prepared once on each connection under a name of its own."""

    name: bytes
    query: bytes


class Bound(NamedTuple):
    """A statement to run, and its values."""

    statement: Statement
    values: Sequence[bytes | None]


def statement(query: str) -> Statement:
    """A statement to be prepared. Call once per statement, not once per run."""
    return Statement(b"admitone_%d" % next(_numbers), query.encode())


async def run(connection: Connection, asked: Sequence[Bound]) -> list[PGresult]:
    """Run these, one after the other, in the connection's transaction, which begins here unless it has begun; what
    each answered. A later one sees what is committed when the one before it has ended. Values and results are text.

    Raises psycopg's errors. When the caller is cancelled meanwhile, or nothing is heard for `ANSWER_SECONDS`, the
    connection is closed, because what comes next on it would be the answer to this. The server may go on with a
    statement it has begun, for as long as its time-outs let it.
    """
    known = _prepared.setdefault(connection, set())
    pgconn = connection.pgconn
    begins = not connection.autocommit and pgconn.transaction_status == TransactionStatus.IDLE
    new = list({one.statement for one in asked if one.statement.name not in known})

    def send() -> None:
        if begins:
            pgconn.send_query_params(b"BEGIN", None)
        for wanted in new:
            pgconn.send_prepare(wanted.name, wanted.query)
        for one in asked:
            pgconn.send_query_prepared(one.statement.name, one.values)

    results = await _exchange(connection, send, begins + len(new) + len(asked))
    for wanted, result in zip(new, results[begins:], strict=False):
        # Also when the statement itself then failed: what is prepared outlives its transaction.
        if result.status == ExecStatus.COMMAND_OK:
            known.add(wanted.name)
    try:
        _raise_first(results)
    except _FORGOTTEN:
        # Somebody said DEALLOCATE, or a pooler gave us another server's session: nothing is known of this connection
        # any more. The transaction is lost, and runs again on another.
        await connection.close()
        raise
    return results[-len(asked) :]


async def say(connection: Connection, command: bytes) -> None:
    """Begin or end a transaction, in these words. Raises psycopg's errors, also when a COMMIT ended in a rollback."""

    def send() -> None:
        connection.pgconn.send_query_params(command, None)

    [result] = await _exchange(connection, send, 1)
    _raise_first([result])
    if command == b"COMMIT" and result.command_status == b"ROLLBACK":
        raise psycopg.errors.InFailedSqlTransaction("the transaction had failed and was rolled back")


async def _exchange(connection: Connection, send: Callable[[], None], messages: int) -> list[PGresult]:
    if connection.closed:
        raise psycopg.OperationalError("the connection is closed")
    pgconn = connection.pgconn
    try:
        pgconn.enter_pipeline_mode()
        send()
        pgconn.pipeline_sync()
        results = await _Answers(pgconn).collected()
        pgconn.exit_pipeline_mode()
    except BaseException:
        await connection.close()
        raise
    assert len(results) == messages, "one answer for each message"
    return results


def _raise_first(results: Sequence[PGresult]) -> None:
    """The first failure is the reason of those after it."""
    for result in results:
        if result.status in _FAILED:
            raise error_from_result(result)


class _Answers:
    """What comes back for the messages that wait to be sent on a connection, up to their sync."""

    def __init__(self, pgconn: PGconn) -> None:
        self._pgconn = pgconn
        self._loop = asyncio.get_running_loop()
        self._whole: asyncio.Future[None] = self._loop.create_future()
        self._results: list[PGresult] = []
        self._socket = pgconn.socket
        self._is_reading = True
        self._is_writing = False

    async def collected(self) -> list[PGresult]:
        """Send, wait, and give the results in the order of their messages. Raises OperationalError."""
        silence = self._loop.call_later(ANSWER_SECONDS, self._fail, TimeoutError("no answer"))
        try:
            self._loop.add_reader(self._socket, self._read)
            # What does not fit into the socket's buffer goes on when there is room.
            if self._pgconn.flush():
                self._loop.add_writer(self._socket, self._write)
                self._is_writing = True
            await self._whole
        finally:
            silence.cancel()
            self._let_go()
        return self._results

    def _write(self) -> None:
        try:
            if not self._pgconn.flush():
                self._is_writing = False
                self._loop.remove_writer(self._socket)
        except Exception as error:
            self._fail(error)

    def _read(self) -> None:
        try:
            self._pgconn.consume_input()
            self._take()
        except Exception as error:
            # Whatever it is, somebody waits for an answer here.
            self._fail(error)

    def _take(self) -> None:
        while not self._pgconn.is_busy():
            result = self._pgconn.get_result()
            if result is None:
                # Between the answers to two messages, or after the last when the connection has broken.
                if self._pgconn.status == ConnStatus.BAD:
                    raise psycopg.OperationalError("the connection was lost")
            elif result.status == ExecStatus.PIPELINE_SYNC:
                self._let_go()
                if not self._whole.done():
                    self._whole.set_result(None)
                return
            else:
                self._results.append(result)

    def _fail(self, error: Exception) -> None:
        # At once: libpq may have closed the socket, and the next one to be opened gets its number.
        self._let_go()
        if not isinstance(error, psycopg.Error):
            error = psycopg.OperationalError(repr(error))
        if not self._whole.done():
            self._whole.set_exception(error)

    def _let_go(self) -> None:
        if self._is_reading:
            self._is_reading = False
            self._loop.remove_reader(self._socket)
            if self._is_writing:
                self._loop.remove_writer(self._socket)
