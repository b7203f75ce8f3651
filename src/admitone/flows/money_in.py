"""What is to become of money that has just arrived: the table of settlement. Pure, but for the two that write it down.

| what came | what becomes of it |
|---|---|
| the rest of the price (or more) of an order that waits | tickets; what is over goes back |
| the same, late: the order had expired | tickets if the places are still there, else all of it goes back |
| less, and the order waits | lies ready for it; with the rest it becomes tickets, else it goes back with the order |
| less, and the order does not wait any more | goes back |
| another currency; for an order that is paid, cancelled, or of a cancelled event | goes back |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admitone import events, ledger, orders, payments
from admitone.payments import Outcome, Prompt, SettledAs, Status
from admitone.plumbing.database import Transaction
from admitone.plumbing.journal import announce
from admitone.values.ids import derived_id
from admitone.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Heard:
    """News about an attempt; `prompt` when it is the provider's answer to being asked for one."""

    attempt_id: UUID
    status: Status
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An attempt that turns out to be paid. `refund_reason`: why all of it must go back (None: it may count).

    `ready_minor` lay ready for the order before it; `excess_minor` is more than the order needed.
    """

    heard: Heard
    attempt: payments.Attempt
    order: orders.OrderRow
    refund_reason: str | None
    ready_minor: int = 0

    @property
    def came_minor(self) -> int:
        """What arrived."""
        came = self.heard.status.paid_minor
        assert came is not None, "a paid status says what was paid"
        return came

    @property
    def excess_minor(self) -> int:
        """What is more than the order needed."""
        return max(self.came_minor + self.ready_minor - self.order.total_minor, 0)

    @property
    def completes(self) -> bool:
        """With it the order's price is there."""
        return self.refund_reason is None and self.came_minor + self.ready_minor >= self.order.total_minor

    @property
    def is_part(self) -> bool:
        """It counts, and is not enough by itself."""
        return self.refund_reason is None and not self.completes


def newly_paid(
    asked: Sequence[Heard],
    attempts: Mapping[UUID, payments.Attempt],
    locked: Mapping[UUID, orders.OrderRow],
    sales: Mapping[UUID, events.KeptSale],
) -> list[Case]:
    """The attempts that turn to paid by this news, in order of arrival, each once."""
    cases: dict[UUID, Case] = {}
    taken: set[UUID] = set()
    ready = {order.id: order.ready_minor for order in locked.values()}
    for heard in asked:
        attempt = attempts.get(heard.attempt_id)
        if attempt is None or heard.status.outcome is not Outcome.PAID:
            continue
        if attempt.state is payments.AttemptState.PAID or attempt.id in cases:
            continue
        order = locked[attempt.order_id]
        reason = _refund_reason(attempt, heard.status, order, taken)
        if reason is None:
            reason = sales[order.event_id].why_not(is_test=order.is_test)
        case = Case(heard, attempt, order, reason, ready[order.id])
        if reason is None and not case.completes and order.state != orders.OrderState.PENDING:
            case = Case(heard, attempt, order, "wrong_amount", ready[order.id])
        if case.completes:
            taken.add(order.id)
        elif case.refund_reason is None:
            ready[order.id] += case.came_minor
        cases[attempt.id] = case
    return list(cases.values())


def _refund_reason(
    attempt: payments.Attempt, status: Status, order: orders.OrderRow, taken: set[UUID]
) -> str | None:
    """Why none of this money can count for the order; None when it may."""
    assert status.attempt_id in (None, attempt.id), (
        "what is said of another payment is not heard (`conclude`)"
    )
    if status.currency != order.currency:
        return "wrong_currency"
    if order.state == orders.OrderState.PAID or order.id in taken:
        return "paid_twice"
    if order.state == orders.OrderState.CANCELLED:
        return "order_cancelled"
    return None


async def keep_parts(tx: Transaction, cases: Sequence[Case]) -> list[ledger.NewTransfer]:
    """Keep what is less than an order's price ready for it; what to post."""
    came: dict[UUID, int] = {}
    for case in cases:
        came[case.order.id] = came.get(case.order.id, 0) + case.came_minor
    await orders.receive(tx, came)
    await announce(tx, [_part_arrived(case) for case in cases if _is_in_bitcoin(case)], "system")
    return [
        transfer
        for case in cases
        for transfer in ledger.deposit(
            attempt_id=case.attempt.id,
            books=case.attempt.books,
            currency=case.order.currency,
            amount_minor=case.came_minor,
            is_test=case.order.is_test,
        )
    ]


def _is_in_bitcoin(case: Case) -> bool:
    """Its buyer may have closed the page that says what is missing: they get a letter."""
    return case.attempt.method in payments.bitcoin.RAILS


def _part_arrived(case: Case) -> payments.bitcoin.PartArrived:
    attempt = case.attempt
    return payments.bitcoin.PartArrived(
        subject_id=attempt.id, organiser_id=attempt.organiser_id, order_id=attempt.order_id
    )


async def send_back(
    tx: Transaction, cases: Sequence[Case], verdicts: Mapping[UUID, SettledAs], now: datetime
) -> list[ledger.NewTransfer]:
    """Hold for the buyer what did not become tickets, and what was too much, and want it refunded; what to post."""
    transfers, refunds = [], []
    for case in cases:
        settled_as, attempt = verdicts[case.attempt.id], case.attempt
        if settled_as is SettledAs.REFUND:
            currency = case.heard.status.currency
            assert currency is not None, "a paid status says in which currency"
            transfers += ledger.unearned(
                attempt_id=attempt.id,
                books=attempt.books,
                currency=currency,
                amount_minor=case.came_minor,
                is_test=case.order.is_test,
            )
            reason = case.refund_reason or "paid_too_late"
            refund_id = derived_id("refund", attempt.id.bytes)
            # None of it is earned, so of a split payment the site's fee goes back whole.
            refunds.append(
                payments.NewRefund(
                    refund_id,
                    attempt.id,
                    reason,
                    case.came_minor,
                    split_back_minor=attempt.fee_split_minor,
                )
            )
        elif settled_as is SettledAs.TICKETS and case.excess_minor:
            refund_id = derived_id("refund of the excess", attempt.id.bytes)
            refunds.append(payments.NewRefund(refund_id, attempt.id, "overpaid", case.excess_minor))
    if refunds:
        wanted = await payments.want_refunds(tx, refunds, now=now, actor="system")
        assert not any(isinstance(verdict, Refusal) for verdict in wanted), "money that came in can go back"
    return transfers
