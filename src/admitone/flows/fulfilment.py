"""What being paid causes, in one transaction: the order is paid, its places are sold, the ledger knows, tickets exist.

Used by settlement (money arrived) and by purchase (nothing to pay). Everything is set-based: a batch of a hundred
orders costs as many statements as one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from admitone import events, inventory, ledger, orders, tickets
from admitone.flows import promo_codes
from admitone.plumbing import journal
from admitone.plumbing.database import Transaction
from admitone.plumbing.signing import KeyRing


@dataclass(frozen=True, slots=True)
class Money:
    """The payment that completed an order's price, lying at `books`. `ready_minor` lay ready for the order before;
    `excess_minor` came besides. The excess is owed back.
    """

    attempt_id: UUID
    books: str
    ready_minor: int = 0
    excess_minor: int = 0


@dataclass(frozen=True, slots=True)
class Paid:
    """An order to fulfil, locked by the caller. `money` is None when nothing had to be paid, or credit was enough.

    `is_direct`: it was paid into the organiser's own account, so they have it already.
    """

    order: orders.OrderRow
    offer: events.Offer
    money: Money | None = None
    is_direct: bool = False

    @property
    def is_late(self) -> bool:
        """The places had gone back before the money came."""
        return self.order.state == orders.OrderState.EXPIRED


async def fulfil(
    tx: Transaction,
    ring: KeyRing,
    paid: Sequence[Paid],
    lines: Mapping[UUID, Sequence[orders.LineRow]] | None = None,
) -> set[UUID]:
    """Fulfil these orders; the ids of those fulfilled. The others' places are gone: their money goes back.

    The caller posts their `sales` to the ledger, together with what else its transaction moves there: balances are
    locked in one order, by one posting. `lines` may carry the orders' lines when the caller has just written them.
    """
    on_time = [one for one in paid if not one.is_late]
    late = [one for one in paid if one.is_late]
    late_lines = await _count_again(tx, late)
    if late:
        await inventory.lock_places(tx, [one.order.hold_id for one in paid])
    if on_time:
        sold = await inventory.sell_many(tx, [one.order.hold_id for one in on_time])
        assert sold == {one.order.hold_id for one in on_time}, "a pending order's places are held"
    retaken = await inventory.retake_many(tx, [one.order.hold_id for one in late]) if late else set()
    winners = [*on_time, *(one for one in late if one.order.hold_id in retaken)]
    too_late = [one.order for one in late if one.order.hold_id not in retaken]
    await orders.count_orders(tx, too_late, late_lines, again=False)
    await promo_codes.give_back(tx, too_late)
    if not winners:
        return set()
    ids = [one.order.id for one in winners]
    moved = await orders.mark_paid(tx, ids, "paid")
    assert moved == set(ids), "the orders were locked in a state that can be paid"
    await promo_codes.mark_used(tx, [one.order for one in winners])
    found = lines if lines is not None else await orders.lines(tx, ids)
    await tickets.issue(tx, ring, [ask for one in winners for ask in _tickets(one, found[one.order.id])])
    await journal.announce(tx, [_fact(one) for one in winners], "system")
    return set(ids)


async def _count_again(tx: Transaction, late: Sequence[Paid]) -> dict[UUID, list[orders.LineRow]]:
    """Count late orders' tickets for their buyers again, before it is known whether the places are still there.

    Allowances are locked before places, as by everybody else: a late payment and an expiry never wait for each other.
    """
    if not late:
        return {}
    found = await orders.lines(tx, [one.order.id for one in late])
    await orders.count_orders(tx, [one.order for one in late], found, again=True)
    await promo_codes.redeem_again(tx, [one.order for one in late])
    return found


def _tickets(paid: Paid, lines: Sequence[orders.LineRow]) -> list[tickets.IssueRequest]:
    first_minute, minutes = events.validity(paid.offer)
    asks = []
    for line in lines:
        # A gift is no ticket.
        if line.kind == "donation":
            continue
        offered = paid.offer.type(line.ticket_type_id)
        assert offered is not None, "an order's ticket types are its event's"
        asks.append(
            tickets.IssueRequest(
                order_id=paid.order.id,
                order_line_id=line.id,
                event_id=paid.order.event_id,
                event_number=paid.offer.event_number,
                organiser_id=paid.order.organiser_id,
                ticket_type_id=line.ticket_type_id,
                type_number=offered.number,
                quantity=line.quantity,
                attendee_names=tuple(line.attendee_names),
                valid_from_minute=first_minute,
                valid_minutes=minutes,
            )
        )
    return asks


def sales(paid: Paid) -> list[ledger.NewTransfer]:
    """What the ledger has to know of a fulfilled order; nothing when there was nothing to pay."""
    order, money = paid.order, paid.money
    if order.total_minor == 0:
        return []
    parts = ledger.Parts(order.organiser_minor, order.fee_minor, order.tax_minor)
    if money is not None and not money.ready_minor:
        return ledger.sale(
            attempt_id=money.attempt_id,
            books=money.books,
            organiser_id=order.organiser_id,
            currency=order.currency,
            parts=parts,
            is_direct=paid.is_direct,
            is_test=order.is_test,
            excess_minor=money.excess_minor,
        )
    last = [] if money is None else _last_part(order, money)
    return last + ledger.sale_of_deposits(
        order_id=order.id,
        organiser_id=order.organiser_id,
        currency=order.currency,
        parts=parts,
        is_direct=paid.is_direct,
        is_test=order.is_test,
    )


def _last_part(order: orders.OrderRow, money: Money) -> list[ledger.NewTransfer]:
    return ledger.deposit(
        attempt_id=money.attempt_id,
        books=money.books,
        currency=order.currency,
        amount_minor=order.total_minor - money.ready_minor,
        is_test=order.is_test,
        excess_minor=money.excess_minor,
    )


def _fact(paid: Paid) -> orders.OrderPaid:
    order = paid.order
    return orders.OrderPaid(
        subject_id=order.id,
        organiser_id=order.organiser_id,
        event_id=order.event_id,
        currency=order.currency,
        total_minor=order.total_minor,
        was_late=paid.is_late,
    )
