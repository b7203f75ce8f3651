"""An organiser's promo codes by their pages: made, changed, paused, deleted, made by the thousand, downloaded."""

import csv
import io
import re

import httpx2
import pytest

from admitone.assembly import Assembly
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import HoldWish
from admitone.values.actor import Role
from tests.support.organiser_desk import Desk, desk, on_sale, said

CODE = {
    "code": "SUMMER20",
    "effect": "percent",
    "percent": "20",
    "zone": "Europe/Berlin",
    "limit_unit": "orders",
}


async def create(who: Desk, **changes: str) -> httpx2.Response:
    """Send the form of a new code."""
    page = f"{who.base}/promo-codes/create"
    return await who.send(page, page, CODE | changes)


async def buy_with(assembly: Assembly, code: str, quantity: int = 1) -> None:
    """Order tickets of the only event with this code."""
    async with assembly.database.reading() as reader:
        type_id = (await reader.exec_driver_sql("SELECT id FROM events_ticket_type")).scalar_one()
    wish = HoldWish("harbour", ((type_id, quantity),), codes=(code,), visitor="ada")
    held = await assembly.purchase.hold(wish)
    order = await assembly.purchase.place(OrderWish(held.hold_id, "ada@example.org", "Ada Obi"))
    await assembly.payment.pay(order.id, "sandbox:push")


async def test_a_code_from_its_form_to_its_sales(assembly: Assembly) -> None:
    async with desk(assembly, "foundry") as who:
        await on_sale(who)
        empty = said(await who.client.get(f"{who.base}/promo-codes"))
        assert "No promo codes yet." in empty
        made = await create(who, total_limit="100", valid_until="2030-03-01T18:00", quantity_max="4")
        assert made.status_code == 303
        await buy_with(assembly, "summer20", 2)
        page = said(await who.client.get(made.headers["location"]))
        assert (
            "20% off everything, 1 to 4 tickets, until 1 Mar 2030, 18:00 Berlin time, 100 uses in all" in page
        )
        assert "1 of 100" in page
        assert "€10" in page
        assert "€40" in page
        assert "/e/harbour?code=SUMMER20" in page
        listed = said(await who.client.get(f"{who.base}/promo-codes?q=mmer"))
        assert "1 of 100" in listed
        assert "No code has that in it." in said(await who.client.get(f"{who.base}/promo-codes?q=zzz"))


async def test_the_same_sheet_twice_makes_one_code(assembly: Assembly) -> None:
    async with desk(assembly, "foundry") as who:
        fields = await who.fields(f"{who.base}/promo-codes/create")
        sheet = CODE | {"csrf": fields["csrf"], "form_key": fields["form_key"]}
        first = await who.client.post(f"{who.base}/promo-codes/create", data=sheet)
        second = await who.client.post(f"{who.base}/promo-codes/create", data=sheet)
        assert first.status_code == second.status_code == 303
        assert first.headers["location"] == second.headers["location"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"percent": "101"}, "percent"),
        ({"percent": "-5"}, "percent"),
        ({"percent": "lots"}, "percent"),
        ({"code": "?"}, "code"),
        ({"effect": "magic"}, "effect"),
        ({"effect": "off_order", "amount": "-1", "currency": "EUR"}, "amount"),
        ({"effect": "off_order", "amount": "1", "currency": "XXX"}, "currency"),
        ({"valid_from": "2030-03-02T10:00", "valid_until": "2030-03-01T10:00"}, "valid_until"),
        ({"valid_from": "tomorrow"}, "valid_from"),
        ({"zone": "Mars/Base"}, "valid_from"),
        ({"total_limit": "0"}, "total_limit"),
        ({"per_person_limit": "many"}, "per_person_limit"),
        ({"quantity_min": "3", "quantity_max": "2"}, "quantity_min"),
        ({"effect": "unlock"}, "unlock"),
    ],
)
async def test_mistakes_are_said_beside_the_field_and_nothing_is_lost(
    assembly: Assembly, changes: dict[str, str], field: str
) -> None:
    async with desk(assembly, "foundry") as who:
        refused = await create(who, note="For the newsletter", **changes)
        assert refused.status_code == 422
        assert f'id="e-{field}"' in refused.text
        assert "For the newsletter" in refused.text
        for name, typed in changes.items():
            if name not in ("effect", "currency", "zone"):
                assert re.search(rf'name="{name}"[^>]*value="{re.escape(typed)}"', refused.text), name
        assert await stored_codes(assembly) == 0


async def stored_codes(assembly: Assembly) -> object:
    """How many codes there are."""
    async with assembly.database.reading() as reader:
        return (await reader.exec_driver_sql("SELECT count(*) FROM promotions_code")).scalar_one()


