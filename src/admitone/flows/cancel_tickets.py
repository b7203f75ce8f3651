"""Part of a paid order is taken back: tickets die, their places go back on sale, money goes back, in any mixture.

By the buyer, within the policy they were shown; by the organiser, as they see fit, but never more than was paid. What
would happen can be seen first (`reversal_plan.py`), and what was seen is what happens, or nothing does. One transaction
does it all; the letter and the refund follow from the journal.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec

from admitone import accounts, checkin, inventory, ledger, orders, payments, tickets
from admitone.flows import promo_codes
from admitone.flows.approvals import Approvals, NeedsYes, Question
from admitone.flows.given_alone import may_give_alone
from admitone.flows.giving_back import Owed, give_back
from admitone.flows.left_to_return import Left, left_to_give
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.refund import actor_name
from admitone.flows.returned_parts import ledger_parts
from admitone.flows.reversal_plan import (
    CANCELLED,
    GOODWILL,
    NOTE_MOST,
    Plan,
    RefundWish,
    SentTo,
    TicketUsed,
    can_be_given_back,
    plan_giving_back,
    plan_refund,
)
from admitone.flows.reversal_rows import unit_rows
from admitone.flows.whole_units import in_whole_units
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.failpoints import hit
from admitone.pricing import Parts
from admitone.values import formats
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.refusals import Conflict, Invalid

BUYER = "buyer"
ORGANISER = "organiser"
REFUND_PART = "refund_part"

GiveCredit = Callable[[Transaction, Owed, str], Awaitable[list[ledger.NewTransfer]]]
"""Turns what is owed to a buyer into store credit instead of a refund, as this actor; what to post to the ledger."""


class SumChanged(Conflict):
    """What comes back is no longer what was shown."""

    code = "reversal.sum_changed"
    text = "What comes back has changed since you looked. Please look again."


class ReversalExists(Conflict):
    """The id belongs to another order's reversal."""

    code = "reversal.exists"
    text = "This request was made before, for another order."


class CreditNotOffered(Invalid):
    """Store credit is not set up here."""

    code = "reversal.credit_not_offered"
    text = "Store credit is not offered here. Choose the original payment."


class NoteTooLong(Invalid):
    """A note has at most `most` characters."""

    code = "reversal.note_too_long"
    text = "A note has at most {most} characters."


@dataclass(frozen=True, slots=True)
class Reversed:
    """What was done, and the order as it is now. `is_repeat`: it had been done before, under this id."""

    reversal: orders.ReversalRow
    order: orders.OrderRow
    is_repeat: bool = False


