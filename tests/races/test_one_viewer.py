"""One ticket on many screens in one moment: one of them watches, and the ticket is admitted once."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.flows.watch_stream import WatchState
from admitone.settings import Settings
from admitone.streams import WatchedElsewhere
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from tests.support.online import join, on_now, silent, ticket_of
from tests.support.onsale import must_hold

SCREENS = 8
REPEATS = 6


async def tried(site: Assembly, ticket_id: UUID, session_id: UUID, instead_of: UUID | None) -> str:
    try:
        found = await site.watching.join(
            Actor.guest(), ticket_id, session_id, "A program", instead_of=instead_of
        )
    except WatchedElsewhere:
        return "elsewhere"
    return found.state.value


@pytest.mark.parametrize("begins", ["fresh", "taken over", "silent"])
async def test_of_many_screens_one_watches(
    assembly: Assembly, database_url: str, settings: Settings, begins: str
) -> None:
    # Two processes share nothing but the database.
    other = await assemble(settings, OpenDatabase(database_url, None), migrations.APP_ROLE, name="other")
    show = await on_now(assembly)
    try:
        for _ in range(REPEATS):
            ticket = await ticket_of(assembly, show, email=f"{uuid7().hex}@example.org")
            before = None if begins == "fresh" else (await join(assembly, ticket))[0]
            if begins == "silent":
                await silent(assembly, ticket.id)
            instead_of = before if begins == "taken over" else None
            screens = [uuid7() for _ in range(SCREENS)]
            said = await asyncio.gather(
                *(
                    tried((assembly, other)[at % 2], ticket.id, screen, instead_of)
                    for at, screen in enumerate(screens)
                )
            )
            counted = Counter(said)
            assert counted["watching"] == 1, counted
            states = [(await assembly.watching.look(ticket.id, screen)).state for screen in screens]
            assert states.count(WatchState.WATCHING) == 1
            assert states.index(WatchState.WATCHING) == said.index("watching")
    finally:
        await other.close()
    async with assembly.database.reading() as reader:
        admitted = "SELECT count(*), count(DISTINCT ticket_id) FROM checkin_scan WHERE verdict = 'admitted'"
        assert tuple((await reader.execute(text(admitted))).one()) == (REPEATS, REPEATS)
    await must_hold(assembly.database)
