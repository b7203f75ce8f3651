"""What the editor's forms offer and how they answer: zones and currencies to choose from, amounts as people
write them, and a refusal or a "Saved" where the form is.
"""

import json
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from tests.support.organiser_desk import DRAFT, TYPE, Desk, desk, drafted, said, stored

OPTION = re.compile(r'<option value="([^"]*)"( selected)?>([^<]*)</option>')


@pytest.fixture
async def ann(assembly: Assembly) -> AsyncIterator[Desk]:
    async with desk(assembly, "ann") as found:
        yield found


def _options(page: str, name: str) -> list[tuple[str, str, str]]:
    """(value, " selected" or "", words) of a select."""
    found = re.search(rf'<select[^>]* name="{name}"[^>]*>(.*?)</select>', page, re.S)
    assert found is not None
    return OPTION.findall(found[1])


async def _price(assembly: Assembly) -> object:
    async with assembly.database.reading() as reader:
        return (await reader.execute(text("SELECT price_minor FROM events_ticket_type"))).scalar_one()


async def test_no_time_zone_is_assumed_for_a_new_event(assembly: Assembly, ann: Desk) -> None:
    url = f"{ann.base}/new-event"
    page = (await ann.client.get(url)).text
    zones = _options(page, "zone")
    assert zones[0] == ("", " selected", "Choose the place&#39;s time zone")
    assert [one for one in zones[1:] if one[1]] == []
    assert re.search(r'<select[^>]* name="zone" required', page)
    refused = await ann.send(url, url, DRAFT | {"zone": "", "title": ""})
    assert refused.status_code == 422
    assert "Choose the place's time zone." in said(refused)
    assert re.findall(r'href="#f-(\w+)"', refused.text) == ["title", "zone"]
    assert f'value="{DRAFT["starts"]}"' in refused.text
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT count(*) FROM events_event"))).scalar_one() == 0


async def test_zones_are_offered_by_the_names_they_have_today(ann: Desk) -> None:
    page = await ann.client.get(f"{ann.base}/new-event")
    names = {value for value, _, _ in _options(page.text, "zone")}
    assert {"UTC", "Asia/Kolkata", "America/New_York", "Europe/Oslo", "Europe/Kyiv", "Africa/Lagos"} <= names
    assert names.isdisjoint({"US/Eastern", "Asia/Calcutta", "Europe/Kiev", "GB", "Etc/UTC", "Brazil/East"})
    found = re.search(r'data-aliases="([^"]*)"', page.text)
    assert found is not None
    aliases = json.loads(said(page)[said(page).index('data-aliases="') + 14 :].partition('" hidden')[0])
    assert aliases["Asia/Calcutta"] == "Asia/Kolkata"
    assert set(aliases.values()) <= names
    assert names.isdisjoint(aliases)


async def test_an_event_in_a_zone_of_an_old_name_keeps_it(assembly: Assembly, ann: Desk) -> None:
    edit = await drafted(ann, zone="Asia/Calcutta")
    page = (await ann.client.get(edit)).text
    assert ("Asia/Calcutta", " selected", "Asia/Calcutta") in _options(page, "zone")
    times = {"zone": "Asia/Calcutta", "starts": "2030-12-05T20:00", "ends": "2030-12-05T23:00"}
    assert (await ann.send(edit, f"{edit}/when", times)).status_code == 303
    assert await stored(assembly, "zone || to_char(starts_at AT TIME ZONE 'UTC', ' HH24:MI')") == (
        "Asia/Calcutta 14:30"
    )


async def test_currencies_are_offered_by_name_and_only_those_things_are_sold_in(
    assembly: Assembly, ann: Desk
) -> None:
    edit = await drafted(ann)
    offered = _options((await ann.client.get(edit)).text, "currency")
    codes = [code for code, _, _ in offered]
    assert codes[:3] == ["EUR", "USD", "GBP"]
    assert ("EUR", " selected", "Euro (EUR)") in offered
    assert ("THB", "", "Thai Baht (THB)") in offered
    assert ("BTC", "", "Bitcoin, in satoshi (BTC)") in offered
    assert not {"CHE", "CHW", "CLF", "USN", "UYI", "XAD", "XXX", "XAU", "BOV", "MXV"} & set(codes)
    words = [shown.casefold() for _, _, shown in offered[13:]]
    assert words == sorted(words)
    assert words[0].startswith("afghan")
    fund = await drafted(ann, currency="CLF", title="In a unit of account")
    assert ("CLF", " selected") in [
        one[:2] for one in _options((await ann.client.get(fund)).text, "currency")
    ]