class CancelTickets:
    """`give_credit` and `approvals` are other stories' parts; without them there is no credit and no second pair of
    eyes.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: PaymentAccounts,
        *,
        give_credit: GiveCredit | None = None,
        approvals: Approvals | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._give_credit = give_credit
        self._approvals = approvals
        if approvals is not None:
            approvals.carry(REFUND_PART, self._carry)

    @property
    def offers_credit(self) -> bool:
        """Can money go to store credit instead?"""
        return self._give_credit is not None

    async def worth(self, order_id: UUID) -> dict[UUID, Parts]:
        """What each ticket would give back now, by ticket id, without those that cannot be. Raises `OrderNotFound`."""
        async with self._database.reading() as reader:
            order = await orders.by_id(reader, order_id)
            return await can_be_given_back(reader, order, self._clock.now())

    async def left(self, order_id: UUID) -> Left:
        """What of a paid order's price can still go back. Raises `OrderNotFound`, `OrderNotPaid`."""
        async with self._database.reading() as reader:
            return await left_to_give(reader, await orders.by_id(reader, order_id))

    async def preview(self, order_id: UUID, ticket_ids: Sequence[UUID]) -> Plan:
        """What a buyer who gives these tickets back would get. Raises as `plan_giving_back`, and `OrderNotFound`."""
        async with self._database.reading() as reader:
            order = await orders.by_id(reader, order_id)
            found = await plan_giving_back(reader, order, ticket_ids, self._clock.now())
            return await in_whole_units(reader, self._accounts, found)

    async def cancel(
        self,
        order_id: UUID,
        ticket_ids: Sequence[UUID],
        reversal_id: UUID,
        *,
        shown_minor: int | None = None,
        to: SentTo = "original",
        actor: str = "guest",
    ) -> Reversed:
        """A buyer gives these tickets back, by the policy frozen with the order; whoever has the order's link may.

        `to`: how they paid, or store credit, where the organiser offers it (else `CreditNotOffered`).

        `shown_minor`: what they were told comes back. The same `reversal_id` again changes nothing and answers the
        same. Raises as `preview`, `SumChanged`, `ReversalExists`.
        """

        async def plan(tx: Transaction, order: orders.OrderRow) -> Plan:
            await payments.refuse_disputed(tx, (await orders.families(tx, [order.id]))[order.id])
            if to == "credit" and not await payments.credit.is_offered(tx, order.organiser_id):
                raise CreditNotOffered(field="to")
            found = replace(await plan_giving_back(tx, order, ticket_ids, self._clock.now()), to=to)
            return await in_whole_units(tx, self._accounts, found)

        async def story(tx: Transaction) -> Reversed:
            made = _Made(reversal_id, BUYER, actor, "", shown_minor)
            return await self._reverse(tx, order_id, made, plan)

        return await self._database.run(story)

    async def preview_refund(self, actor: Actor, organiser_id: UUID, code: str, wish: RefundWish) -> Plan:
        """What this refund would do, and who bears which part. Raises `Forbidden`, as `plan_refund`,
        `CreditNotOffered`, `NoteTooLong`.
        """
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        self._check(wish)
        async with self._database.reading() as reader:
            return await self._planned(reader, await orders.by_code(reader, organiser_id, code), wish)

    async def _planned(self, reader: Reader, order: orders.OrderRow, wish: RefundWish) -> Plan:
        found = await plan_refund(reader, order, wish)
        return await in_whole_units(reader, self._accounts, found, is_typed=wish.amount_minor is not None)

    async def refund(
        self,
        actor: Actor,
        organiser_id: UUID,
        code: str,
        wish: RefundWish,
        reversal_id: UUID,
        *,
        shown_minor: int | None = None,
        is_approved: bool = False,
    ) -> Reversed:
        """An organiser gives back what they wish. The same `reversal_id` again changes nothing and answers the same.

        Raises as `preview_refund`, `SumChanged`, `ReversalExists`, `ApprovalNeeded`.
        """
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        self._check(wish)

        async def plan(tx: Transaction, order: orders.OrderRow) -> Plan:
            await payments.refuse_undecided(tx, (await orders.families(tx, [order.id]))[order.id])
            found = await self._planned(tx, order, wish)
            minor, by = found.total.total_minor, actor_name(actor)
            if not is_approved and not await may_give_alone(self._approvals, tx, order, minor, by):
                raise NeedsYes(_question(code, found, wish, reversal_id))
            return found

        async def story(tx: Transaction) -> Reversed:
            order = await orders.by_code(tx, organiser_id, code)
            made = _Made(reversal_id, ORGANISER, actor_name(actor), wish.note.strip(), shown_minor)
            return await self._reverse(tx, order.id, made, plan)

        try:
            return await self._database.run(story)
        except NeedsYes as needs:
            assert self._approvals is not None, "they said so"
            raise await self._approvals.ask(actor, organiser_id, needs.question) from None

    async def _carry(
        self, asker: Actor, organiser_id: UUID, intent: Mapping[str, Any], is_approved: bool
    ) -> None:
        """What a second member has said to a refund."""
        if is_approved:
            wish = msgspec.convert(intent["wish"], RefundWish)
            reversal_id = UUID(intent["reversal_id"])
            await self.refund(asker, organiser_id, intent["code"], wish, reversal_id, is_approved=True)

    async def refund_within(
        self, tx: Transaction, order: orders.OrderRow, wish: RefundWish, reversal_id: UUID, *, actor: str
    ) -> Reversed:
        """`refund` in the transaction of a caller who has locked the order and may do so. Raises as `plan_refund`."""
        self._check(wish)
        made = _Made(reversal_id, ORGANISER, actor, wish.note.strip(), None)

        async def plan(tx: Transaction, order: orders.OrderRow) -> Plan:
            return await self._planned(tx, order, wish)

        return await self._reverse(tx, order.id, made, plan)

    def _check(self, wish: RefundWish) -> None:
        if wish.to == "credit" and self._give_credit is None:
            raise CreditNotOffered(field="to")
        if len(wish.note) > NOTE_MOST:
            raise NoteTooLong(field="note", most=NOTE_MOST)

    async def _reverse(
        self,
        tx: Transaction,
        order_id: UUID,
        made: "_Made",
        plan_of: Callable[[Transaction, orders.OrderRow], Awaitable[Plan]],
    ) -> Reversed:
        order = (await orders.lock(tx, [order_id])).get(order_id)
        if order is None:
            raise orders.OrderNotFound
        known = await _known(tx, made.id, order)
        if known is not None:
            return known
        plan = await plan_of(tx, order)
        if made.shown_minor is not None and made.shown_minor != plan.total.total_minor:
            raise SumChanged
        done = _row(plan, made, self._clock)
        await orders.cancel_units(tx, plan.by_line())
        await orders.insert_reversal(tx, done, unit_rows(plan))
        posted = await self._owe(tx, plan, made)
        if plan.cancels:
            await _kill(tx, plan)
            if plan.ends_order:
                await promo_codes.give_back(tx, [order])
            await _give_places_back(tx, plan)
        if plan.ends_order:
            moved = await orders.mark_cancelled(tx, [order.id], orders.OrderState.PAID, made.by_whom)
            assert moved == {order.id}, "the order was locked while paid"
        await journal.announce(tx, _facts(plan, made), made.actor)
        await ledger.post(tx, posted)
        await hit("reversal.before_commit")
        return Reversed(done, await orders.by_id(tx, order.id))

    async def _owe(self, tx: Transaction, plan: Plan, made: "_Made") -> list[ledger.NewTransfer]:
        owed = Owed(
            plan.order,
            cause="reversal",
            cause_id=made.id,
            reason=CANCELLED if plan.cancels else GOODWILL,
            parts=ledger_parts(plan.total),
        )
        if plan.to == "credit" and owed.parts.total_minor:
            assert self._give_credit is not None, "checked before"
            return await self._give_credit(tx, owed, made.actor)
        return (
            await give_back(tx, self._accounts, [owed], now=self._clock.now(), actor=made.actor)
        ).transfers


