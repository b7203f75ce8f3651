"""The organiser's pages as a browser without script uses them: forms, refusals beside fields, typed values
kept.
"""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.values.actor import Role
from admitone.values.ids import uuid7
from tests.support.organiser_desk import DRAFT, INPUT, TYPE, Desk, desk, drafted, on_sale, said, stored
from tests.support.site import browser


@pytest.fixture
async def ann(assembly: Assembly) -> AsyncIterator[Desk]:
    async with desk(assembly, "ann") as found:
        yield found


async def test_an_event_is_put_on_sale_with_forms_alone(assembly: Assembly, ann: Desk) -> None:
    edit = await drafted(ann)
    first = await ann.client.get(edit)
    assert "Offer at least one kind of ticket." in said(first)
    assert f'{edit}/publish"' not in first.text
    sections = {
        "basics": {
            "title": "Harbour Night",
            "summary": "One evening.",
            "category": "music",
            "slug": "harbour",
        },
        "where": {"kind": "venue", "venue_name": "Pier 3", "city": "Hamburg", "country": "de"},
        "money": {
            "fee_percent": "5",
            "fee_fixed": "0.50",
            "fee_paid_by": "buyer",
            "tax_percent": "7.5",
            "tax_mode": "added",
        },
        "look": {"accent": "pine", "poster_style": "moons"},
        "types": TYPE,
    }
    for section, fields in sections.items():
        saved = await ann.send(edit, f"{edit}/{section}", fields)
        anchor = "tickets" if section == "types" else section
        assert (saved.status_code, saved.headers.get("location")) == (303, f"{edit}#{anchor}"), said(saved)
    assert (
        await stored(assembly, "fee_bps || ',' || fee_fixed_minor || ',' || tax_bps || ',' || accent")
        == "500,50,750,pine"
    )
    published = await ann.send(edit, f"{edit}/publish", {})
    assert published.status_code == 303
    overview = await ann.client.get(published.headers["location"])
    assert "0 of 5" in said(overview)
    # (25.00 + 5 % + 0.50) + 7.5 % tax = 28.76
    assert "€28.76" in said(await ann.client.get("/e/harbour"))
    assert "Harbour Night" in said(await ann.client.get(ann.base))
    assert "Harbour Night" in said(await ann.client.get("/events?q=harbour"))


async def test_a_refused_form_keeps_what_was_typed_and_says_why_beside_it(
    assembly: Assembly, ann: Desk
) -> None:
    edit = await drafted(ann)
    before = await stored(assembly, "CAST(events_event AS text)")
    answer = await ann.send(edit, f"{edit}/types", TYPE | {"price": "26k", "capacity": "many"})
    assert answer.status_code == 422
    assert 'value="26k"' in answer.text
    assert 'value="many"' in answer.text
    assert "Write the amount in plain digits, such as 12.50." in said(answer)
    assert "Write a whole number in plain digits." in said(answer)
    answer = await ann.send(
        edit, f"{edit}/when", {"zone": "Europe/Berlin", "starts": "2030-12-04T20:00", "ends": ""}
    )
    assert answer.status_code == 422
    assert "Please fill this in." in said(answer)
    answer = await ann.send(
        edit, f"{edit}/money", {"fee_percent": "1e3", "tax_percent": "-1", "fee_paid_by": "buyer"}
    )
    assert answer.status_code == 422
    assert 'value="1e3"' in answer.text
    assert await stored(assembly, "CAST(events_event AS text)") == before


async def test_a_time_that_comes_twice_is_asked_about(assembly: Assembly, ann: Desk) -> None:
    edit = await drafted(ann)
    twice = {"zone": "Europe/Berlin", "starts": "2030-10-27T02:30", "ends": "2030-10-27T06:00"}
    asked = await ann.send(edit, f"{edit}/when", twice)
    assert asked.status_code == 422
    assert 'name="starts_which"' in asked.text
    assert "UTC+02:00" in said(asked)
    saved = await ann.send(edit, f"{edit}/when", twice | {"starts_which": "second"})
    assert saved.status_code == 303
    assert await stored(assembly, "CAST(starts_at AT TIME ZONE 'UTC' AS text)") == "2030-10-27 01:30:00"
    assert 'value="second" selected' in (await ann.client.get(edit)).text
    skipped = await ann.send(edit, f"{edit}/when", twice | {"starts": "2030-03-31T02:30"})
    assert skipped.status_code == 422
    assert "2030-03-31 03:00" in said(skipped)


