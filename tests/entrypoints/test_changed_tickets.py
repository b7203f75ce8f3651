"""A ticket that was changed for another says so: at the door, on its own page, and to whoever sold it."""

import html
import re
from uuid import UUID

from sqlalchemy import text

from admitone import tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.reversal_plan import RefundWish
from admitone.values.ids import uuid7
from tests.support.changing import DOWN, UP, Changeable, another_date, changeable
from tests.support.site import bearer, browser, program

GATE = "Mill Lane"
_FORM = re.compile(r'name="(csrf|scan_id)" value="([^"]*)"')


async def changed(mine: Changeable, to: int = DOWN) -> UUID:
    """The first ticket is changed for another; the new order."""
    return (await mine.site.exchanging.change(mine.order.id, mine.wish(to), uuid7())).order.id


async def told(mine: Changeable, at: int = 0) -> tuple[str, str | None, str]:
    """What the door says to a program of one of the first tickets."""
    assert mine.show.door.person_id is not None
    code = tickets.code_of(mine.tickets[at], mine.site.ring)
    async with program(mine.site) as client:
        client.headers.update(await bearer(mine.site, mine.show.door.person_id))
        body = {"event_id": str(mine.show.event_id), "code": code, "door": GATE}
        said = (await client.post("/api/v1/scans", json=body)).json()
    return said["verdict"], said["reason"], said["sentence"]


async def test_the_door_asks_for_the_new_ticket(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    await changed(mine)
    sentence = "This ticket was changed for another one. Ask to see the new ticket"
    assert await told(mine) == ("cancelled", "changed", sentence)
    assert (await told(mine, 1))[0] == "admitted"
    here = links.with_query(links.checkin(str(mine.show.event_id)), door=GATE)
    assert mine.show.door.person_id is not None
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, mine.show.door.person_id))
        fields = dict(_FORM.findall((await client.get(here)).text))
        code = tickets.code_of(mine.tickets[0], assembly.ring)
        page = (await client.post(here, data={**fields, "code": code})).text
    assert "Changed</h2>" in page
    assert f"{sentence}." in page


async def test_a_ticket_given_back_is_cancelled_and_not_changed(assembly: Assembly) -> None:
    mine = await changeable(assembly, 3)
    await changed(mine)
    back = RefundWish((mine.ids[1],))
    await assembly.money.cancel_tickets.refund(
        mine.show.owner, mine.show.organiser_id, mine.order.code, back, uuid7()
    )
    assert await told(mine, 1) == ("cancelled", "taken_back", "This ticket was cancelled")
    async with browser(assembly) as client:
        page = (await client.get(links.ticket(assembly.links.make("ticket", mine.ids[1])))).text
    assert "changed for another" not in page


async def test_while_the_difference_is_not_paid_the_old_ticket_is_as_it_was(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    await changed(mine, UP)
    async with browser(assembly) as client:
        page = (await client.get(links.ticket(assembly.links.make("ticket", mine.ids[0])))).text
    assert "qrbox" in page
    assert "changed for another" not in page
    assert (await told(mine))[0] == "admitted"


async def test_an_old_tickets_page_leads_its_buyer_alone_to_the_new_order(assembly: Assembly) -> None:
    mine, other = await changeable(assembly), await changeable(assembly)
    child = await changed(mine)
    buyer, stranger = mine.show.owner.person_id, other.show.owner.person_id
    assert buyer is not None
    assert stranger is not None
    theirs = text("UPDATE orders_order SET person_id = :person WHERE id = ANY(:ids)")
    params = {"person": buyer, "ids": [mine.order.id, child]}
    await assembly.database.run(lambda tx: tx.execute(theirs, params))
    url = links.ticket(assembly.links.make("ticket", mine.ids[0]))
    new = links.order(assembly.links.make("order", child))
    async with browser(assembly) as client:
        nobody = (await client.get(url)).text
        mine_seen = (await client.get(url, headers=await bearer(assembly, buyer))).text
        strangers = (await client.get(url, headers=await bearer(assembly, stranger))).text
        kept = (await client.get(links.ticket(assembly.links.make("ticket", mine.ids[1])))).text
    for page in (nobody, mine_seen, strangers):
        assert "This ticket was changed for another one and is no longer valid." in page
        assert "qrbox" not in page
    assert [new in page for page in (nobody, mine_seen, strangers)] == [False, True, False]
    assert "qrbox" in kept


async def test_order_pages_tell_changed_tickets_from_cancelled_ones(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    await changed(mine)
    slug, event_id = f"o-{mine.show.organiser_id.hex}", str(mine.show.event_id)
    assert mine.show.owner.person_id is not None
    async with browser(assembly) as client:
        shown = html.unescape(
            (await client.get(links.order(assembly.links.make("order", mine.order.id)))).text
        )
        client.headers.update(await bearer(assembly, mine.show.owner.person_id))
        desk = (await client.get(links.managed_event(slug, event_id, f"orders/{mine.order.code}"))).text
    assert re.search(r">\s*Changed\s*<", shown)
    assert re.search(r">\s*Changed\s*<", desk)


async def test_an_orders_page_shows_all_valid_tickets_of_its_buyers_family(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = await changed(mine)
    pages = [links.order(assembly.links.make("order", one)) for one in (mine.order.id, child)]
    new = (await mine.now(child)).code
    async with browser(assembly) as client:
        first, second = [(await client.get(one)).text for one in pages]
        assert [one.count('<div class="qrbox">') for one in (first, second)] == [2, 2]
        assert f'<a class="code" href="{pages[1]}">{new}</a></h3>' in first
        assert "Furnace Night, again" not in first
        theirs = text("UPDATE orders_order SET email = :new, email_key = :new WHERE id = :id")
        params = {"new": "other@example.org", "id": child}
        await assembly.database.run(lambda tx: tx.execute(theirs, params))
        first, second = [(await client.get(one)).text for one in pages]
    assert [one.count('<div class="qrbox">') for one in (first, second)] == [1, 1], "two people's tickets"
    assert pages[1] not in first


async def test_when_all_was_changed_the_new_tickets_of_another_date_are_there(assembly: Assembly) -> None:
    mine = await changeable(assembly, 1)
    later = await another_date(assembly, mine.show)
    await assembly.exchanging.change_for(
        mine.show.owner, mine.show.organiser_id, mine.order.code, mine.wish(DOWN, show=later), uuid7()
    )
    async with browser(assembly) as client:
        page = html.unescape(
            (await client.get(links.order(assembly.links.make("order", mine.order.id)))).text
        )
    assert page.count('<div class="qrbox">') == 1
    assert "<bdi>Furnace Night, again, " in page
    assert ">Your tickets</h2>" in page
