"""An event as a whole, by its organiser's buttons: copied, taken off sale, ended, called off; each only when
its state allows.
"""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import events
from admitone.assembly import Assembly
from admitone.entrypoints.pages.events.showing import Asked, event_view
from admitone.reads.event_page import page_of
from admitone.values.ids import uuid7
from tests.support.event_makers import take_places
from tests.support.organiser_desk import DRAFT, Desk, desk, drafted, on_sale, said, stored

STEP = re.compile(r'(?:action|href)="[^"]*/(refunds|duplicate|unpublish|end|cancel|delete)"')
LATER = {"title": "Harbour Night again", "starts": "2031-12-04T20:00", "ends": "2031-12-04T23:00"}


@pytest.fixture
async def ann(assembly: Assembly) -> AsyncIterator[Desk]:
    async with desk(assembly, "ann") as found:
        yield found


async def _offered(who: Desk, page: str) -> list[str]:
    """The steps this page has a button for."""
    return STEP.findall((await who.client.get(page)).text)


async def _places(assembly: Assembly, quantity: int, state: str) -> None:
    async with assembly.database.reading() as reader:
        query = text("SELECT event_id, id FROM events_ticket_type")
        [(event_id, type_id)] = (await reader.execute(query)).all()
    await take_places(assembly.database, event_id, type_id, quantity, state=state)


async def test_each_state_offers_what_is_possible_in_it(assembly: Assembly, ann: Desk) -> None:
    edit = await on_sale(ann)
    overview = edit.removesuffix("/edit")
    everything = ["duplicate", "unpublish", "end", "cancel"]
    assert await _offered(ann, overview) == everything
    assert await _offered(ann, edit) == everything
    await _places(assembly, 2, "sold")
    assert await _offered(ann, overview) == ["duplicate", "end", "cancel"]
    assert (await ann.send(f"{overview}/end", f"{overview}/end", {})).status_code == 303
    assert await _offered(ann, overview) == ["duplicate", "cancel"]
    # Nothing is edited any more, so no page offers to.
    assert (await ann.client.get(edit)).headers["location"] == overview
    assert f'href="{edit}"' not in (await ann.client.get(overview)).text


async def test_a_draft_can_only_be_copied_or_deleted(ann: Desk) -> None:
    edit = await drafted(ann)
    assert await _offered(ann, edit) == ["duplicate", "delete"]
    overview = edit.removesuffix("/edit")
    for part in ("end", "cancel"):
        asked = await ann.client.get(f"{overview}/{part}")
        assert (asked.status_code, asked.headers["location"]) == (303, overview), part
        sent = await ann.send(edit, f"{overview}/{part}", {})
        assert (sent.status_code, sent.headers["location"]) == (303, overview), part
        assert "This cannot be done while the event is a draft." in said(await ann.client.get(overview))


async def test_an_event_nobody_has_a_place_in_goes_back_to_draft(assembly: Assembly, ann: Desk) -> None:
    edit = await on_sale(ann)
    overview = edit.removesuffix("/edit")
    assert (await ann.send(overview, f"{overview}/unpublish", {})).status_code == 303
    assert await stored(assembly, "state") == "draft"
    assert (await ann.client.get("/e/harbour")).status_code == 404
    assert (await ann.send(edit, f"{edit}/publish", {})).status_code == 303
    await _places(assembly, 1, "active")
    refused = await ann.send(edit, f"{overview}/unpublish", {})
    assert (refused.status_code, refused.headers["location"]) == (303, overview)
    assert "0 tickets are sold and 1 are being bought right now" in said(await ann.client.get(overview))
    assert await stored(assembly, "state") == "on_sale"


async def test_ending_a_sale_asks_first_and_the_event_stays_among_those_to_come(
    assembly: Assembly, ann: Desk
) -> None:
    edit = await on_sale(ann)
    overview = edit.removesuffix("/edit")
    await _places(assembly, 3, "sold")
    asked = await ann.client.get(f"{overview}/end")
    assert "3 tickets already sold stay valid at the door." in said(asked)
    assert await stored(assembly, "state") == "on_sale"
    token = (await ann.fields(f"{overview}/end"))["csrf"]
    for _ in range(2):
        # Pressed twice, it is done once, and said as done both times.
        sent = await ann.client.post(f"{overview}/end", data={"csrf": token})
        assert (sent.status_code, sent.headers["location"]) == (303, overview)
    assert "The sale has ended." in said(await ann.client.get(overview))
    assert await stored(assembly, "state") == "ended"
    public = said(await ann.client.get("/e/harbour"))
    assert ("Tickets are no longer sold here." in public, "This event is over." in public) == (True, False)
    listed = said(await ann.client.get(ann.base))
    assert ("Past and cancelled" in listed, "Check in" in listed) == (False, True)


