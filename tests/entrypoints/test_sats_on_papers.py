"""The order's page and its receipt say how much bitcoin paid for it, at which rate, and by which ways."""

from uuid import UUID

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from tests.flows.test_paid_by import document_of
from tests.support.bitcoin_desk import address_of, invoice_of, payer_of, read_chain, takes_bitcoin
from tests.support.held_tickets import bought, by_lightning, on_chain
from tests.support.onsale import place, put_on_sale
from tests.support.organiser_desk import said
from tests.support.site import program

BY_ADDRESS = "50,000 sats at €50,000 per bitcoin"


async def _page(site: Assembly, order_id: UUID) -> str:
    async with program(site) as client:
        return _plain(said(await client.get(links.order(site.links.make("order", order_id)))))


async def _parts(site: Assembly, order_id: UUID) -> list[tuple[str, int]]:
    """By what its receipt says that it was paid."""
    made = (await document_of(site, order_id)).content
    return [(_plain(one.words), one.minor) for one in made.payment.parts]


def _plain(words: str) -> str:
    return words.replace("\u00a0", " ")


async def test_an_order_paid_by_lightning_says_how_many_sats_at_which_rate(assembly: Assembly) -> None:
    held, _ = await by_lightning(assembly)
    words = "Lightning: 50,000 sats at €50,000 per bitcoin"
    assert words in await _page(assembly, held.order.id)
    words = "Paid by Lightning, 50,000 sats at €50,000 per bitcoin"
    assert await _parts(assembly, held.order.id) == [(words, 2500)]


async def test_an_order_paid_to_an_address_says_it_too(assembly: Assembly) -> None:
    held = await on_chain(assembly)
    assert BY_ADDRESS in await _page(assembly, held.order.id)
    assert await _parts(assembly, held.order.id) == [(f"Paid by Bitcoin, {BY_ADDRESS}", 2500)]


async def test_an_order_paid_by_both_names_both(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    await payer_of(assembly).pay_address(await address_of(assembly, order.id), 20_000)
    for _ in range(2):
        await payer_of(assembly).mine()
    assert await read_chain(assembly, order.id) == "pending", "a part waits for the rest"
    await assembly.pay_with_bitcoin.open(order.id)
    await payer_of(assembly).pay_invoice(await invoice_of(assembly, order.id))
    await assembly.settlement.ask_about_order(order.id)
    page = await _page(assembly, order.id)
    assert "20,000 sats at €50,000 per bitcoin and Lightning: 30,000 sats at €50,000 per bitcoin" in page
    assert await _parts(assembly, order.id) == [
        ("Paid by Bitcoin, 20,000 sats at €50,000 per bitcoin", 1000),
        ("Paid by Lightning, 30,000 sats at €50,000 per bitcoin", 1500),
    ]


async def test_an_order_paid_otherwise_speaks_of_no_sats(assembly: Assembly) -> None:
    held = await bought(assembly)
    assert "sats" not in await _page(assembly, held.order.id)
    assert await _parts(assembly, held.order.id) == []
