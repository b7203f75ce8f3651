"""Somebody who has connected their wallet buys on a phone: it is asked by itself, and its no has a way on."""

import re
from collections import deque
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from admitone.entrypoints.demo_people import OWNER_EMAIL
from tests.browser.conftest import Arrive
from tests.support.buyers_machines import BuyersMachines, buyers_machines
from tests.support.live_site import LiveSite, Organiser
from tests.support.visitor import Visitor
from tests.support.waiting import eventually

OFFER = "Pay with my connected wallet"


@pytest.fixture(scope="module")
def evening(organiser: Organiser) -> str:
    """An event of this file's own, with chairs for 25 euros: 50,000 sats at the demo's rate."""
    return organiser.put_on("Evening of Wallets", {"name": "Chair", "price_minor": 2500, "capacity": 40})[1]


@pytest.fixture
def machines() -> Iterator[BuyersMachines]:
    with buyers_machines() as running:
        yield running


def buyer_with(visit: Arrive, machines: BuyersMachines, script: bool) -> Visitor:
    """Signed in on a phone, with their wallet connected."""
    buyer = visit("phone", has_script=script)
    buyer.sign_in(OWNER_EMAIL)
    buyer.open("/account/wallet")
    buyer.fill("Connection", machines.theirs.uri)
    buyer.page.get_by_role("button", name=re.compile("^Connect")).click()
    buyer.sees("Your wallet is connected.")
    return buyer


def at_checkout(buyer: Visitor, evening: str) -> None:
    """At the checkout, where the connected wallet is chosen already."""
    buyer.hold(evening, "Chair")
    expect(buyer.page.get_by_role("radio", name=OFFER)).to_be_checked()
    buyer.sees(re.compile(r"Budget: 100,000\ssats left of 100,000\ssats"))


def place(buyer: Visitor, email: str) -> None:
    """Press the button with what is chosen."""
    buyer.order(email, None)


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_wallet_that_is_asked_by_itself_and_refuses_leaves_the_uma_provider(
    visit: Arrive, machines: BuyersMachines, evening: str, script: bool
) -> None:
    machines.theirs.noes["pay_invoice"] = "INSUFFICIENT_BALANCE"
    buyer = buyer_with(visit, machines, script)
    at_checkout(buyer, evening)
    place(buyer, f"refused.{script}@example.org")
    buyer.sees_heading("Pay with Bitcoin")
    refused = buyer.page.get_by_text("Ada's phone said no: there is not enough in it. Nothing was paid.")
    if not script:
        eventually(lambda: [name for name, _ in machines.theirs.asked if name == "pay_invoice"] != [])
        eventually(lambda: _looks_again(buyer) and refused.count() == 1)
    expect(refused).to_be_visible()
    buyer.fill("Your UMA name", machines.address)
    buyer.press("Ask my UMA provider instead")
    buyer.sees(re.compile("We have asked localhost"))
    assert len(machines.takes.heard) == 1


def _looks_again(buyer: Visitor) -> bool:
    buyer.follow("Look again")
    return True


def test_an_order_is_paid_while_the_wallet_is_asked_and_the_page_says_both(
    visit: Arrive, live: LiveSite, machines: BuyersMachines, evening: str
) -> None:
    machines.theirs.troubles["pay_invoice"] = deque(["deaf"])
    buyer = buyer_with(visit, machines, True)
    email = "asked@example.org"
    at_checkout(buyer, evening)
    place(buyer, email)
    buyer.sees(re.compile("We are asking Ada's phone"))
    with buyer.context.expect_page() as opened:
        buyer.follow("Pay with play money")
    other = Visitor(buyer.site, buyer.context, opened.value, buyer.has_script)
    other.press("Pay the invoice")
    buyer.sees_heading("Paid. You are going.")
    assert [state for _, state in live.orders_of(email)] == ["paid"]
