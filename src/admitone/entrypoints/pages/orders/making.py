"""Makes the order's view, and that of one ticket."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from markupsafe import Markup

from admitone import events, orders, payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.credit.paying import label_of, lines_with_credit
from admitone.entrypoints.pages.documents.making import document_rows
from admitone.entrypoints.pages.orders.family import exchange_words, family_rows, with_exchanged
from admitone.entrypoints.pages.orders.money_back import (
    is_watched,
    kept_lines,
    money_back,
    state_of_money,
    waits_for_buyer,
)
from admitone.entrypoints.pages.orders.suspended import suspended_words
from admitone.entrypoints.pages.orders.view import GiveUpView, OrderTicket, OrderView, TicketsBeside
from admitone.entrypoints.pages.orders.way_back import way_back
from admitone.entrypoints.pages.showing import (
    method_name,
    moment_words,
    order_state,
    recorded_lines,
    summary_of,
)
from admitone.entrypoints.pages.views import PriceLine, State
from admitone.flows.exchange_plan import may_change
from admitone.flows.left_to_return import may_give_back
from admitone.flows.paid_by import sats_words
from admitone.flows.refund_policy import rule_words
from admitone.payments import SettledAs
from admitone.reads.order_family import Relative
from admitone.reads.order_page import HeldTicket, OrderPage
from admitone.values import formats
from admitone.values.contact import email_key

_CALLED_OFF = "The event was called off. This ticket is no longer valid."
_CHANGED = "This ticket was changed for another one and is no longer valid. Show the new ticket instead."
_HEADLINES = {
    "pending": "Almost there.",
    "paid": "You are going.",
    "expired": "This order has run out.",
    "cancelled": "This order was cancelled.",
}


def order_view(needs: Assembly, token: str, found: OrderPage, beside: Sequence[OrderPage] = ()) -> OrderView:
    """The order as its buyer sees it, with the tickets of their orders that stand with it."""
    order, about = found.order, found.about
    now = needs.clock.now()
    is_off = found.is_called_off
    is_paid = order.state == "paid" and not is_off
    is_good = is_paid or (order.state == "pending" and not is_off)
    has_valid = (
        is_paid
        and found.dispute is None
        and any(_is_valid(one) and one.owner is None for one in found.tickets)
    )
    can_choose_again = (order.state == "expired" and not _is_coming(found)) or (
        order.state == "cancelled" and not found.tickets
    )
    can_pay = order.state == "pending" and not order.is_due and not is_off
    shown = tuple(_ticket(needs, found, at, now) for at in range(len(found.tickets)))
    shown_beside = tuple(
        one for one in (_beside(needs, found, other, now) for other in beside) if one.tickets
    )
    return OrderView(
        code=order.code,
        state=order.state,
        badge=order_state(order.state, order.total_minor),
        headline=_headline(found),
        lead=_lead(found, now),
        event=summary_of(about, is_test=order.is_test),
        buyer_name=order.name,
        email=order.email,
        placed_words=formats.stamp(order.placed_at, about.zone),
        zone_words=formats.zone_words(order.placed_at, about.zone),
        payment_words=_payment_words(needs, found),
        lines=order_lines(found),
        tickets=shown,
        # What was promised for a change of mind is void once the order or the event is no more.
        terms_words=rule_words(order.policy, about.refund_text, order.currency) if is_good else "",
        pdf_url=links.order_pdf(token) if shown_beside or any(one.qr_svg for one in shown) else "",
        ics_url=links.order_ics(token) if is_good else "",
        resend_url=links.order_resend(token) if has_valid else "",
        pay_url=links.pay(token) if can_pay else "",
        cancel_url=links.order_cancel(token) if can_pay else "",
        join_url=_only_one(shown) if is_paid else "",
        money_back=money_back(found),
        money_back_url=links.order_money_back(token) if is_watched(found, now) else "",
        money_back_state=state_of_money(found),
        ask_where_url=links.order_ask_where(token) if waits_for_buyer(found) else "",
        kept_lines=kept_lines(found),
        give_back_url=links.order_give_back(token)
        if has_valid and may_give_back(order, found.lines, about.starts_at, now)
        else "",
        change_url=links.order_change(token) if has_valid and may_change(order, about.starts_at, now) else "",
        add_url=links.order_add(token)
        if has_valid and about.ends_at > now and about.event_state == events.EventState.ON_SALE
        else "",
        family=family_rows(found, lambda one: _way_to(needs, order, one)),
        beside=shown_beside,
        exchange_words=exchange_words(found),
        names_url=links.order_names(token) if has_valid and about.ends_at > now else "",
        again_url=links.event(about.slug) if can_choose_again and not is_off else "",
        documents=document_rows(found.documents, links.order_documents(token)),
        documents_url=links.order_documents(token) if found.documents else "",
    )


def _beside(needs: Assembly, found: OrderPage, other: OrderPage, now: datetime) -> TicketsBeside:
    event = summary_of(other.about)
    shown = (_ticket(needs, other, at, now) for at in range(len(other.tickets)))
    return TicketsBeside(
        code=other.order.code,
        url=links.order(needs.links.make("order", other.order.id)),
        event_words="" if other.order.event_id == found.order.event_id else f"{event.title}, {event.when}",
        tickets=tuple(one for one in shown if one.qr_svg),
    )


def _way_to(needs: Assembly, order: orders.OrderRow, other: Relative) -> str:
    """The key to another order of the family; none to an order of somebody else, whose key went to them."""
    is_same = email_key(other.email) == email_key(order.email)
    return links.order(needs.links.make("order", other.id)) if is_same else ""


def give_up_view(token: str, found: OrderPage) -> GiveUpView:
    """The question before the order is given up."""
    return GiveUpView(
        event=summary_of(found.about),
        code=found.order.code,
        lines_words=", ".join(f"{quantity} × {name}" for name, quantity in together(found.lines)),
        is_one=sum(line.quantity for line in found.lines) == 1,
        money_words=_given_up_words(found),
        post_url=links.order_cancel(token),
        back_url=links.pay(token),
    )


def _given_up_words(found: OrderPage) -> str:
    in_bitcoin = any(one.method in payments.bitcoin.RAILS for one in found.attempts)
    if found.order.received_minor:
        came = [one.method for one in found.attempts if one.settled_as is SettledAs.PART]
        return (
            f"What has arrived is not lost. {way_back(came)}"
            if came
            else "What has arrived goes back to you."
        )
    if in_bitcoin:
        return (
            "You pay nothing. If you have sent bitcoin already, it is not lost: we mail you to ask where to."
        )
    return "You pay nothing. Money that is on its way already goes back to you by itself."


def order_lines(found: OrderPage) -> tuple[PriceLine, ...]:
    """The prices as they were when the order was placed, and what counts towards them."""
    lines = with_exchanged(recorded_lines(found.order.quote), found.order)
    return lines_with_credit(lines, found.order, found.credits)


def _headline(found: OrderPage) -> str:
    if found.is_called_off:
        return "This event was called off."
    if found.order.state == "paid" and found.disputed is not None:
        return suspended_words(found.disputed).headline
    if is_passed_on(found):
        one = "ticket" if len(found.tickets) == 1 else "tickets"
        return f"You have passed your {one} on."
    return _HEADLINES[found.order.state]


def is_passed_on(found: OrderPage) -> bool:
    """Has its buyer passed on all that is left of a paid order?"""
    is_theirs = any(_is_valid(one) and one.owner is None for one in found.tickets)
    return (
        found.order.state == "paid" and not is_theirs and any(one.owner is not None for one in found.tickets)
    )


def _lead(found: OrderPage, now: datetime) -> str:
    order = found.order
    if found.is_called_off and order.state in ("paid", "pending"):
        gone = "Your tickets are no longer valid." if found.tickets else "You need not pay any more."
        return f"{gone} {_all_back(found)}" if order.total_minor else gone
    if order.state == "paid" and found.disputed is not None and any(_is_valid(one) for one in found.tickets):
        return suspended_words(found.disputed).lead
    if order.state == "paid":
        mine = sum(_is_valid(one) and one.owner is None for one in found.tickets)
        if is_passed_on(found):
            it = "It belongs" if len(found.tickets) == 1 else "They belong"
            return f"{it} to somebody else now. Money that ever goes back comes to you."
        are = "tickets are" if mine > 1 else "ticket is"
        return f"Your {are} below, and in your mail at {order.email}."
    if order.state == "pending":
        return f"Your places are kept until {moment_words(order.pay_until, found.about.zone, now)}."
    if order.state == "expired" and _is_coming(found):
        return (
            "Your payment is on its way, later than the time of this order. It becomes your tickets if it is enough "
            "and the places are still there. Otherwise it goes back to you."
        )
    if order.state == "expired" and found.refunds:
        return "What you paid did not become tickets, and the places went back on sale."
    if order.state == "expired":
        return "No payment arrived in time, so the places went back on sale."
    return "The tickets are no longer valid." if found.tickets else "The places went back on sale."


def _is_coming(found: OrderPage) -> bool:
    return any(one.state is payments.AttemptState.SEEN for one in found.attempts)


def _all_back(found: OrderPage) -> str:
    """What becomes of what was paid for an event that is called off."""
    paid = [one.method for one in found.attempts if one.settled_as in (SettledAs.TICKETS, SettledAs.PART)]
    if not any(one in payments.bitcoin.RAILS for one in paid):
        return "All that you have paid goes back to you by itself."
    return f"All that you have paid goes back to you. {way_back(paid)}"


def _payment_words(needs: Assembly, found: OrderPage) -> str:
    order = found.order
    if not order.total_minor:
        return "Nothing to pay"
    if order.paid_at is None and any(one.state is payments.AttemptState.PAID for one in found.attempts):
        return "Part of it has arrived" if order.state == "pending" else "Paid, and goes back"
    if order.paid_at is None:
        return "Not paid"
    when = formats.stamp(order.paid_at, found.about.zone)
    ways = list(dict.fromkeys(label_of(one) for one in found.credits))
    # What was tried and did not pay, before a code paid for all, is not how it was paid.
    paid = [one for one in found.attempts if one.settled_as in (SettledAs.PART, SettledAs.TICKETS)]
    if not paid and not ways and found.attempt is not None:
        paid = [found.attempt]
    ways += dict.fromkeys(_way_words(needs, found, one) for one in paid)
    return ", ".join([" and ".join(ways), when] if ways else [when])


def _way_words(needs: Assembly, found: OrderPage, paid: payments.Attempt) -> str:
    """`Lightning: 54,300 sats at €46,040 per bitcoin`, or how else this was paid."""
    came = found.in_bitcoin.get(paid.id)
    parts = (method_name(needs, paid.provider, paid.method), "" if came is None else sats_words(came))
    return ": ".join(part for part in parts if part)


def _is_valid(held: HeldTicket) -> bool:
    return held.ticket.state == tickets.TicketState.VALID.value


def ticket_state(found: OrderPage, held: HeldTicket, now: datetime) -> tuple[str, State]:
    """valid, used, suspended or cancelled, and the same in words."""
    if held.changed_to is not None:
        return "cancelled", State(_CHANGED, "bad", "circle-x")
    if found.is_called_off:
        return "cancelled", State(_CALLED_OFF, "bad", "circle-x")
    if not _is_valid(held):
        return "cancelled", State("Cancelled. It is no longer valid.", "bad", "circle-x")
    if held.admitted_at is not None:
        at = formats.near_time(held.admitted_at, now, found.about.zone)
        return "used", State(f"Used: {at}, {held.door}.", "warn", "check")
    if found.disputed is not None:
        return "suspended", State(suspended_words(found.disputed).ticket, "warn", "hourglass")
    return "valid", State("Valid", "ok", "check")


def may_watch(found: OrderPage, held: HeldTicket, kind: str) -> bool:
    """Does this ticket, of this kind by `ticket_state`, lead to watching its event online? Add-ons do not."""
    line = next(one for one in found.lines if one.id == held.ticket.order_line_id)
    return found.about.online_url is not None and line.kind == "ticket" and kind in ("valid", "used")


def _only_one(shown: Iterable[OrderTicket]) -> str:
    """The way to watch where there is one; each of several tickets has its own."""
    ways = [one.watch_url for one in shown if one.watch_url]
    return ways[0] if len(ways) == 1 else ""


def number_words(found: OrderPage, at: int) -> str:
    """`1 of 2`, counted among the tickets of its type in the order, as the door counts."""
    held = found.tickets[at]
    return f"{held.unit} of {held.units}"


def qr_of(needs: Assembly, found: OrderPage, held: HeldTicket) -> tuple[str, Markup]:
    """The code and its picture; both empty for a ticket that opens no door."""
    is_suspended = found.dispute is not None and held.admitted_at is None
    if found.is_called_off or is_suspended or not _is_valid(held):
        return "", Markup("")
    code = tickets.code_of(held.ticket, needs.ring)
    return code, Markup(tickets.qr_svg(code))  # noqa: S704 - drawn by us


def _ticket(needs: Assembly, found: OrderPage, at: int, now: datetime) -> OrderTicket:
    held = found.tickets[at]
    token = needs.links.make("ticket", held.ticket.id)
    kind, state = ticket_state(found, held, now)
    if held.owner is not None and kind != "cancelled":
        # Its code is for whoever has it now, and the buyer's link to it has ended.
        return OrderTicket(
            url="",
            pdf_url="",
            type_name=held.type_name,
            holder_name=held.owner.email,
            number_words=number_words(found, at),
            state=State("Passed on", "", "send"),
            qr_svg=Markup(""),
        )
    if kind == "cancelled":
        # Beside the name there is room for two words; the ticket's own page says all of it.
        words = "Called off" if found.is_called_off else "Cancelled"
        state = State(words if held.changed_to is None else "Changed", "bad", "circle-x")
    elif kind == "suspended":
        state = State("Suspended", "warn", "hourglass")
    _, picture = qr_of(needs, found, held)
    return OrderTicket(
        url=links.ticket(token),
        pdf_url=links.ticket_pdf(token) if picture else "",
        type_name=held.type_name,
        holder_name=held.holder,
        number_words=number_words(found, at),
        state=state,
        qr_svg=picture,
        watch_url=links.watch(token) if may_watch(found, held, kind) else "",
        is_online_only=found.about.is_online_only,
    )


def together(lines: Iterable[orders.LineRow]) -> list[tuple[str, int]]:
    """(name, quantity): tickets of one type at several prices are several lines, and one here."""
    counted: dict[str, int] = {}
    for line in lines:
        counted[line.name] = counted.get(line.name, 0) + line.quantity
    return list(counted.items())
