"""Providers that tell of news over a connection which we keep open (`roles.Watches`): nodes of Lightning and Bitcoin.

Each worker keeps a watch on every such account. A hint is only a hint: the provider is asked, and settlement counts
what it says once, however many workers hear of it and however often. What a watch misses, the timetable finds.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Collection
from uuid import UUID

import structlog

from admitone import payments
from admitone.assembly import Assembly
from admitone.payments import Hint, OpenAccount

log = structlog.get_logger(__name__)
LOOK_SECONDS = 5.0
"""So often it is looked which accounts there are."""
AGAIN_SECONDS = 1.0
"""So long after a connection ended the watch begins anew, longer each time up to `AGAIN_SECONDS_MOST`."""
AGAIN_SECONDS_MOST = 30.0
AGAIN_CLOSED_SECONDS_MOST = 900.0
"""The same for a closed account: its node may be gone for good."""
AT_ONCE = 64
"""So many hints are followed at the same time: their settlements share transactions."""
TOGETHER = 256
"""So many are asked about by one question, where the provider tells of many (`roles.TellsMany`)."""
QUESTIONS = 2
"""So many such questions are under way: one waits for the database while the other is prepared."""


class Watchers:
    """A watch for each account."""

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self._watches: dict[UUID, tuple[OpenAccount, asyncio.Task[None]]] = {}

    @property
    def watching(self) -> Collection[UUID]:
        """The accounts that are watched."""
        return self._watches.keys()

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop` is set."""
        try:
            while not stop.is_set():
                try:
                    await self.look()
                except Exception:
                    log.exception("watchers.failed")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        finally:
            for account_id in list(self._watches):
                await self._stop(account_id)

    async def look(self) -> None:
        """Begin to watch accounts that are new or were changed, and stop where there is none any more."""
        accounts = self._assembly.payment_accounts
        names = [name for name, kind in accounts.kinds.items() if kind.is_watched]
        wanted = await self._accounts(names) if names else set()
        for account_id in self._watches.keys() - wanted:
            await self._stop(account_id)
        for account_id in wanted:
            opened = await accounts.find(account_id)
            known = self._watches.get(account_id)
            if known is not None and (opened is None or opened.account != known[0].account):
                # With the keys and rules it has now, not those it had when its watch began.
                await self._stop(account_id)
            if opened is not None and account_id not in self._watches:
                self._watches[account_id] = (opened, asyncio.create_task(self._watch(opened)))

    async def _stop(self, account_id: UUID) -> None:
        _, watch = self._watches.pop(account_id)
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)

    async def _accounts(self, names: list[str]) -> set[UUID]:
        async with self._assembly.database.reading() as reader:
            return set(await payments.accounts_to_watch(reader, names, self._assembly.clock.now()))

    async def _watch(self, opened: OpenAccount) -> None:
        pause = AGAIN_SECONDS
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._hear(opened)
            except Exception as error:
                log.warning(
                    "watch.interrupted", account_id=str(opened.account.id), error=type(error).__name__
                )
            lasted = asyncio.get_running_loop().time() - began
            pause = pause_after(pause, lasted, is_closed=opened.account.state == "closed")
            await asyncio.sleep(pause)

    async def _hear(self, opened: OpenAccount) -> None:
        role = opened.provider.roles.watches
        if role is None:
            return
        asked = _Asked(self._assembly, opened)
        try:
            async with contextlib.aclosing(role.watch()) as news:
                async for hint in news:
                    await asked.about(hint)
        finally:
            await asked.close()


def pause_after(pause: float, lasted: float, *, is_closed: bool) -> float:
    """Seconds until a watch begins anew that lasted so long, and began after `pause`."""
    if lasted > AGAIN_SECONDS_MOST:
        return AGAIN_SECONDS
    return min(pause * 2, AGAIN_CLOSED_SECONDS_MOST if is_closed else AGAIN_SECONDS_MOST)


class _Asked:
    """Asks about what a watch hears of, several at a time: a block may bring a thousand payments."""

    def __init__(self, assembly: Assembly, opened: OpenAccount) -> None:
        self._assembly = assembly
        self._opened = opened
        is_many = opened.provider.roles.tells_many is not None
        self._together, self._lanes_most = (TOGETHER, QUESTIONS) if is_many else (1, AT_ONCE)
        # As many as are asked about: whoever tells of more waits, and has told of no more when this process dies.
        self._gate = asyncio.Semaphore(self._together * self._lanes_most)
        self._waiting: deque[str] = deque()
        self._lanes: set[asyncio.Task[None]] = set()
        self._asking = 0
        self._looking: asyncio.Task[None] | None = None
        self._look_again = False

    async def about(self, hint: Hint) -> None:
        """Ask about it; waits while as many as may be are under way.

        A dispute is waited for: nothing but the watch tells of it before the night, so if that fails it has to be told
        again. Raises what stopped it.
        """
        if hint.is_dispute:
            await self._assembly.money.disputing.ask(self._opened.account.id, hint.ref)
            return
        await self._gate.acquire()
        if self._opened.provider.roles.finds is not None:
            self._look_besides()
        self._waiting.append(hint.ref)
        if self._asking < self._lanes_most:
            # Counted here, and uncounted where the lane ends: a task that has ended is still there for a moment, and
            # what is told of in that moment would wait for the next hint.
            self._asking += 1
            lane = asyncio.create_task(self._ask())
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)

    def _look_besides(self) -> None:
        """Look once, however many hints come meanwhile, and once more after the last of them."""
        self._look_again = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_until_still())

    async def _look_until_still(self) -> None:
        while self._look_again:
            self._look_again = False
            try:
                await self._assembly.money.found_money.look(self._opened.account.id)
            except Exception as error:
                # The timetable looks, too.
                log.warning("watch.looking_failed", error=type(error).__name__)

    async def close(self) -> None:
        """Wait for those under way."""
        waited = [*self._lanes, *([] if self._looking is None else [self._looking])]
        await asyncio.gather(*waited, return_exceptions=True)

    async def _ask(self) -> None:
        try:
            while self._waiting:
                await self._ask_about(
                    [self._waiting.popleft() for _ in range(min(len(self._waiting), self._together))]
                )
        finally:
            self._asking -= 1

    async def _ask_about(self, refs: list[str]) -> None:
        try:
            await self._assembly.settlement.ask_by_refs(self._opened.account.id, refs)
        except Exception as error:
            # The timetable asks again.
            log.warning("watch.asking_failed", error=type(error).__name__)
        finally:
            for _ in refs:
                self._gate.release()
