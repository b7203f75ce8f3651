"""Makes the page of paying with Bitcoin: what is true of the order's payment, and what may be paid by now."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from markupsafe import Markup

from admitone import orders, payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.bitcoin.beside import Beside
from admitone.entrypoints.pages.bitcoin.view import BitcoinPayView, Copied, Seen
from admitone.entrypoints.pages.bitcoin.ways import Shown, shown_way, way_ids, way_links
from admitone.entrypoints.pages.orders.making import order_lines
from admitone.entrypoints.pages.orders.suspended import suspended_words
from admitone.entrypoints.pages.showing import moment_words, summary_of
from admitone.entrypoints.pages.views import State
from admitone.reads.bitcoin_page import BitcoinPage
from admitone.values import formats
from admitone.values.currencies import BITCOIN, MSAT_PER_SAT

_LATE: Final = (
    "If you have paid already, it is not lost: you get your tickets if the places are still there, and otherwise "
    "your bitcoin back. We mail you to ask where to."
)
_SHOWS_SEEN: Final = frozenset({"seen", "short", "replaced", "late"})
_MAY_CANCEL: Final = frozenset({"waiting", "replaced", "ended", "away"})
_CODE: Final = {
    "ended": "Get a new code",
    "part": "Get a code for the rest",
    "replaced": "Get a new code",
    "away": "Try again",
}
_COUNTS_THEN: Final = "counts for what it is worth then. If that is too little, we ask you for the rest."
_LETTERS: Final = 12


def state_key(shown: BitcoinPage, beside: Beside) -> str:
    """Differs as soon as the page would say something else."""
    told = [
        shown.state,
        str(shown.part_msat),
        str(shown.missing_msat),
        str(shown.found.dispute),
        *(f"{one.attempt.id}{one.is_current}" for one in shown.ways),
        *(
            f"{one.txid}{one.confirmations}{one.is_replaced}{one.is_late}{_is_too_late(one, shown.at)}"
            for one in shown.came
        ),
        beside.key,
    ]
    return f"{told[0]}-{hashlib.sha256(' '.join(told).encode()).hexdigest()[:_LETTERS]}"


def bitcoin_view(
    needs: Assembly,
    token: str,
    shown: BitcoinPage,
    beside: Beside,
    *,
    way: str = "",
    problem: str = "",
    more: Mapping[str, Shown] | None = None,
) -> BitcoinPayView:
    """The page. `way` is what its code holds, `more` are ways beside the codes; `problem` says why there is none."""
    order, about = shown.found.order, shown.found.about
    state = shown.state
    may_pay = state in ("waiting", "part", "replaced", "short")
    payable, ways = (shown.for_the_rest, {}) if state == "short" else (shown, more or {})
    chosen = shown_way(payable, way, needs.settings.site_name, ways) if may_pay else None
    until = min((one.request.expires_at for one in payable.ways if one.is_current), default=order.pay_until)
    is_open = order.state == orders.OrderState.PENDING and not order.is_due
    disputed = shown.found.disputed
    suspended = None if state != "suspended" or disputed is None else suspended_words(disputed)
    return BitcoinPayView(
        state=state,
        state_key=state_key(shown, beside),
        event=summary_of(about, is_test=order.is_test),
        order_code=order.code,
        lines=order_lines(shown.found),
        status_url=links.pay_bitcoin_status(token),
        order_url=links.order(token),
        email=order.email,
        amount_sats="" if chosen is None else sats_words(chosen.amount_msat),
        amount_money="" if state == "short" else _price_words(shown),
        rate_words=_rate_words(shown),
        until_words=moment_words(until, about.zone, needs.clock.now()) if chosen else "",
        until_iso=formats.iso(until, about.zone) if chosen else "",
        ways=way_links(token, way_ids(payable, ways), chosen) if chosen else (),
        qr_svg=_code(chosen),
        qr_words="" if chosen is None else chosen.qr_words,
        open_url="" if chosen is None else chosen.open_url,
        copies=_copies(chosen),
        seen=tuple(_seen(one) for one in shown.came) if state in _SHOWS_SEEN else (),
        part_words=_part_words(shown) if shown.part_msat else "",
        rate_note=_rate_note(shown) if state in ("seen", "short") else "",
        missing_words=sats_words(shown.missing_msat) if state == "short" else "",
        kept_words=moment_words(order.pay_until, about.zone, shown.at),
        code_words=_CODE.get(state, "") if is_open and chosen is None else "",
        code_url=links.pay_bitcoin(token),
        form=None if chosen is None else chosen.form,
        play_url=_play_url(needs, payable) if may_pay else "",
        late_words=_LATE if state == "expired" else "",
        title="" if suspended is None else suspended.headline,
        lead="" if suspended is None else suspended.lead,
        is_still=shown.is_still,
        problem=problem,
        change_url=links.with_query(links.pay(token), choose="1")
        if is_open and state not in ("seen", "short")
        else "",
        cancel_url=links.order_cancel(token) if is_open and state in _MAY_CANCEL else "",
        again_url=links.event(about.slug) if state == "expired" else "",
    )


def sats_words(amount_msat: int) -> str:
    """`52,381 sats`."""
    return formats.money(amount_msat, BITCOIN)


def _price_words(shown: BitcoinPage) -> str:
    """What is due, or was, in the order's currency; empty for one that is priced in bitcoin."""
    order = shown.found.order
    if order.currency == BITCOIN:
        return ""
    is_pending = order.state == orders.OrderState.PENDING
    return formats.money(order.due_minor if is_pending else order.total_minor, order.currency)


