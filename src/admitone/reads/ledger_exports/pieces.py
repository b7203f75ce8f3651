"""Where a ZIP archive is written that is sent while it is written: it goes forward only."""

import io
from typing import Any


class Pieces(io.RawIOBase):
    """A file that cannot be read or gone back in: what was written waits until it is taken.

    `zipfile` sees that and writes sizes and checksums after each member instead of before it (APPNOTE 4.4.4, bit 3).
    """

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, piece: Any, /) -> int:  # noqa: ANN401 - what has a buffer has no name in Python 3.11
        """Keep it."""
        self._waiting.append(bytes(piece))
        return len(self._waiting[-1])

    def taken(self) -> bytes:
        """What waited; nothing waits any more."""
        made = b"".join(self._waiting)
        self._waiting.clear()
        return made
