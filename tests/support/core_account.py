"""An organiser's account with a real bitcoind: its wallet, its place in the database, its provider."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import httpx2

from admitone import payments
from admitone.payments import Account, AccountSheet, Ask, Mode
from admitone.payments.bitcoin import BitcoinBook, FixedRates
from admitone.payments.bitcoin.chain import ChainBook, OutgoingBook
from admitone.payments.providers.bitcoin_core import BitcoinCoreKind
from admitone.payments.providers.onchain import Onchain, OnchainProvider
from admitone.plumbing.database import Database
from admitone.plumbing.node_addresses import NodeAddresses
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.support.bitcoind import PASSWORD, USER, Bitcoind
from tests.support.core_wire import FaultyWire
from tests.support.payments_rows import START

SAT_PER_CENT = 20
"""At the fixed rate of 50,000 EUR."""


@dataclass(frozen=True, slots=True)
class CoreAccount:
    """A wallet of `node`, and the provider that acts for it."""

    node: Bitcoind
    purse: str
    database: Database
    clock: FrozenClock
    wire: FaultyWire
    client: httpx2.AsyncClient
    sheet: AccountSheet
    provider: OnchainProvider
    rates: FixedRates
    prices: dict[str, Decimal]

    def opened(self, options: Mapping[str, str] | None = None) -> OnchainProvider:
        """Another provider of the same account, as another process has one."""
        return _open(
            self.node, self.purse, self.database, self.clock, self.client, self.sheet, self.rates, options
        )

    def ask(self, amount_minor: int = 2500, **changed: object) -> Ask:
        """A new ask in euros."""
        made = Ask(
            attempt_id=uuid7(),
            method="onchain",
            currency="EUR",
            amount_minor=amount_minor,
            description="Order 7K3M9QXYZ",
            return_url="https://tickets.example/orders/abc",
            pay_until=self.clock.now() + timedelta(minutes=15),
            order_id=uuid7(),
        )
        return replace(made, **changed)  # type: ignore[arg-type]

    async def started(self, ask: Ask) -> str:
        """The address for this ask."""
        prompt = await self.provider.start(ask)
        assert prompt.provider_ref is not None, prompt.status
        return prompt.provider_ref

    def pay(self, address: str, amount_sat: int, **named: object) -> str:
        """So many satoshi are sent to an address, unconfirmed; the transaction's id."""
        return self.node.pay(address, Decimal(amount_sat) / 100_000_000, **named)


def _open(
    node: Bitcoind,
    purse: str,
    database: Database,
    clock: FrozenClock,
    client: httpx2.AsyncClient,
    sheet: AccountSheet,
    rates: FixedRates,
    options: Mapping[str, str] | None,
) -> OnchainProvider:
    book = ChainBook(database, BitcoinBook(database, clock, rates), fresh_seconds=0.0)
    kind = BitcoinCoreKind(
        Onchain(database, book), client, NodeAddresses(own_network=True), OutgoingBook(database, clock)
    )
    given = {"url": node.url, "wallet": purse, "user": USER, "password": PASSWORD, **(options or {})}
    return kind.open(sheet, given)


async def store_account(database: Database, account_id: UUID, provider: str = "bitcoin_core") -> None:
    """The account's row."""
    account = Account(
        id=account_id,
        organiser_id=None,
        provider=provider,
        mode="test",
        label="Mill Lane's node",
        state="active",
        ref=None,
        country=None,
        currencies=None,
        sealed=None,
        options={},
        missing=(),
        can_pay_out=False,
        position=0,
        updated_at=START,
    )
    await database.run(lambda tx: payments.add_account(tx, account, actor="system"))


@asynccontextmanager
async def core_account(
    node: Bitcoind,
    database: Database,
    clock: FrozenClock | None = None,
    options: Mapping[str, str] | None = None,
) -> AsyncIterator[CoreAccount]:
    """An account with a wallet of its own at this node."""
    sheet = AccountSheet(uuid7(), None, "bitcoin_core", Mode.TEST, None, None, "https://a.example/", {})
    await store_account(database, sheet.id)
    time, wire, purse = clock or FrozenClock(START), FaultyWire(), node.new_purse()
    prices = {"EUR": Decimal(50_000)}
    rates = FixedRates(time, prices)
    async with httpx2.AsyncClient(transport=wire, timeout=10.0) as client:
        provider = _open(node, purse, database, time, client, sheet, rates, options)
        yield CoreAccount(node, purse, database, time, wire, client, sheet, provider, rates, prices)
