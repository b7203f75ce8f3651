"""Makes the views of giving tickets back."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from starlette.datastructures import FormData

from admitone import payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.give_back.view import (
    ConfirmView,
    GiveBackTicket,
    GiveBackView,
    NamedTicket,
    NamesView,
)
from admitone.entrypoints.pages.orders.way_back import way_back
from admitone.entrypoints.pages.respond import text_of
from admitone.entrypoints.pages.showing import summary_of
from admitone.entrypoints.pages.views import PriceLine
from admitone.flows.refund_policy import frozen_policy, policy_words
from admitone.flows.reversal_plan import Plan
from admitone.pricing import Parts
from admitone.reads.order_page import HeldTicket, OrderPage
from admitone.values import formats
from admitone.values.ids import uuid7


def ids_of(typed: Sequence[str]) -> list[UUID]:
    """The ticket ids in a form, without what is none."""
    found = []
    for one in typed:
        try:
            found.append(UUID(one))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def sent_again(form: FormData) -> tuple[UUID, int]:
    """The id the page gave this request, and the sum it showed. A sum that is none fits no plan."""
    shown = text_of(form, "shown")
    try:
        request_id = UUID(text_of(form, "request"))
    except ValueError:
        request_id = uuid7()
    return request_id, int(shown) if shown.isascii() and shown.isdecimal() and len(shown) <= 18 else -1


def choose_view(
    needs: Assembly,
    token: str,
    found: OrderPage,
    worth: Mapping[UUID, Parts],
    *,
    chosen: Collection[UUID] = (),
    error: str = "",
) -> GiveBackView:
    """The choice. `worth` is what each ticket that can be given back gives now."""
    order, about = found.order, found.about
    policy = frozen_policy(order.policy, about.starts_at)
    until = policy.until(needs.clock.now()) if policy is not None else None
    return GiveBackView(
        event=summary_of(about),
        code=order.code,
        tickets=tuple(_ticket(found, one, worth, chosen) for one in found.tickets),
        rule_words=policy_words(order.policy, order.currency),
        terms_words=about.refund_text,
        until_words=formats.zoned_day_time(until, about.zone) if until is not None else "",
        next_url=links.order_give_back_confirm(token),
        back_url=links.order(token),
        error=error,
    )


def _ticket(
    found: OrderPage, held: HeldTicket, worth: Mapping[UUID, Parts], chosen: Collection[UUID]
) -> GiveBackTicket:
    ticket, why_not, back = held.ticket, "", ""
    if ticket.state != tickets.TicketState.VALID:
        why_not = "Cancelled already."
    elif held.admitted_at is not None:
        why_not = "Already used at the door."
    elif held.owner is not None:
        why_not = "Passed on to somebody else."
    elif ticket.id not in worth:
        why_not = "No money comes back for it now."
    else:
        minor = worth[ticket.id].total_minor
        back = formats.money(minor, found.order.currency) if minor else "Free"
    return GiveBackTicket(
        id=ticket.id.hex,
        holder_name=held.holder,
        about_words=about_words(held),
        back_words=back,
        is_chosen=ticket.id in chosen,
        why_not=why_not,
    )


def about_words(held: HeldTicket) -> str:
    """`General admission, 1 of 2`."""
    return f"{held.type_name}, {held.unit} of {held.units}"


def back_lines(plan: Plan) -> tuple[PriceLine, ...]:
    """What comes back, by what it was paid for, and the tax in it."""
    total, currency = plan.total, plan.order.currency
    rows = [("Price", total.price_minor, "item")]
    if total.fees_minor:
        rows.append(("Fees", total.fees_minor, "fee"))
    rows.append(("Comes back", total.total_minor, "total"))
    if total.tax_minor:
        rows.append(("of which tax", total.tax_minor, "tax"))
    unit = 10 ** formats.money_style(currency).exponent
    in_full = any(minor % unit for _, minor, _ in rows)
    return tuple(
        PriceLine(label, formats.money(minor, currency, in_full=in_full), kind) for label, minor, kind in rows
    )


def confirm_view(
    needs: Assembly, token: str, found: OrderPage, plan: Plan, *, offers_credit: bool = False
) -> ConfirmView:
    """The sum, before anything happens."""
    order, about = found.order, found.about
    what = formats.count(len(plan.units), "ticket", "tickets")
    left = sum(one.ticket.state == tickets.TicketState.VALID for one in found.tickets) - len(plan.units)
    die = "It is no longer valid." if len(plan.units) == 1 else "They are no longer valid."
    if plan.ends_order:
        keeps = f"{die} The order is over then."
    else:
        stay = (
            "Your other ticket stays as it is."
            if left == 1
            else f"Your other {left} tickets stay as they are."
        )
        keeps = f"{die} {stay}"
    minor = plan.total.total_minor
    return ConfirmView(
        event=summary_of(about),
        code=order.code,
        what_words=what,
        lines=back_lines(plan),
        keeps_words=keeps,
        way_words=_way_words(found) if minor else "",
        until_words=formats.zoned_day_time(plan.until, about.zone) if plan.until is not None else "",
        chosen=tuple(one.hex for one in plan.ticket_ids()),
        request=str(uuid7()),
        shown=str(minor),
        button=f"Give back {what}" + (f" for {formats.money(minor, order.currency)}" if minor else ""),
        post_url=links.order_give_back_confirm(token),
        back_url=links.order_give_back(token),
        kept_words=_kept_words(plan),
        offers_credit=offers_credit and minor > 0 and bool(_paid(found)),
    )


def _kept_words(plan: Plan) -> str:
    if not plan.kept_minor:
        return ""
    kept = formats.money(plan.kept_minor, plan.order.currency)
    return (
        f"The tickets you keep were cheaper together with these. By themselves they cost {kept} more, "
        "so that much stays. If you give them back too, it comes back."
    )


def _way_words(found: OrderPage) -> str:
    paid = _paid(found)
    if not paid and found.credits:
        return "It is on the code you paid with again, at once."
    on_code = " What you paid with a code is on that code again, at once." if found.credits else ""
    return f"{way_back([one.method for one in paid])}{on_code}"


def _paid(found: OrderPage) -> list[payments.Attempt]:
    """Money that came for these tickets, or for those they were changed for; none: there is none but store credit."""
    kinds = (payments.SettledAs.TICKETS, payments.SettledAs.PART)
    earlier = found.others_attempts if found.order.exchanged_minor else ()
    known = (*found.attempts, *earlier)
    return [one for one in known if one.settled_as in kinds]


def names_view(
    token: str,
    found: OrderPage,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> NamesView:
    """The names on the tickets that can still be used."""
    good = [
        one
        for one in found.tickets
        if one.ticket.state == tickets.TicketState.VALID and one.admitted_at is None
    ]
    return NamesView(
        event=summary_of(found.about),
        code=found.order.code,
        buyer_name=found.order.name,
        tickets=tuple(
            NamedTicket(one.ticket.id.hex, about_words(one), one.ticket.holder_name or "") for one in good
        ),
        post_url=links.order_names(token),
        back_url=links.order(token),
        values=values or {},
        errors=errors or {},
    )
