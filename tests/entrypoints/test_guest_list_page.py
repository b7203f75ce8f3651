"""The guest list at the door: somebody whose code cannot be read is found by name and let in once."""

import html
import re

import httpx2

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.order_wish import OrderWish
from admitone.values.ids import uuid7
from tests.support.onsale import FREE, OnSale, TypeOnSale, must_hold, put_on_sale, wish
from tests.support.site import bearer, browser

GATE = "Mill Lane"
_ROW = re.compile(r"<li.*?</li>", re.DOTALL)
_FORM = re.compile(r'name="(csrf|scan_id|code)" value="([^"]*)"')


async def bought(assembly: Assembly, show: OnSale, name: str, email: str, quantity: int = 1) -> None:
    """Tickets for nothing."""
    held = await assembly.purchase.hold(wish(show, quantity))
    await assembly.purchase.place(OrderWish(held.hold_id, email, name))


async def rows(client: httpx2.AsyncClient, show: OnSale, q: str = "") -> list[str]:
    """The guests on the page, each as HTML."""
    where = links.with_query(links.checkin_guests(str(show.event_id)), door=GATE, q=q)
    answer = await client.get(where)
    assert answer.status_code == 200, answer.text
    page = answer.text
    return _ROW.findall(page[page.index("<main") :])


async def test_a_guest_is_found_by_name_and_let_in_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, FREE)
    await bought(assembly, show, "Ada Obi", "ada@example.org", 2)
    await bought(assembly, show, "<b>Bo</b> Okafor", "bo@example.org")
    async with browser(assembly) as client:
        assert show.door.person_id is not None
        client.headers.update(await bearer(assembly, show.door.person_id))
        assert len(await rows(client, show)) == 3
        [bo] = await rows(client, show, "okaf")
        assert "&lt;b&gt;Bo&lt;/b&gt; Okafor" in bo
        assert await rows(client, show, "bo@example") == [], "the door does not search by address"
        assert await rows(client, show, "-") == [], "no name, and no beginning of a code"
        # The whole name: Bo's order may have a code that begins like a short one.
        first, second = await rows(client, show, "ada obi")
        here = links.with_query(links.checkin(str(show.event_id)), door=GATE)
        fields = {name: html.unescape(value) for name, value in _FORM.findall(first)}
        assert "Let them in" in (await client.post(here, data=fields)).text
        again = fields | {"scan_id": str(uuid7())}
        assert "Already used" in (await client.post(here, data=again)).text
        first, second = await rows(client, show, "ada obi")
        assert "In since" in first
        assert GATE in first
        assert "Let in" in second
    await must_hold(assembly.database)


async def test_only_who_works_there_sees_the_list(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, FREE)
    other = await put_on_sale(assembly, FREE)
    where = links.with_query(links.checkin_guests(str(show.event_id)), door=GATE)
    async with browser(assembly) as client:
        assert (await client.get(where)).status_code in (303, 401)
        assert other.door.person_id is not None
        client.headers.update(await bearer(assembly, other.door.person_id))
        assert (await client.get(where)).status_code == 403


async def test_a_long_list_goes_on_where_it_stopped(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Guest list", 0, 100, per_person_limit=100))
    async with browser(assembly) as client:
        assert show.door.person_id is not None
        client.headers.update(await bearer(assembly, show.door.person_id))
        where = links.with_query(links.checkin_guests(str(show.event_id)), door=GATE)
        assert "Nobody is expected yet." in (await client.get(where)).text
        await bought(assembly, show, "Ada Obi", "ada@example.org", 60)
        first = (await client.get(where)).text
        [more] = re.findall(r'href="([^"]*cursor=[^"]*)"', first)
        second = (await client.get(html.unescape(more))).text
        codes = [re.findall(r'name="code" value="([^"]*)"', one) for one in (first, second)]
        assert [len(one) for one in codes] == [50, 10]
        assert len({*codes[0], *codes[1]}) == 60
