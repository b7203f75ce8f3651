"""What an order's page says about money on its way back: how much, where to, how far it is."""

from datetime import datetime, timedelta
from typing import Final

from admitone import payments
from admitone.entrypoints.pages.orders.view import MoneyBack
from admitone.entrypoints.pages.orders.way_back import is_there_at_once, way_back, where_to
from admitone.entrypoints.pages.views import PriceLine, State
from admitone.payments import RefundState
from admitone.reads.order_page import OrderPage
from admitone.values import formats
from admitone.values.currencies import BITCOIN

# The last of the three steps ("Started", "On its way", "Sent back") that is done, and one more.
_UNDER_WAY: Final = 2
_ALL_DONE: Final = 4
_STATES: Final = {
    RefundState.WANTED: State("On its way", "info", "hourglass"),
    RefundState.UNKNOWN: State("On its way", "info", "hourglass"),
    RefundState.DONE: State("Sent back", "ok", "check"),
    RefundState.FAILED: State("Not sent yet", "warn", "triangle-alert"),
}
_SENTENCES: Final = {
    RefundState.WANTED: "{amount} is on its way back to you.",
    RefundState.UNKNOWN: "{amount} is on its way back to you.",
    RefundState.DONE: "{amount} went back to you on {day}.",
    RefundState.FAILED: "{amount} could not be sent back yet. We are looking into it.",
}
_WHY: Final = {
    "tickets_cancelled": "For tickets that were given back.",
    "goodwill": "Your tickets stay valid.",
    "tickets_changed": "The difference to the tickets you have now.",
    "exchange_gone": "Because the tickets could not be changed any more: one was used, or is not what it was.",
    "event_cancelled": "Because the event was called off.",
    "overpaid": "Because more was paid than was due.",
    "paid_too_late": "Because the payment came too late.",
    "paid_twice": "Because the order was paid twice.",
    "wrong_amount": "Because another amount was due.",
    "play_money_ended": "It was play money.",
}
_BY_PEOPLE: Final = "to_be_sent_by_people"
_BY_HAND: Final = frozenset({_BY_PEOPLE, payments.bitcoin.WAITS_FOR_BUYER})
# While somebody may sit before the page and wait; later a letter has told them.
_WATCHED: Final = timedelta(minutes=15)


def is_watched(found: OrderPage, now: datetime) -> bool:
    """May the page change by itself in a moment, because a provider is about to send money back?"""
    return any(
        not one.is_decided and one.error not in _BY_HAND and now - one.wanted_at < _WATCHED
        for one in found.refunds
    )


def state_of_money(found: OrderPage) -> str:
    """A word that is another one once any of this has moved."""
    return "-".join(one.state.value for one in found.refunds)


def money_back(found: OrderPage) -> tuple[MoneyBack, ...]:
    """Every sum that goes back, newest first."""
    return (*(_refund(found, one) for one in reversed(found.refunds)), *_credit(found))


def refund_sentence(refund: payments.Refund, zone: str) -> str:
    """`₦38,850 went back to you on Fri 3 March.`"""
    day = formats.day(refund.done_at, zone) if refund.done_at is not None else ""
    amount = formats.money(refund.amount_minor, refund.currency)
    return _SENTENCES[refund.state].format(amount=amount, day=day)


def _refund(found: OrderPage, one: payments.Refund) -> MoneyBack:
    zone = found.about.zone
    method = found.method_of(one)
    to, is_quick = where_to(method), is_there_at_once(method)
    if (one.provider_ref or "").startswith(payments.KEPT):
        return _kept(found, one)
    if one.state is RefundState.DONE and one.done_at is not None:
        at = f"{formats.clock_time(one.done_at, zone)} {formats.short_zone(one.done_at, zone)}"
        slow = "" if is_quick else " Banks often show it 3 to 5 working days later."
        detail = f"Sent at {at} to {to}.{slow}"
    elif one.state is RefundState.FAILED:
        detail = "It is not lost, and you need not do anything."
    elif _is_silent(found, one):
        return _asked_where(found, one)
    elif one.error == _BY_PEOPLE:
        detail = f"The organiser sends it by hand to {to}. That can take a few days."
    elif method in payments.bitcoin.RAILS and one.id not in found.named:
        detail = way_back([method])
    else:
        detail = f"{_goes(method)} We write to you when it is sent."
    return MoneyBack(
        sentence=refund_sentence(one, zone),
        detail=" ".join(part for part in (_WHY.get(one.reason, ""), detail) if part),
        state=_STATES[one.state],
        step={RefundState.DONE: _ALL_DONE, RefundState.FAILED: 0}.get(one.state, _UNDER_WAY),
    )