async def test_a_form_of_an_older_version_shows_the_new_one_first(assembly: Assembly, ann: Desk) -> None:
    edit = await drafted(ann)
    revision = dict(INPUT.findall((await ann.client.get(edit)).text))["revision"]
    basics = {"title": "First", "category": "music", "slug": "harbour-night", "revision": revision}
    assert (await ann.send(edit, f"{edit}/basics", basics)).status_code == 303
    second = await ann.send(edit, f"{edit}/basics", basics | {"title": "Second"})
    assert second.status_code == 409
    assert "Someone else has changed this event" in said(second)
    assert 'value="Second"' in second.text
    assert await stored(assembly, "title") == "First"
    newer = dict(INPUT.findall(second.text))["revision"]
    assert (
        await ann.send(edit, f"{edit}/basics", basics | {"title": "Second", "revision": newer})
    ).status_code == 303
    assert await stored(assembly, "title") == "Second"


async def test_an_empty_new_event_is_told_everything_at_once(ann: Desk) -> None:
    page = f"{ann.base}/new-event"
    answer = await ann.send(page, page, DRAFT | {"title": " ", "starts": "", "ends": ""})
    assert answer.status_code == 422
    assert re.findall(r'href="#f-(\w+)"', answer.text) == ["title", "starts", "ends"]


async def test_a_country_is_chosen_by_its_name(ann: Desk) -> None:
    edit = await drafted(ann)
    page = (await ann.client.get(edit)).text
    assert '<option value="DE">Germany</option>' in page
    place = {"kind": "venue", "venue_name": "Pier 3", "city": "Hamburg", "country": "DE"}
    assert (await ann.send(edit, f"{edit}/where", place)).status_code == 303
    assert '<option value="DE" selected>Germany</option>' in (await ann.client.get(edit)).text


async def test_a_country_no_list_knows_survives_the_editor(ann: Desk) -> None:
    edit = await drafted(ann)
    place = {"kind": "venue", "venue_name": "Pier 3", "city": "Somewhere", "country": "QQ"}
    assert (await ann.send(edit, f"{edit}/where", place)).status_code == 303
    assert '<option value="QQ" selected>QQ</option>' in (await ann.client.get(edit)).text


async def test_where_an_online_event_is_stays_with_who_has_a_ticket(assembly: Assembly, ann: Desk) -> None:
    await on_sale(ann)
    public = await ann.client.get("/e/harbour")
    assert public.status_code == 200
    assert "meet.example" not in public.text


async def test_a_stranger_and_a_door_person_cannot_edit(assembly: Assembly, ann: Desk) -> None:
    edit = await drafted(ann)
    overview = edit.removesuffix("/edit")
    before = await stored(assembly, "CAST(events_event AS text)")
    async with desk(assembly, "bob") as bob, desk(assembly, "dan", Role.DOOR, of="ann") as dan:
        own = edit.replace("/ann/", "/bob/")
        for who, statuses in ((bob, {edit: 403, overview: 403, own: 404}), (dan, {edit: 403, overview: 200})):
            for url, status in statuses.items():
                assert (await who.client.get(url)).status_code == status, url
            page = f"{bob.base}/new-event" if who is bob else "/account"
            for part in ("basics", "types", "pools", "publish"):
                answer = await who.send(page, f"{edit}/{part}", DRAFT | TYPE)
                assert answer.status_code == 403, part
            for part in ("duplicate", "unpublish", "end", "cancel"):
                assert (await who.send(page, f"{overview}/{part}", {})).status_code == 403, part
                if part in ("end", "cancel"):
                    assert (await who.client.get(f"{overview}/{part}")).status_code == 403, part
    async with browser(assembly) as nobody:
        answer = await nobody.get(edit)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")
    assert await stored(assembly, "CAST(events_event AS text)") == before


