"""The fast way answers exactly as the framework's routes of the same paths."""

import json
from uuid import UUID

import httpx2
import pytest

from admitone.assembly import Assembly
from admitone.values.ids import uuid7
from tests.support import onsale
from tests.support.onsale import OnSale, TypeOnSale, put_on_sale
from tests.support.site import bearer, counts, program

HOLDS = "/api/v1/holds"
SCANS = "/api/v1/scans"
TYPE = '{"ticket_type_id":"%s","quantity":%s}'


def body(show: OnSale, quantity: str, **extra: str) -> bytes:
    """A hold's body with any text as its quantity."""
    more = "".join(f',"{name}":{value}' for name, value in extra.items())
    return f'{{"event":"{show.slug}","items":[{TYPE % (show.types[0], quantity)}]{more}}}'.encode()


def table(show: OnSale, elsewhere: OnSale) -> list[tuple[bytes, int, str]]:
    """Bodies, the status each is answered with, and the code."""
    unknown = UUID(int=7)
    event = show.slug
    return [
        (body(show, "0"), 422, "pricing.bad_quantity"),
        (body(show, "-1"), 422, "pricing.bad_quantity"),
        (body(show, "1000000000"), 409, "orders.over_limit"),
        (body(show, "1" + "0" * 400), 409, "orders.over_limit"),
        (body(show, "1.5"), 422, "invalid.fields"),
        (body(show, "1.0"), 422, "invalid.fields"),
        (body(show, "1e3"), 422, "invalid.fields"),
        (body(show, '"1e3"'), 422, "invalid.fields"),
        (body(show, '"1"'), 422, "invalid.fields"),
        (body(show, "true"), 422, "invalid.fields"),
        (body(show, "null"), 422, "invalid.fields"),
        (body(show, "NaN"), 400, "request.unreadable"),
        (body(show, "Infinity"), 400, "request.unreadable"),
        (body(show, "[]"), 422, "invalid.fields"),
        (body(show, "1", price="1"), 422, "invalid.fields"),
        (f'{{"event":"{event}","items":[]}}'.encode(), 422, "purchase.nothing_chosen"),
        (f'{{"event":"{event}"}}'.encode(), 422, "invalid.fields"),
        (
            f'{{"event":"{event}","items":[{TYPE % (unknown, 1)}]}}'.encode(),
            422,
            "purchase.unknown_ticket_type",
        ),
        (
            f'{{"event":"{event}","items":[{TYPE % (elsewhere.types[0], 1)}]}}'.encode(),
            422,
            "purchase.unknown_ticket_type",
        ),
        (f'{{"event":"nowhere","items":[{TYPE % (show.types[0], 1)}]}}'.encode(), 404, "events.not_found"),
        (f'{{"event":"{unknown}","items":[{TYPE % (show.types[0], 1)}]}}'.encode(), 404, "events.not_found"),
        (
            f'{{"event":"{event}","items":[{",".join([TYPE % (show.types[0], 1)] * 500)}]}}'.encode(),
            422,
            "purchase.unknown_ticket_type",
        ),
        (b'{"event":"a\\u0000b","items":[]}', 422, "request.unstorable_text"),
        (b'{"event":"\\ud800","items":[]}', 422, "request.unstorable_text"),
        (b'{"event":"\xff","items":[]}', 400, "request.unreadable"),
        (b"", 400, "request.unreadable"),
        (b"{", 400, "request.unreadable"),
        (b"null", 422, "invalid.fields"),
        (b"[" * 100_000, 422, "invalid.fields"),
        (b'{"event":' * 20_000, 422, "invalid.fields"),
        (b" " * (256 * 1024 + 1), 413, "request.too_long"),
    ]


async def test_hostile_holds_are_refused_alike_and_change_nothing(assembly: Assembly) -> None:
    show, elsewhere = await put_on_sale(assembly), await put_on_sale(assembly)
    before = await counts(assembly)
    async with program(assembly) as fast, program(assembly, with_lean=False) as slow:
        for sent, status, code in table(show, elsewhere):
            answers = [await client.post(HOLDS, content=sent) for client in (fast, slow)]
            first, second = (comparable(answer) for answer in answers)
            assert first == second, sent[:80]
            assert answers[0].status_code == status, (sent[:80], answers[0].text[:300])
            said = answers[0].json()
            assert said["code"] == code, (sent[:80], said)
            assert said["detail"]
            assert said["type"] == f"/problems/{code}"
    assert await counts(assembly) == before


