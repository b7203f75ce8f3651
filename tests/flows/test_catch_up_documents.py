"""Orders paid before there were documents get theirs, in the order of payment, once."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import invoices, orders
from admitone.assembly import Assembly
from admitone.flows.catch_up_documents import CatchUpDocuments
from admitone.flows.invoicing import Invoicing
from admitone.invoices import Document
from admitone.plumbing.database import Transaction
from admitone.values.clock import FrozenClock
from tests.support.onsale import FREE, buy, must_hold, place, put_on_sale


def later(site: Assembly, minutes: float) -> CatchUpDocuments:
    clock = FrozenClock(site.clock.now())
    clock.move(seconds=60 * minutes)
    return CatchUpDocuments(
        site.database, clock, Invoicing(site.database, clock, site.payment_accounts.kinds)
    )


async def documents(site: Assembly, ids: list[UUID]) -> dict[UUID, list[Document]]:
    async with site.database.reading() as reader:
        return await invoices.of_orders(reader, ids)


async def test_what_is_missing_is_written_once_in_the_order_of_payment(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    ids = [(await buy(assembly, show)).attempt.order_id for _ in range(4)]
    paid = text("UPDATE orders_order SET paid_at = now() - make_interval(hours => :hours) WHERE id = :id")
    hours = dict(zip(ids, (1, 4, 2, 3), strict=True))

    async def earlier(tx: Transaction) -> None:
        for order_id, ago in hours.items():
            await tx.execute(paid, {"id": order_id, "hours": ago})

    await assembly.database.run(earlier)
    assert await later(assembly, 0).run() == 4
    assert await later(assembly, 0).run() == 0
    found = await documents(assembly, ids)
    numbers = {order_id: [one.number for one in made] for order_id, made in found.items()}
    assert [len(made) for made in numbers.values()] == [1, 1, 1, 1]
    assert sorted(ids, key=lambda one: numbers[one][0]) == sorted(ids, key=lambda one: -hours[one])
    await must_hold(assembly.database)


async def test_orders_paid_just_now_and_free_ones_are_left_alone(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    bought = await buy(assembly, show)
    assert await later(assembly, 9).run() == 0
    assert await later(assembly, 11).run() == 1
    gift = await put_on_sale(assembly, FREE)
    free = await place(assembly, gift)
    assert free.state == orders.OrderState.PAID
    assert await later(assembly, 60).run() == 0
    assert len((await documents(assembly, [bought.attempt.order_id]))[bought.attempt.order_id]) == 1


async def test_several_workers_and_the_reaction_write_each_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    ids = [(await buy(assembly, show)).attempt.order_id for _ in range(3)]
    await asyncio.gather(*(later(assembly, 11).run() for _ in range(3)), assembly.money.invoicing.write(ids))
    assert all(len(made) == 1 for made in (await documents(assembly, ids)).values())
    await must_hold(assembly.database)


async def test_an_order_that_cannot_have_one_does_not_hold_up_the_rest(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = await put_on_sale(assembly)
    ids = [(await buy(assembly, show)).attempt.order_id for _ in range(2)]
    broken = text("UPDATE orders_order SET quote = '{}' WHERE id = :id")
    await assembly.database.run(lambda tx: tx.execute(broken, {"id": ids[0]}))
    assert await later(assembly, 11).run() == 1
    assert [len(made) for made in (await documents(assembly, ids)).values()] == [0, 1]