def _rate_words(shown: BitcoinPage) -> str:
    """`1 BTC = €47,700`, of the newest request."""
    if not shown.ways or shown.found.order.currency == BITCOIN:
        return ""
    request = shown.ways[-1].request
    decimals = formats.money_style(request.currency).exponent
    minor = int((request.price * 10**decimals).to_integral_value())
    return f"1 BTC = {formats.money(minor, request.currency)}"


def _part_words(shown: BitcoinPage) -> str:
    order = shown.found.order
    due = next((one.request.amount_msat for one in reversed(shown.ways) if one.is_current), None)
    if due is None:
        left = formats.money(order.due_minor, order.currency, in_full=True)
        return f"{sats_words(shown.part_msat)} have arrived. {left} is left to pay"
    return f"{sats_words(shown.part_msat)} have arrived. {sats_words(due)} are left to pay"


def _rate_note(shown: BitcoinPage) -> str:
    """At which rate what is on its way counts, of the one that is worst off; empty where there is no rate."""
    zone, coming = shown.found.about.zone, [one for one in shown.came if not one.is_replaced]
    if shown.found.order.currency == BITCOIN:
        return ""
    if any(_is_too_late(one, shown.at) for one in coming):
        return f"It comes too late for the rate it was asked at: once it is in a block, it {_COUNTS_THEN}"
    ends = [one.rate_until for one in coming if one.rate_until is not None]
    if not ends:
        return ""
    moment = moment_words(min(ends), zone, shown.at)
    return f"The rate holds for it if it is in a block by {moment}. Later it {_COUNTS_THEN}"


def _is_too_late(came: payments.bitcoin.Arrival, at: datetime) -> bool:
    return came.is_late or (came.rate_until is not None and at >= came.rate_until)


def _seen(came: payments.bitcoin.Arrival) -> Seen:
    if came.is_replaced:
        state = State("Replaced by its sender", "bad", "circle-x")
    elif came.confirmations >= came.needed:
        state = State("Final", "ok", "check")
    elif came.confirmations:
        words = f"{came.confirmations} of {formats.count(came.needed, 'confirmation', 'confirmations')}"
        state = State(words, "info", "refresh-cw")
    else:
        state = State("Seen, not in a block yet", "info", "hourglass")
    return Seen(sats_words(came.amount_msat), state, came.txid)


def _code(chosen: Shown | None) -> Markup | None:
    if chosen is None or not chosen.payload:
        return None
    return Markup(tickets.qr_svg(chosen.payload, "Bitcoin payment code"))  # noqa: S704 - drawn by us


def _copies(chosen: Shown | None) -> tuple[Copied, ...]:
    return () if chosen is None else chosen.copies


def _play_url(needs: Assembly, shown: BitcoinPage) -> str:
    """The program of a payer that is played, for payments that are."""
    played = {name for name, kind in needs.payment_accounts.kinds.items() if kind.is_played}
    asked = {
        name: value
        for one in shown.ways
        if one.is_current and one.attempt.provider in played
        for name, value in (
            ("invoice", one.request.payment_hash),
            ("address", one.request.address),
            ("sats", str(-(-one.request.amount_msat // MSAT_PER_SAT)) if one.request.address else None),
        )
        if value
    }
    return links.with_query(links.PLAY_BITCOIN, **asked) if asked else ""
