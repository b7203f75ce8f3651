"""Watching online with a ticket: who may, who does, that it checks in once, and that it ends at once."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import events, streams, tickets
from admitone.assembly import Assembly
from admitone.events import StreamKind, StreamPhase, StreamRules
from admitone.flows.admit import ScanIn
from admitone.flows.watch_stream import CannotWatch, WatchState
from admitone.plumbing.database import Transaction
from admitone.streams import NoSuchStream, WatchedElsewhere
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from tests.support.online import (
    MEETING,
    SECRET,
    change,
    join,
    on_now,
    origin,
    shift,
    silent,
    stream_is,
    ticket_of,
)
from tests.support.onsale import OnSale, TypeOnSale, buy, must_hold

GUEST = Actor.guest()


async def rules(site: Assembly, show: OnSale, made: StreamRules, url: str = SECRET) -> None:
    """Write how the event is watched."""

    async def story(tx: Transaction) -> None:
        await events.write_stream(tx, show.organiser_id, show.event_id, made, url, site.clock.now())

    await site.database.run(story)


async def admissions(site: Assembly) -> list[tuple[str, str]]:
    """(door, verdict) of every scan, in order."""
    async with site.database.reading() as reader:
        rows = await reader.execute(text("SELECT door, verdict FROM checkin_scan ORDER BY at, id"))
        return [(row.door, row.verdict) for row in rows]


async def scan_at_door(site: Assembly, show: OnSale, ticket: tickets.Ticket) -> str:
    code = tickets.code_of(ticket, site.ring)
    return (await site.admit.scan(show.door, ScanIn(uuid7(), show.event_id, code, "Gate"))).words.sentence


async def refused(site: Assembly, ticket: tickets.Ticket) -> str:
    """The state that a new browser is refused for."""
    with pytest.raises(CannotWatch) as refusal:
        await join(site, ticket)
    state = refusal.value.data["state"]
    assert (await site.watching.look(ticket.id, None)).state == state
    return str(state)


async def test_joining_lets_the_ticket_in_once_and_shows_the_stream(assembly: Assembly) -> None:
    show = await on_now(assembly)
    ticket = await ticket_of(assembly, show)
    before = await assembly.watching.look(ticket.id, None)
    assert (before.state, before.phase, before.kind) == (WatchState.READY, StreamPhase.OPEN, StreamKind.HLS)
    session_id, found = await join(assembly, ticket)
    assert found.state is WatchState.WATCHING
    assert found.url == SECRET
    # The same button again, and leaving and coming back, are no further entries.
    again = await assembly.watching.join(GUEST, ticket.id, session_id, "Firefox on Linux")
    assert again.state is WatchState.WATCHING
    await assembly.watching.stop(ticket.id, session_id)
    await join(assembly, ticket)
    assert await admissions(assembly) == [("Online", "admitted")]
    assert "Already used" in await scan_at_door(assembly, show, ticket)
    await must_hold(assembly.database)


async def test_another_device_waits_until_it_takes_over_by_name(assembly: Assembly) -> None:
    show = await on_now(assembly)
    ticket = await ticket_of(assembly, show)
    first, _ = await join(assembly, ticket)
    with pytest.raises(WatchedElsewhere):
        await join(assembly, ticket)
    second = uuid7()
    with pytest.raises(WatchedElsewhere):
        await assembly.watching.join(GUEST, ticket.id, second, "Safari on iPhone", instead_of=uuid7())
    assert (await assembly.watching.look(ticket.id, first)).state is WatchState.WATCHING
    taken = await assembly.watching.join(GUEST, ticket.id, second, "Safari on iPhone", instead_of=first)
    assert taken.state is WatchState.WATCHING
    told = await assembly.watching.beat(ticket.id, first)
    assert told.state is WatchState.ELSEWHERE
    assert told.seen.viewer is not None
    assert told.seen.viewer.device == "Safari on iPhone"
    assert len(await admissions(assembly)) == 1
    await must_hold(assembly.database)


async def test_a_viewer_that_went_silent_is_replaced_without_asking_and_may_come_back_if_nobody_did(
    assembly: Assembly,
) -> None:
    show = await on_now(assembly)
    ticket = await ticket_of(assembly, show)
    first, _ = await join(assembly, ticket)
    await silent(assembly, ticket.id)
    assert (await assembly.watching.look(ticket.id, None)).state is WatchState.READY
    assert (await assembly.watching.beat(ticket.id, first)).state is WatchState.WATCHING
    assert (await assembly.watching.look(ticket.id, None)).state is WatchState.ELSEWHERE
    await silent(assembly, ticket.id)
    second, found = await join(assembly, ticket)
    assert found.state is WatchState.WATCHING
    assert (await assembly.watching.beat(ticket.id, first)).state is WatchState.ELSEWHERE
    assert (await assembly.watching.beat(ticket.id, second)).state is WatchState.WATCHING


async def test_a_ticket_that_is_taken_back_or_suspended_stops_showing_at_once(assembly: Assembly) -> None:
    show = await on_now(assembly)
    given_back, called_off = await ticket_of(assembly, show), await ticket_of(assembly, show)
    session_id, found = await join(assembly, given_back)
    given = assembly.watching.pass_for(found, session_id)
    await change(assembly, "UPDATE tickets_ticket SET state = 'cancelled' WHERE id = :id", id=given_back.id)
    assert (await assembly.watching.beat(given_back.id, session_id)).state is WatchState.CANCELLED
    with pytest.raises(NoSuchStream):
        await assembly.watching.playlist(given, "main", lambda _: session_id)
    assert await refused(assembly, given_back) == "cancelled"
    session_id, _ = await join(assembly, called_off)
    await change(assembly, "UPDATE events_event SET state = 'cancelled' WHERE id = :id", id=show.event_id)
    assert (await assembly.watching.beat(called_off.id, session_id)).state is WatchState.CALLED_OFF
    assert await refused(assembly, called_off) == "called_off"


@pytest.mark.parametrize("is_watching", [True, False])
async def test_a_disputed_payment_suspends_watching_before_and_after_joining(
    assembly: Assembly, is_watching: bool
) -> None:
    show = await on_now(assembly, TypeOnSale("Chair", 1500, 10))
    ticket = await paid_ticket(assembly, show)
    session_id = (await join(assembly, ticket))[0] if is_watching else None
    await change(
        assembly,
        "INSERT INTO payments_dispute (id, attempt_id, order_id, organiser_id, account_id, ref, state, reason, "
        "amount_minor, fee_minor, held_minor, currency, opened_at, heard_at) "
        "SELECT gen_random_uuid(), a.id, a.order_id, o.organiser_id, a.account_id, 'd', 'open', 'fraud', "
        "1500, 0, 0, 'EUR', now(), now() FROM payments_attempt a JOIN orders_order o ON o.id = a.order_id",
    )
    assert (await assembly.watching.beat(ticket.id, session_id)).state is WatchState.SUSPENDED
    assert await refused(assembly, ticket) == "suspended"
    await change(assembly, "UPDATE payments_dispute SET state = 'won', closed_at = now()")
    assert (await assembly.watching.beat(ticket.id, session_id)).state in (
        WatchState.WATCHING,
        WatchState.READY,
    )


async def paid_ticket(site: Assembly, show: OnSale) -> tickets.Ticket:
    """A ticket that was paid for."""
    paying = await buy(site, show)
    async with site.database.reading() as reader:
        [made] = await tickets.by_order(reader, paying.attempt.order_id)
    return made


async def test_it_opens_before_the_start_stays_open_after_the_end_and_then_is_over(
    assembly: Assembly,
) -> None:
    show = await on_now(assembly, starts_in=timedelta(minutes=20))
    ticket = await ticket_of(assembly, show)
    assert await refused(assembly, ticket) == "waiting"
    assert await admissions(assembly) == []
    await shift(assembly, show, timedelta(minutes=-10))
    session_id, found = await join(assembly, ticket)
    assert found.phase is StreamPhase.OPEN
    await shift(assembly, show, timedelta(minutes=-20))
    assert (await assembly.watching.beat(ticket.id, session_id)).phase is StreamPhase.LIVE
    await shift(assembly, show, timedelta(hours=-2, minutes=-10))
    # It is past the end; events run late.
    assert (await assembly.watching.beat(ticket.id, session_id)).state is WatchState.WATCHING
    await shift(assembly, show, timedelta(minutes=-30))
    assert (await assembly.watching.beat(ticket.id, session_id)).state is WatchState.OVER
    assert await refused(assembly, ticket) == "over"


async def test_a_recording_is_shown_for_its_days_at_its_own_address(assembly: Assembly) -> None:
    show = await on_now(assembly)
    ticket = await ticket_of(assembly, show)
    await rules(assembly, show, StreamRules(replay_days=2, replay_url="https://vimeo.com/76979871"))
    await shift(assembly, show, timedelta(days=-1))
    _, found = await join(assembly, ticket)
    assert (found.phase, found.kind, found.url) == (
        StreamPhase.REPLAY,
        StreamKind.EMBED,
        "https://vimeo.com/76979871",
    )
    await shift(assembly, show, timedelta(days=-2))
    assert await refused(assembly, ticket) == "over"


async def test_who_came_in_at_the_door_watches_only_where_the_organiser_says_so(assembly: Assembly) -> None:
    show = await on_now(assembly, venue_name="The Old Foundry", city="Berlin")
    ticket, other = await ticket_of(assembly, show), await ticket_of(assembly, show)
    assert await scan_at_door(assembly, show, ticket) == "Let them in"
    await rules(assembly, show, StreamRules(after_door=False))
    assert await refused(assembly, ticket) == "used"
    # A ticket that came in online is no ticket of the door's.
    await join(assembly, other)
    await rules(assembly, show, StreamRules(after_door=True))
    assert (await join(assembly, ticket))[1].state is WatchState.WATCHING
    doors = [("Gate", "admitted"), ("Online", "admitted")]
    assert await admissions(assembly) == doors, "watching after the door is no second entry"
    await must_hold(assembly.database)


async def test_viewers_of_long_ago_are_forgotten_and_what_they_did_is_not(assembly: Assembly) -> None:
    show = await on_now(assembly)
    old, new = await ticket_of(assembly, show), await ticket_of(assembly, show)
    gone, _ = await join(assembly, old)
    here, _ = await join(assembly, new)
    await silent(assembly, old.id)
    before = assembly.clock.now() - timedelta(seconds=30)
    assert await assembly.database.run(lambda tx: streams.sweep(tx, before)) == 1
    assert (await assembly.watching.look(old.id, gone)).state is WatchState.READY
    assert (await assembly.watching.look(new.id, here)).state is WatchState.WATCHING
    assert len(await admissions(assembly)) == 2


async def test_events_at_a_place_and_things_beside_a_ticket_show_nothing(assembly: Assembly) -> None:
    here = await on_now(assembly, venue_name="The Old Foundry", city="Berlin", online_url=None)
    assert await refused(assembly, await ticket_of(assembly, here)) == "no_stream"
    show = await on_now(assembly)
    ticket = await ticket_of(assembly, show)
    await change(assembly, "UPDATE orders_line SET kind = 'add_on' WHERE id = :id", id=ticket.order_line_id)
    assert await refused(assembly, ticket) == "no_stream"


async def test_a_pass_is_its_viewers_alone_and_grows_old(assembly: Assembly) -> None:
    with origin() as source:
        source.sends()
        show = await on_now(assembly)
        await stream_is(assembly, show, source.url)
        ticket = await ticket_of(assembly, show)
        session_id, found = await join(assembly, ticket)
        given = assembly.watching.pass_for(found, session_id)

        async def main(held: UUID | None, shown: str = given) -> str:
            return await assembly.watching.playlist(shown, "main", lambda _: held)

        assert (await main(None)).startswith("#EXTM3U")
        # Every letter of it counts.
        for at in range(len(given)):
            other = given[:at] + ("A" if given[at] != "A" else "B") + given[at + 1 :]
            with pytest.raises(NoSuchStream):
                await main(session_id, other)
        old = assembly.watching.passes.make(
            ticket.id, session_id, assembly.clock.now() - timedelta(minutes=3)
        )
        for held in (None, uuid7()):
            with pytest.raises(NoSuchStream):
                await main(held, old)
        assert await main(session_id, old), "a player that runs longer has its viewer's cookie"
        await assembly.watching.join(GUEST, ticket.id, uuid7(), "Safari on iPhone", instead_of=session_id)
        with pytest.raises(NoSuchStream):
            await main(session_id)


async def test_playlists_are_given_on_without_naming_the_origins_playlists(assembly: Assembly) -> None:
    with origin() as source:
        source.sends()
        show = await on_now(assembly)
        await stream_is(assembly, show, source.url)
        session_id, found = await join(assembly, await ticket_of(assembly, show))
        given = assembly.watching.pass_for(found, session_id)
        main = await assembly.watching.playlist(given, "main", lambda _: None)
        assert 'NAME="English",URI="0.m3u8"' in main
        assert main.splitlines()[-1] == "1.m3u8"
        assert "127.0.0.1" not in main
        low = (await assembly.watching.playlist(given, "1", lambda _: None)).splitlines()
        base = f"http://127.0.0.1:{source.port}"
        assert f"{base}/show/low/piece-1.m4s" in low
        assert f"{base}/other/piece-2.m4s?x=1" in low
        assert f'#EXT-X-MAP:URI="{base}/show/low/init.mp4"' in low
        assert f'#EXT-X-KEY:METHOD=AES-128,URI="{base}/show/key.bin"' in low
        assert not [line for line in low if "PART" in line or "SERVER-CONTROL" in line or "m3u8" in line]
        for name in ("2", "-1", "01x", "main2", "²", "9" * 50):
            with pytest.raises(NoSuchStream):
                await assembly.watching.playlist(given, name, lambda _: None)
        assert await assembly.watching.origins(found) == {base}


async def test_a_stream_that_does_not_send_is_said_and_found_when_it_does(assembly: Assembly) -> None:
    with origin() as source:
        show = await on_now(assembly)
        await stream_is(assembly, show, source.url)
        ticket = await ticket_of(assembly, show)
        session_id, _ = await join(assembly, ticket)
        assert not (await assembly.watching.beat(ticket.id, session_id)).is_sending
        asked = len(source.asked)
        await assembly.watching.beat(ticket.id, session_id)
        assert len(source.asked) == asked, "an origin that is away is left alone for some seconds"


async def test_an_address_of_its_own_is_given_to_the_viewer_only(assembly: Assembly) -> None:
    show = await on_now(assembly, online_url=MEETING)
    ticket = await ticket_of(assembly, show)
    session_id, found = await join(assembly, ticket)
    assert found.kind is StreamKind.LINK
    given = assembly.watching.pass_for(found, session_id)
    assert await assembly.watching.address(given, lambda _: None) == MEETING
    with pytest.raises(NoSuchStream):
        await assembly.watching.playlist(given, "main", lambda _: None)
    await assembly.watching.stop(ticket.id, session_id)
    with pytest.raises(NoSuchStream):
        await assembly.watching.address(given, lambda _: session_id)
    assert "7f3a" not in repr(found)
