"""Owing a buyer something of what they paid: the ledger learns who gives which part, each payment gives its share.

Used by everything that takes back a sale or some of it. The refunds wanted here are sent by `flows/refund.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admitone import ledger, orders, payments
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import RefundState, SettledAs
from admitone.plumbing.database import Transaction
from admitone.values.ids import derived_id
from admitone.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Owed:
    """`parts` of an order's price go back. `cause_id` names the decision: the same moves money once.

    `reason` is a word for people, `cause` what each refund is for, once per payment.
    """

    order: orders.OrderRow
    cause: str
    cause_id: UUID
    reason: str
    parts: ledger.Parts


def unit_parts(line: orders.LineRow) -> ledger.Parts:
    """Who got which part of the price of one unit of this line."""
    fee, tax = line.unit_fee_minor, line.unit_tax_minor
    return ledger.Parts(line.unit_total_minor - fee - tax, fee, tax)


def times(parts: ledger.Parts, quantity: int) -> ledger.Parts:
    """So many times these parts."""
    return ledger.Parts(
        parts.organiser_minor * quantity, parts.fee_minor * quantity, parts.tax_minor * quantity
    )


def together(parts: Sequence[ledger.Parts]) -> ledger.Parts:
    """The sum of these parts."""
    return ledger.Parts(
        sum(one.organiser_minor for one in parts),
        sum(one.fee_minor for one in parts),
        sum(one.tax_minor for one in parts),
    )


def whole(lines: Sequence[orders.LineRow]) -> ledger.Parts:
    """The price of everything in these lines that has not been cancelled before."""
    return together([times(unit_parts(line), line.left) for line in lines])


async def give_back(
    tx: Transaction, accounts: PaymentAccounts, owed: Sequence[Owed], *, now: datetime, actor: str
) -> list[ledger.NewTransfer]:
    """Want it all refunded, to the payments it came by; what to post to the ledger, after all other locks.

    The orders are locked by the caller. Each payment gives what is left of it, the largest first.
    """
    owed = [one for one in owed if one.parts.total_minor]
    if not owed:
        return []
    ids = {one.order.id for one in owed}
    paid = [
        attempt for attempt in await payments.of_orders(tx, ids) if attempt.settled_as is SettledAs.TICKETS
    ]
    left = await _left(tx, paid, ids)
    by_order: dict[UUID, list[payments.Attempt]] = {}
    for attempt in paid:
        by_order.setdefault(attempt.order_id, []).append(attempt)
    transfers: list[ledger.NewTransfer] = []
    refunds: list[payments.NewRefund] = []
    for one in owed:
        mine = by_order[one.order.id]
        shares = _shares(one, mine, left)
        refunds += shares
        is_direct = await accounts.is_direct(mine[0].account_id)
        transfers += ledger.sale_undone(
            cause_id=one.cause_id if len(shares) != 1 else shares[0].id,
            organiser_id=one.order.organiser_id,
            currency=one.order.currency,
            parts=one.parts,
            is_direct=is_direct,
            is_test=one.order.is_test,
        )
    verdicts = await payments.want_refunds(tx, refunds, now=now, actor=actor)
    assert not any(isinstance(verdict, Refusal) for verdict in verdicts), "what became tickets is all there"
    return transfers


async def _left(tx: Transaction, paid: Sequence[payments.Attempt], order_ids: set[UUID]) -> dict[UUID, int]:
    """What of each payment has not gone back, nor is on its way."""
    locked = await payments.lock_many(tx, {attempt.id for attempt in paid})
    left = {attempt.id: attempt.paid_minor or 0 for attempt in locked.values()}
    for refund in await payments.refunds_of(tx, order_ids):
        if refund.attempt_id in left and refund.state is not RefundState.FAILED:
            left[refund.attempt_id] -= refund.amount_minor
    return left


def _shares(owed: Owed, paid: Sequence[payments.Attempt], left: dict[UUID, int]) -> list[payments.NewRefund]:
    missing, fee_left = owed.parts.total_minor, owed.parts.fee_minor
    shares = []
    for attempt in sorted(paid, key=lambda one: (-left[one.id], one.number)):
        minor = min(missing, left[attempt.id])
        if minor:
            left[attempt.id] -= minor
            # Each payment gives its part of the site's fee; the last gives the rest, so that all of it is given.
            fee = fee_left * minor // missing
            fee_left -= fee
            missing -= minor
            # A whole order is taken back once, so its payment's refund has the payment's own name.
            is_whole = owed.cause_id == owed.order.id
            named = b"" if is_whole else owed.cause.encode() + owed.cause_id.bytes
            refund_id = derived_id("refund", attempt.id.bytes + named)
            split = fee if attempt.fee_split_minor is not None else None
            shares.append(payments.NewRefund(refund_id, attempt.id, owed.reason, minor, _cause(owed), split))
    assert missing == 0, "never more goes back than came in"
    return shares


def _cause(owed: Owed) -> str:
    return owed.cause if owed.cause_id == owed.order.id else f"{owed.cause}:{owed.cause_id}"
