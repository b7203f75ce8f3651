"""An exchange is carried out: the old tickets die, and what they are worth counts towards the new ones.

In one transaction with the fulfilment of the new order, so that there are never two valid tickets for one price, and
never none. The callers have locked both orders.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admitone import inventory, ledger, orders, payments, tickets
from admitone.flows import promo_codes
from admitone.flows.fulfilment import Paid
from admitone.flows.giving_back import Owed, earned_direct, give_back
from admitone.flows.money_sources import sources_of
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.returned_parts import ledger_parts
from admitone.flows.reversal_plan import Plan, plan_exchange
from admitone.flows.reversal_rows import unit_rows
from admitone.flows.unpaid import return_parts
from admitone.orders import OrderState
from admitone.plumbing import journal
from admitone.plumbing.database import Reader, Transaction
from admitone.values.ids import derived_id
from admitone.values.refusals import Conflict, Refusal

GONE = "exchange_gone"
"""Why money for an exchange goes back: its old tickets are not what they were when it began."""
CHANGED = "tickets_changed"
"""Why money goes back for tickets that were changed for cheaper ones."""
REASON = "exchanged"
"""Why an order whose last ticket was exchanged has ended."""


class PaymentIsDisputed(Conflict):
    """A bank wants back what was paid for the tickets, or has it already."""

    code = "exchange.payment_disputed"
    text = "The payment of this order is disputed at the bank, so its tickets cannot be changed."


@dataclass(frozen=True, slots=True)
class Ready:
    """An exchange whose old tickets still are what they were: no door decides on them until this transaction ends."""

    exchange: orders.ExchangeRow
    child: orders.OrderRow
    plan: Plan

    @property
    def reversal_id(self) -> UUID:
        """Named by the exchange, so that it is made once."""
        return reversal_id_of(self.child.id)


def reversal_id_of(order_id: UUID) -> UUID:
    """The reversal that an exchange makes, by the new order."""
    return derived_id("exchange", order_id.bytes)


async def look_again(
    tx: Transaction,
    going: Mapping[UUID, orders.ExchangeRow],
    locked: Mapping[UUID, orders.OrderRow],
) -> dict[UUID, Ready]:
    """Of these exchanges, by new order, those that can still be carried out: their orders wait, and every old ticket is
    valid, was not let in, and is worth what it was worth.
    """
    open_ones = {
        order_id: one for order_id, one in going.items() if locked[order_id].state == OrderState.PENDING
    }
    if not open_ones:
        return {}
    units = await orders.exchanged_units(tx, list(open_ones))
    await tickets.close_doors(tx, {one.ticket_id for taken in units.values() for one in taken})
    found = {}
    for order_id, exchange in sorted(open_ones.items()):
        old = locked[exchange.from_order_id]
        try:
            await refuse_suspended(tx, old.id)
            taken = [one.ticket_id for one in units[order_id]]
            plan, worth_minor = await plan_exchange(tx, old, taken, exchange.fee_each_minor)
        except Refusal:
            continue
        counts_minor = plan.total.total_minor
        if (worth_minor, worth_minor - counts_minor) == (exchange.worth_minor, exchange.fee_minor):
            found[order_id] = Ready(exchange, locked[order_id], plan)
    return found


async def refuse_suspended(reader: Reader, order_id: UUID) -> None:
    """Raises `PaymentIsDisputed` while a payment of the order's family is disputed, and for good once that is lost: its
    tickets let nobody in, so they are not changed for others.
    """
    for one in (await orders.families(reader, [order_id]))[order_id]:
        if await payments.standing_dispute(reader, one) is not None:
            raise PaymentIsDisputed


async def take_old(tx: Transaction, ready: Ready) -> None:
    """The old tickets die. Locks tickets, allowances, promo codes; their places are for `places_back`."""
    plan = ready.plan
    await tickets.cancel_tickets(tx, plan.ticket_ids())
    await orders.cancel_units(tx, plan.by_line())
    await orders.count_units_down(tx, plan.order, plan.by_type())
    if plan.ends_order:
        await promo_codes.give_back(tx, [plan.order])


async def lock_places(tx: Transaction, ready: Iterable[Ready], holds: Collection[UUID]) -> None:
    """Lock the pools of the old places and of these holds in one order, before any of them is moved."""
    await inventory.lock_places(tx, {*(one.plan.order.hold_id for one in ready), *holds})


async def swap_places(tx: Transaction, plan: Plan, wanted: inventory.HoldRequest) -> None:
    """The old places go back and the new ones are taken, with all their pools locked, so nobody comes between: where
    both are of one pool, it need not have a place left. Raises as `Purchase.hold`, and then nothing may be kept.
    """
    await inventory.lock_swap(tx, plan.order.hold_id, wanted)
    await _places_back(tx, plan)
    [verdict] = await inventory.take_many(tx, [wanted])
    if isinstance(verdict, Refusal):
        raise verdict


async def finish(
    tx: Transaction,
    accounts: PaymentAccounts,
    ready: Ready,
    *,
    is_direct: bool | None,
    now: datetime,
    has_swapped: bool = False,
) -> list[ledger.NewTransfer]:
    """The rest, once the new order is paid: places, the reversal, money that goes back, the journal; what to post.

    `is_direct`: the new order's payment came into the organiser's own account; None when none came. `has_swapped`: the
    old places went back before (`swap_places`).
    """
    plan, exchange, child = ready.plan, ready.exchange, ready.child
    order, counts_minor = plan.order, child.exchanged_minor
    counted, back = split(ledger_parts(plan.total), counts_minor)
    was_direct = await lies_direct(tx, accounts, order)
    await orders.insert_reversal(tx, _reversal(ready, now), unit_rows(plan))
    await orders.finish_exchange(tx, child.id, ready.reversal_id)
    owed = Owed(order, cause="reversal", cause_id=ready.reversal_id, reason=CHANGED, parts=back)
    posted = (await give_back(tx, accounts, [owed], now=now, actor=exchange.actor)).transfers
    if not has_swapped:
        await _places_back(tx, plan)
    if plan.ends_order:
        moved = await orders.mark_cancelled(tx, [order.id], OrderState.PAID, REASON)
        assert moved == {order.id}, "the order was locked while paid"
    await journal.announce(tx, _facts(ready, back.total_minor), exchange.actor)
    posted += ledger.exchanged(
        cause_id=ready.reversal_id,
        organiser_id=order.organiser_id,
        currency=order.currency,
        parts=counted,
        is_direct=was_direct,
        is_test=order.is_test,
    )
    if is_direct is not None and is_direct != was_direct:
        posted += ledger.exchange_moved(
            cause_id=ready.reversal_id,
            organiser_id=order.organiser_id,
            currency=order.currency,
            amount_minor=min(counted.organiser_minor, child.organiser_minor),
            from_direct=was_direct,
            is_test=order.is_test,
        )
    return posted


async def lies_direct(tx: Transaction, accounts: PaymentAccounts, order: orders.OrderRow) -> bool:
    """Was this order earned in an account of the organiser's own?"""
    return (await earned_direct(tx, accounts, await sources_of(tx, [order.id]), [order]))[order.id]


