"""A page that says no greets whoever is signed in, and leads back to where they can go."""

import re

import pytest

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.values.actor import Role
from tests.support.onsale import put_on_sale
from tests.support.organiser_desk import desk
from tests.support.site import browser

_WAYS = re.compile(r'<div class="actions">(.*?)</div>', re.DOTALL)


def ways(page: str) -> list[str]:
    """Where the buttons lead."""
    found = _WAYS.search(page)
    assert found is not None
    return re.findall(r'href="([^"]+)"', found[1])


@pytest.mark.parametrize(
    "path", ["/nowhere", "/e/nothing", "/organiser/nobody", "/t/forged", "/orders/forged"]
)
async def test_nothing_there_is_said_to_the_one_who_asks(assembly: Assembly, path: str) -> None:
    async with desk(assembly, "ann") as ann:
        page = await ann.client.get(path)
        assert page.status_code == 404
        assert 'href="/sign-in"' not in page.text
        assert '<a class="avatar" href="/account"' in page.text
        assert "<bdi>ann</bdi>" in page.text
    async with browser(assembly) as client:
        page = await client.get(path)
        if page.status_code == 404:
            assert 'href="/sign-in"' in page.text


async def test_whoever_may_not_do_that_is_led_back_to_their_own_work(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    theirs = links.managed_event(f"o-{show.organiser_id.hex}", str(show.event_id), "orders")
    async with desk(assembly, "ann") as ann:
        page = await ann.client.get(theirs)
        assert (page.status_code, ways(page.text)) == (403, [links.ORGANISER, links.MY_TICKETS])
        door = await ann.client.get(f"/checkin/{show.event_id}")
        assert (door.status_code, ways(door.text)) == (403, [links.CHECKIN, links.ORGANISER])
        for one in (page, door):
            assert 'href="/sign-in"' not in one.text
            assert "<bdi>ann</bdi>" in one.text
        async with desk(assembly, "kit", Role.DOOR, of=ann.slug) as kit:
            assert (await kit.client.get(links.ORGANISER)).status_code == 303, "somewhere to go"


async def test_an_invitation_that_is_over_leads_back(assembly: Assembly) -> None:
    async with desk(assembly, "ann") as ann, desk(assembly, "bob") as bob:
        team = f"{ann.base}/team"
        sent = await ann.send(team, team, {"email": "bob@people.example", "role": "manager"})
        assert sent.status_code == 303, sent.text
        mailbox = (await ann.client.get("/dev/mailbox?q=bob@people.example")).text
        letter = re.search(r'href="(/dev/mailbox/[^"]+)"', mailbox)
        assert letter is not None
        link = re.search(r"/invitations?/[\w.~-]+", (await ann.client.get(f"{letter[1]}/html")).text)
        assert link is not None
        token = link[0].rpartition("/")[2]
        wrong = await ann.send(team, "/invitation", {"token": token})
        assert (wrong.status_code, ways(wrong.text)[0]) == (403, links.ACCOUNT)
        assert (await bob.send(link[0], "/invitation", {"token": token})).status_code == 303
        for _ in range(2):
            used = await bob.client.get(link[0])
            assert (used.status_code, ways(used.text)) == (410, [links.ORGANISER, links.MY_TICKETS])
            assert "This invitation is over" in used.text
            assert 'href="/sign-in"' not in used.text
            assert "<bdi>bob</bdi>" in used.text


async def test_before_anybody_was_asked_who_this_is_nobody_is_told_to_sign_in(assembly: Assembly) -> None:
    async with desk(assembly, "ann") as ann:
        page = await ann.client.get("/events?q=%00")
    assert page.status_code == 400
    assert 'href="/sign-in"' not in page.text
    async with browser(assembly) as client:
        assert 'href="/sign-in"' in (await client.get("/events?q=%00")).text
