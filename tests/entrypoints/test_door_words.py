"""What a door says of who is in, of tickets of other events, and of what is no ticket, on the page and to programs."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pypdfium2
from sqlalchemy import text

from admitone import tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkin.wording import wall_clock
from admitone.flows.admit import BEGINNING_MAX, ScanIn
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import HoldWish
from admitone.values.ids import uuid7
from tests.support.door import put_house, put_tickets
from tests.support.onsale import PAID, OnSale, TypeOnSale, buy, must_hold, put_on_sale
from tests.support.site import bearer, browser

GATE = "Mill Lane"
_FORM = re.compile(r'name="(csrf|scan_id)" value="([^"]*)"')


async def codes(assembly: Assembly, order_id: UUID) -> list[str]:
    """The codes of an order's tickets, in the order in which they are numbered."""
    async with assembly.database.reading() as reader:
        found = await tickets.by_order(reader, order_id)
    return [tickets.code_of(one, assembly.ring) for one in sorted(found, key=lambda one: one.unit)]


async def keeper(assembly: Assembly, client: httpx2.AsyncClient, show: OnSale) -> None:
    """Sign in somebody who works at the door."""
    assert show.door.person_id is not None
    client.headers.update(await bearer(assembly, show.door.person_id))


async def typed(client: httpx2.AsyncClient, event_id: UUID, code: str) -> str:
    """Type a code into the door's form; the page that comes back, as it reads."""
    here = links.with_query(links.checkin(str(event_id)), door=GATE)
    fields = dict(_FORM.findall((await client.get(here)).text))
    answer = await client.post(here, data={**fields, "code": code})
    assert answer.status_code == 200, answer.text
    return answer.text


async def counted(client: httpx2.AsyncClient, show: OnSale) -> dict[str, Any]:
    """The record of scans as the API gives it."""
    answer = await client.get(f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}/scans")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_who_is_inside_stays_counted_when_their_order_is_taken_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    paid = await buy(assembly, show, 3)
    await buy(assembly, show)
    order_id = paid.attempt.order_id
    first, second, third = await codes(assembly, order_id)
    for code in (first, second):
        await assembly.admit.scan(show.door, ScanIn(uuid7(), show.event_id, code, GATE))
    async with assembly.database.reading() as reader:
        wanted = text("SELECT code FROM orders_order WHERE id = :id")
        order_code = (await reader.execute(wanted, {"id": order_id})).scalar_one()
    await assembly.refunding.take_back(show.owner, show.organiser_id, order_code)
    async with browser(assembly) as client:
        await keeper(assembly, client, show)
        page = await typed(client, show.event_id, third)
        said = await counted(client, show)
    assert "Cancelled</h2>" in page
    assert "2 of 3 in" in page, "two inside, one who may still come"
    assert 'max="3" value="2"' in page
    assert (said["admitted"], said["expected"]) == (2, 3)
    await must_hold(assembly.database)