def split(parts: ledger.Parts, first_minor: int) -> tuple[ledger.Parts, ledger.Parts]:
    """So much of these parts, fee and tax in proportion, and the rest. To the last minor unit."""
    whole_minor = parts.total_minor
    assert 0 <= first_minor <= whole_minor, "a part of it"
    if not first_minor:
        return ledger.Parts(0, 0, 0), parts
    fee_minor = parts.fee_minor * first_minor // whole_minor
    tax_minor = parts.tax_minor * first_minor // whole_minor
    organiser_minor = min(first_minor - fee_minor - tax_minor, parts.organiser_minor)
    # What rounding leaves goes to whoever has room.
    over_minor = first_minor - fee_minor - tax_minor - organiser_minor
    more_minor = min(over_minor, parts.fee_minor - fee_minor)
    fee_minor, tax_minor = fee_minor + more_minor, tax_minor + over_minor - more_minor
    first = ledger.Parts(organiser_minor, fee_minor, tax_minor)
    rest = ledger.Parts(
        parts.organiser_minor - organiser_minor, parts.fee_minor - fee_minor, parts.tax_minor - tax_minor
    )
    return first, rest


async def end_gone(
    tx: Transaction, ended: Sequence[orders.OrderRow], *, now: datetime
) -> list[ledger.NewTransfer]:
    """New orders whose exchange cannot be carried out any more end, and parts that came for them go back; what to post.

    Those that wait are cancelled, with their places; what has ended before stays as it is.
    """
    waiting = [one for one in ended if one.state == OrderState.PENDING]
    if not waiting:
        return []
    posted = await return_parts(tx, waiting, GONE, now=now, actor="system")
    ids = {one.id for one in waiting}
    moved = await orders.mark_cancelled(tx, ids, OrderState.PENDING, GONE)
    assert moved == ids, "the orders were locked while pending"
    await orders.count_orders(tx, waiting, await orders.lines(tx, ids), again=False)
    await promo_codes.give_back(tx, waiting)
    await inventory.release_many(tx, [one.hold_id for one in waiting])
    facts = [
        orders.OrderCancelled(
            subject_id=one.id, organiser_id=one.organiser_id, event_id=one.event_id, reason=GONE
        )
        for one in waiting
    ]
    await journal.announce(tx, facts, "system")
    return posted


