"""How much memory the embedded server keeps tables in."""

from pathlib import Path

import pytest

from admitone.plumbing.embedded.memory import shared_buffers_mib

MIB = 1024 * 1024


@pytest.mark.parametrize(("limit", "expected"), [(512 * MIB, 128), (4096 * MIB, 256), (1, 128)])
def test_a_container_of_so_many_bytes_gets_a_sixteenth(tmp_path: Path, limit: int, expected: int) -> None:
    (tmp_path / "max").write_text(f"{limit}\n")
    assert shared_buffers_mib((tmp_path / "none", tmp_path / "max")) == min(expected, shared_buffers_mib(()))


def test_no_limit_is_the_machines_own_memory_and_within_bounds(tmp_path: Path) -> None:
    (tmp_path / "max").write_text("max\n")
    assert 128 <= shared_buffers_mib((tmp_path / "max",)) == shared_buffers_mib(()) <= 1024
