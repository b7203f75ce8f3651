"""A watch of a provider: what it hears is asked about, disputes until they were, and with the keys of today."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints import watchers
from admitone.payments import SANDBOX_ACCOUNT, DisputeState, DisputeStatus, Hint, ProviderAway, Roles, Status
from admitone.payments.providers.sandbox import Decision
from admitone.plumbing.database import Database
from tests.support.onsale import TypeOnSale, buy, must_hold, place, put_on_sale
from tests.support.sandbox_rig import sandbox_wire


@dataclass
class News:
    """A provider's news in order; a piece counts as told once the next is asked for, as cursors are moved."""

    hints: list[Hint]
    disputes: dict[str, DisputeStatus] = field(default_factory=dict)
    told: int = 0
    begun: int = 0
    away: int = 0

    async def watch(self) -> AsyncGenerator[Hint, None]:
        self.begun += 1
        while self.told < len(self.hints):
            yield self.hints[self.told]
            self.told += 1
        await asyncio.Event().wait()

    async def dispute(self, ref: str) -> DisputeStatus | None:
        if self.away:
            self.away -= 1
            raise ProviderAway
        return self.disputes.get(ref)


@contextmanager
def watched(site: Assembly, news: News) -> Iterator[watchers.Watchers]:
    """The sandbox as a provider that is watched."""
    wire, kind = sandbox_wire(site), site.payment_accounts.kinds["sandbox"]
    wire.roles = Roles(watches=news, disputes=news)  # type: ignore[arg-type]
    kind.is_watched = True  # type: ignore[misc]
    yield watchers.Watchers(site)


async def until(database: Database, sql: str, wanted: object) -> None:
    """Until the question has this answer."""
    async with asyncio.timeout(30):
        while True:
            async with database.reading() as reader:
                if (await reader.execute(text(sql))).scalar_one() == wanted:
                    return
            await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "AGAIN_SECONDS", 0.001)
    monkeypatch.setattr(watchers, "AGAIN_SECONDS_MOST", 0.002)


async def test_a_payment_that_is_heard_of_is_asked_about_and_becomes_tickets(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    attempt = (await assembly.payment.pay((await place(assembly, show)).id, "sandbox:card")).attempt
    assert assembly.sandbox is not None
    assert attempt.provider_ref is not None
    await assembly.sandbox.decide(attempt.provider_ref, Decision(pays=True, copies=0))
    stop = asyncio.Event()
    with watched(assembly, News([Hint(attempt.provider_ref)])) as watching:
        task = asyncio.create_task(watching.run(stop))
        await until(assembly.database, "SELECT state FROM orders_order", "paid")
        stop.set()
        await task
    await must_hold(assembly.database)


@dataclass
class Telling:
    """Tells of many payments with one answer."""

    site: Assembly
    questions: list[int] = field(default_factory=list)

    async def statuses(self, asked: Mapping[UUID, str]) -> Mapping[UUID, Status]:
        self.questions.append(len(asked))
        return {one: await sandbox_wire(self.site).status(one, ref) for one, ref in asked.items()}


async def test_a_crowd_of_hints_is_asked_about_together_and_none_is_left(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchers, "TOGETHER", 8)
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 100))
    assert assembly.sandbox is not None
    hints = []
    for _ in range(21):
        attempt = (await assembly.payment.pay((await place(assembly, show)).id, "sandbox:card")).attempt
        assert attempt.provider_ref is not None
        await assembly.sandbox.decide(attempt.provider_ref, Decision(pays=True, copies=0))
        hints.append(Hint(attempt.provider_ref))
    news, telling, stop = News([Hint("of-nobody"), *hints]), Telling(assembly), asyncio.Event()
    with watched(assembly, news) as watching:
        wire = sandbox_wire(assembly)
        wire.roles = replace(wire.roles, tells_many=telling)
        task = asyncio.create_task(watching.run(stop))
        await until(assembly.database, "SELECT count(*) FROM orders_order WHERE state = 'paid'", 21)
        stop.set()
        await task
    assert sum(telling.questions) == 21
    assert len(telling.questions) == 3
    await must_hold(assembly.database)


async def test_a_dispute_that_could_not_be_asked_about_is_told_again(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    paid = (await buy(assembly, show)).attempt
    assert paid.provider_ref is not None
    dispute = DisputeStatus("d_1", paid.provider_ref, DisputeState.OPEN, "EUR", 2500, 0, payments.UNDONE)
    news = News([Hint("d_1", is_dispute=True)], {"d_1": dispute}, away=2)
    stop = asyncio.Event()
    with watched(assembly, news) as watching:
        task = asyncio.create_task(watching.run(stop))
        await until(assembly.database, "SELECT count(*) FROM payments_dispute", 1)
        stop.set()
        await task
    assert (news.begun, news.away) == (3, 0)
    await must_hold(assembly.database)


async def test_an_account_that_was_changed_is_watched_anew_and_one_that_is_the_same_is_not(
    assembly: Assembly,
) -> None:
    news = News([])
    with watched(assembly, news) as watching:
        await watching.look()
        await asyncio.sleep(0)
        await watching.look()
        await asyncio.sleep(0)
        assert news.begun == 1
        async with assembly.database.transaction() as tx:
            await tx.execute(
                text("UPDATE payments_account SET label = 'Renamed' WHERE id = :id"), {"id": SANDBOX_ACCOUNT}
            )
        assembly.payment_accounts.forget()
        await watching.look()
        await asyncio.sleep(0)
        assert news.begun == 2
        stop = asyncio.Event()
        stop.set()
        await watching.run(stop)
