"""Using the embedded server: take a share in it, and keep it guarded for as long as the share is held."""

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Self
from urllib.parse import quote

from admitone.plumbing.embedded.binaries import candidates
from admitone.plumbing.embedded.home import Home, guarded, lock_within, open_lock, settle
from admitone.plumbing.embedded.options import EmbeddedError, Options
from admitone.plumbing.embedded.process import ready

# How often a user looks whether the guard still lives.
RECHECK_SECONDS = 2.0
RESTART_SECONDS = 0.5

# Isolated and without site-packages: the guard lives long and needs nothing but the standard library and us.
BOOT = (
    "import json, sys; order = json.loads(sys.argv[1]); sys.path[:0] = order['path']; "
    "from admitone.plumbing.embedded.guard import guard; guard(order)"
)


class Lease:
    """A share in the server: it runs at least until this is closed or the process ends, however it ends."""

    def __init__(self, home: Home, options: Options, users_lock: int) -> None:
        self._home = home
        self._options = options
        self._users_lock: int | None = users_lock
        self._closing = threading.Event()
        self._mutex = threading.Lock()
        threading.Thread(target=self._watch, name="embedded-postgres-watch", daemon=True).start()

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """An SQLAlchemy URL for psycopg over the server's socket; the same for as long as the home stays."""
        host = quote(str(self._home.sockets), safe="/")
        return f"postgresql+psycopg://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}"

    def close(self) -> None:
        """Give the share back; harmless when done before. The server stops when it was the last one."""
        with self._mutex:
            self._closing.set()
            if self._users_lock is not None:
                # Closed, not unlocked: a forked child may still hold its copy, and is then still a user.
                os.close(self._users_lock)
                self._users_lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _watch(self) -> None:
        """A killed guard is replaced by whichever user notices first; its lock decides between rivals."""
        while not self._closing.wait(RECHECK_SECONDS):
            with self._mutex:
                if not self._closing.is_set() and not guarded(self._home):
                    start_guard(self._home, self._options)


def acquire(options: Options, timeout_seconds: float = 60.0) -> Lease:
    """Start the server, or join the one that runs, and return once it takes connections.

    Raises EmbeddedError when there is no PostgreSQL, when it cannot start, or after `timeout_seconds`.
    """
    home = settle(options.home)
    candidates(options)
    deadline = time.monotonic() + timeout_seconds
    users_lock = open_lock(home.users_lock)
    try:
        # Only a guard that is stopping its server keeps us waiting here.
        if not lock_within(users_lock, fcntl.LOCK_SH, timeout_seconds):
            raise EmbeddedError(f"The embedded PostgreSQL in {home.base} is still stopping.")
        wait_until_ready(home, options, deadline)
    except BaseException:
        os.close(users_lock)
        raise
    return Lease(home, options, users_lock)


def wait_until_ready(home: Home, options: Options, deadline: float) -> None:
    """Return when guarded and ready, starting guards as needed. Raises EmbeddedError."""
    old_failure = failure(home)
    next_start = 0.0
    pause = threading.Event()
    while True:
        has_guard = guarded(home)
        if has_guard and ready(home):
            return
        reason = failure(home)
        if not has_guard and reason is not None and reason != old_failure:
            told = reason.partition("\n")[2].strip()
            raise EmbeddedError(f"The embedded PostgreSQL did not start: {told}")
        now = time.monotonic()
        if now > deadline:
            raise EmbeddedError(f"The embedded PostgreSQL did not start in time; see {home.server_log}")
        if not has_guard and now >= next_start:
            start_guard(home, options)
            next_start = time.monotonic() + RESTART_SECONDS
        pause.wait(0.02)


def start_guard(home: Home, options: Options) -> None:
    """Start a guard and return when it has detached itself."""
    with open(home.guard_log, "ab") as log:
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", BOOT, json.dumps(order_for(home, options))],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            check=False,
        )


def order_for(home: Home, options: Options) -> dict[str, object]:
    """What a guard has to know, as JSON: it has no site-packages, so the programs are looked for here."""
    return {
        "home": str(home.base),
        "durable": options.durable,
        "extra": list(options.extra),
        "directories": [str(directory) for directory in candidates(options)],
        "path": [os.path.abspath(entry) for entry in sys.path],
    }


def failure(home: Home) -> str | None:
    """What the last guard that gave up wrote, None when all was well."""
    try:
        return home.failure.read_text()
    except FileNotFoundError:
        return None
