"""Events over REST: the whole way from a draft to a sale, refusals, and nobody else's events."""

import itertools
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from admitone import accounts
from admitone.assembly import Assembly
from admitone.entrypoints.rest import organiser_events
from admitone.values.actor import Role
from admitone.values.ids import uuid7
from tests.support.site import bearer, program

NEW: dict[str, Any] = {
    "title": "Harbour Night",
    "summary": "One long evening.",
    "currency": "EUR",
    "zone": "Europe/Berlin",
    "venue_name": "Pier 3",
    "city": "Hamburg",
    "starts_at": "2030-12-04T20:00:00+01:00",
    "ends_at": "2030-12-04T23:00:00Z",
}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody signed in, and their organiser."""

    organiser_id: UUID
    headers: dict[str, str]

    @property
    def url(self) -> str:
        return f"/api/v1/organisers/{self.organiser_id}/events"


@pytest.fixture
async def http(assembly: Assembly) -> AsyncIterator[httpx2.AsyncClient]:
    async with program(assembly) as client:
        yield client


async def member(assembly: Assembly, name: str, role: Role = Role.OWNER, of: UUID | None = None) -> Member:
    """Somebody with this role, in an organiser of their own unless one is given."""
    now = assembly.clock.now()
    async with assembly.database.transaction() as tx:
        person_id, _ = await accounts.arrive(tx, f"{name}@people.example", name, now)
        organiser_id = of or uuid7()
        if of is None:
            await accounts.create_organiser(tx, organiser_id, name, name, "x@y.example", person_id, now)
        else:
            await accounts.add_member(tx, organiser_id, person_id, role, now)
    return Member(organiser_id, await bearer(assembly, person_id))


async def on_sale(http: httpx2.AsyncClient, who: Member) -> tuple[str, str, str]:
    """An event on sale: its id, its ticket type's, its shared pool's."""
    event = (await http.post(who.url, json=NEW, headers=who.headers)).json()["id"]
    url = f"{who.url}/{event}"
    pool = (
        await http.post(f"{url}/pools", json={"name": "Hall", "capacity": 9}, headers=who.headers)
    ).json()["id"]
    body = {"name": "Standard", "price_minor": 2500, "capacity": 5, "shared_pool_ids": [pool]}
    kind = (await http.post(f"{url}/ticket-types", json=body, headers=who.headers)).json()["id"]
    assert (await http.post(f"{url}/publish", headers=who.headers)).status_code == 200
    return event, kind, pool


async def everything(assembly: Assembly) -> list[str]:
    """All rows about events, to see that nothing changed."""
    found: list[str] = []
    async with assembly.database.reading() as reader:
        for table in (
            "events_event",
            "events_ticket_type",
            "inventory_pool",
            "inventory_draw",
            "journal_fact",
        ):
            rows = await reader.execute(text(f"SELECT CAST(t AS text) FROM {table} t ORDER BY 1"))
            found += rows.scalars()
    return found


async def test_an_event_goes_from_draft_to_the_public_list(
    assembly: Assembly, http: httpx2.AsyncClient
) -> None:
    who = await member(assembly, "ann")
    made = await http.post(who.url, json=NEW, headers=who.headers)
    assert made.status_code == 201
    draft = made.json()
    assert (draft["state"], draft["slug"], draft["starts_at"]) == (
        "draft",
        "harbour-night",
        "2030-12-04T19:00:00Z",
    )
    url = f"{who.url}/{draft['id']}"
    refused = await http.post(f"{url}/publish", headers=who.headers)
    assert (refused.status_code, [one["data"]["item"] for one in refused.json()["problems"]]) == (
        422,
        ["ticket_types"],
    )
    assert (await http.get("/api/v1/events/harbour-night")).status_code == 404
    body = {"name": "Standard", "price_minor": 2500, "capacity": 5}
    kind = (await http.post(f"{url}/ticket-types", json=body, headers=who.headers)).json()
    assert (kind["capacity"], kind["left"], kind["number"], kind["state"]) == (5, 5, 1, "draft")
    assert (await http.post(f"{url}/publish", headers=who.headers)).json()["state"] == "on_sale"
    (listed,) = (await http.get("/api/v1/events?q=harbour")).json()["items"]
    assert (listed["slug"], listed["from_price"]) == ("harbour-night", {"currency": "EUR", "minor": 2500})
    public = (await http.get("/api/v1/events/harbour-night")).json()
    assert "online_url" not in public
    assert [(one["name"], one["left"], one["most"], one["state"]) for one in public["ticket_types"]] == [
        ("Standard", 5, 5, "on_sale")
    ]


async def test_a_change_keeps_what_it_does_not_name(assembly: Assembly, http: httpx2.AsyncClient) -> None:
    who = await member(assembly, "ann")
    event, kind, pool = await on_sale(http, who)
    url = f"{who.url}/{event}"
    before = (await http.get(url, headers=who.headers)).json()
    changed = await http.patch(url, json={"summary": "Longer."}, headers=who.headers)
    assert changed.status_code == 200
    assert changed.json()["title"] == "Harbour Night"
    assert changed.json()["terms_version"] == before["event"]["terms_version"]
    lost = await http.patch(
        url, json={"summary": "x", "revision": before["event"]["revision"]}, headers=who.headers
    )
    assert (lost.status_code, lost.json()["code"]) == (409, "events.lost_update")
    dearer = await http.patch(f"{url}/ticket-types/{kind}", json={"price_minor": 3000}, headers=who.headers)
    shown = dearer.json()
    assert (shown["price_minor"], shown["capacity"], shown["shared_pool_ids"]) == (3000, 5, [pool])
    larger = await http.patch(f"{url}/pools/{pool}", json={"capacity": 12}, headers=who.headers)
    assert larger.json() == {"id": pool, "name": "Hall", "capacity": 12, "held": 0, "sold": 0}
    after = (await http.get(url, headers=who.headers)).json()
    assert after["event"]["terms_version"] == before["event"]["terms_version"] + 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"currency": "XXX"}, "currency"),
        ({"starts_at": "2030-12-04T20:00:00"}, "starts_at"),
        ({"starts_at": 1_900_000_000}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
        ({"ends_at": "2030-12-04T19:00:00Z"}, "ends_at"),
        ({"fee_bps": 1.5}, "fee_bps"),
        ({"fee_bps": "1e3"}, "fee_bps"),
        ({"fee_bps": True}, "fee_bps"),
        ({"fee_fixed_minor": -1}, "fee_fixed_minor"),
        ({"tax_bps": 10**30}, "tax_bps"),
        ({"state": "on_sale"}, "state"),
        ({"organiser_id": "x"}, "organiser_id"),
    ],
)
async def test_what_cannot_be_right_is_refused_and_nothing_is_made(
    assembly: Assembly, http: httpx2.AsyncClient, changes: dict[str, Any], field: str
) -> None:
    who = await member(assembly, "ann")
    before = await everything(assembly)
    answer = await http.post(who.url, json=NEW | changes, headers=who.headers)
    assert answer.status_code == 422
    problem = answer.json()
    fields = [one["field"] for one in problem.get("problems", [problem])]
    assert fields == [field]
    assert await everything(assembly) == before


def routes() -> list[tuple[str, str]]:
    """Every method and path of the organiser's events, below /api/v1."""
    found = []
    for route in organiser_events.router.routes:
        found += [(method, route.path) for method in sorted(route.methods)]  # type: ignore[attr-defined]
    return found


BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", ""): NEW,
    ("PATCH", "/{event_id}"): {"summary": "Mine now."},
    ("POST", "/{event_id}/ticket-types"): {"name": "Mine", "price_minor": 1, "capacity": 1},
    ("PATCH", "/{event_id}/ticket-types/{type_id}"): {"price_minor": 1},
    ("POST", "/{event_id}/pools"): {"name": "Mine", "capacity": 1},
    ("PATCH", "/{event_id}/pools/{pool_id}"): {"capacity": 1000},
}


@pytest.mark.parametrize(("method", "path"), routes())
async def test_no_route_touches_another_organisers_event(
    assembly: Assembly, http: httpx2.AsyncClient, method: str, path: str
) -> None:
    mine, theirs = await member(assembly, "ann"), await member(assembly, "bob")
    door = await member(assembly, "dan", Role.DOOR, of=theirs.organiser_id)
    own = await on_sale(http, mine)
    foreign = await on_sale(http, theirs)
    before = await everything(assembly)
    body = BODIES.get((method, path.removeprefix("/organisers/{organiser_id}/events")))
    below = path.removeprefix("/organisers/{organiser_id}/events")
    names = [name for name in ("event_id", "type_id", "pool_id") if f"{{{name}}}" in below]
    at = {"event_id": 0, "type_id": 1, "pool_id": 2}

    async def ask(organiser_id: UUID, headers: dict[str, str], ids: dict[str, str]) -> httpx2.Response:
        url = f"/api/v1/organisers/{organiser_id}/events" + re.sub(r"\{(\w+)\}", lambda m: ids[m[1]], below)
        return await http.request(method, url, json=body, headers=headers)

    theirs_all = {name: foreign[at[name]] for name in names}
    # As a stranger to the organiser: known, but not allowed. As nobody: sign in first.
    assert (await ask(theirs.organiser_id, mine.headers, theirs_all)).status_code == 403
    assert (await ask(theirs.organiser_id, {}, theirs_all)).status_code == 401
    if method != "GET" or below.endswith("/sales"):
        assert (await ask(theirs.organiser_id, door.headers, theirs_all)).status_code == 403
    # Through one's own organiser, with any mix of own and foreign ids that has a foreign one: not there.
    for mix in itertools.product((False, True), repeat=len(names)):
        if not any(mix):
            continue
        ids = {
            name: (foreign if is_foreign else own)[at[name]]
            for name, is_foreign in zip(names, mix, strict=True)
        }
        assert (await ask(mine.organiser_id, mine.headers, ids)).status_code == 404
    assert await everything(assembly) == before


async def test_the_same_key_makes_one_draft(assembly: Assembly, http: httpx2.AsyncClient) -> None:
    who = await member(assembly, "ann")
    headers = who.headers | {"idempotency-key": "once"}
    first, second = [await http.post(who.url, json=NEW, headers=headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    other = await http.post(who.url, json=NEW | {"title": "Other"}, headers=headers)
    assert other.status_code == 422
    listed = (await http.get(who.url, headers=who.headers)).json()["items"]
    assert [one["id"] for one in listed] == [first.json()["id"]]
