"""The page on which a ticket's holder watches: what it says in each state, what it may load, what it never tells."""

import html
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest

from admitone import events, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.events import StreamRules
from admitone.plumbing.database import Transaction
from admitone.tickets import ProofWay, Ticket
from tests.support.online import MEETING, change, on_now, origin, shift, stream_is, ticket_of
from tests.support.onsale import must_hold, person
from tests.support.site import bearer, browser

FIELD = re.compile(r'name="(csrf|session|instead_of)" value="([^"]*)"')
PLAYLIST = re.compile(r"/stream/[\w-]{70}/main\.m3u8")
UA = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def address(site: Assembly, ticket: Ticket) -> str:
    return links.watch(site.links.make("ticket", ticket.id))


@asynccontextmanager
async def device(site: Assembly) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser of somebody's."""
    async with browser(site) as client:
        client.headers["user-agent"] = UA
        yield client


async def said(client: httpx2.AsyncClient, path: str) -> str:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


async def press_join(client: httpx2.AsyncClient, path: str, page: str | None = None) -> httpx2.Response:
    """Join by the page's form, as it was when `page` was loaded."""
    fields = dict(FIELD.findall(page or (await client.get(path)).text))
    return await client.post(f"{path}/join", data=fields)


async def state_of(client: httpx2.AsyncClient, path: str) -> str:
    answer = await client.get(f"{path}/status")
    return str(answer.json()["state"])


async def test_it_is_waited_for_joined_and_watched(assembly: Assembly) -> None:
    with origin() as source:
        source.sends()
        show = await on_now(assembly, starts_in=timedelta(minutes=80, seconds=30))
        await stream_is(assembly, show, source.url)
        path = address(assembly, await ticket_of(assembly, show))
        async with device(assembly) as client:
            page = await said(client, path)
            assert re.search(r">Starts in <time-left [^>]*>1 hour and 20 minutes</time-left></h1>", page)
            assert "You can come in here from" in page
            assert f"{path}/join" not in page
            assert await state_of(client, path) == "waiting:waiting"
            await shift(assembly, show, timedelta(minutes=-90))
            assert await state_of(client, path) == "ready:live"
            page = await said(client, path)
            assert "Watch now" in page
            assert "This checks the ticket in." in page
            assert not PLAYLIST.search(page)
            joined = await press_join(client, path, page)
            assert (joined.status_code, joined.headers["location"]) == (303, path)
            cookie = joined.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie
            answer = await client.get(path)
            policy = answer.headers["content-security-policy"]
            base = f"http://127.0.0.1:{source.port}"
            assert f"connect-src 'self' {base};" in policy
            assert f"media-src 'self' blob: {base}" in policy
            assert "frame-src" not in policy
            assert source.url not in answer.text
            found = PLAYLIST.search(answer.text)
            assert found is not None
            main = await client.get(found.group())
            assert main.headers["content-type"].startswith("application/vnd.apple.mpegurl")
            assert main.headers["cache-control"] == "no-store"
            assert main.text.startswith("#EXTM3U")
            # Pressed once more, by the page as it was then: the same viewer.
            assert (await press_join(client, path, page)).status_code == 303
            assert (await state_of(client, path)).startswith("watching:live:hls:")
    await must_hold(assembly.database)


async def test_another_device_may_take_over_and_the_first_is_told(assembly: Assembly) -> None:
    show = await on_now(assembly, online_url="https://youtu.be/dQw4w9WgXcQ", starts_in=timedelta(minutes=-5))
    path = address(assembly, await ticket_of(assembly, show))
    async with device(assembly) as laptop, device(assembly) as phone, device(assembly) as third:
        phone.headers["user-agent"] = "Mozilla/5.0 (iPhone) Version/18.0 Safari/604.1"
        await press_join(laptop, path)
        page = await said(phone, path)
        assert "You are watching on another device" in page
        assert "Firefox on Linux, since" in page
        assert "youtube" not in page
        late = (await third.get(path)).text
        await press_join(phone, path, page)
        assert (await state_of(laptop, path)) == "elsewhere:live"
        assert "Safari on iPhone, since" in await said(laptop, path)
        assert "youtube-nocookie" in await said(phone, path)
        # Who would take over from somebody who is gone is shown who is there instead.
        refused = await press_join(third, path, late)
        assert refused.status_code == 303
        assert "is being watched with on another device" in await said(third, path)
        assert (await state_of(phone, path)).startswith("watching:")
        stopped = await phone.post(f"{path}/stop", data=dict(FIELD.findall((await phone.get(path)).text)))
        assert stopped.status_code == 303
        assert await state_of(laptop, path) == "ready:live"
    await must_hold(assembly.database)


