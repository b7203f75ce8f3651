"""Somebody signed in at an organiser's pages, using their forms as a browser without script does."""

import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
from sqlalchemy import text

from admitone import accounts
from admitone.assembly import Assembly
from admitone.plumbing.database import Transaction
from admitone.values.actor import Role
from admitone.values.ids import uuid7
from tests.support.site import browser

INPUT = re.compile(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Desk:
    """A browser in which somebody is signed in, and their organiser's address."""

    client: httpx2.AsyncClient
    slug: str

    @property
    def base(self) -> str:
        return f"/organiser/{self.slug}"

    async def fields(self, page: str) -> dict[str, str]:
        """The last value of every named input of a page."""
        return dict(INPUT.findall((await self.client.get(page)).text))

    async def send(self, page: str, url: str, fields: Mapping[str, str]) -> httpx2.Response:
        """Post a form that stands on `page`, with its token."""
        token = (await self.fields(page))["csrf"]
        return await self.client.post(url, data={**fields, "csrf": token})


@asynccontextmanager
async def desk(
    assembly: Assembly, name: str, role: Role = Role.OWNER, of: str | None = None
) -> AsyncIterator[Desk]:
    """Sign somebody in."""

    async def story(tx: Transaction) -> tuple[str, str]:
        now = assembly.clock.now()
        person_id, _ = await accounts.arrive(tx, f"{name}@people.example", name, now)
        if of is None:
            await accounts.create_organiser(tx, uuid7(), name, name, "x@y.example", person_id, now)
        else:
            organiser = await accounts.organiser_by_slug(tx, of)
            await accounts.add_member(tx, organiser.id, person_id, role, now)
        return (await accounts.begin(tx, person_id, "password", "A browser", now)).token, of or name

    token, slug = await assembly.database.run(story)
    async with browser(assembly) as client:
        client.cookies.set("admitone", token)
        yield Desk(client, slug)


DRAFT = {
    "title": "Harbour Night",
    "category": "music",
    "currency": "EUR",
    "zone": "Europe/Berlin",
    "starts": "2030-12-04T20:00",
    "ends": "2030-12-04T23:00",
}
TYPE = {
    "name": "Standard",
    "price": "25.00",
    "capacity": "5",
    "per_person_limit": "4",
    "is_offered": "1",
}


async def drafted(who: Desk, **changes: str) -> str:
    """Make a draft by its form; the address of its editor."""
    made = await who.send(f"{who.base}/new-event", f"{who.base}/new-event", DRAFT | changes)
    assert made.status_code == 303
    return made.headers["location"]


async def on_sale(who: Desk, **changes: str) -> str:
    """Put an online event on sale, with five places of its one ticket type; the address of its editor."""
    edit = await drafted(who, **changes)
    sections = {
        "basics": DRAFT | {"summary": "One evening.", "slug": "harbour"},
        "where": {"kind": "online", "online_url": "https://meet.example/secret"},
        "types": TYPE,
        "publish": {},
    }
    for section, fields in sections.items():
        assert (await who.send(edit, f"{edit}/{section}", fields)).status_code == 303, section
    return edit


async def stored(assembly: Assembly, column: str) -> object:
    """This of the only event."""
    async with assembly.database.reading() as reader:
        return (await reader.execute(text(f"SELECT {column} FROM events_event"))).scalar_one()


def said(page: httpx2.Response) -> str:
    """The page as somebody reads it."""
    return html.unescape(page.text)
