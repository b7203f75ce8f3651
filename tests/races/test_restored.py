"""A dump restored on another server: what was relayed stays relayed, everything else is relayed there, once."""

import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from admitone import migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.orders import OrderExpiredUnpaid
from admitone.plumbing import embedded
from admitone.plumbing.database import Database
from admitone.plumbing.embedded.binaries import system, wheel
from admitone.plumbing.jobs import libpq
from admitone.plumbing.journal import announce
from admitone.plumbing.relay import Relay, RestoredUnderway
from admitone.reads import invariants
from admitone.settings import Settings
from admitone.values.ids import uuid7
from tests.support.site import program

REACTIONS = {OrderExpiredUnpaid.kind: ("tell",)}
_JOBS = "SELECT (args ->> 'fact_id')::bigint FROM procrastinate_jobs ORDER BY id"


def programs() -> Path:
    """The folder of the newest `pg_dump` and `pg_restore`."""
    return next(folder for folder in (*wheel(), *system()) if (folder / "pg_dump").exists())


def spend(url: str, transactions: int) -> None:
    """Let the server give out so many transaction numbers."""
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        for _ in range(transactions):
            connection.execute("SELECT pg_current_xact_id()")


def relay_of(db: Database) -> Relay:
    """A relay of this test's one reaction."""
    return Relay(db, {OrderExpiredUnpaid.kind: OrderExpiredUnpaid}, REACTIONS)


async def write(db: Database, many: int = 1) -> None:
    """Facts, each in a transaction of its own."""
    for _ in range(many):
        async with db.transaction() as tx:
            await announce(tx, [OrderExpiredUnpaid(subject_id=uuid7(), event_id=uuid7())], "system")


async def rows(db: Database, sql: str) -> list[int]:
    """The first column."""
    async with db.reading() as reader:
        return [int(row[0]) for row in await reader.execute(text(sql))]


async def caught_up(db: Database) -> None:
    """Relay until nothing is left; older transactions of the whole server are waited for."""
    behind = "SELECT id FROM journal_fact f, relay_cursor c WHERE (f.xid, f.id) > (c.xid, c.fact_id)"
    while await relay_of(db).step() or await rows(db, behind):
        pass


