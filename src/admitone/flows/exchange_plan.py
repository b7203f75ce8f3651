"""What changing tickets for others would do: which may be had instead, what the old ones are worth, who pays what.

The same plan is shown before anything happens and carried out after: whoever carries it out has locked the order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from admitone import events, orders, pricing
from admitone.flows.baskets import for_business
from admitone.flows.offer_book import OfferBook, OnOffer
from admitone.flows.order_wish import business_of
from admitone.flows.purchase import NotOnSale, UnknownTicketType
from admitone.flows.reversal_plan import CalledOff, Plan, plan_exchange
from admitone.plumbing.database import Reader
from admitone.pricing import (
    NOTHING_BACK,
    Basket,
    BasketItem,
    ChangePolicy,
    RefundPolicy,
    RefundStep,
    as_policy_record,
    change_from_record,
)
from admitone.values import formats
from admitone.values.refusals import Conflict

HOURS_MOST = 10 * 366 * 24


class ChangesNotOffered(Conflict):
    """The buyer was promised no change."""

    code = "exchange.not_offered"
    text = "For this event, please ask the organiser if you want to change a ticket."


class TooLateToChange(Conflict):
    """The last moment for a change has passed. `until_words` says when it was."""

    code = "exchange.too_late"
    text = "Tickets could be changed until {until_words}."


class NotATarget(Conflict):
    """The other ticket is not one that these may be changed for."""

    code = "exchange.not_a_target"
    text = "These tickets cannot be changed for that one."


class SameTicket(Conflict):
    """A ticket would be changed for one of its own type."""

    code = "exchange.same_ticket"
    text = "One of these tickets is of that type already."


class NothingGoesBack(Conflict):
    """Money would go back for a cheaper ticket, and the buyer was not promised that."""

    code = "exchange.nothing_goes_back"
    text = "These tickets can only be changed for ones that cost as much or more."


class OnlyTickets(Conflict):
    """An add-on is not changed."""

    code = "exchange.only_tickets"
    text = "Only tickets can be changed, not what was bought with them."


@dataclass(frozen=True, slots=True)
class ChangeWish:
    """Change these tickets of an order, all for the same type of ticket, of the same event or another.

    `with_fee`: the change fee is taken; only an organiser does without.
    """

    ticket_ids: tuple[UUID, ...]
    event_id: UUID
    ticket_type_id: UUID
    with_fee: bool = True


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """What may be changed now. `until`: so long, for a buyer; None for an organiser, who may always.

    `event_ids`: other events; empty and `any_event` for all of the organiser's. `cheaper`: also when money goes back.
    """

    fee_minor: int
    types: bool
    event_ids: tuple[UUID, ...]
    any_event: bool = False
    until: datetime | None = None
    cheaper: bool = True


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What would happen. Amounts are minor units of the order's currency; `worth_minor` is what of the old tickets'
    price had not gone back, `price_minor` what the new ones cost.
    """

    old: Plan
    offer: events.Offer
    offered: events.OfferedType
    worth_minor: int
    price_minor: int
    fee_each_minor: int
    starts_at: datetime
    until: datetime | None = None

    @property
    def counts_minor(self) -> int:
        """What counts for the new tickets: the worth without the change fee."""
        return self.old.total.total_minor

    @property
    def fee_minor(self) -> int:
        """What of the worth stays with the organiser."""
        return self.worth_minor - self.counts_minor

    @property
    def exchanged_minor(self) -> int:
        """What of the worth the new tickets use."""
        return min(self.price_minor, self.counts_minor)

    @property
    def due_minor(self) -> int:
        """What is to be paid."""
        return self.price_minor - self.exchanged_minor

    @property
    def back_minor(self) -> int:
        """What goes back."""
        return self.counts_minor - self.exchanged_minor

    @property
    def difference_minor(self) -> int:
        """What is to be paid; negative when that much goes back."""
        return self.due_minor - self.back_minor


async def rule_for_buyer(reader: Reader, order: orders.OrderRow, now: datetime) -> ChangeRule:
    """What the buyer of this order may change now. Raises `OrderNotPaid`, `CalledOff`, `ChangesNotOffered`,
    `TooLateToChange`.
    """
    if order.state != orders.OrderState.PAID:
        raise orders.OrderNotPaid
    event = await events.event(reader, event_id=order.event_id)
    if event.state is events.EventState.CANCELLED:
        raise CalledOff
    policy = policy_of(order)
    if policy is None:
        raise ChangesNotOffered
    until = policy.until(_starts_at(order, event.details.starts_at))
    if now > until:
        raise TooLateToChange(until_words=formats.zoned_day_time(until, event.details.zone))
    return ChangeRule(policy.fee_minor, policy.types, policy.event_ids, until=until, cheaper=policy.cheaper)


def rule_for_organiser(order: orders.OrderRow, *, with_fee: bool) -> ChangeRule:
    """An organiser may always change a ticket, for the fee the buyer was shown or without."""
    policy = policy_of(order)
    return ChangeRule(policy.fee_minor if policy is not None and with_fee else 0, True, (), any_event=True)


def policy_of(order: orders.OrderRow) -> ChangePolicy | None:
    """The change policy frozen with the order."""
    record = (order.policy or {}).get("change")
    return None if record is None else change_from_record(record)