def _goes(method: str) -> str:
    return f"It goes to {where_to(method)}." if method in payments.bitcoin.RAILS else way_back([method])


def waits_for_buyer(found: OrderPage) -> bool:
    """Is there bitcoin that waits until its buyer says where to?"""
    return any(_is_silent(found, one) for one in found.refunds)


def _is_silent(found: OrderPage, one: payments.Refund) -> bool:
    waits = not one.is_decided and one.error == payments.bitcoin.WAITS_FOR_BUYER
    return waits and one.id not in found.named


def _asked_where(found: OrderPage, one: payments.Refund) -> MoneyBack:
    """Bitcoin that waits for its buyer. The link is in their letter only: this page may be in other hands."""
    asked = f"We have mailed a link to {found.order.email}. Open it, and say where we shall send it."
    return MoneyBack(
        sentence=f"{_in_both(found, one)} waits for you in bitcoin.",
        detail=" ".join(part for part in (_WHY.get(one.reason, ""), asked) if part),
        state=State("Waits for you", "warn", "mail"),
    )


def _in_both(found: OrderPage, one: payments.Refund) -> str:
    """`43,478 sats (€20)`: as the letter says it, and as the order does."""
    amount, sending = formats.money(one.amount_minor, one.currency), found.sendings.get(one.id)
    if sending is None or one.currency == BITCOIN:
        return amount
    return f"{formats.money(sending.amount_msat, BITCOIN)} ({amount})"


def _kept(found: OrderPage, one: payments.Refund) -> MoneyBack:
    """So little that nobody can be sent it over the way it came."""
    words = (_WHY.get(one.reason, ""), f"It stays with {found.about.organiser_name}.")
    return MoneyBack(
        sentence=f"{formats.money(one.amount_minor, one.currency)} is too little to be sent back in bitcoin.",
        detail=" ".join(word for word in words if word),
        state=State("Not sent", "", "undo-2"),
    )


def _credit(found: OrderPage) -> tuple[MoneyBack, ...]:
    """What was given back as store credit, or went back to the codes that had paid: it is there at once."""
    kept = tuple(
        MoneyBack(
            sentence=f"{formats.money(one.total_minor, found.order.currency)} is yours as store credit.",
            detail=f"You can pay with it at {found.about.organiser_name}.",
            state=State("There", "ok", "check"),
        )
        for one in found.reversals
        if one.sent_to == "credit" and one.total_minor
    )
    on_codes_minor = sum(one.returned_minor for one in found.credits)
    # What was left as credit is all of it, whatever had paid.
    if kept or not on_codes_minor:
        return kept
    amount = formats.money(on_codes_minor, found.order.currency)
    return (
        MoneyBack(
            sentence=f"{amount} is back on the code you paid with.",
            detail=f"You can pay with it again at {found.about.organiser_name}.",
            state=State("There", "ok", "check"),
        ),
    )


def kept_lines(found: OrderPage, paid: str = "You paid in the end") -> tuple[PriceLine, ...]:
    """What was given back of the price, and what the order costs now; nothing while all of it stands."""
    back = sum(one.back_minor for one in found.reversals)
    moved = sum(one.exchanged_minor for one in found.reversals)
    order = found.order
    if not back and not moved:
        return ()
    left = order.total_minor - back - moved
    unit = 10 ** formats.money_style(order.currency).exponent
    in_full = any(minor % unit for minor in (back, moved, left))

    def money(minor: int) -> str:
        return formats.money(minor, order.currency, in_full=in_full)

    given = (PriceLine("Given back", money(-back)),) if back else ()
    counted = (PriceLine("Counts for other tickets", money(-moved)),) if moved else ()
    return (*given, *counted, PriceLine(paid, money(left), "total"))
