"""Group commit: many callers, one transaction, each with its own verdict.

While one batch commits, the next one gathers; there is no timer. A lone caller waits for nothing, and a crowd shares
one commit, so the more clients come the cheaper each is. Durability is untouched: a caller is answered only after the
commit that makes its answer true.

A request's refusal is its own: `run` returns it in that request's place. A request that breaks the whole batch (a bug)
is found by running the batch's requests again one by one, so its neighbours never pay for it. So are requests of which
one has to see what the other did (`OneByOne`).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.values.refusals import Busy, Refusal

Request = TypeVar("Request")
Verdict = TypeVar("Verdict")
Run = Callable[[Transaction, Sequence[Request]], Awaitable[Sequence[Verdict | Refusal]]]


class OneByOne(Exception):
    """Raised by a batch's `run`: two of its requests cannot share a transaction. Each gets one of its own, in order."""


class QueueFull(Busy):
    """More requests wait than the limit allows: turned away at once instead of kept waiting for a time-out."""

    code = "busy.queue_full"
    text = "So many people are here that we cannot take more right now. Please try again in a few seconds."


class GroupCommit(Generic[Request, Verdict]):
    """A queue in front of `run`. Order of arrival is the order within a batch.

    With `second_at` a second batch is run beside the first as soon as so many wait, and no fewer than are in the
    first: while the database works on one, this process prepares the other, and a crowd divides into two halves that
    take turns. Where both want the same row, the second waits for the first to commit.

    `failpoint` names the pair of failpoints (`<name>.before_commit`, `<name>.after_commit`) around each commit.
    """

    def __init__(
        self,
        database: Database,
        run: Run[Request, Verdict],
        *,
        failpoint: str,
        batch_max: int = 256,
        queue_max: int = 4096,
        second_at: int | None = 16,
    ) -> None:
        self._database = database.for_batches()
        self._run = run
        self._failpoint = failpoint
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._waiting: deque[tuple[Request, asyncio.Future[Verdict]]] = deque()
        self._second_at = second_at
        self._running = 0
        self._last_size = 0
        self._lanes: set[asyncio.Task[None]] = set()

    async def ask(self, request: Request) -> Verdict:
        """Wait for this request's verdict. Raises its `Refusal`, `QueueFull`, or `DatabaseBusy` (then: unknown)."""
        if len(self._waiting) >= self._queue_max:
            raise QueueFull(retry_after_seconds=2)
        answer: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if self._is_worth_a_lane(self._running):
            # Counted here and uncounted where the lane ends, not by its task: a task that has ended is still there
            # for a moment, and whoever asked in that moment would wait for ever.
            self._running += 1
            lane = asyncio.create_task(self._work())
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)
        return await answer

    def _is_worth_a_lane(self, others: int) -> bool:
        """Whether to run a batch now, beside `others` under way."""
        if others == 0:
            return bool(self._waiting)
        if others > 1 or self._second_at is None:
            return False
        return len(self._waiting) >= max(self._second_at, self._last_size)

    async def _work(self) -> None:
        try:
            while self._is_worth_a_lane(self._running - 1):
                size = min(len(self._waiting), self._batch_max)
                batch = [self._waiting.popleft() for _ in range(size)]
                # A caller that went away (closed connection) before its batch began must not take a place.
                batch = [(request, answer) for request, answer in batch if not answer.done()]
                if batch:
                    self._last_size = len(batch)
                    await self._answer_surely(batch)
        finally:
            self._running -= 1

    async def _answer_surely(self, batch: list[tuple[Request, asyncio.Future[Verdict]]]) -> None:
        """No caller waits for ever, whatever goes wrong here."""
        try:
            await self._answer(batch)
        except Exception as error:
            for _, answer in batch:
                _settle(answer, error)

    async def _answer(self, batch: list[tuple[Request, asyncio.Future[Verdict]]]) -> None:
        try:
            verdicts = await self._commit([request for request, _ in batch])
        except Refusal as refusal:
            # Also when the connection broke, perhaps during the commit: nobody is told yes or no (`DatabaseBusy` means
            # unknown), and nothing is run again.
            for _, answer in batch:
                _settle(answer, refusal)
        except Exception as error:
            if len(batch) == 1:
                _settle(batch[0][1], error)
                return
            for pair in batch:
                await self._answer([pair])
        else:
            await hit(f"{self._failpoint}.after_commit")
            for (_, answer), verdict in zip(batch, verdicts, strict=True):
                _settle(answer, verdict)

    async def _commit(self, requests: list[Request]) -> Sequence[Verdict | Refusal]:
        async def story(tx: Transaction) -> Sequence[Verdict | Refusal]:
            verdicts = await self._run(tx, requests)
            assert len(verdicts) == len(requests), "a verdict for every request"
            await hit(f"{self._failpoint}.before_commit")
            return verdicts

        return await self._database.run(story)


def _settle(answer: "asyncio.Future[Verdict]", verdict: Verdict | Exception) -> None:
    if answer.done():
        return
    if isinstance(verdict, Exception):
        answer.set_exception(verdict)
    else:
        answer.set_result(verdict)