@pytest.mark.parametrize(
    ("url", "frame", "origin_"),
    [
        (
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3",
            "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?rel=0&playsinline=1",
            "https://www.youtube-nocookie.com",
        ),
        (
            "https://vimeo.com/76979871/abcdef0123",
            "https://player.vimeo.com/video/76979871?h=abcdef0123&dnt=1",
            "https://player.vimeo.com",
        ),
        (
            "https://www.twitch.tv/some_channel",
            "https://player.twitch.tv/?channel=some_channel&parent=testserver",
            "https://player.twitch.tv",
        ),
    ],
)
async def test_a_known_hosts_player_is_framed_and_nothing_else(
    assembly: Assembly, url: str, frame: str, origin_: str
) -> None:
    show = await on_now(assembly, online_url=url)
    path = address(assembly, await ticket_of(assembly, show))
    async with device(assembly) as client:
        before = await client.get(path)
        assert "frame-src" not in before.headers["content-security-policy"]
        await press_join(client, path)
        answer = await client.get(path)
        assert f'<iframe src="{html.escape(frame)}"' in answer.text
        assert f"frame-src {origin_}" in answer.headers["content-security-policy"].split("; ")
        assert "media-src" not in answer.headers["content-security-policy"]


async def test_a_page_of_its_own_is_opened_through_us(assembly: Assembly) -> None:
    show = await on_now(assembly, online_url=MEETING)
    path = address(assembly, await ticket_of(assembly, show))
    async with device(assembly) as client, device(assembly) as stranger:
        await press_join(client, path)
        page = await said(client, path)
        assert MEETING not in page
        found = re.search(r"/stream/[\w-]{70}/open", page)
        assert found is not None
        opened = await client.get(found.group())
        assert (opened.status_code, opened.headers["location"]) == (303, MEETING)
        assert opened.headers["referrer-policy"] == "no-referrer"
        await client.post(f"{path}/stop", data=dict(FIELD.findall((await client.get(path)).text)))
        gone = await stranger.get(found.group())
        assert gone.status_code == 404
        assert gone.json()["code"] == "streams.not_found"
        assert "7f3a" not in gone.text


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE tickets_ticket SET state = 'cancelled'", "This ticket was cancelled"),
        ("UPDATE events_event SET state = 'cancelled'", "This event was called off"),
        (
            "UPDATE events_event SET starts_at = now() - interval '9 h', ends_at = now() - interval '8 h'",
            "This is over",
        ),
        ("UPDATE events_event SET venue_name = 'Here', online_url = NULL", "Nothing to watch"),
    ],
)
async def test_what_ended_is_said_and_shows_nothing(assembly: Assembly, statement: str, words: str) -> None:
    show = await on_now(assembly, online_url=MEETING)
    path = address(assembly, await ticket_of(assembly, show))
    async with device(assembly) as client:
        await press_join(client, path)
        given = re.search(r"/stream/[\w-]{70}/open", await said(client, path))
        assert given is not None
        await change(assembly, statement)
        page = await said(client, path)
        assert words in page
        assert "/stream/" not in page
        assert f"{path}/join" not in page
        assert (await client.get(given.group())).status_code == 404
        refused = await client.post(f"{path}/join", data={"session": "x"})
        assert refused.status_code == 303


async def test_only_the_tickets_own_link_and_form_lead_in(assembly: Assembly) -> None:
    show = await on_now(assembly)
    mine, other = await ticket_of(assembly, show), await ticket_of(assembly, show)
    path = address(assembly, mine)
    async with device(assembly) as client:
        assert (
            await client.get(f"/t/{assembly.links.make('order', mine.order_id)}/watch")
        ).status_code == 404
        # The viewer of one ticket's page is none of another's, and a form of another site joins nothing.
        fields = dict(FIELD.findall((await client.get(address(assembly, other))).text))
        await client.post(f"{path}/join", data=fields)
        assert await state_of(client, path) == "ready:open"
        foreign = await client.post(f"{path}/join", data=fields, headers={"sec-fetch-site": "cross-site"})
        assert foreign.status_code == 403
        await press_join(client, path)
        assert (await state_of(client, path)).startswith("watching")
        # Looking is not joining: letters are opened by machines, too.
        await client.get(address(assembly, other))
        assert await state_of(client, address(assembly, other)) == "ready:open"


