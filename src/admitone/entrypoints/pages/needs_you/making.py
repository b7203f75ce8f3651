"""The views, from reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.needs_you.view import BooksRow, BooksView, NeedsView, SumRow, WaitingRow
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.views import State
from admitone.reads.needs_you import Kind, Waiting
from admitone.reads.reconciliations import Compared, CurrencyCompared
from admitone.values import formats
from admitone.values.actor import Action

_ZONE = "UTC"
_NAMES = {"paypal": "PayPal", "bank": "Bank transfer", "door": "At the door"}
_ICONS = {
    Kind.DISPUTE: "triangle-alert",
    Kind.REFUND_REFUSED: "undo-2",
    Kind.REFUND_LATE: "hourglass",
    Kind.CASE: "circle-alert",
    Kind.APPROVAL: "users",
    Kind.ACCOUNT: "credit-card",
    Kind.BANK_LINES: "landmark",
    Kind.TO_SEND: "landmark",
    Kind.PAYOUT_FAILED: "banknote",
    Kind.PAYOUT_ASKED: "banknote",
    Kind.PAYOUT_NOWHERE: "banknote",
    Kind.CREDIT_DISPUTED: "triangle-alert",
}
_PAYOUTS = {
    Kind.PAYOUT_FAILED: "Ask again",
    Kind.PAYOUT_ASKED: "Decide",
    Kind.PAYOUT_NOWHERE: "Say where",
}


def needs_view(whose: Whose, waiting: Sequence[Waiting], now: datetime) -> NeedsView:
    """The list."""
    return NeedsView(
        nav=organiser_nav(whose),
        rows=tuple(_row(whose, one, now) for one in waiting),
        books_url=links.books(whose.slug) if whose.may(Action.SEE_REPORTS) else "",
    )


def _row(whose: Whose, one: Waiting, now: datetime) -> WaitingRow:
    url, action = _way_on(whose, one)
    is_case = one.kind is Kind.CASE
    return WaitingRow(
        icon="hourglass" if one.is_awaited else _ICONS[one.kind],
        title=one.title,
        detail=one.detail,
        since=f"since {formats.day(one.since, _ZONE)}",
        until="" if one.until is None else f"by {formats.near_time(one.until, now, _ZONE)} UTC",
        url=url,
        action=action,
        post_url=links.case_close(whose.slug, str(one.id)) if is_case else "",
        post_action="I have looked at it" if is_case else "",
    )


def _way_on(whose: Whose, one: Waiting) -> tuple[str, str]:
    if one.kind is Kind.DISPUTE:
        return links.dispute(whose.slug, str(one.id)), "Look at it" if one.is_awaited else "Answer"
    if one.event_id is not None and one.order_code is not None:
        return whose.event_url(one.event_id, f"orders/{one.order_code}"), "Look at it"
    if one.kind is Kind.CASE and whose.may(Action.SEE_REPORTS):
        return links.books(whose.slug), "See the books"
    if one.kind is Kind.ACCOUNT and whose.may(Action.MANAGE_PAYOUTS):
        return links.payments(whose.slug), "See what"
    if one.kind in (Kind.BANK_LINES, Kind.TO_SEND):
        return links.transfers(whose.slug), "Bank transfers"
    if one.kind is Kind.APPROVAL:
        return f"{links.organiser(whose.slug)}/approvals", "Decide"
    if one.kind in _PAYOUTS and whose.may(Action.SEE_REPORTS):
        return links.payouts(whose.slug), _PAYOUTS[one.kind]
    return "", ""


def books_view(whose: Whose, compared: Sequence[Compared], now: datetime) -> BooksView:
    """The accounts."""
    return BooksView(
        nav=organiser_nav(whose),
        rows=tuple(_books(one, now) for one in compared),
        needs_url=links.needs_you(whose.slug),
        compare_url=links.books_compare(whose.slug),
    )


def _books(one: Compared, now: datetime) -> BooksRow:
    if one.until is None:
        when, words = "Not compared yet", ""
    else:
        when = f"Compared {formats.near_time(one.until, now, _ZONE)} UTC"
        words = _counted(one.counts)
    if one.error is not None:
        words = "The provider did not answer in full, so this comparison is not whole. It is tried again by itself."
    return BooksRow(
        title=_title(one),
        label="" if one.label == _title(one) else one.label,
        mode=State("Play money", "warn", "flashlight") if one.is_test else State("Real money", "ok", "check"),
        state=_state(one),
        when=when,
        words=words,
        sums=tuple(_sum(row) for row in one.currencies),
        missing=tuple(_missing(found) for found in one.missing),
    )


def _title(one: Compared) -> str:
    return _NAMES.get(one.provider, one.provider.title())


def _state(one: Compared) -> State:
    if one.state is None:
        return State("Never compared")
    if one.state == "running":
        return State("Being compared", "info", "hourglass")
    if one.error is not None:
        return State("Not finished", "warn", "triangle-alert")
    if one.cases:
        return State(formats.count(one.cases, "thing to look at", "things to look at"), "bad", "circle-alert")
    return State("Agrees", "ok", "check") if one.currencies else State("Asked", "ok", "check")


def _counted(counts: Mapping[str, int]) -> str:
    told = [
        formats.count(counts.get(name, 0), one, many)
        for name, one, many in (
            ("payments", "payment changed there", "payments changed there"),
            ("payments_moved", "was news to us", "were news to us"),
            ("refunds_asked", "refund asked about", "refunds asked about"),
            ("lines", "line of their books read", "lines of their books read"),
        )
        if counts.get(name)
    ]
    return ", ".join(told) + "." if told else "Nothing had changed there."


def _sum(row: CurrencyCompared) -> SumRow:
    def words(minor: int | None) -> str:
        return "not known" if minor is None else formats.money(minor, row.currency, in_full=True)

    agrees = row.difference_minor == 0
    return SumRow(
        currency=row.currency,
        there=words(row.there_minor),
        ours=words(row.clearing_minor),
        before=words(row.opening_minor),
        others=words(row.others_minor),
        under_way=words(row.under_way_minor),
        difference=State("None", "ok", "check")
        if agrees
        else State(words(row.difference_minor), "bad", "circle-alert"),
    )


def _missing(found: Mapping[str, object]) -> str:
    minor = found["amount_minor"]
    assert isinstance(minor, int), "kept as a whole number"
    amount = formats.money(abs(minor), str(found["currency"]))
    if found["what"] == "payout":
        return f"Payout of {amount} is on its way ({found['id']})"
    what = "Payment" if found["what"] == "attempt" else "Refund"
    if found["is_wrong_amount"]:
        return f"{what} for order {found['order_code']}: the amounts differ by {amount} ({found['id']})"
    return f"{what} of {amount} for order {found['order_code']} is not in their books yet ({found['id']})"
