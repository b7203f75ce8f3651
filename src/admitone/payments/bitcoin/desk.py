"""What adapters of Bitcoin rails keep: the program's own side of the wire, in transactions of its own.

`Rates` is where a price comes from (`providers/rates`, a fixed one in tests and demo). Play money may have another than
real money: fixed prices are never what a live account sells at.
"""

from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from admitone.payments.bitcoin import store
from admitone.payments.bitcoin.quotes import Price, Quote
from admitone.payments.bitcoin.refusals import NoRate
from admitone.payments.bitcoin.sending_back import Sender, SendsBack
from admitone.payments.bitcoin.store import Request
from admitone.payments.lifecycle import AttemptState
from admitone.payments.store import attempts
from admitone.plumbing.database import Database, require_no_transaction
from admitone.values.clock import Clock
from admitone.values.currencies import BITCOIN
from admitone.values.ids import derived_id, uuid7


class Rates(Protocol):
    """What one bitcoin costs."""

    async def price(self, currency: str) -> Price:
        """The price now, in major units of this currency. Raises `NoRate`."""
        ...


class BitcoinBook:
    """Quotes, requests, cursors; every verb has its own transaction, so none may be open.

    `rates` are for play money, `live_rates` for real money, of which nobody is quoted without them.
    """

    def __init__(
        self, database: Database, clock: Clock, rates: Rates, live_rates: Rates | None = None
    ) -> None:
        self._database = database
        self._rates = rates
        self._live_rates = live_rates
        self.clock = clock

    async def quote(self, order_id: UUID, currency: str, until: datetime, *, is_test: bool) -> Quote:
        """What one bitcoin costs for this order, the same for all its attempts until it ends. Raises `NoRate`."""
        require_no_transaction("a bitcoin quote")
        now = self.clock.now()
        async with self._database.reading() as reader:
            known = await store.current_quote(reader, order_id, currency, now)
        if known is not None:
            return known
        price = await self.price(currency, is_test=is_test)
        wanted = Quote(uuid7(), order_id, currency, price.price, price.sources, now, until)
        return await self._database.run(lambda tx: store.quote_once(tx, wanted))

    async def current(self, order_id: UUID, currency: str) -> Quote | None:
        """The order's quote that has not ended."""
        now = self.clock.now()
        async with self._database.reading() as reader:
            return await store.current_quote(reader, order_id, currency, now)

    async def freeze(self, wanted: Quote) -> Quote:
        """The order's quote: the one it has, else from now on the one promised before there was an order."""
        return await self._database.run(lambda tx: store.quote_once(tx, wanted))

    def sends_back(self, account_id: UUID, sender: Sender) -> SendsBack:
        """The refunds of this account, sent by its node or chain."""
        return SendsBack(self._database, self.clock, account_id, sender)

    async def price(self, currency: str, *, is_test: bool) -> Price:
        """What one bitcoin costs now, frozen for nobody, in play money or real. Raises `NoRate`."""
        if currency == BITCOIN:
            return Price(BITCOIN, Decimal(1), (), self.clock.now())
        rates = self._rates if is_test else self._live_rates
        if rates is None:
            raise NoRate
        return await rates.price(currency)

    async def late_price(self, request: Request, *, is_test: bool) -> Decimal:
        """What one bitcoin cost when the late payment of this request was first asked about. Raises `NoRate`."""
        require_no_transaction("a bitcoin quote")
        quote_id = derived_id("late price", request.attempt_id.bytes)
        async with self._database.reading() as reader:
            known = await store.quote_by_id(reader, quote_id)
        if known is not None:
            return known.price
        price = await self.price(request.currency, is_test=is_test)
        now = self.clock.now()
        # It has ended as it begins: nobody is asked for anything at it.
        heard = Quote(quote_id, request.order_id, request.currency, price.price, price.sources, now, now)
        return (await self._database.run(lambda tx: store.keep_late_price(tx, heard))).price

    async def settled_minor(self, attempt_id: UUID) -> int | None:
        """What the attempt was settled with, in minor units of its currency; None while it is not. Refunds and the
        ledger follow from that, so it is never reckoned anew.
        """
        async with self._database.reading() as reader:
            attempt = (await attempts(reader, [attempt_id])).get(attempt_id)
        return attempt.paid_minor if attempt is not None and attempt.state is AttemptState.PAID else None

    async def keep(self, new: Request) -> Request:
        """Keep what a buyer is about to be shown; what is kept for this attempt, which may be from before."""
        return await self._database.run(lambda tx: store.insert_request(tx, new))

    async def request(self, attempt_id: UUID) -> Request | None:
        """What was kept for this attempt."""
        async with self._database.reading() as reader:
            return (await store.requests(reader, [attempt_id])).get(attempt_id)

    async def by_hash(self, account_id: UUID, payment_hash: str) -> Request | None:
        """The request with this invoice."""
        async with self._database.reading() as reader:
            return await store.request_by_hash(reader, account_id, payment_hash)

    async def requests_since(self, account_id: UUID, rail: str, since: datetime) -> list[Request]:
        """What was kept for this account since then, oldest first."""
        async with self._database.reading() as reader:
            return await store.requests_since(reader, account_id, rail, since)

    async def hashes_waiting(self, account_id: UUID, most: int) -> list[str]:
        """The payment hashes of the account's invoices that are waited for, newest first."""
        async with self._database.reading() as reader:
            return await store.hashes_waiting(reader, account_id, most)

    async def give_up(self, attempt_id: UUID) -> None:
        """Nobody waits for it any more."""
        now = self.clock.now()
        await self._database.run(lambda tx: store.give_up(tx, attempt_id, now))

    async def cursor(self, account_id: UUID, name: str) -> str | None:
        """Up to where this was watched."""
        async with self._database.reading() as reader:
            return await store.cursor(reader, account_id, name)

    async def move_cursor(self, account_id: UUID, name: str, value: str) -> None:
        """It was watched up to here."""
        now = self.clock.now()
        await self._database.run(lambda tx: store.move_cursor(tx, account_id, name, value, now))
