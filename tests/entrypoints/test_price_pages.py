"""Prices on pages and over REST: what organisers set with forms alone, and what buyers choose."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.events import BundlePlan, DiscountPlan, EventPrices, FeePlan, TypePrices
from admitone.values.ids import uuid7
from tests.support.onsale import PAID, OnSale, TypeOnSale, must_hold, put_on_sale
from tests.support.organiser_desk import TYPE, Desk, desk, drafted, said, stored
from tests.support.pricey import add_donation, reprice, retype
from tests.support.site import bearer, browser, program

MORE = {
    "booking_percent": "5",
    "booking_fixed": "0.50",
    "booking_most": "2",
    "booking_per": "order",
    "rounding": "document_gross",
    "seller_country": "DE",
    "has_reverse_charge": "1",
    "d0_kind": "some_free",
    "d0_label": "Three for two",
    "d0_take": "3",
    "d0_pay": "2",
    "d4_kind": "group",
    "d4_label": "Ten and more",
    "d4_take": "10",
    "d4_percent": "12.5",
}


@pytest.fixture
async def ann(assembly: Assembly) -> AsyncIterator[Desk]:
    async with desk(assembly, "ann") as found:
        yield found


async def test_prices_of_an_event_are_set_with_a_form_and_shown_again(assembly: Assembly, ann: Desk) -> None:
    edit = await drafted(ann)
    saved = await ann.send(edit, f"{edit}/prices", MORE)
    assert (saved.status_code, saved.headers["location"]) == (303, f"{edit}#prices")
    kept = await stored(assembly, "prices")
    assert isinstance(kept, dict)
    assert kept["booking"] == {"bps": 500, "fixed_minor": 50, "most_minor": 200, "per": "order"}
    assert [(one["label"], one["take"], one["pay"], one["percent_bps"]) for one in kept["discounts"]] == [
        ("Three for two", 3, 2, 0),
        ("Ten and more", 10, 0, 1_250),
    ]
    page = await ann.client.get(edit)
    # What is stored comes back row by row, and there is an empty row to add another.
    for name, value in (("d1_label", "Ten and more"), ("d1_percent", "12.5"), ("d2_label", "")):
        assert re.search(rf'name="{name}"[^>]*value="{value}"', page.text), name
    emptied = await ann.send(edit, f"{edit}/prices", {**MORE, "d0_label": "", "d4_label": ""})
    assert emptied.status_code == 303
    assert (await stored(assembly, "prices"))["discounts"] == []  # type: ignore[index]


async def test_what_is_wrong_stands_beside_the_row_it_is_in(assembly: Assembly, ann: Desk) -> None:
    edit = await drafted(ann)
    before = await stored(assembly, "CAST(events_event AS text)")
    wrong = {**MORE, "d4_take": "0", "d4_percent": "101", "booking_fixed": "half"}
    answer = await ann.send(edit, f"{edit}/prices", wrong)
    assert answer.status_code == 422
    assert 'value="half"' in answer.text
    assert re.search(r'id="e-booking_fixed"', answer.text)
    answer = await ann.send(edit, f"{edit}/prices", {**wrong, "booking_fixed": "0.50"})
    assert re.search(r'id="e-d4_take"', answer.text)
    assert re.search(r'id="e-d4_percent"', answer.text)
    assert await stored(assembly, "CAST(events_event AS text)") == before


async def test_a_ticket_type_is_made_a_donation_an_extra_or_ones_own_choice(
    assembly: Assembly, ann: Desk
) -> None:
    edit = await drafted(ann)
    gift = {**TYPE, "name": "Roof", "price": "5", "capacity": "", "kind": "donation", "least": "1"}
    assert (await ann.send(edit, f"{edit}/types", gift)).status_code == 303
    extra = {**TYPE, "name": "Parking", "kind": "add_on", "needs_tickets": "2", "own_tax": "19"}
    assert (await ann.send(edit, f"{edit}/types", extra)).status_code == 303
    async with assembly.database.reading() as reader:
        rows = (
            await reader.execute(text("SELECT kind, prices FROM events_ticket_type ORDER BY number"))
        ).all()
    assert [row.kind for row in rows] == ["donation", "add_on"]
    assert rows[0].prices["least_minor"] == 100
    assert (rows[1].prices["needs_tickets"], rows[1].prices["tax_bps"]) == (2, 1_900)
    chosen = {**TYPE, "name": "Odd", "kind": "ticket", "is_chosen": "1", "least": "30", "price": "25"}
    refused = await ann.send(edit, f"{edit}/types", chosen)
    assert refused.status_code == 422
    assert "The suggested price has to be one that buyers may choose." in said(refused)


async def test_early_prices_are_written_shown_again_and_refused_beside_their_row(
    assembly: Assembly, ann: Desk
) -> None:
    edit = await drafted(ann)
    early = {"s0_price": "20", "s0_name": "Early bird", "s0_most": "3", "s1_price": "22", "s1_until": ""}
    plain = {**TYPE, "kind": "ticket"}
    refused = await ann.send(edit, f"{edit}/types", {**plain, **early})
    assert refused.status_code == 422
    assert re.search(r'id="e-new-s1_until"', refused.text)
    made = {**plain, **early, "s1_until": "2027-01-02T10:00"}
    assert (await ann.send(edit, f"{edit}/types", made)).status_code == 303
    async with assembly.database.reading() as reader:
        [kept] = (await reader.execute(text("SELECT prices FROM events_ticket_type"))).scalars()
        pools = (await reader.execute(text("SELECT id, capacity FROM inventory_pool WHERE is_step"))).all()
    assert [(one["name"], one["price_minor"], one["most"]) for one in kept["steps"]] == [
        ("Early bird", 2_000, 3),
        ("", 2_200, None),
    ]
    assert [(str(row.id), row.capacity) for row in pools] == [(kept["steps"][0]["id"], 3)]
    shown = (await ann.client.get(edit)).text
    assert f'name="s0_id" value="{kept["steps"][0]["id"]}"' in shown
    assert 'name="s2_price"' in shown


async def everything(site: Assembly) -> tuple[OnSale, str, str]:
    """(the event, its gift, its bundle)."""
    show = await put_on_sale(site, PAID, TypeOnSale("Parking", 800, 5), TypeOnSale("Backstage", 9_900, 5))
    await retype(site, show, 0, TypePrices(is_chosen=True, least_minor=500))
    await retype(site, show, 1, TypePrices(needs_tickets=1), kind="add_on")
    await retype(site, show, 2, TypePrices(is_locked=True))
    gift = await add_donation(site, show)
    pair = BundlePlan(uuid7(), "Pair", 4_000, ((show.types[0], 2),))
    group = DiscountPlan("group", "Group", 5, percent_bps=1_000)
    await reprice(site, show, EventPrices(booking=FeePlan(200), bundles=(pair,), discounts=(group,)))
    return show, str(gift), str(pair.id)


async def test_a_choice_of_everything_is_held_as_a_form_says(assembly: Assembly) -> None:
    show, gift, pair = await everything(assembly)
    async with browser(assembly) as client:
        page = await client.get(f"/e/{show.slug}")
        assert "Backstage" not in page.text
        assert "Up to 1 with each ticket" in page.text
        form = {f"q_{show.types[0]}": "1", f"p_{show.types[0]}": "7.50", f"q_{show.types[1]}": "1"}
        form |= {f"p_{gift}": "3", f"b_{pair}": "1"}
        wrong = await client.post(f"/e/{show.slug}/hold", data={**form, f"p_{gift}": "much"})
        assert wrong.status_code == 422
        assert f'id="e-p_{gift}"' in wrong.text
        assert 'value="7.50"' in wrong.text
        low = await client.post(f"/e/{show.slug}/hold", data={**form, f"p_{show.types[0]}": "1"})
        assert f'id="e-p_{show.types[0]}"' in low.text
        held = await client.post(f"/e/{show.slug}/hold", data=form)
        again = await client.post(f"/e/{show.slug}/hold", data=form)
        assert held.headers["location"] == again.headers["location"], "one choice, one hold"
        checkout = await client.get(held.headers["location"])
        shown = said(checkout)
        # 7.50 + 8.00 + 40.00 + 3.00, and 2 % of all but the gift.
        for words in ("1 × General admission", "€40", "For the roof", "€1.11", "€59.61"):
            assert words in shown, words
        back = await client.post(f"{held.headers['location']}/release", data={"csrf": _token(checkout.text)})
        chosen = await client.get(back.headers["location"])
        for name, value in (
            (f"p_{show.types[0]}", "7.50"),
            (f"p_{gift}", "3.00"),
            (f"b_{pair}", "1"),
        ):
            assert re.search(rf'name="{name}"[^>]*value="{value}"', chosen.text), name
    await must_hold(assembly.database)


def _token(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def test_a_company_sees_its_price_before_it_pays(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, tax_bps=1_900)
    await reprice(assembly, show, EventPrices(seller_country="DE", has_reverse_charge=True))
    async with browser(assembly) as client:
        held = await client.post(f"/e/{show.slug}/hold", data={f"q_{show.types[0]}": "1"})
        url = held.headers["location"]
        page = await client.get(url)
        form = {
            "csrf": _token(page.text),
            "name": "Ada Obi",
            "email": "ada@example.org",
            "method": "sandbox:push",
            "shown_total": "2500",
            "form_key": "one",
            "buyer_company": "Werk AG",
            "buyer_address": "Ring 1",
            "buyer_city": "Wien",
            "buyer_country": "AT",
            "buyer_vat_id": "ATU13585627",
        }
        bad = await client.post(url, data={**form, "buyer_vat_id": "ATU13585628", "buyer_city": ""})
        assert bad.status_code == 422
        assert 'id="e-buyer_vat_id"' in bad.text
        assert 'id="e-buyer_city"' in bad.text
        unseen = await client.post(url, data=form)
        assert unseen.status_code == 409
        assert "The price is now €21.01." in said(unseen)
        assert 'name="shown_total" value="2101"' in unseen.text
        paid = await client.post(url, data={**form, "shown_total": "2101"})
        assert paid.status_code == 303
        order = await client.get(paid.headers["location"])
        assert order.status_code == 200
    await must_hold(assembly.database)


async def test_rest_says_and_takes_everything_about_prices(assembly: Assembly) -> None:
    show, gift, pair = await everything(assembly)
    async with program(assembly) as client:
        assert show.owner.person_id is not None
        headers = await bearer(assembly, show.owner.person_id)
        base = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}"
        editor = (await client.get(base, headers=headers)).json()
        prices = editor["event"]["prices"]
        assert prices["bundles"][0]["id"] == pair
        # What is shown may be sent back, and changes nothing.
        same = await client.patch(base, headers=headers, json={"prices": prices})
        assert same.status_code == 200, same.text
        assert same.json()["terms_version"] == editor["event"]["terms_version"]
        theirs = {**prices, "processing": {"bps": 100}}
        refused = await client.patch(base, headers=headers, json={"prices": theirs})
        assert (refused.status_code, refused.json()["code"]) == (409, "events.fees_are_the_sites")
        public = (await client.get(f"/api/v1/events/{show.slug}")).json()
        assert [one["kind"] for one in public["ticket_types"]] == ["ticket", "add_on", "donation"]
        assert public["bundles"][0]["price"] == {"currency": "EUR", "minor": 4_000}
        ask = {
            "event": show.slug,
            "items": [
                {"ticket_type_id": str(show.types[0]), "quantity": 1, "price_minor": 750},
                {"ticket_type_id": gift, "quantity": 1, "price_minor": 300},
            ],
            "bundles": [{"bundle_id": pair, "quantity": 1}],
        }
        held = await client.post("/api/v1/holds", json=ask)
        assert held.status_code == 201, held.text
        # 7.50 + 3.00 + 40.00, and 2 % of all but the gift.
        assert held.json()["total"]["minor"] == 750 + 300 + 4_000 + 95
        hidden = {**ask, "items": [{"ticket_type_id": str(show.types[2]), "quantity": 1}]}
        assert (await client.post("/api/v1/holds", json=hidden)).status_code == 422
        company = {"company": "Werk AG", "address": "Ring 1", "city": "Wien", "country": "AT"}
        order = await client.post(
            "/api/v1/orders",
            json={
                "hold": held.json()["token"],
                "email": "ada@example.org",
                "name": "Ada",
                "buyer": company,
            },
        )
        assert order.status_code == 201, order.text
        kinds = sorted(line["kind"] for line in order.json()["lines"])
        assert kinds == ["donation", "ticket", "ticket"]
    await must_hold(assembly.database)
