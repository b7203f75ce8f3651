"""Paying with play Bitcoin in a browser, on a phone: the code is paid elsewhere, and the page sees it by itself."""

import io
import re

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from admitone.payments.bitcoin.bolt11 import decode
from tests.browser.conftest import Arrive
from tests.support.live_site import LiveSite, Organiser
from tests.support.visitor import Visitor
from tests.support.waiting import eventually

PAID = "Paid. You are going."
CHAIR = {"name": "Chair", "price_minor": 2500, "capacity": 40}


@pytest.fixture(scope="module")
def evening(organiser: Organiser) -> str:
    """An event of this file's own, with chairs for 25 euros: 50,000 sats at the demo's rate."""
    return organiser.put_on("Satoshi Evening", CHAIR)[1]


def at_the_code(buyer: Visitor, evening: str, email: str) -> None:
    """From the event to the page with the code."""
    buyer.hold(evening, "Chair")
    buyer.page.locator("input[name=method][value=bitcoin]").check()
    buyer.order(email, None)
    buyer.sees_heading("Pay with Bitcoin")


def read_code(buyer: Visitor) -> str:
    """What a camera reads from the page."""
    drawn = buyer.page.locator(".qrbox svg").screenshot()
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(drawn)).convert("L"))
    return code.text


def payer(buyer: Visitor) -> Visitor:
    """The play payer's page, in a window of its own."""
    with buyer.context.expect_page() as opened:
        buyer.follow("Pay with play money")
    other = Visitor(buyer.site, buyer.context, opened.value, buyer.has_script)
    other.sees_heading("Your play bitcoin")
    return other


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_ticket_is_paid_over_lightning_from_the_code(
    visit: Arrive, live: LiveSite, evening: str, script: bool
) -> None:
    buyer = visit("phone", has_script=script)
    email = f"lightning.{script}@example.org"
    at_the_code(buyer, evening, email)
    buyer.sees("50,000 sats")
    read = read_code(buyer)
    invoice = re.search("lightning=([A-Z0-9]+)", read)
    assert invoice is not None
    assert decode(invoice[1]).amount_msat == 50_000_000
    assert "amount=0.0005&" in read
    if script:
        expect(buyer.page.locator("time-left")).to_have_text(re.compile(r"\(\d+:\d\d left\)"))
    buyer.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    payer(buyer).press("Pay the invoice")
    if not script:
        eventually(lambda: [state for _, state in live.orders_of(email)] == ["paid"])
        buyer.follow("Look again")
    buyer.sees_heading(PAID)
    # It is not under the head of the page, however far down the code was.
    expect(buyer.page.get_by_role("heading", name=PAID)).to_be_in_viewport(ratio=1)
    assert not script or buyer.page.evaluate("scrollY") == 0
    buyer.follow("See my tickets")
    buyer.sees_heading("You are going.")
    assert [state for _, state in live.orders_of(email)] == ["paid"]


def test_too_little_waits_for_the_rest_and_is_waited_for_until_final(
    visit: Arrive, live: LiveSite, evening: str
) -> None:
    buyer = visit("phone")
    email = "onchain@example.org"
    at_the_code(buyer, evening, email)
    other = payer(buyer)
    other.fill("Sats", "20000")
    other.press("Send to the address")
    other.sees("Waits for a block")
    buyer.sees_heading("Not all of it is on its way")
    buyer.sees("Seen, not in a block yet")
    assert "amount=0.0003&" in read_code(buyer)
    other.press("Mine a block")
    buyer.sees("1 of 2 confirmations")
    other.press("Mine a block")
    buyer.sees_heading("Part of it has arrived")
    buyer.sees("20,000 sats have arrived. €15.00 is left to pay")
    buyer.press("Get a code for the rest")
    buyer.sees("20,000 sats have arrived. 30,000 sats are left to pay")
    assert "amount=0.0003&" in read_code(buyer)
    payer(buyer).press("Pay the invoice")
    buyer.sees_heading(PAID)
    assert [state for _, state in live.orders_of(email)] == ["paid"]


def test_a_replaced_payment_is_said_and_another_is_taken(visit: Arrive, live: LiveSite, evening: str) -> None:
    buyer = visit("desktop")
    email = "replaced@example.org"
    at_the_code(buyer, evening, email)
    other = payer(buyer)
    other.press("Send to the address")
    buyer.sees_heading("Your payment is on its way")
    other.press("Replace it")
    buyer.sees_heading("That payment was replaced")
    assert [state for _, state in live.orders_of(email)] == ["pending"]
    payer(buyer).press("Pay the invoice")
    buyer.sees_heading(PAID)
