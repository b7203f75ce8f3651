"""An organiser says how an event is watched: by a page and over the API, at any time, and nobody else."""

import html
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from admitone import events, migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.events import StreamRules
from admitone.flows import publish_event
from admitone.plumbing.public_fetch import PublicFetch
from admitone.streams import Sources
from tests.support import organiser_desk as desks
from tests.support.online import MEETING, SECRET, change, join, on_now, origin, shift, ticket_of
from tests.support.onsale import OnSale, put_on_sale
from tests.support.site import bearer, program

FORM = {
    "online_url": MEETING,
    "shown": "auto",
    "opens_minutes": "30",
    "stays_minutes": "45",
    "replay_days": "7",
}


async def stored(site: Assembly, show: OnSale) -> tuple[str | None, StreamRules, int]:
    """The address, the rules, and the version of the offer."""
    async with site.database.reading() as reader:
        event = await events.event(reader, event_id=show.event_id)
        return event.details.online_url, await events.stream_rules(reader, show.event_id), event.terms_version


async def facts(site: Assembly) -> list[Any]:
    async with site.database.reading() as reader:
        rows = await reader.execute(
            text("SELECT body FROM journal_fact WHERE kind = 'events.changed' ORDER BY id")
        )
        return list(rows.scalars())


async def test_a_member_sets_it_by_the_form_and_reads_what_people_get(assembly: Assembly) -> None:
    async with desks.desk(assembly, "foundry") as who:
        edit = await desks.on_sale(who)
        page = edit.replace("/edit", "/stream")
        assert f'href="{page}"' in (await who.client.get(edit)).text
        shown = html.unescape((await who.client.get(page)).text)
        assert "https://meet.example/secret" in shown
        assert "A button opens it as a page of its own." in shown
        revision = (await who.fields(page))["revision"]
        wanted = FORM | {"online_url": "https://youtu.be/dQw4w9WgXcQ", "revision": revision}
        saved = await who.send(page, page, wanted)
        assert (saved.status_code, saved.headers["location"]) == (303, page)
        shown = html.unescape((await who.client.get(page)).text)
        assert "It plays on our page, in the player of YouTube." in shown
        assert "Again until" in shown
        assert await desks.stored(assembly, "online_url") == "https://youtu.be/dQw4w9WgXcQ"
        # A form from before that is refused, and changes nothing.
        late = await who.send(page, page, wanted | {"online_url": MEETING})
        assert late.status_code == 409
        assert "Someone else has changed this event" in html.unescape(late.text)
        assert await desks.stored(assembly, "online_url") == "https://youtu.be/dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("online_url", "http://meet.example", "Write a full web address that begins with https://."),
        ("online_url", "https://127.0.0.1/x.m3u8", "it has to be at a public name and on port 443"),
        ("online_url", "https://localhost:8443/a.m3u8", "it has to be at a public name and on port 443"),
        (
            "online_url",
            "https://video.example.org:8443/a.m3u8",
            "it has to be at a public name and on port 443",
        ),
        ("replay_url", "https://nas.local/a.m3u8", "it has to be at a public name and on port 443"),
        ("online_url", "", "This event has no venue, so it needs an address online."),
        ("opens_minutes", "soon", "Write a whole number in plain digits."),
        ("stays_minutes", "1441", "Choose a whole number from 0 to 1440."),
        ("replay_days", "400", "Choose a whole number from 0 to 365."),
        ("replay_url", "x", "Write a full web address that begins with https://."),
        ("shown", "frame", "Choose one of these: auto, hls, link."),
    ],
)
async def test_what_cannot_be_right_is_said_beside_its_field(
    assembly: Assembly, field: str, typed: str, words: str
) -> None:
    async with desks.desk(assembly, "foundry") as who:
        page = (await desks.on_sale(who)).replace("/edit", "/stream")
        answer = await who.send(page, page, FORM | {field: typed})
        assert answer.status_code == 422
        said = html.unescape(answer.text)
        assert words in said
        assert f'id="e-{field}"' in said
        assert await desks.stored(assembly, "online_url") == "https://meet.example/secret"
        async with assembly.database.reading() as reader:
            assert (await reader.execute(text("SELECT count(*) FROM events_stream"))).scalar_one() == 0