async def test_the_sentence_is_shown_before_anything_is_made(assembly: Assembly) -> None:
    async with desk(assembly, "foundry") as who:
        await on_sale(who)
        async with assembly.database.reading() as reader:
            type_id = (await reader.exec_driver_sql("SELECT id FROM events_ticket_type")).scalar_one()
        shown = await create(
            who,
            preview="1",
            effect="off_ticket",
            amount="5",
            currency="EUR",
            quantity_min="2",
            per_person_limit="1",
            **{f"type_{type_id}": "1"},
        )
        assert shown.status_code == 200
        assert (
            "€5 off each ticket (Standard), at Harbour Night, from 2 tickets on, 1 use per person."
            in said(shown)
        )
        assert await stored_codes(assembly) == 0


async def test_changing_pausing_and_deleting(assembly: Assembly) -> None:
    async with desk(assembly, "foundry") as who:
        await on_sale(who)
        url = (await create(who)).headers["location"]
        assert (await who.send(url, url, CODE | {"percent": "30"})).status_code == 303
        assert await stored_of(assembly, "percent_bps") == 3000
        assert (await who.send(url, f"{url}/pause", {})).status_code == 303
        assert "Paused" in said(await who.client.get(url))
        assert (await who.send(url, f"{url}/resume", {})).status_code == 303
        await buy_with(assembly, "SUMMER20", 2)
        refused = await who.send(url, url, CODE | {"total_limit": "1", "limit_unit": "tickets"})
        assert refused.status_code == 409
        assert "It was used 2 times already." in said(refused)
        assert f"{url}/delete" not in refused.text
        kept = await who.send(url, f"{url}/delete", {})
        assert kept.headers["location"] == url
        assert await stored_codes(assembly) == 1
        other = (await create(who, code="OTHER")).headers["location"]
        taken = await create(who, code="other")
        assert (taken.status_code, "a promo code with this name" in said(taken)) == (409, True)
        assert (await who.send(other, f"{other}/delete", {})).headers["location"] == f"{who.base}/promo-codes"
        assert (await who.client.get(other)).status_code == 404


async def stored_of(assembly: Assembly, column: str) -> object:
    """This of the only code."""
    async with assembly.database.reading() as reader:
        return (await reader.exec_driver_sql(f"SELECT {column} FROM promotions_code")).scalar_one()


async def test_many_codes_at_once(assembly: Assembly) -> None:
    async with desk(assembly, "foundry") as who:
        await on_sale(who)
        form = f"{who.base}/promo-codes/generate"
        for wrong, field in (({"quantity": "10001"}, "quantity"), ({"prefix": "="}, "prefix")):
            refused = await who.send(form, form, CODE | {"quantity": "5"} | wrong)
            assert refused.status_code == 422
            assert f'id="e-{field}"' in refused.text
        made = await who.send(form, form, CODE | {"quantity": "25", "prefix": "press-"})
        url = made.headers["location"]
        sheet = await who.client.get(f"{url}.csv")
        rows = list(csv.DictReader(io.StringIO(sheet.text.removeprefix("\ufeff"))))
        assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
        assert len({row["code"] for row in rows}) == 25
        assert {row["used"] for row in rows} == {"no"}
        await buy_with(assembly, rows[0]["code"])
        shown = said(await who.client.get(url))
        assert "PRESS-…" in shown
        assert "1 of 25" in shown
        listed = said(await who.client.get(f"{who.base}/promo-codes"))
        assert "25 codes, 1 used" in listed
        assert (await who.send(url, f"{url}/pause", {})).status_code == 303
        assert "Resume all" in said(await who.client.get(url))
        gone = await who.send(url, f"{url}/delete", {})
        assert gone.status_code == 303
        assert await stored_codes(assembly) == 1


async def test_who_may_not(assembly: Assembly) -> None:
    async with desk(assembly, "foundry") as owner:
        url = (await create(owner)).headers["location"]
        async with desk(assembly, "doorman", Role.DOOR, of="foundry") as door:
            assert (await door.client.get(f"{door.base}/promo-codes")).status_code == 403
            assert "/promo-codes" not in (await door.client.get(door.base)).text
        async with desk(assembly, "rival") as rival:
            assert (await rival.client.get(url)).status_code in (403, 404)
            theirs = url.replace("/foundry/", "/rival/")
            assert (await rival.client.get(theirs)).status_code == 404
            for verb in ("pause", "delete"):
                refused = await rival.send(f"{rival.base}/promo-codes/create", f"{theirs}/{verb}", {})
                assert refused.status_code in (303, 404)
        assert await stored_of(assembly, "state") == "active"
        assert (await owner.client.post(f"{url}/pause", data={})).status_code == 403
