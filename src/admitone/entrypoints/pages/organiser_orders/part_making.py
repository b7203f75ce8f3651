"""Reads the form of a refund of a part, and makes its views."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from starlette.datastructures import FormData, QueryParams

from admitone import tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages.give_back.making import about_words, ids_of
from admitone.entrypoints.pages.organiser_orders.making import Where, nav_of
from admitone.entrypoints.pages.organiser_orders.part_view import (
    ConfirmRefundView,
    PartRefundView,
    PartTicket,
)
from admitone.entrypoints.pages.views import PriceLine
from admitone.flows.returned_parts import ledger_parts
from admitone.flows.reversal_plan import BadAmount, Plan, RefundWish
from admitone.reads.order_page import HeldTicket, OrderPage
from admitone.values import currencies, formats
from admitone.values.ids import uuid7
from admitone.values.refusals import Invalid

_FIELDS = ("how", "amount", "with_fees", "cancels", "keeps_places", "to", "note")


def typed_of(form: FormData | QueryParams) -> dict[str, str]:
    """What was typed; a box that is not ticked is there, and empty, because the form says ticked unless told."""
    found = {}
    for name in _FIELDS:
        value = form.get(name, "")
        found[name] = value if isinstance(value, str) else ""
    return found


def tickets_of(form: FormData | QueryParams) -> list[UUID]:
    """The chosen tickets."""
    return ids_of([one for one in form.getlist("ticket") if isinstance(one, str)])


def wish_of(typed: Mapping[str, str], ticket_ids: Sequence[UUID], currency: str) -> RefundWish:
    """What the organiser wishes. Raises `Invalid` for what is no amount."""
    amount_minor = None
    if typed["how"] == "amount":
        try:
            amount_minor = currencies.parse_major(currency, typed["amount"].strip() or "0")
        except Invalid as refusal:
            refusal.field = "amount"
            raise
        if amount_minor < 0:
            raise BadAmount(field="amount")
    return RefundWish(
        tuple(ticket_ids),
        amount_minor,
        with_fees=typed["with_fees"] == "1",
        # On the order as a whole nothing is cancelled: which ticket would it be?
        cancels=typed["cancels"] == "1" and bool(ticket_ids),
        keeps_places=typed["keeps_places"] == "1",
        to="credit" if typed["to"] == "credit" else "original",
        note=typed["note"],
    )


def part_view(
    needs: Assembly,
    where: Where,
    found: OrderPage,
    left: Mapping[UUID, int],
    *,
    left_minor: int,
    typed: Mapping[str, str] | None = None,
    chosen: Sequence[UUID] = (),
    errors: Mapping[str, str] | None = None,
) -> PartRefundView:
    """The choice. `left`: what of each ticket's price has not gone back, `left_minor` of the whole order's."""
    order, url = found.order, where.order_url(found.order.code)
    return PartRefundView(
        nav=nav_of(where),
        code=order.code,
        buyer=order.name,
        tickets=tuple(
            PartTicket(
                id=one.ticket.id.hex,
                holder=one.holder,
                about_words=about_words(one),
                left=formats.price(left.get(one.ticket.id, 0), order.currency),
                is_chosen=one.ticket.id in chosen,
                state_words=_state_words(one),
                why_not=_why_not(one, left.get(one.ticket.id, 0)),
            )
            for one in found.tickets
        ),
        left_words=formats.money(left_minor, order.currency),
        currency=order.currency,
        next_url=f"{url}/refund/part/confirm",
        back_url=url,
        offers_credit=needs.money.cancel_tickets.offers_credit,
        values=typed or {},
        errors=errors or {},
    )


def _why_not(held: HeldTicket, left_minor: int) -> str:
    is_gone = held.ticket.state != tickets.TicketState.VALID
    return "Cancelled, and all of its price went back." if is_gone and not left_minor else ""


def _state_words(held: HeldTicket) -> str:
    if held.ticket.state != tickets.TicketState.VALID:
        return "Cancelled"
    return "Already let in" if held.admitted_at is not None else ""


def confirm_view(where: Where, plan: Plan, typed: Mapping[str, str], wish: RefundWish) -> ConfirmRefundView:
    """Who bears what."""
    order, url, minor = plan.order, where.order_url(plan.order.code), plan.total.total_minor
    amount = formats.money(minor, order.currency)
    what = formats.count(len(plan.units), "ticket", "tickets")
    title = f"Refund {amount}" if minor else f"Cancel {what}"
    fields = [("ticket", one.hex) for one in wish.ticket_ids]
    fields += [(name, value) for name, value in typed.items() if value]
    fields += [("request", str(uuid7())), ("shown", str(minor))]
    return ConfirmRefundView(
        nav=nav_of(where),
        code=order.code,
        buyer=order.name,
        title=title,
        lines=_lines(plan),
        sentences=tuple(_sentences(plan, what)),
        fields=tuple(fields),
        button=title,
        post_url=f"{url}/refund/part",
        back_url=f"{url}/refund/part",
    )


def _lines(plan: Plan) -> tuple[PriceLine, ...]:
    parts, currency = ledger_parts(plan.total), plan.order.currency
    rows = [
        ("You give back", parts.organiser_minor, "item"),
        ("The site gives back of its fee", parts.fee_minor, "fee"),
        ("Tax you no longer owe", parts.tax_minor, "tax"),
        ("The buyer gets", parts.total_minor, "total"),
    ]
    return tuple(
        PriceLine(label, formats.money(minor, currency), kind)
        for label, minor, kind in rows
        if minor or kind in ("item", "total")
    )


def _sentences(plan: Plan, what: str) -> list[str]:
    found = []
    if plan.cancels:
        if len(plan.units) == 1:
            places = "Its place is kept." if plan.keeps_places else "Its place goes back on sale."
        else:
            places = "Their places are kept." if plan.keeps_places else "Their places go back on sale."
        found.append(f"{what} will no longer be valid. {places}")
    else:
        found.append("All tickets stay as they are.")
    if plan.ends_order:
        found.append("The order has no other ticket: it is cancelled.")
    if plan.total.total_minor:
        way = (
            "It is kept as store credit with you."
            if plan.to == "credit"
            else "It goes back the way it was paid."
        )
        found.append(way)
    found.append("The buyer gets a mail. This cannot be undone.")
    return found
