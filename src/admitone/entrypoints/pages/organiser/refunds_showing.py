"""Refunds that wait for the organiser, in finished words: among what needs them, and beside the refund itself."""

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from admitone import payments
from admitone.entrypoints.pages.organiser.view import Need
from admitone.entrypoints.pages.views import State
from admitone.payments import Refund, RefundState
from admitone.reads.orders_list import ListedRefund
from admitone.reads.refunds_stuck import LATE_AFTER, StuckRefund
from admitone.values import formats

# What providers mean by the words they give for a no; their own words are shown for every other.
_WHY = {
    "account_closed": "the account is closed",
    "too_little_money": "there is too little money in your account there",
    "not_paid": "it does not know this payment as paid",
    "more_than_was_paid": "this is more than is left of the payment",
    "time_out": "it did not answer",
    "server_error": "it did not answer",
    "unreadable": "its answer could not be read",
    "no_answer": "it did not answer",
    "not_found": "it did not answer",
    "provider_not_set_up": "this way of paying is not set up any more",
    "waits_for_buyer": "the buyer has not said yet where to",
    "too_small_to_send": "it is less than anybody can be sent on the chain",
    "payment_disputed": "the payment itself is in doubt",
    "insufficient_balance": "there is too little in your node’s wallet",
    "wallet_locked": "your node’s wallet is locked",
    "network_fee_too_high": "the network asks for a higher fee than a refund may cost",
    "fee_as_high_as_it_may_be": "its fee is as high as it may be, and the network takes others first",
    "waits_for_block": "it waits for a block",
    "not_passed_on": "the network asks for a higher fee at the moment",
    "to_be_sent_by_people": "you send it yourself, it is on the list under “Bank transfers”",
}
BY_PEOPLE = "to_be_sent_by_people"
# Bitcoin that the network has been told of.
_GIVEN = frozenset({"fee_as_high_as_it_may_be", "waits_for_block", "not_passed_on"})


def refund_needs(
    stuck: Iterable[StuckRefund], event_url: Callable[[UUID, str], str], now: datetime
) -> tuple[Need, ...]:
    """Each as something to look at; `event_url` makes the address of a part of an event."""
    return tuple(_need(one, event_url, now) for one in stuck)


def _need(one: StuckRefund, event_url: Callable[[UUID, str], str], now: datetime) -> Need:
    amount = formats.money(one.amount_minor, one.currency)
    if one.is_refused:
        title = f"{amount} could not go back to {one.buyer}"
    else:
        days = formats.count((now - one.wanted_at).days, "day", "days")
        title = f"{amount} has been on its way back to {one.buyer} for {days}"
    return Need(
        "undo-2",
        title,
        f"Order {one.order_code}{_because(one.error)}.",
        event_url(one.event_id, f"orders/{one.order_code}"),
        "Look at it",
    )


def refund_detail(refund: Refund, now: datetime) -> str:
    """What to say under a refund that is not done; empty while nobody has to know."""
    why = _because(refund.error)
    if _is_kept(refund):
        return (
            "It is less than anybody can be sent in bitcoin, so it stays with you. The buyer’s page says so."
        )
    if refund.state is RefundState.FAILED:
        return f"The payment provider refused it{why}. The money is still yours to give back."
    if not refund.is_decided and refund.error == BY_PEOPLE:
        return "You send this money yourself: it is on the list under “Bank transfers”, “Send money back”."
    if not refund.is_decided and refund.error == payments.bitcoin.WAITS_FOR_BUYER:
        return "Not sent yet: we asked the buyer by mail where their bitcoin goes, and wait for an answer."
    if not refund.is_decided and (refund.error is not None or now - refund.wanted_at >= LATE_AFTER):
        is_given = refund.error in _GIVEN
        return f"{'On its way' if is_given else 'Not sent yet'}{why}. We go on asking by ourselves."
    return ""


def _is_kept(refund: Refund) -> bool:
    return (refund.provider_ref or "").startswith(payments.KEPT)


def refunds_state(refunds: Iterable[ListedRefund]) -> State | None:
    """`€25 sent back`, `€25 on its way back` or `€25 not sent back`: of several, what needs looking at first."""
    listed = list(refunds)
    of_state = {state: [one for one in listed if one.state is state] for state in RefundState}
    if of_state[RefundState.FAILED]:
        return State(f"{_sum(of_state[RefundState.FAILED])} not sent back", "bad", "circle-alert")
    waiting = of_state[RefundState.WANTED] + of_state[RefundState.UNKNOWN]
    if waiting:
        return State(f"{_sum(waiting)} on its way back", "info", "hourglass")
    done = of_state[RefundState.DONE]
    return State(f"{_sum(done)} sent back", "", "undo-2") if done else None


def _sum(refunds: Iterable[ListedRefund]) -> str:
    totals: dict[str, int] = {}
    for one in refunds:
        totals[one.currency] = totals.get(one.currency, 0) + one.amount_minor
    return " and ".join(formats.money(minor, currency) for currency, minor in totals.items())


def refund_history(refund: Refund) -> tuple[tuple[datetime, str], ...]:
    """When the refund was decided and what became of it, each with its moment."""
    amount = formats.money(refund.amount_minor, refund.currency)
    if _is_kept(refund):
        return ((refund.wanted_at, f"{amount} is too little to be sent back, and stays with you"),)
    if refund.state is RefundState.DONE and refund.done_at is not None:
        return (refund.wanted_at, f"Refund of {amount} decided"), (refund.done_at, f"Refund of {amount} sent")
    if refund.state is RefundState.FAILED:
        return ((refund.wanted_at, f"Refund of {amount} decided, but the payment provider refused it"),)
    return ((refund.wanted_at, f"Refund of {amount} decided, on its way"),)


def _because(error: str | None) -> str:
    return "" if error is None else f": {_WHY.get(error, error.replace('_', ' '))}"
