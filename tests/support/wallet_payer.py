"""A person with a connected wallet in front of an order that can be paid by Lightning."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from admitone.assembly import Assembly, master_key
from admitone.flows.pay_from_wallet import PayFromWallet
from admitone.orders import OrderRow
from admitone.payments.bitcoin import LIGHTNING, Request
from admitone.payments.nwc import WalletPayment
from admitone.payments.providers.lightning import Preimages
from admitone.plumbing.database import Transaction
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from tests.support.bitcoin_desk import asked_by, takes_bitcoin
from tests.support.nwc_wallet import PlayedWallet
from tests.support.onsale import OnSale, person, place, put_on_sale


@dataclass
class Paying:
    """`ada` has connected `theirs`, and wants `order` to be paid, by `request`."""

    site: Assembly
    show: OnSale
    ada: Actor
    theirs: PlayedWallet
    order: OrderRow
    request: Request

    @property
    def flow(self) -> PayFromWallet:
        """The flow under test."""
        return self.site.connected_wallets.paying

    async def ask(self, uma: str | None = None) -> WalletPayment:
        """Ada presses Pay."""
        return await self.flow.ask(self.ada, self.order.id, uma)

    async def stands(self) -> WalletPayment:
        """How it stands."""
        found = await self.flow.of_order(self.order.id)
        assert found is not None
        return found

    async def is_due_again(self) -> None:
        """The pause before the wallet is asked again is over, or whoever took it on is dead."""

        async def story(tx: Transaction) -> None:
            await tx.execute(text("UPDATE payments_wallet_payment SET ask_at = now() - interval '1 second'"))

        await self.site.database.run(story)

    def asked(self, method: str) -> list[str]:
        """The invoices (or payment hashes) the wallet was asked about by this method."""
        found = [params for name, params in self.theirs.asked if name == method]
        return [str(one.get("invoice") or one["payment_hash"]) for one in found]


async def somebody(site: Assembly, email: str = "ada@example.org") -> Actor:
    """A person who is signed in."""
    person_id: UUID = await site.database.run(lambda tx: person(tx, site, email))
    return Actor.person(person_id, session_id=uuid7())


async def about_to_pay(site: Assembly, theirs: PlayedWallet) -> Paying:
    """Ada's wallet is connected, her order waits, and the wallet could pay its invoice."""
    show = await put_on_sale(site)
    account_id = await takes_bitcoin(site, show)
    order = await place(site, show)
    await site.pay_with_bitcoin.open(order.id)
    request = await asked_by(site, order.id, LIGHTNING)
    assert request.bolt11 is not None
    preimage = Preimages(master_key(site.settings)).of(account_id, request.attempt_id)
    theirs.knows(request.bolt11, preimage, request.amount_msat)
    ada = await somebody(site)
    await site.connected_wallets.connections.connect(ada, theirs.uri, uuid7())
    theirs.asked.clear()
    return Paying(site, show, ada, theirs, order, request)
