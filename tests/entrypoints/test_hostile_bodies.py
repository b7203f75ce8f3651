"""Hostile input to the API: each refused with a code and a sentence, and nothing changed."""

import json
from typing import Any

import pytest

from admitone import events
from admitone.assembly import Assembly
from admitone.values.ids import uuid7
from tests.support import onsale
from tests.support.onsale import put_on_sale
from tests.support.site import bearer, counts, program

DEEP = b"[" * 100_000
ORDER = {"hold": "x" * 43, "email": "ada@example.org", "name": "Ada Obi"}

HOSTILE: list[tuple[bytes, int, str]] = [
    (b"", 422, "invalid.fields"),
    (b"{", 400, "request.unreadable"),
    (b"null", 422, "invalid.fields"),
    (b"[]", 422, "invalid.fields"),
    (b'"text"', 422, "invalid.fields"),
    (b"\xff\xfe", 400, "request.unreadable"),
    (b'{"hold":"\xff"}', 400, "request.unreadable"),
    (DEEP, 400, "request.unreadable"),
    (b'{"a":' * 40_000, 400, "request.unreadable"),
    (b'{"hold":"a\\u0000"}', 422, "request.unstorable_text"),
    (b'{"hold":"\\udc00"}', 422, "request.unstorable_text"),
    (b"x" * (1024 * 1024), 413, "request.too_long"),
    (b'{"hold":NaN}', 422, "invalid.fields"),
    (json.dumps({**ORDER, "price": 1}).encode(), 422, "invalid.fields"),
    (json.dumps({**ORDER, "email": None}).encode(), 422, "invalid.fields"),
    (json.dumps({**ORDER, "email": ["a@b.example"]}).encode(), 422, "invalid.fields"),
    (json.dumps({**ORDER, "name": True}).encode(), 422, "invalid.fields"),
    (json.dumps({**ORDER, "name": "x" * 5000}).encode(), 422, "invalid.fields"),
    (json.dumps({**ORDER, "attendee_names": {"x": ["Ada"]}}).encode(), 422, "invalid.fields"),
    (json.dumps({**ORDER, "attendee_names": {str(uuid7()): ["Ada"] * 2000}}).encode(), 422, "invalid.fields"),
    (json.dumps({**ORDER, "hold": "x" * 43}).encode(), 404, "link.not_found"),
    (json.dumps({**ORDER, "hold": ""}).encode(), 404, "link.not_found"),
    (json.dumps({**ORDER, "hold": "é" * 43}).encode(), 404, "link.not_found"),
]


@pytest.mark.parametrize(("sent", "status", "code"), HOSTILE, ids=lambda one: repr(one)[:40])
async def test_an_order_that_cannot_be_is_refused(
    assembly: Assembly, sent: bytes, status: int, code: str
) -> None:
    await put_on_sale(assembly)
    before = await counts(assembly)
    async with program(assembly) as client:
        answer = await client.post(
            "/api/v1/orders", content=sent, headers={"content-type": "application/json"}
        )
    said = answer.json()
    assert (answer.status_code, said["code"]) == (status, code), said
    assert answer.headers["content-type"] == "application/problem+json"
    assert said["detail"]
    assert await counts(assembly) == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "a b@example.org"}, "email"),
        ({"email": "ada@example.org\nbcc: x@example.org"}, "email"),
        ({"name": "   "}, "name"),
        ({"name": "\u202eevil"}, "name"),
        ({"name": "x" * 121}, "name"),
    ],
)
async def test_what_a_buyer_typed_is_refused_beside_its_field(
    assembly: Assembly, change: dict[str, Any], field: str
) -> None:
    show = await put_on_sale(assembly)
    held = await assembly.purchase.hold(onsale.wish(show))
    before = await counts(assembly)
    token = assembly.links.make("hold", held.hold_id)
    async with program(assembly) as client:
        answer = await client.post("/api/v1/orders", json={**ORDER, "hold": token, **change})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["problems"]] == [field]
    assert await counts(assembly) == before


