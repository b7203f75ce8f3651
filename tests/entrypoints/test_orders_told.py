"""What buyers and organisers are told of an order after the sale: used, refunded, called off, free; in whose time."""

import html
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from admitone import tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.admit import ScanIn
from admitone.payments.providers.sandbox import Fault, Faults, SandboxProvider
from admitone.values.ids import uuid7
from tests.support.onsale import FREE, OnSale, TypeOnSale, buy, must_hold, person, place, put_on_sale, wish
from tests.support.sandbox_rig import sandbox_wire
from tests.support.site import bearer, browser

_TOKEN = re.compile(r'name="csrf" value="([^"]*)"')
TERMS = "Full refund until the day before."


@dataclass(frozen=True, slots=True)
class Sold:
    """An order of somebody's, as the site knows it."""

    id: UUID
    code: str


async def sold(assembly: Assembly, show: OnSale, quantity: int) -> Sold:
    """A paid order of ada@example.org."""
    order_id = (await buy(assembly, show, quantity, email="ada@example.org")).attempt.order_id
    async with assembly.database.reading() as reader:
        wanted = text("SELECT code FROM orders_order WHERE id = :id")
        return Sold(order_id, (await reader.execute(wanted, {"id": order_id})).scalar_one())


async def let_in(assembly: Assembly, show: OnSale, order_id: UUID, how_many: int) -> None:
    """So many of the order's tickets go in."""
    async with assembly.database.reading() as reader:
        found = await tickets.by_order(reader, order_id)
    for ticket in found[:how_many]:
        code = tickets.code_of(ticket, assembly.ring)
        await assembly.admit.scan(show.door, ScanIn(uuid7(), show.event_id, code, "Gate"))


def desk_of(show: OnSale, part: str = "") -> str:
    """A page of the event's organiser."""
    return links.managed_event(f"o-{show.organiser_id.hex}", str(show.event_id), part)


async def owner(client: httpx2.AsyncClient, assembly: Assembly, show: OnSale) -> None:
    """Sign the owner in."""
    assert show.owner.person_id is not None
    client.headers.update(await bearer(assembly, show.owner.person_id))


async def said(client: httpx2.AsyncClient, path: str) -> str:
    """What a page says."""
    answer = await client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.text)


def badges(page: str) -> list[tuple[str, str]]:
    """Kind and words of every badge."""
    return re.findall(r'<span class="badge(?: badge-(\w+))?">(?:<svg.*?</svg>)?([^<]*)</span>', page)


@pytest.mark.parametrize(
    ("used", "words"),
    [
        (0, ""),
        (1, "1 of these 3 tickets was already let in."),
        (2, "2 of these 3 tickets were already let in."),
        (3, "All of these 3 tickets were already let in."),
    ],
)
async def test_the_question_before_a_refund_says_how_many_were_let_in(
    assembly: Assembly, used: int, words: str
) -> None:
    show = await put_on_sale(assembly)
    order = await sold(assembly, show, 3)
    await let_in(assembly, show, order.id, used)
    async with browser(assembly) as client:
        await owner(client, assembly, show)
        page = await said(client, desk_of(show, f"orders/{order.code}/refund"))
    assert words in page
    assert ("already let in" in page) == bool(used)


