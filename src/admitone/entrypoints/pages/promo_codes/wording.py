"""What a promo code does, in words."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from admitone.entrypoints.pages.views import State
from admitone.promotions import PromoTerms, Promotion
from admitone.reads.promo_codes import CodeSales
from admitone.reads.promo_scope import PromoScope
from admitone.values import formats

_NAMED_MOST: Final = 3


def what_it_does(terms: PromoTerms, scope: PromoScope) -> str:
    """`20% off Standing, 1 to 4 tickets, until 1 Mar 2027, 18:00 Lagos time, 100 uses in all`."""
    return ", ".join((_effect(terms, scope), *_conditions(terms, scope)))


def short_effect(terms: PromoTerms, scope: PromoScope) -> str:
    """`20% off Standing`, and where, when it is not everywhere."""
    return ", ".join((_effect(terms, scope), *_where(terms, scope)))


def _effect(terms: PromoTerms, scope: PromoScope) -> str:
    names = "" if terms.type_ids is None else _names(terms.type_ids, scope)
    shown = f"shows {_names(terms.unlocked_type_ids, scope)}" if terms.unlocked_type_ids else ""
    amount = formats.money(terms.amount_minor, terms.currency) if terms.currency else ""
    words = {
        "percent": f"{formats.percent(terms.percent_bps)}% off {names or 'everything'}",
        "off_ticket": f"{amount} off each ticket{f' ({names})' if names else ''}",
        "off_order": f"{amount} off the order{f' ({names})' if names else ''}",
        "fixed_price": f"{names or 'each ticket'} for {amount}",
        "free": f"{names or 'everything'} for free",
        "unlock": shown,
    }[terms.effect]
    both = f"{words}, {shown}" if shown and terms.effect != "unlock" else words
    return both[:1].upper() + both[1:]


def _where(terms: PromoTerms, scope: PromoScope) -> Iterator[str]:
    if terms.event_ids is None:
        return
    titles = [event.title for event in scope.events if event.id in terms.event_ids]
    yield f"at {titles[0]}" if len(titles) == 1 else f"at {len(terms.event_ids)} events"


def _conditions(terms: PromoTerms, scope: PromoScope) -> Iterator[str]:
    yield from _where(terms, scope)
    if terms.quantity_max is not None:
        upper = formats.count(terms.quantity_max, "ticket", "tickets")
        one_number = terms.quantity_max == terms.quantity_min
        yield f"for {upper}" if one_number else f"{terms.quantity_min} to {upper}"
    elif terms.quantity_min > 1:
        yield f"from {formats.count(terms.quantity_min, 'ticket', 'tickets')} on"
    if terms.valid_from is not None:
        yield f"from {_moment(terms.valid_from, scope)}"
    if terms.valid_until is not None:
        yield f"until {_moment(terms.valid_until, scope)}"
    one, many = ("use", "uses") if terms.limit_unit == "orders" else ("ticket", "tickets")
    if terms.total_limit is not None:
        yield f"{formats.count(terms.total_limit, one, many)} in all"
    if terms.per_person_limit is not None:
        yield f"{formats.count(terms.per_person_limit, one, many)} per person"
    if terms.is_combinable:
        yield "together with other codes"


def _moment(at: datetime, scope: PromoScope) -> str:
    return f"{formats.stamp(at, scope.zone)} {formats.short_zone(at, scope.zone)}"


def _names(type_ids: Collection[UUID], scope: PromoScope) -> str:
    """The types by name, each name once: `Standing, Balcony and 4 more`."""
    names = list(
        dict.fromkeys(one.name for event in scope.events for one in event.types if one.id in type_ids)
    )
    shown, more = names[:_NAMED_MOST], len(names) - _NAMED_MOST
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def state_of(promotion: Promotion, now: datetime) -> State:
    """The badge beside a code."""
    terms = promotion.terms
    if not promotion.is_active:
        return State("Paused", "warn", "clock")
    if promotion.left == 0:
        return State("Used up", "", "check")
    if terms.valid_until is not None and terms.valid_until <= now:
        return State("Over", "")
    if terms.valid_from is not None and now < terms.valid_from:
        return State("Not yet", "info", "clock")
    return State("Active", "ok", "check")


def used_words(promotion: Promotion) -> str:
    """`3 of 100`, or `3`; of tickets it says so."""
    used, limit = formats.number(promotion.used), promotion.terms.total_limit
    words = used if limit is None else f"{used} of {formats.number(limit)}"
    return words if promotion.terms.limit_unit == "orders" else f"{words} tickets"


def off_words(sales: Sequence[CodeSales]) -> tuple[str, ...]:
    """What came off, an amount per currency; with nothing, a dash."""
    return tuple(formats.money(one.off_minor, one.currency) for one in sales if one.off_minor) or ("–",)
