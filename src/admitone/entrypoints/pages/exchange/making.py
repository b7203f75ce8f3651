"""Makes the views of changing tickets, for buyers and for organisers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from admitone import events, orders, payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.exchange.view import (
    AddRow,
    AddView,
    ChangeConfirmView,
    ChangeEvent,
    ChangeOption,
    ChangeTargetsView,
    ChangeTicket,
    ChangeTicketsView,
)
from admitone.entrypoints.pages.give_back.making import about_words
from admitone.entrypoints.pages.orders.way_back import way_back
from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.showing import summary_of
from admitone.entrypoints.pages.views import PriceLine
from admitone.flows.exchange import Changed
from admitone.flows.exchange_plan import ChangePlan, is_plain, policy_of
from admitone.flows.offer_book import OnOffer
from admitone.flows.refund_policy import change_words
from admitone.reads.order_page import HeldTicket, OrderPage
from admitone.values import formats
from admitone.values.ids import uuid7


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the steps of a change are: `nav` and `is_organiser` when an organiser changes for a buyer."""

    tickets_url: str
    targets_url: str
    confirm_url: str
    order_url: str
    nav: OrganiserNav | None = None

    @property
    def is_organiser(self) -> bool:
        """Somebody of the organiser's looks."""
        return self.nav is not None


def buyers_ways(token: str) -> Ways:
    """The steps of whoever has the order's link."""
    return Ways(
        links.order_change(token),
        links.order_change(token, "to"),
        links.order_change(token, "confirm"),
        links.order(token),
    )


def can_be_changed(found: OrderPage) -> list[HeldTicket]:
    """The tickets that may be chosen."""
    return [one for one in found.tickets if not _why_not(found, one)]


def tickets_view(
    ways: Ways, found: OrderPage, until_words: str, *, chosen: Collection[UUID] = (), error: str = ""
) -> ChangeTicketsView:
    """Which tickets."""
    return ChangeTicketsView(
        event=summary_of(found.about),
        code=found.order.code,
        tickets=tuple(
            ChangeTicket(
                one.ticket.id.hex, one.holder, about_words(one), one.ticket.id in chosen, _why_not(found, one)
            )
            for one in found.tickets
        ),
        rule_words=change_words((found.order.policy or {}).get("change"), found.order.currency),
        until_words=until_words,
        next_url=ways.targets_url,
        back_url=ways.order_url,
        error=error,
        nav=ways.nav,
    )


def _why_not(found: OrderPage, held: HeldTicket) -> str:
    lines = {line.id: line for line in found.lines}
    if held.ticket.state != tickets.TicketState.VALID:
        return "Cancelled already."
    if held.admitted_at is not None:
        return "Already used at the door."
    if held.owner is not None:
        return "Passed on to somebody else."
    return "" if lines[held.ticket.order_line_id].kind == "ticket" else "An extra, which cannot be changed."


def targets_view(
    ways: Ways, found: OrderPage, plans: Sequence[ChangePlan], ids: Sequence[UUID], *, error: str = ""
) -> ChangeTargetsView:
    """For which others, each with the difference."""
    order = found.order
    by_event: dict[UUID, list[ChangePlan]] = {}
    for plan in plans:
        by_event.setdefault(plan.offer.event_id, []).append(plan)
    fee_minor = max((plan.fee_minor - plan.old.kept_minor for plan in plans), default=0)
    policy = policy_of(order)
    until = next((plan.until for plan in plans if plan.until is not None), None)
    fee = f"The sums include a change fee of {formats.money(fee_minor, order.currency)}." if fee_minor else ""
    return ChangeTargetsView(
        event=summary_of(found.about),
        code=order.code,
        what_words=what_words(found, ids),
        events=tuple(
            ChangeEvent(
                some[0].offer.title,
                formats.zoned_day_time(some[0].offer.starts_at, some[0].offer.zone),
                tuple(_option(plan) for plan in some),
            )
            for some in by_event.values()
        ),
        chosen=tuple(one.hex for one in ids),
        fee_words=fee,
        until_words="" if until is None else formats.zoned_day_time(until, found.about.zone),
        next_url=ways.confirm_url,
        back_url=ways.tickets_url if len(can_be_changed(found)) > 1 else ways.order_url,
        error=error,
        can_waive=ways.is_organiser and policy is not None and policy.fee_minor > 0,
        nav=ways.nav,
    )


def _option(plan: ChangePlan) -> ChangeOption:
    currency, quantity = plan.old.order.currency, len(plan.old.units)
    price = formats.price(plan.price_minor, currency)
    return ChangeOption(
        to=f"{plan.offer.event_id.hex}:{plan.offered.id.hex}",
        name=plan.offered.name,
        price_words=price if quantity == 1 else f"{price} for {quantity}",
        difference_words=difference_words(plan),
    )


def difference_words(plan: ChangePlan) -> str:
    """`+€5 to pay`, `€3 back`, `No difference`."""
    currency = plan.old.order.currency
    if plan.due_minor:
        return f"+{formats.money(plan.due_minor, currency)} to pay"
    if plan.back_minor:
        return f"{formats.money(plan.back_minor, currency)} back"
    return "No difference"


