"""Sealed secrets open only unaltered, in their own place, with a key we hold; the key file is made once."""

import multiprocessing
import multiprocessing.synchronize
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.plumbing.sealing import MasterKeyUnusable, SealBroken, Sealer, load_or_create_master_key

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
SEALER = Sealer({1: OLD, 2: NEW}, active=2)


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_what_is_sealed_opens_in_its_own_context(plain: bytes, context: bytes) -> None:
    sealed = SEALER.seal(plain, context)
    assert SEALER.open_(sealed, context) == plain
    assert len(sealed) == len(plain) + 30
    assert sealed[:2] == b"\x01\x02"


@given(st.binary(max_size=60), st.data())
def test_any_changed_bit_breaks_the_seal(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(SEALER.seal(plain, b"row 7"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        SEALER.open_(bytes(sealed), b"row 7")


def test_a_value_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(SealBroken):
        SEALER.open_(SEALER.seal(b"secret", b"row 7"), b"row 8")


@pytest.mark.parametrize("length", range(30))
def test_a_cut_value_does_not_open(length: int) -> None:
    with pytest.raises(SealBroken):
        SEALER.open_(SEALER.seal(b"", b"")[:length], b"")


def test_the_same_secret_is_never_sealed_to_the_same_bytes() -> None:
    assert len({SEALER.seal(b"secret", b"") for _ in range(100)}) == 100


def test_a_replaced_key_still_opens_and_is_reported_as_due() -> None:
    before = Sealer({1: OLD}, active=1).seal(b"secret", b"row")
    assert SEALER.open_(before, b"row") == b"secret"
    assert SEALER.is_stale(before) is True
    assert SEALER.is_stale(SEALER.seal(b"secret", b"row")) is False
    with pytest.raises(SealBroken):
        Sealer({2: NEW}, active=2).open_(before, b"row")


def test_the_key_file_is_private_and_read_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "var" / "master.key"
    key = load_or_create_master_key(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_master_key(path) == key
    assert os.listdir(path.parent) == ["master.key"]


def _make_key(
    path: Path, start: multiprocessing.synchronize.Event, answers: "multiprocessing.Queue[bytes]"
) -> None:
    start.wait()
    answers.put(load_or_create_master_key(path))


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for round_number in range(5):
        path = tmp_path / str(round_number) / "master.key"
        start, answers = context.Event(), context.Queue()
        processes = [context.Process(target=_make_key, args=(path, start, answers)) for _ in range(6)]
        for process in processes:
            process.start()
        start.set()
        keys = {answers.get(timeout=20) for _ in processes}
        for process in processes:
            process.join()
        assert keys == {bytes.fromhex(path.read_text().strip())}
        assert os.listdir(path.parent) == ["master.key"]


@pytest.mark.parametrize("content", ["", "abc", "00" * 31, "zz" * 32, "é"])
def test_a_file_that_is_no_key_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(MasterKeyUnusable):
        load_or_create_master_key(path)
    assert path.read_text() == content


def test_a_key_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    load_or_create_master_key(path)
    path.chmod(0o640)
    with pytest.raises(MasterKeyUnusable):
        load_or_create_master_key(path)
