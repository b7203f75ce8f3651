"""LND for the contract suite: the other end of the wire is an LND's interface on this machine (`support/lnd_server`).

The buyer pays an invoice, and what arrives held is taken as the flows do; who gets money back names an invoice at once.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime

from admitone import payments
from admitone.payments import AccountSheet, HeldOutcome, Mode, Provider, RefundAsk, RefundStatus
from admitone.payments.bitcoin import BitcoinBook, FixedRates
from admitone.payments.bitcoin.bolt11 import decode
from admitone.payments.providers.lightning import Lightning, LightningProvider, Preimages
from admitone.payments.providers.lnd import LndKind
from admitone.payments.providers.lnd.node import LndNode
from admitone.plumbing.database import Database
from admitone.plumbing.node_addresses import NodeAddresses
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.contracts.payments.account_rows import open_account
from tests.contracts.payments.cases import Trouble
from tests.support.lnd_book import LndBook
from tests.support.lnd_server import Fault, LndServer
from tests.support.naming_buyer import refund_named
from tests.support.payments_rows import START

_FAULTS = {
    Trouble.NEVER_ARRIVED: Fault.NEVER,
    Trouble.SERVER_ERROR: Fault.ERROR,
    Trouble.ANSWER_LOST: Fault.LOST,
    Trouble.GARBAGE: Fault.GARBAGE,
}
_VERBS = {
    "start": "AddHoldInvoice",
    "status": "LookupInvoiceV2",
    "refund": "SendPaymentV2",
    "refund_status": "TrackPaymentV2",
}
MSAT_PER_CENT = 20_000
"""At the fixed rate of 50,000 EUR."""


class _Refunding(LightningProvider):
    """With a buyer who says at once where the money goes."""

    end: "LndEnd"

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        return await refund_named(
            self.end.database, self.end.clock, super().refund, ask, self.end.destination
        )


class LndEnd:
    """An LND as the other end of the wire."""

    method = "lightning"
    currency = "EUR"

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FrozenClock(START)
        self.book = LndBook(self.clock.now)
        self.server = LndServer(self.book)
        self.server.bind()
        book = BitcoinBook(database, self.clock, FixedRates(self.clock))
        self.sheet = AccountSheet(uuid7(), None, "lnd", Mode.TEST, None, None, "https://a.example/", {})
        self.shared = Lightning(database, book, Preimages(bytes(32)))
        opened = LndKind(self.shared, self.clock, NodeAddresses(own_network=True)).open(
            self.sheet, self.server.credentials
        )
        assert isinstance(opened.node, LndNode)
        self.node = opened.node
        provider = _Refunding(self.shared, self.sheet, opened.node, holds=True)
        provider.end = self
        self.provider: Provider = provider

    async def open(self) -> None:
        """The node answers, and the account is there."""
        await self.server.start()
        account = open_account(self.sheet.id, "lnd", "Mill Lane's node", START)
        await self.database.run(lambda tx: payments.add_account(tx, account, actor="system"))

    async def close(self) -> None:
        """Both ends are gone."""
        await self.node.close()
        await self.server.stop()

    def now(self) -> datetime:
        return self.clock.now()

    def trouble(self, verb: str, *troubles: Trouble) -> None:
        self.server.faults = {_VERBS[verb]: deque(_FAULTS[one] for one in troubles)}

    def destination(self, amount_msat: int) -> tuple[str, str | None]:
        """An invoice of the buyer's, and its payment hash."""
        bolt11 = self.book.others_invoice(amount_msat)
        return bolt11, decode(bolt11).payment_hash.hex()

    async def pay(self, provider_ref: str) -> None:
        self.book.pay(bytes.fromhex(provider_ref))
        request = await self.shared.book.by_hash(self.sheet.id, provider_ref)
        role = self.provider.roles.holds_money
        assert request is not None and role is not None
        assert await role.take(request.attempt_id, provider_ref) is HeldOutcome.TAKEN

    async def decline(self, provider_ref: str) -> None:
        """The organiser cancels the invoice on the node."""
        self.book.cancel(bytes.fromhex(provider_ref))

    async def payments_made(self) -> int:
        return len(self.book.invoices)

    async def sent_back_minor(self, provider_ref: str) -> int:
        sent_minor, rest = divmod(self.book.sent_msat, MSAT_PER_CENT)
        assert rest == 0
        return sent_minor

    def notice(self, provider_ref: str, at: datetime) -> tuple[Mapping[str, str], bytes]:
        """What a stranger may send: a node sends no notices."""
        return {}, f'{{"paid": "{provider_ref}"}}'.encode()
