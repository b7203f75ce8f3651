"""How much memory the server may use to keep its tables at hand."""

import os
from pathlib import Path
from typing import Final

_MIB: Final = 1024 * 1024
# A sixteenth leaves room for the rest of the site on the smallest machine, and for the system's own file cache, which
# PostgreSQL relies on as well.
_SHARE: Final = 16
_LEAST_MIB: Final = 128
_MOST_MIB: Final = 1024
# A container's limit (control groups, version 2 and 1); "max", or a number beyond any machine, is none.
_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def shared_buffers_mib(limits: tuple[Path, ...] = _LIMITS) -> int:
    """PostgreSQL's `shared_buffers` for this machine, in MiB: a sixteenth of its memory, from 128 to 1024."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    have = min([physical, *(limit for path in limits if (limit := _limit(path)) is not None)])
    return max(_LEAST_MIB, min(_MOST_MIB, have // _SHARE // _MIB))


def _limit(path: Path) -> int | None:
    try:
        said = path.read_text().strip()
    except OSError:
        return None
    return int(said) if said.isdigit() else None
