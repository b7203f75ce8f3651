"""Tickets of a paid order are changed for others: another type, another date. The difference is paid, or goes back.

The new tickets are an order of their own, placed as any other and with the same first order (`root_id`). What the old
tickets are worth counts towards it. With nothing due it is carried out at once; else the old tickets stay valid until
the rest is paid, and settlement carries it out (`exchange_done.py`).
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from admitone import accounts, events, inventory, ledger, orders, tickets
from admitone.flows.approvals import Approvals
from admitone.flows.exchange_done import (
    Ready,
    finish,
    lies_direct,
    lock_places,
    refuse_suspended,
    swap_places,
    take_old,
)
from admitone.flows.exchange_plan import (
    ChangePlan,
    ChangeRule,
    ChangeWish,
    kept_policy,
    plan_change,
    rule_for_buyer,
    rule_for_organiser,
    targets,
)
from admitone.flows.fulfilment import Paid, sales
from admitone.flows.given_alone import may_give_alone
from admitone.flows.offer_book import OfferBook
from admitone.flows.order_wish import OrderWish
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.purchase import HoldWish, Purchase
from admitone.flows.refund import actor_name
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.failpoints import hit
from admitone.reads.exchange_targets import other_events
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import derived_id
from admitone.values.refusals import Conflict, Refusal

BUYER = "buyer"
ORGANISER = "organiser"


class DifferenceChanged(Conflict):
    """What is to be paid, or comes back, is no longer what was shown."""

    code = "exchange.difference_changed"
    text = "The difference has changed since you looked. Please look again."


class BeingChanged(Conflict):
    """A ticket is in another exchange that waits for its payment. `order` is that order's code."""

    code = "exchange.being_changed"
    text = "One of these tickets is being changed already. Pay for order {order} or cancel it first."


class NeedsTwo(Conflict):
    """More would go back than one member may give back alone."""

    code = "exchange.needs_two"
    text = "So much money back needs the yes of a second member. Refund the tickets instead."


@dataclass(frozen=True, slots=True)
class Changed:
    """The new order, paid if nothing was due, and the exchange. `is_repeat`: it had been asked for before."""

    order: orders.OrderRow
    exchange: orders.ExchangeRow
    is_repeat: bool = False

    @property
    def back_minor(self) -> int:
        """What goes back once the exchange is done."""
        return self.exchange.worth_minor - self.exchange.fee_minor - self.order.exchanged_minor


@dataclass(frozen=True, slots=True)
class _Made:
    """Who changes what, under which key."""

    order_id: UUID
    wish: ChangeWish
    request_id: UUID
    shown_minor: int | None
    by_whom: str
    actor: str

    @property
    def hold_id(self) -> UUID:
        return derived_id("exchange hold", self.order_id.bytes, self.request_id.bytes)

    @property
    def digest(self) -> bytes:
        wish = self.wish
        parts = [wish.event_id, wish.ticket_type_id, *sorted(wish.ticket_ids), wish.with_fee]
        return hashlib.sha256("|".join(map(str, parts)).encode()).digest()


@dataclass(frozen=True, slots=True)
class _Swap:
    """What is to be taken once the old places went back, and what was said to asking for it beside them."""

    wanted: inventory.HoldRequest
    sold_out: inventory.SoldOut


RuleOf = Callable[[Reader, orders.OrderRow], Awaitable[ChangeRule]]


