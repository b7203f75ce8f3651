"""The page of balance and payouts, made of what was read."""

from typing import Final

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.payouts.view import EventLine, PayoutLine, PayoutsView, PurseCard, WayForm
from admitone.entrypoints.pages.views import PriceLine, State
from admitone.payments import OpenAccount
from admitone.payouts import Payout, PayoutState, Receiver, Terms
from admitone.reads.payable import EventMoney
from admitone.reads.payout_account import PayoutAccount, PurseSums
from admitone.values import formats
from admitone.values.actor import Action
from admitone.values.ids import uuid7

EVENTS_MOST: Final = 50
BANK: Final = "bank"
_STATES: Final = {
    PayoutState.ASKED: State("Waits for approval", "warn", "hourglass"),
    PayoutState.DECLINED: State("Declined", "bad", "circle-x"),
    PayoutState.SENDING: State("On its way", "info", "send"),
    PayoutState.DONE: State("Paid", "ok", "check"),
    PayoutState.FAILED: State("Came back", "bad", "undo-2"),
}


def payouts_view(whose: Whose, found: PayoutAccount, ways: list[OpenAccount], *, paused: bool) -> PayoutsView:
    """`ways`: accounts of the site's that can pay out."""
    url = links.payouts(whose.slug)
    may = whose.may(Action.MANAGE_PAYOUTS)
    receivers = {one.currency: one for one in found.receivers}
    busy = {one.currency for one in found.payouts if one.state in (PayoutState.ASKED, PayoutState.SENDING)}
    until = found.terms.paused_until
    return PayoutsView(
        nav=organiser_nav(whose),
        paused_words=""
        if until is None or not paused
        else f"Where payouts go was changed, so nothing is paid out until {formats.stamp(until, 'UTC')} UTC.",
        purses=tuple(
            _purse(one, receivers.get(one.currency), found.terms, may=may and one.currency not in busy)
            for one in found.purses
        ),
        payouts=tuple(_payout(whose, one, url) for one in found.payouts),
        events=tuple(_event(one, found.terms) for one in list(reversed(found.events))[:EVENTS_MOST]),
        ways=_ways(whose, ways) if may else (),
        ask_url=url,
        receiver_url=f"{url}/receiver",
    )


def _purse(one: PurseSums, to: Receiver | None, terms: Terms, *, may: bool) -> PurseCard:
    def line(words: str, minor: int, kind: str = "item") -> PriceLine:
        return PriceLine(words, formats.money(minor, one.currency, in_full=True), kind)

    lines = [
        line("To come", one.pending_minor),
        line("Kept back for refunds", one.reserve_minor),
        line("On its way to you", one.under_way_minor),
        line("Paid so far", one.paid_minor),
        line("Available", one.available_minor, "total"),
    ]
    where = "nowhere yet" if to is None else f"{to.holder}, {to.hint}"
    if to is not None and to.verified_at is None:
        where += " (not verified yet)"
    can = may and to is not None and one.available_minor >= terms.minimum_minor
    if one.available_minor < 0:
        words = "Refunds took more than there was: your next sales are set against it."
    elif one.next_at is None:
        words = "Nothing else waits for its day."
    else:
        words = f"More becomes available on {formats.day(one.next_at, 'UTC')}."
    amount = formats.money(one.available_minor, one.currency)
    return PurseCard(
        one.currency,
        tuple(lines),
        words,
        where,
        f"Ask for {amount}" if can else "",
        str(uuid7()) if can else "",
    )


def _payout(whose: Whose, one: Payout, url: str) -> PayoutLine:
    waits = one.state is PayoutState.ASKED and whose.may(Action.REFUND_ORDERS)
    about = f"Asked for {formats.stamp(one.asked_at, 'UTC')} UTC"
    if one.ended_at is not None:
        about += f", ended {formats.stamp(one.ended_at, 'UTC')} UTC"
    return PayoutLine(
        currency=one.currency,
        amount=formats.money(one.amount_minor, one.currency, in_full=True),
        about=about,
        state=_STATES[one.state],
        approve_url=f"{url}/{one.id}/approve" if waits else "",
        decline_url=f"{url}/{one.id}/decline" if waits else "",
        types_sum=one.asked_by == whose.actor.label,
    )


def _event(one: EventMoney, terms: Terms) -> EventLine:
    left = one.earned_left_minor + one.tax_left_minor
    total = formats.money(one.earned_minor + one.tax_minor, one.currency, in_full=True)
    when = f"available from {formats.day(one.payable_at(terms.delay_days), 'UTC')}"
    about = (
        "All of it became available." if left == 0 else f"{formats.money(left, one.currency)} of it {when}"
    )
    return EventLine(one.title, about, total)


def _ways(whose: Whose, ways: list[OpenAccount]) -> tuple[WayForm, ...]:
    made = []
    for one in ways:
        role = one.provider.roles.pays_out
        assert role is not None, "a way to pay out"
        fields = tuple((name, name.replace("_", " ").capitalize()) for name in role.receiver_fields)
        made.append(WayForm(str(one.account.id), one.account.label, "", fields))
    if not whose.is_test:
        made.append(WayForm(BANK, "A bank account in euros (SEPA)", "EUR", (("iban", "IBAN"),)))
    return tuple(made)
