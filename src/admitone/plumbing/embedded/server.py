"""Making a cluster and starting PostgreSQL on it: the command lines, and why they are so."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from admitone.plumbing.embedded.binaries import Programs
from admitone.plumbing.embedded.home import Home, fresh_sockets
from admitone.plumbing.embedded.memory import shared_buffers_mib
from admitone.plumbing.embedded.options import EmbeddedError
from admitone.plumbing.embedded.process import forget_stranger

# The first version with a collation provider of its own, which sorts the same on every system.
BUILTIN_LOCALE_MAJOR = 17
LOG_BYTES = 8 * 1024 * 1024

SETTINGS = (
    "max_connections=100",
    "shared_preload_libraries=pg_stat_statements",
    "pg_stat_statements.track=all",
    "pg_stat_statements.track_planning=on",
    # Our statements are short; compiling them costs more than it saves.
    "jit=off",
    # A forgotten transaction holds locks and keeps dead rows; everything of ours ends in milliseconds.
    "idle_in_transaction_session_timeout=10s",
    # Half the journal volume after a checkpoint for a little processor time; small disks are slower than
    # processors.
    "wal_compression=on",
    "unix_socket_permissions=0700",
    "timezone=UTC",
    "log_timezone=UTC",
)
# Nothing survives a crash of the machine: for databases that are thrown away.
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server is started with, see `Options`."""

    durable: bool
    extra: tuple[str, ...]


def make_cluster(home: Home, programs: Programs, *, durable: bool) -> None:
    """Make the cluster unless it is there. A half-made one never gets its name. Raises EmbeddedError."""
    if (home.data / "PG_VERSION").exists():
        return
    draft = home.base / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    home.give(draft)
    if programs.major >= BUILTIN_LOCALE_MAJOR:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    else:
        locale = ["--locale-provider=libc", "--locale=C.UTF-8"]
    command = [str(programs.directory / "initdb"), "-D", str(draft), "-U", "postgres"]
    command += ["--encoding=UTF8", *locale, "--auth-local=trust", "--auth-host=reject"]
    command += ["--data-checksums", "--no-instructions"]
    if not durable:
        command.append("--no-sync")
    made = run_as(home, command)
    if made.returncode != 0:
        raise EmbeddedError(f"initdb failed: {made.stderr.decode(errors='replace').strip()[-600:]}")
    draft.rename(home.data)
    if durable:
        sync_directory(home.base)


def start(home: Home, programs: Programs, settings: Settings) -> subprocess.Popen[bytes]:
    """Start a postmaster as our child. Call only when `process.running` found none."""
    forget_stranger(home)
    fresh_sockets(home)
    chosen = (
        *SETTINGS,
        f"shared_buffers={shared_buffers_mib()}MB",
        *(() if settings.durable else NOT_DURABLE),
        *settings.extra,
    )
    flags = [part for setting in chosen for part in ("-c", setting)]
    # -D and -k stand first and together: the check of a process's identity reads them back.
    command = [str(programs.directory / "postgres"), "-D", str(home.data), "-k", str(home.sockets)]
    command += ["-h", "", *flags]
    with open(rotated(home.server_log), "ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment(),
            user=home.account.uid if home.account else None,
            group=home.account.gid if home.account else None,
            extra_groups=[] if home.account else None,
        )


def run_as(home: Home, command: list[str]) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end as the server's account."""
    return subprocess.run(
        command,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
        cwd="/",
        env=environment(),
        user=home.account.uid if home.account else None,
        group=home.account.gid if home.account else None,
        extra_groups=[] if home.account else None,
    )


def environment() -> dict[str, str]:
    """Ours without what would steer PostgreSQL behind our back."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def rotated(log: Path) -> Path:
    """The same path; a log grown too large is put aside, the one before it dropped."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log


def sync_directory(path: Path) -> None:
    """Make a rename in `path` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
