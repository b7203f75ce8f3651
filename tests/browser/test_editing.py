"""An organiser writes an event: whose time it is, what is not saved yet, and where the answer to a form is."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Dialog, Locator, expect

from tests.browser.conftest import Arrive
from tests.support.live_site import OWNER_EMAIL, LiveSite, Organiser
from tests.support.visitor import Visitor

SEAT = {"name": "Seat", "price_minor": 1000}
NEW_EVENT = "/organiser/foundry-presents/new-event"
WAYS = [pytest.param("phone", True, id="phone-script"), pytest.param("desktop", False, id="desktop-plain")]


def _editor(owner: Visitor, organiser: Organiser, title: str) -> str:
    """A new event on sale, open for editing; its path."""
    event_id, _ = organiser.put_on(title, {**SEAT, "capacity": 5})
    owner.sign_in(OWNER_EMAIL)
    edit = f"/organiser/foundry-presents/events/{event_id}/edit"
    owner.open(edit)
    return edit


def _type(owner: Visitor, name: str) -> Locator:
    return owner.page.locator("details.type-card").filter(
        has=owner.page.locator("summary b", has_text=re.compile(f"^{name}$"))
    )


@pytest.mark.parametrize(
    ("device", "chosen"),
    [("Asia/Calcutta", "Asia/Kolkata"), ("Africa/Lagos", "Africa/Lagos"), ("UTC", "")],
)
def test_a_new_event_begins_in_the_zone_of_the_device(visit: Arrive, device: str, chosen: str) -> None:
    owner = visit("phone", timezone_id=device)
    owner.sign_in(OWNER_EMAIL)
    owner.open(NEW_EVENT)
    expect(owner.page.get_by_label("Time zone")).to_have_value(chosen)
    words = owner.page.get_by_text("Taken from this device.")
    expect(words).to_be_visible() if chosen else expect(words).to_be_hidden()
    owner.page.get_by_label("Time zone").select_option("Europe/Paris")
    expect(words).to_be_hidden()


def test_without_script_a_zone_has_to_be_chosen(visit: Arrive, live: LiveSite) -> None:
    owner = visit("desktop", has_script=False, timezone_id="Africa/Lagos")
    owner.sign_in(OWNER_EMAIL)
    owner.open(NEW_EVENT)
    zone = owner.page.get_by_label("Time zone")
    expect(zone).to_have_value("")
    day = datetime.now(UTC) + timedelta(days=30)
    owner.fill("Title", "Zoned")
    owner.fill("Starts", f"{day:%Y-%m-%d}T20:00")
    owner.fill("Ends", f"{day:%Y-%m-%d}T22:00")
    owner.press("Make a draft")
    expect(owner.page).to_have_url(re.compile("/new-event$"))
    assert live.ask("SELECT zone FROM events_event WHERE title = 'Zoned'") == []
    zone.select_option("Africa/Lagos")
    owner.press("Make a draft")
    owner.sees("Your draft is made.")
    assert live.ask("SELECT zone FROM events_event WHERE title = 'Zoned'") == [("Africa/Lagos",)]


@pytest.mark.parametrize(("size", "script"), WAYS)
def test_a_refused_ticket_type_is_in_sight_and_in_focus(
    visit: Arrive, organiser: Organiser, size: str, script: bool
) -> None:
    owner = visit(size, has_script=script)
    edit = _editor(owner, organiser, f"Refused {size}")
    seat = _type(owner, "Seat")
    seat.locator("> summary").click()
    seat.get_by_label("Price", exact=True).fill("abc")
    seat.get_by_role("button", name="Save Seat").click()
    summary = _type(owner, "Seat").get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()
    expect(summary).to_contain_text("Price: Write the amount in plain digits, such as 12.50.")
    expect(_type(owner, "Seat").get_by_label("Price", exact=True)).to_have_value("abc")
    # The address of the answer opens again, as after a night in a closed laptop.
    owner.open(owner.page.url)
    expect(owner.page).to_have_url(re.compile(f"{re.escape(edit)}#type-"))
    expect(_type(owner, "Seat")).to_be_in_viewport()


@pytest.mark.parametrize(("size", "script"), WAYS)
def test_saving_a_section_leads_back_to_it(
    visit: Arrive, organiser: Organiser, size: str, script: bool
) -> None:
    owner = visit(size, has_script=script)
    _editor(owner, organiser, f"Back {size}")
    owner.page.get_by_label("Name of the tax").fill("VAT")
    owner.press("Save fees and tax")
    expect(owner.page).to_have_url(re.compile("#money$"))
    expect(owner.page.get_by_text("Saved.", exact=True)).to_be_in_viewport()
    expect(owner.page.get_by_role("heading", name="Fees and tax")).to_be_in_viewport()
    expect(owner.page.get_by_role("heading", level=1)).not_to_be_in_viewport()


def test_text_in_another_section_is_not_lost_without_a_word(
    visit: Arrive, organiser: Organiser, live: LiveSite
) -> None:
    owner = visit("desktop")
    _editor(owner, organiser, "Unsaved")
    asked: list[str] = []
    stays = True

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss() if stays else dialog.accept()

    owner.page.on("dialog", answer)
    owner.page.get_by_label("Name of the tax").fill("VAT")
    owner.press("Save fees and tax")
    expect(owner.page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert asked == [], "what is being saved is not lost"

    owner.page.get_by_label("Description").fill("A long evening's work.")
    owner.page.get_by_label("Name of the tax").fill("GST")
    owner.press("Save fees and tax")
    expect(owner.page.get_by_label("Description")).to_have_value("A long evening's work.")
    assert asked == ["beforeunload"]
    assert live.ask("SELECT tax_name FROM events_event WHERE title = 'Unsaved'") == [("VAT",)]

    owner.press("Save basics")
    assert asked == ["beforeunload"] * 2, "the tax is not saved either"
    stays = False
    owner.press("Save basics")
    owner.page.wait_for_url(re.compile("#basics$"))
    assert live.ask("SELECT description_md, tax_name FROM events_event WHERE title = 'Unsaved'") == [
        ("A long evening's work.", "VAT")
    ]
    assert len(asked) == 3
    owner.follow("Overview")
    owner.sees_heading("Unsaved")
    assert len(asked) == 3, "nothing is unsaved now"