NOT_PUBLIC = "https://video.example.org:8443/a.m3u8"
_FROM_BEFORE = "UPDATE events_event SET online_url = :url"


async def test_a_playlist_from_before_that_is_not_public_stops_no_other_change(assembly: Assembly) -> None:
    """It is refused where it is typed, and where it would be fetched for the first time."""
    words = "it has to be at a public name and on port 443"
    async with desks.desk(assembly, "foundry") as who:
        edit = await desks.drafted(who)
        both = {"kind": "both", "venue_name": "Hall", "city": "Berlin", "online_url": NOT_PUBLIC}
        typed = await who.send(edit, f"{edit}/where", both)
        assert (typed.status_code, words in html.unescape(typed.text)) == (422, True)
        await change(assembly, _FROM_BEFORE, url=NOT_PUBLIC)
        assert (await who.send(edit, f"{edit}/where", both | {"city": "Bonn"})).status_code == 303
        assert await desks.stored(assembly, "city") == "Bonn"
        moved = await who.send(edit, f"{edit}/where", both | {"online_url": f"{NOT_PUBLIC}?2.m3u8"})
        assert moved.status_code == 422
        page = edit.replace("/edit", "/stream")
        kept = FORM | {"online_url": NOT_PUBLIC}
        assert (await who.send(page, page, kept)).status_code == 303
        other = await who.send(page, page, kept | {"replay_url": "https://nas.local/a.m3u8"})
        assert (other.status_code, words in html.unescape(other.text)) == (422, True)
        # As a link nobody fetches it; as a playlist it would be fetched again.
        assert (await who.send(page, page, kept | {"shown": "link"})).status_code == 303
        again = await who.send(page, page, kept | {"shown": "hls"})
        assert (again.status_code, words in html.unescape(again.text)) == (422, True)


async def test_the_editor_keeps_a_place_and_an_address_together(assembly: Assembly) -> None:
    async with desks.desk(assembly, "foundry") as who:
        edit = await desks.drafted(who)
        both = {"kind": "both", "venue_name": "Hall", "city": "Berlin", "online_url": MEETING}
        assert (await who.send(edit, f"{edit}/where", both)).status_code == 303
        assert await desks.stored(assembly, "venue_name") == "Hall"
        assert await desks.stored(assembly, "online_url") == MEETING
        assert 'value="both" checked' in (await who.client.get(edit)).text
        here = both | {"kind": "venue"}
        assert (await who.send(edit, f"{edit}/where", here)).status_code == 303
        assert await desks.stored(assembly, "online_url") is None


