"""Reads the form of a refund of many orders, and makes its views."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from starlette.datastructures import FormData, QueryParams

from admitone import events, payments, tickets
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.bulk_runs.view import (
    BulkRefundView,
    ConfirmRunView,
    RunLine,
    RunMeter,
    RunView,
)
from admitone.entrypoints.pages.orders.way_back import ASKED_IN_BITCOIN
from admitone.entrypoints.pages.organiser_orders.making import Where, nav_of
from admitone.entrypoints.pages.views import PriceLine, State
from admitone.events import OfferedType
from admitone.flows.bulk_runs import PaidTooLate
from admitone.flows.reversal_plan import BadAmount, TicketUsed
from admitone.orders import RunKind, RunRow, RunState, RunWish
from admitone.reads.bulk_run_progress import RunProgress
from admitone.values import currencies, formats
from admitone.values.ids import uuid7
from admitone.values.refusals import Invalid

_FIELDS = ("type", "how", "amount", "with_fees", "message")
_STATES: Final = {
    RunState.WAITING: State("Waiting for approval", "warn", "hourglass"),
    RunState.DECLINED: State("Declined", "bad", "circle-x"),
    RunState.RUNNING: State("Running", "info", "refresh-cw"),
    RunState.PAUSED: State("Paused", "warn", "clock"),
    RunState.DONE: State("Done", "ok", "check"),
}
_WAITS: Final = State("Waits for buyers", "info", "hourglass")
_TITLES: Final = {
    RunKind.CANCEL_EVENT: "Everybody, event cancelled",
    RunKind.CANCEL_TICKETS: "Tickets cancelled and refunded",
    RunKind.GOODWILL: "Something back for each ticket",
}
_REASONS: Final = {
    TicketUsed.code: "A ticket was let in just now.",
    tickets.TicketIsCancelled.code: "A ticket was cancelled just now.",
    payments.PaymentDisputed.code: "The buyer's bank wants the money back. Go on here when that is decided.",
    payments.PaymentTakenBack.code: "The buyer's bank has taken the money back already.",
    PaidTooLate.code: "It was paid after this run had begun, and is too much for one member to give back alone.",
}


def typed_of(form: FormData | QueryParams) -> dict[str, str]:
    """What was typed; a box that is not ticked is there, and empty."""
    return {name: value if isinstance(value := form.get(name, ""), str) else "" for name in _FIELDS}


def wish_of(typed: Mapping[str, str], currency: str) -> RunWish:
    """What the organiser wishes. Raises `Invalid` for what is no amount."""
    amount_minor = None
    if typed["how"] == "amount":
        try:
            amount_minor = currencies.parse_major(currency, typed["amount"].strip() or "0")
        except Invalid as refusal:
            refusal.field = "amount"
            raise
        if amount_minor <= 0:
            raise BadAmount(field="amount")
    return RunWish(_type_of(typed["type"]), amount_minor, typed["with_fees"] == "1", typed["message"].strip())


def _type_of(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def runs_url(where: Where, run_id: UUID | None = None) -> str:
    """The list of runs over an event's orders, or one of them."""
    part = "refunds" if run_id is None else f"refunds/{run_id}"
    return links.managed_event(where.organiser.slug, str(where.event.id), part)


