"""Migrations make exactly the tables the code describes, in one go, however many processes ask for it at once."""

import asyncio
import multiprocessing
from collections.abc import Iterator

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url, text

from admitone import migrations
from admitone.plumbing.database import Database
from admitone.schema import metadata
from tests.support import database as databases

# Made by the job queue's own package.
_NOT_OURS = "procrastinate_"


@pytest.fixture
def empty_url() -> Iterator[str]:
    """A database with nothing in it."""
    with databases.clone("template0") as url:
        yield url


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
def test_the_migrated_database_is_what_the_tables_say(database_url: str) -> None:
    def ours(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or not (name or "").startswith(_NOT_OURS)

    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True, "include_name": ours}
            )
            assert compare_metadata(context, metadata) == []
    finally:
        engine.dispose()


def conditions(url: str) -> dict[str, set[tuple[str, str]]]:
    """Every CHECK, and every index with what it is over, by table: autogenerate compares neither in full."""
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo) as connection:
        rows = connection.execute(
            """
            SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE contype = 'c' AND connamespace = 'public'::regnamespace
            UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
            """
        ).fetchall()
    found: dict[str, set[tuple[str, str]]] = {}
    for table, name, definition in rows:
        if not table.startswith((_NOT_OURS, "alembic_")):
            found.setdefault(table, set()).add((name, definition))
    return found


def test_checks_and_indexes_are_those_of_the_tables_word_for_word(database_url: str, empty_url: str) -> None:
    engine = create_engine(empty_url)
    try:
        metadata.create_all(engine)
    finally:
        engine.dispose()
    described = conditions(empty_url)
    assert len(described) == len(metadata.tables)
    assert conditions(database_url) == described


def test_processes_that_migrate_at_once_make_one_database(empty_url: str) -> None:
    spawn = multiprocessing.get_context("forkserver")
    asked = [spawn.Process(target=migrations.upgrade, args=(empty_url,)) for _ in range(4)]
    for process in asked:
        process.start()
    for process in asked:
        process.join(timeout=120)
    assert [process.exitcode for process in asked] == [0, 0, 0, 0]
    assert versions(empty_url) == [(migrations.newest(),)]
    assert migrations.upgrade(empty_url)
    assert versions(empty_url) == [(migrations.newest(),)]


def versions(url: str) -> list[tuple[str, ...]]:
    """What Alembic wrote down."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT version_num FROM alembic_version"))
            return [tuple(row) for row in rows]
    finally:
        engine.dispose()


def test_a_migration_waits_for_its_locks_five_seconds_and_no_longer(empty_url: str) -> None:
    """Whoever waits for a lock makes everybody behind it wait too."""
    conninfo = make_url(empty_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        connection.commit()
        connection.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Exception, match="lock timeout"):
            migrations.upgrade(empty_url)
    assert migrations.upgrade(empty_url)


async def test_the_restricted_role_can_do_all_it_needs_at_once(db: Database) -> None:
    """Every table is read by it, so a new one without rights is noticed here and not by a buyer."""

    async def read(table: str) -> None:
        async with db.reading() as reader:
            await reader.execute(text(f"SELECT count(*) FROM {table}"))

    await asyncio.gather(*(read(table) for table in metadata.tables))
