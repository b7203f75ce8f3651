"""Which database this process uses: yours (`DATABASE_URL`), or its own PostgreSQL, started with the first process.

Every entrypoint begins here. The lease is held as long as the process lives; the kernel gives it back when it dies.
"""

from dataclasses import dataclass

import structlog

from admitone import migrations
from admitone.plumbing import embedded
from admitone.settings import Settings

log = structlog.get_logger(__name__)
NAME = "admitone"


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """`url` for SQLAlchemy with psycopg. `lease` keeps the embedded server running; None with a server of yours."""

    url: str
    lease: embedded.Lease | None

    def close(self) -> None:
        """Give the lease back."""
        if self.lease is not None:
            self.lease.close()


def open_database(settings: Settings) -> OpenDatabase:
    """Find or start the server. Raises `EmbeddedError` when there is none to be had."""
    if settings.database_url is not None:
        return OpenDatabase(with_driver(settings.database_url.get_secret_value()), None)
    lease = embedded.acquire(embedded.Options(home=settings.home / "pg18"))
    return OpenDatabase(lease.url(NAME), lease)


def with_driver(url: str) -> str:
    """The URL with our driver named: `postgres://` and `postgresql://` are what people have at hand."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def migrate(opened: OpenDatabase) -> str | None:
    """Make and migrate the database; the role the program should work as, or None where the server allows no roles."""
    if opened.lease is not None:
        migrations.create_database(opened.url)
    if migrations.upgrade(opened.url):
        return migrations.APP_ROLE
    log.warning("database.no_app_role", hint="append-only tables are guarded by triggers only")
    return None