def may_change(order: orders.OrderRow, starts_at: datetime, now: datetime) -> bool:
    """May the buyer of this order change a ticket now, as far as the order alone can say?"""
    policy = policy_of(order)
    is_paid = order.state == orders.OrderState.PAID
    return is_paid and policy is not None and now <= policy.until(_starts_at(order, starts_at))


def _starts_at(order: orders.OrderRow, starts_at: datetime) -> datetime:
    """An event that moves takes no time from its buyers: the later start counts."""
    shown = (order.policy or {}).get("starts_at")
    return starts_at if shown is None else max(datetime.fromisoformat(shown), starts_at)


def kept_policy(order: orders.OrderRow, starts_at: datetime, offer: events.Offer) -> dict[str, Any]:
    """What the new order keeps: the promises of the order it changes, counted from the start of its own event.

    So nobody changes a ticket to get a better refund policy. What could no longer be given back cannot be on a later
    date either: the steps end when they would have ended, for an event that begins at `starts_at`.
    """
    kept = {**(order.policy or {}), "starts_at": offer.starts_at.isoformat()}
    later = -(-max(offer.starts_at - starts_at, timedelta(0)) // timedelta(hours=1))
    if later and "steps" in kept:
        moved = [{**step, "hours_before": step["hours_before"] + later} for step in kept["steps"]]
        kept["steps"] = [step for step in moved if step["hours_before"] <= HOURS_MOST] or [_NEVER]
    return kept


_NEVER = as_policy_record(RefundPolicy((RefundStep(HOURS_MOST, NOTHING_BACK),)))["steps"][0]


async def plan_change(
    reader: Reader,
    offers: OfferBook,
    order: orders.OrderRow,
    wish: ChangeWish,
    rule: ChangeRule,
    now: datetime,
) -> ChangePlan:
    """What this change would do. Raises as `plan_exchange`, and `NotATarget`, `SameTicket`, `OnlyTickets`, `NotOnSale`,
    `NothingGoesBack`, `UnknownTicketType`, `EventNotFound`, what `pricing` says about so many.
    """
    old, worth_minor = await plan_exchange(reader, order, wish.ticket_ids, rule.fee_minor)
    if any(one.line.kind != "ticket" for one in old.units):
        raise OnlyTickets(field="tickets")
    on_offer = await offers.current(wish.event_id)
    offered = _target(on_offer.offer, order, wish, rule, now)
    if any(one.line.ticket_type_id == offered.id for one in old.units):
        raise SameTicket(field="ticket_type_id")
    plan = ChangePlan(
        old,
        on_offer.offer,
        offered,
        worth_minor,
        _price_of(on_offer, order, offered.id, len(old.units)),
        rule.fee_minor,
        _starts_at(order, (await offers.current(order.event_id)).offer.starts_at),
        rule.until,
    )
    if plan.back_minor and not rule.cheaper:
        raise NothingGoesBack(field="ticket_type_id")
    return plan


def _target(
    offer: events.Offer, order: orders.OrderRow, wish: ChangeWish, rule: ChangeRule, now: datetime
) -> events.OfferedType:
    is_other = rule.any_event or offer.event_id in rule.event_ids
    is_allowed = rule.types if offer.event_id == order.event_id else is_other
    is_same = (offer.organiser_id, offer.currency, offer.is_test) == (
        order.organiser_id,
        order.currency,
        order.is_test,
    )
    if not (is_allowed and is_same):
        raise NotATarget(field="event_id")
    offered = offer.type(wish.ticket_type_id)
    if offered is None or offered.prices.is_locked:
        raise UnknownTicketType(field="ticket_type_id")
    if not is_plain(offered):
        raise NotATarget(field="ticket_type_id")
    state = events.sale_state(offer, offered, now)
    if state is not events.SaleState.ON_SALE:
        raise NotOnSale(field="ticket_type_id", name=offered.name, state=state.value)
    return offered


def is_plain(offered: events.OfferedType) -> bool:
    """A ticket at a price the organiser set, which everybody may buy: one that others can be changed for."""
    return offered.kind == "ticket" and not offered.is_chosen and not offered.prices.is_locked


def _price_of(on_offer: OnOffer, order: orders.OrderRow, type_id: UUID, quantity: int) -> int:
    basket = for_business(Basket((BasketItem(type_id, quantity),)), business_of(order.buyer))
    return on_offer.prices.of(basket).total_minor


async def targets(
    reader: Reader,
    offers: OfferBook,
    order: orders.OrderRow,
    ticket_ids: Sequence[UUID],
    rule: ChangeRule,
    event_ids: Sequence[UUID],
    now: datetime,
) -> list[ChangePlan]:
    """Every ticket these may be changed for, with what it would do, of the order's event and of these others.

    Raises as `plan_exchange`, and `OnlyTickets`.
    """
    found = []
    for event_id in dict.fromkeys((order.event_id, *event_ids)):
        try:
            offer = (await offers.current(event_id)).offer
        except events.EventNotFound:
            continue
        for offered in offer.types:
            wish = ChangeWish(tuple(ticket_ids), event_id, offered.id)
            try:
                found.append(await plan_change(reader, offers, order, wish, rule, now))
            except (
                NotATarget,
                NothingGoesBack,
                SameTicket,
                NotOnSale,
                UnknownTicketType,
                pricing.BadQuantity,
            ):
                continue
    return found
