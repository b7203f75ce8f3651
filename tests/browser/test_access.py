"""Everybody can use it: axe finds nothing on any page of the running site, the keyboard is enough, and a narrow
screen never scrolls sideways.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.support.live_site import DOOR_EMAIL, OWNER_EMAIL, LiveSite, Organiser
from tests.support.visitor import Visitor

AXE = Path(__file__).parents[1] / "support/axe/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Each size once and each theme once: what axe finds depends on one of them, not on both together.
LOOKS = [("phone", "dark"), ("desktop", "light")]
SLUG = "lichthof-techno-und-lichtkunst"
OPEN = ["/", "/events", "/events?q=nothing-like-it", f"/e/{SLUG}", "/tickets", "/sign-in", "/register"]
OPEN += ["/help", "/privacy", "/terms", "/accessibility", "/dev/mailbox", "/nowhere", "/e/no-such-event"]
ORGANISER = "/organiser/foundry-presents"
PAYMENTS = [f"{ORGANISER}/payments{path}" for path in ("", "/add/stripe/live", "/mode?to=live")]


def problems(page: Page) -> list[str]:
    """What axe finds on the page that is open, and whether it is wider than its window."""
    page.evaluate(AXE.read_text())
    result = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    found = [
        f"{page.url}: {violation['id']} {node['target']} {node['html'][:120]} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{page.url}: {wide} px too wide"] if wide > 0 else found


def _found_on(visitor: Visitor, paths: list[str]) -> list[str]:
    found: list[str] = []
    for path in paths:
        visitor.open(path)
        found += problems(visitor.page)
    return found


def _bought(visitor: Visitor, email: str) -> list[str]:
    """The pages of buying: checkout, its refusals, payment states, the order, a ticket, a letter."""
    found: list[str] = []
    visitor.hold(SLUG, "Regular", 2)
    found += problems(visitor.page)
    visitor.order(email.replace("example.org", "gmial.com"), "slow")
    visitor.sees("Did you mean")
    found += problems(visitor.page)
    visitor.fill("E-mail", email)
    visitor.order(email, "failing")
    visitor.sees_heading("The payment did not go through")
    found += problems(visitor.page)
    visitor.follow("Pay another way")
    visitor.sees_heading("How do you want to pay?")
    found += problems(visitor.page)
    visitor.page.locator("input[value='sandbox:card']").check()
    visitor.page.locator("form button.btn-accent.btn-lg").click()
    visitor.sees_heading(re.compile("^Pay "))
    found += problems(visitor.page)
    visitor.follow("Go back without deciding")
    visitor.sees_heading("Waiting for your payment")
    found += problems(visitor.page)
    visitor.follow("Go on to pay")
    visitor.pay_at_the_bank()
    visitor.sees_heading("Paid. You are going.")
    found += problems(visitor.page)
    visitor.follow("See my tickets")
    visitor.sees_heading("You are going.")
    found += problems(visitor.page)
    visitor.follow("Open ticket")
    expect(visitor.page.locator(".pass-code")).to_be_visible()
    found += problems(visitor.page)
    visitor.open_letter(email, "Your tickets for Lichthof: Techno und Lichtkunst")
    return found + problems(visitor.page)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_axe_finds_nothing_where_anybody_goes(
    visit: Arrive, organiser: Organiser, size: str, theme: str
) -> None:
    visitor = visit(size, color_scheme=theme)
    _, slug = organiser.put_on(
        f"Called Off {size} {theme}", {"name": "Seat", "price_minor": 500, "capacity": 2}
    )
    event_id = visitor.site.ask("SELECT id FROM events_event WHERE slug = %s", slug)[0][0]
    organiser.do(event_id, "cancel")
    found = _found_on(visitor, [*OPEN, f"/e/{slug}"])
    found += _bought(visitor, f"axe.{size}.{theme}@example.org")
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_axe_finds_nothing_where_people_work(
    visit: Arrive, live: LiveSite, organiser: Organiser, size: str, theme: str
) -> None:
    event_id, slug = organiser.put_on(
        f"Work {size} {theme}", {"name": "Seat", "price_minor": 500, "capacity": 9}
    )
    buyer = visit("desktop")
    email = f"work.{size}.{theme}@example.org"
    buyer.hold(slug, "Seat")
    buyer.order(email, "push")
    buyer.sees_heading("Paid. You are going.")
    code = live.orders_of(email)[0][0]
    owner = visit(size, color_scheme=theme)
    owner.sign_in(OWNER_EMAIL)
    own = f"{ORGANISER}/events/{event_id}"
    paths = [
        ORGANISER,
        f"{ORGANISER}/new-event",
        f"{ORGANISER}/team",
        *PAYMENTS,
        "/organiser/new",
        "/account",
        "/tickets",
    ]
    paths += [own, f"{own}/edit", f"{own}/orders", f"{own}/orders/{code}", f"{own}/orders/{code}/refund"]
    found = _found_on(owner, paths)
    owner.open(f"{ORGANISER}/new-event")
    owner.page.locator("form").last.evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    expect(owner.page.get_by_role("alert")).to_be_visible()
    found += problems(owner.page)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_axe_finds_nothing_at_the_door(
    visit: Arrive, live: LiveSite, organiser: Organiser, size: str
) -> None:
    event_id, slug = organiser.put_on(f"Door {size}", {"name": "Seat", "price_minor": 500, "capacity": 9})
    buyer = visit("desktop")
    buyer.hold(slug, "Seat")
    buyer.order(f"door.{size}@example.org", "push")
    buyer.sees_heading("Paid. You are going.")
    buyer.follow("See my tickets")
    buyer.follow("Open ticket")
    code = buyer.page.locator(".pass-code").inner_text()
    guard = visit(size)
    guard.sign_in(DOOR_EMAIL)
    expect(guard.page).to_have_url(f"{live.url}/checkin")
    found = problems(guard.page)
    guard.open(f"/checkin/{event_id}/door")
    found += problems(guard.page)
    guard.open(f"/checkin/{event_id}?door=Main")
    found += problems(guard.page)
    for typed, words in ((code, "Let them in"), (code, "Already used"), ("NONSENSE", "Not valid")):
        guard.fill("Code on the ticket", typed)
        guard.press("Check")
        expect(guard.page.locator("[data-verdict] h2")).to_have_text(words)
        found += problems(guard.page)
    assert found == [], "\n".join(found)


def _tab_to(page: Page, is_there: str) -> None:
    """Press Tab until the focused element matches the selector."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and focused.evaluate("(one, css) => one.matches(css)", is_there):
            return
    raise AssertionError(f"Tab never reaches {is_there}")


