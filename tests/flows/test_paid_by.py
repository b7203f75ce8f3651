"""Documents say by what an order was paid (credit, changed tickets, money) under the same prices and the same tax."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from admitone import invoices, orders
from admitone.assembly import Assembly
from admitone.flows.catch_up_documents import CatchUpDocuments
from admitone.flows.correct_invoice import correct_buyer
from admitone.flows.invoicing import Invoicing
from admitone.flows.paid_by import paid_parts
from admitone.invoices import Document, PaidPart
from admitone.payments.providers.sandbox import Decision
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.flows.test_book_statement import booked, drafted, seen, ticked
from tests.flows.test_invoicing import seller
from tests.support.bank_desk import Booked, bank_account, by_transfer
from tests.support.changing import UP, changeable
from tests.support.credits import code_of, gift
from tests.support.onsale import OnSale, must_hold, place, put_on_sale

TAXED = {"fee_bps": 0, "fee_fixed_minor": 100, "tax_bps": 1900}
AT_HOME = {
    "company": "Obi Ltd",
    "address": "Kastanienallee 1",
    "postcode": "10435",
    "city": "Berlin",
    "country": "DE",
}


async def document_of(site: Assembly, order_id: UUID) -> Document:
    """The document of the sale, written now."""
    await site.money.invoicing.write([order_id])
    async with site.database.reading() as reader:
        return (await invoices.of_orders(reader, [order_id]))[order_id][-1]


async def sold(site: Assembly) -> OnSale:
    """Tickets of 26.00 with 19 % inside, by somebody who writes invoices."""
    show = await put_on_sale(site, **TAXED)  # type: ignore[arg-type]
    await site.money.invoicing.save_seller(show.owner, seller(show.organiser_id))
    return show


async def apply(site: Assembly, show: OnSale, order_id: UUID, minor: int) -> None:
    """Somebody types a gift code of so much."""
    given = await gift(site, show, minor)
    await site.money.store_credit.apply(order_id, code_of(site, given), visitor="1.2.3.4")


async def test_credit_is_a_part_of_what_was_paid_and_changes_neither_price_nor_tax(
    assembly: Assembly,
) -> None:
    show = await sold(assembly)
    plain, split = await place(assembly, show), await place(assembly, show)
    for minor in (1000, 500):
        await apply(assembly, show, split.id, minor)
    for one in (plain, split):
        await assembly.payment.pay(one.id, "sandbox:push")
    whole = (await document_of(assembly, plain.id)).content
    made = (await document_of(assembly, split.id)).content
    assert whole.payment.parts == ()
    assert made.payment.parts == (
        PaidPart("Paid with a gift code", 1500),
        PaidPart("Paid by instant bank push", 1100),
    )
    assert (made.lines, made.taxes) == (whole.lines, whole.taxes)
    assert (made.gross_minor, made.payment.paid_minor, made.due_minor) == (2600, 2600, 0)
    again = await correct_buyer(assembly.database, assembly.clock, split.id, {"name": "Ada Obi", **AT_HOME})
    assert again.content.payment == made.payment, "another address is no other payment"
    assert b"Paid with a gift code: EUR 15.00. Paid by instant bank push: EUR 11.00." in invoices.render_xml(
        again
    )
    await must_hold(assembly.database)


async def test_credit_alone_paid_all_of_it(assembly: Assembly) -> None:
    show = await sold(assembly)
    order = await place(assembly, show)
    await apply(assembly, show, order.id, 4000)
    made = (await document_of(assembly, order.id)).content
    assert made.payment.parts == (PaidPart("Paid with a gift code", 2600),)
    assert made.due_minor == 0


async def test_credit_taken_off_again_paid_nothing(assembly: Assembly) -> None:
    show = await sold(assembly)
    order = await place(assembly, show)
    given = await gift(assembly, show, 1000)
    flow = assembly.money.store_credit
    used = await flow.apply(order.id, code_of(assembly, given), visitor="1.2.3.4")
    await flow.remove(order.id, used.use.id)
    await apply(assembly, show, order.id, 600)
    await assembly.payment.pay(order.id, "sandbox:push")
    made = (await document_of(assembly, order.id)).content
    assert [one.minor for one in made.payment.parts] == [600, 2000]


async def test_tickets_that_were_changed_count_and_the_difference_was_paid(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = (await mine.site.exchanging.change(mine.order.id, mine.wish(UP), uuid7())).order.id
    await assembly.payment.pay(child, "sandbox:push")
    made = (await document_of(assembly, child)).content
    assert made.payment.parts == (
        PaidPart(f"Tickets of order {mine.order.code}, changed", 2500),
        PaidPart("Paid by instant bank push", 500),
    )
    assert made.gross_minor == 3000


async def test_more_than_was_due_pays_for_no_more_than_that(assembly: Assembly) -> None:
    show = await sold(assembly)
    order = await place(assembly, show)
    await apply(assembly, show, order.id, 1000)
    await assembly.payment.pay(order.id, "sandbox:push")
    # As if a provider said more had come than it was asked for.
    async with assembly.database.reading() as reader:
        paid = await orders.by_id(reader, order.id)
        over = text("UPDATE payments_attempt SET paid_minor = 9900, settled_as = 'part' WHERE order_id = :id")
        await assembly.database.run(lambda tx: tx.execute(over, {"id": order.id}))
        parts = await paid_parts(reader, [paid], assembly.payment_accounts.kinds)
    assert [one.minor for one in parts[order.id]] == [1000, 1600]


async def test_parts_that_came_in_two_ways_are_said_as_they_came(assembly: Assembly) -> None:
    show = await sold(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    pushed = await assembly.payment.pay(order.id, "sandbox:card")
    draft_id = await drafted(assembly, show, account, Booked(1000, order.code))
    await booked(assembly, show, draft_id, ticked(await seen(assembly, show, draft_id)))
    assert assembly.sandbox is not None
    await assembly.sandbox.decide(pushed.attempt.provider_ref or "", Decision(pays=True, copies=0))
    await assembly.settlement.ask(pushed.attempt)
    made = (await document_of(assembly, order.id)).content
    # The card was asked for all of it, so what is over goes back to it.
    assert made.payment.parts == (
        PaidPart("Paid by bank transfer", 1000),
        PaidPart("Paid by card", 1600),
    )
    await must_hold(assembly.database)


async def test_a_document_written_long_after_says_the_same(assembly: Assembly) -> None:
    show = await sold(assembly)
    order = await place(assembly, show)
    await apply(assembly, show, order.id, 1000)
    await assembly.payment.pay(order.id, "sandbox:push")
    clock = FrozenClock(assembly.clock.now() + timedelta(days=2))
    late = Invoicing(assembly.database, clock, assembly.payment_accounts.kinds)
    await CatchUpDocuments(assembly.database, clock, late).run()
    async with assembly.database.reading() as reader:
        [made] = (await invoices.of_orders(reader, [order.id]))[order.id]
    assert [one.minor for one in made.content.payment.parts] == [1000, 1600]
