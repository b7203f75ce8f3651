"""Answers through a real uvicorn: the bytes are the same, in one write."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from admitone.entrypoints.one_write import HeadWaits, Protocol


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """`/whole`, `/parts` (two pieces), `/none` (204), `/echo`, `/broken` (a head, then a fault)."""
    path = scope["path"]
    body = b""
    if path == "/echo":
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
    parts = {
        "/parts": [b"HTTP/1.1 looks like a head, ", b"HTTP/1.1 and again"],
        "/none": [b""],
        "/echo": [body],
    }
    pieces = parts.get(path, [b"whole"])
    length = str(sum(map(len, pieces))).encode()
    headers = [] if path == "/none" else [(b"content-length", length)]
    await send({"type": "http.response.start", "status": 204 if path == "/none" else 200, "headers": headers})
    if path == "/broken":
        raise RuntimeError("after the head")
    for place, piece in enumerate(pieces, start=1):
        await send({"type": "http.response.body", "body": piece, "more_body": place < len(pieces)})


class Written(asyncio.Protocol):
    """A client that keeps what came, piece by piece."""

    def __init__(self) -> None:
        self.heard = b""
        self.gone = False
        self.news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard += data
        self.news.set()

    def connection_lost(self, error: Exception | None) -> None:
        self.gone = True
        self.news.set()


@asynccontextmanager
async def serving(wanted: ASGIApp) -> AsyncIterator[int]:
    """The port of a server with our protocol."""
    config = uvicorn.Config(wanted, port=0, http=Protocol, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


async def _told(sent: bytes, is_enough: Callable[[Written], bool]) -> Written:
    async with serving(app) as port, asyncio.timeout(10):
        transport, client = await asyncio.get_running_loop().create_connection(Written, "127.0.0.1", port)
        transport.write(sent)
        while not is_enough(client):
            client.news.clear()
            await client.news.wait()
        transport.close()
        return client


def _ask(path: str, method: str = "GET", more: str = "") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: here\r\n{more}\r\n".encode()


async def test_answers_to_requests_sent_ahead_come_whole_and_in_order() -> None:
    client = await _told(
        _ask("/whole") + _ask("/parts") + _ask("/none") + _ask("/whole", "HEAD") + _ask("/whole"),
        lambda one: one.heard.count(b"whole") == 2,
    )
    answers = client.heard.split(b"HTTP/1.1 200 OK\r\n")
    assert answers[1].endswith(b"\r\n\r\nwhole")
    assert b"\r\n\r\nHTTP/1.1 looks like a head, HTTP/1.1 and again" in answers[2]
    assert b"HTTP/1.1 204 No Content\r\n" in answers[2]
    assert answers[3].endswith(b"\r\n\r\n"), "a HEAD has no body and is answered all the same"
    assert answers[4].endswith(b"\r\n\r\nwhole")


async def test_a_client_that_waits_for_leave_to_send_gets_it_at_once() -> None:
    client = await _told(
        _ask("/echo", "POST", "Content-Length: 3\r\nExpect: 100-continue\r\n"),
        lambda one: one.heard.endswith(b"\r\n\r\n"),
    )
    assert client.heard == b"HTTP/1.1 100 Continue\r\n\r\n"


async def test_what_is_no_request_is_told_so_before_hanging_up() -> None:
    client = await _told(b"nonsense\r\n\r\n", lambda one: one.gone)
    assert client.heard.startswith(b"HTTP/1.1 400 Bad Request\r\n")


async def test_a_fault_after_the_head_sends_the_head_and_hangs_up(caplog: pytest.LogCaptureFixture) -> None:
    client = await _told(_ask("/broken"), lambda one: one.gone)
    assert client.heard.startswith(b"HTTP/1.1 200 OK\r\n")
    assert client.heard.endswith(b"\r\n\r\n")
    assert "after the head" in caplog.text


class _Pipe(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))


def test_head_and_body_are_one_write() -> None:
    pipe = _Pipe()
    waits = HeadWaits(pipe)
    for body in (b"first", b"second"):
        waits.write(b"HTTP/1.1 200 OK\r\n\r\n")
        waits.write(body)
        waits.end()
    assert pipe.writes == [b"HTTP/1.1 200 OK\r\n\r\nfirst", b"HTTP/1.1 200 OK\r\n\r\nsecond"]