@pytest.mark.parametrize(
    ("currency", "typed", "minor"),
    [("EUR", "20,50", 2050), ("EUR", "1.234,50", 123450), ("JPY", "1,234", 1234), ("KWD", "4,5", 4500)],
)
async def test_a_price_is_read_as_people_write_it(
    assembly: Assembly, ann: Desk, currency: str, typed: str, minor: int
) -> None:
    edit = await drafted(ann, currency=currency)
    assert (await ann.send(edit, f"{edit}/types", TYPE | {"price": typed})).status_code == 303
    assert await _price(assembly) == minor


async def test_fees_are_read_as_people_write_them(assembly: Assembly, ann: Desk) -> None:
    edit = await drafted(ann)
    fees = {
        "currency": "EUR",
        "fee_percent": "2,5",
        "fee_fixed": "1,50",
        "fee_paid_by": "buyer",
        "tax_percent": "7,75",
        "tax_mode": "added",
    }
    assert (await ann.send(edit, f"{edit}/money", fees)).status_code == 303
    assert await stored(assembly, "concat_ws(' ', fee_bps, fee_fixed_minor, tax_bps)") == "250 150 775"


async def test_a_price_that_can_be_read_in_two_ways_is_refused_with_both(
    assembly: Assembly, ann: Desk
) -> None:
    edit = await drafted(ann)
    refused = await ann.send(edit, f"{edit}/types", TYPE | {"price": "1,234"})
    assert refused.status_code == 422
    assert "1,234 can be read in two ways" in said(refused)
    assert "Write 1234, or with a point and 2 decimals, such as 1.23." in said(refused)
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT count(*) FROM events_ticket_type"))).scalar_one() == 0


async def test_a_refused_form_has_the_focus_and_an_address_that_opens_again(ann: Desk) -> None:
    edit = await drafted(ann)
    assert (await ann.send(edit, f"{edit}/types", TYPE)).status_code == 303
    assert (await ann.send(edit, f"{edit}/pools", {"name": "Hall", "capacity": "9"})).status_code == 303
    page = (await ann.client.get(edit)).text
    assert "autofocus" not in page
    rows = re.findall(r'<details class="type-card" id="(type|pool)-([0-9a-f-]{36})"', page)
    assert [kind for kind, _ in rows] == ["type", "pool"]
    wrong = {
        "basics": ({"title": ""}, "basics"),
        "when": ({"zone": "Europe/Berlin", "starts": "", "ends": ""}, "when"),
        "money": ({"fee_percent": "x"}, "money"),
        "types": (TYPE | {"price": "abc"}, "tickets"),
        f"types/{rows[0][1]}": (TYPE | {"price": "abc"}, f"type-{rows[0][1]}"),
        "pools": ({"name": "Yard", "capacity": ""}, "pools"),
        f"pools/{rows[1][1]}": ({"name": "Hall", "capacity": "x"}, f"pool-{rows[1][1]}"),
        "publish": ({}, "publish"),
    }
    for name, (fields, anchor) in wrong.items():
        refused = await ann.send(edit, f"{edit}/{name}", fields)
        assert refused.status_code == 422, name
        assert refused.text.count(" autofocus") == 1, name
        assert f'id="{anchor}"' in refused.text, name
        again = await ann.client.get(f"{edit}/{name}")
        assert (again.status_code, again.headers["location"]) == (303, f"{edit}#{anchor}"), name
        for target in re.findall(r'<a href="#(f-[\w-]+)"', refused.text):
            assert f'id="{target}"' in refused.text, (name, target)
    for nothing in ("nonsense", f"when/{rows[0][1]}"):
        assert (await ann.client.get(f"{edit}/{nothing}")).status_code == 404


async def test_what_was_saved_is_said_where_it_was_saved(ann: Desk) -> None:
    edit = await drafted(ann)
    assert "text not saved in the others is lost" in said(await ann.client.get(edit))
    times = {"zone": "Europe/Berlin", "starts": "2030-12-05T20:00", "ends": "2030-12-05T23:00"}
    saved = await ann.send(edit, f"{edit}/when", times)
    assert saved.headers["location"] == f"{edit}#when"
    page = (await ann.client.get(edit)).text
    assert page.count("Saved.") == 1
    assert page.index('id="when-h"') < page.index("Saved.") < page.index('id="where-h"')
    assert "Saved." not in (await ann.client.get(edit)).text


async def test_the_sentence_about_an_event_is_needed_and_not_called_optional(ann: Desk) -> None:
    edit = await drafted(ann)
    page = (await ann.client.get(edit)).text
    field = page[page.index('<label for="f-summary">') : page.index('id="f-description"')]
    assert "Needed before you put it on sale." in field
    assert "(optional)" not in field.partition("</label>")[0]
    basics = {"title": "Harbour Night", "category": "music", "summary": ""}
    assert (await ann.send(edit, f"{edit}/basics", basics)).status_code == 303