async def test_the_events_address_to_watch_leads_to_the_tickets_of_whoever_is_signed_in(
    assembly: Assembly,
) -> None:
    show = await on_now(assembly)
    ada = await assembly.database.run(lambda tx: person(tx, assembly, "ada@example.org"))
    one = await ticket_of(assembly, show)
    path = links.event_watch(show.slug)
    async with device(assembly) as client:
        page = await said(client, path)
        assert "Open the link in the letter with your tickets" in page
        assert f"/sign-in?next=%2Fe%2F{show.slug}%2Fwatch" in page
        assert "7f3a" not in page
        client.headers.update(await bearer(assembly, ada))
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, address(assembly, one))
        two = await ticket_of(assembly, show)
        page = await said(client, path)
        assert address(assembly, one) in page
        assert address(assembly, two) in page
        await change(assembly, "UPDATE events_event SET online_url = NULL, venue_name = 'Here'")
        assert (await client.get(path)).status_code == 404


async def test_a_recording_says_until_when(assembly: Assembly) -> None:
    show = await on_now(assembly, online_url=MEETING)

    async def write(tx: Transaction) -> None:
        rules = StreamRules(replay_days=7)
        await events.write_stream(tx, show.organiser_id, show.event_id, rules, MEETING, assembly.clock.now())

    await assembly.database.run(write)
    ticket = await ticket_of(assembly, show)
    await shift(assembly, show, timedelta(days=-2))
    async with device(assembly) as client:
        page = await said(client, address(assembly, ticket))
        assert "Watch the recording" in page
        assert "It is shown again until" in page


async def test_an_event_at_a_place_and_online_says_both_and_tells_no_address(assembly: Assembly) -> None:
    show = await on_now(
        assembly, venue_name="The Old Foundry", venue_address="14 Foundry Road", city="Berlin"
    )
    ticket = await ticket_of(assembly, show)
    async with device(assembly) as client:
        page = await said(client, links.event(show.slug))
        assert "14 Foundry Road. Also online, with your ticket" in page
        told = json.loads(page.split('application/ld+json">')[1].split("</script>")[0])
        assert told["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"
        assert [one["@type"] for one in told["location"]] == ["Place", "VirtualLocation"]
        assert told["location"][1]["url"].endswith(links.event(show.slug))
        order = assembly.links.make("order", ticket.order_id)
        for path in (links.event_ics(show.slug), links.order_ics(order)):
            written = (await client.get(path)).text.replace("\r\n ", "")
            assert f"Also online: http://testserver{links.event_watch(show.slug)}" in written
        note = "the door at the venue will say that it was used online"
        assert note in await said(client, address(assembly, ticket))
        held = links.ticket(assembly.links.make("ticket", ticket.id))
        assert f'href="{address(assembly, ticket)}"' in await said(client, held)
        assert "Watch online" in await said(client, links.order(order))
    online = await on_now(assembly)
    async with device(assembly) as client:
        told = await said(client, links.event(online.slug))
        assert "OnlineEventAttendanceMode" in told
        assert "You watch it here, with your ticket" in told


async def test_a_ticket_that_was_passed_on_is_watched_with_by_its_new_holder_only(assembly: Assembly) -> None:
    show = await on_now(assembly)
    ticket = await ticket_of(assembly, show)

    async def story(tx: Transaction) -> UUID:
        anew = await tickets.reissue(tx, assembly.ring, ticket.id, actor="guest")
        now = assembly.clock.now()
        given = await tickets.pass_on(tx, anew, "eve@example.org", ProofWay.ACCOUNT, now=now, actor="guest")
        return given.id

    owner_id = await assembly.database.run(story)
    async with device(assembly) as client:
        old = await client.get(address(assembly, ticket))
        assert old.status_code in (404, 410)
        new = links.watch(assembly.links.make("ticket", owner_id))
        await press_join(client, new)
        assert (await state_of(client, new)).startswith("watching")
        old = await client.get(f"{address(assembly, ticket)}/status")
        assert old.status_code in (404, 410)
