"""Makes the organiser's views of orders."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from admitone import accounts, events, orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.credit.paying import label_of
from admitone.entrypoints.pages.documents.making import document_rows
from admitone.entrypoints.pages.orders.family import family_rows
from admitone.entrypoints.pages.orders.making import number_words, order_lines, ticket_state
from admitone.entrypoints.pages.orders.money_back import kept_lines, waits_for_buyer
from admitone.entrypoints.pages.orders.suspended import suspended_words
from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.organiser.refunds_showing import refund_detail, refund_history, refunds_state
from admitone.entrypoints.pages.organiser.view import (
    HistoryLine,
    OrderRow,
    OrganiserOrderView,
    PaymentLine,
    TicketLine,
)
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.showing import ORDER_STATES, method_name, order_state
from admitone.entrypoints.pages.views import State
from admitone.payments import AttemptState, DisputeState, RefundState
from admitone.reads.order_page import Change, OrderPage
from admitone.reads.orders_list import ListedOrder
from admitone.values import formats
from admitone.values.actor import Action, Actor
from admitone.values.currencies import BITCOIN

_ATTEMPT_STATES: Final = {
    AttemptState.OPENED: State("Starting", "info", "hourglass"),
    AttemptState.UNKNOWN: State("Not known yet", "warn", "hourglass"),
    AttemptState.PROMPTED: State("Waiting for the buyer", "warn", "hourglass"),
    AttemptState.SEEN: State("On its way", "info", "refresh-cw"),
    AttemptState.FAILED: State("Failed", "bad", "circle-x"),
    AttemptState.PAID: State("Paid", "ok", "check"),
}
_NOT_NEEDED: Final = State("Not needed", "", "circle-x")
_NOT_PAID: Final = State("Not paid", "", "circle-x")
_REFUND_STATES: Final = {
    RefundState.WANTED: State("On its way", "info", "hourglass"),
    RefundState.UNKNOWN: State("Not known yet", "warn", "hourglass"),
    RefundState.FAILED: State("Refused", "bad", "circle-x"),
    RefundState.DONE: State("Done", "ok", "check"),
}
_REASONS: Final = {
    "placed": "Order placed",
    "paid": "Paid",
    "deadline": "Ran out unpaid",
    "buyer": "Cancelled by the buyer",
    "organiser": "Cancelled by the organiser",
    "event_cancelled": "Cancelled with the event",
    "play_money_ended": "Was sold for play money",
}
_REFUND_REASONS: Final = {
    "organiser": "Refund",
    "event_cancelled": "Refund, event cancelled",
    "play_money_ended": "Refund of play money",
    "mode_changed": "Refund, the sale had changed",
    "tickets_cancelled": "Refund, tickets cancelled",
    "goodwill": "Refund, tickets stay valid",
    "tickets_changed": "Refund, changed for cheaper tickets",
    "exchange_gone": "Refund, could not be changed any more",
    "overpaid": "Refund, too much was paid",
    "paid_too_late": "Refund, paid too late",
    "paid_twice": "Refund, paid twice",
    "wrong_amount": "Refund, wrong amount",
    "order_cancelled": "Refund, order was cancelled",
    "other_order": "Refund, paid for another order",
}


@dataclass(frozen=True, slots=True)
class Where:
    """Who looks, for which organiser, at which event."""

    actor: Actor
    organiser: accounts.Organiser
    event: events.StoredEvent
    whose: Whose

    def event_url(self, event_id: UUID, part: str) -> str:
        """A part of an event of this organiser."""
        return links.managed_event(self.organiser.slug, str(event_id), part)

    @property
    def orders_url(self) -> str:
        """The list this belongs to."""
        return links.managed_event(self.organiser.slug, str(self.event.id), "orders")

    def order_url(self, code: str) -> str:
        """One order of the list."""
        return f"{self.orders_url}/{code}"


def nav_of(where: Where) -> OrganiserNav:
    """The side bar: what this member may open."""
    return organiser_nav(where.whose, where.event)


def order_row(needs: Assembly, where: Where, one: ListedOrder) -> OrderRow:
    """An order in the list."""
    label = method_name(needs, one.provider or "", one.method) if one.method else ""
    return OrderRow(
        code=one.code,
        url=where.order_url(one.code),
        buyer=one.name,
        email=one.email,
        tickets_words=", ".join(f"{quantity} × {name}" for name, quantity in one.lines),
        placed=formats.stamp(one.placed_at, one.zone),
        method=label,
        state=order_state(one.state, one.total_minor),
        refund=refunds_state(one.refunds),
        is_play=one.is_test and not where.event.is_test,
        total=formats.price(one.total_minor, one.currency),
    )


def order_view(needs: Assembly, where: Where, found: OrderPage) -> OrganiserOrderView:
    """One order."""
    order, zone = found.order, where.event.details.zone
    url, now = where.order_url(order.code), needs.clock.now()
    # Nothing is given back while a bank decides about the payment; of one that was lost the places still can be freed.
    is_paid = order.state == "paid" and found.disputed is None
    is_ours = order.state == "paid" and found.dispute in (None, DisputeState.LOST)
    may_change = where.actor.may(Action.CHANGE_ORDERS, where.organiser.id)
    may_refund = where.actor.may(Action.REFUND_ORDERS, where.organiser.id)
    return OrganiserOrderView(
        nav=nav_of(where),
        code=order.code,
        state=order_state(order.state, order.total_minor),
        buyer=order.name,
        email=order.email,
        placed=f"{formats.stamp(order.placed_at, zone)}, {formats.zone_words(order.placed_at, zone)}",
        orders_url=where.orders_url,
        lines=order_lines(found),
        kept_lines=kept_lines(found, "Paid in the end"),
        tickets=tuple(_ticket(found, at, now) for at in range(len(found.tickets))),
        payments=_payments(needs, found, zone, url if may_refund else ""),
        history=_history(found, zone),
        zone_words=formats.short_zone(now, zone),
        resend_url=f"{url}/resend" if is_paid and may_change else "",
        ask_where_url=f"{url}/ask-where" if waits_for_buyer(found) and may_change else "",
        change_url=f"{url}/change" if is_paid and may_refund else "",
        family=family_rows(found, lambda one: where.event_url(one.event_id, f"orders/{one.code}")),
        refund_url=f"{url}/refund" if is_ours and may_refund else "",
        documents=document_rows(found.documents, links.invoices(where.organiser.slug)),
        dispute_words="" if found.disputed is None else suspended_words(found.disputed).organiser,
        dispute_link="See the dispute" if found.disputed is None else suspended_words(found.disputed).link,
        dispute_url=""
        if found.disputed is None or not may_refund
        else links.dispute(where.organiser.slug, str(found.disputed.id)),
        invoice_url=f"{url}/invoice" if may_change and found.documents else "",
    )


def _ticket(found: OrderPage, at: int, now: datetime) -> TicketLine:
    held = found.tickets[at]
    kind, _ = ticket_state(found, held, now)
    state = {
        "valid": State("Valid", "ok", "check"),
        "used": State("In", "ok", "check"),
        "suspended": State(
            "" if found.disputed is None else suspended_words(found.disputed).badge, "warn", "hourglass"
        ),
    }.get(kind, State("Cancelled" if held.changed_to is None else "Changed", "bad", "circle-x"))
    admitted = ""
    if held.admitted_at is not None:
        admitted = f"{formats.near_time(held.admitted_at, now, found.about.zone)}, {held.door}"
    return TicketLine(number_words(found, at), held.type_name, held.holder, state, admitted)


def _payments(needs: Assembly, found: OrderPage, zone: str, again_url: str) -> tuple[PaymentLine, ...]:
    lines = [
        (
            one.opened_at,
            PaymentLine(
                _way(needs, one),
                formats.money(one.amount_minor, one.currency),
                formats.stamp(one.opened_at, zone),
                _attempt_state(one, order_state=found.order.state),
            ),
        )
        for one in found.attempts
    ]
    lines += [(one.set_aside_at, _credit(one, found, zone)) for one in found.credits]
    now = needs.clock.now()
    lines += [(one.wanted_at, _refund(one, zone, again_url, now)) for one in found.refunds]
    return (*(line for _, line in sorted(lines, key=lambda pair: pair[0])), *_beside(found))


def _beside(found: OrderPage) -> tuple[PaymentLine, ...]:
    """Crumbs: in the books of nobody, so they are named here."""
    if not found.beside_msat:
        return ()
    return (
        PaymentLine(
            "Bitcoin that came beside",
            formats.money(found.beside_msat, BITCOIN),
            "",
            State("Stays with you", "", "undo-2"),
            "Too little to send back by itself: it lies in your node’s wallet until more comes to the same address.",
        ),
    )


def _attempt_state(one: payments.Attempt, *, order_state: str) -> State:
    """A try that nobody needs any more is not waited for, though its invoice or address may still be paid."""
    if one.state in (AttemptState.OPENED, AttemptState.PROMPTED) and order_state != orders.OrderState.PENDING:
        return _NOT_NEEDED if order_state == orders.OrderState.PAID else _NOT_PAID
    return _ATTEMPT_STATES[one.state]


def _credit(one: payments.CreditUse, found: OrderPage, zone: str) -> PaymentLine:
    currency = found.order.currency
    back = f"{formats.money(one.returned_minor, currency)} is back on it" if one.returned_minor else ""
    state = State("Paid", "ok", "check") if one.state == "used" else State("Set aside", "warn", "hourglass")
    at, amount = formats.stamp(one.set_aside_at, zone), formats.money(one.amount_minor, currency)
    return PaymentLine(label_of(one), amount, at, state, back)


def _way(needs: Assembly, one: payments.Attempt) -> str:
    """`Card, Stripe`: organisers may have several who take cards."""
    method = method_name(needs, one.provider, one.method)
    kind = needs.payment_accounts.kinds.get(one.provider)
    return method if kind is None or kind.label in (method, "") else f"{method}, {kind.label}"


def _refund(one: payments.Refund, zone: str, url: str, now: datetime) -> PaymentLine:
    is_refused = one.state is RefundState.FAILED
    return PaymentLine(
        _REFUND_REASONS.get(one.reason, "Refund"),
        formats.money(-one.amount_minor, one.currency),
        formats.stamp(one.wanted_at, zone),
        _REFUND_STATES[one.state],
        refund_detail(one, now),
        f"{url}/refunds/{one.id}/again" if is_refused and url else "",
    )


def _history(found: OrderPage, zone: str) -> tuple[HistoryLine, ...]:
    happened = [(change.at, _changed(change, found.order.total_minor)) for change in found.history]
    happened += [(one.at, _reversed(one, found.order.currency)) for one in found.reversals]
    for refund in found.refunds:
        happened += refund_history(refund)
    # Sorted by moment alone: what is written in one transaction keeps its order.
    happened.sort(key=lambda one: one[0])
    return tuple(HistoryLine(formats.stamp(at, zone), words) for at, words in happened)


def _reversed(one: orders.ReversalRow, currency: str) -> str:
    note = f" (“{one.note}”)" if one.note else ""
    amount = formats.money(one.total_minor, currency)
    if one.exchanged_minor:
        back = f", {formats.money(one.back_minor, currency)} went back" if one.back_minor else ""
        who = "The buyer" if one.by_whom == "buyer" else "You"
        return f"{who} changed tickets for others{back}"
    if one.by_whom == "buyer":
        return f"The buyer gave tickets back{f', for {amount}' if one.total_minor else ''}{note}"
    return f"You gave {amount} back{note}" if one.total_minor else f"You cancelled tickets{note}"


def _changed(change: Change, total_minor: int) -> str:
    words = _REASONS.get(change.reason, ORDER_STATES[change.to_state].words)
    if change.from_state == "expired" and change.to_state == "paid":
        words = "Paid late, while places were left"
    return "Free: the tickets were made" if change.to_state == "paid" and not total_minor else words
