"""One look for a crowd, and a new one for whoever comes after a change."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from admitone.plumbing.shared_look import SharedLook


class Window:
    """What is seen through it, how often somebody looked, and a curtain that the test opens."""

    def __init__(self, *, is_open: bool = False) -> None:
        self.looks = 0
        self.seen: int | Exception = 1
        self._open = asyncio.Event()
        if is_open:
            self._open.set()

    def open(self) -> None:
        """Whoever looks sees what is there."""
        self._open.set()

    def look(self) -> Callable[[], Coroutine[None, None, int]]:
        """A way to look."""

        async def see() -> int:
            self.looks += 1
            seen = self.seen
            await self._open.wait()
            if isinstance(seen, Exception):
                raise seen
            return seen

        return see


async def begun(asked: Coroutine[None, None, int], window: Window, looks: int) -> "asyncio.Task[int]":
    """It is asked, and so many have looked by now."""
    task = asyncio.create_task(asked)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert window.looks == looks
    return task


async def test_a_crowd_shares_a_look_and_the_next_one_has_its_own() -> None:
    shared: SharedLook[str, int] = SharedLook()
    window = Window()
    crowd = [await begun(shared.at("a", window.look()), window, 1) for _ in range(20)]
    other = await begun(shared.at("b", window.look()), window, 2)
    window.open()
    assert set(await asyncio.gather(*crowd, other)) == {1}
    window.seen = 2
    assert (await shared.at("a", window.look()), window.looks) == (2, 3)


async def test_whoever_asks_after_a_change_sees_it() -> None:
    shared: SharedLook[str, int] = SharedLook()
    window = Window()
    before = await begun(shared.at("a", window.look()), window, 1)
    window.seen = 2
    shared.forget()
    after = await begun(shared.at("a", window.look()), window, 2)
    # The end of the old look leaves the new one under way.
    window.open()
    assert await before == 1
    assert await after == 2


async def test_the_end_of_an_old_look_leaves_the_new_one_to_others() -> None:
    shared: SharedLook[str, int] = SharedLook()
    old, new = Window(), Window()
    before = await begun(shared.at("a", old.look()), old, 1)
    shared.forget()
    after = await begun(shared.at("a", new.look()), new, 1)
    old.open()
    await before
    beside = await begun(shared.at("a", new.look()), new, 1)
    new.open()
    assert set(await asyncio.gather(after, beside)) == {1}


async def test_what_goes_wrong_is_told_to_all_and_is_over() -> None:
    shared: SharedLook[str, int] = SharedLook()
    window = Window()
    window.seen = LookupError("nothing there")
    crowd = [await begun(shared.at("a", window.look()), window, 1) for _ in range(3)]
    window.open()
    for one in crowd:
        with pytest.raises(LookupError):
            await one
    window.seen = 3
    assert await shared.at("a", window.look()) == 3


async def test_whoever_leaves_takes_nothing_from_the_others() -> None:
    shared: SharedLook[str, int] = SharedLook()
    window = Window()
    first = await begun(shared.at("a", window.look()), window, 1)
    second = await begun(shared.at("a", window.look()), window, 1)
    first.cancel()
    window.open()
    assert await second == 1
    with pytest.raises(asyncio.CancelledError):
        await first
