"""`admitone run` watches from its first moment: Ctrl-C is heard at once, and a taken port is told at once."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from admitone.entrypoints.commands import run
from admitone.plumbing.embedded.home import open_lock, settle
from admitone.values.sites import site_at
from tests.support.ports import free_port
from tests.support.waiting import eventually

FAMILIES = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}


def listener(host: str) -> socket.socket:
    """Somebody who listens there already."""
    made = socket.socket(FAMILIES[host])
    made.bind((host, 0))
    made.listen()
    return made


@pytest.mark.parametrize("host", FAMILIES)
def test_a_port_is_free_until_somebody_listens_there(host: str) -> None:
    with closing(listener(host)) as other:
        port = other.getsockname()[1]
        assert not run._is_free(host, port)
    assert run._is_free(host, port)


def test_the_address_of_a_site_can_be_opened_as_it_is_printed() -> None:
    assert site_at("127.0.0.1", 8000) == "http://127.0.0.1:8000"
    assert site_at("localhost", 8000) == "http://localhost:8000"
    assert site_at("::1", 8000) == "http://[::1]:8000"


@pytest.fixture
def stuck_home() -> Iterator[Path]:
    """A home whose server stays in the middle of stopping, so that everybody waits for it."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    home = settle(made / "pg18")
    lock = open_lock(home.users_lock)
    fcntl.flock(lock, fcntl.LOCK_EX)
    yield made
    os.close(lock)
    shutil.rmtree(made)
    shutil.rmtree(home.base, ignore_errors=True)


def children_of(pid: int) -> list[int]:
    """The processes that this one started."""
    shown = subprocess.run(["ps", "-Ao", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [line.split() for line in shown.splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == pid]


def test_ctrl_c_is_heard_while_the_database_is_awaited(stuck_home: Path) -> None:
    given = {name: value for name, value in os.environ.items() if name not in run.DATABASE_NAMES}
    given |= {"ADMITONE_HOME": str(stuck_home), "ADMITONE_PORT": str(free_port())}
    process = subprocess.Popen(
        [sys.executable, "-m", "admitone", "run"], env=given, stdout=subprocess.PIPE, text=True
    )
    try:
        # The server, and the payment companies played beside it.
        eventually(lambda: len(children_of(process.pid)) == 2, 30)
        started = children_of(process.pid)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "Everything has stopped." in said
        for child in started:
            with pytest.raises(ProcessLookupError):
                os.kill(child, 0)
    finally:
        process.kill()
        process.wait()