async def test_a_token_opens_only_what_it_was_made_for(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await onsale.place(assembly, show)
    token = assembly.links.make("order", order.id)
    before = await counts(assembly)
    async with program(assembly) as client:
        for url in (
            f"/api/v1/holds/{token}",
            f"/checkout/{token}",
            f"/t/{token}",
            f"/api/v1/orders/{token}x",
        ):
            assert (await client.get(url)).status_code == 404, url
        wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
        for url in (f"/api/v1/orders/{wrong}", f"/orders/{wrong}", f"/api/v1/orders/{order.id}"):
            assert (await client.get(url)).status_code == 404, url
        gone = await client.post("/api/v1/orders", json={**ORDER, "hold": token})
        assert gone.json()["code"] == "link.not_found"
    assert await counts(assembly) == before


async def test_an_organiser_sees_nobody_elses_orders(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly)
    order = await onsale.place(assembly, show)
    await assembly.payment.pay(order.id, "sandbox:push")
    before = await counts(assembly)
    assert other.owner.person_id is not None
    assert show.door.person_id is not None
    stranger = await bearer(assembly, other.owner.person_id)
    door = await bearer(assembly, show.door.person_id)
    theirs, own = f"/api/v1/organisers/{show.organiser_id}", f"/api/v1/organisers/{other.organiser_id}"
    async with program(assembly) as client:
        for headers in (stranger, door):
            assert (await client.get(f"{theirs}/orders", headers=headers)).status_code == 403
            assert (await client.get(f"{theirs}/orders/{order.code}", headers=headers)).status_code == 403
            refund = await client.post(f"{theirs}/orders/{order.code}/refund", headers=headers)
            assert (refund.status_code, refund.json()["code"]) == (403, "accounts.not_allowed")
        assert (await client.get(f"{own}/orders", headers=stranger)).json()["orders"] == []
        assert (await client.get(f"{own}/orders/{order.code}", headers=stranger)).status_code == 404
        assert (await client.post(f"{own}/orders/{order.code}/refund", headers=stranger)).status_code == 404
        assert (await client.post(f"{theirs}/orders/{order.code}/refund")).status_code == 401
        page = f"/organiser/o-{show.organiser_id.hex}/events/{show.event_id}/orders/{order.code}"
        assert (await client.get(page, headers=stranger)).status_code == 403
        own_page = f"/organiser/o-{other.organiser_id.hex}/events"
        for event_id in (show.event_id, other.event_id):
            answer = await client.get(f"{own_page}/{event_id}/orders/{order.code}", headers=stranger)
            assert answer.status_code == 404
    assert await counts(assembly) == before


async def test_an_order_of_the_same_organiser_is_not_shown_under_another_event(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await onsale.place(assembly, show)
    assert show.owner.person_id is not None
    owner = await bearer(assembly, show.owner.person_id)
    async with program(assembly) as client:
        base = f"/api/v1/organisers/{show.organiser_id}/orders"
        found = await client.get(base, params={"event": str(uuid7())}, headers=owner)
        assert found.json()["orders"] == []
        found = await client.get(base, params={"event": str(show.event_id)}, headers=owner)
        assert [one["code"] for one in found.json()["orders"]] == [order.code]
        pages = f"/organiser/o-{show.organiser_id.hex}/events"
        assert (
            await client.get(f"{pages}/{show.event_id}/orders/{order.code}", headers=owner)
        ).status_code == 200
        second = uuid7()
        draft = onsale.details(assembly.clock.now())
        await assembly.database.run(
            lambda tx: events.insert_event(
                tx, second, show.organiser_id, "second", draft, assembly.clock.now(), organiser_name="x"
            )
        )
        assert (await client.get(f"{pages}/{second}/orders", headers=owner)).status_code == 200
        assert (await client.get(f"{pages}/{second}/orders/{order.code}", headers=owner)).status_code == 404
        for query in ({"limit": "0"}, {"limit": "1e3"}, {"cursor": "x"}, {"state": "new"}, {"event": "x"}):
            answer = await client.get(base, params=query, headers=owner)
            assert answer.status_code == 422, query
            assert answer.json()["detail"]


async def test_addresses_with_a_nul_are_refused(assembly: Assembly) -> None:
    async with program(assembly) as client:
        for url in ("/e/a%00b", "/api/v1/events/a%00b", "/api/v1/events?q=%00", "/events?q=a%00"):
            answer = await client.get(url)
            assert answer.status_code == 400, url
            assert "request.bad_address" in answer.text
        part = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n%b\r\n--x--\r\n'
        for content, kind in (
            (b"email=a%00b", "application/x-www-form-urlencoded"),
            (part % b"a\0b@example.org", "multipart/form-data; boundary=x"),
            (part % b"a\\ud800b@example.org", "multipart/form-data; boundary=x; charset=unicode_escape"),
        ):
            answer = await client.post("/tickets/find", content=content, headers={"content-type": kind})
            assert (answer.status_code, "request.unstorable_text" in answer.text) == (422, True), kind
