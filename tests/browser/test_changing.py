"""Changing a ticket on its order's page: for a dearer one, which is paid for, and a cheaper one, with money back."""

import re

import pytest

from tests.browser.conftest import Arrive
from tests.support.live_site import LiveSite, Organiser
from tests.support.waiting import eventually

STANDING = {"name": "Standing", "price_minor": 2_500, "capacity": 20}
SEATED = {"name": "Seated", "price_minor": 3_000, "capacity": 20}
BALCONY = {"name": "Balcony", "price_minor": 2_000, "capacity": 20}
CHANGES = {"hours_before": 24, "fee_minor": 100}


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_ticket_is_changed_up_and_down(
    visit: Arrive, live: LiveSite, organiser: Organiser, size: str, script: bool
) -> None:
    title = f"Changing {size} {script}"
    _, slug = organiser.put_on(title, STANDING, SEATED, BALCONY, change_policy=CHANGES)
    email = f"change{size}{script}@example.org".lower()
    buyer = visit(size, has_script=script)
    buyer.hold(slug, "Standing", 2)
    buyer.order(email, "push")
    buyer.sees_heading("Paid. You are going.")
    order = buyer.page.url.split("?")[0].removesuffix("/pay").removeprefix(live.url)
    buyer.open(order)
    buyer.follow("Change tickets")
    buyer.sees_heading("Which tickets do you change?")
    buyer.page.locator("input[name=ticket]").first.check()
    buyer.press("See what you can have instead")
    buyer.sees_heading("What do you want instead?")
    buyer.sees("The sums include a change fee of €1.")
    buyer.page.get_by_label(re.compile("^Seated")).check()
    buyer.press("See the sum")
    buyer.sees("Your old ticket stays valid until you have paid the difference.")
    buyer.press("Change and pay €6")
    buyer.sees_heading("How do you want to pay?")
    buyer.sees("Your old tickets count")
    assert sorted(state for _, state in live.orders_of(email)) == ["paid", "pending"]
    buyer.page.locator("input[name=method][value='sandbox:push']").check()
    buyer.press("Pay €6")
    buyer.sees_heading("Paid. You are going.")
    # The other ticket, for a cheaper one: nothing is to pay, and the difference less the fee comes back.
    buyer.open(order)
    buyer.sees("With this order")
    buyer.follow(re.compile("^Change (it|tickets)$"))
    buyer.sees_heading("What do you want instead?")
    buyer.page.get_by_label(re.compile("^Balcony")).check()
    buyer.press("See the sum")
    buyer.sees("Comes back")
    buyer.press("Change 1 ticket")
    buyer.sees_heading("You are going.")
    buyer.sees("€4 is on its way back.")
    assert sorted(state for _, state in live.orders_of(email)) == ["cancelled", "paid", "paid"]
    refunds = live.ask(
        "SELECT reason, amount_minor FROM payments_refund r JOIN orders_order o ON o.id = r.order_id WHERE email = %s",
        email,
    )
    assert refunds == [("tickets_changed", 400)]
    # What is under way is over before the site is stopped.
    waiting = (
        "SELECT 1 FROM sandbox_delivery WHERE sent_at IS NULL "
        "UNION SELECT 1 FROM payments_refund WHERE state <> 'done'"
    )
    eventually(lambda: not live.ask(waiting))