def test_a_ticket_is_bought_with_the_keyboard_alone(visit: Arrive, live: LiveSite) -> None:
    buyer = visit("desktop")
    page, email = buyer.page, "keyboard@example.org"
    buyer.open("/")
    _tab_to(page, "a.skip")
    page.keyboard.press("Enter")
    _tab_to(page, f"a[href='/e/{SLUG}']")
    page.keyboard.press("Enter")
    buyer.sees_heading("Lichthof: Techno und Lichtkunst")
    _tab_to(page, "button[aria-label='One more: Regular']")
    page.keyboard.press("Space")
    _tab_to(page, "form#tickets button.btn-accent")
    page.keyboard.press("Enter")
    buyer.sees_heading("Checkout")
    _tab_to(page, "#f-name")
    page.keyboard.type("Ada Obi")
    _tab_to(page, "#f-email")
    page.keyboard.type(email)
    _tab_to(page, "input[name=method]")
    push = page.locator("input[name=method][value='sandbox:push']")
    for _ in range(page.locator("input[name=method]").count()):
        if push.is_checked():
            break
        page.keyboard.press("ArrowDown")
    expect(push).to_be_checked()
    _tab_to(page, "form button.btn-accent.btn-lg")
    page.keyboard.press("Enter")
    buyer.sees_heading("Paid. You are going.")
    _tab_to(page, "a.btn-accent")
    page.keyboard.press("Enter")
    buyer.sees_heading("You are going.")
    assert [state for _, state in live.orders_of(email)] == ["paid"]


def test_a_screen_of_320_pixels_never_scrolls_sideways(
    visit: Arrive, live: LiveSite, organiser: Organiser
) -> None:
    event_id, slug = organiser.put_on(
        "Donaudampfschifffahrtsgesellschaftskapitänsmützenausstellung",
        {"name": "Ermäßigungsberechtigungskarteninhaberinnen", "price_minor": 123_456_700, "capacity": 9},
    )
    email = "somebody.with.a.very.long.address.indeed@a-rather-long-company-name.example.org"
    owner = visit("phone")
    owner.page.set_viewport_size({"width": 320, "height": 640})
    owner.hold(slug, "Ermäßigungsberechtigungskarteninhaberinnen")
    checkout = owner.page.url
    wide = [_too_wide(owner)]
    owner.order(email, "push", name="Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh")
    owner.sees_heading("Paid. You are going.")
    wide.append(_too_wide(owner))
    owner.follow("See my tickets")
    owner.sees_heading("You are going.")
    wide.append(_too_wide(owner))
    owner.follow("Open ticket")
    expect(owner.page.locator(".pass-code")).to_be_visible()
    wide.append(_too_wide(owner))
    code = live.orders_of(email)[0][0]
    owner.open_letter(email, "Your tickets for Donaudampfschifffahrtsgesellschaftskapitänsmützenausstellung")
    wide.append(_too_wide(owner))
    owner.sign_in(OWNER_EMAIL)
    own = f"{ORGANISER}/events/{event_id}"
    paths = [*OPEN, f"/e/{slug}", checkout, ORGANISER, own, f"{own}/edit", f"{own}/orders"]
    paths += [f"{own}/orders/{code}", f"{own}/orders/{code}/refund", f"{ORGANISER}/new-event"]
    paths += [
        f"{ORGANISER}/team",
        *PAYMENTS,
        "/account",
        "/tickets",
        "/checkin",
        f"/checkin/{event_id}?door=Main",
        f"/checkin/{event_id}/guests?door=Main",
    ]
    for path in paths:
        owner.open(path)
        wide.append(_too_wide(owner))
    assert [one for one in wide if one] == []


def _too_wide(visitor: Visitor) -> str:
    extra = visitor.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return f"{visitor.page.url}: {extra} px" if extra > 0 else ""
