"""Stories of the crash matrix paid in play Bitcoin: held and given back over Lightning, in two parts on the chain.

The payer's wallet never dies, so each of its steps looks first whether it was done.
"""

import contextlib
from uuid import UUID

from sqlalchemy import text

from admitone import tickets
from admitone.payments.bitcoin import DestinationKnown
from admitone.payments.providers.play_bitcoin.payer import NotPayable
from tests.crash.story import Site, order, work

LIGHTNING, ONCHAIN = "play_bitcoin:lightning", "play_bitcoin:onchain"
# 52.50 at 50,000 for one bitcoin.
PRICE_SATS = 105_000
FIRST_PART_SATS = 65_000


async def _shown(site: Site, token: str, what: str) -> str:
    """The payment hash, or the address, that the buyer was shown."""
    wanted = text(f"SELECT {what} FROM payments_bitcoin_request WHERE order_id = :id")
    async with site.assembly.database.reading() as reader:
        order_id = site.assembly.links.read("order", token)
        return str((await reader.execute(wanted, {"id": order_id})).scalar_one())


async def held(site: Site) -> None:
    """Buy two by Lightning, where what is paid arrives held; give one back, and say where its money goes."""
    payer = site.assembly.play_payer
    assert payer is not None
    token = await order(site, "ada", LIGHTNING)
    with contextlib.suppress(NotPayable):
        await payer.pay_invoice(await _shown(site, token, "payment_hash"))
    await work(site)
    async with site.assembly.database.reading() as reader:
        issued = await tickets.by_order(reader, site.assembly.links.read("order", token))
    one = site.assembly.links.make("ticket", issued[0].id)
    await site.send(f"/orders/{token}/cancellations", "ada-give-back", {"tickets": [one]})
    await work(site)
    claim = site.assembly.links.make("refund_claim", await _refund(site))
    with contextlib.suppress(DestinationKnown):
        invoice = await payer.invoice(PRICE_SATS // 2)
        await site.assembly.money.refund_claims.name(claim, invoice, visitor="ada")
    await work(site)


async def _refund(site: Site) -> UUID:
    async with site.assembly.database.reading() as reader:
        found = await reader.execute(text("SELECT refund_id FROM payments_bitcoin_sending"))
        return UUID(str(found.scalar_one()))


async def on_chain(site: Site) -> None:
    """Buy two on the chain, and pay in two parts: the second is found beside the first."""
    token = await order(site, "ada", ONCHAIN)
    address = await _shown(site, token, "address")
    for number, sats in enumerate((FIRST_PART_SATS, PRICE_SATS - FIRST_PART_SATS)):
        await _send(site, address, number, sats)
        await _read_chain(site)
        await work(site)


async def _read_chain(site: Site) -> None:
    """As a watch of the node would, at once: between two reads lies a moment that no clock of ours moves."""
    for opened in await site.assembly.payment_accounts.in_use():
        if opened.account.provider == "play_bitcoin":
            async for _ in opened.provider.recent(site.clock.now()):
                pass


async def _send(site: Site, address: str, number: int, sats: int) -> None:
    """The payer's transaction of this number, with two blocks on it."""
    payer = site.assembly.play_payer
    assert payer is not None
    if len((await payer.look(None, address)).transactions) > number:
        return
    await payer.pay_address(address, sats)
    for _ in range(2):
        await payer.mine()


BITCOIN_STORIES = {"held": held, "on_chain": on_chain}
