"""The web server: uvicorn inside this process, one thread, one event loop, one writer per pool."""

import asyncio
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import cast

import structlog
import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from admitone import tickets
from admitone.assembly import assemble
from admitone.databases import OpenDatabase
from admitone.entrypoints.http import create_app
from admitone.entrypoints.one_write import Protocol
from admitone.entrypoints.slow_heads import HEAD_SECONDS, SlowHeads
from admitone.entrypoints.trying_out import retire_demo
from admitone.settings import Settings

log = structlog.get_logger(__name__)
KEEP_ALIVE_SECONDS = 30
# Requests under way get this long to end when the site is stopped.
GRACE_SECONDS = 10


class Server(uvicorn.Server):
    """uvicorn, which leaves signals to us: both processes of a site are stopped the same way. A request's head has to
    arrive within `head_seconds`.
    """

    def __init__(self, config: uvicorn.Config, *, head_seconds: float = HEAD_SECONDS) -> None:
        super().__init__(config)
        # A set of our protocol's and no other's: the configuration names it.
        connections = cast(set[HttpToolsProtocol], self.server_state.connections)
        self._slow_heads = SlowHeads(connections, head_seconds)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and begin to watch."""
        await super().startup(sockets)
        self._watching = asyncio.create_task(self._slow_heads.watch())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, and watch until then."""
        try:
            await super().shutdown(sockets)
        finally:
            self._watching.cancel()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(settings: Settings, opened: OpenDatabase, role: str | None, stop: asyncio.Event) -> None:
    """Answer requests until `stop` is set."""
    assembly = await assemble(settings, opened, role, name="admitone web")
    await retire_demo(assembly)
    app = create_app(assembly)
    settle_heap()
    server = Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=Protocol,
            ws="none",
            lifespan="off",
            loop="none",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            backlog=2048,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    keeping_up = asyncio.create_task(keep_up_with_keys(assembly.keys))
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    finally:
        stopping.cancel()
        keeping_up.cancel()
        await assembly.close()


async def keep_up_with_keys(keys: tickets.KeyKeeper) -> None:
    """Sign and verify with the newest keys, for ever. A database that is away changes nothing until it is back."""
    while True:
        await asyncio.sleep(tickets.KEEP_UP_SECONDS)
        try:
            await keys.keep_up()
        except Exception:
            # One failed reading must not end the loop: the next may succeed.
            log.warning("signing_keys.not_read", exc_info=True)


def settle_heap() -> None:
    """Take what was built at the start out of garbage collection, and collect the rest in larger portions.

    A full collection walks every object there is; with the whole program in it that is a pause of a tenth of a second
    for everybody who waits just then.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def run_until_signal(story: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run `story` on uvloop with an event that SIGINT and SIGTERM set."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await story(stop)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
