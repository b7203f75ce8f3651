"""A change of tickets paid by a payment that arrives held: it is only taken while the change can be carried out."""

from admitone import tickets
from admitone.assembly import Assembly
from admitone.flows.admit import ScanIn
from admitone.orders import OrderRow
from admitone.values.ids import uuid7
from tests.support.bitcoin_desk import invoice_of, payer_of, takes_bitcoin
from tests.support.changing import UP, Changeable, changeable
from tests.support.onsale import must_hold


async def changing(site: Assembly) -> tuple[Changeable, OrderRow, str]:
    """A change for a dearer ticket, and the invoice that pays the difference."""
    mine = await changeable(site)
    await takes_bitcoin(site, mine.show)
    child = (await site.exchanging.change(mine.order.id, mine.wish(UP), uuid7())).order
    await site.pay_with_bitcoin.open(child.id)
    return mine, child, await invoice_of(site, child.id)


async def admit(mine: Changeable) -> None:
    async with mine.site.database.reading() as reader:
        ticket = await tickets.by_id(reader, mine.ids[0])
    code = tickets.code_of(ticket, mine.site.ring)
    await mine.site.admit.scan(mine.show.door, ScanIn(uuid7(), mine.show.event_id, code, "Mill Lane"))


async def invoice_is(site: Assembly, payment_hash: str) -> str:
    found = (await payer_of(site).look(payment_hash, None)).invoice
    assert found is not None
    return found.state


async def test_a_held_payment_of_a_change_that_can_be_carried_out_is_taken(assembly: Assembly) -> None:
    mine, child, payment_hash = await changing(assembly)
    await payer_of(assembly).pay_invoice(payment_hash)
    await assembly.settlement.ask_about_order(child.id)
    assert await invoice_is(assembly, payment_hash) == "paid"
    assert len(await mine.valid(child.id)) == 1
    assert await mine.valid() == mine.ids[1:]
    await must_hold(assembly.database)


async def test_a_held_payment_of_a_change_whose_old_ticket_was_used_goes_back_and_nothing_is_refunded(
    assembly: Assembly,
) -> None:
    mine, child, payment_hash = await changing(assembly)
    await admit(mine)
    await payer_of(assembly).pay_invoice(payment_hash)
    await assembly.settlement.ask_about_order(child.id)
    assert await invoice_is(assembly, payment_hash) == "cancelled"
    assert await mine.refunds() == []
    assert await mine.valid() == mine.ids
    assert await mine.valid(child.id) == []
    await must_hold(assembly.database)
