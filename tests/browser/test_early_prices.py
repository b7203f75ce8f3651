"""An early price on the event's page, and what a buyer is told who wants more than are left at it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.support.live_site import LiveSite, Organiser

STANDING = {
    "name": "Standing",
    "price_minor": 2_500,
    "capacity": 40,
    "prices": {"steps": [{"name": "Early bird", "price_minor": 2_000, "most": 3}]},
}


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_early_tickets_run_out_and_the_buyer_is_told(
    visit: Arrive, live: LiveSite, organiser: Organiser, size: str
) -> None:
    _, slug = organiser.put_on(f"Early {size}", STANDING)
    buyer = visit(size)
    buyer.open(f"/e/{slug}")
    buyer.sees("Early bird. 3 left at this price. Then €25.")
    buyer.hold(slug, "Standing", 2)
    buyer.sees_heading("Checkout")
    expect(buyer.page.locator(".lines .total dd")).to_have_text("€40")
    email = f"early-{size}@example.org"
    buyer.order(email, "push")
    buyer.sees_heading("Paid. You are going.")
    other = visit(size)
    other.hold(slug, "Standing", 2)
    other.sees("fewer than 2 were left, so all of them have the price of now")
    expect(other.page.locator(".lines .total dd")).to_have_text("€50")
    [(_, state)] = live.orders_of(email)
    assert state == "paid"
