"""A server on this machine that answers each connection with given bytes, and remembers what it was sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class RawServer:
    """`heard` are the heads of requests, with the body where it came along; `names` what TLS asked for."""

    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)


@asynccontextmanager
async def raw_server(answer: bytes, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """Every connection gets `answer` after its first bytes; with an empty one it gets nothing until it gives up."""
    server = RawServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server.heard.append(await reader.read(65_536))
            if answer:
                writer.write(answer)
                await writer.drain()
            else:
                await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()

    if tls is not None:

        def remember(_socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
            server.names.append(name)

        tls.sni_callback = remember
    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server


def json_answer(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole answer of HTTP/1.1 with this body."""
    head = (
        f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body
