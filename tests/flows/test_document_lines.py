"""What documents list adds up to what was paid and what went back, for any prices, fees, taxes and refunds."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from admitone import invoices, orders, pricing
from admitone.flows.document_lines import (
    is_reverse_charged,
    rest_of_order,
    sold_units,
    went_back,
    whole_order,
)
from admitone.flows.returned_parts import paid_by_line
from admitone.invoices import Document, Sold
from admitone.pricing import Basket, Fee, OfferedType, PriceRules, TaxRule, as_basket_record, price_basket
from admitone.values.ids import derived_id
from tests.pricing.drawn import asked
from tests.slices.invoices.making import BUYER, COMPANY, SELLER, document

ORDER = UUID(int=1)
AT = datetime(2026, 11, 21, tzinfo=UTC)


def order_of(priced: pricing.PricedBasket, basket: Basket, rules: PriceRules) -> orders.OrderRow:
    """A paid order of this basket."""
    return orders.OrderRow(
        id=ORDER,
        code="K7QX2M9RT",
        event_id=UUID(int=2),
        organiser_id=UUID(int=3),
        hold_id=UUID(int=4),
        person_id=None,
        email="ada@example.org",
        email_key="ada@example.org",
        name="Ada Obi",
        state="paid",
        currency=priced.currency,
        total_minor=priced.total_minor,
        fee_minor=priced.fee_minor,
        tax_minor=priced.tax_minor,
        quote=as_basket_record(priced, basket, rules),
        is_test=False,
        root_id=None,
        received_minor=0,
        graced=0,
        buyer=None,
        policy=None,
        placed_at=AT,
        pay_until=AT,
        paid_at=AT,
        version=2,
        is_due=False,
    )


def lines_of(priced: pricing.PricedBasket) -> list[orders.LineRow]:
    """Its lines, as orders keep them."""
    return [
        orders.LineRow(
            id=derived_id("line", str(number)),
            order_id=ORDER,
            event_id=UUID(int=2),
            ticket_type_id=line.ticket_type_id,
            number=number,
            name=line.name or "Ticket",
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            unit_fee_minor=line.unit_fee_minor,
            unit_tax_minor=line.unit_tax_minor,
            unit_total_minor=line.unit_total_minor,
            total_minor=line.total_minor,
            attendee_names=[],
        )
        for number, line in enumerate(priced.lines, start=1)
    ]


def sums(sold: list[Sold]) -> tuple[int, int]:
    """(gross, tax)."""
    return (
        sum(one.unit_total_minor * one.quantity for one in sold),
        sum(one.unit_tax_minor * one.quantity for one in sold),
    )


def invoiced(order: orders.OrderRow, sold: list[Sold]) -> Document:
    """The invoice of it: the slice's own assertions hold."""
    is_reversed = is_reverse_charged(order.quote)
    return document(
        invoices.invoice(
            SELLER,
            COMPANY if is_reversed else BUYER,
            sold,
            currency=order.currency,
            issued_on=date(2026, 11, 21),
            order_code=order.code,
            is_reverse_charge=is_reversed,
        )
    )


def credited(of: Document, sold: list[Sold]) -> None:
    """A credit note over these lines can be written."""
    if sold:
        said = invoices.credit_note(of, sold, issued_on=date(2026, 11, 22))
        assert (said.gross_minor, said.tax_minor) == sums(sold)