async def test_a_draft_is_seen_by_its_team_only(assembly: Assembly, ann: Desk) -> None:
    edit = await drafted(ann)
    preview = edit.removesuffix("/edit") + "/preview"
    assert "Only its organiser can see it." in said(await ann.client.get(preview))
    assert (await ann.client.get("/e/harbour-night")).status_code == 404
    async with desk(assembly, "bob") as bob:
        assert (await bob.client.get(preview)).status_code == 403


@pytest.mark.parametrize(
    "address", ["/e/nothing", "/e/nothing.ics", "/posters/bars/x.svg", "/posters/bars-red/x.svg"]
)
async def test_what_is_not_there_is_404(assembly: Assembly, address: str) -> None:
    async with browser(assembly) as client:
        assert (await client.get(address)).status_code == 404


async def test_the_event_page_says_nothing_about_who_looks(assembly: Assembly, ann: Desk) -> None:
    edit = await drafted(ann)
    await ann.send(edit, f"{edit}/basics", DRAFT | {"summary": "One evening.", "slug": "harbour"})
    await ann.send(edit, f"{edit}/where", {"kind": "venue", "venue_name": "Pier 3", "city": "Hamburg"})
    await ann.send(edit, f"{edit}/types", TYPE)
    await ann.send(edit, f"{edit}/publish", {})
    signed_in = await ann.client.get("/e/harbour")
    async with browser(assembly) as nobody:
        stranger = await nobody.get("/e/harbour")
        again = await nobody.get("/e/harbour", headers={"if-none-match": stranger.headers["etag"]})
        calendar = await nobody.get("/e/harbour.ics")
    assert signed_in.text == stranger.text
    assert "set-cookie" not in signed_in.headers
    assert (again.status_code, again.content) == (304, b"")
    assert "DTSTART;TZID=Europe/Berlin:20301204T200000" in calendar.text


async def _pool(assembly: Assembly, ann: Desk, edit: str, name: str, capacity: str) -> UUID:
    made = await ann.send(edit, f"{edit}/pools", {"name": name, "capacity": capacity})
    assert made.status_code == 303
    async with assembly.database.reading() as reader:
        found = await reader.execute(text("SELECT id FROM inventory_pool WHERE name = :name"), {"name": name})
        return UUID(str(found.scalar_one()))


async def _drawn(assembly: Assembly) -> list[tuple[str, str]]:
    """(ticket type, pool) of everything drawn on."""
    query = (
        "SELECT type.name AS type, pool.name AS pool FROM inventory_draw AS draw "
        "JOIN events_ticket_type AS type ON type.id = draw.ticket_type_id "
        "JOIN inventory_pool AS pool ON pool.id = draw.pool_id ORDER BY type.name, pool.name"
    )
    async with assembly.database.reading() as reader:
        return [(row.type, row.pool) for row in await reader.execute(text(query))]


async def test_a_ticket_type_takes_places_from_any_of_the_shared_pools(assembly: Assembly, ann: Desk) -> None:
    edit = await drafted(ann)
    hall = await _pool(assembly, ann, edit, "The hall", "80")
    yard = await _pool(assembly, ann, edit, "The yard", "40")
    both = TYPE | {"name": "Both", "capacity": "", f"pool_{hall}": "1", f"pool_{yard}": "1"}
    assert (await ann.send(edit, f"{edit}/types", both)).status_code == 303
    three = TYPE | {"name": "Three", "capacity": "7", f"pool_{yard}": "1"}
    assert (await ann.send(edit, f"{edit}/types", three)).status_code == 303
    drawn = [("Both", "The hall"), ("Both", "The yard"), ("Three", "Three"), ("Three", "The yard")]
    assert sorted(await _drawn(assembly)) == sorted(drawn)
    shown = (await ann.client.get(edit)).text
    assert re.findall(r'name="pool_([0-9a-f-]+)" value="1" checked', shown) == [
        str(hall),
        str(yard),
        str(yard),
    ]
    # Unticked by leaving it out, as a browser does.
    [(type_id,)] = await _rows(assembly, "SELECT id FROM events_ticket_type WHERE name = 'Both'")
    less = {name: value for name, value in both.items() if name != f"pool_{yard}"}
    assert (await ann.send(edit, f"{edit}/types/{type_id}", less)).status_code == 303
    assert ("Both", "The yard") not in await _drawn(assembly)