def comparable(answer: httpx2.Response) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer but its name, which is each time another, and how it was packed."""
    own = ("x-request-id", "content-encoding", "content-length", "vary")
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, answer.content, headers


async def test_the_misfit_field_is_named(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with program(assembly) as client:
        for sent, field in (
            (body(show, "true"), "items.0.quantity"),
            (body(show, "1", price="1"), "price"),
            (b'{"event":"x"}', "items"),
            (b'{"event":"x","items":[{"quantity":1}]}', "items.0.ticket_type_id"),
            (b'{"event":"x","items":[{"ticket_type_id":"x","quantity":1}]}', "items.0.ticket_type_id"),
        ):
            said = (await client.post(HOLDS, content=sent)).json()
            assert [one["field"] for one in said["problems"]] == [field], said


@pytest.mark.parametrize("with_lean", [True, False])
async def test_the_same_key_is_the_same_hold(assembly: Assembly, with_lean: bool) -> None:
    show = await put_on_sale(assembly)
    async with program(assembly, with_lean=with_lean) as client:
        key = {"idempotency-key": "basket 1".replace(" ", "-")}
        first = await client.post(HOLDS, content=body(show, "2"), headers=key)
        again = await client.post(HOLDS, content=body(show, "2"), headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        other = await client.post(HOLDS, content=body(show, "3"), headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
        for bad in ("", "a" * 256, "with space", "é"):
            answer = await client.post(
                HOLDS, content=body(show, "1"), headers=[(b"idempotency-key", bad.encode())]
            )
            assert answer.json()["code"] == "idempotency.bad_key", bad
        signed_in = {**key, **await bearer(assembly, person_of(show))}
        theirs = await client.post(HOLDS, content=body(show, "2"), headers=signed_in)
        assert theirs.json()["token"] != first.json()["token"]
    after = await counts(assembly)
    assert (after["holds"], after["places"]) == (2, 4)


def person_of(show: OnSale) -> UUID:
    """The owner of the event."""
    assert show.owner.person_id is not None
    return show.owner.person_id


async def test_both_ways_hold_with_the_same_answer(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Seat", 1234, 4))
    async with program(assembly) as fast, program(assembly, with_lean=False) as slow:
        first, second = [(await client.post(HOLDS, content=body(show, "2"))) for client in (fast, slow)]
        assert first.status_code == second.status_code == 201
        own = ("token", "held_until", "checkout_url")
        shown, other = ({k: v for k, v in one.json().items() if k not in own} for one in (first, second))
        assert shown == other
        assert shown["total"] == {"currency": "EUR", "minor": 2468}
        for client in (fast, slow):
            answer = await client.post(HOLDS, content=body(show, "1"))
            assert (answer.status_code, answer.json()["code"]) == (409, "inventory.sold_out")
    await onsale.must_hold(assembly.database)


async def test_scans_are_answered_alike(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    door = await bearer(assembly, door_of(show))
    scan = {"scan_id": str(uuid7()), "event_id": str(show.event_id), "code": "T1:NONSENSE", "door": "Main"}
    async with program(assembly) as fast, program(assembly, with_lean=False) as slow:
        for headers, sent in (
            ({}, scan),
            (door, scan),
            (door, {**scan, "door": ""}),
            (door, {**scan, "event_id": str(UUID(int=1))}),
            (door, {**scan, "more": 1}),
            (door, {**scan, "code": 7}),
            (door, {**scan, "code": ""}),
            ({**door, "sec-fetch-site": "cross-site", "cookie": "admitone=x"}, scan),
            ({"cookie": "admitone-guest=x"}, scan),
        ):
            answers = [
                await client.post(SCANS, content=json.dumps(sent).encode(), headers=headers)
                for client in (fast, slow)
            ]
            assert comparable(answers[0]) == comparable(answers[1]), sent
            assert answers[0].status_code != 500


def door_of(show: OnSale) -> UUID:
    """Door staff of the event."""
    assert show.door.person_id is not None
    return show.door.person_id


async def test_an_events_page_in_memory_is_the_page_the_framework_gives(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with program(assembly) as fast, program(assembly, with_lean=False) as slow:
        known = {"cookie": "admitone-guest=somebody"}
        pages = [await one.get(f"/e/{show.slug}", headers=known) for one in (fast, fast, slow)]
        assert comparable(pages[0]) == comparable(pages[1]) == comparable(pages[2])
        assert pages[1].headers["cache-control"] == "public, no-cache"
        tag = pages[1].headers["etag"]
        assert (await fast.get(f"/e/{show.slug}", headers={**known, "if-none-match": tag})).status_code == 304


async def test_a_visitor_is_told_apart_once_and_never_through_a_shared_cache(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    for with_lean in (True, False):
        async with program(assembly, with_lean=with_lean) as visitor, program(assembly) as other:
            await other.get(f"/e/{show.slug}")
            visitor.cookies.clear()
            first, second = [await visitor.get(f"/e/{show.slug}") for _ in range(2)]
            assert first.headers["cache-control"] == "no-store"
            assert first.headers["set-cookie"].startswith("admitone-guest=")
            assert "HttpOnly" in first.headers["set-cookie"]
            assert first.headers["set-cookie"] != (await other.get("/events")).headers.get("set-cookie")
            assert second.headers["cache-control"] == "public, no-cache"
            assert "set-cookie" not in second.headers
            assert first.text == second.text
