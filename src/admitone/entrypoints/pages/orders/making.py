"""Makes the order's view, and that of one ticket."""

from collections.abc import Iterable
from datetime import datetime

from markupsafe import Markup

from admitone import orders, payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.documents.making import document_rows
from admitone.entrypoints.pages.orders.view import GiveUpView, OrderTicket, OrderView
from admitone.entrypoints.pages.showing import (
    method_name,
    moment_words,
    order_state,
    recorded_lines,
    summary_of,
)
from admitone.entrypoints.pages.views import PriceLine, State
from admitone.flows.refund_policy import rule_words
from admitone.flows.reversal_plan import may_give_back
from admitone.reads.order_page import HeldTicket, OrderPage
from admitone.values import formats

_CALLED_OFF = "The event was called off. This ticket no longer opens a door."
_HEADLINES = {
    "pending": "Almost there.",
    "paid": "You are going.",
    "expired": "This order has run out.",
    "cancelled": "This order was cancelled.",
}
_REFUND_WORDS = {
    payments.RefundState.WANTED: "is on its way back to you.",
    payments.RefundState.UNKNOWN: "is on its way back to you.",
    payments.RefundState.DONE: "went back to you on {day}.",
    payments.RefundState.FAILED: "could not be sent back yet. We are looking into it.",
}


def order_view(needs: Assembly, token: str, found: OrderPage) -> OrderView:
    """The order as its buyer sees it."""
    order, about = found.order, found.about
    now = needs.clock.now()
    is_off = found.is_called_off
    is_paid = order.state == "paid" and not is_off
    is_good = is_paid or (order.state == "pending" and not is_off)
    has_valid = is_paid and any(_is_valid(one) for one in found.tickets)
    can_choose_again = order.state == "expired" or (order.state == "cancelled" and not found.tickets)
    can_pay = order.state == "pending" and not order.is_due and not is_off
    return OrderView(
        code=order.code,
        state=order.state,
        badge=order_state(order.state, order.total_minor),
        headline="This event was called off." if is_off else _HEADLINES[order.state],
        lead=_lead(found, now),
        event=summary_of(about, is_test=order.is_test),
        buyer_name=order.name,
        email=order.email,
        placed_words=formats.stamp(order.placed_at, about.zone),
        zone_words=formats.zone_words(order.placed_at, about.zone),
        payment_words=_payment_words(needs, found),
        lines=order_lines(found),
        tickets=tuple(_ticket(needs, found, at, now) for at in range(len(found.tickets))),
        # What was promised for a change of mind is void once the order or the event is no more.
        terms_words=rule_words(order.policy, about.refund_text, order.currency) if is_good else "",
        pdf_url=links.order_pdf(token) if has_valid else "",
        ics_url=links.order_ics(token) if is_good else "",
        resend_url=links.order_resend(token) if has_valid else "",
        pay_url=links.pay(token) if can_pay else "",
        cancel_url=links.order_cancel(token) if can_pay else "",
        join_url=(about.online_url or "") if is_paid else "",
        refund_words=tuple(refund_words(one, about.zone) for one in found.refunds),
        give_back_url=links.order_give_back(token)
        if has_valid and may_give_back(order, found.lines, about.starts_at, now)
        else "",
        names_url=links.order_names(token) if has_valid and about.ends_at > now else "",
        again_url=links.event(about.slug) if can_choose_again and not is_off else "",
        documents=document_rows(found.documents, links.order_documents(token)),
        documents_url=links.order_documents(token) if found.documents else "",
    )


def give_up_view(token: str, found: OrderPage) -> GiveUpView:
    """The question before the order is given up."""
    return GiveUpView(
        event=summary_of(found.about),
        code=found.order.code,
        lines_words=", ".join(f"{quantity} × {name}" for name, quantity in together(found.lines)),
        post_url=links.order_cancel(token),
        back_url=links.pay(token),
    )


def order_lines(found: OrderPage) -> tuple[PriceLine, ...]:
    """The prices as they were when the order was placed."""
    return recorded_lines(found.order.quote)


