"""Documents of orders with prices of every kind: reverse charge, several rates, gifts."""

from admitone import invoices
from admitone.assembly import Assembly
from admitone.events import EventPrices, TypePrices
from admitone.flows.correct_invoice import correct_buyer
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import HoldWish
from admitone.invoices import Document
from admitone.orders import OrderRow
from tests.flows.test_correct_invoice import ADA
from tests.flows.test_invoicing import seller
from tests.flows.test_prices import COMPANY
from tests.support.onsale import PAID, OnSale, TypeOnSale, must_hold, put_on_sale
from tests.support.pricey import add_donation, reprice, retype


async def sold(site: Assembly, show: OnSale, hold: HoldWish, buyer: dict[str, str] | None = None) -> OrderRow:
    """Held, ordered and paid."""
    held = await site.purchase.hold(hold)
    placed = await site.purchase.place(OrderWish(held.hold_id, "ada@example.org", "Ada Obi", buyer=buyer))
    await site.payment.pay(placed.id, "sandbox:push")
    await site.money.invoicing.save_seller(show.owner, seller(show.organiser_id))
    return placed


async def written(site: Assembly, order: OrderRow) -> list[Document]:
    await site.money.invoicing.write([order.id])
    async with site.database.reading() as reader:
        return (await invoices.of_orders(reader, [order.id]))[order.id]


async def test_a_business_abroad_gets_an_invoice_without_tax_and_keeps_its_number(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, tax_bps=1900)
    await reprice(assembly, show, EventPrices(seller_country="DE", has_reverse_charge=True))
    order = await sold(assembly, show, HoldWish(show.event_id, ((show.types[0], 2),)), COMPANY)
    [made] = await written(assembly, order)
    said = made.content
    assert [(one.category, one.tax_bps, one.tax_minor) for one in said.taxes] == [("AE", 0, 0)]
    assert said.gross_minor == 2 * 2_101
    assert "Reverse charge" in said.notes[0]
    assert (said.buyer.company, said.buyer.country) == (COMPANY["company"], COMPANY["country"])
    assert invoices.misfit(said) is None
    wish = {**ADA, "company": "Renamed GmbH", "country": "DE", "vat_id": "DE136695976"}
    again = await correct_buyer(assembly.database, assembly.clock, order.id, wish)
    assert again.content.buyer.company == "Renamed GmbH"
    assert (again.content.buyer.country, again.content.buyer.vat_id) == (
        said.buyer.country,
        said.buyer.vat_id,
    )
    await must_hold(assembly.database)


async def test_lines_at_several_rates_and_a_gift_are_taken_back_to_nothing(assembly: Assembly) -> None:
    book = TypeOnSale("Programme", 1000, 10)
    show = await put_on_sale(assembly, PAID, book, tax_bps=1900, fee_bps=0, fee_fixed_minor=100)
    await retype(assembly, show, 1, TypePrices(tax_bps=700), kind="add_on")
    gift = await add_donation(assembly, show)
    wish = HoldWish(show.event_id, ((show.types[0], 2), (show.types[1], 1), (gift, 1)), chosen=((gift, 500),))
    order = await sold(assembly, show, wish)
    [made] = await written(assembly, order)
    assert {one.tax_bps for one in made.content.taxes} >= {700, 1900}
    await assembly.refunding.take_back(show.owner, show.organiser_id, order.code)
    invoice, credit = await written(assembly, order)
    assert credit.content.taxes == invoice.content.taxes
    assert credit.content.gross_minor == invoice.content.gross_minor
    await must_hold(assembly.database)
