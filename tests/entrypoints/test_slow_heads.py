"""Heads of requests that never end, on real sockets: those connections are closed, and no others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from admitone.entrypoints.one_write import Protocol
from admitone.entrypoints.serving import Server
from admitone.entrypoints.slow_heads import HEAD_SECONDS, SlowHeads, awaits_head
from tests.support.waiting import eventually_async

LIMIT_SECONDS = 0.3
ANSWER = b"\r\n\r\nwhole"
WHOLE = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Says "whole"."""
    head = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
    await send(head)
    await send({"type": "http.response.body", "body": b"whole"})


class Client:
    """One connection, and what it does to it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, sent: bytes = WHOLE) -> None:
        """Send, and read one whole answer."""
        self.writer.write(sent)
        assert (await self.reader.readuntil(ANSWER)).startswith(b"HTTP/1.1 200 OK\r\n")

    async def is_hung_up_on(self) -> None:
        """Wait for it. Nothing is said first."""
        try:
            assert await self.reader.read() == b""
        except ConnectionResetError:
            # What we sent last was not read any more.
            return

    async def drips(self) -> None:
        """A letter every now and then, until hung up on."""
        gone = asyncio.create_task(self.is_hung_up_on())
        while not (await asyncio.wait({gone}, timeout=LIMIT_SECONDS / 10))[0]:
            self.writer.write(b"x")
        await gone


@asynccontextmanager
async def serving(
    wanted: ASGIApp, head_seconds: float
) -> AsyncIterator[tuple[Server, Callable[[], Awaitable[Client]]]]:
    """A server of ours, and a way to connect to it. Idle connections outlive every test."""
    config = uvicorn.Config(
        wanted,
        port=0,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        timeout_keep_alive=600,
        timeout_graceful_shutdown=1,
    )
    server = Server(config, head_seconds=head_seconds)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    clients: list[Client] = []

    async def connect() -> Client:
        port = server.servers[0].sockets[0].getsockname()[1]
        clients.append(Client(*await asyncio.open_connection("127.0.0.1", port)))
        return clients[-1]

    try:
        async with asyncio.timeout(20):
            yield server, connect
    finally:
        for one in clients:
            one.writer.close()
        await server.shutdown()


async def test_a_head_that_does_not_end_is_cut_off() -> None:
    loop = asyncio.get_running_loop()
    async with serving(app, LIMIT_SECONDS) as (_, connect):
        idle = await connect()
        await idle.ask()
        started = loop.time()
        silent, half, dripping, second, blank, pipelined = [await connect() for _ in range(6)]
        half.writer.write(b"GET / HTTP/1.1\r\nHost: he")
        dripping.writer.write(b"GET / HTTP/1.1\r\nHost: ")
        await second.ask()
        second.writer.write(b"G")
        await blank.ask()
        # Before a request line ends of lines are skipped, and uvicorn no longer takes the connection for idle.
        blank.writer.write(b"\r\n")
        await pipelined.ask(WHOLE + b"GET / HT")
        pipelined.writer.write(b"TP")
        slow = (silent, half, second, blank, pipelined)
        await asyncio.gather(dripping.drips(), *(one.is_hung_up_on() for one in slow))
        assert loop.time() - started >= LIMIT_SECONDS
        await idle.ask()


async def test_a_request_that_is_answered_slowly_is_not_cut_off() -> None:
    may_answer = asyncio.Event()

    async def slow_app(scope: Scope, receive: Receive, send: Send) -> None:
        await may_answer.wait()
        await app(scope, receive, send)

    async with serving(slow_app, LIMIT_SECONDS) as (_, connect):
        patient, silent = await connect(), await connect()
        answered = asyncio.create_task(patient.ask())
        for _ in range(3):
            await silent.is_hung_up_on()
            silent = await connect()
        may_answer.set()
        await answered


async def test_the_limit_runs_from_when_a_head_is_first_awaited_and_anew_for_each_request() -> None:
    async with serving(app, 600) as (server, connect):
        connections = cast(set[HttpToolsProtocol], server.server_state.connections)
        heads = SlowHeads(connections, HEAD_SECONDS)
        client = await connect()

        async def is_awaited() -> bool:
            return any(awaits_head(one) for one in connections)

        client.writer.write(WHOLE[:10])
        await eventually_async(is_awaited)
        [connection] = connections
        heads.close_overdue(100.0)
        heads.close_overdue(119.9)
        assert not connection.transport.is_closing()
        await client.ask(WHOLE[10:])
        assert not await is_awaited(), "idle: uvicorn's business"
        client.writer.write(WHOLE[:10])
        await eventually_async(is_awaited)
        heads.close_overdue(120.0)
        heads.close_overdue(139.9)
        assert not connection.transport.is_closing()
        heads.close_overdue(140.0)
        assert connection.transport.is_closing()
        await client.is_hung_up_on()
