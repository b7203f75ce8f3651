"""Every paid order has its document, and what goes back of it a credit note, whatever order the facts come in."""

import asyncio
import functools
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import invoices, orders, tickets
from admitone.assembly import Assembly
from admitone.flows.catch_up_documents import CatchUpDocuments
from admitone.flows.refund_policy import Chosen, record_of
from admitone.flows.reversal_plan import RefundWish
from admitone.invoices import Document, Seller
from admitone.orders import OrderRow
from admitone.plumbing import failpoints, journal
from admitone.plumbing.failpoints import FailpointHit
from admitone.reads import invariants
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden
from tests.support.letters_kept import react
from tests.support.onsale import FREE, PAID, OnSale, buy, must_hold, place, put_on_sale

FULL = record_of(Chosen("full", days=7, with_fees=True))
HALF = record_of(Chosen("full", days=7, with_fees=False))
FEE = {"fee_bps": 0, "fee_fixed_minor": 100, "tax_bps": 1900}


def seller(organiser_id: UUID) -> Seller:
    """Somebody who may write invoices."""
    return Seller(
        organiser_id,
        legal_name="Foundry Nights GmbH",
        address_lines=("14 Foundry Road", "10115 Berlin"),
        country="DE",
        vat_id="DE136695976",
        footer="Amtsgericht Charlottenburg",
        prefix="FOUNDRY",
    )


@dataclass(frozen=True, slots=True)
class Bought:
    """A paid order whose documents nobody has written yet."""

    site: Assembly
    show: OnSale
    order: OrderRow

    async def documents(self) -> list[Document]:
        async with self.site.database.reading() as reader:
            return (await invoices.of_orders(reader, [self.order.id]))[self.order.id]

    async def tickets(self) -> list[UUID]:
        async with self.site.database.reading() as reader:
            return [one.id for one in await tickets.by_order(reader, self.order.id)]

    async def write(self) -> None:
        await self.site.money.invoicing.write([self.order.id])


async def bought(site: Assembly, quantity: int = 2, *, complete: bool = True, **details: object) -> Bought:
    given = {"refund_policy": FULL, **FEE} | details
    show = await put_on_sale(site, PAID, FREE, **given)  # type: ignore[arg-type]
    if complete:
        await site.money.invoicing.save_seller(show.owner, seller(show.organiser_id))
    return await another(site, show, quantity)


async def another(site: Assembly, show: OnSale, quantity: int = 1) -> Bought:
    paying = await buy(site, show, quantity)
    async with site.database.reading() as reader:
        return Bought(site, show, await orders.by_id(reader, paying.attempt.order_id))


async def follow_all(site: Assembly, *, backwards: bool = False) -> None:
    """Hand every fact that documents follow from to the reaction, as the worker would."""
    async with site.database.reading() as reader:
        found = await reader.execute(
            text(
                "SELECT id FROM journal_fact WHERE kind IN ('orders.paid', 'orders.cancelled', "
                "'orders.tickets_cancelled', 'orders.amount_given_back') ORDER BY id"
            )
        )
        ids = list(found.scalars())
    for fact_id in reversed(ids) if backwards else ids:
        async with site.database.reading() as reader:
            entry = await journal.read_one(reader, fact_id)
        assert entry is not None
        await site.money.invoicing.follow(entry)


async def test_a_paid_order_has_one_invoice_however_often_it_is_asked_for(assembly: Assembly) -> None:
    mine = await bought(assembly)
    await follow_all(assembly)
    await follow_all(assembly)
    [made] = await mine.documents()
    said = made.content
    assert (said.kind, made.number, made.is_test) == ("invoice", 1, True)
    assert made.number_text == f"TEST-FOUNDRY-INV-{said.issued_on.year}-000001"
    assert (said.gross_minor, said.tax_minor) == (mine.order.total_minor, mine.order.tax_minor) == (5200, 830)
    assert [(one.tax_bps, one.net_minor, one.tax_minor) for one in said.taxes] == [(1900, 4370, 830)]
    assert (said.buyer.name, said.buyer.email) == (mine.order.name, mine.order.email)
    assert said.payment.paid_minor == 5200
    assert said.occasion is not None
    assert said.occasion.title == "Furnace Night"
    await must_hold(assembly.database)


async def test_without_the_sellers_details_it_is_a_receipt_and_stays_one(assembly: Assembly) -> None:
    mine = await bought(assembly, complete=False)
    await mine.write()
    await assembly.money.invoicing.save_seller(mine.show.owner, seller(mine.show.organiser_id))
    await mine.write()
    later = await another(assembly, mine.show)
    await later.write()
    [made], [invoice] = await mine.documents(), await later.documents()
    assert (made.content.kind, made.content.gross_minor) == ("receipt", 5200)
    assert made.content.seller.name == "Foundry Presents"
    assert invoice.content.kind == "invoice"
    await must_hold(assembly.database)


