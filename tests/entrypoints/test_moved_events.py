"""An event that is moved after tickets were sold: everybody with a ticket is told once, whatever fails meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
import icalendar
import pytest
from sqlalchemy import text

from admitone import migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.entrypoints.pages import links
from admitone.flows.reactions import REACTIONS
from admitone.plumbing import failpoints
from admitone.settings import Settings
from admitone.values.clock import FrozenClock, SystemClock
from tests.support.letters_kept import kept, react
from tests.support.onsale import FREE, OnSale, must_hold, place, put_on_sale
from tests.support.organiser_desk import INPUT, said
from tests.support.site import bearer, browser


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Assembly]:
    """A site whose clock moves when a test moves it."""
    settings = Settings(
        home=tmp_path, base_url="http://testserver", allowed_hosts=("testserver",), development=True
    )
    clock = FrozenClock(SystemClock().now())
    built = await assemble(
        settings, OpenDatabase(database_url, None), migrations.APP_ROLE, clock=clock, name="moved"
    )
    yield built
    await built.close()


@pytest.fixture
async def show(site: Assembly) -> OnSale:
    return await put_on_sale(site, FREE)


def _later(site: Assembly, seconds: float) -> None:
    assert isinstance(site.clock, FrozenClock)
    site.clock.move(seconds=seconds)


@asynccontextmanager
async def _desk(site: Assembly, show: OnSale) -> AsyncIterator[httpx2.AsyncClient]:
    assert show.owner.person_id is not None
    async with browser(site) as client:
        client.headers.update(await bearer(site, show.owner.person_id))
        yield client


def _editor(show: OnSale) -> str:
    return links.managed_event(f"o-{show.organiser_id.hex}", str(show.event_id), "edit")


async def _save(client: httpx2.AsyncClient, show: OnSale, section: str, **changes: str) -> str:
    """Send one section of the editor as it stands there, with these changes; the editor afterwards."""
    url = _editor(show)
    page = (await client.get(url)).text
    form = page[page.index(f'action="{url}/{section}"') :].partition("</form>")[0]
    fields = dict(INPUT.findall(form)) | changes
    if section == "when":
        fields.setdefault("zone", "Europe/Berlin")
    sent = await client.post(f"{url}/{section}", data=fields)
    assert sent.status_code == 303, sent.text
    return said(await client.get(url))


async def _tell(site: Assembly) -> int:
    """The worker, once the minutes in which edits are gathered are over; how many moves were announced so far."""
    _later(site, 301)
    while await site.telling.close_due():
        pass
    return await react(site, "events.moved", "tell_moved")


def _entry(ics: bytes) -> tuple[str, int, object]:
    """UID, SEQUENCE and start of the one entry."""
    [entry] = icalendar.Calendar.from_ical(ics).walk("VEVENT")
    return str(entry["UID"]), int(str(entry["SEQUENCE"])), entry.decoded("DTSTART")


async def test_everybody_with_a_ticket_is_told_once_what_changed(site: Assembly, show: OnSale) -> None:
    for email in ("ada@example.org", "ada@example.org", "bea@example.org"):
        await place(site, show, email=email)
    await react(site, "orders.paid", "send_tickets")
    [first, *_] = await kept(site, "tickets")
    async with _desk(site, show) as client:
        before = said(await client.get(_editor(show)))
        assert before.count("2 ticket holders will be told by mail what changes here.") == 2
        async with site.database.reading() as reader:
            starts_at = (await reader.execute(text("SELECT starts_at FROM events_event"))).scalar_one()
        local = starts_at + timedelta(days=1)
        after = await _save(
            client,
            show,
            "when",
            starts=f"{local:%Y-%m-%d}T21:30",
            ends=f"{local:%Y-%m-%d}T23:30",
            doors=f"{local:%Y-%m-%d}T20:30",
        )
        assert "Saved. 2 ticket holders are told by mail, in five minutes at most." in after
        await _save(client, show, "where", venue_name="The New Foundry", kind="venue")
        assert await site.telling.close_due() == 0, "edits are gathered first"
        # Whoever buys now has seen the new time and place.
        await place(site, show, email="cleo@example.org")
    assert await _tell(site) == 1
    letters = await kept(site, "moved")
    assert [one.to_email for one in letters] == ["ada@example.org", "ada@example.org", "bea@example.org"]
    for letter in letters:
        assert letter.subject == "Changed: Furnace Night"
        assert letter.reply_to == "hello@example.org"
        assert f"{local.day} {local:%B %Y}, 21:30, Berlin time (UTC+" in letter.plain
        assert "Starts, now:" in letter.plain
        assert f"(before: {starts_at:%A} {starts_at.day} {starts_at:%B %Y}," in letter.plain
        assert "The New Foundry, 14 Foundry Road, Berlin" in letter.plain
        assert "(before: The Old Foundry, 14 Foundry Road, Berlin)" in letter.plain
        assert letter.file(".pdf").startswith(b"%PDF")
        was, now = _entry(first.file(".ics")), _entry(letter.file(".ics"))
        assert now[0] == was[0]
        assert now[1] > was[1]
        assert now[2] != was[2]
    assert await _tell(site) == 1
    assert len(await kept(site, "moved")) == 3
    await must_hold(site.database)


async def test_what_is_changed_back_and_what_nobody_goes_by_is_told_to_nobody(
    site: Assembly, show: OnSale
) -> None:
    await place(site, show, email="ada@example.org")
    async with _desk(site, show) as client:
        said_first = await _save(client, show, "where", venue_name="Elsewhere", kind="venue")
        assert "Saved. 1 ticket holder is told by mail" in said_first
        back = await _save(client, show, "where", venue_name="The Old Foundry", kind="venue")
        assert "Ticket holders know it like this, so nobody is told." in back
        look = await _save(client, show, "look", accent="pine", poster_style="arcs")
        assert "told" not in look.split("Saved.")[1].partition("</p>")[0]
    assert await _tell(site) == 0
    assert await kept(site, "moved") == []


async def test_nobody_is_promised_a_letter_when_nobody_has_a_ticket(site: Assembly, show: OnSale) -> None:
    async with _desk(site, show) as client:
        assert "will be told by mail" not in said(await client.get(_editor(show)))
        saved = await _save(client, show, "where", venue_name="Elsewhere", kind="venue")
        assert "told" not in saved.split("Saved.")[1].partition("</p>")[0]
    assert await _tell(site) == 1
    assert await kept(site, "moved") == []


async def test_a_move_after_the_letter_has_a_letter_of_its_own(site: Assembly, show: OnSale) -> None:
    await place(site, show, email="ada@example.org")
    async with _desk(site, show) as client:
        for number, venue in enumerate(("First Hall", "Second Hall"), start=1):
            await _save(client, show, "where", venue_name=venue, kind="venue")
            assert await _tell(site) == number
    first, second = sorted(await kept(site, "moved"), key=lambda one: "Second Hall" in one.plain)
    assert "(before: The Old Foundry, 14 Foundry Road, Berlin)" in first.plain
    assert "(before: First Hall, 14 Foundry Road, Berlin)" in second.plain


async def test_the_link_of_an_online_event_is_in_no_letter_and_not_in_the_journal(site: Assembly) -> None:
    show = await put_on_sale(site, FREE, online_url="https://meet.example/old-secret")
    await place(site, show, email="ada@example.org")
    async with _desk(site, show) as client:
        url = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}"
        changed = await client.patch(url, json={"online_url": "https://meet.example/new-secret"})
        assert changed.status_code == 200, changed.text
    assert await _tell(site) == 1
    [letter] = await kept(site, "moved")
    assert "A new link; it is on your order page" in letter.plain
    assert "secret" not in letter.plain
    async with site.database.reading() as reader:
        bodies = (await reader.execute(text("SELECT body::text FROM journal_fact"))).scalars().all()
    assert "secret" not in " ".join(bodies)


async def test_telling_goes_on_after_a_crash_and_repeats_nothing(site: Assembly, show: OnSale) -> None:
    for number in range(4):
        await place(site, show, email=f"b{number}@example.org")
    async with _desk(site, show) as client:
        await _save(client, show, "where", venue_name="Elsewhere", kind="venue")
    _later(site, 301)
    assert await site.telling.close_due() == 1
    failpoints.arm("reaction.before_commit:raise@3")
    try:
        with pytest.raises(failpoints.FailpointHit):
            await react(site, "events.moved", "tell_moved")
    finally:
        failpoints.arm("")
    assert len(await kept(site, "moved")) == 2
    await react(site, "events.moved", "tell_moved")
    await react(site, "events.moved", "tell_moved")
    assert [one.to_email for one in await kept(site, "moved")] == [f"b{n}@example.org" for n in range(4)]


async def test_two_workers_close_a_move_once(site: Assembly, show: OnSale) -> None:
    await place(site, show, email="ada@example.org")
    async with _desk(site, show) as client:
        await _save(client, show, "where", venue_name="Elsewhere", kind="venue")
    _later(site, 301)
    await asyncio.gather(*(site.telling.close_due() for _ in range(4)))
    assert await react(site, "events.moved", "tell_moved") == 1
    assert REACTIONS["events.moved"] == ("tell_moved",)
    assert len(await kept(site, "moved")) == 1


async def test_tickets_taken_back_before_the_letter_are_not_told(site: Assembly, show: OnSale) -> None:
    order = await place(site, show, email="ada@example.org")
    async with _desk(site, show) as client:
        await _save(client, show, "where", venue_name="Elsewhere", kind="venue")
    await site.refunding.take_back(show.owner, show.organiser_id, order.code)
    assert await _tell(site) == 1
    assert await kept(site, "moved") == []
