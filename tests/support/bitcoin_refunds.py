"""Orders paid in play Bitcoin whose money goes back, and the letter that asks their buyers where to."""

import re
from uuid import UUID

from sqlalchemy import text

from admitone import payments
from admitone.assembly import Assembly
from admitone.payments import Refund, bitcoin
from tests.support.bitcoin_desk import address_of, invoice_of, payer_of, read_chain, takes_bitcoin
from tests.support.letters_kept import kept, react
from tests.support.onsale import OnSale, place, put_on_sale

PRICE_SATS = 50_000
"""25 euros at 50,000 euros for one bitcoin."""


async def owed(
    site: Assembly, rail: str = bitcoin.LIGHTNING, paid_sats: int = PRICE_SATS
) -> tuple[OnSale, Refund]:
    """A buyer paid in bitcoin, and the organiser has taken the order back; the provider was asked once."""
    show = await put_on_sale(site)
    await takes_bitcoin(site, show)
    order = await place(site, show)
    await site.pay_with_bitcoin.open(order.id)
    payer = payer_of(site)
    if rail == bitcoin.LIGHTNING:
        await payer.pay_invoice(await invoice_of(site, order.id))
        await site.settlement.ask_about_order(order.id)
    else:
        await payer.pay_address(await address_of(site, order.id), paid_sats)
        await payer.mine()
        await payer.mine()
        assert await read_chain(site, order.id) == "paid"
    await site.refunding.take_back(show.owner, show.organiser_id, order.code)
    await site.refunding.send_due()
    return show, await refund_of(site, order.id)


async def refund_of(site: Assembly, order_id: UUID) -> Refund:
    """What the order's whole price goes back by, as it is now."""
    async with site.database.reading() as reader:
        return max(await payments.refunds_of(reader, [order_id]), key=lambda one: one.amount_minor)


async def sending_of(site: Assembly, refund_id: UUID) -> bitcoin.Sending:
    """What goes back by it, as it is now."""
    async with site.database.reading() as reader:
        return (await bitcoin.sendings(reader, [refund_id]))[refund_id]


async def asked(site: Assembly) -> list[str]:
    """The addresses in the letters so far, oldest first; the reaction runs twice, as a job may."""
    for _ in range(2):
        await react(site, "payments.destination_wanted", "ask_destination")
    return [_address(letter.plain) for letter in await kept(site, "refund_destination")]


def _address(plain: str) -> str:
    found = re.search(r"http://testserver(/refund-in-bitcoin/\S+)", plain)
    assert found is not None
    return found[1]


async def send_named(site: Assembly) -> None:
    """What the worker does once a buyer has said where it goes, twice as a job may."""
    for _ in range(2):
        await react(site, "payments.destination_named", "send_to_destination")


async def paid_back_sats(site: Assembly) -> int:
    """What the play payer has received, over both rails."""
    async with site.database.reading() as reader:
        lightning = await reader.execute(
            text("SELECT coalesce(sum(amount_msat), 0) / 1000 FROM play_bitcoin_sent")
        )
        chain = await reader.execute(
            text("SELECT coalesce(sum(amount_sat), 0) FROM play_bitcoin_transaction WHERE key IS NOT NULL")
        )
        return int(lightning.scalar_one()) + int(chain.scalar_one())
