"""The form of a promo code: typed texts in, terms out, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from admitone import promotions
from admitone.entrypoints.pages.organiser.editor_forms import Reading
from admitone.pricing import CodeEffect
from admitone.promotions import LimitUnit, PromoTerms
from admitone.reads.promo_scope import PromoScope
from admitone.values import currencies, formats

Typed = Mapping[str, str]
FIELDS: Final = {
    "percent_bps": "percent",
    "amount_minor": "amount",
    "unlocked_type_ids": "unlock",
    "event_ids": "events",
    "type_ids": "events",
    "zone": "valid_from",
}
"""A refusal's field and the name it has in the form, where the two differ."""
LABELS: Final = {
    "code": "Code",
    "prefix": "Beginning",
    "quantity": "How many codes",
    "effect": "What it does",
    "percent": "Percent off",
    "amount": "Amount",
    "currency": "Currency",
    "events": "What it is for",
    "unlock": "Hidden tickets",
    "quantity_min": "At least",
    "quantity_max": "At most",
    "valid_from": "Valid from",
    "valid_until": "Valid until",
    "total_limit": "In all",
    "per_person_limit": "Per person",
    "note": "Note",
}
# A time that clocks show twice is taken so that the code is valid for longer.
_WHICH: Final = {"valid_from_which": "first", "valid_until_which": "second"}


def box(kind: str, one_id: UUID) -> str:
    """The name of a box: `event_<id>`, `type_<id>` or `unlock_<id>`."""
    return f"{kind}_{one_id}"


def terms_of(typed: Typed, scope: PromoScope) -> PromoTerms:
    """What the form says. Raises `Problems`."""
    read = Reading({**typed, **_WHICH})
    effect = cast(CodeEffect, read.text("effect"))
    is_amount = effect in promotions.OF_AMOUNT
    currency = read.text("currency") or None if is_amount else None
    zone = read.zone()
    event_ids, type_ids, unlocked = _chosen(typed, scope)
    found = PromoTerms(
        effect=effect,
        percent_bps=read.percent_bps("percent") if effect == "percent" else 0,
        amount_minor=_amount(read, currency) if is_amount else 0,
        currency=currency,
        event_ids=event_ids,
        type_ids=type_ids,
        unlocked_type_ids=unlocked,
        includes_bundles=read.text("includes_bundles") == "1",
        quantity_min=_or(read.whole("quantity_min"), 1),
        quantity_max=read.whole("quantity_max"),
        is_combinable=read.text("is_combinable") == "1",
        valid_from=read.moment("valid_from", zone),
        valid_until=read.moment("valid_until", zone),
        total_limit=read.whole("total_limit"),
        per_person_limit=read.whole("per_person_limit"),
        limit_unit=cast(LimitUnit, read.text("limit_unit") or "orders"),
        note=read.text("note"),
    )
    read.finish()
    return found


def _or(found: int | None, otherwise: int) -> int:
    return otherwise if found is None else found


def _amount(read: Reading, currency: str | None) -> int:
    if currency is None or not currencies.known(currency):
        read.refuse(promotions.BadCurrency(field="currency"))
        return 0
    return read.amount_minor("amount", currency)


def whole_of(typed: Typed, name: str) -> int:
    """A whole number that has to be there; 0, which nothing allows, when there is none. Raises `Problems`."""
    read = Reading(typed)
    found = read.whole(name)
    read.finish()
    return _or(found, 0)


def _chosen(
    typed: Typed, scope: PromoScope
) -> tuple[frozenset[UUID] | None, frozenset[UUID] | None, frozenset[UUID]]:
    """Events, types and hidden types. A ticked type brings its event; an event without ticked types all of its."""
    events: set[UUID] = set()
    types: set[UUID] = set()
    unlocked: set[UUID] = set()
    whole: set[UUID] = set()
    for event in scope.events:
        mine = {one.id for one in event.types if typed.get(box("type", one.id)) == "1"}
        opened = {one.id for one in event.types if typed.get(box("unlock", one.id)) == "1"}
        types |= mine
        unlocked |= opened
        if mine or opened or typed.get(box("event", event.id)) == "1":
            events.add(event.id)
            whole |= set() if mine else {one.id for one in event.types}
    return (
        frozenset(events) if events else None,
        frozenset(types | whole) if types else None,
        frozenset(unlocked),
    )


def values_from(code: str, terms: PromoTerms, zone: str) -> dict[str, str]:
    """What the form shows of a code as it stands."""
    values = {
        "code": code,
        "effect": terms.effect,
        "percent": formats.percent(terms.percent_bps) if terms.percent_bps else "",
        "amount": currencies.typed_text(terms.currency, terms.amount_minor) if terms.currency else "",
        "currency": terms.currency or "",
        "quantity_min": str(terms.quantity_min) if terms.quantity_min > 1 else "",
        "quantity_max": _text(terms.quantity_max),
        "includes_bundles": "1" if terms.includes_bundles else "",
        "is_combinable": "1" if terms.is_combinable else "",
        "valid_from": _local(terms.valid_from, zone),
        "valid_until": _local(terms.valid_until, zone),
        "total_limit": _text(terms.total_limit),
        "per_person_limit": _text(terms.per_person_limit),
        "limit_unit": terms.limit_unit,
        "note": terms.note,
    }
    for kind, ids in (
        ("event", terms.event_ids),
        ("type", terms.type_ids),
        ("unlock", terms.unlocked_type_ids),
    ):
        values |= {box(kind, one): "1" for one in ids or ()}
    return values


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _local(at: datetime | None, zone: str) -> str:
    return formats.field_value(at, zone)
