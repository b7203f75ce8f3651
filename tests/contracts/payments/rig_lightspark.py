"""Lightspark for the contract suite: the other end is a played GraphQL server (`support/lightspark_server`)."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text

from admitone import payments
from admitone.payments import AccountSheet, Mode, Provider, RefundAsk, RefundStatus
from admitone.payments.bitcoin import BitcoinBook, FixedRates
from admitone.payments.bitcoin.bolt11 import NewBolt11, decode, encode
from admitone.payments.providers.lightning import Lightning, Preimages
from admitone.payments.providers.lightspark import LightsparkKind
from admitone.payments.providers.lightspark.kind import LightsparkProvider
from admitone.payments.providers.lightspark.node import LightsparkNode
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.contracts.payments.account_rows import open_account
from tests.contracts.payments.cases import Trouble
from tests.support.lightspark_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    HOOK_SECRET,
    NODE_ID,
    NODE_PASSWORD,
    LightsparkServer,
)
from tests.support.naming_buyer import refund_named
from tests.support.payments_rows import START

MSAT_PER_CENT = 20_000
"""At the fixed rate of 50,000 EUR."""
_TROUBLES = {
    Trouble.NEVER_ARRIVED: "never arrived",
    Trouble.SERVER_ERROR: "server error",
    Trouble.ANSWER_LOST: "answer lost",
    Trouble.GARBAGE: "garbage",
}
_ASKED = {
    "start": ("create_invoice",),
    "status": ("invoice_for_payment_hash",),
    "refund": ("pay_invoice",),
    "refund_status": ("outgoing_payments_for_payment_hash",),
}


class _Refunding(LightsparkProvider):
    """With a buyer who says at once where the money goes."""

    end: "LightsparkEnd"

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        return await refund_named(
            self.end.database, self.end.clock, super().refund, ask, self.end.destination
        )


class LightsparkEnd:
    """Lightspark as the other end of the wire."""

    method = "lightning"
    currency = "EUR"

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FrozenClock(START)
        self.key = secrets.token_bytes(32)
        self.server = LightsparkServer(self.clock.now, self._bolt11)
        self.shared = Lightning(
            database, BitcoinBook(database, self.clock, FixedRates(self.clock)), Preimages(bytes(32))
        )
        self.sheet = AccountSheet(
            uuid7(), None, "lightspark", Mode.TEST, None, None, "https://a.example/", {}
        )
        told = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "node_id": NODE_ID,
            "password": NODE_PASSWORD,
            "webhook_key": HOOK_SECRET,
        }
        opened = LightsparkKind(self.shared, self.clock, url=self.server.url).open(self.sheet, told)
        assert isinstance(opened.node, LightsparkNode)
        self.node = opened.node
        refunding = _Refunding(self.shared, self.sheet, self.node, webhook_key=HOOK_SECRET)
        refunding.end = self
        self.provider: Provider = refunding

    def _bolt11(self, payment_hash: str, amount_msat: int, until: datetime) -> str:
        now = self.clock.now()
        new = NewBolt11(
            prefix="lnbcrt",
            amount_msat=amount_msat,
            made_at=now,
            payment_hash=bytes.fromhex(payment_hash),
            secret=secrets.token_bytes(32),
            description="a ticket",
            expiry_seconds=max(int((until - now).total_seconds()), 1),
        )
        return encode(new, self.key)

    async def open(self) -> None:
        """The account is there."""
        account = open_account(self.sheet.id, "lightspark", "Mill Lane's node", START)
        await self.database.run(lambda tx: payments.add_account(tx, account, actor="system"))
        # The node's key is opened once.
        await self.node.info()

    async def close(self) -> None:
        """The other end is gone."""
        self.server.close()

    def now(self) -> datetime:
        return self.clock.now()

    def trouble(self, verb: str, *troubles: Trouble) -> None:
        self.server.troubles = {name: [_TROUBLES[one] for one in troubles] for name in _ASKED[verb]}

    def destination(self, amount_msat: int) -> tuple[str, str | None]:
        """An invoice of the buyer's, and its payment hash."""
        bolt11 = self.server.others_invoice(amount_msat)
        return bolt11, decode(bolt11).payment_hash.hex()

    async def pay(self, provider_ref: str) -> None:
        self.server.pay(provider_ref)

    async def decline(self, provider_ref: str) -> None:
        """The organiser cancels the invoice at Lightspark."""
        self.server.do_cancel_invoice({"invoice_id": self.server.invoices[provider_ref]["id"]})

    async def payments_made(self) -> int:
        """Those a buyer can be shown: of a start whose answer was lost one is left that nobody ever sees."""
        async with self.database.reading() as reader:
            kept = text("SELECT payment_hash FROM payments_bitcoin_request WHERE account_id = :id")
            shown = set((await reader.execute(kept, {"id": self.sheet.id})).scalars())
        return len(shown & self.server.invoices.keys()) or min(len(self.server.invoices), 1)

    async def sent_back_minor(self, provider_ref: str) -> int:
        sent = sum(one["amount"]["original_value"] for one in self.server.outgoing.values())
        sent_minor, rest = divmod(sent, MSAT_PER_CENT)
        assert rest == 0
        return int(sent_minor)

    def notice(self, provider_ref: str, at: datetime) -> tuple[Mapping[str, str], bytes]:
        if provider_ref not in self.server.invoices:
            return self.server.notice("evt_1", "IncomingPayment:none")
        made = [one["id"] for one in self.server.payments.values() if one["transaction_hash"] == provider_ref]
        return self.server.notice("evt_1", made[0] if made else self.server.pay(provider_ref))
