"""The page of balance and payouts, made of what was read."""

from collections.abc import Sequence
from typing import Final

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.payouts.view import (
    EventLine,
    OwnCard,
    PayoutLine,
    PayoutsView,
    PurseCard,
    WayForm,
)
from admitone.entrypoints.pages.views import PriceLine, State
from admitone.flows.payout import DRAFTED_BY
from admitone.payments import OpenAccount
from admitone.payouts import Payout, PayoutState, Receiver, Terms
from admitone.reads.payable import EventMoney
from admitone.reads.payout_account import DirectSums, PayoutAccount, PurseSums
from admitone.values import formats
from admitone.values.actor import Action
from admitone.values.ids import uuid7

EVENTS_MOST: Final = 50
DATES_MOST: Final = 8
BANK: Final = "bank"
_OWN_WORDS: Final = (
    "Money taken with your own payment accounts goes straight to them. It is yours at once, so nothing of it is paid "
    "out here: your provider or your bank shows it to you. Every sale and refund is in your reports, too."
)
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
            _purse(one, receivers.get(one.currency), found, may=may and one.currency not in busy)
            for one in found.purses
            if not _is_elsewhere(one, found)
        ),
        payouts=tuple(_payout(whose, one, found, url, busy) for one in found.payouts),
        events=tuple(
            _event(one, found.terms)
            for one in [each for each in reversed(found.events) if _came_here(each)][:EVENTS_MOST]
        ),
        ways=_ways(whose, ways, found.purses) if may else (),
        ask_url=url,
        receiver_url=f"{url}/receiver",
        terms=_terms(found),
        fees_url=links.organiser_fees(whose.slug),
        own_words=_OWN_WORDS if found.has_own or found.direct else "",
        own=tuple(_own(one) for one in found.direct),
        reports_url=links.reports(whose.slug),
    )


def _is_elsewhere(one: PurseSums, found: PayoutAccount) -> bool:
    """All the money of this currency goes to accounts of the organiser's own: a card of noughts explains nothing."""
    sums = (one.pending_minor, one.available_minor, one.reserve_minor, one.under_way_minor, one.paid_minor)
    expected = {each.currency for each in found.receivers} | {each.currency for each in found.payouts}
    direct = {each.currency for each in found.direct}
    return one.currency in direct - expected and not any(sums)


def _came_here(one: EventMoney) -> bool:
    """Tax of sales with the organiser's own accounts moves nothing here."""
    return bool(one.earned_minor or one.tax_minor or one.number)


def _own(one: DirectSums) -> OwnCard:
    def line(words: str, minor: int, kind: str = "item") -> PriceLine:
        return PriceLine(words, formats.money(minor, one.currency, in_full=True), kind)

    lines = []
    if one.went_minor:
        lines.append(line("Earned there", one.came_minor))
        lines.append(line("Refunds, your provider’s fees and payouts", -one.went_minor))
    lines.append(line("In your own payment accounts", one.came_minor - one.went_minor, "total"))
    return OwnCard(one.currency, tuple(lines))


def _terms(found: PayoutAccount) -> tuple[str, ...]:
    terms = found.terms
    days = formats.count(terms.delay_days, "day", "days")
    least = [formats.money(terms.minimum(one.currency), one.currency) for one in found.purses]
    said = [f"Money becomes available {days} after the event has ended."]
    if terms.reserve_bps:
        longer = formats.count(terms.reserve_days, "day", "days")
        said.append(
            f"{formats.percent(terms.reserve_bps)}% of it is kept back {longer} longer, for refunds and disputes."
        )
    else:
        said.append("Nothing of it is kept back longer.")
    if least:
        said.append(f"A payout is {' or '.join(least)} at least.")
    much = "that much" if least else "enough"
    said.append(
        f"Payouts are asked for by themselves when {much} is available. Somebody of your team approves each."
        if terms.is_drafting
        else "An owner asks for a payout, and it is sent when it has been approved."
    )
    return tuple(said)


