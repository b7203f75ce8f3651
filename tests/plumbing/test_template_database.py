"""The databases tests stand on: the template is made once per set of migrations, and copies are apart."""

import os
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.support.database import (
    KEPT_TEMPLATES,
    clone,
    database_url,
    drop,
    fingerprint,
    server_url,
    template_database,
)


def connect(url: str) -> psycopg.Connection[tuple[int]]:
    """A committing connection for an SQLAlchemy URL."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def names() -> set[str]:
    """Every database there is."""
    with psycopg.connect(
        make_url(server_url()).set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}


def clones() -> set[str]:
    """The clones of this process: other workers have theirs."""
    return {name for name in names() if name.startswith(f"clone_{os.getpid()}_")}


class Migrations:
    """Counts how often it was asked to migrate."""

    def __init__(self) -> None:
        self.made_from = f"of_a_test_{os.getpid()}_{os.urandom(8).hex()}"
        self.times = 0

    def __call__(self, url: str) -> None:
        self.times += 1
        with connect(url) as connection:
            connection.execute("CREATE TABLE place (n int)")
            connection.execute("INSERT INTO place VALUES (1)")

    def drop(self) -> None:
        """Leave the server as it was."""
        with connect(database_url("postgres")) as connection:
            drop(connection, f"template_{self.made_from}")  # type: ignore[arg-type]


def test_many_asking_at_once_get_one_template_made_once() -> None:
    migrations = Migrations()
    found: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(template_database(migrations, made_from=migrations.made_from))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [f"template_{migrations.made_from}"] * 4
    assert migrations.times == 1
    migrations.drop()


def test_clones_start_alike_and_do_not_see_each_other() -> None:
    migrations = Migrations()
    template = template_database(migrations, made_from=migrations.made_from)
    with clone(template) as first, clone(template) as second:
        with connect(first) as connection:
            connection.execute("INSERT INTO place VALUES (2)")
            assert connection.execute("SELECT n FROM place ORDER BY n").fetchall() == [(1,), (2,)]
        with connect(second) as connection:
            assert connection.execute("SELECT n FROM place").fetchall() == [(1,)]
    migrations.drop()


def test_a_clone_goes_even_while_somebody_is_connected() -> None:
    migrations = Migrations()
    template = template_database(migrations, made_from=migrations.made_from)
    before = clones()
    with clone(template) as url:
        forgotten = connect(url)
        assert len(clones() - before) == 1
    assert clones() == before
    with pytest.raises(psycopg.OperationalError):
        forgotten.execute("SELECT 1")
    migrations.drop()


def test_a_failed_migration_leaves_no_template() -> None:
    migrations = Migrations()

    def fail(url: str) -> None:
        with connect(url) as connection:
            connection.execute("CREATE TABLE half (n int)")
        raise RuntimeError("half done")

    with pytest.raises(RuntimeError, match="half done"):
        template_database(fail, made_from=migrations.made_from)
    assert f"template_{migrations.made_from}" not in names()
    template = template_database(migrations, made_from=migrations.made_from)
    with clone(template) as url, connect(url) as connection:
        assert connection.execute("SELECT to_regclass('half') IS NULL").fetchone() == (True,)
    migrations.drop()


def test_the_template_of_everybody_stays_however_many_a_test_makes(template: str) -> None:
    several = [Migrations() for _ in range(KEPT_TEMPLATES + 1)]
    for one in several:
        template_database(one, made_from=one.made_from)
    assert template in names()
    for one in several:
        one.drop()


def test_the_fingerprint_follows_names_and_contents(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001.py").write_text("one")
    first = fingerprint(folder)
    assert fingerprint(folder) == first
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "0001.pyc").write_bytes(b"compiled")
    assert fingerprint(folder) == first
    (folder / "0001.py").write_text("two")
    second = fingerprint(folder)
    (folder / "0001.py").rename(folder / "0002.py")
    assert len({first, second, fingerprint(folder)}) == 3
