"""Play Bitcoin for the contract suite: its node behind a wire that can fail, and the payer on the play network."""

import secrets
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import text

from admitone import payments
from admitone.payments import AccountSheet, HeldOutcome, Mode, Provider, RefundAsk, RefundStatus
from admitone.payments.bitcoin import BitcoinBook, FixedRates
from admitone.payments.providers.lightning import Lightning, LightningProvider, Preimages
from admitone.payments.providers.lightning.node import (
    Abilities,
    Balance,
    Invoice,
    NewInvoice,
    NodeAway,
    NodeInfo,
    Sent,
)
from admitone.payments.providers.play_bitcoin import PlayInvoice, PlayNode, PlayPayer, lightning_store
from admitone.payments.providers.play_bitcoin.chain_store import PAYER
from admitone.payments.providers.play_bitcoin.node import written
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.contracts.payments.account_rows import open_account
from tests.contracts.payments.cases import Trouble
from tests.support.naming_buyer import refund_named
from tests.support.payments_rows import START

T = TypeVar("T")
_VERBS = {"start": "create", "status": "look_up", "refund": "pay", "refund_status": "sent"}
_DONE = frozenset({Trouble.ANSWER_LOST, Trouble.GARBAGE})
MSAT_PER_CENT = 20_000
"""At the fixed rate of 50,000 EUR."""


class _Wire:
    """A node of the play network, reached over a wire on which any call can go wrong."""

    def __init__(self, node: PlayNode, database: Database) -> None:
        self._node = node
        self._database = database
        self.troubles: dict[str, deque[Trouble]] = {}
        # The buyer's own invoices, which reach the play network with the first try to pay them.
        self.back: dict[str, PlayInvoice] = {}

    @property
    def abilities(self) -> Abilities:
        return self._node.abilities

    async def _over(self, verb: str, call: Callable[[], Awaitable[T]]) -> T:
        planned = self.troubles.get(verb)
        trouble = planned.popleft() if planned else None
        if trouble is None:
            return await call()
        if trouble in _DONE:
            await call()
        raise NodeAway(verb)

    async def create(self, new: NewInvoice) -> Invoice:
        return await self._over("create", lambda: self._node.create(new))

    async def look_up(self, payment_hash: str) -> Invoice | None:
        return await self._over("look_up", lambda: self._node.look_up(payment_hash))

    async def take(self, preimage: bytes) -> None:
        await self._node.take(preimage)

    async def cancel(self, payment_hash: str) -> None:
        await self._node.cancel(payment_hash)

    async def pay(self, bolt11: str, *, amount_msat: int, fee_most_msat: int, seconds: int) -> Sent:
        made = self.back[bolt11]
        await self._database.run(lambda tx: lightning_store.make(tx, made))
        return await self._over(
            "pay",
            lambda: self._node.pay(
                bolt11, amount_msat=amount_msat, fee_most_msat=fee_most_msat, seconds=seconds
            ),
        )

    async def sent(self, payment_hash: str) -> Sent:
        return await self._over("sent", lambda: self._node.sent(payment_hash))

    def watch(self, cursor: str | None) -> AsyncGenerator[tuple[str, str | None], None]:
        return self._node.watch(cursor)

    async def balance(self) -> Balance:
        return await self._node.balance()

    async def info(self) -> NodeInfo:
        return await self._node.info()


class _Refunding(LightningProvider):
    """With a buyer who says at once where the money goes."""

    end: "PlayBitcoinEnd"

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        end = self.end
        return await refund_named(end.database, end.clock, super().refund, ask, end.destination)


class PlayBitcoinEnd:
    """The play network as the other end of the wire."""

    method = "lightning"
    currency = "EUR"

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FrozenClock(START)
        book = BitcoinBook(database, self.clock, FixedRates(self.clock))
        self.sheet = AccountSheet(
            uuid7(), None, "play_bitcoin", Mode.TEST, None, None, "https://a.example/", {}
        )
        self.shared = Lightning(database, book, Preimages(bytes(32)))
        self.wire = _Wire(PlayNode(self.sheet.id, database, self.clock), database)
        self.payer = PlayPayer(database, self.clock)
        provider = _Refunding(self.shared, self.sheet, self.wire, holds=True)
        provider.end = self
        self.provider: Provider = provider

    async def open(self) -> None:
        """The account is there, and the buyer has invoices to be paid back by."""
        account = open_account(self.sheet.id, "play_bitcoin", "Play Bitcoin", START)
        await self.database.run(lambda tx: payments.add_account(tx, account, actor="system"))

    async def close(self) -> None:
        """Nothing is left open."""

    def now(self) -> datetime:
        return self.clock.now()

    def trouble(self, verb: str, *troubles: Trouble) -> None:
        self.wire.troubles = {_VERBS[verb]: deque(troubles)}

    def destination(self, amount_msat: int) -> tuple[str, str | None]:
        """An invoice of the buyer's, and its payment hash."""
        now = self.now()
        new = NewInvoice(amount_msat, "Back to me", now + timedelta(days=1))
        made = written(PAYER, new, secrets.token_bytes(32), now)
        self.wire.back[made.bolt11] = made
        return made.bolt11, made.payment_hash

    async def pay(self, provider_ref: str) -> None:
        await self.payer.pay_invoice(provider_ref)
        request = await self.shared.book.by_hash(self.sheet.id, provider_ref)
        role = self.provider.roles.holds_money
        assert request is not None and role is not None
        assert await role.take(request.attempt_id, provider_ref) is HeldOutcome.TAKEN

    async def decline(self, provider_ref: str) -> None:
        """The organiser cancels the invoice on the node."""
        await self.wire.cancel(provider_ref)

    async def _count(self, what: str) -> int:
        async with self.database.reading() as reader:
            return int((await reader.execute(text(what), {"id": self.sheet.id})).scalar_one())

    async def payments_made(self) -> int:
        return await self._count("SELECT count(*) FROM play_bitcoin_invoice WHERE node_id = :id")

    async def sent_back_minor(self, provider_ref: str) -> int:
        total = "SELECT coalesce(sum(amount_msat), 0) FROM play_bitcoin_sent WHERE node_id = :id"
        sent_minor, rest = divmod(await self._count(total), MSAT_PER_CENT)
        assert rest == 0
        return sent_minor

    def notice(self, provider_ref: str, at: datetime) -> tuple[Mapping[str, str], bytes]:
        """What a stranger may send: a node sends no notices."""
        return {}, f'{{"paid": "{provider_ref}"}}'.encode()
