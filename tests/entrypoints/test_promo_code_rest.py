"""Promo codes by REST: an organiser's, and what a buyer is told of one."""

from datetime import timedelta
from typing import Any

import httpx2

from admitone.assembly import Assembly
from admitone.flows.promo_codes import WRONG_CODES
from admitone.values.ids import uuid7
from tests.support.onsale import OnSale, TypeOnSale, must_hold, put_on_sale
from tests.support.promo import code, place_with
from tests.support.site import bearer, program

PERCENT = {"code": "SUMMER20", "effect": "percent", "percent_bps": 2000}


async def signed_in(site: Assembly, show: OnSale) -> dict[str, str]:
    """The header of the organiser's owner."""
    assert show.owner.person_id is not None
    return await bearer(site, show.owner.person_id)


async def test_a_code_is_made_read_changed_paused_and_deleted(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    base = f"/api/v1/organisers/{show.organiser_id}/promo-codes"
    async with program(assembly) as client:
        who = await signed_in(assembly, show)
        body = PERCENT | {"event_ids": [str(show.event_id)], "total_limit": 5, "note": "Newsletter"}
        made = await client.post(base, json=body, headers=who | {"Idempotency-Key": "one"})
        assert made.status_code == 201
        again = await client.post(base, json=body, headers=who | {"Idempotency-Key": "one"})
        assert again.json() == made.json()
        one = f"{base}/{made.json()['id']}"
        assert made.json()["sales"] == []
        changed = await client.put(one, json=body | {"percent_bps": 3000}, headers=who)
        assert (changed.status_code, changed.json()["percent_bps"]) == (200, 3000)
        assert (await client.post(f"{one}/pause", headers=who)).json()["state"] == "paused"
        assert (await client.post(f"{one}/resume", headers=who)).json()["state"] == "active"
        order = await place_with(assembly, show, "summer20", quantity=2)
        await assembly.payment.pay(order.id, "sandbox:push")
        listed = (await client.get(base, headers=who, params={"q": "mer"})).json()
        assert (listed["items"][0]["uses"], listed["items"][0]["tickets"]) == (1, 2)
        assert listed["items"][0]["sales"] == [
            {
                "orders": 1,
                "tickets": 2,
                "waiting": 0,
                "off": {"currency": "EUR", "minor": 1500},
                "total": {"currency": "EUR", "minor": 3500},
            }
        ]
        assert problem(await client.delete(one, headers=who)) == (409, "promotions.code_is_used")
        other = await client.post(base, json=PERCENT | {"code": "OTHER"}, headers=who)
        assert (await client.delete(f"{base}/{other.json()['id']}", headers=who)).status_code == 204
    await must_hold(assembly.database)


def problem(response: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return response.status_code, response.json()["code"]


async def test_what_is_refused(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly)
    theirs = await code(assembly, other)
    base = f"/api/v1/organisers/{show.organiser_id}/promo-codes"
    wrong: list[dict[str, Any]] = [
        {"percent_bps": 10_001},
        {"percent_bps": -1},
        {"percent_bps": 20.5},
        {"effect": "magic"},
        {"code": "?"},
        {"surprise": 1},
        {"valid_from": "2030-01-02T00:00:00Z", "valid_until": "2030-01-01T00:00:00Z"},
        {"valid_from": "2030-01-02T00:00:00"},
        {"total_limit": 0},
        {"event_ids": [str(other.event_id)]},
        {"ticket_type_ids": []},
    ]
    async with program(assembly) as client:
        who = await signed_in(assembly, show)
        for changes in wrong:
            refused = await client.post(base, json=PERCENT | changes, headers=who)
            assert refused.status_code == 422, changes
        assert (await client.get(base, headers=who)).json() == {"items": [], "next_cursor": None}
        assert (await client.get(base)).status_code == 401
        strange = f"/api/v1/organisers/{other.organiser_id}/promo-codes"
        assert (await client.get(strange, headers=who)).status_code == 403
        for id_ in (theirs.id, uuid7()):
            found = await client.get(f"{base}/{id_}", headers=who)
            assert problem(found) == (404, "promotions.not_found")
        batch = {"effect": "free", "quantity": 10_001}
        assert problem(await client.post(f"{base}/batches", json=batch, headers=who)) == (
            422,
            "promotions.bad_count",
        )
        made = await client.post(f"{base}/batches", json=batch | {"quantity": 3}, headers=who)
        assert (made.status_code, len(set(made.json()["codes"]))) == (201, 3)


async def test_what_a_code_would_do(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly)
    await code(assembly, show)
    await code(assembly, other, "OTHERS")
    url = f"/api/v1/events/{show.slug}/codes/check"
    items = [{"ticket_type_id": str(show.types[0]), "quantity": 2}]
    async with program(assembly) as client:
        told = (await client.post(url, json={"codes": [" summer20"], "items": items})).json()
        assert (told["codes"][0]["code"], told["codes"][0]["percent_bps"]) == ("SUMMER20", 2000)
        assert told["codes"][0]["off"] == {"currency": "EUR", "minor": 1000}
        assert told["total"] == {"currency": "EUR", "minor": 4000}
        said = set()
        for typed in ("OTHERS", "NEVER"):
            refused = await client.post(url, json={"codes": [typed]})
            assert problem(refused) == (422, "promotions.unknown_code")
            said.add(refused.json()["detail"])
        assert len(said) == 1
        for _ in range(WRONG_CODES.most - 2):
            assert (await client.post(url, json={"codes": ["GUESS"]})).status_code == 422
        assert (await client.post(url, json={"codes": ["SUMMER20"]})).status_code == 429


async def test_batches_are_made_listed_paused_downloaded_and_tidied_up(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly)
    base = f"/api/v1/organisers/{show.organiser_id}/promo-codes/batches"
    async with program(assembly) as client:
        who = await signed_in(assembly, show)
        asked = {"effect": "percent", "percent_bps": 1_000, "prefix": "press-", "quantity": 3}
        made = (await client.post(base, json=asked, headers=who)).json()
        one = f"{base}/{made['id']}"
        [listed] = (await client.get(base, headers=who)).json()["items"]
        assert (listed["id"], listed["prefix"], listed["made"], listed["used"]) == (
            made["id"],
            "PRESS-",
            3,
            0,
        )
        assert (await client.post(f"{one}/pause", headers=who)).json() == {"changed": 3}
        assert (await client.get(one, headers=who)).json()["paused"] == 3
        assert (await client.post(f"{one}/resume", headers=who)).json() == {"changed": 3}
        file = await client.get(f"{one}.csv", headers=who)
        assert file.headers["content-type"] == "text/csv; charset=utf-8"
        rows = file.text.removeprefix("\ufeff").splitlines()
        assert rows[0] == "code,used,state,created_at"
        assert {row.split(",")[0] for row in rows[1:]} == set(made["codes"])
        strange = await signed_in(assembly, other)
        for path in (base, one, f"{one}.csv"):
            assert (await client.get(path, headers=strange)).status_code == 403
        mine = f"/api/v1/organisers/{other.organiser_id}/promo-codes/batches/{made['id']}"
        assert problem(await client.get(mine, headers=strange)) == (404, "promotions.batch_not_found")
        assert (await client.delete(f"{one}/unused", headers=who)).json() == {"changed": 3}


async def test_a_code_of_another_time_or_other_tickets_says_so(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Hall", 2_000, 9, 9), TypeOnSale("Bar", 1_000, 9, 9))
    now = assembly.clock.now()
    await code(assembly, show, "LATER", valid_from=now + timedelta(days=2))
    await code(assembly, show, "EARLIER", valid_until=now - timedelta(days=2))
    await code(
        assembly, show, "OTHERS", type_ids=frozenset({show.types[0]}), event_ids=frozenset({show.event_id})
    )
    url = f"/api/v1/events/{show.slug}/codes/check"
    items = [{"ticket_type_id": str(show.types[1]), "quantity": 1}]
    async with program(assembly) as client:
        for typed, words in (
            ("LATER", "LATER can be used from "),
            ("EARLIER", "EARLIER could be used until "),
        ):
            refused = await client.post(url, json={"codes": [typed]})
            assert problem(refused) == (409, "promotions.not_valid_now")
            assert words in refused.json()["detail"]
        refused = await client.post(url, json={"codes": ["OTHERS"], "items": items})
        assert problem(refused) == (422, "pricing.code_not_for_these")
        assert refused.json()["detail"] == "The code OTHERS is not for the tickets you chose."