def refund_words(refund: payments.Refund, zone: str) -> str:
    """`₦38,850 went back to you on Fri 3 March.`"""
    day = formats.day(refund.done_at, zone) if refund.done_at is not None else ""
    amount = formats.money(refund.amount_minor, refund.currency)
    return f"{amount} {_REFUND_WORDS[refund.state].format(day=day)}"


def _lead(found: OrderPage, now: datetime) -> str:
    order = found.order
    if found.is_called_off and order.state in ("paid", "pending"):
        gone = "Your tickets no longer open a door." if found.tickets else "You need not pay any more."
        return f"{gone} All that you have paid goes back to you by itself." if order.total_minor else gone
    if order.state == "paid":
        are = "tickets are" if len(found.tickets) > 1 else "ticket is"
        return f"Your {are} below, and in your mail at {order.email}."
    if order.state == "pending":
        return f"Your places are kept until {moment_words(order.pay_until, found.about.zone, now)}."
    if order.state == "expired":
        return "No payment arrived in time, so the places went back on sale."
    gone = "The tickets no longer open the door." if found.tickets else "The places went back on sale."
    return " ".join([gone, *(refund_words(one, found.about.zone) for one in found.refunds)])


def _payment_words(needs: Assembly, found: OrderPage) -> str:
    order = found.order
    if not order.total_minor:
        return "Nothing to pay"
    if order.paid_at is None:
        return "Not paid"
    when = formats.stamp(order.paid_at, found.about.zone)
    attempt = found.attempt
    if attempt is None:
        return when
    return f"{method_name(needs, attempt.provider, attempt.method)}, {when}"


def _is_valid(held: HeldTicket) -> bool:
    return held.ticket.state == tickets.TicketState.VALID.value


def ticket_state(found: OrderPage, held: HeldTicket, now: datetime) -> tuple[str, State]:
    """valid, used or cancelled, and the same in words."""
    if found.is_called_off:
        return "cancelled", State(_CALLED_OFF, "bad", "circle-x")
    if not _is_valid(held):
        return "cancelled", State("Cancelled. It no longer opens the door.", "bad", "circle-x")
    if held.admitted_at is not None:
        at = formats.near_time(held.admitted_at, now, found.about.zone)
        return "used", State(f"Used: {at}, {held.door}.", "warn", "check")
    return "valid", State("Valid", "ok", "check")


def number_words(found: OrderPage, at: int) -> str:
    """`1 of 2`, counted among the tickets of its type in the order, as the door counts."""
    held = found.tickets[at]
    return f"{held.unit} of {held.units}"


def qr_of(needs: Assembly, found: OrderPage, held: HeldTicket) -> tuple[str, Markup]:
    """The code and its picture; both empty for a ticket that opens no door."""
    if found.is_called_off or not _is_valid(held):
        return "", Markup("")
    code = tickets.code_of(held.ticket, needs.ring)
    return code, Markup(tickets.qr_svg(code))  # noqa: S704 - drawn by us


def _ticket(needs: Assembly, found: OrderPage, at: int, now: datetime) -> OrderTicket:
    held = found.tickets[at]
    token = needs.links.make("ticket", held.ticket.id)
    kind, state = ticket_state(found, held, now)
    if kind == "cancelled":
        # Beside the name there is room for two words; the ticket's own page says all of it.
        state = State("Called off" if found.is_called_off else "Cancelled", "bad", "circle-x")
    _, picture = qr_of(needs, found, held)
    return OrderTicket(
        url=links.ticket(token),
        pdf_url=links.ticket_pdf(token) if picture else "",
        type_name=held.type_name,
        holder_name=held.holder,
        number_words=number_words(found, at),
        state=state,
        qr_svg=picture,
    )


def together(lines: Iterable[orders.LineRow]) -> list[tuple[str, int]]:
    """(name, quantity): tickets of one type at several prices are several lines, and one here."""
    counted: dict[str, int] = {}
    for line in lines:
        counted[line.name] = counted.get(line.name, 0) + line.quantity
    return list(counted.items())