async def _rows(assembly: Assembly, query: str) -> list[tuple[object, ...]]:
    async with assembly.database.reading() as reader:
        return [tuple(row) for row in await reader.execute(text(query))]


async def test_a_ticket_type_without_any_places_or_from_a_strange_pool_is_refused(
    assembly: Assembly, ann: Desk
) -> None:
    edit = await drafted(ann)
    await _pool(assembly, ann, edit, "The hall", "80")
    nothing = await ann.send(edit, f"{edit}/types", TYPE | {"capacity": ""})
    assert (nothing.status_code, "Please fill this in." in said(nothing)) == (422, True)
    for strange in (str(uuid7()), "nonsense"):
        answer = await ann.send(edit, f"{edit}/types", TYPE | {f"pool_{strange}": "1"})
        assert answer.status_code == 422, strange
        assert 'id="e-new-pools"' in answer.text, strange
    assert await _rows(assembly, "SELECT id FROM events_ticket_type") == []


async def test_shared_places_are_removed_once_no_ticket_type_takes_from_them(
    assembly: Assembly, ann: Desk
) -> None:
    edit = await drafted(ann)
    hall = await _pool(assembly, ann, edit, "The hall", "80")
    remove = f"{edit}/pools/{hall}/remove"
    await ann.send(edit, f"{edit}/types", TYPE | {f"pool_{hall}": "1"})
    used = await ann.client.get(edit)
    assert f'action="{remove}"' not in used.text
    assert "Standard takes places from here." in said(used)
    refused = await ann.send(edit, remove, {})
    assert (refused.status_code, refused.headers["location"]) == (303, f"{edit}#pools")
    assert "these shared places cannot be removed" in said(await ann.client.get(edit))
    assert await _rows(assembly, f"SELECT name FROM inventory_pool WHERE id = '{hall}'") == [("The hall",)]
    [(type_id,)] = await _rows(assembly, "SELECT id FROM events_ticket_type")
    assert (await ann.send(edit, f"{edit}/types/{type_id}", TYPE)).status_code == 303
    assert f'action="{remove}"' in (await ann.client.get(edit)).text
    assert (await ann.send(edit, remove, {})).status_code == 303
    assert "The hall is removed." in said(await ann.client.get(edit))
    assert await _rows(assembly, f"SELECT name FROM inventory_pool WHERE id = '{hall}'") == []


async def test_an_address_is_fixed_while_on_sale_and_free_in_a_draft(assembly: Assembly, ann: Desk) -> None:
    edit = await on_sale(ann)
    overview = edit.removesuffix("/edit")
    assert 'name="slug"' not in (await ann.client.get(edit)).text
    moved = DRAFT | {"summary": "One evening.", "slug": "elsewhere"}
    refused = await ann.send(edit, f"{edit}/basics", moved)
    assert refused.status_code == 409
    assert "The address stays as it is while the event is on sale" in said(refused)
    assert await stored(assembly, "slug") == "harbour"
    # Without the field, as the page sends it, the rest of the form is saved.
    assert (await ann.send(edit, f"{edit}/basics", DRAFT | {"summary": "Two evenings."})).status_code == 303
    assert (await ann.send(edit, f"{overview}/unpublish", {})).status_code == 303
    assert 'name="slug"' in (await ann.client.get(edit)).text
    assert (await ann.send(edit, f"{edit}/basics", moved)).status_code == 303
    assert await stored(assembly, "slug") == "elsewhere"
