"""Proving a ticket and passing it on, and signing in with a Lightning wallet, in a browser with scripts and without."""

import re
from urllib.parse import parse_qs, urlsplit

import coincurve
import pytest
from playwright.sync_api import expect

from admitone.payments.bitcoin import bech32
from tests.browser.conftest import Arrive
from tests.support.live_site import LiveSite, Organiser
from tests.support.visitor import Visitor

SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])


def _confirm(visitor: Visitor, key: coincurve.PrivateKey) -> None:
    """The wallet reads the code on the page and answers."""
    href = visitor.page.get_by_role("link", name="Open my wallet").get_attribute("href")
    assert href is not None
    _, groups, _ = bech32.decode(href.removeprefix("lightning:"))
    url = bech32.to_bytes(groups).decode()
    signature = key.sign(bytes.fromhex(parse_qs(urlsplit(url).query)["k1"][0]), hasher=None)
    answer = visitor.fetch(f"{url}&sig={signature.hex()}&key={key.public_key.format().hex()}")
    assert answer == b'{"status":"OK"}'


def _look_again(visitor: Visitor) -> None:
    if not visitor.has_script:
        visitor.follow("I have confirmed in my wallet")


@SCRIPT
def test_a_wallet_is_linked_after_a_letter_and_then_signs_in(
    visit: Arrive, live: LiveSite, script: bool
) -> None:
    key = coincurve.PrivateKey(bytes((script,)) * 31 + b"\x55")
    ada, email = visit("phone", has_script=script), f"wallet.{script}@example.org"
    ada.open("/sign-in")
    ada.press("Sign in with a Lightning wallet")
    ada.sees_heading("Scan with your wallet")
    _confirm(ada, key)
    _look_again(ada)
    ada.sees_heading("We do not know this wallet yet")
    ada.fill("E-mail", email)
    ada.press("Mail me a link")
    ada.sees("Look in your mail")
    ada.open_letter(email, "Sign in to Admit One")
    ada.page.locator("section[aria-labelledby=links] a", has_not_text="Admit One").first.click()
    ada.press("Sign in")
    ada.sees("Link it to your account")
    ada.press("Link this wallet")
    ada.sees("Your wallet is linked.")
    ada.page.context.clear_cookies()
    ada.open("/sign-in?next=/account")
    ada.press("Sign in with a Lightning wallet")
    _confirm(ada, key)
    _look_again(ada)
    ada.sees_heading("Your wallet has signed")
    ada.press("Sign in")
    ada.sees_heading("Your account")
    ada.sees(email)


@SCRIPT
def test_a_ticket_is_proved_for_the_door_and_passed_on(
    visit: Arrive, live: LiveSite, organiser: Organiser, script: bool
) -> None:
    _, slug = organiser.put_on(f"Passed On {script}", {"name": "Seat", "price_minor": 500, "capacity": 9})
    buyer, email = visit("phone", has_script=script), f"owner.{script}@example.org"
    buyer.hold(slug, "Seat")
    buyer.order(email, "push")
    buyer.sees_heading("Paid. You are going.")
    buyer.follow("See my tickets")
    ticket = buyer.page.locator("a[href^='/t/']").first.get_attribute("href")
    assert ticket is not None
    buyer.open(ticket)
    buyer.follow("Prove it is yours")
    buyer.press("Begin")
    buyer.sees_heading("How can you show it?")
    buyer.page.locator("main").get_by_role("link", name="Sign in").click()
    buyer.page.get_by_role("form", name="With a link by mail").get_by_label("E-mail").fill(email)
    buyer.press("Mail me a link")
    buyer.sees("Look in your mail")
    buyer.open_letter(email, "Sign in to Admit One")
    buyer.page.locator("section[aria-labelledby=links] a", has_not_text="Admit One").first.click()
    buyer.press("Sign in")
    buyer.press("This ticket is in my account")
    buyer.sees_heading("It is yours")
    expect(buyer.page.locator(".proof-word")).to_have_text(re.compile(r"^[0-9A-Z]{4} [0-9A-Z]{4}$"))
    buyer.open(ticket)
    buyer.follow("Pass it on")
    buyer.press("Show that it is mine")
    buyer.press("This ticket is in my account")
    buyer.sees_heading("Who gets it?")
    buyer.fill("Their name", "Bola Ade")
    buyer.fill("Their e-mail", f"bola.{script}@example.org")
    buyer.press("Pass the ticket on")
    buyer.sees(f"Your ticket now belongs to bola.{script}@example.org.")
    bola = visit("phone", has_script=script)
    bola.open_letter(f"bola.{script}@example.org", f"Your ticket for Passed On {script}")
    bola.page.locator("section[aria-labelledby=links] a", has_not_text="Admit One").first.click()
    bola.sees("Bola Ade")
    expect(bola.page.locator("svg.qr")).to_be_visible()
