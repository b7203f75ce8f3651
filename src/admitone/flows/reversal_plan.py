"""What taking back some of a paid order would do: which units, what comes back of each, and whether it may be.

The same plan is shown before anything happens and carried out after: whoever carries it out has locked the order.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Literal
from uuid import UUID

from admitone import checkin, events, orders, pricing, tickets
from admitone.flows.kept_together import kept_for_the_rest, less_back, more_back
from admitone.flows.refund_policy import FrozenPolicy, frozen_policy
from admitone.flows.returned_parts import paid_by_line, parts_of_unit
from admitone.plumbing.database import Reader
from admitone.pricing import ALL_BACK, NOTHING, PRICE_BACK, PaidUnit, Parts, RefundTerms
from admitone.values import formats
from admitone.values.refusals import Conflict, Invalid

SentTo = Literal["original", "credit"]
NOTE_MOST = 500
CANCELLED, GOODWILL = "tickets_cancelled", "goodwill"
"""Why money goes back, as its refund says: for tickets that died, or without that."""


class NothingChosen(Invalid):
    """Neither a ticket nor an amount."""

    code = "reversal.nothing_chosen"
    text = "Please choose at least one ticket."


class NothingComesBack(Conflict):
    """For one of the chosen tickets nothing would come back."""

    code = "reversal.nothing_comes_back"
    text = "By the refund rule of this event, no money comes back for these tickets now."


class AskTheOrganiser(Conflict):
    """The buyer was promised no rule by which tickets can be given back."""

    code = "reversal.ask_the_organiser"
    text = "For this event, please ask the organiser for a refund."


class TooLateToGiveBack(Conflict):
    """The event has begun, or is over."""

    code = "reversal.too_late"
    text = "The event has begun, so tickets can no longer be given back."


class CalledOff(Conflict):
    """The event was called off: everybody gets all of it back, whatever the policy says."""

    code = "reversal.called_off"
    text = "The event was called off. All of your money goes back to you by itself."


class TicketUsed(Conflict):
    """A ticket that was let in is not cancelled."""

    code = "reversal.ticket_used"
    text = "One of these tickets was already let in, so it cannot be cancelled."


class TooMuchBack(Conflict):
    """Never more goes back than was paid. `left_minor` is what still can."""

    code = "reversal.too_much"
    text = "At most {left_words} can still go back."


class BadAmount(Invalid):
    """An amount not above zero."""

    code = "reversal.bad_amount"
    text = "Please enter an amount above zero."


@dataclass(frozen=True, slots=True)
class RefundWish:
    """What an organiser wants to give back: of these tickets, or of the whole order when none are named.

    `amount_minor`: a free amount; None is all that is left of the price of the named tickets. `with_fees`: the site's
    fees come back in proportion. `cancels`: the tickets die. `keeps_places`: their places do not go on sale again.
    """

    ticket_ids: tuple[UUID, ...] = ()
    amount_minor: int | None = None
    with_fees: bool = True
    cancels: bool = True
    keeps_places: bool = False
    to: SentTo = "original"
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """One unit of a line, and what comes back of it. `ticket` is None for a donation."""

    line: orders.LineRow
    unit: int
    ticket: tickets.Ticket | None
    back: Parts


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen. `total` says who bears which part. `ends_order`: no ticket of it is left.

    `until`: so long this sum holds, for a buyer who gives tickets back; None when it does not depend on time.
    `kept_minor`: so much less comes back because what stays was cheaper together with what goes; `more` are units that
    went before, and what comes back of them now because that no longer holds.
    """

    order: orders.OrderRow
    units: tuple[PlannedUnit, ...]
    total: Parts
    cancels: bool
    keeps_places: bool
    to: SentTo
    ends_order: bool
    had_kept: bool
    until: datetime | None = None
    kept_minor: int = 0
    more: tuple[PlannedUnit, ...] = ()

    @property
    def cancelled(self) -> tuple[PlannedUnit, ...]:
        """The units that die."""
        return self.units if self.cancels else ()

    def by_line(self) -> dict[UUID, int]:
        """How many units of each line die."""
        return _counted(one.line.id for one in self.cancelled)

    def by_type(self) -> dict[UUID, int]:
        """How many units of each ticket type die."""
        return _counted(one.line.ticket_type_id for one in self.cancelled)

    def ticket_ids(self) -> list[UUID]:
        """The tickets that die."""
        return [one.ticket.id for one in self.cancelled if one.ticket is not None]