async def broken(db: Database) -> list[str]:
    """The names of invariants that do not hold."""
    async with db.reading() as reader:
        return [one.invariant.name for one in await invariants.broken(reader)]


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A database of another server, which has given out few transaction numbers."""
    base = Path(tempfile.mkdtemp(prefix="admitone-test-"))
    base.chmod(0o755)
    with embedded.acquire(embedded.Options(home=base / "pg", durable=False)) as lease:
        url = lease.url("restored")
        migrations.create_database(url)
        yield url
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
async def there(elsewhere: str) -> AsyncIterator[Database]:
    """A handle on it."""
    database = Database(elsewhere, pool_size=4, role=migrations.APP_ROLE, name="elsewhere")
    yield database
    await database.close()


def run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs to its good end."""
    done = subprocess.run(
        [programs() / program, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


async def test_a_real_dump_goes_on_elsewhere_exactly_where_it_was(
    db: Database, there: Database, tmp_path: Path
) -> None:
    spend(db.url, 3000)
    await write(db, 5)
    await caught_up(db)
    await write(db, 3)
    relayed, facts = await rows(db, _JOBS), await rows(db, "SELECT id FROM journal_fact ORDER BY id")
    assert relayed == facts[:5]
    # As the runbook has it: dump, migrate the new database, restore over it, migrate.
    dump = str(tmp_path / "admitone.dump")
    run("pg_dump", "-Fc", "-f", dump, "-d", libpq(db.url))
    migrations.upgrade(there.url)
    run("pg_restore", "--clean", "--if-exists", "--single-transaction", "-d", libpq(there.url), dump)
    assert "I-29 watermark" in await broken(there)
    with pytest.raises(RestoredUnderway):
        await relay_of(there).step()
    assert await rows(there, _JOBS) == relayed

    assert migrations.upgrade(there.url)
    assert await broken(there) == []
    await write(there, 2)
    await caught_up(there)
    facts = await rows(there, "SELECT id FROM journal_fact ORDER BY id")
    assert len(facts) == 10
    assert await rows(there, _JOBS) == facts, "each fact has its job, once, in the order of writing"
    migrations.upgrade(there.url)
    await caught_up(there)
    assert await rows(there, _JOBS) == facts, "once it is this server's own, starting again changes nothing"


async def come_from_elsewhere(
    db: Database, facts: Sequence[int], numbers: Sequence[int], cursor: int
) -> None:
    """Give facts the transaction numbers of another server, so far beyond ours, and put the cursor on one of them."""
    beyond = 10**12
    with psycopg.connect(libpq(db.url)) as connection:
        connection.execute("ALTER TABLE journal_fact DISABLE TRIGGER journal_fact_rows")
        for fact_id, number in zip(facts, numbers, strict=True):
            connection.execute(
                "UPDATE journal_fact SET xid = %s::text::xid8 WHERE id = %s", (str(beyond + number), fact_id)
            )
        connection.execute("ALTER TABLE journal_fact ENABLE ALWAYS TRIGGER journal_fact_rows")
        connection.execute(
            "INSERT INTO relay_cursor (name, xid, fact_id) VALUES ('reactions', %s::text::xid8, %s) "
            "ON CONFLICT (name) DO UPDATE SET xid = EXCLUDED.xid, fact_id = EXCLUDED.fact_id",
            (str(beyond + numbers[cursor]), facts[cursor]),
        )


async def test_facts_written_before_anybody_noticed_are_relayed_too(db: Database) -> None:
    """The order of commits is not that of ids. What this server wrote has small numbers and the largest ids."""
    await write(db, 5)
    facts = await rows(db, "SELECT id FROM journal_fact ORDER BY id")
    await come_from_elsewhere(db, facts, [10, 12, 11, 12, 14], cursor=1)
    await write(db, 2)
    with pytest.raises(RestoredUnderway):
        await relay_of(db).step()
    migrations.upgrade(db.url)
    await caught_up(db)
    found = await rows(db, _JOBS)
    assert found == [facts[3], facts[4], facts[4] + 1, facts[4] + 2], (
        "1st, 2nd and 3rd had been relayed there"
    )
    assert await broken(db) == []


async def test_the_journal_stays_append_only_afterwards(db: Database) -> None:
    await write(db)
    [fact_id] = await rows(db, "SELECT id FROM journal_fact")
    await come_from_elsewhere(db, [fact_id], [1], cursor=0)
    migrations.upgrade(db.url)
    with psycopg.connect(libpq(db.url)) as connection:
        connection.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE journal_fact SET actor = 'nobody'")


async def test_a_journal_that_was_never_relayed_is_relayed_from_its_beginning(db: Database) -> None:
    await write(db, 3)
    facts = await rows(db, "SELECT id FROM journal_fact ORDER BY id")
    await come_from_elsewhere(db, facts, [1, 2, 3], cursor=0)
    with psycopg.connect(libpq(db.url)) as connection:
        connection.execute("DELETE FROM relay_cursor")
    migrations.upgrade(db.url)
    await caught_up(db)
    assert await rows(db, _JOBS) == facts


async def test_a_site_restored_while_it_runs_is_not_ready_until_it_is_started_again(
    db: Database, settings: Settings
) -> None:
    await write(db)
    [fact_id] = await rows(db, "SELECT id FROM journal_fact")
    site: Assembly = await assemble(settings, OpenDatabase(db.url, None), migrations.APP_ROLE)
    async with program(site) as client:
        assert (await client.get("/health/ready")).status_code == 200
        await come_from_elsewhere(db, [fact_id], [1], cursor=0)
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["restored"]) == (503, True)
        migrations.upgrade(db.url)
        assert (await client.get("/health/ready")).status_code == 200
    await site.close()