async def test_a_free_order_and_one_not_paid_have_none(assembly: Assembly) -> None:
    mine = await bought(assembly)
    placed = await place(assembly, mine.show, at=1)
    waiting = await place(assembly, mine.show)
    assert (placed.state, waiting.state) == ("paid", "pending")
    assert await assembly.money.invoicing.write([placed.id, waiting.id]) == []


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("backwards", [False, True])
async def test_what_goes_back_is_credited_to_the_cent(
    assembly: Assembly, backwards: bool, complete: bool
) -> None:
    mine = await bought(assembly, 4, complete=complete)
    ids = await mine.tickets()
    flow = assembly.money.cancel_tickets
    await flow.cancel(mine.order.id, ids[:1], uuid7())
    wish = RefundWish(amount_minor=777, cancels=False, with_fees=True)
    await flow.refund(mine.show.owner, mine.show.organiser_id, mine.order.code, wish, uuid7())
    part = RefundWish((ids[1],), cancels=True)
    await flow.refund(mine.show.owner, mine.show.organiser_id, mine.order.code, part, uuid7())
    await assembly.refunding.take_back(mine.show.owner, mine.show.organiser_id, mine.order.code)
    await follow_all(assembly, backwards=backwards)
    invoice, *credits = await mine.documents()
    grosses = [one.content.gross_minor for one in credits]
    assert grosses[:2] == [2600, 777]
    assert sum(grosses) == invoice.content.gross_minor == 4 * 2600
    assert sum(one.content.tax_minor for one in credits) == invoice.content.tax_minor
    assert {one.cancels_id for one in credits} == {invoice.id}
    assert [one.number for one in credits] == [1, 2, 3, 4]
    kinds = {invoice.content.kind, *(one.content.kind for one in credits)}
    assert kinds == ({"invoice", "credit_note"} if complete else {"receipt", "refund_receipt"})
    assert credits[0].series == ("TEST-FOUNDRY-CN" if complete else "TEST-RFD")
    await must_hold(assembly.database)


async def test_a_receipt_refunded_before_there_were_receipts_of_refunds_gets_its_own_later(
    assembly: Assembly,
) -> None:
    part = await bought(assembly, 2, complete=False)
    await part.write()
    whole = await another(assembly, part.show)
    await whole.write()
    await assembly.money.cancel_tickets.cancel(part.order.id, (await part.tickets())[:1], uuid7())
    await assembly.refunding.take_back(part.show.owner, part.show.organiser_id, whole.order.code)
    later = FrozenClock(assembly.clock.now() + timedelta(hours=1))
    catching_up = CatchUpDocuments(assembly.database, later, assembly.money.invoicing)
    assert await catching_up.run() == 2
    assert await catching_up.run() == 0
    for one in (part, whole):
        [receipt, refund] = await one.documents()
        assert (refund.content.kind, refund.content.gross_minor) == ("refund_receipt", 2600)
        assert refund.content.cancels is not None
        assert refund.content.cancels.number_text == receipt.number_text
    await must_hold(assembly.database)


async def test_an_order_ended_by_a_part_of_its_price_is_credited_that_part(assembly: Assembly) -> None:
    mine = await bought(assembly, 2, refund_policy=HALF)
    await assembly.money.cancel_tickets.cancel(mine.order.id, await mine.tickets(), uuid7())
    await follow_all(assembly)
    invoice, credit = await mine.documents()
    assert (invoice.content.gross_minor, credit.content.gross_minor) == (5200, 5000)
    await must_hold(assembly.database)


@pytest.mark.parametrize(
    ("complete", "kinds"), [(True, ["invoice", "credit_note"]), (False, ["receipt", "refund_receipt"])]
)
async def test_a_cancelled_event_credits_all_its_orders_in_a_few_transactions(
    assembly: Assembly, complete: bool, kinds: list[str]
) -> None:
    first = await bought(assembly, 1, complete=complete)
    every = [first, *[await another(assembly, first.show) for _ in range(4)]]
    await follow_all(assembly)
    for one in every:
        undo = functools.partial(
            assembly.refunding.undo, order_id=one.order.id, reason="event_cancelled", actor="system"
        )
        await assembly.database.run(undo)
    async with assembly.database.reading() as reader:
        fact_id = (
            await reader.execute(text("SELECT min(id) FROM journal_fact WHERE kind = 'orders.cancelled'"))
        ).scalar_one()
        entry = await journal.read_one(reader, fact_id)
    assert entry is not None
    await assembly.money.invoicing.follow(entry)
    for one in every:
        assert [made.content.kind for made in await one.documents()] == kinds
    await follow_all(assembly)
    await must_hold(assembly.database)


async def test_only_an_owner_says_who_the_seller_is(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    with pytest.raises(Forbidden):
        await assembly.money.invoicing.save_seller(show.door, seller(show.organiser_id))


async def test_asked_for_many_times_at_once_there_is_one_of_each(assembly: Assembly) -> None:
    mine = await bought(assembly, 3)
    await assembly.money.cancel_tickets.cancel(mine.order.id, (await mine.tickets())[:1], uuid7())
    other = await another(assembly, mine.show)
    await asyncio.gather(
        *(assembly.money.invoicing.write([mine.order.id, other.order.id]) for _ in range(4)),
        *(mine.write() for _ in range(2)),
        *(other.write() for _ in range(2)),
    )
    assert [one.content.kind for one in await mine.documents()] == ["invoice", "credit_note"]
    assert [one.content.kind for one in await other.documents()] == ["invoice"]
    await must_hold(assembly.database)


async def test_the_worker_writes_them_and_the_check_sees_what_is_not_written(assembly: Assembly) -> None:
    mine = await bought(assembly)
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE orders_order SET paid_at = paid_at - interval '3 hours'"))
    async with assembly.database.reading() as reader:
        missing = [one.invariant.name for one in await invariants.broken(reader)]
    assert missing == ["a document for every sale"]
    assert await react(assembly, "orders.paid", "write_documents") == 1
    assert [one.content.kind for one in await mine.documents()] == ["invoice"]
    await must_hold(assembly.database)


async def test_a_rollback_leaves_no_gap(assembly: Assembly) -> None:
    mine = await bought(assembly)
    other = await another(assembly, mine.show)
    failpoints.arm("invoicing.before_commit:raise")
    try:
        with pytest.raises(FailpointHit):
            await mine.write()
    finally:
        failpoints.arm("")
    assert await mine.documents() == []
    await other.write()
    await mine.write()
    assert [one.number for one in (*await other.documents(), *await mine.documents())] == [1, 2]
    await must_hold(assembly.database)
