"""Watching online in two browsers: waiting, joining, a picture that moves, taking over, giving the ticket back."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.support.live_site import LiveSite, Organiser
from tests.support.online import Origin, origin
from tests.support.visitor import Visitor
from tests.support.waiting import eventually

SEAT = {"name": "Seat", "price_minor": 0, "capacity": 100}
SECRET = "https://origin-7f3a.example/hidden/live.m3u8"
ELSEWHERE = "You are watching on another device"
MOVING = "() => document.querySelector('video')?.currentTime > 0.2"


@pytest.fixture
def source() -> Iterator[Origin]:
    """Where the picture comes from; it has nothing to send yet."""
    with origin() as running:
        yield running


def _event(live: LiveSite, organiser: Organiser, title: str, url: str, starts_in: timedelta) -> str:
    """An event online at this address."""
    starts = datetime.now(UTC).replace(microsecond=0) + starts_in
    online = {"venue_name": None, "city": None, "country": None, "online_url": SECRET}
    times = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
    event_id, slug = organiser.put_on(title, SEAT, **online, **times)
    # No organiser can name this machine; the site, in development, plays from it.
    live.ask("UPDATE events_event SET online_url = %s WHERE id = %s RETURNING id", url, event_id)
    return slug


def _bought(who: Visitor, slug: str, email: str) -> str:
    """A ticket, and the address to watch with it."""
    who.hold(slug, "Seat")
    who.order(email, None)
    who.sees_heading("You are going.")
    who.follow("Watch online")
    return who.page.url


def _plays(page: Page) -> None:
    # The page may be loading itself anew until there is something to play.
    expect(page.locator("video")).to_have_count(1)
    assert eventually(lambda: page.evaluate(MOVING))


def test_a_picture_moves_until_another_device_takes_over(
    visit: Arrive, live: LiveSite, organiser: Organiser, source: Origin
) -> None:
    slug = _event(live, organiser, "Screen Night", source.url, timedelta(minutes=5))
    laptop, phone = visit("desktop"), visit("phone")
    url = _bought(laptop, slug, "screen@example.org")
    laptop.sees("This checks the ticket in.")
    laptop.press("Come in", twice=True)
    laptop.sees("Nothing is being sent just now.")
    source.plays()
    # The page finds the picture by itself.
    _plays(laptop.page)
    assert source.url not in laptop.page.content()
    phone.open(url)
    phone.sees_heading(ELSEWHERE)
    phone.sees(re.compile("on Linux, since"))
    phone.press("Watch here instead")
    _plays(phone.page)
    laptop.sees_heading(ELSEWHERE)
    expect(laptop.page.locator("video")).to_have_count(0)
    live.ask(
        "UPDATE tickets_ticket SET state = 'cancelled' WHERE order_id = (SELECT id FROM orders_order WHERE email = %s) "
        "RETURNING id",
        "screen@example.org",
    )
    phone.sees_heading("This ticket was cancelled")
    for who in (laptop, phone):
        # Its player was refused the next piece of list, perhaps before the page had heard.
        who.complaints[:] = [
            one for one in who.complaints if not re.match(r"404 GET \S+/stream/\S+\.m3u8$", one)
        ]
    scans = live.ask(
        "SELECT s.door, s.verdict FROM checkin_scan s JOIN events_event e ON e.id = s.event_id WHERE e.slug = %s",
        slug,
    )
    assert [tuple(one) for one in scans] == [("Online", "admitted")]
    live.ask(
        "UPDATE tickets_ticket SET state = 'valid' WHERE order_id = (SELECT id FROM orders_order WHERE email = %s) "
        "RETURNING id",
        "screen@example.org",
    )


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_the_page_waits_and_opens(
    visit: Arrive, live: LiveSite, organiser: Organiser, source: Origin, script: bool
) -> None:
    slug = _event(live, organiser, f"Early Screen {script}", source.url, timedelta(minutes=50))
    buyer = visit("phone", has_script=script)
    _bought(buyer, slug, f"early.{script}@example.org")
    # How long is said once: by the script to the second, in place of the words of the page.
    buyer.sees_heading(re.compile(r"^Starts in (49|50)" + (r":\d\d$" if script else " minutes$")))
    source.plays()
    live.ask(
        "UPDATE events_event SET starts_at = now() - interval '1 minute' WHERE slug = %s RETURNING id", slug
    )
    if not script:
        buyer.page.reload()
    buyer.press("Watch now")
    expect(buyer.page.locator("video")).to_have_count(1)
    buyer.press("Stop watching here")
    buyer.sees(re.compile("Watch now"))
