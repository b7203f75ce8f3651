"""The whole story as a buyer and a person at the door live it: chosen, paid, mailed, let in once."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from admitone.tickets import digest
from tests.browser.conftest import Arrive
from tests.support.live_site import DOOR_EMAIL, LiveSite
from tests.support.visitor import Visitor, arrive, codes_in_pdf, film, qr_pictures
from tools import preview
from tools.chromium import executable

DOOR = "Mill Lane door"
SIZES = ("phone", "desktop")
WAYS = [
    pytest.param(size, script, id=f"{size}-{'script' if script else 'plain'}")
    for size in SIZES
    for script in (True, False)
]


def _buys_two(buyer: Visitor, wrong: str) -> None:
    """From the front page to the bank, over a mistyped address."""
    buyer.open("/")
    buyer.sees_heading("Go see something.")
    buyer.follow(re.compile("Lichthof"))
    buyer.sees_heading("Lichthof: Techno und Lichtkunst")
    buyer.choose("Regular", 2)
    buyer.page.locator("form#tickets button.btn-accent").click()
    buyer.sees_heading("Checkout")
    buyer.sees("2 × Regular")
    buyer.order(wrong, "card")
    buyer.sees("Did you mean")
    right = wrong.replace("gmial", "gmail")
    assert buyer.site.orders_of(wrong) == [], "nothing is ordered before the address is clear"
    buyer.press(f"Use {right}")
    expect(buyer.page.get_by_label("E-mail", exact=True)).to_have_value(right)
    expect(buyer.page.get_by_label("Full name", exact=True)).to_have_value("Ada Obi")
    assert buyer.site.orders_of(right) == [], "nothing is ordered before the buyer says so"
    buyer.page.locator("form button.btn-accent.btn-lg").click()


def _paid_order(buyer: Visitor) -> tuple[str, bytes]:
    """On the order's page: its code and its PDF."""
    buyer.sees_heading("Paid. You are going.")
    buyer.follow("See my tickets")
    buyer.sees_heading("You are going.")
    expect(buyer.page.locator(".badge", has_text="Paid")).to_be_visible()
    expect(buyer.page.locator("main .qrbox svg")).to_have_count(2)
    code = buyer.page.locator("main .code").first.inner_text()
    return code, buyer.fetch(buyer.link_to("Download PDF"))


def _reads_the_letter(buyer: Visitor, email: str, codes: list[str]) -> None:
    """One letter, with the same tickets and a calendar entry in it."""
    buyer.open_letter(email, "Your tickets for Lichthof: Techno und Lichtkunst")
    assert [subject for _, subject in buyer.site.letters_to(email)] == [
        "Your tickets for Lichthof: Techno und Lichtkunst"
    ]
    files = buyer.page.locator("section[aria-labelledby=files] a")
    expect(files).to_have_count(2)
    assert codes_in_pdf(buyer.fetch(buyer.link_to(re.compile(r"\.pdf")))) == codes
    calendar = buyer.fetch(buyer.link_to(re.compile(r"\.ics"))).decode()
    assert calendar.startswith("BEGIN:VCALENDAR")
    assert "SUMMARY:Lichthof: Techno und Lichtkunst" in calendar


def _opens_the_door(guard: Visitor) -> None:
    guard.sign_in(DOOR_EMAIL)
    guard.open("/checkin")
    guard.page.get_by_role("link", name=re.compile("Lichthof")).click()
    guard.fill("Name of the door", DOOR) if guard.page.get_by_label(
        "Name of the door", exact=True
    ).count() else guard.fill("Another door", DOOR)
    guard.press("Start checking in")
    expect(guard.page.locator(".gate-top")).to_contain_text(DOOR)


def _types(guard: Visitor, code: str) -> None:
    guard.fill("Code on the ticket", code)
    guard.press("Check")


def _verdict(page: Page, kind: str, words: str) -> None:
    verdict = page.locator("[data-verdict]")
    expect(verdict).to_have_attribute("data-kind", kind, timeout=30_000)
    expect(verdict.get_by_role("heading")).to_have_text(words)


@pytest.mark.parametrize(("size", "script"), WAYS)
def test_two_tickets_are_bought_mailed_and_admitted_once(
    visit: Arrive, live: LiveSite, playwright: Playwright, tmp_path: Path, size: str, script: bool
) -> None:
    buyer = visit(size, has_script=script)
    email = f"ada.{size}.{'script' if script else 'plain'}@gmail.com"
    _buys_two(buyer, email.replace("gmail", "gmial"))
    buyer.pay_at_the_bank()
    order_code, pdf = _paid_order(buyer)
    assert live.orders_of(email) == [(order_code, "paid")]
    codes = codes_in_pdf(pdf)
    issued = live.ask(
        "SELECT t.code_digest FROM tickets_ticket t JOIN orders_order o ON o.id = t.order_id "
        "WHERE o.code = %s ORDER BY t.unit",
        order_code,
    )
    assert [digest(code) for code in codes] == [row[0] for row in issued]
    assert len(set(codes)) == 2
    buyer.follow("Open ticket")
    typed = buyer.page.locator(".pass-code").inner_text()
    _reads_the_letter(buyer, email, codes)

    guard = visit(size, has_script=script)
    _opens_the_door(guard)
    _types(guard, typed)
    _verdict(guard.page, "ok", "Let them in")
    expect(guard.page.locator("[data-verdict]")).to_contain_text("Ada Obi")
    _types(guard, codes[0])
    _verdict(guard.page, "used", "Already used")
    expect(guard.page.locator("[data-verdict]")).to_contain_text(re.compile(rf"\d\d:\d\d(:\d\d)?, {DOOR}"))
    if script:
        _scans_the_second(live, playwright, tmp_path, guard, pdf, size)
    admitted = live.ask(
        "SELECT count(*) FROM checkin_admission a JOIN tickets_ticket t ON t.id = a.ticket_id "
        "JOIN orders_order o ON o.id = t.order_id WHERE o.code = %s",
        order_code,
    )
    assert admitted == [(2 if script else 1,)]


def _scans_the_second(
    live: LiveSite, playwright: Playwright, tmp_path: Path, guard: Visitor, pdf: bytes, size: str
) -> None:
    """The second ticket on paper before a camera: let in, and refused when the film shows it again."""
    film_path = tmp_path / "ticket.mjpeg"
    # The code is out of sight for longer than the page remembers it (3 s), so each showing is a scan.
    film(str(film_path), qr_pictures(pdf)[1], blank_frames=135, code_frames=60)
    flags = [*preview.FLAGS, f"--use-file-for-fake-video-capture={film_path}"]
    browser = playwright.chromium.launch(executable_path=executable(), args=flags)
    try:
        scanner = arrive(
            live,
            browser,
            size,
            permissions=["camera"],
            storage_state=guard.context.storage_state(),
        )
        scanner.open(guard.page.url)
        expect(scanner.page.locator("[data-scanning]")).to_be_attached(timeout=30_000)
        _verdict(scanner.page, "ok", "Let them in")
        expect(scanner.page.locator("[data-verdict]")).to_contain_text("Regular, 2 of 2")
        _verdict(scanner.page, "used", "Already used")
        expect(scanner.page.locator("[data-verdict]")).to_contain_text(DOOR)
        scanner.leave()
    finally:
        browser.close()