def choose_view(
    where: Where,
    types: Sequence[OfferedType],
    runs: Sequence[RunRow],
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> BulkRefundView:
    """The choice, and the runs there were."""
    return BulkRefundView(
        nav=nav_of(where),
        runs=tuple(_line(where, one) for one in runs),
        types=(("", "Everybody’s"), *((str(one.id), one.name) for one in types)),
        currency=where.event.details.currency,
        next_url="" if where.event.state == events.EventState.CANCELLED else f"{runs_url(where)}/confirm",
        orders_url=where.orders_url,
        values=values or {},
        errors=errors or {},
    )


def _line(where: Where, run: RunRow) -> RunLine:
    zone = where.event.details.zone
    about = f"{formats.stamp(run.started_at, zone)}. {_orders_words(run)}"
    return RunLine(runs_url(where, run.id), _TITLES[run.kind], about, _STATES[run.state])


def _orders_words(run: RunRow) -> str:
    done = run.done + run.skipped
    return f"{formats.number(done)} of {formats.count(max(run.total, done), 'order', 'orders')}"


def confirm_view(
    where: Where,
    run: RunRow,
    types: Sequence[OfferedType],
    typed: Mapping[str, str],
    *,
    has_bitcoin: bool = False,
) -> ConfirmRunView:
    """What it comes to. `has_bitcoin`: some of it was paid in bitcoin."""
    most = formats.money(run.estimate_minor, run.currency)
    name = next((one.name for one in types if one.id == run.wish.ticket_type_id), "all ticket types")
    sentences = ["Everybody gets a mail.", "You can pause it, but what has gone back does not return."]
    if has_bitcoin:
        sentences.insert(1, ASKED_IN_BITCOIN)
    if run.kind is RunKind.CANCEL_TICKETS:
        sentences.insert(0, "The tickets open no door any more, and their places are on sale again.")
    else:
        assert run.wish.amount_minor is not None, "goodwill is an amount"
        each = formats.money(run.wish.amount_minor, run.currency)
        sentences.insert(0, f"{each} for each ticket, less where less was paid. The tickets stay valid.")
    return ConfirmRunView(
        nav=nav_of(where),
        title=f"Refund {formats.count(run.total, 'order', 'orders')}",
        lines=(
            PriceLine("Tickets", name, "item"),
            PriceLine("Orders", formats.number(run.total), "item"),
            PriceLine("Goes back, at most", most, "total"),
        ),
        sentences=tuple(sentences),
        fields=(*((name, value) for name, value in typed.items()), ("request", str(uuid7()))),
        button=f"Refund up to {most}" if run.estimate_minor else "Cancel the tickets",
        post_url=runs_url(where),
        back_url=links.with_query(runs_url(where), **typed),
    )


def status_of_run(found: RunProgress) -> str:
    """All that the page shows moving, in one word."""
    run = found.run
    moving = (
        run.done,
        run.skipped,
        run.failed,
        found.done.refunds,
        found.refused.refunds,
        found.under_way.refunds,
        found.awaited.refunds,
    )
    return "-".join([run.state.value, *(str(one) for one in moving)])


def _moments(run: RunRow, zone: str) -> str:
    began = f"Begun {formats.stamp(run.started_at, zone)}"
    ended = f", all orders done {formats.stamp(run.done_at, zone)}" if run.done_at is not None else ""
    return f"{began}{ended}, {formats.short_zone(run.started_at, zone)}."


def _awaited_words(waiting: int) -> str:
    if not waiting:
        return ""
    one = "1 refund waits for its buyer"
    waits = one if waiting == 1 else f"{formats.number(waiting)} refunds wait for the buyers"
    return (
        f"{waits} to say where to: a payment in bitcoin does not say where it came from. We asked by mail, and go on "
        "asking once a week."
    )


def run_view(where: Where, found: RunProgress) -> RunView:
    """How far it has come."""
    run, url = found.run, runs_url(where, found.run.id)
    zone, currency = where.event.details.zone, run.currency
    sent = found.done.refunds + found.refused.refunds
    waiting = found.awaited.refunds
    wanted = sent + found.under_way.refunds + waiting
    awaited = PriceLine(
        f"{formats.count(waiting, 'buyer', 'buyers')} in bitcoin, asked where to",
        formats.money(found.awaited.amount_minor, currency),
        "item",
    )
    total = max(run.total, run.done + run.skipped + run.failed)
    is_live = run.state is RunState.RUNNING or found.under_way.refunds > 0
    can_resume = run.state is RunState.PAUSED or (run.state is RunState.DONE and run.failed > 0)
    refused = formats.count(found.refused.refunds, "refund was", "refunds were")
    return RunView(
        nav=nav_of(where),
        title=_TITLES[run.kind],
        about=_moments(run, zone),
        state=_WAITS if waiting and run.state is RunState.DONE else _STATES[run.state],
        meters=(
            RunMeter("Orders", run.done + run.skipped, total, _orders_words(run)),
            RunMeter("Refunds sent", sent, wanted, f"{formats.number(sent)} of {formats.number(wanted)}"),
        ),
        lines=(
            PriceLine("With the buyers", formats.money(found.done.amount_minor, currency), "item"),
            PriceLine("On its way", formats.money(found.under_way.amount_minor, currency), "item"),
            *((awaited,) if waiting else ()),
            PriceLine("Refused", formats.money(found.refused.amount_minor, currency), "item"),
            PriceLine("At most in all", formats.money(run.estimate_minor, currency), "total"),
        ),
        back_url=runs_url(where),
        status=status_of_run(found),
        status_url=f"{url}/status" if is_live else "",
        pause_url=f"{url}/pause" if run.state is RunState.RUNNING else "",
        resume_url=f"{url}/resume" if can_resume else "",
        resume_words="Go on" if run.state is RunState.PAUSED else "Try these again",
        awaited_words=_awaited_words(waiting),
        refused_words=f"{refused} refused by the payment provider." if found.refused.refunds else "",
        needs_url=where.orders_url,
        failed=tuple(
            (
                where.order_url(one.code),
                f"{one.code}, {one.buyer}",
                _REASONS.get(one.reason, "Something went wrong."),
            )
            for one in found.failed
        ),
    )
