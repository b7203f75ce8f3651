"""A ticket of an order that was placed in test mode says so wherever it is shown; one sold in earnest does not."""

import re

import pypdfium2
import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.plumbing.database import Transaction
from tests.support.letters_kept import kept, react
from tests.support.onsale import buy, put_on_sale
from tests.support.organiser_desk import said
from tests.support.site import program

SAID = re.compile("test ticket", re.IGNORECASE)
WHEN = "when tickets are sold for real money."


async def _everything(site: Assembly, *, is_test: bool) -> dict[str, str]:
    """What is said on the ticket's page, in the letter and in its file."""
    show = await put_on_sale(site)
    await buy(site, show, 1)

    async def sold_for(tx: Transaction) -> None:
        await tx.execute(text("UPDATE orders_order SET is_test = :is_test"), {"is_test": is_test})

    await site.database.run(sold_for)
    await react(site, "orders.paid", "send_tickets")
    [letter] = await kept(site, "tickets")
    async with site.database.reading() as reader:
        ticket_id = (await reader.execute(text("SELECT id FROM tickets_ticket"))).scalar_one()
    async with program(site) as client:
        page = said(await client.get(links.ticket(site.links.make("ticket", ticket_id))))
    pdf = pypdfium2.PdfDocument(letter.file(".pdf"))[0].get_textpage().get_text_range()
    return {"page": page, "letter": " ".join(letter.plain.split()), "pdf": " ".join(pdf.split())}


@pytest.mark.parametrize("is_test", [True, False], ids=["test", "live"])
async def test_a_ticket_says_that_it_is_for_trying_out_only_if_it_is(
    assembly: Assembly, is_test: bool
) -> None:
    words = await _everything(assembly, is_test=is_test)
    assert {where for where, spoken in words.items() if SAID.search(spoken)} == (
        set(words) if is_test else set()
    )
    assert {where for where, spoken in words.items() if WHEN in spoken} == (set(words) if is_test else set())