async def test_a_refund_is_shown_in_lists_and_history_until_it_is_sent(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await sold(assembly, show, 2)
    wire = sandbox_wire(assembly)
    assert isinstance(wire, SandboxProvider)
    one, every = desk_of(show, f"orders/{order.code}"), [desk_of(show), desk_of(show, "orders")]
    async with browser(assembly) as client:
        await owner(client, assembly, show)
        for page in every:
            assert "back" not in " ".join(words for _, words in badges(await said(client, page)))
        asked = await client.get(f"{one}/refund")
        token = _TOKEN.search(asked.text)
        await client.post(f"{one}/refund", data={"csrf": token[1] if token else ""})
        for page in every:
            found = badges(await said(client, page))
            assert ("bad", "Cancelled") in found
            assert ("info", "€50 on its way back") in found
        assert "Refund of €50 decided, on its way" in await said(client, one)

        wire.suffer(Faults(refund=(Fault.REFUSED,)))
        await assembly.refunding.send_due()
        for page in every:
            assert ("bad", "€50 not sent back") in badges(await said(client, page))
        assert "Refund of €50 decided, but the payment provider refused it" in await said(client, one)

        again = re.search(r'action="([^"]+/again)"', (await client.get(one)).text)
        assert again is not None
        await client.post(again[1], data={"csrf": token[1] if token else ""})
        await assembly.refunding.send_due()
        for page in every:
            assert ("", "€50 sent back") in badges(await said(client, page))
        history = (await said(client, one)).partition('id="history-h"')[2]
        assert history.index("Refund of €50 decided") < history.index("Refund of €50 sent")
    await must_hold(assembly.database)


async def test_an_event_called_off_says_so_on_orders_and_tickets(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await sold(assembly, show, 2)
    async with assembly.database.reading() as reader:
        [first, _] = await tickets.by_order(reader, order.id)
    order_path = links.order(assembly.links.make("order", order.id))
    ticket_path = links.ticket(assembly.links.make("ticket", first.id))
    event_path = links.event(show.slug)
    async with browser(assembly) as client:
        for path in (order_path, ticket_path):
            page = await said(client, path)
            assert ("called off" in page, "Add to calendar" in page) == (False, True), path
        for path in (order_path, event_path):
            assert TERMS in await said(client, path)
        async with browser(assembly) as desk:
            await owner(desk, assembly, show)
            token = _TOKEN.search((await desk.get(desk_of(show, "cancel"))).text)
            await desk.post(desk_of(show, "cancel"), data={"csrf": token[1] if token else ""})
        # At once, and still when everybody's order has been taken back.
        for _ in range(2):
            for path in (order_path, ticket_path):
                page = await said(client, path)
                assert "vent was called off." in page, path
                assert path == ticket_path or ("bad", "Called off") in badges(page)
                assert "Add to calendar" not in page, path
                assert 'class="qrbox"' not in page, path
                assert TERMS not in page, path
                assert f'href="{event_path}"' in page, path
            await assembly.cancelling.take_all_back(show.event_id)
        assert "€50 is on its way back to you." in await said(client, order_path)
        letter = await assembly.database.run(
            lambda tx: tx.execute(
                text("SELECT html FROM messaging_letter WHERE template = 'event_cancelled'")
            )
        )
        assert "Berlin time (UTC" in letter.scalar_one()
    # The page is kept in memory for everybody; another process makes it anew.
    async with browser(assembly) as client:
        assert TERMS not in await said(client, event_path)


async def test_what_was_promised_for_a_change_of_mind_is_void_once_an_order_is_no_more(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly)
    order = await sold(assembly, show, 1)
    path = links.order(assembly.links.make("order", order.id))
    async with browser(assembly) as client:
        assert TERMS in await said(client, path)
        await assembly.refunding.take_back(show.owner, show.organiser_id, order.code)
        page = await said(client, path)
    assert TERMS not in page
    assert "called off" not in page


async def test_a_free_order_is_free_and_nobody_has_paid(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, FREE, TypeOnSale("Donor", 700, 5), currency="BTC")
    order = await place(assembly, show, email="ada@example.org")
    await buy(assembly, show, at=1, email="ada@example.org")
    assert show.owner.person_id is not None
    async with browser(assembly) as client:
        page = await said(client, links.order(assembly.links.make("order", order.id)))
        checkout = links.checkout(
            assembly.links.make("hold", (await assembly.purchase.hold(wish(show))).hold_id)
        )
        basket = await said(client, checkout)
        await owner(client, assembly, show)
        lists = [await said(client, path) for path in (desk_of(show), desk_of(show, "orders"))]
        one = await said(client, desk_of(show, f"orders/{order.code}"))
    for shown in (page, one):
        assert ("info", "Free") in badges(shown)
        assert "Paid" not in [words for _, words in badges(shown)]
    for shown in (page, one, basket):
        assert "\u00a00\u00a0sats" not in shown
        assert ">0\u00a0sats" not in shown
        assert shown.count("<dd>Free</dd>") == 2
    for shown in lists:
        assert ("info", "Free") in badges(shown)
        assert ("ok", "Paid") in badges(shown)


async def test_the_whole_order_is_a_link_on_its_tickets_for_the_buyer_alone(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await sold(assembly, show, 1)
    async with assembly.database.reading() as reader:
        [ticket] = await tickets.by_order(reader, order.id)
    path = links.ticket(assembly.links.make("ticket", ticket.id))
    whole = f'href="{links.order(assembly.links.make("order", order.id))}"'

    async def arrived(email: str) -> UUID:
        return await assembly.database.run(lambda tx: person(tx, assembly, email))

    async with browser(assembly) as client:
        for headers, is_buyer in (
            ({}, False),
            (await bearer(assembly, await arrived("eve@example.org")), False),
            # Bought as a guest; the address is theirs.
            (await bearer(assembly, await arrived("ada@example.org")), True),
        ):
            page = (await client.get(path, headers=headers)).text
            assert (whole in page, "Find the whole order" in page) == (is_buyer, not is_buyer)
            assert f'href="{links.event(show.slug)}"' in page


async def test_times_name_their_zone_where_somebody_elsewhere_may_read_them(assembly: Assembly) -> None:
    online: dict[str, Any] = {
        "venue_name": None,
        "venue_address": "",
        "city": None,
        "online_url": "https://live.example/x",
    }
    show = await put_on_sale(assembly, title="Broadcast", **online)
    order = await sold(assembly, show, 1)
    await put_on_sale(assembly, title="On site")
    async with assembly.database.reading() as reader:
        [ticket] = await tickets.by_order(reader, order.id)
    hold = await assembly.purchase.hold(wish(show))
    assert show.door.person_id is not None
    async with browser(assembly) as client:
        for path in (links.HOME, links.EVENTS):
            cards = (await said(client, path)).split('<li class="ev')[1:]
            zoned = {("Broadcast" in one): ("Berlin time</time>" in one) for one in cards}
            assert zoned == {True: True, False: False}, path
        for path in (
            links.ticket(assembly.links.make("ticket", ticket.id)),
            links.checkout(assembly.links.make("hold", hold.hold_id)),
        ):
            assert "Berlin time</time>" in await said(client, path), path
        await owner(client, assembly, show)
        assert re.search(r"Berlin time \(UTC\+[12]\)", await said(client, desk_of(show))), "winter or summer"
        for path in (desk_of(show), desk_of(show, "orders"), desk_of(show, f"orders/{order.code}")):
            assert "Times are Berlin time." in await said(client, path), path
        assert re.search(
            r"\d\d:\d\d Berlin time</span>", await said(client, links.organiser(f"o-{show.organiser_id.hex}"))
        )
        client.headers.update(await bearer(assembly, show.door.person_id))
        assert re.search(r"\d\d:\d\d Berlin time</span>", await said(client, links.CHECKIN))


async def test_the_day_stands_with_a_time_at_the_door_that_is_past(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await sold(assembly, show, 1)
    await let_in(assembly, show, order.id, 1)
    path = links.order(assembly.links.make("order", order.id))
    one = desk_of(show, f"orders/{order.code}")
    async with browser(assembly) as client:
        await owner(client, assembly, show)
        assert re.search(r"Used: \d\d:\d\d, Gate\.", await said(client, path))
        assert re.search(r"In since \d\d:\d\d, Gate", await said(client, one))
        async with assembly.database.transaction() as tx:
            await tx.execute(text("UPDATE checkin_admission SET at = '2020-03-04T18:02:00Z'"))
        assert "Used: 4 Mar 2020, 19:02, Gate." in await said(client, path)
        assert "In since 4 Mar 2020, 19:02, Gate" in await said(client, one)
