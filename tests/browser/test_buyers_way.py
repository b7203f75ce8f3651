"""Where a buyer looks and types next, after a no, after going back, and while keeping places longer."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.support.live_site import LiveSite, Organiser

SEAT = {"name": "Seat", "price_minor": 900}
_LONG = "\n\n".join(f"Paragraph {n} of a long description." for n in range(40))


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_no_is_in_sight_and_in_focus(visit: Arrive, organiser: Organiser, size: str, script: bool) -> None:
    more = [{**SEAT, "name": f"Seat {n}", "capacity": 5} for n in range(6)]
    _, slug = organiser.put_on(f"Refused {size} {script}", *more, description_md=_LONG)
    buyer = visit(size, has_script=script)
    buyer.open(f"/e/{slug}")
    buyer.page.locator("form#tickets button.btn-accent").click()
    alert = buyer.page.get_by_role("alert")
    expect(alert).to_have_text(re.compile("Please choose at least one ticket."))
    expect(alert).to_be_in_viewport(ratio=1)
    expect(alert).to_be_focused()
    # The same page once more, whichever way: it is no dead end.
    assert "#" not in buyer.page.url
    buyer.open(buyer.page.url)
    buyer.sees_heading(f"Refused {size} {script}")


def test_going_back_while_holding_tickets_leads_on(visit: Arrive, organiser: Organiser) -> None:
    _, slug = organiser.put_on("Gone Back", {**SEAT, "capacity": 2})
    buyer = visit("phone")
    # Seen before, the page is in the browser's cache, and going back asks nobody.
    buyer.open(f"/e/{slug}")
    buyer.hold(slug, "Seat", 2)
    checkout = buyer.page.url
    assert "#" not in checkout, "it would go with every address that comes after"
    buyer.page.go_back()
    buyer.sees(re.compile(r"You are holding 2 tickets until (.+, )?\d\d:\d\d"))
    buyer.follow("Continue")
    buyer.sees_heading("Checkout")
    assert buyer.page.url == checkout
    buyer.press("Change tickets")
    buyer.sees_heading("Gone Back")
    expect(buyer.page.get_by_role("spinbutton")).to_have_value("2")
    expect(buyer.page.get_by_text("You are holding")).to_have_count(0)
    buyer.page.go_back()
    buyer.sees_heading("Your hold has run out")


def test_without_script_the_events_page_leads_on_too(visit: Arrive, organiser: Organiser) -> None:
    _, slug = organiser.put_on("Opened Again", {**SEAT, "capacity": 2})
    buyer = visit("phone", has_script=False)
    buyer.hold(slug, "Seat", 1)
    buyer.open(f"/e/{slug}")
    buyer.sees(re.compile(r"You are holding 1 ticket until (.+, )?\d\d:\d\d"))
    expect(buyer.page.get_by_role("link", name="Continue")).to_be_in_viewport()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_what_was_typed_is_still_there_after_keeping_the_places(
    visit: Arrive, organiser: Organiser, live: LiveSite, script: bool
) -> None:
    _, slug = organiser.put_on(f"Kept Longer {script}", {**SEAT, "capacity": 5})
    buyer = visit("phone", has_script=script)
    email = f"kept.{script}@example.org"
    buyer.hold(slug, "Seat", 1)
    buyer.fill("Full name", "Ada Obi")
    buyer.fill("E-mail", email)
    buyer.press("Keep them longer")
    buyer.sees("Your tickets are held a little longer.")
    expect(buyer.page.get_by_label("Full name", exact=True)).to_have_value("Ada Obi")
    expect(buyer.page.get_by_label("E-mail", exact=True)).to_have_value(email)
    buyer.page.locator("input[name=method][value='sandbox:push']").check()
    # Enter is the pay button, not the first button on the page.
    buyer.page.get_by_label("E-mail", exact=True).press("Enter")
    buyer.sees_heading("Paid. You are going.")
    assert live.orders_of(email) != []


def test_the_stepper_says_why_it_ends(visit: Arrive, organiser: Organiser) -> None:
    few = {"name": "Sofa", "price_minor": 900, "capacity": 1}
    _, slug = organiser.put_on("Ends", {**SEAT, "capacity": 90, "per_person_limit": 2}, few)
    buyer = visit("phone")
    buyer.open(f"/e/{slug}")
    buyer.choose("Seat", 1)
    expect(buyer.page.get_by_text("2 per person")).to_have_count(0)
    buyer.choose("Seat", 1)
    said = buyer.page.locator("[aria-live=polite]", has_text="2 per person")
    expect(said).to_be_visible()
    buyer.choose("Sofa", 1)
    buyer.sees("Only 1 left")
