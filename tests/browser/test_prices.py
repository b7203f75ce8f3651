"""Buying what has more than one price: a choice of one's own, an extra, a gift, a promo code typed on the page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.support.live_site import LiveSite, Organiser

SEAT = {"name": "Seat", "price_minor": 2_000, "capacity": 20}
SOLIDARITY = {
    "name": "Pay what you can",
    "price_minor": 1_500,
    "capacity": 20,
    "prices": {"is_chosen": True, "least_minor": 500},
}
PARKING = {
    "name": "Parking",
    "price_minor": 800,
    "capacity": 20,
    "kind": "add_on",
    "prices": {"needs_tickets": 1, "tax_bps": 1_900, "tax_name": "VAT"},
}
GIFT = {"name": "For the roof", "price_minor": 500, "kind": "donation", "prices": {"least_minor": 100}}
PRICES = {
    "booking": {"bps": 500, "fixed_minor": 20, "most_minor": 150},
    "discounts": [{"kind": "some_free", "label": "Three for two", "take": 3, "pay": 2}],
    "seller_country": "DE",
    "has_reverse_charge": True,
}


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_basket_of_everything(
    visit: Arrive, live: LiveSite, organiser: Organiser, size: str, script: bool
) -> None:
    title = f"All Prices {size} {script}"
    _, slug = organiser.put_on(
        title, SEAT, SOLIDARITY, PARKING, GIFT, prices=PRICES, tax_bps=700, tax_name="VAT"
    )
    buyer = visit(size, has_script=script)
    buyer.open(f"/e/{slug}")
    buyer.sees("Three for two")
    buyer.sees("Up to 1 with each ticket")
    # More of the extra than there are tickets.
    buyer.choose("Parking", 1)
    buyer.page.locator("form#tickets button.btn-accent").click()
    expect(buyer.page.get_by_role("alert")).to_have_text(re.compile("together with a ticket"))
    buyer.choose("Seat", 3)
    buyer.choose("Pay what you can", 1)
    price = buyer.page.get_by_label(re.compile("Your price for each"))
    price.fill("4.99")
    buyer.fill("Your gift", "12.34")
    buyer.page.locator("form#tickets button.btn-accent").click()
    expect(buyer.page.get_by_role("alert")).to_have_text(re.compile("below the smallest one possible"))
    expect(buyer.page.get_by_label("Your gift")).to_have_value("12.34")
    price.fill("7.50")
    buyer.page.locator("form#tickets button.btn-accent").click()
    buyer.sees_heading("Checkout")
    summary = buyer.page.locator(".lines")
    expect(summary).to_contain_text("3 × Seat")
    # The cheapest of five is the free one.
    expect(summary.locator("s").first).to_contain_text("7.50")
    expect(summary).to_contain_text("Three for two")
    expect(summary).to_contain_text("For the roof")
    before = summary.locator(".total dd").inner_text()
    # A company elsewhere: the price without the tax is shown before anything is paid.
    buyer.page.get_by_text("I buy for a company").click()
    buyer.fill("Company", "Werk AG")
    buyer.fill("Street and number", "Ring 1")
    buyer.fill("City", "Wien")
    buyer.page.get_by_label("Country", exact=True).select_option("AT")
    buyer.fill("VAT number (optional)", "ATU13585627")
    buyer.press("Show the price for this company")
    expect(summary).to_contain_text("VAT, which your company owes")
    assert summary.locator(".total dd").inner_text() != before
    expect(buyer.page.get_by_label("Company", exact=True)).to_have_value("Werk AG")
    email = f"{size}{script}@example.org".lower()
    buyer.order(email, "push")
    buyer.sees_heading("Paid. You are going.")
    [(_, state)] = live.orders_of(email)
    assert state == "paid"
    lines = live.ask(
        "SELECT kind, sum(quantity)::int FROM orders_line WHERE order_id = "
        "(SELECT id FROM orders_order WHERE email = %s) GROUP BY kind ORDER BY kind",
        email,
    )
    assert lines == [("add_on", 1), ("donation", 1), ("ticket", 4)]
