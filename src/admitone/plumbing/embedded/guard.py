"""The guard: one small process per home that owns the postmaster while anybody uses it.

It sleeps until something happens: the postmaster ended (start it again), or the exclusive lock on
`users.lock` was granted, which means that the last user is gone (stop). While it holds that lock new users
wait, so a server is never stopped under somebody who was just told it is ready.
"""

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import threading
import time
from pathlib import Path

from admitone.plumbing.embedded.binaries import choose
from admitone.plumbing.embedded.home import Home, lock_within, open_lock, remove_sockets, settle
from admitone.plumbing.embedded.options import EmbeddedError
from admitone.plumbing.embedded.process import Postmaster, hold_child, ready, running
from admitone.plumbing.embedded.server import Settings, make_cluster, start

# A server that lives less long than this was never well. Children of a killed one may need a moment to
# notice.
SHORT_LIFE_SECONDS = 5.0
SHORT_LIVES = 6
FAST_STOP_SECONDS = 60.0
RIVAL_SECONDS = 0.25
# Where the end of a process cannot be waited for (no pidfd), it is looked for this often.
LOOK_SECONDS = 1.0


class Guard:
    """The state of one guard process."""

    def __init__(self, home: Home, directories: list[Path], settings: Settings) -> None:
        self.home = home
        self.directories = directories
        self.settings = settings
        self.child: subprocess.Popen[bytes] | None = None
        self.wake_reader, self.wake_writer = os.pipe()
        self.leaving = threading.Event()

    def run(self) -> None:
        """Guard until the last user is gone; return at once if there is one. Raises EmbeddedError."""
        guard_lock = open_lock(self.home.guard_lock)
        # Whoever looks for a guard takes this lock for an instant, so one failed try does not prove a rival.
        if not lock_within(guard_lock, fcntl.LOCK_EX, RIVAL_SECONDS):
            return
        users_lock = open_lock(self.home.users_lock)
        signal.signal(signal.SIGTERM, lambda _number, _frame: self.leave())
        threading.Thread(target=self.wait_for_last_user, args=(users_lock,), daemon=True).start()
        try:
            self.supervise()
            self.stop()
            remove_sockets(self.home)
        except (EmbeddedError, OSError) as error:
            # Written before the locks fall, so that whoever sees no guard also sees why.
            write_failure(self.home, str(error))
            raise
        os.close(guard_lock)
        os.close(users_lock)

    def wait_for_last_user(self, users_lock: int) -> None:
        """Runs in a thread: blocks until nobody holds the lock, and keeps it."""
        fcntl.flock(users_lock, fcntl.LOCK_EX)
        self.leave()

    def leave(self) -> None:
        """Ask the main loop to end."""
        self.leaving.set()
        os.write(self.wake_writer, b".")

    def supervise(self) -> None:
        """Keep a postmaster running until asked to leave. Raises EmbeddedError when it keeps dying."""
        programs = choose(self.home, self.directories)
        make_cluster(self.home, programs, durable=self.settings.durable)
        short_lives = 0
        while not self.leaving.is_set():
            postmaster = running(self.home)
            if postmaster is None:
                self.child = start(self.home, programs, self.settings)
                postmaster = hold_child(self.child, self.home.data)
            born = time.monotonic()
            if postmaster is not None:
                self.watch(postmaster)
                postmaster.release()
            if self.child is not None:
                self.child.poll()  # reaps it
            if time.monotonic() - born > SHORT_LIFE_SECONDS:
                short_lives = 0
            elif not self.leaving.is_set():
                short_lives += 1
                if short_lives >= SHORT_LIVES:
                    raise EmbeddedError(
                        f"PostgreSQL keeps ending. Its last words:\n{tail(self.home.server_log)}"
                    )
                self.pause(min(2.0, 0.1 * 2**short_lives) if short_lives > 1 else 0.0)

    def watch(self, postmaster: Postmaster) -> None:
        """Return when the postmaster ended or we are to leave; once it is ready, forget earlier failures."""
        poll = select.poll()
        poll.register(self.wake_reader, select.POLLIN)
        if postmaster.handle is not None:
            poll.register(postmaster.handle, select.POLLIN)
        was_ready = False
        while not self.leaving.is_set():
            known = was_ready and postmaster.handle is not None
            poll.poll(None if known else LOOK_SECONDS * 1000)
            if postmaster.ended(0.0):
                return
            if not was_ready and ready(self.home):
                was_ready = True
                self.home.failure.unlink(missing_ok=True)

    def pause(self, seconds: float) -> None:
        """Wait, unless asked to leave."""
        poll = select.poll()
        poll.register(self.wake_reader, select.POLLIN)
        poll.poll(seconds * 1000)

    def stop(self) -> None:
        """End the postmaster: fast (clean), or after a minute immediate (recovers at the next start)."""
        postmaster = running(self.home)
        if postmaster is None and self.child is not None:
            postmaster = hold_child(self.child, self.home.data)
        if postmaster is None:
            return
        postmaster.send(signal.SIGINT)
        if not postmaster.ended(FAST_STOP_SECONDS):
            postmaster.send(signal.SIGQUIT)
            if not postmaster.ended(FAST_STOP_SECONDS):
                raise EmbeddedError(f"PostgreSQL (process {postmaster.pid}) does not end.")
        postmaster.release()
        if self.child is not None:
            self.child.wait()


def guard(order: dict[str, object]) -> None:
    """Detach from whoever started us, then be the guard described by `order` (see `lease.order_for`)."""
    if os.fork() != 0:
        # The starter waits for this process only, so it never has a child to look after.
        os._exit(0)
    os.chdir("/")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    directories, extra = order["directories"], order["extra"]
    assert isinstance(directories, list)
    assert isinstance(extra, list)
    settings = Settings(durable=bool(order["durable"]), extra=tuple(str(part) for part in extra))
    home = settle(Path(str(order["home"])))
    Guard(home, [Path(str(part)) for part in directories], settings).run()


def write_failure(home: Home, text: str) -> None:
    """Leave word for those who wait; the random first line makes every failure a new one."""
    draft = home.failure.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        draft.write_text(f"{os.urandom(8).hex()}\n{text}\n")
        draft.replace(home.failure)


def tail(log: Path) -> str:
    """The last lines of a log."""
    try:
        return log.read_text(errors="replace")[-800:]
    except FileNotFoundError:
        return "(empty)"
