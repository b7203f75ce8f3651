"""Paying in a browser when it is slow, fails, is free, or is done twice: the page says what is true."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.support.live_site import LiveSite, Organiser

pytestmark = pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
PAID = "Paid. You are going."
CHAIR = {"name": "Chair", "price_minor": 1500, "capacity": 40}


@pytest.fixture(scope="module")
def evening(organiser: Organiser) -> str:
    """An event of this file's own, with chairs for 15 euros."""
    return organiser.put_on("Payments Evening", CHAIR)[1]


def _attempts(live: LiveSite, email: str) -> list[tuple[str, str]]:
    rows = live.ask(
        "SELECT a.method, a.state FROM payments_attempt a JOIN orders_order o ON o.id = a.order_id "
        "WHERE o.email = %s ORDER BY a.number",
        email,
    )
    return [(method, state) for method, state in rows]


def test_a_slow_payment_is_seen_and_then_paid_by_itself(
    visit: Arrive, live: LiveSite, evening: str, script: bool
) -> None:
    buyer = visit("phone", has_script=script)
    email = f"slow.{script}@example.org"
    buyer.hold(evening, "Chair")
    buyer.order(email, "slow")
    buyer.sees_heading("Your payment is on its way")
    assert [state for _, state in live.orders_of(email)] == ["pending"]
    live.slow_money_arrives(email)
    # Nobody touches the page: the script asks, or the page loads itself anew.
    buyer.sees_heading(PAID)
    buyer.sees(email)
    assert [state for _, state in live.orders_of(email)] == ["paid"]


def test_a_declined_card_is_said_and_another_way_works(
    visit: Arrive, live: LiveSite, evening: str, script: bool
) -> None:
    buyer = visit("desktop", has_script=script)
    email = f"declined.{script}@example.org"
    buyer.hold(evening, "Chair")
    buyer.order(email, "failing")
    buyer.sees_heading("The payment did not go through")
    buyer.sees("The bank refused the payment. Try another card, or ask your bank. Nothing was charged.")
    buyer.press("Try again", twice=True)
    buyer.sees_heading("The payment did not go through")
    buyer.follow("Pay another way")
    buyer.sees_heading("How do you want to pay?")
    buyer.page.locator("input[value='sandbox:push']").check()
    buyer.press("Pay €15", twice=True)
    buyer.sees_heading(PAID)
    assert [method for method, _ in _attempts(live, email)] == ["failing", "failing", "push"]
    assert [state for _, state in live.orders_of(email)] == ["paid"]


def test_saying_no_at_the_bank_leaves_the_order_to_be_paid(
    visit: Arrive, live: LiveSite, evening: str, script: bool
) -> None:
    buyer = visit("phone", has_script=script)
    email = f"no.{script}@example.org"
    buyer.hold(evening, "Chair")
    buyer.order(email, "card")
    buyer.follow("Go back without deciding")
    buyer.sees_heading("Waiting for your payment")
    buyer.follow("Go on to pay")
    buyer.pay_at_the_bank(pays=False)
    buyer.sees_heading("The payment did not go through")
    buyer.press("Try again")
    buyer.pay_at_the_bank(twice=True)
    buyer.sees_heading(PAID)
    assert _attempts(live, email) == [("card", "failed"), ("card", "paid")]
    assert [state for _, state in live.orders_of(email)] == ["paid"]


def test_a_free_event_asks_for_no_payment(visit: Arrive, live: LiveSite, script: bool) -> None:
    buyer = visit("phone", has_script=script)
    email = f"free.{script}@example.org"
    buyer.open("/")
    buyer.follow(re.compile("Sats & Signals"))
    free = buyer.page.locator(".tk", has_text="Free").first.get_by_role("heading").inner_text()
    buyer.choose(free, 1)
    buyer.page.locator("form#tickets button.btn-accent").click()
    buyer.sees_heading("Checkout")
    expect(buyer.page.get_by_role("radio")).to_have_count(0)
    buyer.order(email, None, twice=True)
    buyer.sees_heading("You are going.")
    assert _attempts(live, email) == []
    assert [state for _, state in live.orders_of(email)] == ["paid"]


def test_pressing_twice_and_going_back_buys_once(
    visit: Arrive, live: LiveSite, evening: str, script: bool
) -> None:
    buyer = visit("phone", has_script=script)
    email = f"twice.{script}@example.org"
    before = live.ask("SELECT count(*) FROM inventory_hold")[0][0]
    buyer.hold(evening, "Chair", 2, twice=True)
    assert live.ask("SELECT count(*) FROM inventory_hold")[0][0] == before + 1
    checkout = buyer.page.url
    buyer.order(email, "card", twice=True)
    buyer.sees_heading(re.compile("^Pay "))
    [(code, state)] = live.orders_of(email)
    assert state == "pending"
    buyer.page.go_back()
    buyer.page.reload()
    buyer.sees(f"Order {code}")
    buyer.open(checkout)
    buyer.sees_heading("Waiting for your payment")
    buyer.follow("Go on to pay")
    buyer.pay_at_the_bank()
    buyer.sees_heading(PAID)
    assert live.orders_of(email) == [(code, "paid")]
    assert _attempts(live, email) == [("card", "paid")]


def test_an_order_that_ran_out_says_so(visit: Arrive, live: LiveSite, evening: str, script: bool) -> None:
    buyer = visit("desktop", has_script=script)
    email = f"late.{script}@example.org"
    buyer.hold(evening, "Chair")
    buyer.order(email, "card")
    buyer.sees_heading(re.compile("^Pay "))
    live.order_runs_out(live.orders_of(email)[0][0])
    buyer.follow("Go back without deciding")
    buyer.sees_heading(re.compile(r"^This order has run out\.?$"))
    buyer.sees(re.compile("^No payment arrived in time, so the places went back on sale."))
    buyer.follow("Choose tickets again")
    buyer.sees_heading("Payments Evening")