def _counted(ids: Iterable[UUID]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for one in ids:
        found[one] = found.get(one, 0) + 1
    return found


@dataclass(frozen=True, slots=True)
class OrderNow:
    """An order as it is: its units that can be chosen, with what was paid and came back of each.

    `was_taken_back`: its organiser gave some of it back, by rules of their own.
    """

    order: orders.OrderRow
    units: Mapping[tuple[UUID, int], tuple[PlannedUnit, PaidUnit]]
    cancelled: frozenset[tuple[UUID, int]]
    used: frozenset[UUID]
    had_kept: bool
    was_taken_back: bool

    def of_tickets(self, ticket_ids: Sequence[UUID]) -> list[tuple[PlannedUnit, PaidUnit]]:
        if not ticket_ids:
            raise NothingChosen(field="tickets")
        by_ticket = {one[0].ticket.id: one for one in self.units.values() if one[0].ticket is not None}
        if any(ticket_id not in by_ticket for ticket_id in ticket_ids):
            raise tickets.TicketNotFound
        return [by_ticket[ticket_id] for ticket_id in dict.fromkeys(ticket_ids)]

    def left(self) -> list[tuple[PlannedUnit, PaidUnit]]:
        return [one for key, one in self.units.items() if key not in self.cancelled]


async def look_at(reader: Reader, order: orders.OrderRow) -> OrderNow:
    """The order as it is. Raises `OrderNotPaid`."""
    if order.state != orders.OrderState.PAID:
        raise orders.OrderNotPaid
    lines = {line.id: line for line in await orders.lines_of(reader, order.id)}
    issued = {(one.order_line_id, one.unit): one for one in await tickets.by_order(reader, order.id)}
    touched = (await orders.returned(reader, [order.id])).get(order.id, [])
    returned = {(one.order_line_id, one.unit): one for one in touched}
    used = await checkin.admitted_among(reader, [one.id for one in issued.values()])
    paid = paid_by_line(order, list(lines.values()))
    units = {}
    for line in sorted(lines.values(), key=lambda one: one.number):
        for unit in range(1, line.quantity + 1):
            row, whole = returned.get((line.id, unit)), paid[line.id]
            whole = whole if row is None else replace(whole, returned=parts_of_unit(row))
            units[line.id, unit] = (PlannedUnit(line, unit, issued.get((line.id, unit)), NOTHING), whole)
    dead = {key for key, one in issued.items() if one.state != tickets.TicketState.VALID}
    before = (await orders.reversals(reader, [order.id])).get(order.id, [])
    return OrderNow(
        order,
        units,
        frozenset(dead),
        frozenset(used),
        had_kept=any(one.keeps_places for one in before),
        was_taken_back=any(one.by_whom != "buyer" for one in before),
    )


def _require_alive(state: OrderNow, chosen: Sequence[tuple[PlannedUnit, PaidUnit]]) -> None:
    for one, _ in chosen:
        assert one.ticket is not None, "only tickets are chosen to be cancelled"
        if one.ticket.state != tickets.TicketState.VALID:
            raise tickets.TicketIsCancelled
        if one.ticket.id in state.used:
            raise TicketUsed


def _plan(
    state: OrderNow,
    chosen: Sequence[tuple[PlannedUnit, PaidUnit]],
    back: pricing.Refund,
    *,
    cancels: bool,
    keeps_places: bool = False,
    to: SentTo = "original",
    until: datetime | None = None,
    kept_minor: int = 0,
    more: tuple[PlannedUnit, ...] = (),
) -> Plan:
    units = tuple(
        replace(planned, back=parts) for (planned, _), parts in zip(chosen, back.units, strict=True)
    )
    dying = {(one.line.id, one.unit) for one in units} if cancels else set()
    ends = cancels and not (state.units.keys() - state.cancelled - dying)
    return Plan(
        order=state.order,
        units=units,
        total=reduce(Parts.plus, (one.back for one in more), back.total),
        cancels=cancels,
        keeps_places=keeps_places and cancels,
        to=to,
        ends_order=ends,
        had_kept=state.had_kept,
        until=until,
        kept_minor=kept_minor,
        more=more,
    )


async def plan_refund(reader: Reader, order: orders.OrderRow, wish: RefundWish) -> Plan:
    """What an organiser's wish would do. Raises `OrderNotPaid`, `TicketNotFound`, `TicketIsCancelled`, `TicketUsed`,
    `TooMuchBack`, `BadAmount`, `NothingChosen`, `NothingComesBack`.
    """
    state = await look_at(reader, order)
    chosen = state.of_tickets(wish.ticket_ids) if wish.ticket_ids else state.left()
    if not wish.ticket_ids and (wish.cancels or wish.amount_minor is None):
        raise NothingChosen(field="tickets")
    if wish.cancels:
        _require_alive(state, chosen)
    units = [unit for _, unit in chosen]
    if wish.amount_minor is None:
        back = pricing.refund(units, ALL_BACK if wish.with_fees else PRICE_BACK)
    else:
        back = _amount_back(order, units, wish)
    if not wish.cancels and not back.total.total_minor:
        raise NothingComesBack
    return _plan(state, chosen, back, cancels=wish.cancels, keeps_places=wish.keeps_places, to=wish.to)


def _amount_back(order: orders.OrderRow, units: Sequence[PaidUnit], wish: RefundWish) -> pricing.Refund:
    amount_minor = wish.amount_minor
    assert amount_minor is not None
    if amount_minor == 0 and wish.cancels:
        return pricing.refund(units, pricing.NOTHING_BACK)
    if amount_minor <= 0:
        raise BadAmount(field="amount")
    back = pricing.refund_amount(units, amount_minor, with_fees=wish.with_fees)
    if back is None:
        left = sum(pricing.left_minor(unit, with_fees=wish.with_fees) for unit in units)
        raise TooMuchBack(field="amount", left_minor=left, left_words=formats.money(left, order.currency))
    return back


async def plan_exchange(
    reader: Reader, order: orders.OrderRow, ticket_ids: Sequence[UUID], fee_minor: int
) -> tuple[Plan, int]:
    """What of these tickets counts for others, less a fee for each and what makes up for others that were cheaper with
    them; and what of their price has not gone back. Raises as `look_at` and `plan_giving_back`."""
    state = await look_at(reader, order)
    chosen = state.of_tickets(ticket_ids)
    _require_alive(state, chosen)
    await tickets.refuse_passed_on(reader, ticket_ids)
    units = [unit for _, unit in chosen]
    terms = RefundTerms(ALL_BACK.percent_bps, fee_minor, returns_fees=True)
    worth_minor = sum(pricing.left_minor(unit, with_fees=True) for unit in units)
    # Of tickets alone: what goes with them stays with those they are changed for.
    back, kept_minor = pricing.refund(units, terms), _kept(state, chosen, of_tickets=True)
    if kept_minor > 0:
        back = less_back(units, back, kept_minor, order.currency, with_fees=True)
    more = _more(state, -kept_minor, with_fees=True) if kept_minor < 0 else ()
    plan = _plan(state, chosen, back, cancels=True, kept_minor=max(kept_minor, 0), more=more)
    return plan, worth_minor + sum(one.back.total_minor for one in more)


def _kept(
    state: OrderNow, chosen: Sequence[tuple[PlannedUnit, PaidUnit]], *, of_tickets: bool = False
) -> int:
    left, going = (
        Counter(one.line.number for one, _ in some if not of_tickets or one.line.kind == "ticket")
        for some in (state.left(), chosen)
    )
    return kept_for_the_rest(state.order.quote, left, going)


def _more(state: OrderNow, minor: int, *, with_fees: bool) -> tuple[PlannedUnit, ...]:
    """What stayed of units that went before, and comes back now. Nothing, when their organiser gave back by rules of
    their own.
    """
    if state.was_taken_back:
        return ()
    gone = [one for key, one in state.units.items() if key in state.cancelled]
    again = zip(gone, more_back([unit for _, unit in gone], minor, with_fees=with_fees).units, strict=True)
    return tuple(replace(one, back=parts) for (one, _), parts in again if parts.total_minor)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a buyer may do with an order now: `policy` as shown when it was placed; the event starts at `starts_at`."""

    policy: FrozenPolicy | None
    starts_at: datetime
    is_called_off: bool

    def terms(self, now: datetime) -> RefundTerms:
        """The terms for giving a ticket back now; without a policy nothing but free tickets can be."""
        return pricing.NOTHING_BACK if self.policy is None else self.policy.terms_at(now)


async def promise_of(reader: Reader, order: orders.OrderRow) -> Promise:
    """What was promised to the buyer of this order."""
    found = await events.event(reader, event_id=order.event_id)
    starts_at = found.details.starts_at
    is_called_off = found.state is events.EventState.CANCELLED
    return Promise(frozen_policy(order.policy, starts_at), starts_at, is_called_off)


async def plan_giving_back(
    reader: Reader, order: orders.OrderRow, ticket_ids: Sequence[UUID], now: datetime
) -> Plan:
    """What a buyer who gives these tickets back would get. Raises `OrderNotPaid`, `TicketNotFound`,
    `TicketIsCancelled`, `TicketUsed`, `NothingChosen`, `NothingComesBack`, `AskTheOrganiser`, `CalledOff`,
    `TooLateToGiveBack`, `PassedOn`.
    """
    state = await look_at(reader, order)
    chosen = state.of_tickets(ticket_ids)
    _require_alive(state, chosen)
    await tickets.refuse_passed_on(reader, ticket_ids)
    promise = await promise_of(reader, order)
    if promise.is_called_off:
        raise CalledOff
    if now >= promise.starts_at:
        raise TooLateToGiveBack
    back = pricing.refund([unit for _, unit in chosen], promise.terms(now))
    for (_, unit), parts in zip(chosen, back.units, strict=True):
        if unit.paid.total_minor and not parts.total_minor:
            raise AskTheOrganiser if promise.policy is None else NothingComesBack
    until = None if promise.policy is None else promise.policy.until(now)
    kept_minor = _kept(state, chosen)
    more: tuple[PlannedUnit, ...] = ()
    if kept_minor > 0:
        units = [unit for _, unit in chosen]
        back = less_back(units, back, kept_minor, order.currency, with_fees=promise.terms(now).returns_fees)
    elif kept_minor < 0:
        more = _more(state, -kept_minor, with_fees=promise.terms(now).returns_fees)
    return _plan(state, chosen, back, cancels=True, until=until, kept_minor=max(kept_minor, 0), more=more)


async def can_be_given_back(reader: Reader, order: orders.OrderRow, now: datetime) -> dict[UUID, Parts]:
    """What each ticket of the order would give back now, by ticket id; those that cannot be given back are left out."""
    if order.state != orders.OrderState.PAID:
        return {}
    state, promise = await look_at(reader, order), await promise_of(reader, order)
    if promise.is_called_off or now >= promise.starts_at:
        return {}
    passed_on = await tickets.owners(reader, [one.ticket.id for one, _ in state.left() if one.ticket])
    found = {}
    for planned, unit in state.left():
        ticket = planned.ticket
        if ticket is None or ticket.id in state.used or ticket.id in passed_on:
            continue
        back = pricing.refund([unit], promise.terms(now)).total
        if back.total_minor or not unit.paid.total_minor:
            found[ticket.id] = back
    return found
