"""Where something has come to its end (a hold, a link, an address) the page can still be used by everybody."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.browser.test_access import LOOKS, problems
from tests.support.live_site import LiveSite, Organiser
from tests.support.visitor import Visitor


def _follows_the_link(visitor: Visitor, email: str, subject: str) -> str:
    """Opens what the letter links to; the address of that page."""
    visitor.open_letter(email, subject)
    visitor.page.locator("section[aria-labelledby=links] a", has_not_text="Admit One").first.click()
    expect(visitor.page.locator("main form button")).to_be_visible()
    return visitor.page.url


def _checks_out_late(visitor: Visitor, slug: str) -> list[str]:
    """The checkout kept longer, then the same after its hold ran out."""
    visitor.hold(slug, "Seat")
    # Without the place on the page that the ticket form asked for: a browser that is there already loads nothing.
    checkout = visitor.page.url.partition("#")[0]
    visitor.press("Keep them longer")
    visitor.sees("held a little longer")
    expect(visitor.page.get_by_role("button", name="Keep them longer")).to_have_count(0)
    found = problems(visitor.page)
    visitor.open(checkout)
    expect(visitor.page.get_by_text("held a little longer")).to_have_count(0)
    visitor.order("ada@gmial.com", "card")
    visitor.press("Use ada@gmail.com")
    visitor.sees("Corrected.")
    found += problems(visitor.page)
    visitor.site.hold_runs_out(slug)
    visitor.open(checkout)
    visitor.sees_heading("Your hold has run out")
    return found + problems(visitor.page)


def _comes_by_link(visitor: Visitor, email: str) -> list[str]:
    """A letter's link before it is used, after, and when it is too old; one that never was."""
    visitor.open("/tickets")
    visitor.fill("E-mail", email)
    visitor.press("Mail me a link")
    visitor.sees("Look in your mail")
    found = problems(visitor.page)
    link = _follows_the_link(visitor, email, "Find your tickets on Admit One")
    visitor.sees_heading("See your tickets")
    found += problems(visitor.page)
    visitor.press("Show my tickets")
    visitor.sees_heading("My tickets")
    found += problems(visitor.page)
    visitor.open(link)
    visitor.sees_heading("This link is used up")
    found += problems(visitor.page)
    visitor.context.clear_cookies()
    visitor.open("/register")
    visitor.fill("Your name", "Ada Obi")
    visitor.fill("E-mail", f"old.{email}")
    visitor.press("Make my account")
    visitor.sees_heading("Look in your mail")
    found += problems(visitor.page)
    link = _follows_the_link(visitor, f"old.{email}", "Confirm your address for Admit One")
    visitor.sees_heading("Confirm your address")
    found += problems(visitor.page)
    visitor.site.ask(
        "UPDATE accounts_mailed_link SET valid_until = now() - interval '1 second' WHERE email = %s",
        f"old.{email}",
    )
    visitor.press("Make my account")
    visitor.sees_heading("This link is too old")
    expect(visitor.page.get_by_role("link", name="Mail me a new link")).to_be_visible()
    found += problems(visitor.page)
    visitor.open(re.sub("[^/]{43}$", "x" * 43, link))
    visitor.sees_heading("This link does not work")
    return found + problems(visitor.page)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_axe_finds_nothing_where_something_has_ended(
    visit: Arrive, live: LiveSite, organiser: Organiser, size: str, theme: str
) -> None:
    _, slug = organiser.put_on(f"Ends {size} {theme}", {"name": "Seat", "price_minor": 500, "capacity": 9})
    visitor = visit(size, color_scheme=theme)
    found = _checks_out_late(visitor, slug)
    found += _comes_by_link(visitor, f"ends.{size}.{theme}@example.org")
    for path in ("/nowhere", "/checkout/nothing", "/orders/nothing", "/t/nothing"):
        visitor.open(path)
        found += problems(visitor.page)
    assert found == [], "\n".join(found)
    assert live.orders_of("ada@gmail.com") == []
