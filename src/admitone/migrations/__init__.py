"""Bringing a database to the newest form: Alembic under an advisory lock, then the app role's rights.

A journal that was restored from another server's dump is made this server's own in the same moment.

The migrations live inside the package, so that an installed program can migrate without its source tree.
"""

from functools import cache
from pathlib import Path

import psycopg
import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from admitone.plumbing import restored

log = structlog.get_logger(__name__)
HERE = Path(__file__).parent
APP_ROLE = "admitone_app"
# Any constant will do; it is the same for every process that migrates this database.
_LOCK = 0x41646D69744F6E65


def config() -> Config:
    """Alembic's configuration, without an ini file."""
    found = Config()
    found.set_main_option("script_location", str(HERE))
    return found


@cache
def newest() -> str | None:
    """The name of the newest form this program knows."""
    return ScriptDirectory.from_config(config()).get_current_head()


def create_database(url: str) -> None:
    """Make the database named in `url` if the server does not have it yet."""
    target = make_url(url)
    admin = target.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [target.database]
        ).fetchone()
        if known is None:
            name = sql.Identifier(target.database or "")
            try:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return  # another process was a moment faster


def upgrade(url: str) -> bool:
    """Migrate to the newest form. Several processes may call this at once: one works, the others wait for it.

    A statement that cannot get its lock within 5 seconds fails instead of stopping the whole site behind it; run the
    migration again then. Returns True when the server let us have the restricted app role.
    """
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.execute(text("SET lock_timeout = '5s'"))
            connection.commit()
            if _present(connection) != newest():
                alembic = config()
                alembic.attributes["connection"] = connection
                command.upgrade(alembic, "head")
                connection.commit()
            _take_over(connection)
            has_role = _grant(connection.connection.driver_connection)
            connection.commit()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            return has_role
    finally:
        engine.dispose()


def _present(connection: Connection) -> str | None:
    """The name of the database's form; None when it has none yet."""
    if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar_one() is None:
        return None
    found: str | None = connection.execute(text("SELECT max(version_num) FROM alembic_version")).scalar_one()
    return found


def _take_over(connection: Connection) -> None:
    """Make a journal restored from another server's dump this server's own, before anybody relays or writes."""
    taken = restored.take_over(connection)
    connection.commit()
    if taken is not None:
        log.warning("journal.restored", relayed=taken.relayed, waiting=taken.waiting)


def _grant(connection: psycopg.Connection | None) -> bool:
    """Give the app role its rights, again after every migration because new tables come with none."""
    assert connection is not None, "an open connection"
    try:
        with connection.transaction():
            connection.execute((HERE / "rights.sql").read_bytes())
    except psycopg.errors.InsufficientPrivilege:
        # A hosted server may forbid making roles. The triggers still keep the append-only tables append-only.
        return False
    return True
