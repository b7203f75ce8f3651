"""A ticket for an event that is only online speaks of watching, not of a door; one for a place speaks as ever."""

import re

import pypdfium2
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.plumbing.database import Transaction
from tests.support.letters_kept import kept, react
from tests.support.onsale import buy, put_on_sale
from tests.support.organiser_desk import said
from tests.support.site import program

DOOR = re.compile(r"\bdoors?\b|lets one person in|show on a phone|Turn your screen", re.IGNORECASE)


async def _sold(site: Assembly, venue: str | None) -> tuple[str, str]:
    """The pages of an order and of its ticket, for an event online that is at this place as well, or at none."""
    show = await put_on_sale(site)

    async def online(tx: Transaction) -> None:
        await tx.execute(
            text(
                "UPDATE events_event SET online_url = 'https://meet.example/secret', venue_name = :venue,"
                " doors_at = starts_at - interval '30 minutes'"
            ),
            {"venue": venue},
        )

    await site.database.run(online)
    await buy(site, show, 1)
    async with site.database.reading() as reader:
        order_id, ticket_id = (await reader.execute(text("SELECT order_id, id FROM tickets_ticket"))).one()
    return links.order(site.links.make("order", order_id)), links.ticket(site.links.make("ticket", ticket_id))


async def _everything(site: Assembly, venue: str | None) -> dict[str, str]:
    """What is said on the ticket's page, in the letter, in its files."""
    _, ticket = await _sold(site, venue)
    await react(site, "orders.paid", "send_tickets")
    [letter] = await kept(site, "tickets")
    async with program(site) as client:
        page = said(await client.get(ticket)).partition("<main")[2].partition("</main>")[0]
    pdf = pypdfium2.PdfDocument(letter.file(".pdf"))[0].get_textpage().get_text_bounded()
    return {"page": page, "letter": letter.plain, "pdf": pdf, "ics": letter.file(".ics").decode()}


async def test_whoever_watches_online_is_told_how_and_of_no_door(assembly: Assembly) -> None:
    words = await _everything(assembly, None)
    assert {where: found for where, spoken in words.items() if (found := DOOR.findall(spoken))} == {}
    assert "You watch this event online." in words["page"]
    assert "The ticket's code" in words["page"]
    assert "each ticket there has a button for that" in " ".join(words["letter"].split())
    assert re.search(
        r"Watchattestserver/e/[a-z0-9-]+/watch", re.sub(r"\s|\u200b|\xad|\ufffe", "", words["pdf"])
    )
    assert "watch it with your ticket" in words["ics"].replace("\r\n ", "")


async def test_where_there_is_a_door_as_well_it_is_spoken_of(assembly: Assembly) -> None:
    words = await _everything(assembly, "Pier 3")
    assert "Turn your screen up bright at the door." in words["page"]
    assert "Each code lets one person in, once." in words["letter"]
    assert "To watch it online, open your order" in words["letter"]
    assert "Doors" in words["pdf"]
    assert "Doors" in words["ics"]
    assert "You watch this event online." not in words["page"]
