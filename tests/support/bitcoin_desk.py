"""An organiser who takes play Bitcoin, and what a payer does with it."""

from uuid import UUID

from admitone import orders
from admitone.assembly import Assembly
from admitone.payments.bitcoin import LIGHTNING, ONCHAIN, Request
from admitone.payments.providers.play_bitcoin import PlayPayer
from admitone.reads.bitcoin_page import BitcoinPage, bitcoin_page
from tests.support.bank_desk import add_account
from tests.support.onsale import OnSale


async def takes_bitcoin(site: Assembly, show: OnSale) -> UUID:
    """The account of play Bitcoin that this event's organiser has now."""
    return await add_account(site, show.organiser_id, "play_bitcoin", {})


def payer_of(site: Assembly) -> PlayPayer:
    """Who pays."""
    assert site.play_payer is not None, "a site that offers play money"
    return site.play_payer


async def bitcoin_of(site: Assembly, order_id: UUID) -> BitcoinPage:
    """How the order is being paid."""
    async with site.database.reading() as reader:
        return await bitcoin_page(reader, order_id, site.clock.now())


async def asked_by(site: Assembly, order_id: UUID, rail: str) -> Request:
    """What can be paid now on this rail."""
    way = (await bitcoin_of(site, order_id)).way(rail)
    assert way is not None, f"nothing to be paid by {rail}"
    return way.request


async def invoice_of(site: Assembly, order_id: UUID) -> str:
    """The payment hash of the invoice that can be paid now."""
    found = (await asked_by(site, order_id, LIGHTNING)).payment_hash
    assert found is not None, "a request of Lightning has its hash"
    return found


async def address_of(site: Assembly, order_id: UUID) -> str:
    """The address that can be paid to now."""
    found = (await asked_by(site, order_id, ONCHAIN)).address
    assert found is not None, "a request on the chain has its address"
    return found


async def read_chain(site: Assembly, order_id: UUID) -> str:
    """As a worker does: read the chain, find what came beside, ask about the order's payments. The order's state."""
    for opened in await site.payment_accounts.in_use():
        if opened.account.provider == "play_bitcoin":
            [one async for one in opened.provider.recent(site.clock.now())]
            await site.money.found_money.look(opened.account.id)
    await site.settlement.ask_about_order(order_id)
    async with site.database.reading() as reader:
        return (await orders.by_id(reader, order_id)).state
