"""Failpoints: each is somewhere in the program, and does what it is armed with, the time it is armed for."""

import asyncio
import re
from collections.abc import Iterator

import pytest

from admitone.plumbing import failpoints
from admitone.plumbing.failpoints import NAMES, FailpointHit, arm, hit
from tests.support.source_files import package_files


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """Nothing stays armed."""
    yield
    arm("")


def test_every_name_is_somewhere_in_the_program_and_every_place_has_a_name() -> None:
    source = "\n".join(path.read_text() for path in package_files() if path.name != "failpoints.py")
    named = set(re.findall(r'\bhit\("([a-z_.]+)"\)', source))
    for pair in re.findall(r'failpoint="([a-z_]+)"', source):
        named |= {f"{pair}.before_commit", f"{pair}.after_commit"}
    assert named == set(NAMES)
    assert len(NAMES) == len(set(NAMES))


async def test_an_armed_point_acts_the_time_it_is_armed_for_and_only_then() -> None:
    arm("hold.before_commit:raise@3,order.before_commit:raise")
    await hit("hold.before_commit")
    await hit("hold.before_commit")
    await hit("hold.after_commit")
    with pytest.raises(FailpointHit, match=r"hold\.before_commit"):
        await hit("hold.before_commit")
    await hit("hold.before_commit")
    with pytest.raises(FailpointHit, match=r"order\.before_commit"):
        await hit("order.before_commit")


async def test_all_points_can_be_slowed_down_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    arm("*:delay")
    for name in NAMES:
        await hit(name)
    assert len(slept) == len(NAMES)
    assert all(0 <= seconds < 0.02 for seconds in slept)


@pytest.mark.parametrize("wrong", ["hold.never:raise", "hold.before_commit:explode", "hold.before_commit"])
def test_a_wrong_word_is_refused_and_not_ignored(wrong: str) -> None:
    with pytest.raises(AssertionError):
        arm(wrong)


def test_without_the_variable_nothing_is_armed() -> None:
    assert failpoints._armed == {}
