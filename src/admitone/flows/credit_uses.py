"""What becomes of the store credit that orders set aside: it pays for them, or it is its holder's again.

Called by everything that makes an order paid or ends it unpaid, with the order locked.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from admitone import ledger, orders, payments
from admitone.flows.disputed_credit import ended
from admitone.flows.fulfilment import Paid
from admitone.payments import CreditUse
from admitone.plumbing import journal
from admitone.plumbing.database import Transaction


async def credit_used(tx: Transaction, won: Sequence[Paid], *, now: datetime) -> list[ledger.NewTransfer]:
    """The credit these fulfilled orders had set aside has paid for them, and whoever gave it bears it; what to post.

    Orders for which nothing lay ready ask nothing of the database.
    """
    by_id = {one.order.id: one for one in won if one.order.received_minor}
    if not by_id:
        return []
    uses = [one for one in await payments.credit.uses_of(tx, list(by_id)) if one.state == "set_aside"]
    if not uses:
        return []
    await payments.credit.mark_used(tx, {one.order_id for one in uses}, now)
    return [
        transfer
        for use in uses
        for transfer in ledger.credit_funded(
            use_id=use.id,
            order_id=use.order_id,
            organiser_id=by_id[use.order_id].order.organiser_id,
            currency=by_id[use.order_id].order.currency,
            amount_minor=use.amount_minor,
            funding=use.funding,
            is_direct=by_id[use.order_id].is_direct,
            is_test=by_id[use.order_id].order.is_test,
        )
    ]


async def return_credit(
    tx: Transaction,
    those: Sequence[orders.OrderRow],
    *,
    now: datetime,
    actor: str,
    only: Collection[UUID] | None = None,
) -> tuple[list[ledger.NewTransfer], dict[UUID, int]]:
    """The credit these orders had set aside is its holders' again, or `only` these uses; what to post, and how much it
    was by order id. The caller takes it from what lies ready. Locks the credits.
    """
    by_id = {order.id: order for order in those}
    uses = [
        one
        for one in await payments.credit.uses_of(tx, list(by_id))
        if one.state == "set_aside" and (only is None or one.id in only)
    ]
    if not uses:
        return [], {}
    await payments.credit.lock(tx, {one.credit_id for one in uses})
    returned = await payments.credit.mark_returned(tx, [one.id for one in uses], now)
    assert returned == {one.id for one in uses}, "their orders are locked"
    by_credit: dict[UUID, int] = {}
    by_order: dict[UUID, int] = {}
    for use in uses:
        by_credit[use.credit_id] = by_credit.get(use.credit_id, 0) + use.amount_minor
        by_order[use.order_id] = by_order.get(use.order_id, 0) + use.amount_minor
    cut = await payments.credit.put_back(tx, by_credit)
    await journal.announce(tx, [_returned(use, by_id[use.order_id]) for use in uses], actor)
    posted = [transfer for use in uses for transfer in _posting(use, by_id[use.order_id])]
    return posted + await ended(tx, cut, actor), by_order


def _returned(use: CreditUse, order: orders.OrderRow) -> journal.Fact:
    return payments.credit.CreditReturned(
        subject_id=use.credit_id,
        organiser_id=order.organiser_id,
        order_id=order.id,
        use_id=use.id,
        currency=order.currency,
        amount_minor=use.amount_minor,
    )


def _posting(use: CreditUse, order: orders.OrderRow) -> list[ledger.NewTransfer]:
    return ledger.credit_given_back(
        use_id=use.id,
        order_id=order.id,
        credit_id=use.credit_id,
        organiser_id=order.organiser_id,
        currency=order.currency,
        amount_minor=use.amount_minor,
        is_test=order.is_test,
    )
