"""Orders of one event end, many in one transaction: waiting ones with what came for them, paid ones with their tickets.

Everything is set-based: fifty orders cost as many statements as one. The callers have locked the orders.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from admitone import inventory, ledger, orders, payments, tickets
from admitone.flows import promo_codes
from admitone.flows.giving_back import Owed, give_back, less
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.returned_parts import rest_of
from admitone.flows.unpaid import return_parts
from admitone.orders import OrderState
from admitone.plumbing import journal
from admitone.plumbing.database import Transaction


async def end_orders(
    tx: Transaction,
    accounts: PaymentAccounts | None,
    ended: Sequence[orders.OrderRow],
    reason: str,
    *,
    now: datetime,
    actor: str,
    with_fees: bool = True,
) -> Mapping[UUID, ledger.Parts]:
    """End these pending and paid orders: tickets die, places return to sale, the money goes back, the journal knows.

    What goes back of each paid order, by order id; without the fees when they stay, and without what the buyer's bank
    took back. `accounts`: needed for paid ones. Raises `PaymentDisputed` while a bank has not decided.
    """
    if not ended:
        return {}
    paid = [order for order in ended if order.state == OrderState.PAID]
    lines = await orders.lines(tx, [order.id for order in ended])
    posted = await end_pending_orders(
        tx, [one for one in ended if one.state == OrderState.PENDING], reason, now, actor
    )
    rest: dict[UUID, ledger.Parts] = {}
    if paid:
        assert accounts is not None, "paid orders are given back by their payment accounts"
        rest = await rest_of(tx, paid, lines, with_fees=with_fees)
        families = (await orders.families(tx, [order.id for order in paid])).values()
        await payments.refuse_undecided(tx, set().union(*families))
        owed = [Owed(one, cause=reason, cause_id=one.id, reason=reason, parts=rest[one.id]) for one in paid]
        given = await give_back(tx, accounts, owed, now=now, actor=actor)
        posted += given.transfers
        rest |= {order_id: less(rest[order_id], minor) for order_id, minor in given.short_minor.items()}
        ids = {order.id for order in paid}
        moved = await orders.mark_cancelled(tx, ids, OrderState.PAID, reason)
        assert moved == ids, "the orders were locked while paid"
        await tickets.cancel(tx, ids)
    await orders.count_orders(tx, ended, lines, again=False)
    await promo_codes.give_back(tx, ended)
    holds = [order.hold_id for order in ended]
    await inventory.lock_places(tx, holds)
    await inventory.release_many(tx, holds)
    await inventory.return_many(tx, holds)
    facts = [
        orders.OrderCancelled(
            subject_id=order.id, organiser_id=order.organiser_id, event_id=order.event_id, reason=reason
        )
        for order in ended
    ]
    await journal.announce(tx, facts, actor)
    await ledger.post(tx, posted)
    return rest


async def end_pending_orders(
    tx: Transaction, pending: Sequence[orders.OrderRow], reason: str, now: datetime, actor: str
) -> list[ledger.NewTransfer]:
    """Cancel orders that wait for their money, and want back what came of it; what to post."""
    if not pending:
        return []
    owed = await return_parts(tx, pending, reason, now=now, actor=actor)
    ids = {order.id for order in pending}
    moved = await orders.mark_cancelled(tx, ids, OrderState.PENDING, reason)
    assert moved == ids, "the orders were locked while pending"
    return owed
