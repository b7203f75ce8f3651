"""Stories of the crash matrix paid in play Bitcoin: held and given back over Lightning, by a connected wallet, in two
parts on the chain.

The payer's wallet never dies, so each of its steps looks first whether it was done.
"""

import contextlib
from uuid import UUID

from sqlalchemy import text

from admitone import tickets
from admitone.assembly import master_key
from admitone.flows.pay_from_wallet import PayFromWallet
from admitone.flows.wallet_connections import WalletConnections
from admitone.payments import nwc
from admitone.payments.bitcoin import DestinationKnown
from admitone.payments.providers.play_bitcoin import PlayPayer
from admitone.payments.providers.play_bitcoin.payer import NotPayable
from admitone.plumbing.sealing import Sealer
from admitone.values.actor import Actor
from admitone.values.ids import derived_id
from tests.crash.story import Site, order, owner_of, work

LIGHTNING, ONCHAIN = "play_bitcoin:lightning", "play_bitcoin:onchain"
# 52.50 at 50,000 for one bitcoin.
PRICE_SATS = 105_000
FIRST_PART_SATS = 65_000
# A point of the curve and a secret that everybody knows (SEC 2); nothing is asked there.
URI = (
    "nostr+walletconnect://79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    f"?relay=wss://relay.example.org&secret={'01' * 32}"
)


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


class AdasWallet:
    """Implements `nwc.ConnectedWallets`: a wallet that pays play Bitcoin and never dies. It keeps no list of its own:
    it pays whatever it is asked to, as often as it is asked, if it can be paid.
    """

    def __init__(self, payer: PlayPayer) -> None:
        self._payer = payer

    async def look(self, uri: nwc.ConnectionUri) -> nwc.Look:
        """As `ConnectedWallets.look`."""
        return nwc.Look("Ada's phone", "regtest", (nwc.PAY_INVOICE, "lookup_invoice"))

    async def pay(self, uri: nwc.ConnectionUri, bolt11: str, payment_hash: str, *, seconds: int) -> nwc.Told:
        """As `ConnectedWallets.pay`."""
        try:
            await self._payer.pay_invoice(payment_hash)
        except NotPayable:
            return nwc.Told(nwc.WalletPaymentState.UNKNOWN, reason="PAYMENT_FAILED")
        return nwc.Told(nwc.WalletPaymentState.PAID, 1000)

    async def look_up(self, uri: nwc.ConnectionUri, bolt11: str, payment_hash: str) -> nwc.Told:
        """As `ConnectedWallets.look_up`."""
        known = (await self._payer.look(payment_hash, None)).invoice
        if known is None or known.paid_at is None:
            return nwc.Told(nwc.WalletPaymentState.UNKNOWN, reason="NOT_FOUND")
        return nwc.Told(nwc.WalletPaymentState.PAID, 1000)


async def by_wallet(site: Site) -> None:
    """Buy two, and have the connected wallet pay: it is asked by a worker, which may die before and after."""
    payer = site.assembly.play_payer
    assert payer is not None
    phone, settings = AdasWallet(payer), site.assembly.settings
    shared = (site.assembly.database, site.clock)
    sealer = Sealer({1: master_key(settings)}, active=1)
    connections = WalletConnections(*shared, sealer, phone, site.assembly.limiter, loopback=False)
    paying = PayFromWallet(*shared, connections, phone, site.assembly.settlement, site.assembly.limiter)
    ada = Actor.person(await owner_of(site))
    await connections.connect(ada, URI, derived_id("wallet", b"ada"))
    token = await order(site, "ada", LIGHTNING)
    with contextlib.suppress(nwc.NothingToPay):
        # Pressed again by whoever tries again.
        await paying.ask(ada, site.assembly.links.read("order", token))
    for _ in range(2):
        await paying.ask_due()
        await work(site)


BITCOIN_STORIES = {"held": held, "on_chain": on_chain, "by_wallet": by_wallet}
