"""Owing a buyer something of what they paid: the ledger learns who gives which part, each payment gives its share.

Used by everything that takes back a sale or some of it. The refunds wanted here are sent by `flows/refund.py`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from admitone import ledger, orders, payments
from admitone.flows.disputed_credit import ended
from admitone.flows.money_sources import Sources, sources_of
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.plumbing.database import Transaction
from admitone.values.ids import derived_id
from admitone.values.refusals import Refusal

AGAIN_DAYS = 30
"""A gift that ran out, and came back because its order was taken back, can be used so much longer; at most until
its `latest_at`.
"""


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


@dataclass(frozen=True, slots=True)
class GivenBack:
    """`transfers` are to be posted to the ledger, after all other locks. `short_minor`: of these orders, by id, so much
    less goes back than was owed, because their provider sends whole units only, or their buyers' banks have taken it;
    above zero.
    """

    transfers: list[ledger.NewTransfer]
    short_minor: Mapping[UUID, int]


def less(parts: ledger.Parts, minor: int) -> ledger.Parts:
    """So much less: it stays with the organiser first, then with the site."""
    from_organiser = min(minor, parts.organiser_minor)
    from_fee = min(minor - from_organiser, parts.fee_minor)
    from_tax = minor - from_organiser - from_fee
    return ledger.Parts(
        parts.organiser_minor - from_organiser, parts.fee_minor - from_fee, parts.tax_minor - from_tax
    )


async def give_back(
    tx: Transaction, accounts: PaymentAccounts, owed: Sequence[Owed], *, now: datetime, actor: str
) -> GivenBack:
    """Want it all refunded, to what it was paid by.

    The orders are locked by the caller. Payments give first, then store credit, which is credit again
    (`money_sources.py`).
    """
    owed = [one for one in owed if one.parts.total_minor]
    if not owed:
        return GivenBack([], {})
    sources = await sources_of(tx, [one.order.id for one in owed], accounts)
    found = [(one, sources.give(one.order.id, one.parts.total_minor)) for one in owed]
    short = {one.order.id: one.parts.total_minor - given.total_minor for one, given in found}
    short = {order_id: minor for order_id, minor in short.items() if minor}
    found = [
        (replace(one, parts=less(one.parts, short.get(one.order.id, 0))), given)
        for one, given in found
        if given.total_minor
    ]
    direct = await earned_direct(tx, accounts, sources, [one.order for one, _ in found])
    transfers: list[ledger.NewTransfer] = []
    refunds: list[payments.NewRefund] = []
    restored: list[tuple[payments.CreditUse, int]] = []
    for one, given in found:
        shares = _refunds(one, given.payments)
        refunds += shares
        restored += given.credits
        # A payment of its family belongs to another order, perhaps of another event.
        own = [attempt for attempt, _ in given.payments if attempt.order_id == one.order.id]
        is_alone = len(own) == len(shares) == 1 and not given.credits
        transfers += undone(one, shares[0].id if is_alone else one.cause_id, is_direct=direct[one.order.id])
        transfers += restoring(one, given.credits, is_direct=direct[one.order.id])
    verdicts = await payments.want_refunds(tx, refunds, now=now, actor=actor) if refunds else []
    assert not any(isinstance(verdict, Refusal) for verdict in verdicts), "what became tickets is all there"
    transfers += await restore(tx, restored, actor)
    return GivenBack(transfers, short)


def undone(owed: Owed, cause_id: UUID, *, is_direct: bool) -> list[ledger.NewTransfer]:
    """The sale, or some of it, is taken back: each part becomes owed to the buyer."""
    return ledger.sale_undone(
        cause_id=cause_id,
        organiser_id=owed.order.organiser_id,
        currency=owed.order.currency,
        parts=owed.parts,
        is_direct=is_direct,
        is_test=owed.order.is_test,
    )


def restoring(
    owed: Owed, credits: Sequence[tuple[payments.CreditUse, int]], *, is_direct: bool
) -> list[ledger.NewTransfer]:
    """What was paid with store credit, and is owed to the buyer now, is credit again."""
    return [
        transfer
        for use, minor in credits
        for transfer in ledger.credit_restored(
            cause_id=owed.cause_id,
            use_id=use.id,
            credit_id=use.credit_id,
            organiser_id=owed.order.organiser_id,
            currency=owed.order.currency,
            amount_minor=minor,
            funding=use.funding,
            is_direct=is_direct,
            is_test=owed.order.is_test,
        )
    ]


async def restore(
    tx: Transaction, credits: Sequence[tuple[payments.CreditUse, int]], actor: str
) -> list[ledger.NewTransfer]:
    """So much comes back of each use to its credit, locked by `sources_of`. What of that ends at once; what to post."""
    if not credits:
        return []
    by_use: Counter[UUID] = Counter()
    by_credit: Counter[UUID] = Counter()
    for use, minor in credits:
        by_use[use.id] += minor
        by_credit[use.credit_id] += minor
    await payments.credit.return_of(tx, by_use)
    return await ended(tx, await payments.credit.put_back(tx, by_credit, days=AGAIN_DAYS), actor)


async def earned_direct(
    tx: Transaction, accounts: PaymentAccounts, sources: Sources, those: Sequence[orders.OrderRow]
) -> dict[UUID, bool]:
    """For each order: was it earned in an account of the organiser's own?

    Its payments say so when they agree; else the ledger knows where it put the sale.
    """
    found: dict[UUID, bool] = {}
    for order in those:
        kinds = {await accounts.is_direct(one.account_id) for one in sources.own_payments(order.id)}
        if len(kinds) == 1:
            (found[order.id],) = kinds
    unknown = [order.id for order in those if order.id not in found]
    if unknown:
        found |= dict.fromkeys(unknown, False) | await ledger.earned_direct(tx, unknown)
    return found


def _refunds(owed: Owed, given: Sequence[tuple[payments.Attempt, int]]) -> list[payments.NewRefund]:
    missing = sum(minor for _, minor in given)
    fee_left = min(owed.parts.fee_minor, missing)
    shares = []
    for attempt, minor in given:
        # Each payment gives its part of the site's fee; the last gives the rest, so that all of it is given.
        fee = fee_left * minor // missing
        fee_left -= fee
        missing -= minor
        # A whole order is taken back once, so its own payment's refund has the payment's own name. A payment of its
        # family may give for several orders.
        is_whole = owed.cause_id == owed.order.id == attempt.order_id
        named = b"" if is_whole else owed.cause.encode() + owed.cause_id.bytes
        refund_id = derived_id("refund", attempt.id.bytes + named)
        split = fee if attempt.fee_split_minor is not None else None
        cause = owed.cause if is_whole else f"{owed.cause}:{owed.cause_id}"
        shares.append(payments.NewRefund(refund_id, attempt.id, owed.reason, minor, cause, split))
    return shares