def _purse(one: PurseSums, to: Receiver | None, found: PayoutAccount, *, may: bool) -> PurseCard:
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
        where += " (the people who run this site have to look at it first)"
    least = found.terms.minimum(one.currency)
    can = may and to is not None and to.verified_at is not None and one.available_minor >= least
    amount = formats.money(one.available_minor, one.currency)
    warning, words = "", "Nothing more waits for its day."
    if one.available_minor < 0:
        below = formats.money(-one.available_minor, one.currency)
        warning = (
            f"Your balance is {below} below zero: refunds or disputes took money that had been paid out to you. "
            "What you sell next fills it up first. Nothing is taken from your bank account."
        )
    elif to is None and one.available_minor >= least:
        warning = "Say below where payouts go, then the money can be sent."
    elif 0 < one.available_minor < least:
        words = f"A payout is {formats.money(least, one.currency)} at least."
    if one.next_at is None and one.pending_minor > 0:
        words = "What is to come belongs to events that are over, and becomes available within the hour."
    elif one.next_at is None and one.pending_minor < 0:
        words = "Refunds of events that are over are taken from what is available within the hour."
    if one.next_at is not None:
        words = f"More becomes available on {formats.day(one.next_at, 'UTC')}."
    return PurseCard(
        one.currency,
        tuple(lines),
        words,
        where,
        f"Ask for {amount}" if can else "",
        str(uuid7()) if can else "",
        _dates(one.currency, found),
        warning,
    )


def _dates(currency: str, found: PayoutAccount) -> tuple[tuple[str, str], ...]:
    """What comes when, soonest first: of events that end, and of what is kept back."""
    terms = found.terms
    coming = [
        (each.payable_at(terms.delay_days), f"“{each.title}”", each.earned_left_minor + each.tax_left_minor)
        for each in found.events
        if each.currency == currency and each.number == 0
    ]
    coming += [
        (each.until, "kept back until then", each.amount_minor)
        for each in found.reserves
        if each.currency == currency
    ]
    return tuple(
        (f"{formats.day(at, 'UTC')}: {words}", formats.money(minor, currency, in_full=True))
        for at, words, minor in sorted(coming)[:DATES_MOST]
        if minor
    )


def _payout(whose: Whose, one: Payout, found: PayoutAccount, url: str, busy: set[str]) -> PayoutLine:
    waits = one.state is PayoutState.ASKED and whose.may(Action.REFUND_ORDERS)
    failed = one.state is PayoutState.FAILED
    asked = "Drafted" if one.asked_by == DRAFTED_BY else "Asked for"
    about = f"To {found.destinations.get(one.receiver_id, 'you')}. {asked} {formats.stamp(one.asked_at, 'UTC')} UTC"
    if one.ended_at is not None:
        about += f", ended {formats.stamp(one.ended_at, 'UTC')} UTC"
    newest = next((each for each in found.payouts if each.currency == one.currency), one)
    note = ""
    if failed:
        why = f" ({one.reason.replace('_', ' ')})" if one.reason else ""
        note = f"It did not arrive{why}. The money is available again."
    may_again = failed and newest is one and one.currency not in busy and whose.may(Action.MANAGE_PAYOUTS)
    if may_again:
        note += " If the account was wrong, change where payouts go first."
    return PayoutLine(
        currency=one.currency,
        amount=formats.money(one.amount_minor, one.currency, in_full=True),
        about=about,
        state=_STATES[one.state],
        approve_url=f"{url}/{one.id}/approve" if waits else "",
        decline_url=f"{url}/{one.id}/decline" if waits else "",
        types_sum=one.asked_by == whose.actor.label,
        note=note,
        again_url=f"{url}/{one.id}/again" if may_again else "",
        request=str(uuid7()) if may_again else "",
    )


def _event(one: EventMoney, terms: Terms) -> EventLine:
    left = one.earned_left_minor + one.tax_left_minor
    total = formats.money(one.earned_minor + one.tax_minor, one.currency, in_full=True)
    when = f"available from {formats.day(one.payable_at(terms.delay_days), 'UTC')}"
    about = (
        "All of it became available." if left == 0 else f"{formats.money(left, one.currency)} of it {when}"
    )
    return EventLine(one.title, about, total)


def _ways(whose: Whose, ways: list[OpenAccount], purses: Sequence[PurseSums]) -> tuple[WayForm, ...]:
    made = []
    first = purses[0].currency if len(purses) == 1 else ""
    for one in ways:
        role = one.provider.roles.pays_out
        assert role is not None, "a way to pay out"
        fields = tuple((name, name.replace("_", " ").capitalize()) for name in role.receiver_fields)
        made.append(WayForm(str(one.account.id), one.account.label, first, fields))
    if not whose.is_test:
        made.append(WayForm(BANK, "A bank account in euros (SEPA)", "EUR", (("iban", "IBAN"),)))
    return tuple(made)
