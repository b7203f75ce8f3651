"""Store credit pays for an order, or some of it: set aside while the order waits, used when it is paid.

What a credit gives is the less of what is left of it and of what is due; several codes may be used for one order, and
the rest is paid in any other way (split payment). When nothing is due any more, the order is paid there and then.
"""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from admitone import events, ledger, orders, payments
from admitone.flows.credit_uses import credit_used, return_credit
from admitone.flows.exchange_done import Ready, finish, lies_direct, lock_places, look_again, take_old
from admitone.flows.fulfilment import Paid, fulfil, sales
from admitone.flows.offer_book import OfferBook
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import CreditRow, CreditUse, SettledAs
from admitone.payments.credit import (
    CreditDisputed,
    CreditExpired,
    CreditInUse,
    CreditOtherCurrency,
    CreditOtherMode,
    CreditUsedUp,
    CreditVoid,
    NothingDue,
    UnknownCredit,
    UseExists,
    UseNotFound,
)
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.limiter import Limiter, Rule
from admitone.plumbing.signing import KeyRing
from admitone.values.clock import Clock
from admitone.values.ids import uuid7
from admitone.values.refusals import Conflict

WRONG_CODES: Final = Rule("credit_wrong_code", 20, 600)
"""Typed wrong by one visitor. Nobody guesses 80 bits; this keeps the tries from costing us anything."""


class ChangeGone(Conflict):
    """The tickets that were to be changed were used or given back meanwhile."""

    code = "credit.change_gone"
    text = "The tickets you wanted to change are not what they were, so this change is not possible any more."


@dataclass(frozen=True, slots=True)
class Used:
    """What an order has taken of a credit, and the order as it is now."""

    use: CreditUse
    order: orders.OrderRow


