"""THE TABLE: what happens by the clock. Each row is a story that may be run by several workers at once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """Run `story` every `every_seconds`; at once again while it says that it did something (`eager`)."""

    name: str
    every_seconds: float
    story: Callable[[], Awaitable[int]]
    eager: bool = False
