"""How every command begins: settings, logs, a database that is there and migrated."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from pydantic import ValidationError

from admitone.databases import OpenDatabase, migrate, open_database
from admitone.plumbing.embedded import EmbeddedError
from admitone.settings import Settings


def read_settings() -> Settings:
    """The settings, or a readable complaint and exit code 2."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            sys.stderr.write(f"ADMITONE_{name.removeprefix('ADMITONE_')}: {problem['msg']}\n")
        raise SystemExit(2) from None


def set_up_logs(settings: Settings) -> None:
    """Readable lines for people, or one JSON object a line for machines, to standard error."""
    machine = settings.log_format == "json"
    renderer = (
        structlog.processors.JSONRenderer()
        if machine
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if machine else _keep,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)


def _keep(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return event


@contextmanager
def ready_database(settings: Settings) -> Iterator[tuple[OpenDatabase, str | None]]:
    """A migrated database for as long as the block runs, and the role to work as."""
    try:
        opened = open_database(settings)
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    try:
        yield opened, migrate(opened)
    finally:
        opened.close()
