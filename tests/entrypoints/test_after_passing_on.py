"""What a buyer sees of tickets that they passed on: that they are somebody else's, and nothing that leads nowhere."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.pass_on_ticket import Receiver
from admitone.plumbing.database import Transaction
from tests.support.held_tickets import ask, person, prove
from tests.support.letters_kept import kept, react
from tests.support.onsale import buy, put_on_sale
from tests.support.organiser_desk import said
from tests.support.site import program

EMAIL = "ada@example.org"
BADGE = "Passed on</span>"


async def _bought(site: Assembly, quantity: int) -> UUID:
    paying = await buy(site, await put_on_sale(site), quantity, email=EMAIL)
    return paying.attempt.order_id


async def _pass_on(site: Assembly, order_id: UUID, headers: Mapping[str, str], most: int) -> list[str]:
    """Pass so many of the order's tickets on; the old links to them."""
    async with site.database.reading() as reader:
        found = await tickets.by_order(reader, order_id)
    old = [site.links.make("ticket", one.id) for one in found[:most]]
    for token in old:
        async with program(site) as client:
            asked = await ask(client, token, "pass_on")
            assert (await prove(client, token, asked["challenge"], dict(headers))).status_code == 200
        receiver = Receiver("Bola", "bola@example.org")
        await site.ownership.passing_on.transfer_ticket(asked["challenge"], receiver, actor="guest")
    return old


@pytest.mark.parametrize(
    ("quantity", "headline", "lead"),
    [
        (1, "You have passed your ticket on.", "It belongs to somebody else now."),
        (2, "You have passed your tickets on.", "They belong to somebody else now."),
    ],
    ids=["one", "two"],
)
async def test_whoever_passed_all_on_is_not_told_that_they_are_going(
    assembly: Assembly, quantity: int, headline: str, lead: str
) -> None:
    order_id = await _bought(assembly, quantity)
    headers = await person(assembly, EMAIL)
    old = await _pass_on(assembly, order_id, headers, quantity)
    token = assembly.links.make("order", order_id)
    async with program(assembly) as client:
        page = said(await client.get(links.order(token)))
        for other in (links.pay(token), links.pay_bitcoin(token)):
            answer = await client.get(other)
            assert (answer.status_code, answer.headers["location"]) == (303, links.order(token))
        mine = said(await client.get(links.MY_TICKETS, headers=headers))
    assert f"<h1>{headline}</h1>" in page
    assert lead in page
    assert "You are going" not in page
    assert [one for one in old if one in page] == [], "these links have ended"
    assert BADGE in mine
    assert "Paid</span>" not in mine


async def test_of_two_tickets_the_one_that_is_left_is_said(assembly: Assembly) -> None:
    order_id = await _bought(assembly, 2)
    headers = await person(assembly, EMAIL)
    await _pass_on(assembly, order_id, headers, 1)
    async with program(assembly) as client:
        page = said(await client.get(links.order(assembly.links.make("order", order_id))))
        mine = said(await client.get(links.MY_TICKETS, headers=headers))
    assert "<h1>You are going.</h1>" in page
    assert "2 tickets, General admission, 1 passed on" in mine
    assert BADGE not in mine


async def test_the_letter_to_whoever_had_it_leads_to_what_still_opens(assembly: Assembly) -> None:
    order_id = await _bought(assembly, 1)
    [old] = await _pass_on(assembly, order_id, await person(assembly, EMAIL), 1)
    await react(assembly, "tickets.passed_on", "tell_passed_on")
    [letter] = await kept(assembly, "ticket_passed_on")
    order_url = links.order(assembly.links.make("order", order_id))
    assert order_url in letter.plain
    assert old not in letter.plain
    async with program(assembly) as client:
        assert (await client.get(order_url)).status_code == 200


async def test_the_code_of_a_ticket_without_a_door_is_folded_on_the_orders_page(assembly: Assembly) -> None:
    order_id = await _bought(assembly, 1)
    url = links.order(assembly.links.make("order", order_id))
    folded = "<summary>The ticket's code"
    async with program(assembly) as client:
        assert folded not in said(await client.get(url))

        async def online(tx: Transaction) -> None:
            await tx.execute(
                text("UPDATE events_event SET online_url = 'https://meet.example/secret', venue_name = NULL")
            )

        await assembly.database.run(online)
        page = said(await client.get(url))
    assert folded in page
    assert page.index(folded) < page.index('<div class="qrbox">')