async def test_over_the_api_it_is_set_for_the_evening_and_for_afterwards(assembly: Assembly) -> None:
    show = await on_now(assembly)
    ticket = await ticket_of(assembly, show)
    session_id, _ = await join(assembly, ticket)
    path = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}/stream"
    before = await stored(assembly, show)
    assert show.owner.person_id is not None
    assert show.door.person_id is not None
    async with program(assembly) as client:
        client.headers.update(await bearer(assembly, show.owner.person_id))
        read = (await client.get(path)).json()
        assert read == {
            "online_url": SECRET,
            "rules": asdict(StreamRules()),
            "watching_now": 1,
            "revision": read["revision"],
        }
        # The address was wrong: it is another one while people watch.
        put = await client.put(path, json={"online_url": MEETING, "revision": read["revision"]})
        assert put.status_code == 200
        assert (await assembly.watching.look(ticket.id, session_id)).url == MEETING
        await change(assembly, "UPDATE events_event SET state = 'ended' WHERE id = :id", id=show.event_id)
        await shift(assembly, show, timedelta(days=-1))
        again = {"online_url": MEETING, "replay_days": 9, "replay_url": "https://vimeo.com/76979871"}
        assert (await client.put(path, json=again)).json()["rules"] == {
            **asdict(StreamRules()),
            "replay_days": 9,
            "replay_url": "https://vimeo.com/76979871",
        }
        assert (await assembly.watching.look(ticket.id, session_id)).url == "https://vimeo.com/76979871"
        address, rules, version = await stored(assembly, show)
        assert (address, rules.replay_days) == (MEETING, 9)
        assert version == before[2], "nobody who is buying is asked again"
        told = await facts(assembly)
        assert len(told) == 2
        assert "7f3a" not in str(told)
        # The same again is no change.
        assert (await client.put(path, json=again)).status_code == 200
        assert len(await facts(assembly)) == 2
        for wrong, status in (
            ({"online_url": None}, 422),
            ({"online_url": MEETING, "shown": "frame"}, 422),
            ({"online_url": MEETING, "opens_minutes": True}, 422),
            ({"online_url": MEETING, "seal": 1}, 422),
            ({"online_url": MEETING, "revision": read["revision"]}, 409),
        ):
            assert (await client.put(path, json=wrong)).status_code == status, wrong
        await change(assembly, "UPDATE events_event SET state = 'cancelled' WHERE id = :id", id=show.event_id)
        assert (await client.put(path, json=again)).status_code == 409
        for person_id in (show.door.person_id, (await put_on_sale(assembly)).owner.person_id):
            assert person_id is not None
            client.headers.update(await bearer(assembly, person_id))
            assert (await client.get(path)).status_code == 403
            assert (await client.put(path, json={"online_url": MEETING})).status_code == 403
        del client.headers["authorization"]
        assert (await client.get(path)).status_code == 401
    assert await stored(assembly, show) == (address, rules, version)


async def test_the_organiser_sees_whether_a_playlist_can_be_read(assembly: Assembly) -> None:
    with origin() as source:
        async with desks.desk(assembly, "foundry") as who:
            page = (await desks.on_sale(who)).replace("/edit", "/stream")
            await change(assembly, "UPDATE events_event SET online_url = :url", url=source.url)
            assert "Just now there is no playlist that we can read." in (await who.client.get(page)).text
        source.sends()
        again = await assemble(
            assembly.settings, OpenDatabase(assembly.database.url, None), migrations.APP_ROLE, name="later"
        )
        try:
            assert await again.watching.is_sending(StreamRules(), source.url)
            assert await again.watching.is_sending(StreamRules(), MEETING) is None
        finally:
            await again.close()


async def test_while_people_may_watch_the_organiser_is_told_of_a_stream_that_died(assembly: Assembly) -> None:
    seconds = [0.0]
    sources = Sources(PublicFetch(loopback=True), now=lambda: seconds[0])
    site = replace(assembly, watching=replace(assembly.watching, sources=sources))
    with origin() as source:
        source.sends()
        async with desks.desk(site, "foundry") as who:
            page = (await desks.on_sale(who)).replace("/edit", "/stream")
            now = site.clock.now()
            await change(
                site,
                "UPDATE events_event SET online_url = :url, starts_at = :starts, ends_at = :ends",
                url=source.url,
                starts=now - timedelta(minutes=20),
                ends=now + timedelta(hours=1),
            )
            assert "Its playlist can be read now." in (await who.client.get(page)).text
            source.files.clear()
            seconds[0] += 60
            shown = html.unescape((await who.client.get(page)).text)
            assert "The stream does not answer, or with no playlist that we can read" in shown
            assert "It was last read" in shown


async def test_a_copy_of_an_event_is_watched_as_its_model_is(assembly: Assembly) -> None:
    show = await on_now(assembly)

    async def write(tx: Any) -> None:
        rules = StreamRules(opens_minutes=60, replay_days=3)
        await events.write_stream(tx, show.organiser_id, show.event_id, rules, SECRET, assembly.clock.now())

    await assembly.database.run(write)
    twin = await publish_event.duplicate(
        assembly.database, assembly.clock, show.owner, show.organiser_id, show.event_id
    )
    async with assembly.database.reading() as reader:
        assert await events.stream_rules(reader, twin.id) == StreamRules(opens_minutes=60, replay_days=3)