async def test_whoever_bought_a_moment_ago_is_not_one_too_many(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        await keeper(assembly, client, show)
        assert (await counted(client, show))["expected"] == 0
        paid = await buy(assembly, show)
        [code] = await codes(assembly, paid.attempt.order_id)
        assert "1 of 1 in" in await typed(client, show.event_id, code)


async def test_what_is_no_ticket_is_refused_in_red_and_shown_by_its_first_letters(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    rubbish = "<b>hi\u202e</b> there, this is my ticket"
    async with browser(assembly) as client:
        await keeper(assembly, client, show)
        page = await typed(client, show.event_id, rubbish)
        later = (await client.get(links.with_query(links.checkin(str(show.event_id)), door=GATE))).text
        [scan] = (await counted(client, show))["scans"]
    for shown in (page, later):
        assert "<b>hi" not in shown
        assert '<li data-kind="refused">' in shown
        assert "“&lt;b&gt;hi &lt;/…”" in shown
    assert 'data-kind="refused">' in page.partition('aria-label="Answer"')[2][:60]
    assert (scan["verdict"], scan["presented"], scan["guest"]) == ("not_valid", "<b>hi </…", None)
    assert len(scan["presented"]) == BEGINNING_MAX + 1


async def test_of_a_ticket_of_somebody_else_too_little_is_kept_to_get_in_with(assembly: Assembly) -> None:
    show, theirs = await put_on_sale(assembly), await put_on_sale(assembly)
    paid = await buy(assembly, theirs)
    async with assembly.database.reading() as reader:
        [ticket] = await tickets.by_order(reader, paid.attempt.order_id)
    short = tickets.short_of(ticket.serial, ticket.code_digest)
    async with browser(assembly) as client:
        await keeper(assembly, client, show)
        page = await typed(client, show.event_id, short)
        [scan] = (await counted(client, show))["scans"]
    assert "Not valid</h2>" in page
    assert len(scan["presented"].replace("-", "").replace(" ", "").rstrip("…")) <= len(short) / 2
    assert scan["other_event"] is None
    async with assembly.database.reading() as reader:
        kept = (
            await reader.execute(text("SELECT CAST(scan AS text) FROM checkin_scan AS scan"))
        ).scalar_one()
    assert short not in kept


async def test_a_ticket_of_another_event_of_the_organiser_names_that_event(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    house = await put_house(assembly.database, show.organiser_id)
    async with assembly.database.transaction() as tx:
        moved = text(
            "UPDATE events_event SET title = 'Licht & Hof', starts_at = :at, "
            "ends_at = CAST(:at AS timestamptz) + interval '2 hours' WHERE id = :id"
        )
        await tx.execute(moved, {"at": datetime(2999, 12, 12, 19, tzinfo=UTC), "id": house.event_id})
    [ticket] = await put_tickets(assembly.database, house, assembly.ring)
    theirs = await put_house(assembly.database)
    [foreign] = await put_tickets(assembly.database, theirs, assembly.ring)
    async with browser(assembly) as client:
        await keeper(assembly, client, show)
        strange = await typed(client, show.event_id, tickets.code_of(foreign, assembly.ring))
        page = html.unescape(await typed(client, show.event_id, tickets.code_of(ticket, assembly.ring)))
        asked = {
            "event_id": str(show.event_id),
            "code": tickets.code_of(ticket, assembly.ring),
            "door": GATE,
            "scan_id": str(uuid7()),
        }
        said = (await client.post("/api/v1/scans", json=asked)).json()
        scans = (await counted(client, show))["scans"]
    assert "This ticket is for another event." in strange
    assert "Jazz" not in strange, "another organiser's event is nobody's business here"
    assert "This is a ticket for Licht & Hof, 12 December 2999. Ask to see the right one." in page
    assert "For Licht & Hof, 12 December 2999" in page.partition('id="recent-h"')[2]
    assert said["sentence"] == "This is a ticket for Licht & Hof, 12 December 2999"
    assert (said["verdict"], said["guest"]) == ("wrong_event", None)
    assert [one["other_event"] for one in scans] == ["Licht & Hof", "Licht & Hof", None]


async def test_a_ticket_has_one_number_everywhere(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Balcony", 4000, 10), PAID)
    held = await assembly.purchase.hold(HoldWish(show.event_id, ((show.types[0], 1), (show.types[1], 2))))
    order = await assembly.purchase.place(OrderWish(held.hold_id, "ada@example.org", "Ada Obi"))
    await assembly.payment.pay(order.id, "sandbox:push")
    async with assembly.database.reading() as reader:
        found = await tickets.by_order(reader, order.id)
    [second] = [one for one in found if one.unit == 2]
    owner = show.owner.person_id
    assert owner is not None
    async with browser(assembly) as client:
        await keeper(assembly, client, show)
        door = await typed(client, show.event_id, tickets.code_of(second, assembly.ring))
        page = (await client.get(links.ticket(assembly.links.make("ticket", second.id)))).text
        whole = (await client.get(links.order(assembly.links.make("order", order.id)))).text
        pdf = await client.get(links.ticket_pdf(assembly.links.make("ticket", second.id)))
        client.headers.update(await bearer(assembly, owner))
        base = links.managed_event(f"o-{show.organiser_id.hex}", str(show.event_id), f"orders/{order.code}")
        organisers = (await client.get(base)).text
    wanted = "General admission</bdi>, 2 of 2"
    assert "General admission, 2 of 2" in door
    for shown in (page, whole, organisers):
        assert wanted in shown
        assert "of 3" not in shown
    document = pypdfium2.PdfDocument(pdf.content)
    assert "2 of 2" in document[0].get_textpage().get_text_range()
    document.close()


def test_a_time_at_the_door_has_its_day_when_that_is_not_today() -> None:
    now = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    assert wall_clock(now - timedelta(minutes=2), now, "Europe/Berlin") == "23:28:00"
    # In Berlin it is Saturday already; yesterday's scan says so although it is 31 minutes old.
    later = datetime(2026, 11, 21, 23, 1, tzinfo=UTC)
    assert wall_clock(now, later, "Europe/Berlin") == "21 Nov, 23:30:00"


async def test_a_page_has_one_way_past_its_header(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    paid = await buy(assembly, show)
    async with browser(assembly) as client:
        await keeper(assembly, client, show)
        here = links.checkin(str(show.event_id))
        bank = links.bank(str(paid.attempt.provider_ref))
        for path in (links.CHECKIN, here, links.with_query(here, door=GATE), bank):
            page = await client.get(path)
            assert (page.status_code, page.text.count("Skip to content")) == (200, 1), path