def _question(code: str, plan: Plan, wish: RefundWish, reversal_id: UUID) -> Question:
    minor, currency = plan.total.total_minor, plan.order.currency
    return Question(
        kind=REFUND_PART,
        subject=str(reversal_id),
        words=f"Refund {formats.money(minor, currency)} of order {code}",
        intent={"code": code, "reversal_id": str(reversal_id), "wish": msgspec.to_builtins(wish)},
        currency=currency,
        amount_minor=minor,
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """Who takes something back, under which id."""

    id: UUID
    by_whom: str
    actor: str
    note: str
    shown_minor: int | None


async def _known(reader: Reader, reversal_id: UUID, order: orders.OrderRow) -> Reversed | None:
    """What was done under this id before."""
    known = await orders.reversal(reader, reversal_id)
    if known is None:
        return None
    if known.order_id != order.id:
        raise ReversalExists
    return Reversed(known, order, is_repeat=True)


async def _kill(tx: Transaction, plan: Plan) -> None:
    """The tickets die, unless one of them was let in a moment ago: no door decides on them until this is over."""
    ids = plan.ticket_ids()
    await tickets.cancel_tickets(tx, ids)
    if await checkin.admitted_among(tx, ids):
        raise TicketUsed
    await orders.count_units_down(tx, plan.order, plan.by_type())


async def _give_places_back(tx: Transaction, plan: Plan) -> None:
    hold_id = plan.order.hold_id
    if plan.ends_order and not plan.keeps_places and not plan.had_kept:
        await inventory.return_many(tx, [hold_id])
        return
    places = [(hold_id, type_id, quantity) for type_id, quantity in plan.by_type().items()]
    await inventory.give_back(tx, places, keep=plan.keeps_places)


def _row(plan: Plan, made: _Made, clock: Clock) -> orders.ReversalRow:
    parts = ledger_parts(plan.total)
    return orders.ReversalRow(
        id=made.id,
        order_id=plan.order.id,
        by_whom=made.by_whom,
        actor=made.actor,
        note=made.note,
        sent_to=plan.to,
        keeps_places=plan.keeps_places,
        organiser_minor=parts.organiser_minor,
        fee_minor=parts.fee_minor,
        tax_minor=parts.tax_minor,
        at=clock.now(),
    )


def _facts(plan: Plan, made: _Made) -> list[journal.Fact]:
    order = plan.order
    if not plan.cancels:
        return [
            orders.AmountGivenBack(
                subject_id=order.id,
                organiser_id=order.organiser_id,
                event_id=order.event_id,
                reversal_id=made.id,
                currency=order.currency,
                amount_minor=plan.total.total_minor,
            )
        ]
    facts: list[journal.Fact] = [
        orders.TicketsCancelled(
            subject_id=order.id,
            organiser_id=order.organiser_id,
            event_id=order.event_id,
            reversal_id=made.id,
            quantity=len(plan.cancelled),
            currency=order.currency,
            amount_minor=plan.total.total_minor,
        )
    ]
    if plan.ends_order:
        facts.append(
            orders.OrderCancelled(
                subject_id=order.id,
                organiser_id=order.organiser_id,
                event_id=order.event_id,
                reason=made.by_whom,
            )
        )
    return facts
