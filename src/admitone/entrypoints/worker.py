"""The second process: the relay, the jobs and the timetable. Any number of workers may run; the database decides."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable

import structlog

from admitone.assembly import Assembly
from admitone.entrypoints.chores import timetable
from admitone.entrypoints.watchers import Watchers
from admitone.flows.reactions import REACTIONS, fact_kinds
from admitone.flows.timetable import Row
from admitone.plumbing import jobs, relay
from admitone.plumbing.jobs import Reaction
from admitone.plumbing.outgoing import open_client
from admitone.plumbing.relay import Parked, Relay

log = structlog.get_logger(__name__)
RELAY_PAUSE_SECONDS = 0.15
AFTER_ERROR_SECONDS = 2.0
CONCURRENCY = 4


async def work(assembly: Assembly, database_url: str, role: str | None, stop: asyncio.Event) -> None:
    """Run until `stop` is set, then finish what is under way."""
    # Buyers come first: on a busy machine letters and webhooks wait a little, pages do not.
    with contextlib.suppress(OSError):
        os.nice(5)
    passing_on = Relay(assembly.database, fact_kinds(), REACTIONS)
    relay_row = Row("relay", RELAY_PAUSE_SECONDS, passing_on.step, eager=True)
    async with open_client() as client:
        rows = [relay_row, *timetable(assembly, client)]
        loops = [asyncio.create_task(_repeat(row, stop), name=row.name) for row in rows]
        queue = asyncio.create_task(_run_jobs(assembly, database_url, role, stop))
        watching = asyncio.create_task(Watchers(assembly).run(stop))
        await asyncio.gather(*loops, queue, watching)


async def _repeat(row: Row, stop: asyncio.Event) -> None:
    """Run one row of the timetable for ever. An error is logged and the row is run again later: it never ends."""
    while not stop.is_set():
        pause = row.every_seconds
        try:
            if await row.story() and row.eager:
                continue
        except Exception:
            log.exception("timetable.failed", row=row.name)
            pause = max(pause, AFTER_ERROR_SECONDS)
        await _wait(stop, pause)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _run_jobs(assembly: Assembly, database_url: str, role: str | None, stop: asyncio.Event) -> None:
    """Run reactions as Procrastinate hands them out. Begins again when the database has been away."""
    while not stop.is_set():
        app = jobs.queue_app(
            database_url,
            assembly.reactions.react,
            _parker(assembly),
            {"options": f"-c role={role}" if role else "", "application_name": "admitone jobs"},
        )
        try:
            async with app.open_async():
                running = asyncio.create_task(
                    app.run_worker_async(
                        concurrency=CONCURRENCY,
                        install_signal_handlers=False,
                        delete_jobs="successful",
                        shutdown_graceful_timeout=10,
                    )
                )
                stopping = asyncio.create_task(stop.wait())
                await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
                stopping.cancel()
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
        except Exception:
            # The worker goes on with new connections; jobs under way are put back by `relay.rescue_jobs`.
            log.exception("jobs.failed")
            await _wait(stop, AFTER_ERROR_SECONDS)


def _parker(assembly: Assembly) -> Callable[[Reaction, str], Awaitable[None]]:
    async def park(reaction: Reaction, error: str) -> None:
        parked = [Parked(reaction.fact_id, reaction.name, error)]
        await assembly.database.run(lambda tx: relay.park(tx, parked))

    return park