async def test_an_event_whose_sale_was_ended_is_over_only_when_it_is(assembly: Assembly, ann: Desk) -> None:
    overview = (await on_sale(ann)).removesuffix("/edit")
    await ann.send(overview, f"{overview}/end", {})
    async with assembly.database.reading() as reader:
        found = await events.event(reader, slug="harbour")
        ends_at = found.details.ends_at
        before = await page_of(reader, ends_at - timedelta(seconds=1), found)
        after = await page_of(reader, ends_at, found)
    assert [event_view(one, Asked("", 15)).state for one in (before, after)] == ["sales_closed", "ended"]
    # The page kept in memory is made anew at that moment.
    assert (before.next_change_at, after.next_change_at) == (ends_at, None)


async def test_cancelling_asks_first_and_says_what_it_does(assembly: Assembly, ann: Desk) -> None:
    edit = await on_sale(ann)
    overview = edit.removesuffix("/edit")
    await _places(assembly, 3, "sold")
    asked = said(await ann.client.get(f"{overview}/cancel"))
    assert "All 3 tickets sold become invalid." in asked
    assert "This cannot be undone." in asked
    assert await stored(assembly, "state") == "on_sale"
    assert (await ann.send(f"{overview}/cancel", f"{overview}/cancel", {})).status_code == 303
    assert await stored(assembly, "state") == "cancelled"
    assert await _offered(ann, overview) == ["refunds", "duplicate"]
    refunds = said(await ann.client.get(f"{overview}/refunds"))
    assert "The event was called off: all its orders are refunded by themselves." in refunds
    assert "See what it comes to" not in refunds


async def test_a_copy_is_one_draft_however_often_the_button_is_pressed(assembly: Assembly, ann: Desk) -> None:
    overview = (await on_sale(ann)).removesuffix("/edit")
    ask = f"{overview}/duplicate"
    form = LATER | {"form_key": (await ann.fields(ask))["form_key"]}
    made = [await ann.send(ask, ask, form) for _ in range(2)]
    assert made[0].headers["location"] == made[1].headers["location"]
    twin = UUID(made[0].headers["location"].split("/")[-2])
    assert f"/{twin}/" not in overview
    async with assembly.database.reading() as reader:
        query = "SELECT title, state FROM events_event ORDER BY created_at, number"
        rows = [tuple(row) for row in await reader.execute(text(query))]
    assert rows == [(DRAFT["title"], "on_sale"), (LATER["title"], "draft")]
    await ann.send(ask, ask, form | {"form_key": str(uuid7())})
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT count(*) FROM events_event"))).scalar_one() == 3


async def test_a_copy_is_asked_for_times_of_its_own(assembly: Assembly, ann: Desk) -> None:
    overview = (await on_sale(ann)).removesuffix("/edit")
    ask = f"{overview}/duplicate"
    asked = await ann.client.get(ask)
    fields = dict(re.findall(r'<input[^>]* name="(starts|ends|doors)"[^>]* value="([^"]*)"', asked.text))
    assert fields == {"starts": "", "ends": "", "doors": ""}
    assert "4 December 2030" in said(asked)
    for wrong, words in (
        ({"starts": "", "ends": ""}, "Please fill this in."),
        ({"ends": "2031-12-04T19:00"}, "end"),
        ({"title": " "}, "Please fill this in."),
    ):
        answer = await ann.send(ask, ask, LATER | wrong)
        assert (answer.status_code, words in said(answer)) == (422, True), wrong
        assert 'id="refused" autofocus' in answer.text
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT count(*) FROM events_event"))).scalar_one() == 1
    made = await ann.send(ask, ask, LATER | {"doors": "2031-12-04T19:00"})
    twin = UUID(made.headers["location"].split("/")[-2])
    async with assembly.database.reading() as reader:
        query = (
            "SELECT title, to_char(starts_at AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI'), "
            "to_char(doors_at AT TIME ZONE zone, 'HH24:MI'), zone FROM events_event WHERE id = :id"
        )
        row = (await reader.execute(text(query), {"id": twin})).one()
    assert tuple(row) == (LATER["title"], "2031-12-04 20:00", "19:00", "Europe/Berlin")