async def finish_all(
    tx: Transaction,
    accounts: PaymentAccounts,
    ready: Mapping[UUID, Ready],
    paid: Iterable[Paid],
    now: datetime,
) -> list[ledger.NewTransfer]:
    """`finish` for those of these paid orders that are exchanges."""
    posted: list[ledger.NewTransfer] = []
    for one in sorted(paid, key=lambda paid: paid.order.id):
        if one.order.id in ready:
            is_direct = None if one.money is None else one.is_direct
            posted += await finish(tx, accounts, ready[one.order.id], is_direct=is_direct, now=now)
    return posted


async def _places_back(tx: Transaction, plan: Plan) -> None:
    hold_id = plan.order.hold_id
    if plan.ends_order and not plan.had_kept:
        await inventory.return_many(tx, [hold_id])
        return
    await inventory.give_back(
        tx, [(hold_id, type_id, quantity) for type_id, quantity in plan.by_type().items()]
    )


def _reversal(ready: Ready, now: datetime) -> orders.ReversalRow:
    parts = ledger_parts(ready.plan.total)
    return orders.ReversalRow(
        id=ready.reversal_id,
        order_id=ready.plan.order.id,
        by_whom=ready.exchange.by_whom,
        actor=ready.exchange.actor,
        note="",
        sent_to="original",
        keeps_places=False,
        organiser_minor=parts.organiser_minor,
        fee_minor=parts.fee_minor,
        tax_minor=parts.tax_minor,
        at=now,
        exchanged_minor=ready.child.exchanged_minor,
    )


def _facts(ready: Ready, back_minor: int) -> list[journal.Fact]:
    order = ready.plan.order
    facts: list[journal.Fact] = [
        orders.TicketsExchanged(
            subject_id=order.id,
            organiser_id=order.organiser_id,
            event_id=order.event_id,
            reversal_id=ready.reversal_id,
            to_order_id=ready.child.id,
            quantity=len(ready.plan.units),
            currency=order.currency,
            amount_minor=back_minor,
        )
    ]
    if ready.plan.ends_order:
        facts.append(
            orders.OrderCancelled(
                subject_id=order.id, organiser_id=order.organiser_id, event_id=order.event_id, reason=REASON
            )
        )
    return facts
