"""Where an event is shown is told to nobody but the viewer: not on pages, in files, letters, facts, logs."""

from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from admitone import events
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.edit_event import EventEdits
from admitone.reads import invariants
from admitone.tickets import Ticket
from tests.support.letters_kept import react
from tests.support.online import change, join, on_now, shift, ticket_of
from tests.support.onsale import OnSale, must_hold, put_on_sale
from tests.support.site import bearer, browser, program
from tests.support.table_search import tables_with

# Not what a file may have by chance, written as hexadecimal digits.
MARK = "-7f3a.example"


def addresses(site: Assembly, show: OnSale, ticket: Ticket) -> list[str]:
    """What a buyer, a holder and everybody can open."""
    order, held = site.links.make("order", ticket.order_id), site.links.make("ticket", ticket.id)
    return [
        links.HOME,
        links.EVENTS,
        links.event(show.slug),
        links.event_ics(show.slug),
        links.event_watch(show.slug),
        links.order(order),
        links.order_ics(order),
        links.order_pdf(order),
        links.ticket(held),
        links.ticket_pdf(held),
        links.watch(held),
        links.watch_status(held),
        "/api/v1/events",
        f"/api/v1/events/{show.slug}",
        f"/api/v1/orders/{order}",
        f"/api/v1/tickets/{held}/stream",
        "/api/v1/me/tickets",
        "/sitemap.xml",
    ]


async def look(client: httpx2.AsyncClient, paths: list[str]) -> None:
    for path in paths:
        answer = await client.get(path)
        assert MARK.encode() not in answer.content, path
        assert MARK not in str(answer.headers), path


async def test_the_address_is_nowhere_but_with_the_event_itself(
    assembly: Assembly, capfd: pytest.CaptureFixture[str]
) -> None:
    show = await on_now(assembly, starts_in=timedelta(hours=3))
    ticket = await ticket_of(assembly, show)
    edits = EventEdits(assembly.database, assembly.clock)
    async with assembly.database.reading() as reader:
        before = (await events.event(reader, event_id=show.event_id)).details
    moved = replace(before, online_url=before.online_url and before.online_url.replace("c0ffee", "beef"))
    await edits.change_details(show.owner, show.organiser_id, show.event_id, moved)
    stranger = await put_on_sale(assembly)
    async with browser(assembly) as client:
        await look(client, addresses(assembly, show, ticket))
        await shift(assembly, show, timedelta(hours=-3))
        await look(client, addresses(assembly, show, ticket))
        await join(assembly, ticket)
        await look(client, addresses(assembly, show, ticket))
        assert stranger.owner.person_id is not None
        assert show.door.person_id is not None
        for person_id in (stranger.owner.person_id, show.door.person_id):
            client.headers.update(await bearer(assembly, person_id))
            base = f"/api/v1/organisers/{show.organiser_id}/events"
            await look(client, [*addresses(assembly, show, ticket), f"{base}/{show.event_id}/stream"])
    await change(assembly, "UPDATE events_move SET tell_at = now() - interval '1 minute'")
    assert await assembly.telling.close_due() == 1
    assert await react(assembly, "events.moved", "tell_moved") == 1
    assert await react(assembly, "orders.paid", "send_tickets") == 1
    async with assembly.database.reading() as reader:
        assert await tables_with(reader, MARK) == ["events_event", "events_move"]
        assert "messaging_letter" in await tables_with(reader, "you watch it with your tickets")
    told = capfd.readouterr()
    assert MARK not in told.out + told.err


async def test_a_program_joins_plays_and_stops(assembly: Assembly) -> None:
    show = await on_now(assembly, online_url="https://youtu.be/dQw4w9WgXcQ")
    ticket = await ticket_of(assembly, show)
    base = f"/api/v1/tickets/{assembly.links.make('ticket', ticket.id)}/stream"
    async with program(assembly) as client:
        ready = (await client.get(base)).json()
        assert (ready["state"], ready["phase"], ready["watched_by"]) == ("ready", "open", None)
        key = {"idempotency-key": "one"}
        joined = await client.post(f"{base}/viewers", json={}, headers=key)
        assert joined.status_code == 201
        made = joined.json()
        assert made["state"] == "watching"
        assert made["play"] == {
            "kind": "embed",
            "url": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?rel=0&playsinline=1",
            "is_sending": True,
        }
        again = await client.post(f"{base}/viewers", json={}, headers=key)
        assert again.json()["viewer"] == made["viewer"]
        refused = await client.post(f"{base}/viewers", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "streams.watched_elsewhere")
        other = (await client.get(base)).json()["watched_by"]
        assert other["device"] == "A program"
        taken = await client.post(f"{base}/viewers", json={"instead_of": other["viewer_id"]})
        assert taken.status_code == 201
        gone = (await client.post(f"{base}/beats", json={"viewer": made["viewer"]})).json()
        assert (gone["state"], gone["play"]) == ("elsewhere", None)
        mine = {"viewer": taken.json()["viewer"]}
        assert (await client.post(f"{base}/beats", json=mine)).json()["state"] == "watching"
        assert (await client.post(f"{base}/stops", json=mine)).status_code == 204
        assert (await client.get(base)).json()["state"] == "ready"
        # Nothing but what joining gave is a viewer.
        for wrong in ("", "x", assembly.links.make("ticket", ticket.id), made["viewer"][:-1] + "_"):
            answer = await client.post(f"{base}/beats", json={"viewer": wrong})
            assert (answer.status_code, answer.json()["code"]) == (404, "link.not_found")
        await change(assembly, "UPDATE tickets_ticket SET state = 'cancelled'")
        no = await client.post(f"{base}/viewers", json={})
        assert (no.status_code, no.json()["code"]) == (409, "streams.cannot_watch")
        assert no.json()["data"]["state"] == "cancelled"
    async with assembly.database.reading() as reader:
        assert "idempotency" not in " ".join(await tables_with(reader, made["viewer"]))


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("DELETE FROM checkin_admission", "I-35 viewers went in"),
        ("UPDATE streams_viewer SET event_id = :other, organiser_id = :organiser", "I-35 viewers' own event"),
    ],
)
async def test_a_viewer_that_should_not_be_is_found(assembly: Assembly, statement: str, name: str) -> None:
    show, other = await on_now(assembly), await put_on_sale(assembly)
    await join(assembly, await ticket_of(assembly, show))
    await must_hold(assembly.database)
    values = {"other": other.event_id, "organiser": other.organiser_id} if ":other" in statement else {}
    await change(assembly, statement, **values)
    async with assembly.database.reading() as reader:
        assert name in [one.invariant.name for one in await invariants.broken(reader)]
