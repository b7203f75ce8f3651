"""Makes the payment's views: one of five honest states, and the choice of another way."""

from typing import Final, Literal

from admitone import orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkout.making import choice_of, pay_methods
from admitone.entrypoints.pages.credit.paying import credit_part
from admitone.entrypoints.pages.orders.making import order_lines
from admitone.entrypoints.pages.pay.by_hand import how_to_pay
from admitone.entrypoints.pages.pay.reasons import reason_words
from admitone.entrypoints.pages.pay.view import ChooseMethodView, PayView
from admitone.entrypoints.pages.showing import method_name, moment_words, summary_of
from admitone.payments import AttemptState
from admitone.reads.order_page import OrderPage
from admitone.values import formats
from admitone.values.actor import Actor
from admitone.values.ids import uuid7

PayState = Literal["waiting", "seen", "paid", "expired", "failed"]
_NTH: Final = ("", "", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_LATE: Final = (
    "If you have paid already, it is not lost: you get your tickets if the places are still there, "
    "and otherwise all of your money back, by itself."
)


def state_of(found: OrderPage) -> PayState:
    """What is true of this order's payment now."""
    if found.order.state == orders.OrderState.PAID:
        return "paid"
    if found.order.state != orders.OrderState.PENDING:
        return "expired"
    attempt = shown_attempt(found)
    if attempt is None:
        return "expired" if found.order.is_due else "waiting"
    if attempt.state is AttemptState.SEEN:
        return "seen"
    if attempt.state is AttemptState.FAILED:
        return "expired" if found.order.is_due else "failed"
    return "waiting"


def shown_attempt(found: OrderPage) -> payments.Attempt | None:
    """The attempt the page is about: one whose money is on its way before all others, else the newest."""
    seen = [one for one in found.attempts if one.state is AttemptState.SEEN]
    # While an order waits, money that came is a part of its price or on its way back: the page is about the rest.
    waits = found.order.state == orders.OrderState.PENDING
    left = [one for one in found.attempts if not (waits and one.state is AttemptState.PAID)]
    candidates = seen or left
    return candidates[-1] if candidates else None


def pay_view(needs: Assembly, token: str, found: OrderPage) -> PayView:
    """The page of one state."""
    order, about = found.order, found.about
    state = state_of(found)
    attempt = shown_attempt(found) if state != "paid" else found.attempt
    can_pay = order.state == orders.OrderState.PENDING and not order.is_due
    is_waiting = state == "waiting" and attempt is not None
    instructions = (attempt.instructions or {}) if attempt is not None else {}
    pay_until = moment_words(order.pay_until, about.zone, needs.clock.now())
    reason = (attempt.reason or "") if attempt is not None else ""
    how = how_to_pay(found, instructions) if is_waiting else None
    return PayView(
        state=state,
        event=summary_of(about, is_test=order.is_test),
        order_code=order.code,
        amount=formats.money(order.due_minor if is_waiting else order.total_minor, order.currency),
        method_name="" if attempt is None else method_name(needs, attempt.provider, attempt.method),
        lines=order_lines(found),
        status_url=links.pay_status(token),
        order_url=links.order(token),
        until_words=pay_until if can_pay else "",
        bank_url=(attempt.redirect_url or "") if is_waiting and attempt is not None else "",
        prompt_words=" ".join(f"{label}: {value}." for label, value in instructions.items())
        if is_waiting and how is None
        else "",
        how=how,
        reason_words=reason_words(reason) if state == "failed" and reason else "",
        tried_words=_tried_words(found) if state == "failed" else "",
        late_words=_LATE if state == "expired" else "",
        retry_url=links.pay_retry(token) if state == "failed" and can_pay else "",
        retry_after="" if attempt is None else str(attempt.id),
        change_url=links.with_query(links.pay(token), choose="1")
        if state in ("waiting", "failed") and can_pay
        else "",
        cancel_url=links.order_cancel(token) if state in ("waiting", "failed") and can_pay else "",
        again_url=links.event(about.slug) if state == "expired" else "",
        email=order.email,
    )


def _tried_words(found: OrderPage) -> str:
    """After a try that failed again, which one it was and when: without it the page looks as if nothing happened."""
    failed = [one for one in found.attempts if one.state is AttemptState.FAILED]
    if len(failed) < 2:
        return ""
    nth = _NTH[len(failed)] if len(failed) < len(_NTH) else "latest"
    at = formats.clock_time(failed[-1].closed_at or failed[-1].opened_at, found.about.zone)
    return f"The {nth} try failed too, at {at}."


async def choose_view(
    needs: Assembly, caller: Actor, token: str, found: OrderPage, *, error: str = ""
) -> ChooseMethodView:
    """Every way this order can be paid."""
    order, about = found.order, found.about
    newest = found.attempt
    return ChooseMethodView(
        event=summary_of(about, is_test=order.is_test),
        order_code=order.code,
        until_words=moment_words(order.pay_until, about.zone, needs.clock.now()),
        post_url=links.pay(token),
        order_url=links.order(token),
        cancel_url=links.order_cancel(token),
        form_key=str(uuid7()),
        methods=await pay_methods(needs, caller, await needs.payment.choices_for(order)),
        chosen="" if newest is None else choice_of(newest),
        pay_label=f"Pay {formats.money(order.due_minor, order.currency)}",
        lines=order_lines(found),
        error=error,
        credit=credit_part(token, order, found.credits),
    )
