"""People with addresses: finding tickets by mail, making an account, and putting on an event of one's own."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.support.live_site import OWNER_EMAIL, LiveSite, Organiser
from tests.support.visitor import Visitor

SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])


def _buys(buyer: Visitor, slug: str, type_name: str, email: str) -> str:
    """Pays at once; the code of the order."""
    buyer.hold(slug, type_name)
    buyer.order(email, "push")
    buyer.sees_heading("Paid. You are going.")
    [(code, state)] = buyer.site.orders_of(email)
    assert state == "paid"
    return str(code)


@SCRIPT
def test_tickets_are_found_again_by_mail(
    visit: Arrive, live: LiveSite, organiser: Organiser, script: bool
) -> None:
    _, slug = organiser.put_on(f"Found Again {script}", {"name": "Seat", "price_minor": 500, "capacity": 9})
    buyer = visit("phone", has_script=script)
    email = f"lost.{script}@example.org"
    _buys(buyer, slug, "Seat", email)
    _newest_subject(buyer, email, 1)
    buyer.context.clear_cookies()
    buyer.open("/tickets")
    buyer.fill("E-mail", email)
    buyer.press("Mail me a link")
    buyer.sees("Look in your mail")
    subject = _newest_subject(buyer, email, 2)
    buyer.open_letter(email, subject)
    buyer.page.locator("section[aria-labelledby=links] a", has_not_text="Admit One").first.click()
    buyer.page.locator("main form button").click()
    buyer.sees_heading("My tickets")
    buyer.sees(f"Found Again {script}")
    buyer.follow(f"Found Again {script}")
    buyer.sees_heading("You are going.")


def _newest_subject(visitor: Visitor, email: str, letters: int) -> str:
    """The subject of the newest of so many letters, once all have come."""
    for _ in range(80):
        found = visitor.site.letters_to(email)
        if len(found) >= letters:
            break
        visitor.page.wait_for_timeout(250)
    assert len(found) == letters, found
    return str(found[-1][1])


@SCRIPT
def test_an_account_is_made_by_mailed_link_which_works_once(
    visit: Arrive, live: LiveSite, script: bool
) -> None:
    person = visit("phone", has_script=script)
    email = f"new.{script}@example.org"
    person.open("/register?next=/account")
    person.fill("Your name", "Nadia Holm")
    person.fill("E-mail", email)
    person.press("Make my account", twice=True)
    person.sees_heading("Look in your mail")
    subject = _newest_subject(person, email, 1)
    person.open_letter(email, subject)
    person.page.locator("section[aria-labelledby=links] a", has_not_text="Admit One").first.click()
    link = person.page.url
    person.page.locator("main form button").click()
    person.sees_heading("Your account")
    person.sees("Welcome. Your account is made.")
    assert live.ask("SELECT name FROM accounts_person WHERE email = %s", email) == [("Nadia Holm",)]
    person.press("Sign out")
    person.open(link)
    button = person.page.locator("main form button")
    if button.count():
        button.click()
    expect(person.page.get_by_role("heading", level=1)).not_to_have_text("Your account")
    person.open("/account")
    person.sees_heading("Sign in")


def test_an_event_is_made_sold_and_refunded(visit: Arrive, live: LiveSite) -> None:
    owner = visit("desktop")
    owner.sign_in(OWNER_EMAIL)
    _drafts(owner)
    _describes(owner)
    _adds_type(owner, "Wall seat", "12.50", "3")
    _adds_type(owner, "Stool", "8", "2")
    slug = live.ask("SELECT slug FROM events_event WHERE title = 'Kitchen Concert'")[0][0]
    edit = owner.page.url
    owner.press("Put on sale", twice=True)
    expect(owner.page.locator(".badge", has_text="On sale").first).to_be_visible()

    buyer = visit("phone")
    code = _buys(buyer, slug, "Wall seat", "eater@example.org")
    # Of an order that is taken back before its letter is written, only that is told.
    _newest_subject(buyer, "eater@example.org", 1)

    owner.open(re.sub("/edit.*", "/orders", edit))
    owner.follow(code)
    owner.sees_heading(f"Order {code}")
    owner.sees("eater@example.org")
    owner.follow("Refund")
    owner.sees_heading(f"Refund order {code}?")
    owner.page.locator("button.btn-bad").dblclick()
    owner.sees_heading(f"Order {code}")
    _newest_subject(buyer, "eater@example.org", 2)
    buyer.open_letter("eater@example.org", live.letters_to("eater@example.org")[1][1])
    refunds = live.ask(
        "SELECT r.amount_minor FROM payments_refund r JOIN orders_order o ON o.id = r.order_id "
        "WHERE o.code = %s",
        code,
    )
    assert len(refunds) == 1
    assert live.orders_of("eater@example.org") == [(code, "cancelled")]
    buyer.page.locator("section[aria-labelledby=links] a", has_not_text="Admit One").first.click()
    expect(buyer.page.locator(".badge", has_text="Cancelled").first).to_be_visible()


def _drafts(owner: Visitor) -> None:
    # In the evening: at night there is a day in spring without that hour, and one in autumn that has it twice.
    starts = datetime.now(UTC).replace(hour=19, minute=0) + timedelta(days=30)
    owner.open("/organiser")
    owner.page.get_by_role("main").get_by_role("link", name="New event").click()
    owner.fill("Title", "Kitchen Concert")
    owner.page.get_by_label("Currency").select_option("EUR")
    owner.page.get_by_label("Time zone").select_option("Europe/Berlin")
    owner.fill("Starts", f"{starts:%Y-%m-%dT%H:%M}")
    owner.fill("Ends", f"{starts + timedelta(hours=2):%Y-%m-%dT%H:%M}")
    owner.press("Make a draft", twice=True)
    owner.sees_heading("Kitchen Concert")
    drafts = owner.site.ask("SELECT count(*) FROM events_event WHERE title = 'Kitchen Concert'")
    assert drafts == [(1,)]


def _describes(owner: Visitor) -> None:
    basics = owner.page.locator("#basics")
    basics.get_by_label("In one sentence").fill("A quartet between the stove and the window.")
    basics.get_by_label("Description").fill("They play **twice**.\n\n- soup at seven\n- music at eight")
    basics.get_by_label("More about refunds").fill("Full refund until the day before.")
    basics.get_by_role("button", name="Save basics").click()
    owner.sees_heading("Kitchen Concert")
    where = owner.page.locator("#where")
    where.get_by_label("Venue").fill("Ida's kitchen")
    where.get_by_label("City").fill("Leipzig")
    where.get_by_role("button", name="Save place").click()
    owner.sees_heading("Kitchen Concert")


def _adds_type(owner: Visitor, name: str, price: str, places: str) -> None:
    form = owner.page.get_by_role("form", name="Add ticket type")
    if not form.is_visible():
        owner.page.get_by_text("Add a ticket type", exact=True).click()
    form.get_by_label("Name", exact=True).fill(name)
    form.get_by_label("Price", exact=True).fill(price)
    form.get_by_label("Places", exact=True).fill(places)
    form.get_by_role("button", name="Add ticket type").dblclick()
    expect(owner.page.locator("details.type-card summary", has_text=name)).to_have_count(1)


def test_an_organiser_is_begun_once_however_often_the_button_is_pressed(
    visit: Arrive, live: LiveSite
) -> None:
    person = visit("phone")
    email = "begins@example.org"
    person.open("/register?next=/organiser/new")
    person.fill("Your name", "Mara Ade")
    person.fill("E-mail", email)
    person.press("Make my account")
    person.sees_heading("Look in your mail")
    person.open_letter(email, _newest_subject(person, email, 1))
    person.page.locator("section[aria-labelledby=links] a", has_not_text="Admit One").first.click()
    person.page.locator("main form button").click()
    person.sees_heading("Sell tickets")
    person.fill("Name of the organiser", "Yaba Nights")
    person.fill("E-mail for buyers", "hello@yaba.example")
    person.press("Start", twice=True)
    person.sees_heading("New event")
    assert live.ask("SELECT slug FROM accounts_organiser WHERE name = 'Yaba Nights'") == [("yaba-nights",)]
