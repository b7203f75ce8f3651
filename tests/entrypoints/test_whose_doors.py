"""Every address of an organiser and of the site, asked by those it is not for; and forms nobody of ours has sent.

What is not named here is refused to everybody but the team, so a new route is either closed or named.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
from fastapi.routing import APIRoute

from admitone import accounts, orders
from admitone.assembly import Assembly
from admitone.entrypoints import routers
from admitone.entrypoints.http import API
from admitone.plumbing.database import Transaction
from admitone.values.actor import Role
from admitone.values.ids import uuid7
from tests.support.credits import gift
from tests.support.onsale import OnSale, buy, person, put_on_sale
from tests.support.site import bearer, browser, counts

PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
CLOSED = {401, 403, 404}
OF_SOMEBODY = re.compile(r"/(organisers?/\{|site(/|$))")
DOOR_MAY = {
    "GET /api/v1/organisers/{organiser_id}",
    "GET /api/v1/organisers/{organiser_id}/events",
    "GET /api/v1/organisers/{organiser_id}/events/{event_id}",
    "GET /api/v1/organisers/{organiser_id}/events/{event_id}/scans",
    "GET /api/v1/organisers/{organiser_id}/events/{event_id}/guests",
    "GET /organiser/{organiser}",
    "GET /organiser/{organiser}/events/{event_id}",
    "GET /organiser/{organiser}/events/{event_id}/preview",
}
# What an organiser has, as parameters of paths.
THINGS = ("event_id", "type_id", "pool_id", "code", "credit_id", "batch_id")
# The refusal is a sentence on the next page.
SAID_ON_THE_NEXT_PAGE = {"POST /organiser/{organiser}/payouts"}
# Bodies that fit, for routes that look at whose they are after they have read them.
FIT: dict[str, dict[str, Any]] = {
    "/gift-codes": {"currency": "EUR", "amount_minor": 500},
    "/fee-agreements": {"platform": {"bps": 1}, "processing": {"bps": 1}},
    "/payout-terms": {"delay_days": 1, "reserve_bps": 0, "reserve_days": 0},
    "/site/payouts/file": {"name": "A site", "iban": "DE89370400440532013000"},
    "/changes": {"tickets": [str(uuid7())], "event_id": str(uuid7()), "ticket_type_id": str(uuid7())},
    "/orders/{code}/documents": {"name": "A", "address": "B 1", "city": "C", "country": "DE"},
}


@dataclass(frozen=True, slots=True)
class Door:
    """A route: how it is asked, and its path as it was written."""

    method: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def doors() -> Iterator[Door]:
    """Every route of ours."""
    for prefix, group in ((API, routers.API), ("", routers.OTHERS)):
        for router in group:
            for route in router.routes:
                assert isinstance(route, APIRoute)
                for method in sorted(route.methods or ()):
                    yield Door(method, prefix + route.path)


async def ask(
    client: httpx2.AsyncClient, door: Door, known: dict[str, str], headers: dict[str, str]
) -> httpx2.Response:
    """Ask it about what exists, with a body that fits as far as we know one."""

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        return known.get(name, str(uuid7()) if name.endswith("id") else "x")

    url = PARAMETER.sub(fill, door.path)
    if door.method in ("GET", "DELETE"):
        return await client.request(door.method, url, headers=headers)
    if not door.path.startswith(API):
        return await client.post(url, data={"x": "y"}, headers=headers)
    body = next((body for end, body in FIT.items() if door.path.endswith(end)), {})
    return await client.request(door.method, url, json=body, headers=headers)


def is_closed(door: Door, answer: httpx2.Response) -> bool:
    """Nothing of what is behind it was said or done."""
    if answer.status_code == 303:
        return answer.headers["location"].startswith("/sign-in")
    if answer.status_code == 422:
        # What fits nothing is refused before anybody asks whose it would be; but these bodies fit.
        return not door.path.endswith(tuple(FIT))
    return answer.status_code in CLOSED


async def sold(site: Assembly) -> tuple[OnSale, dict[str, str]]:
    """An organiser with an order and a gift code, and what the parameters of its routes are."""
    show = await put_on_sale(site)
    order_id = (await buy(site, show)).attempt.order_id
    given = await gift(site, show)
    async with site.database.reading() as reader:
        order = await orders.by_id(reader, order_id)
        slug = (await accounts.organiser(reader, show.organiser_id)).slug
    names: dict[str, UUID | str | None] = {
        "organiser_id": show.organiser_id,
        "organiser": slug,
        "slug": slug,
        "event_id": show.event_id,
        "type_id": show.types[0],
        "pool_id": show.pools[0],
        "code": order.code,
        "credit_id": given.id,
        "batch_id": given.batch_id,
        "what": "sent",
        "verb": "pause",
        "form": "csv",
        "ending": "pdf",
        "currency": "EUR",
    }
    return show, {name: str(value) for name, value in names.items()}


async def test_every_address_of_an_organiser_and_of_the_site_is_closed_to_others(assembly: Assembly) -> None:
    show, known = await sold(assembly)
    other = await put_on_sale(assembly)

    async def hire(tx: Transaction) -> UUID:
        made = await person(tx, assembly, "manager@example.org")
        await accounts.add_member(tx, show.organiser_id, made, Role.MANAGER, assembly.clock.now())
        return made

    manager = await bearer(assembly, await assembly.database.run(hire))
    assert other.owner.person_id is not None
    assert show.door.person_id is not None
    stranger = await bearer(assembly, other.owner.person_id)
    doorman = await bearer(assembly, show.door.person_id)
    before = await counts(assembly)
    open_to: list[str] = []
    async with browser(assembly) as client:
        asked = [door for door in doors() if OF_SOMEBODY.search(door.path)]
        assert len(asked) > 200
        for door in asked:
            for who, headers in (("anybody", {}), ("a stranger", stranger), ("the door", doorman)):
                answer = await ask(client, door, known, headers)
                may = who == "the door" and door.name in DOOR_MAY | SAID_ON_THE_NEXT_PAGE
                if not may and not is_closed(door, answer):
                    open_to.append(f"{who}: {door.name}: {answer.status_code}")
            if re.search(r"/site(/|$)", door.path):
                # Whoever works for an organiser does not run the site.
                answer = await ask(client, door, known, manager)
                if not is_closed(door, answer):
                    open_to.append(f"a manager: {door.name}: {answer.status_code}")
    assert open_to == []
    assert await counts(assembly) == before


async def test_what_is_anothers_is_not_found_at_an_organisers_own_address(assembly: Assembly) -> None:
    _, theirs = await sold(assembly)
    other = await put_on_sale(assembly)
    assert other.owner.person_id is not None
    owner = await bearer(assembly, other.owner.person_id)
    async with assembly.database.reading() as reader:
        mine = (await accounts.organiser(reader, other.organiser_id)).slug
    own = {"organiser_id": str(other.organiser_id), "organiser": mine, "slug": mine}
    before = await counts(assembly)
    told: list[str] = []
    async with browser(assembly) as client:
        for known in (theirs | own, theirs | own | {"event_id": str(other.event_id)}):
            foreign = {name for name in THINGS if known[name] == theirs[name]}
            for door in doors():
                if not OF_SOMEBODY.search(door.path) or not foreign & set(PARAMETER.findall(door.path)):
                    continue
                answer = await ask(client, door, known, owner)
                if answer.status_code not in CLOSED | {303, 422} or theirs["slug"] in answer.text:
                    told.append(f"{door.name}: {answer.status_code}")
    assert told == []
    assert await counts(assembly) == before


async def test_a_form_that_is_not_from_a_page_of_ours_is_refused_everywhere(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    assert show.owner.person_id is not None
    token = (await bearer(assembly, show.owner.person_id))["authorization"].split()[1]
    # Its page is the same for all and bears no token: a hold is worth nothing to whoever makes others take one.
    shared = {"/e/{slug}/hold"}
    # Programs of providers and wallets come here, who prove themselves otherwise and have no cookie.
    programs = (API, "/webhooks/", "/uma/", "/api/")
    taken: list[str] = []
    async with browser(assembly) as client:
        client.cookies.set("admitone", token)
        for door in doors():
            if door.method != "POST" or door.path.startswith(programs) or door.path in shared:
                continue
            for where in ("cross-site", "same-site", "same-origin"):
                answer = await ask(client, door, {"what": "sent"}, {"sec-fetch-site": where})
                if answer.status_code != 403:
                    taken.append(f"{where}: {door.path}: {answer.status_code}")
    assert taken == []
