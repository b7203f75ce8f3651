"""The processes of an embedded server, as the machine lists them."""

import subprocess
from pathlib import Path


def guards(home: Path) -> list[int]:
    """The guards of this home."""
    return _first_of_their_kind(f'"home": "{home}"', "embedded.guard")


def postmasters(home: Path) -> list[int]:
    """The postmasters of this home."""
    return _first_of_their_kind(f"postgres -D {home}/data ")


def processes(home: Path) -> list[int]:
    """All that belongs to this home's server."""
    return guards(home) + postmasters(home)


def _first_of_their_kind(*words: str) -> list[int]:
    """Who has these words in its command line, but for whoever was just forked and still has its parent's."""
    shown = subprocess.run(
        ["ps", "-Awwo", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    ).stdout
    listed = [line.split(maxsplit=2) for line in shown.splitlines()]
    found = {
        int(pid): int(parent) for pid, parent, command in listed if all(word in command for word in words)
    }
    return [pid for pid, parent in found.items() if parent not in found]
