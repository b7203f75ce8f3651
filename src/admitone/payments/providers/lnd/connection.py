"""The connection to one LND: begun at the first call, kept while it is used, given back a while after.

So whoever drops an account that was changed or closed need not tell anybody. Which address it goes to is looked up when
it is begun, and again after a call that brought no answer: a node that moved is found, at an address that may be asked.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admitone.payments.providers.lightning.node import NodeAway
from admitone.payments.providers.lnd.keys import LndKeys, read_keys
from admitone.plumbing.database import require_no_transaction
from admitone.plumbing.node_addresses import NodeAddresses, NodeUnreachable
from admitone.plumbing.public_addresses import Address

if TYPE_CHECKING:
    from admitone.payments.providers.lnd.talking import Talking

IDLE_SECONDS: Final = 60.0
"""So long nobody has to use a connection before it is given back."""


@dataclass(slots=True, eq=False)
class _Line:
    talking: "Talking"
    address: Address
    users: int = 0
    is_doubted: bool = False
    timer: asyncio.TimerHandle | None = None


class Connection:
    """`keys` are as they were typed; `begin` makes what talks to this address."""

    def __init__(
        self,
        keys: Mapping[str, str],
        addresses: NodeAddresses,
        begin: "Callable[[LndKeys, Address], Awaitable[Talking]]",
    ) -> None:
        self._typed = dict(keys)
        self._addresses = addresses
        self._begin = begin
        self._line: _Line | None = None
        self._gate = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def target(self) -> str:
        """Host and port of the node. Raises `BadNodeKeys`."""
        return read_keys(self._typed).target

    @property
    def is_open(self) -> bool:
        """There is one."""
        return self._line is not None

    @asynccontextmanager
    async def used(self) -> "AsyncIterator[Talking]":
        """It, for one call or one watch. Raises `BadNodeKeys`, `NodeAway`."""
        require_no_transaction("lnd")
        line = await self._taken()
        try:
            yield line.talking
        except NodeAway:
            line.is_doubted = True
            raise
        finally:
            line.users -= 1
            self._rest(line)

    async def close(self) -> None:
        """Give it back now; the next call begins another."""
        line, self._line = self._line, None
        if line is not None:
            await line.talking.close()

    async def _taken(self) -> _Line:
        async with self._gate:
            line = self._line
            if line is None or line.is_doubted:
                line = self._line = await self._begun(line)
            line.users += 1
            if line.timer is not None:
                line.timer.cancel()
            return line

    async def _begun(self, before: _Line | None) -> _Line:
        """A connection; the one before when it goes where it should. Of several addresses the next is tried."""
        keys = read_keys(self._typed)
        try:
            found = await self._addresses.of(keys.host, keys.port, is_encrypted=True)
        except NodeUnreachable:
            raise NodeAway("no answer") from None
        there = sorted(found, key=lambda one: one.version)
        following = 0
        if before is not None and before.address in there:
            before.is_doubted = False
            following = (there.index(before.address) + 1) % len(there)
            if len(there) == 1:
                return before
        line = _Line(await self._begin(keys, there[following]), there[following])
        if before is not None:
            # Whoever still uses it, a watch for one, gives it back.
            self._rest(before, seconds=0)
        return line

    def _rest(self, line: _Line, seconds: float | None = None) -> None:
        if line.users:
            return
        if line.timer is not None:
            line.timer.cancel()
        after = IDLE_SECONDS if seconds is None else seconds
        line.timer = asyncio.get_running_loop().call_later(after, self._give_back, line)

    def _give_back(self, line: _Line) -> None:
        if line.users:
            return
        if line.talking.is_paying:
            self._rest(line)
            return
        if self._line is line:
            self._line = None
        task = asyncio.get_running_loop().create_task(line.talking.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
