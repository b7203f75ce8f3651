"""Databases for tests: one server per test run, one migrated template, and a copy of it in milliseconds.

The server is the one in TEST_DATABASE_URL, or an embedded one shared by all workers of the run and by later
runs of this clone: its cluster is kept, its processes are not. Nothing in it is durable. The template's name
carries a fingerprint of what it was made from, so it is made anew exactly when the migrations change.
"""

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from admitone.plumbing import embedded

REPOSITORY = Path(__file__).resolve().parents[2]
# Held while a template is made. Any fixed number: it is compared with other tests' locks only.
TEMPLATE_LOCK = 4_027_001
KEPT_TEMPLATES = 3
# Made from migrations. Templates that a test makes for itself are named otherwise: however many there are just now, the
# one that everybody copies is none too many.
TEMPLATE = re.compile(r"template_[0-9a-f]{16}")
MEMORY = Path("/dev/shm")  # the folder made in it is proved to be ours
ROOM_BYTES = 2**31


@cache
def server_url() -> str:
    """The URL of the server's maintenance database; started at the first call, gone with this process."""
    given = os.environ.get("TEST_DATABASE_URL")
    return given or _lease().url()


@cache
def _lease() -> embedded.Lease:
    # Kept by the cache for as long as the process lives: the kernel gives the share back.
    extra = ("max_connections=200", "max_wal_size=256MB")
    options = embedded.Options(home=private_folder() / "pg", durable=False, extra=extra)
    return embedded.acquire(options, timeout_seconds=120)


def private_folder() -> Path:
    """This account's folder for this clone, in memory or the system's temporary folder; proved to be ours."""
    name = hashlib.sha256(os.fsencode(REPOSITORY)).hexdigest()[:12]
    folder = _roomy_memory() / f"admitone-tests-{os.geteuid()}-{name}"
    folder.mkdir(exist_ok=True)
    status = folder.lstat()
    assert stat.S_ISDIR(status.st_mode), f"{folder} is not a folder"
    assert status.st_uid == os.geteuid(), f"{folder} is somebody else's"
    # As root the server runs as another account, which has to get in; its data is closed by its own mode.
    folder.chmod(0o755 if os.geteuid() == 0 else 0o700)
    return folder


def _roomy_memory() -> Path:
    """The folder that lies in memory, if this machine has one with room; else the system's temporary one.

    A database is hundreds of small files: to copy them takes thirty times as long on a busy disk.
    """
    try:
        free = os.statvfs(MEMORY)
    except OSError:
        return Path(tempfile.gettempdir())
    has_room = free.f_bavail * free.f_frsize >= ROOM_BYTES and os.access(MEMORY, os.W_OK | os.X_OK)
    return MEMORY if has_room else Path(tempfile.gettempdir())


def fingerprint(*sources: Path) -> str:
    """A short hash over the names and contents of files, and of all files below folders."""
    total = hashlib.sha256()
    for source in sources:
        files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
        for path in files:
            if "__pycache__" not in path.parts:
                total.update(os.fsencode(path.relative_to(source.parent)) + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def template_database(migrate: Callable[[str], None], *, made_from: str) -> str:
    """The name of a database migrated by `migrate(url)`, made by the first worker that asks; the others wait.

    `made_from` is the `fingerprint` of the migrations. A template whose making failed or was killed has
    another name, so it is never taken for a whole one.
    """
    name = f"template_{made_from}"
    with _administration() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (TEMPLATE_LOCK,))
        newest_first = "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY oid DESC"
        known = [row[0] for row in connection.execute(newest_first).fetchall()]
        if name in known:
            return name
        tidy(connection, known)
        draft = f"draft_{made_from}"
        drop(connection, draft)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(draft)))
        migrate(database_url(draft))
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))
        return name


def tidy(connection: psycopg.Connection[tuple[str]], newest_first: list[str]) -> None:
    """Drop old templates and what killed runs left. Other runs of this clone may be going on: theirs stay."""
    for old in [name for name in newest_first if TEMPLATE.fullmatch(name)][KEPT_TEMPLATES:]:
        drop(connection, old)
    for left in [name for name in newest_first if name.startswith(("clone_", "template_of_a_test_"))]:
        if not os.environ.get("TEST_DATABASE_URL") and not alive(int(left.split("_")[-2])):
            drop(connection, left)


def alive(pid: int) -> bool:
    """Whether a process of this machine has this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def clone(template: str) -> Iterator[str]:
    """The URL of a fresh copy of `template`; dropped after, with whoever is still connected to it."""
    name = f"clone_{os.getpid()}_{os.urandom(6).hex()}"
    with _administration() as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield database_url(name)
    finally:
        with _administration() as connection:
            drop(connection, name)


def database_url(name: str) -> str:
    """The URL of another database on the same server."""
    return _parsed().set(database=name).render_as_string(hide_password=False)


def drop(connection: psycopg.Connection[tuple[str]], name: str) -> None:
    """Drop a database even while somebody is connected to it."""
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _parsed() -> URL:
    return make_url(server_url())


@contextmanager
def _administration() -> Iterator[psycopg.Connection[tuple[str]]]:
    conninfo = _parsed().set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        yield connection
