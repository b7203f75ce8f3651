"""What a buyer is told when there is nothing to buy, or when a hold has run out."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.support.live_site import OWNER_EMAIL, LiveSite, Organiser
from tests.support.visitor import Visitor

SEAT = {"name": "Seat", "price_minor": 900}


def test_the_last_places_held_by_one_are_sold_out_for_another(
    visit: Arrive, organiser: Organiser, live: LiveSite
) -> None:
    _, slug = organiser.put_on("Two Seats", {**SEAT, "capacity": 2})
    first, second = visit("phone"), visit("desktop")
    second.open(f"/e/{slug}")
    first.hold(slug, "Seat", 2)
    # The second visitor still looks at a page that says there are seats.
    second.choose("Seat", 1)
    second.page.locator("form#tickets button.btn-accent").click()
    expect(second.page.get_by_role("alert")).to_be_visible()
    second.sees_heading("Two Seats")
    held = live.ask(
        "SELECT p.held, p.sold FROM inventory_pool p JOIN events_event e ON e.id = p.event_id "
        "WHERE e.slug = %s",
        slug,
    )
    assert held == [(2, 0)]
    second.open(f"/e/{slug}")
    second.sees("Sold out")
    assert second.page.get_by_role("button", name="Get tickets").count() == 0


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_hold_that_ran_out_is_taken_again_in_one_tap(
    visit: Arrive, organiser: Organiser, live: LiveSite, script: bool
) -> None:
    _, slug = organiser.put_on(f"Short Hold {script}", {**SEAT, "capacity": 5})
    buyer = visit("phone", has_script=script)
    email = f"again.{script}@example.org"
    buyer.hold(slug, "Seat", 2)
    live.hold_runs_out(slug)
    buyer.order(email, "push")
    buyer.sees_heading("Your hold has run out")
    buyer.sees("2 × Seat")
    assert live.orders_of(email) == []
    buyer.press("Hold them again", twice=True)
    buyer.sees_heading("Checkout")
    buyer.press("Keep them longer")
    buyer.sees("Your tickets are held a little longer.")
    buyer.order(email, "push")
    buyer.sees_heading("Paid. You are going.")
    sold = live.ask(
        "SELECT p.held, p.sold FROM inventory_pool p JOIN events_event e ON e.id = p.event_id "
        "WHERE e.slug = %s",
        slug,
    )
    assert sold == [(0, 2)]


def test_giving_a_hold_back_leads_to_the_event(visit: Arrive, organiser: Organiser) -> None:
    _, slug = organiser.put_on("Given Back", {**SEAT, "capacity": 1})
    buyer = visit("phone")
    buyer.hold(slug, "Seat")
    buyer.press("Change tickets", twice=True)
    buyer.sees_heading("Given Back")
    buyer.hold(slug, "Seat")


@pytest.mark.parametrize(
    ("verb", "badge", "words"),
    [("end", "", "Tickets are no longer sold here."), ("cancel", "Cancelled", "This event was cancelled.")],
)
def test_an_event_that_is_ended_or_off_sells_nothing(
    visit: Arrive, organiser: Organiser, verb: str, badge: str, words: str
) -> None:
    event_id, slug = organiser.put_on(f"Not For Long {verb}", {**SEAT, "capacity": 5})
    organiser.do(event_id, verb)
    buyer = visit("phone")
    buyer.open(f"/e/{slug}")
    buyer.sees(re.compile(re.escape(words[:-1])))
    if badge:
        buyer.sees(badge)
    assert buyer.page.get_by_role("spinbutton").count() == 0


def test_sales_that_have_not_begun_say_when(visit: Arrive, organiser: Organiser) -> None:
    _, slug = organiser.put_on(
        "Later",
        {**SEAT, "capacity": 5, "sales_from": "2999-01-01T10:00:00Z"},
        starts_at="2999-02-01T18:00:00Z",
        ends_at="2999-02-01T20:00:00Z",
    )
    buyer = visit("desktop")
    buyer.open(f"/e/{slug}")
    buyer.sees("On sale from Tue 1 January 2999, 11:00.")
    buyer.sees("From Tue 1 January 2999, 11:00")
    assert buyer.page.get_by_role("spinbutton").count() == 0


def test_a_sale_whose_window_has_closed_says_so_and_is_opened_again(
    visit: Arrive, organiser: Organiser, live: LiveSite
) -> None:
    # Noon is an hour that every day has once, in every zone.
    closes = datetime.now(UTC).replace(hour=12) + timedelta(days=2)
    event_id, slug = organiser.put_on(
        "Window Closed", {**SEAT, "capacity": 5, "sales_until": closes.isoformat()}
    )
    live.ask(
        "UPDATE events_ticket_type SET sales_until = now() - interval '1 minute' WHERE event_id = %s",
        event_id,
    )
    buyer, owner = visit("phone"), visit("desktop", has_script=False)
    buyer.open(f"/e/{slug}")
    buyer.sees("Tickets are no longer sold here.")
    buyer.sees("No longer sold")
    assert buyer.page.get_by_role("spinbutton").count() == 0
    owner.sign_in(OWNER_EMAIL)
    owner.open(f"/organiser/foundry-presents/events/{event_id}/edit")
    seat = owner.page.locator("details.type-card").filter(
        has=owner.page.locator("summary b", has_text="Seat")
    )
    expect(seat.locator("summary .badge")).to_have_text("Sale ended")
    seat.locator("> summary").click()
    seat.get_by_label("On sale until").fill(f"{closes:%Y-%m-%dT%H:%M}")
    seat.get_by_role("button", name="Save Seat").click()
    owner.sees("Saved.")
    expect(seat.locator("summary .badge")).to_have_text("On sale")
    # A page kept in memory is asked for its version once a second.
    expect(_reloaded(buyer).get_by_role("spinbutton")).to_have_count(1)


def _reloaded(buyer: Visitor) -> Page:
    for _ in range(20):
        buyer.page.reload()
        if buyer.page.get_by_role("spinbutton").count():
            break
        buyer.page.wait_for_timeout(250)
    return buyer.page


def test_an_organiser_ends_a_sale_and_cancels_an_event(
    visit: Arrive, organiser: Organiser, live: LiveSite
) -> None:
    owner = visit("phone")
    owner.sign_in(OWNER_EMAIL)
    for step, button, state, said in (
        ("End the sale…", "End the sale", "ended", "The sale has ended."),
        ("Cancel the event…", "Cancel the event", "cancelled", "The event is cancelled."),
    ):
        event_id, _ = organiser.put_on(f"Steps {state}", {**SEAT, "capacity": 5})
        owner.open(f"/organiser/foundry-presents/events/{event_id}")
        owner.follow(step)
        expect(owner.page.get_by_role("heading", level=1)).to_contain_text("?")
        assert live.ask("SELECT state FROM events_event WHERE id = %s", event_id) == [("on_sale",)]
        owner.press(button, twice=True)
        owner.sees_heading(f"Steps {state}")
        owner.sees(re.compile(re.escape(said)))
        assert live.ask("SELECT state FROM events_event WHERE id = %s", event_id) == [(state,)]
        assert owner.page.get_by_role("link", name=step).count() == 0
    owner.follow("Duplicate…")
    owner.fill("Starts", "2031-05-01T19:00")
    owner.fill("Ends", "2031-05-01T22:00")
    owner.press("Make the copy", twice=True)
    owner.sees(re.compile("This is a copy, as a draft."))
    copies = live.ask("SELECT state FROM events_event WHERE title = 'Steps cancelled' ORDER BY state")
    assert copies == [("cancelled",), ("draft",)]


def test_wrong_addresses_are_answered_with_a_way_on(visit: Arrive) -> None:
    buyer = visit("phone")
    for path in ("/e/no-such-event", "/orders/nonsense", "/t/nonsense", "/nowhere"):
        buyer.open(path)
        expect(buyer.page.get_by_role("heading", level=1)).to_be_visible()
        expect(buyer.page.locator("main .actions a").first).to_be_visible()