def what_words(found: OrderPage, ids: Collection[UUID]) -> str:
    """`2 tickets: Standing`."""
    chosen = [one for one in found.tickets if one.ticket.id in ids]
    names = ", ".join(dict.fromkeys(one.type_name for one in chosen))
    return f"{formats.count(len(chosen), 'ticket', 'tickets')}: {names}" if chosen else "No ticket"


def confirm_view(
    ways: Ways, found: OrderPage, plan: ChangePlan, ids: Sequence[UUID], *, waive: bool
) -> ChangeConfirmView:
    """The sum, before anything happens."""
    currency, count = plan.old.order.currency, len(plan.old.units)
    new = f"{count} × {plan.offered.name}"
    is_other = plan.offer.event_id != found.order.event_id
    when = formats.zoned_day_time(plan.offer.starts_at, plan.offer.zone)
    whose = "The buyer's old" if ways.is_organiser else "Your old"
    one = count == 1
    if plan.due_minor:
        pays = "the buyer has paid" if ways.is_organiser else "you have paid"
        after = f"{whose} {'ticket stays' if one else 'tickets stay'} valid until {pays} the difference."
        pay = formats.money(plan.due_minor, currency)
        button = f"Change, the buyer pays {pay}" if ways.is_organiser else f"Change and pay {pay}"
    else:
        after = f"{whose} {'ticket no longer opens' if one else 'tickets no longer open'} the door then."
        button = f"Change {formats.count(count, 'ticket', 'tickets')}"
    return ChangeConfirmView(
        event=summary_of(found.about),
        code=found.order.code,
        what_words=what_words(found, ids),
        new_words=new,
        new_when=f"{plan.offer.title}, {when}" if is_other else "",
        lines=confirm_lines(plan, new),
        after_words=after,
        way_words=_way_words(ways, found) if plan.back_minor else "",
        until_words="" if plan.until is None else formats.zoned_day_time(plan.until, found.about.zone),
        chosen=tuple(one.hex for one in ids),
        to=f"{plan.offer.event_id.hex}:{plan.offered.id.hex}",
        waive="1" if waive else "",
        request=str(uuid7()),
        shown=str(plan.difference_minor),
        button=button,
        post_url=ways.confirm_url,
        back_url=links.with_tickets(ways.targets_url, [one.hex for one in ids]),
        nav=ways.nav,
    )


def _way_words(ways: Ways, found: OrderPage) -> str:
    known = (*found.attempts, *found.others_attempts)
    kinds = (payments.SettledAs.TICKETS, payments.SettledAs.PART)
    paid = [one.method for one in known if one.settled_as in kinds]
    if not any(one in payments.bitcoin.RAILS for one in paid):
        return "It goes back the way it was paid. Banks often need 3 to 5 working days."
    return way_back(paid, is_told_to_buyer=not ways.is_organiser)


def confirm_lines(plan: ChangePlan, new: str) -> tuple[PriceLine, ...]:
    """The new tickets, less what the old ones count, and what that leaves."""
    currency = plan.old.order.currency
    rows = [(new, plan.price_minor, "item"), ("What was paid for the old", -plan.worth_minor, "item")]
    kept_minor = plan.old.kept_minor
    if plan.fee_minor > kept_minor:
        rows.append(("Change fee", plan.fee_minor - kept_minor, "fee"))
    if kept_minor:
        rows.append(("The others were cheaper together", kept_minor, "fee"))
    label = "Comes back" if plan.back_minor else "To pay"
    rows.append((label, plan.due_minor or plan.back_minor, "total"))
    unit = 10 ** formats.money_style(currency).exponent
    in_full = any(minor % unit for _, minor, _ in rows)
    return tuple(
        PriceLine(words, formats.money(minor, currency, in_full=in_full), kind) for words, minor, kind in rows
    )


def done_words(changed: Changed, back_minor: int) -> str:
    """What happened, in a sentence."""
    order = changed.order
    if order.state == orders.OrderState.PENDING:
        return f"{formats.money(order.due_minor, order.currency)} is left to pay. Then the new tickets are there."
    if back_minor:
        return f"Done. {formats.money(back_minor, order.currency)} is on its way back."
    return "Done. The new tickets are there."


def add_view(
    needs: Assembly,
    token: str,
    found: OrderPage,
    on_offer: OnOffer,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> AddView:
    """More tickets: every type at a price of the organiser's that is on sale."""
    return AddView(
        event=summary_of(found.about),
        code=found.order.code,
        rows=tuple(
            AddRow(
                field=f"q_{one.id}",
                name=one.name,
                description=one.description,
                price_words=formats.price(
                    on_offer.prices.simple(((one.id, 1),)).total_minor, on_offer.offer.currency
                ),
                most=one.per_person_limit,
            )
            for one in addable(needs, on_offer)
        ),
        post_url=links.order_add(token),
        back_url=links.order(token),
        event_url=links.event(found.about.slug),
        values=values or {},
        errors=errors or {},
    )


def addable(needs: Assembly, on_offer: OnOffer) -> list[events.OfferedType]:
    """The types that can be added here; the others are on the event's page."""
    now = needs.clock.now()
    return [
        one
        for one in on_offer.offer.types
        if is_plain(one) and events.sale_state(on_offer.offer, one, now) is events.SaleState.ON_SALE
    ]
