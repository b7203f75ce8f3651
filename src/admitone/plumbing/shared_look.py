"""One look in the database for everybody who asks for the same in the same moment.

What is kept in memory for seconds is out of date for everybody at once: without this, a crowd would go and look.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SharedLook(Generic[K, V]):
    """Looks that are under way, by what is looked for. It keeps nothing that was seen."""

    def __init__(self) -> None:
        self._under_way: dict[K, asyncio.Task[V]] = {}

    async def at(self, key: K, look: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """What `look` sees, or sees already for somebody else. Raises what it raises, to all of them.

        It goes on when whoever asks is cancelled: others may wait for it.
        """
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(look())
            task.add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(task)

    def forget(self) -> None:
        """Something changed: whoever asks from now on has a look of their own, which sees it."""
        self._under_way.clear()

    def _ended(self, key: K, task: asyncio.Task[V]) -> None:
        if self._under_way.get(key) is task:
            del self._under_way[key]