class StoreCredit:
    """Finds credit by its code, sets it aside for an order, takes it off again."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: PaymentAccounts,
        offers: OfferBook,
        ring: KeyRing,
        limiter: Limiter,
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._offers = offers
        self._ring = ring
        self._limiter = limiter

    async def find(self, code: str, visitor: str) -> CreditRow:
        """The credit with this code, whatever its state. Raises `UnknownCredit`, and `TooMany` when this visitor has
        typed too many wrong ones.
        """
        await self._limiter.look(WRONG_CODES, visitor)
        digest = payments.credit.digest_of(code)
        found = None
        if digest is not None:
            async with self._database.reading() as reader:
                found = await payments.credit.by_digest(reader, digest)
        if found is None:
            await self._limiter.take(WRONG_CODES, visitor)
            raise UnknownCredit(field="credit")
        return found

    async def check(self, code: str, offer: events.Offer, *, visitor: str) -> CreditRow:
        """The credit with this code, if it can pay for something of this offer. Raises why not, as `apply`."""
        credit = await self.find(code, visitor)
        if credit.organiser_id != offer.organiser_id:
            await self._limiter.take(WRONG_CODES, visitor)
            raise UnknownCredit(field="credit")
        _check_credit(credit, currency=offer.currency, is_test=offer.is_test)
        return credit

    async def uses(self, order_id: UUID) -> list[CreditUse]:
        """What the order has taken of credits and not given back."""
        async with self._database.reading() as reader:
            found = await payments.credit.uses_of(reader, [order_id])
        return [one for one in found if one.state != "returned"]

    async def look(self, order_id: UUID) -> tuple[orders.OrderRow, list[CreditUse]]:
        """The order, and what it has taken of credits and not given back. Raises `OrderNotFound`."""
        async with self._database.reading() as reader:
            order = await orders.by_id(reader, order_id)
        return order, await self.uses(order_id)

    async def apply(
        self, order_id: UUID, code: str, *, visitor: str, use_id: UUID | None = None, actor: str = "guest"
    ) -> Used:
        """Set aside for this order what is due, or as much as the credit has; enough makes the order paid.

        The same `use_id` again answers the same. Raises `OrderNotFound`, `OrderNotPending`, `OrderExpired`,
        `NothingDue`, `CreditInUse`, `UseExists`, what `find` raises, and why this credit is of no use here.
        """
        use_id = use_id or uuid7()
        async with self._database.reading() as reader:
            order = await orders.by_id(reader, order_id)
            known = await _known(reader, order, use_id)
        if known is not None:
            return known
        # Those who may not use a code learn nothing about it: another organiser's is unknown here.
        credit = await self.find(code, visitor)
        if credit.organiser_id != order.organiser_id:
            await self._limiter.take(WRONG_CODES, visitor)
            raise UnknownCredit(field="credit")
        offer = (await self._offers.current(order.event_id)).offer

        async def story(tx: Transaction) -> Used:
            return await self._apply(tx, order, credit.id, use_id, offer, actor)

        return await self._database.run(story)

    async def _apply(
        self,
        tx: Transaction,
        seen: orders.OrderRow,
        credit_id: UUID,
        use_id: UUID,
        offer: events.Offer,
        actor: str,
    ) -> Used:
        sale = (await events.kept_sales(tx, {seen.event_id}))[seen.event_id]
        exchanges = await orders.exchanges(tx, {seen.id})
        # An exchange takes tickets of another order: both are locked in one order with all others.
        locked = await orders.lock(tx, {seen.id} | {one.from_order_id for one in exchanges.values()})
        order = locked[seen.id]
        known = await _known(tx, order, use_id)
        if known is not None:
            return known
        _check_order(order)
        ready = await look_again(tx, exchanges, locked)
        if exchanges and not ready:
            raise ChangeGone
        closed = sale.refusal(is_test=order.is_test)
        if closed is not None:
            raise closed
        if any(
            one.credit_id == credit_id and one.state == "set_aside"
            for one in await payments.credit.uses_of(tx, [order.id])
        ):
            raise CreditInUse(field="credit")
        credit = (await payments.credit.lock(tx, [credit_id]))[credit_id]
        _check_credit(credit, currency=order.currency, is_test=order.is_test)
        if await payments.credit.is_disputed(tx, credit.id):
            raise CreditDisputed(field="credit")
        minor, now = min(credit.balance_minor, order.due_minor), self._clock.now()
        if not await payments.credit.take(tx, credit.id, order.id, use_id, minor, now):
            raise CreditExpired(field="credit")  # by the database's clock, in this very moment
        await orders.receive(tx, {order.id: minor})
        order = replace(order, received_minor=order.received_minor + minor)
        posted = ledger.credit_set_aside(
            use_id=use_id,
            order_id=order.id,
            credit_id=credit.id,
            organiser_id=order.organiser_id,
            currency=order.currency,
            amount_minor=minor,
            is_test=order.is_test,
        )
        await journal.announce(tx, [_set_aside(credit, order, use_id, minor)], actor)
        if not order.due_minor:
            posted += await self._pay(tx, order, offer, ready.get(order.id))
        await ledger.post(tx, posted)
        await hit("credit.before_commit")
        (use,) = [one for one in await payments.credit.uses_of(tx, [order.id]) if one.id == use_id]
        return Used(use, await orders.by_id(tx, order.id))

    async def _pay(
        self, tx: Transaction, order: orders.OrderRow, offer: events.Offer, ready: Ready | None
    ) -> list[ledger.NewTransfer]:
        """Everything due lies ready: the order is fulfilled, and what it exchanges is taken; what to post.

        It is earned where the parts lie that came before; without any, where what it exchanges was earned; else through
        the site's accounts, or where its credit lies when that came of split payments: the site has its fee already.
        """
        now = self._clock.now()
        parts = [one for one in await payments.of_orders(tx, [order.id]) if one.settled_as is SettledAs.PART]
        is_direct = bool(parts) and await self._accounts.is_direct(parts[-1].account_id)
        if ready is None and not parts:
            uses = await payments.credit.uses_of(tx, [order.id])
            mine = {one.credit_id for one in uses if one.state == "set_aside"}
            is_direct = await payments.credit.are_split(tx, mine)
        if ready is not None:
            if not parts:
                is_direct = await lies_direct(tx, self._accounts, ready.plan.order)
            await take_old(tx, replace(ready, child=order))
            await lock_places(tx, [ready], [order.hold_id])
        paid = Paid(order, offer, is_direct=is_direct)
        fulfilled = await fulfil(tx, self._ring, [paid])
        assert fulfilled == {order.id}, "a pending order's places are held"
        await payments.complete_parts(tx, fulfilled)
        posted = []
        if ready is not None:
            done = replace(ready, child=order)
            posted = await finish(tx, self._accounts, done, is_direct=is_direct, now=now)
        return [*posted, *sales(paid), *await credit_used(tx, [paid], now=now)]

    async def remove(self, order_id: UUID, use_id: UUID, *, actor: str = "guest") -> orders.OrderRow:
        """Take a credit off an order that waits: all of it is its holder's again. The same again changes nothing.

        Raises `OrderNotFound`, `UseNotFound`, `OrderNotPending` (it has paid for the order, or the order ended).
        """

        async def story(tx: Transaction) -> orders.OrderRow:
            order = (await orders.lock(tx, [order_id])).get(order_id)
            if order is None:
                raise orders.OrderNotFound
            uses = {one.id: one for one in await payments.credit.uses_of(tx, [order.id])}
            if use_id not in uses:
                raise UseNotFound
            if uses[use_id].state == "returned":
                return order
            if order.state != orders.OrderState.PENDING:
                raise orders.OrderNotPending(state=order.state)
            posted, back = await return_credit(tx, [order], now=self._clock.now(), actor=actor, only=[use_id])
            await orders.receive(tx, {order.id: -back[order.id]})
            await ledger.post(tx, posted)
            await hit("credit.before_commit")
            return await orders.by_id(tx, order.id)

        return await self._database.run(story)


async def _known(reader: Reader, order: orders.OrderRow, use_id: UUID) -> Used | None:
    """What was done under this id before."""
    known = await payments.credit.use_by_id(reader, use_id)
    if known is None:
        return None
    if known.order_id != order.id:
        raise UseExists
    return Used(known, order)


def _check_order(order: orders.OrderRow) -> None:
    if order.state != orders.OrderState.PENDING:
        raise orders.OrderNotPending(state=order.state)
    if order.is_due:
        raise orders.OrderExpired
    if not order.due_minor:
        raise NothingDue


def _check_credit(credit: CreditRow, *, currency: str, is_test: bool) -> None:
    """Raises why this credit cannot pay for an order in this currency and mode."""
    if credit.is_test != is_test:
        raise CreditOtherMode(field="credit")
    if credit.currency != currency:
        raise CreditOtherCurrency(field="credit", currency=credit.currency)
    if credit.state == "void":
        raise CreditVoid(field="credit")
    if credit.is_expired:
        raise CreditExpired(field="credit")
    if not credit.balance_minor:
        raise CreditUsedUp(field="credit")


def _set_aside(credit: CreditRow, order: orders.OrderRow, use_id: UUID, minor: int) -> journal.Fact:
    return payments.credit.CreditSetAside(
        subject_id=credit.id,
        organiser_id=order.organiser_id,
        order_id=order.id,
        use_id=use_id,
        currency=order.currency,
        amount_minor=minor,
    )