class Exchanging:
    """Shows what a change would do, and does it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        payment_accounts: PaymentAccounts,
        offers: OfferBook,
        purchase: Purchase,
        approvals: Approvals | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = payment_accounts
        self._offers = offers
        self._purchase = purchase
        self._approvals = approvals

    async def rule(self, order_id: UUID) -> ChangeRule:
        """What the buyer of this order may change now. Raises `OrderNotFound`, and as `rule_for_buyer`."""
        async with self._database.reading() as reader:
            return await self._buyers_rule(reader, await orders.by_id(reader, order_id))

    async def choices(self, order_id: UUID, ticket_ids: Sequence[UUID]) -> list[ChangePlan]:
        """What a buyer may change these tickets for now. Raises `OrderNotFound`, and as `rule_for_buyer`, `targets`."""
        async with self._database.reading() as reader:
            order = await orders.by_id(reader, order_id)
            rule = await self._buyers_rule(reader, order)
            return await targets(
                reader, self._offers, order, ticket_ids, rule, rule.event_ids, self._clock.now()
            )

    async def choices_for(
        self,
        actor: Actor,
        organiser_id: UUID,
        code: str,
        ticket_ids: Sequence[UUID],
        *,
        with_fee: bool = True,
    ) -> list[ChangePlan]:
        """What an organiser may change these tickets for. Raises `Forbidden`, `OrderNotFound`, as `targets`."""
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        now = self._clock.now()
        async with self._database.reading() as reader:
            order = await orders.by_code(reader, organiser_id, code)
            others = await other_events(reader, order, now)
            rule = rule_for_organiser(order, with_fee=with_fee)
            return await targets(reader, self._offers, order, ticket_ids, rule, others, now)

    async def preview(self, order_id: UUID, wish: ChangeWish) -> ChangePlan:
        """What this change would do. Raises `OrderNotFound`, and as `rule_for_buyer`, `plan_change`."""
        async with self._database.reading() as reader:
            order = await orders.by_id(reader, order_id)
            rule = await self._buyers_rule(reader, order)
            return await plan_change(reader, self._offers, order, wish, rule, self._clock.now())

    async def preview_for(self, actor: Actor, organiser_id: UUID, code: str, wish: ChangeWish) -> ChangePlan:
        """The same for an organiser. Raises `Forbidden`, `OrderNotFound`, as `plan_change`."""
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            order = await orders.by_code(reader, organiser_id, code)
            rule = rule_for_organiser(order, with_fee=wish.with_fee)
            return await plan_change(reader, self._offers, order, wish, rule, self._clock.now())

    async def change(
        self,
        order_id: UUID,
        wish: ChangeWish,
        request_id: UUID,
        *,
        shown_minor: int | None = None,
        actor: str = "guest",
    ) -> Changed:
        """A buyer changes tickets, by the policy frozen with the order; whoever has the order's link may.

        `shown_minor`: the difference they were told, negative when it comes back. The same `request_id` again changes
        nothing and answers the same. Raises as `preview`, and `DifferenceChanged`, `BeingChanged`, `SoldOut`,
        `OverLimit`, `PaymentIsDisputed`.
        """
        made = _Made(order_id, wish, request_id, shown_minor, BUYER, actor)
        return await self._change(made, self._buyers_rule)

    async def change_for(
        self,
        actor: Actor,
        organiser_id: UUID,
        code: str,
        wish: ChangeWish,
        request_id: UUID,
        *,
        shown_minor: int | None = None,
    ) -> Changed:
        """An organiser changes tickets for a buyer, whatever the policy says. Raises as `preview_for`, `change`, and
        `NeedsTwo`.
        """
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            order = await orders.by_code(reader, organiser_id, code)

        async def rule_of(reader: Reader, order: orders.OrderRow) -> ChangeRule:
            return rule_for_organiser(order, with_fee=wish.with_fee)

        made = _Made(order.id, wish, request_id, shown_minor, ORGANISER, actor_name(actor))
        return await self._change(made, rule_of)

    async def _buyers_rule(self, reader: Reader, order: orders.OrderRow) -> ChangeRule:
        return await rule_for_buyer(reader, order, self._clock.now())

    async def _change(self, made: _Made, rule_of: RuleOf) -> Changed:
        async with self._database.reading() as reader:
            known = await _known(reader, made)
            if known is not None:
                return known
            order = await orders.by_id(reader, made.order_id)
            plan = await plan_change(
                reader, self._offers, order, made.wish, await rule_of(reader, order), self._clock.now()
            )
        quantity = len(plan.old.units)
        items = ((plan.offered.id, quantity),)
        wish = HoldWish(plan.offer.event_id, items, hold_id=made.hold_id, digest=made.digest, at_list=True)
        swap: _Swap | None = None
        try:
            await self._purchase.hold(wish)
        except inventory.SoldOut as sold_out:
            # The places of the old tickets may be all it takes. They are theirs until the difference is paid.
            if plan.due_minor or plan.offer.event_id != order.event_id:
                raise
            swap = _Swap(await self._purchase.request(wish), sold_out)
        await hit("exchange.after_hold")

        async def story(tx: Transaction) -> Changed:
            return await self._place(tx, made, rule_of, swap)

        try:
            changed = await self._database.run(story)
        except Refusal:
            if swap is None:
                await self._purchase.release(made.hold_id)
            raise
        await hit("exchange.after_commit")
        return changed

    async def _place(self, tx: Transaction, made: _Made, rule_of: RuleOf, swap: _Swap | None) -> Changed:
        known = await _known(tx, made)
        if known is not None:
            return known
        now, wish = self._clock.now(), made.wish
        event_id = (await orders.by_id(tx, made.order_id)).event_id
        await events.kept_sales(tx, {event_id, wish.event_id})
        order = (await orders.lock(tx, [made.order_id]))[made.order_id]
        await refuse_suspended(tx, order.id)
        busy = await orders.open_among(tx, order.id, wish.ticket_ids)
        if busy:
            raise BeingChanged(field="tickets", order=busy[0])
        if made.by_whom == ORGANISER:
            # Before the doors' lock, as refunds do.
            await accounts.one_at_a_time(tx, order.organiser_id, made.actor)
        mine = {one.id for one in await tickets.by_order(tx, order.id)}
        await tickets.close_doors(tx, mine & set(wish.ticket_ids))
        plan = await plan_change(tx, self._offers, order, wish, await rule_of(tx, order), now)
        if made.shown_minor is not None and made.shown_minor != plan.difference_minor:
            raise DifferenceChanged
        await self._refuse_alone(tx, made, plan)
        if swap is not None:
            if plan.due_minor:
                raise swap.sold_out
            await swap_places(tx, plan.old, swap.wanted)
        elif not plan.due_minor:
            await inventory.lock_places(tx, [order.hold_id, made.hold_id])
        placed = await self._purchase.place_in(tx, _order_wish(made, plan))
        if placed.order.total_minor != plan.price_minor:
            raise DifferenceChanged
        exchange = _exchange(made, plan, placed.order, self._clock)
        await orders.insert_exchange(tx, exchange, _units(plan))
        if not plan.due_minor:
            ready = Ready(exchange, placed.order, plan.old)
            await take_old(tx, ready)
            was_direct = await lies_direct(tx, self._accounts, order)
            await lock_places(tx, [ready], [made.hold_id])
            posted = await finish(
                tx, self._accounts, ready, is_direct=None, now=now, has_swapped=swap is not None
            )
            posted += sales(Paid(placed.order, placed.offer, None, is_direct=was_direct))
            await ledger.post(tx, posted)
        await hit("exchange.before_commit")
        found = await orders.exchanges(tx, [placed.order.id])
        return Changed(await orders.by_id(tx, placed.order.id), found[placed.order.id])

    async def _refuse_alone(self, tx: Transaction, made: _Made, plan: ChangePlan) -> None:
        """Nobody goes around the second pair of eyes by changing tickets for cheap ones, one after the other."""
        order = plan.old.order
        if made.by_whom != ORGANISER:
            return
        if not await may_give_alone(self._approvals, tx, order, plan.back_minor, made.actor):
            raise NeedsTwo


async def _known(reader: Reader, made: _Made) -> Changed | None:
    """What was made of this request before."""
    order = (await orders.by_holds(reader, [made.hold_id])).get(made.hold_id)
    if order is None:
        return None
    exchange = (await orders.exchanges(reader, [order.id]))[order.id]
    return Changed(order, exchange, is_repeat=True)


def _order_wish(made: _Made, plan: ChangePlan) -> OrderWish:
    order = plan.old.order
    names = tuple((one.ticket.holder_name or "") if one.ticket else "" for one in plan.old.units)
    return OrderWish(
        made.hold_id,
        order.email,
        order.name,
        attendee_names={plan.offered.id: names} if any(names) else {},
        person_id=order.person_id,
        buyer=None if order.buyer is None else {name: str(text) for name, text in order.buyer.items()},
        root_id=order.family_id,
        exchanged_minor=plan.exchanged_minor,
        policy=kept_policy(order, plan.starts_at, plan.offer),
    )


def _exchange(made: _Made, plan: ChangePlan, order: orders.OrderRow, clock: Clock) -> orders.ExchangeRow:
    return orders.ExchangeRow(
        order_id=order.id,
        from_order_id=plan.old.order.id,
        worth_minor=plan.worth_minor,
        fee_minor=plan.fee_minor,
        fee_each_minor=plan.fee_each_minor,
        state="open",
        by_whom=made.by_whom,
        actor=made.actor,
        reversal_id=None,
        at=clock.now(),
        ended_at=None,
    )


def _units(plan: ChangePlan) -> list[orders.ExchangedUnit]:
    found = []
    for one in plan.old.units:
        assert one.ticket is not None, "tickets are exchanged"
        found.append(orders.ExchangedUnit(one.line.id, one.unit, one.ticket.id))
    return found
