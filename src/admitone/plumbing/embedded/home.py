"""The directory of one embedded server: what lies where, whose it is, and its locks.

Paths follow from the home alone, never from TMPDIR or the working directory, so that every process of the
account finds the same server.
"""

import errno
import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from admitone.plumbing.embedded.options import EmbeddedError

SOCKET_NAME = ".s.PGSQL.5432"
# sun_path holds 104 bytes on macOS and 108 on Linux, both with the closing NUL.
SOCKET_PATH_BYTES = 103
# Where root keeps clusters that `nobody` could not reach in root's own home.
ROOT_BASE = Path("/var/lib/admitone")


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged account a server started by root runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Home:
    """One server's directory. `account` is set only when we are root."""

    base: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """The cluster itself."""
        return self.base / "data"

    @property
    def sockets(self) -> Path:
        """The 0700 directory of the only socket: in the home, or in /tmp where the path would be too long."""
        inside = self.base / "sock"
        if len(os.fsencode(inside / SOCKET_NAME)) <= SOCKET_PATH_BYTES:
            return inside
        # Everybody may write in /tmp, so what is found there is looked at before use.
        return Path("/tmp") / f"admitone-{os.geteuid()}-{digest(self.base)}"  # noqa: S108

    @property
    def users_lock(self) -> Path:
        """Held shared by every user; the guard gets it exclusively when the last one is gone."""
        return self.base / "users.lock"

    @property
    def guard_lock(self) -> Path:
        """Held exclusively by the guard."""
        return self.base / "guard.lock"

    @property
    def server_log(self) -> Path:
        """What PostgreSQL says."""
        return self.base / "server.log"

    @property
    def guard_log(self) -> Path:
        """What the guard says."""
        return self.base / "guard.log"

    @property
    def failure(self) -> Path:
        """Why the last guard gave up; a new text each time, gone once a server runs."""
        return self.base / "failure"

    @property
    def server_uid(self) -> int:
        """Whose processes and files the server's are."""
        return self.account.uid if self.account else os.geteuid()

    def give(self, path: Path) -> None:
        """Hand a directory we just made to the server's account."""
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)


def settle(wanted: Path) -> Home:
    """The home to use for `wanted`, its directory made.

    As root a place that `nobody` cannot enter (such as below /root) is replaced by one in /var/lib/admitone:
    opening up directories that were there before would expose what their owner hid. Raises EmbeddedError when
    the place cannot be made or belongs to somebody else.
    """
    base = Path(os.path.realpath(wanted))
    account = None
    try:
        if os.geteuid() == 0:
            entry = pwd.getpwnam("nobody")
            account = Account(entry.pw_uid, entry.pw_gid)
            if not enterable(base, account):
                base = ROOT_BASE / digest(base)
        make(base, 0o755 if account else 0o700)
        home = Home(base, account)
        if home.data.exists() and home.data.stat().st_uid != home.server_uid:
            owner = home.data.stat().st_uid
            raise EmbeddedError(
                f"{home.data} belongs to user {owner}, the server would run as user {home.server_uid}. "
                "Start the program as the account that made it, or point ADMITONE_HOME elsewhere."
            )
    except OSError as error:
        raise EmbeddedError(f"No place for PostgreSQL at {base}: {error}. Set ADMITONE_HOME.") from error
    return home


def digest(path: Path) -> str:
    """A short name for a long path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def enterable(path: Path, account: Account) -> bool:
    """Whether `account` may walk down to `path`, as far as it exists, going by the mode bits."""
    for step in (path, *path.parents):
        try:
            status = step.stat()
        except FileNotFoundError:
            continue
        if status.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif status.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not status.st_mode & needed:
            return False
    return True


def make(path: Path, mode: int) -> None:
    """Make `path` and what is missing above it; only what is made here gets `mode`, whatever the umask."""
    for step in reversed((path, *path.parents)):
        try:
            os.mkdir(step, mode)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno == errno.EROFS and step.is_dir():
                continue
            raise
        os.chmod(step, mode)


def fresh_sockets(home: Home) -> None:
    """An empty socket directory that only the server's account may enter. Call only while no server runs.

    The lock file of a dead server is thrown away with it: PostgreSQL would refuse to start for as long as a
    stranger happens to have its process id.
    """
    remove_sockets(home)
    os.mkdir(home.sockets, 0o700)
    home.give(home.sockets)


def remove_sockets(home: Home) -> None:
    """Throw the socket directory away. Raises EmbeddedError when what is there is not ours."""
    try:
        status = os.lstat(home.sockets)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (os.geteuid(), home.server_uid):
        raise EmbeddedError(f"{home.sockets} is in the way and not ours. Remove it, or set ADMITONE_HOME.")
    shutil.rmtree(home.sockets)


def open_lock(path: Path) -> int:
    """A descriptor for `flock`, not inherited by programs we start. Raises EmbeddedError when not allowed."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise EmbeddedError(f"{path} belongs to another account. Point ADMITONE_HOME elsewhere.") from error


def lock_within(descriptor: int, kind: int, seconds: float) -> bool:
    """Take the lock (`fcntl.LOCK_SH` or `LOCK_EX`) within `seconds`; False when others kept it."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            pause.wait(0.02)
        else:
            return True


def guarded(home: Home) -> bool:
    """Whether a guard lives."""
    descriptor = open_lock(home.guard_lock)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
