"""Webhooks leave the bank at least once each, signed, and never inside a transaction."""

from collections.abc import Callable
from dataclasses import replace

import httpx2
import pytest
from sqlalchemy import text

from admitone.payments.providers.sandbox import Habits, Opening, deliver_due
from admitone.payments.providers.sandbox.notices import read
from admitone.plumbing.database import Database
from tests.support.sandbox_rig import SECRET, SandboxRig, sandbox_rig

pytestmark = pytest.mark.asyncio
URL = "http://127.0.0.1:9/webhooks/sandbox"
PUSH = Opening("key-1", "push", "EUR", 2500, "Order ABC", "https://tickets.example/orders/1")


class Receiver:
    """The other end of the wire: checks every signature, answers as told."""

    def __init__(self, rig: SandboxRig, answer: Callable[[], httpx2.Response] | None = None) -> None:
        self.rig = rig
        self.answer = answer or (lambda: httpx2.Response(200))
        self.got: list[tuple[str, str]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert str(request.url) == URL
        notice = read(SECRET, request.headers, request.content, self.rig.clock.now())
        self.got.append((notice.notice_id, notice.provider_ref))
        return self.answer()

    async def deliver(self, most: int = 100) -> int:
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(self)) as client:
            return await deliver_due(self.rig.bank, client, URL, most)


async def unsent(db: Database) -> int:
    async with db.reading() as reader:
        found = await reader.execute(text("SELECT count(*) FROM sandbox_delivery WHERE sent_at IS NULL"))
        return int(found.scalar_one())


async def test_a_webhook_is_sent_once_when_it_is_received(db: Database) -> None:
    rig = sandbox_rig(db)
    payment = await rig.bank.open(PUSH)
    receiver = Receiver(rig)
    assert [await receiver.deliver(), await receiver.deliver()] == [1, 0]
    assert [ref for _, ref in receiver.got] == [payment.ref]
    assert await unsent(db) == 0


def lost() -> httpx2.Response:
    raise httpx2.ReadTimeout("no answer")


@pytest.mark.parametrize(
    "answer",
    [lambda: httpx2.Response(500), lambda: httpx2.Response(302, headers={"location": URL}), lost],
    ids=["500", "302", "time-out"],
)
async def test_what_was_not_received_comes_again_with_the_same_id(
    db: Database, answer: Callable[[], httpx2.Response]
) -> None:
    rig = sandbox_rig(db)
    await rig.bank.open(PUSH)
    receiver = Receiver(rig, answer)
    assert await receiver.deliver() == 0
    rig.clock.move(seconds=9)
    assert await receiver.deliver() == 0
    assert len(receiver.got) == 1
    rig.clock.move(seconds=1)
    receiver.answer = lambda: httpx2.Response(204)
    assert await receiver.deliver() == 1
    assert len(receiver.got) == 2
    assert len(set(receiver.got)) == 1
    assert await unsent(db) == 0


async def test_the_bank_gives_up_after_twelve_tries(db: Database) -> None:
    rig = sandbox_rig(db)
    await rig.bank.open(PUSH)
    receiver = Receiver(rig, lambda: httpx2.Response(503))
    for _ in range(15):
        await receiver.deliver()
        rig.clock.move(seconds=3600)
    assert len(receiver.got) == 12


async def test_copies_carry_the_same_id_and_changes_their_own(db: Database) -> None:
    rig = sandbox_rig(db, Habits(copies=2, is_mixed_up=True))
    await rig.bank.open(replace(PUSH, method="slow"))
    receiver = Receiver(rig)
    for _ in range(60):
        await receiver.deliver()
        rig.clock.move(seconds=1)
    ids = [notice_id for notice_id, _ in receiver.got]
    assert len(ids) == 4
    assert len(set(ids)) == 2


async def test_delivering_lets_slow_payments_arrive_first(db: Database) -> None:
    rig = sandbox_rig(db)
    payment = await rig.bank.open(replace(PUSH, method="slow"))
    receiver = Receiver(rig)
    assert await receiver.deliver() == 1
    assert (await rig.bank.payment(payment.ref)).state == "seen"
    rig.clock.move(seconds=20)
    assert await receiver.deliver() == 1
    assert (await rig.bank.payment(payment.ref)).state == "paid"


async def test_no_more_than_asked_for_leave_at_once(db: Database) -> None:
    rig = sandbox_rig(db)
    for number in range(5):
        await rig.bank.open(replace(PUSH, merchant_key=f"key-{number}"))
    receiver = Receiver(rig)
    assert [await receiver.deliver(3), await receiver.deliver(3), await receiver.deliver(3)] == [3, 2, 0]


async def test_nothing_is_sent_inside_a_transaction(db: Database) -> None:
    rig = sandbox_rig(db)
    await rig.bank.open(PUSH)
    receiver = Receiver(rig)
    async with db.transaction():
        with pytest.raises(AssertionError, match="inside a transaction"):
            await receiver.deliver()
    assert receiver.got == []
