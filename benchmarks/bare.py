"""The limit above us: the same server with one route that does nothing. `python -m benchmarks.bare PORT`."""

import asyncio
import sys

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from admitone.entrypoints.one_write import Protocol

BODY = b'{"status":"ok"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the request's body and say ok."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


async def main(port: int) -> None:
    """Serve until killed."""
    config = uvicorn.Config(
        app,
        port=port,
        http=Protocol,
        ws="none",
        lifespan="off",
        loop="none",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        backlog=2048,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
