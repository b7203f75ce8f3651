"""The running postmaster: found, proved to be ours, waited for and signalled.

A process id in a file proves nothing: its process may be long dead and the number given to a stranger. So a
`Postmaster` exists only for a process whose own command line says postgres and this data directory. On Linux
it is held by a pidfd opened before that look, so the number cannot change hands between the look and a
signal.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from admitone.plumbing.embedded.home import SOCKET_NAME, Home

# Lines of postmaster.pid, see src/include/utils/pidfile.h of PostgreSQL.
PID_LINE, STATUS_LINE = 0, 7


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A live postgres on one data directory. `handle` is a pidfd, or None where the system has none."""

    pid: int
    data: Path
    handle: int | None

    def send(self, number: signal.Signals) -> None:
        """Signal exactly this process, or nobody when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            if self.handle is not None and sys.platform == "linux":
                signal.pidfd_send_signal(self.handle, number)
            elif is_postgres(self.pid, self.data):
                os.kill(self.pid, number)

    def ended(self, seconds: float) -> bool:
        """Wait up to `seconds` for its end; True when it is gone."""
        if self.handle is not None:
            poll = select.poll()
            poll.register(self.handle, select.POLLIN)
            return bool(poll.poll(seconds * 1000))
        deadline = time.monotonic() + seconds
        pause = threading.Event()
        while is_postgres(self.pid, self.data):
            if time.monotonic() >= deadline:
                return False
            pause.wait(0.05)
        return True

    def release(self) -> None:
        """Let go of the handle, not of the process."""
        if self.handle is not None:
            os.close(self.handle)


def hold(pid: int, data: Path) -> Postmaster | None:
    """The process with this number if it is a postgres on `data`, else None."""
    handle = handle_of(pid)
    if is_postgres(pid, data):
        return Postmaster(pid, data, handle)
    if handle is not None:
        os.close(handle)
    return None


def hold_child(child: subprocess.Popen[bytes], data: Path) -> Postmaster | None:
    """Our own child, None once reaped. Until then its number cannot be a stranger's, so it needs no proof.

    It could not give one either: for an instant after `exec` Linux shows an empty command line.
    """
    return Postmaster(child.pid, data, handle_of(child.pid)) if child.poll() is None else None


def handle_of(pid: int) -> int | None:
    """A pidfd, or None when there is no such process, or no such thing as a pidfd."""
    if sys.platform != "linux":
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def running(home: Home) -> Postmaster | None:
    """The live postmaster named by the cluster's own pid file, else None. Release it after use."""
    pid = written_pid(home)
    return hold(pid, home.data) if pid is not None else None


def ready(home: Home) -> bool:
    """Whether the server takes connections."""
    if pid_file(home)[STATUS_LINE:] != ["ready"] or not (home.sockets / SOCKET_NAME).exists():
        return False
    pid = written_pid(home)
    return pid is not None and is_postgres(pid, home.data)


def forget_stranger(home: Home) -> None:
    """Remove a pid file whose number now belongs to a stranger. Call only when `running` found nothing.

    PostgreSQL would take the stranger for its predecessor and refuse to start. A number nobody has is left to
    PostgreSQL, and so is the proof by shared memory that no child of the predecessor still lives.
    """
    pid = written_pid(home)
    if pid is None:
        return
    try:
        os.kill(pid, 0)  # number 0 sends nothing, it only asks
    except ProcessLookupError:
        return
    except PermissionError:
        pass
    (home.data / "postmaster.pid").unlink(missing_ok=True)


def pid_file(home: Home) -> list[str]:
    """The stripped lines of postmaster.pid, none when there is no such file."""
    try:
        return [line.strip() for line in (home.data / "postmaster.pid").read_text().splitlines()]
    except (FileNotFoundError, NotADirectoryError):
        return []


def written_pid(home: Home) -> int | None:
    """The process id in postmaster.pid, alive or not."""
    lines = pid_file(home)
    if not lines or not lines[PID_LINE].isdecimal() or int(lines[PID_LINE]) <= 1:
        return None
    return int(lines[PID_LINE])


def is_postgres(pid: int, data: Path) -> bool:
    """Whether this process is `postgres … -D data …`. A zombie has no command line and is not."""
    arguments = command_line(pid)
    if not arguments or os.path.basename(arguments[0]) != "postgres":
        return False
    return any(flag == "-D" and value == str(data) for flag, value in pairwise(arguments))


def command_line(pid: int) -> list[str]:
    """The arguments of a process, empty when there is none."""
    if os.path.exists("/proc/self/cmdline"):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                return [os.fsdecode(part) for part in file.read().split(b"\0")]
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return []
    shown = subprocess.run(
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return rejoined(shown.stdout.strip())


def rejoined(line: str) -> list[str]:
    """Arguments out of a line of `ps`, which does not quote: the value of `-D` runs up to `-k`."""
    program, found, rest = line.partition(" -D ")
    if not found:
        return [line] if line else []
    return [program, "-D", rest.partition(" -k ")[0]]
