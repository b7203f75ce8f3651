"""What the stand-in knows, as plain objects that go into a file and come back from it."""

import json
import os
import secrets
import string
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

Thing = dict[str, Any]
_LETTERS = string.ascii_uppercase + string.digits


@dataclass(slots=True)
class Delivery:
    """A webhook on its way."""

    event_id: str
    transmission_id: str
    due_at: str
    tries: int = 0


@dataclass(slots=True)
class State:
    """Everything. `keys` are answers by idempotency key; `lines` are the account's books, oldest first."""

    orders: dict[str, Thing] = field(default_factory=dict)
    refunds: dict[str, Thing] = field(default_factory=dict)
    payouts: dict[str, Thing] = field(default_factory=dict)
    disputes: dict[str, Thing] = field(default_factory=dict)
    keys: dict[str, Thing] = field(default_factory=dict)
    events: list[Thing] = field(default_factory=list)
    lines: list[Thing] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)


class Memory:
    """The state, and the file it is kept in (none: it is forgotten with the process)."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.state = State()
        if path is not None and path.exists():
            kept = json.loads(path.read_text("utf-8"))
            deliveries = [Delivery(**one) for one in kept.pop("deliveries")]
            self.state = State(**kept, deliveries=deliveries)

    def keep(self) -> None:
        """Write it down: the whole file or the one before, never half of it."""
        if self._path is not None:
            write_privately(self._path, json.dumps(asdict(self.state)))


def write_privately(path: Path, text: str) -> None:
    """Replace a file that only we can read."""
    beside = path.with_suffix(path.suffix + ".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)


def new_id(length: int = 17) -> str:
    """A name like PayPal's: capital letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def stamp(moment: datetime) -> str:
    """A time as PayPal writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def find(things: dict[str, Thing], wanted: Callable[[Thing], bool]) -> Thing | None:
    """The first that fits."""
    return next((one for one in things.values() if wanted(one)), None)