@settings(max_examples=150)
@given(asked=asked(), data=st.data())
def test_any_basket_refunded_in_any_steps(asked: tuple[Basket, PriceRules], data: st.DataObject) -> None:
    basket, rules = asked
    priced = price_basket(basket, rules)
    order, lines = order_of(priced, basket, rules), lines_of(priced)
    if not order.total_minor:
        return
    units = sold_units(order, lines)
    whole = whole_order(units, lines)
    assert sums(whole) == (order.total_minor, order.tax_minor)
    invoice = invoiced(order, whole)
    paid = paid_by_line(order, lines)
    cancelled: dict[UUID, int] = {}
    rows: list[orders.UnitRow] = []
    total = (0, 0)
    for line in lines:
        before = pricing.NOTHING
        for _ in range(data.draw(st.integers(0, 2))):
            percent, with_fees = data.draw(st.sampled_from([2500, 5000, 10_000])), data.draw(st.booleans())
            terms = pricing.RefundTerms(percent, data.draw(st.integers(0, 50)), with_fees)
            back = pricing.refund([replace(paid[line.id], returned=before)], terms).total
            dies = data.draw(st.booleans()) and line.id not in cancelled
            row = unit_row(line.id, back, is_cancelled=dies)
            sold = went_back(units, lines, [row], rows)
            assert sums(sold) == (back.total_minor, back.tax_minor)
            credited(invoice, sold)
            rows.append(row)
            before, total = before.plus(back), (total[0] + back.total_minor, total[1] + back.tax_minor)
            if dies:
                cancelled[line.id] = 1
                break
    left = [replace(line, cancelled=cancelled.get(line.id, 0)) for line in lines]
    rest = rest_of_order(order, units, left, merged(rows))
    credited(invoice, rest)
    kept = (0, 0)
    for line in left:
        if line.cancelled:
            back = merged_of(rows, line.id)
            kept = (
                kept[0] + line.unit_total_minor - back.total_minor,
                kept[1] + line.unit_tax_minor - back.tax_minor,
            )
    gross, tax = sums(rest)
    assert (gross + total[0] + kept[0], tax + total[1] + kept[1]) == (order.total_minor, order.tax_minor)


def unit_row(line_id: UUID, back: pricing.Parts, *, is_cancelled: bool) -> orders.UnitRow:
    return orders.UnitRow(
        line_id,
        1,
        is_cancelled,
        back.price_minor,
        back.price_tax_minor,
        back.fees_minor,
        back.fees_tax_minor,
        back.site_on_top_minor,
        back.site_inside_minor,
    )


def merged_of(rows: list[orders.UnitRow], line_id: UUID) -> pricing.Parts:
    found = pricing.NOTHING
    for one in rows:
        if one.order_line_id == line_id:
            found = found.plus(
                pricing.Parts(
                    one.price_minor,
                    one.price_tax_minor,
                    one.fees_minor,
                    one.fees_tax_minor,
                    one.site_on_top_minor,
                    one.site_inside_minor,
                )
            )
    return found


def merged(rows: list[orders.UnitRow]) -> list[orders.UnitRow]:
    """As `orders.returned` sums them up."""
    ids = dict.fromkeys(one.order_line_id for one in rows)
    return [
        unit_row(
            line_id,
            merged_of(rows, line_id),
            is_cancelled=any(one.is_cancelled for one in rows if one.order_line_id == line_id),
        )
        for line_id in ids
    ]


def test_a_fee_at_another_rate_is_a_line_of_its_own() -> None:
    stalls = UUID(int=1)
    rules = PriceRules(
        "EUR",
        (OfferedType(stalls, "Stalls", "ticket", 2000, TaxRule(700, "included", "VAT")),),
        fees=(Fee("platform", 0, 119, tax=TaxRule(1900, "included", "VAT")),),
    )
    basket = Basket((pricing.BasketItem(stalls, 2),))
    priced = price_basket(basket, rules)
    order, lines = order_of(priced, basket, rules), lines_of(priced)
    units = sold_units(order, lines)
    assert whole_order(units, lines) == [
        Sold("Stalls", 2, 2000, 131, 700),
        Sold("Stalls, fees", 2, 119, 19, 1900),
    ]
    half = pricing.refund([paid_by_line(order, lines)[lines[0].id]], pricing.RefundTerms(5000, 0, True)).total
    back = went_back(units, lines, [unit_row(lines[0].id, half, is_cancelled=True)])
    assert back == [Sold("Stalls", 1, 1000, 66, 700), Sold("Stalls, fees", 1, 119, 19, 1900)]
