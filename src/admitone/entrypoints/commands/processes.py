"""`serve` and `worker`: one process each, until SIGINT or SIGTERM."""

import asyncio

import structlog

from admitone.assembly import assemble
from admitone.entrypoints.commands.boot import read_settings, ready_database, set_up_logs
from admitone.entrypoints.serving import run_until_signal, settle_heap
from admitone.entrypoints.serving import serve as serve_until
from admitone.entrypoints.worker import work

log = structlog.get_logger(__name__)


def serve() -> None:
    """Answer requests at ADMITONE_HOST:ADMITONE_PORT."""
    settings = read_settings()
    set_up_logs(settings)
    if settings.smtp_host is None and not settings.is_development:
        log.warning("letters.kept", hint="no ADMITONE_SMTP_HOST: nobody receives or sees letters")
    with ready_database(settings) as (opened, role):
        run_until_signal(lambda stop: serve_until(settings, opened, role, stop))


def worker() -> None:
    """Do everything that happens by itself: relay, jobs, timetable."""
    settings = read_settings()
    set_up_logs(settings)
    with ready_database(settings) as (opened, role):

        async def story(stop: asyncio.Event) -> None:
            assembly = await assemble(settings, opened, role, name="admitone worker")
            settle_heap()
            try:
                await work(assembly, opened.url, role, stop)
            finally:
                await assembly.close()

        run_until_signal(story)
