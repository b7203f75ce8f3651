"""A wallet reached by Nostr Wallet Connect for the contract suite: the other end is a wallet of ours on a real relay.

The wallet tells the time by the machine's clock, as the relay does, so the shop does too.
"""

import hashlib
import secrets
from collections import deque
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime

from sqlalchemy import text

from admitone import payments
from admitone.payments import Account, AccountSheet, Mode, Provider, RefundAsk, RefundStatus
from admitone.payments.bitcoin import BitcoinBook, FixedRates
from admitone.payments.bitcoin.bolt11 import NewBolt11, decode, encode
from admitone.payments.providers.lightning import Lightning, LightningProvider, Preimages
from admitone.payments.providers.lightning.node import Sent
from admitone.payments.providers.nwc import NwcKind, NwcNode
from admitone.plumbing.database import Database
from admitone.plumbing.public_fetch import PublicFetch
from admitone.values.clock import SystemClock
from admitone.values.ids import uuid7
from tests.contracts.payments.cases import Trouble
from tests.support.naming_buyer import refund_named
from tests.support.nwc_wallet import PlayedWallet, a_relay, a_wallet

MSAT_PER_CENT = 20_000
"""At the fixed rate of 50,000 EUR."""
PATIENCE_SECONDS = 1
"""So long an answer that never comes is waited for."""
_TROUBLES = {
    Trouble.NEVER_ARRIVED: "deaf",
    Trouble.SERVER_ERROR: "broken",
    Trouble.ANSWER_LOST: "silent",
    Trouble.GARBAGE: "garbled",
}
_VERBS = {
    "start": "make_invoice",
    "status": "lookup_invoice",
    "refund": "pay_invoice",
    "refund_status": "lookup_invoice",
}


class _Impatient(NwcNode):
    """Does not wait a minute for an answer that was lost on purpose."""

    async def pay(self, bolt11: str, *, amount_msat: int, fee_most_msat: int, seconds: int) -> Sent:
        return await super().pay(
            bolt11, amount_msat=amount_msat, fee_most_msat=fee_most_msat, seconds=PATIENCE_SECONDS
        )


class _Refunding(LightningProvider):
    """With a buyer who says at once where the money goes."""

    end: "NwcEnd"

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        return await refund_named(
            self.end.database, self.end.clock, super().refund, ask, self.end.destination
        )


class NwcEnd:
    """A wallet as the other end of the wire."""

    method = "lightning"
    currency = "EUR"
    provider: Provider
    played: PlayedWallet

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = SystemClock()
        self.key = secrets.token_bytes(32)
        self.sheet = AccountSheet(uuid7(), None, "nwc", Mode.TEST, None, None, "https://a.example/", {})
        self._closing = AsyncExitStack()

    def bolt11(self, amount_msat: int, preimage: bytes, memo: str, key: bytes | None = None) -> str:
        """An invoice as the node of a wallet writes it."""
        new = NewBolt11(
            prefix="lnbcrt",
            amount_msat=amount_msat,
            made_at=self.clock.now(),
            payment_hash=hashlib.sha256(preimage).digest(),
            secret=secrets.token_bytes(32),
            description=memo,
            expiry_seconds=3600,
        )
        return encode(new, key or self.key)

    async def open(self) -> None:
        """Relay and wallet answer, and the account is there."""
        relay = await self._closing.enter_async_context(a_relay())
        self.played = await self._closing.enter_async_context(a_wallet(relay, make_bolt11=self.bolt11))
        self.played.budget_msat = None
        shared = Lightning(
            self.database,
            BitcoinBook(self.database, self.clock, FixedRates(self.clock)),
            Preimages(bytes(32)),
        )
        fetch = PublicFetch(loopback=True)
        opened = NwcKind(shared, self.clock, fetch, loopback=True).open(self.sheet, {"uri": self.played.uri})
        assert isinstance(opened.node, NwcNode)
        node = _Impatient(opened.node.uri, fetch, self.clock, opened.node.waiting)
        node.answer_seconds = PATIENCE_SECONDS
        provider = _Refunding(shared, self.sheet, node, holds=False)
        provider.end = self
        self.provider = provider
        account = Account(
            id=self.sheet.id,
            organiser_id=None,
            provider="nwc",
            mode="test",
            label="Mill Lane's phone",
            state="active",
            ref=None,
            country=None,
            currencies=None,
            sealed=None,
            options={},
            missing=(),
            can_pay_out=False,
            position=0,
            updated_at=self.clock.now(),
        )
        await self.database.run(lambda tx: payments.add_account(tx, account, actor="system"))

    async def close(self) -> None:
        """Both are gone."""
        await self._closing.aclose()

    def now(self) -> datetime:
        return self.clock.now()

    def trouble(self, verb: str, *troubles: Trouble) -> None:
        self.played.troubles = {_VERBS[verb]: deque(_TROUBLES[one] for one in troubles)}

    def destination(self, amount_msat: int) -> tuple[str, str | None]:
        """An invoice of the buyer's, and its payment hash."""
        preimage = secrets.token_bytes(32)
        bolt11 = self.bolt11(amount_msat, preimage, "my refund", secrets.token_bytes(32))
        self.played.knows(bolt11, preimage, amount_msat)
        return bolt11, decode(bolt11).payment_hash.hex()

    async def pay(self, provider_ref: str) -> None:
        await self.played.receive(provider_ref)

    async def decline(self, provider_ref: str) -> None:
        """The wallet lets nobody pay it any more."""
        self.played.lists[provider_ref]["state"] = "failed"

    async def payments_made(self) -> int:
        """Those a buyer can be shown: of a start whose answer was lost one is left that nobody ever sees."""
        made = {ref for ref, one in self.played.lists.items() if one["type"] == "incoming"}
        async with self.database.reading() as reader:
            kept = text("SELECT payment_hash FROM payments_bitcoin_request WHERE account_id = :id")
            shown = set((await reader.execute(kept, {"id": self.sheet.id})).scalars())
        return len(shown & made) or min(len(made), 1)

    async def sent_back_minor(self, provider_ref: str) -> int:
        sent = sum(
            one["amount"]
            for one in self.played.lists.values()
            if one["type"] == "outgoing" and one["state"] == "settled"
        )
        sent_minor, rest = divmod(sent, MSAT_PER_CENT)
        assert rest == 0
        return int(sent_minor)

    def notice(self, provider_ref: str, at: datetime) -> tuple[Mapping[str, str], bytes]:
        """What a stranger may send: a wallet sends no notices here."""
        return {}, f'{{"paid": "{provider_ref}"}}'.encode()
