"""A whole site of its own to measure: own PostgreSQL with full durability, own server process, own data."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from admitone.databases import OpenDatabase, migrate, open_database
from admitone.settings import Settings


@dataclass(frozen=True)
class Site:
    """Where it answers, and the way to its database."""

    port: int
    pid: int
    settings: Settings
    opened: OpenDatabase
    role: str | None
    started_seconds: float

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*, worker: bool = False) -> Iterator[Site]:
    """A site in a folder of its own, stopped and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="admitone-bench-") as folder:
        port = free_port()
        environment = os.environ | {
            "ADMITONE_HOME": folder,
            "ADMITONE_PORT": str(port),
            "ADMITONE_HOLD_SECONDS": "7200",
            "ADMITONE_PAY_SECONDS": "7200",
        }
        environment.pop("DATABASE_URL", None)
        settings = Settings(home=Path(folder), port=port, database_url=None)
        opened = open_database(settings)
        role = migrate(opened)
        children = []
        try:
            begin = time.perf_counter()
            with (Path(folder) / "server.log").open("wb") as log:
                children.append(start("serve", environment, log))
                wait_until_answering(f"http://127.0.0.1:{port}/health/live", children[0])
                started = time.perf_counter() - begin
                if worker:
                    children.append(start("worker", environment, log))
            yield Site(port, children[0].pid, settings, opened, role, started)
        finally:
            for child in children:
                child.send_signal(signal.SIGTERM)
            for child in children:
                child.wait(30)
            opened.close()
            wait_for_end(Path(folder))


def start(command: str, environment: dict[str, str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    """One of our processes."""
    return subprocess.Popen(
        [sys.executable, "-m", "admitone", command], env=environment, stdout=log, stderr=log
    )


def wait_until_answering(url: str, child: "subprocess.Popen[bytes]") -> None:
    """Until the page is there, at most a minute."""
    until = time.perf_counter() + 60
    while time.perf_counter() < until and child.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError("the site did not start")


def wait_for_end(folder: Path) -> None:
    """Until the embedded server has gone, so that its folder can be removed."""
    until = time.perf_counter() + 20
    while (folder / "pg18" / "data" / "postmaster.pid").exists() and time.perf_counter() < until:
        time.sleep(0.05)


def post(site: Site, path: str, body: object, headers: dict[str, str] | None = None) -> dict[str, object]:
    """One plain request, outside of any measurement."""
    asked = urllib.request.Request(
        site.url + path,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
        method="POST",
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:
        read: dict[str, object] = json.load(answer)
        return read


def unique() -> str:
    """A word nobody has used."""
    return secrets.token_hex(8)
