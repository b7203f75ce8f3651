"""Tickets that somebody paid for in one way or another, and the proofs that they are theirs, over the API."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy import text

from admitone import orders, tickets
from admitone.assembly import Assembly
from admitone.orders import OrderRow
from tests.support import onsale
from tests.support.bitcoin_desk import address_of, invoice_of, payer_of, read_chain, takes_bitcoin
from tests.support.onsale import OnSale, buy, place, put_on_sale
from tests.support.site import bearer

API = "/api/v1"
OTHER_PREIMAGE = "00" * 32


@dataclass(frozen=True, slots=True)
class Held:
    """A paid order with one ticket, and the token of that ticket's link."""

    show: OnSale
    order: OrderRow
    ticket: tickets.Ticket
    token: str


async def held_of(site: Assembly, show: OnSale, order: OrderRow) -> Held:
    async with site.database.reading() as reader:
        paid = await orders.by_id(reader, order.id)
        [ticket] = await tickets.by_order(reader, order.id)
    return Held(show, paid, ticket, site.links.make("ticket", ticket.id))


async def bought(site: Assembly, email: str | None = None) -> Held:
    """With the sandbox: nothing of a wallet's."""
    show = await put_on_sale(site)
    paying = await buy(site, show, email=email)
    return await held_of(site, show, await order_now(site, paying.attempt.order_id))


async def order_now(site: Assembly, order_id: UUID) -> OrderRow:
    async with site.database.reading() as reader:
        return await orders.by_id(reader, order_id)


async def by_lightning(site: Assembly) -> tuple[Held, str]:
    """With play Lightning; the preimage that its payer got."""
    show = await put_on_sale(site)
    await takes_bitcoin(site, show)
    order = await place(site, show)
    await site.pay_with_bitcoin.open(order.id)
    payment_hash = await invoice_of(site, order.id)
    await payer_of(site).pay_invoice(payment_hash)
    await site.settlement.ask_about_order(order.id)
    invoice = (await payer_of(site).look(payment_hash, None)).invoice
    assert invoice is not None
    assert invoice.preimage is not None, "whoever paid has it"
    return await held_of(site, show, order), invoice.preimage.hex()


async def on_chain(site: Assembly, *sats: int) -> Held:
    """With play Bitcoin on the chain, in so many payments that are final one after the other."""
    show = await put_on_sale(site)
    await takes_bitcoin(site, show)
    order = await place(site, show)
    await site.pay_with_bitcoin.open(order.id)
    address = await address_of(site, order.id)
    for one in sats or (50_000,):
        await payer_of(site).pay_address(address, one)
        for _ in range(2):
            await payer_of(site).mine()
        await read_chain(site, order.id)
    assert await read_chain(site, order.id) == "paid"
    return await held_of(site, show, order)


async def by_both(site: Assembly, chain_sats: int) -> tuple[Held, str]:
    """So much with play Bitcoin on the chain, and then the rest with play Lightning; the preimage of that."""
    show = await put_on_sale(site)
    await takes_bitcoin(site, show)
    order = await place(site, show)
    await site.pay_with_bitcoin.open(order.id)
    await payer_of(site).pay_address(await address_of(site, order.id), chain_sats)
    for _ in range(2):
        await payer_of(site).mine()
    assert await read_chain(site, order.id) == "pending"
    await site.pay_with_bitcoin.open(order.id)
    payment_hash = await invoice_of(site, order.id)
    await payer_of(site).pay_invoice(payment_hash)
    await site.settlement.ask_about_order(order.id)
    invoice = (await payer_of(site).look(payment_hash, None)).invoice
    assert invoice is not None
    assert invoice.preimage is not None, "whoever paid has it"
    return await held_of(site, show, order), invoice.preimage.hex()


async def person(site: Assembly, email: str) -> dict[str, str]:
    """The header that signs whoever has this address in."""
    made = await site.database.run(lambda tx: onsale.person(tx, site, email))
    return await bearer(site, made)


async def ask(client: httpx2.AsyncClient, token: str, purpose: str = "show") -> dict[str, Any]:
    answer = await client.post(f"{API}/tickets/{token}/ownership/challenges", json={"purpose": purpose})
    assert answer.status_code == 201, answer.text
    asked: dict[str, Any] = answer.json()
    return asked


async def prove(
    client: httpx2.AsyncClient,
    token: str,
    challenge: str,
    headers: dict[str, str] | None = None,
    **proof: str,
) -> httpx2.Response:
    return await client.post(
        f"{API}/tickets/{token}/ownership/proofs",
        json={"challenge": challenge, **proof},
        headers=headers or {},
    )


async def proofs(site: Assembly) -> int:
    """How many questions were answered."""
    async with site.database.reading() as reader:
        found = await reader.execute(
            text("SELECT count(*) FROM tickets_challenge WHERE proved_at IS NOT NULL")
        )
        return int(found.scalar_one())


async def proved_to_pass_on(client: httpx2.AsyncClient, held: Held, preimage: str) -> str:
    asked = await ask(client, held.token, "pass_on")
    yes = await prove(client, held.token, asked["challenge"], preimage=preimage)
    assert yes.json()["word"] == "", "this proof is not for a door"
    return str(asked["challenge"])
