"""The editor's forms about prices beyond the simple case: "More about prices" of a ticket type, and of the event.

A form without these fields leaves them as they are. Discounts and bundles are rows with a number: `d0_label`,
`b1_price`; a row without a name is none. Price steps of a type are rows too, `s0_price`; one without a price is none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, cast
from uuid import UUID

from admitone import events
from admitone.entrypoints.pages.organiser.editor_forms import Reading, Typed, local_values
from admitone.events import (
    Bearer,
    BundlePlan,
    DiscountPlan,
    EventDetails,
    EventPrices,
    FeePlan,
    OfferedType,
    StepPlan,
    TypePrices,
)
from admitone.flows.edit_event import TypePlan
from admitone.pricing import Kind, Rounding
from admitone.values import currencies, formats
from admitone.values.ids import uuid7

KIND: Final = "kind"
_NEEDS: Final = "needs_"
_ROWS_MOST: Final = 50
TYPE_FIELDS: Final = {
    "least_minor": "least",
    "most_minor": "most",
    "needs_type_ids": "needs_tickets",
}
"""A refusal's field and the name it has in our forms, where the two differ."""


def with_prices(plan: TypePlan, typed: Typed, details: EventDetails) -> TypePlan:
    """The plan with what the form says about prices. Raises `Problems`."""
    if KIND not in typed:
        return plan
    read, currency = Reading(typed), details.currency
    prices = TypePrices(
        is_chosen=read.text("is_chosen") == "1",
        least_minor=read.amount_minor("least", currency),
        most_minor=_amount_or_none(read, "most", currency),
        tax_bps=read.percent_bps("own_tax") if read.text("own_tax") else None,
        tax_name=read.text("own_tax_name"),
        needs_tickets=read.whole("needs_tickets"),
        needs_type_ids=_ticked(typed, _NEEDS),
        is_locked=read.text("is_locked") == "1",
        steps=tuple(_step(read, typed, row, details) for row in step_rows(typed)),
    )
    read.finish()
    # What is none of the kinds is refused with all other rules.
    kind = cast(Kind, read.text(KIND))
    if kind != "add_on":
        prices = replace(prices, needs_tickets=None, needs_type_ids=())
    return replace(plan, details=replace(plan.details, kind=kind, prices=prices))


def kept_prices(plan: TypePlan, before: OfferedType) -> TypePlan:
    """The plan with the prices there are."""
    return replace(plan, details=replace(plan.details, kind=before.kind, prices=before.prices))


def type_values(offered: OfferedType, currency: str) -> dict[str, str]:
    """What the form of a ticket type shows about prices."""
    prices = offered.prices
    return {
        KIND: offered.kind,
        "is_chosen": "1" if prices.is_chosen else "",
        "least": currencies.typed_text(currency, prices.least_minor) if prices.least_minor else "",
        "most": "" if prices.most_minor is None else currencies.typed_text(currency, prices.most_minor),
        "own_tax": "" if prices.tax_bps is None else formats.percent(prices.tax_bps),
        "own_tax_name": prices.tax_name,
        "needs_tickets": "" if prices.needs_tickets is None else str(prices.needs_tickets),
        **{f"{_NEEDS}{type_id}": "1" for type_id in prices.needs_type_ids},
        "is_locked": "1" if prices.is_locked else "",
    }


def step_values(offered: OfferedType, currency: str, zone: str) -> dict[str, str]:
    """What the form of a ticket type shows about its price steps."""
    values: dict[str, str] = {}
    for row, step in enumerate(offered.prices.steps):
        values |= {
            f"s{row}_id": str(step.id),
            f"s{row}_name": step.name,
            f"s{row}_price": currencies.typed_text(currency, step.price_minor),
            f"s{row}_most": "" if step.most is None else str(step.most),
            **local_values(f"s{row}_until", step.until, zone),
        }
    return values


def type_fields(typed: Typed) -> dict[str, str]:
    """Each refusal's field and the name it has in this very form of a ticket type."""
    names = dict(TYPE_FIELDS)
    for at, row in enumerate(step_rows(typed)):
        for prefix in ("steps", "prices.steps"):
            names |= {f"{prefix}.{at}.{part}": f"s{row}_{part}" for part in ("until", "most", "name")}
            names |= {f"{prefix}.{at}.price_minor": f"s{row}_price", f"{prefix}.{at}.id": f"s{row}_name"}
    return names | {"steps": "s0_price"}


def step_rows(typed: Typed) -> list[int]:
    """The numbers of the rows with a price step in them."""
    return [row for row in range(_ROWS_MOST) if typed.get(f"s{row}_price", "").strip()]


def _step(read: Reading, typed: Typed, row: int, details: EventDetails) -> StepPlan:
    known = _ids([typed.get(f"s{row}_id", "")])
    return StepPlan(
        known[0] if known else uuid7(),
        read.amount_minor(f"s{row}_price", details.currency),
        read.moment(f"s{row}_until", details.zone),
        read.whole(f"s{row}_most"),
        read.text(f"s{row}_name"),
    )


def event_prices(typed: Typed, before: EventDetails) -> EventDetails:
    """The event's own section. Raises `Problems`."""
    read, currency = Reading(typed), before.currency
    prices = replace(
        before.prices,
        booking=FeePlan(
            read.percent_bps("booking_percent"),
            read.amount_minor("booking_fixed", currency),
            _amount_or_none(read, "booking_most", currency),
            "order" if read.text("booking_per") == "order" else "ticket",
        ),
        rounding=cast(Rounding, read.text("rounding") or "line"),
        seller_country=read.text("seller_country").upper() or None,
        processing_paid_by=_bearer(typed, before.prices.processing_paid_by),
        has_reverse_charge=read.text("has_reverse_charge") == "1",
        discounts=tuple(_discount(read, typed, row) for row in discount_rows(typed)),
        bundles=tuple(_bundle(read, typed, row, currency) for row in bundle_rows(typed)),
    )
    read.finish()
    return replace(before, prices=prices)


def _bearer(typed: Typed, before: Bearer | None) -> Bearer | None:
    """Who bears the fee for processing; a form without the field leaves it as it is."""
    wanted = typed.get("processing_paid_by")
    if wanted is None:
        return before
    return "buyer" if wanted == "buyer" else "organiser" if wanted == "organiser" else None


def discount_rows(typed: Typed) -> list[int]:
    """The numbers of the rows with a discount in them."""
    return [row for row in range(_ROWS_MOST) if typed.get(f"d{row}_label", "").strip()]


def bundle_rows(typed: Typed) -> list[int]:
    """The numbers of the rows with a bundle in them."""
    return [row for row in range(_ROWS_MOST) if typed.get(f"b{row}_name", "").strip()]


def event_fields(typed: Typed) -> dict[str, str]:
    """Each refusal's field and the name it has in this very form."""
    names = {
        "booking.bps": "booking_percent",
        "booking.fixed_minor": "booking_fixed",
        "booking.most_minor": "booking_most",
    }
    for at, row in enumerate(discount_rows(typed)):
        names |= {f"discounts.{at}.{part}": f"d{row}_{part}" for part in ("label", "take", "pay", "kind")}
        names[f"discounts.{at}.percent_bps"] = f"d{row}_percent"
    for at, row in enumerate(bundle_rows(typed)):
        names |= {f"bundles.{at}.name": f"b{row}_name", f"bundles.{at}.price_minor": f"b{row}_price"}
        names[f"bundles.{at}.components"] = f"b{row}_name"
    return names


def event_values(prices: EventPrices, currency: str) -> dict[str, str]:
    """What the section shows."""
    booking = prices.booking
    values = {
        "booking_percent": formats.percent(booking.bps) if booking.bps else "",
        "booking_fixed": currencies.typed_text(currency, booking.fixed_minor) if booking.fixed_minor else "",
        "booking_most": ""
        if booking.most_minor is None
        else currencies.typed_text(currency, booking.most_minor),
        "booking_per": booking.per,
        "rounding": prices.rounding,
        "processing_paid_by": prices.processing_paid_by or "",
        "seller_country": prices.seller_country or "",
        "has_reverse_charge": "1" if prices.has_reverse_charge else "",
    }
    for row, one in enumerate(prices.discounts):
        values |= {
            f"d{row}_kind": one.kind,
            f"d{row}_label": one.label,
            f"d{row}_take": str(one.take),
            f"d{row}_pay": str(one.pay) if one.pay else "",
            f"d{row}_percent": formats.percent(one.percent_bps) if one.percent_bps else "",
            **{f"d{row}_type_{type_id}": "1" for type_id in one.type_ids},
        }
    for row, bundle in enumerate(prices.bundles):
        values |= {
            f"b{row}_id": str(bundle.id),
            f"b{row}_name": bundle.name,
            f"b{row}_price": currencies.typed_text(currency, bundle.price_minor),
            f"b{row}_is_offered": "1" if bundle.is_offered else "",
            **{f"b{row}_q_{type_id}": str(quantity) for type_id, quantity in bundle.components},
        }
    return values


def rows_of(names: Sequence[int]) -> tuple[int, ...]:
    """The rows to show: those in use, and an empty one."""
    return (*names, max(names, default=-1) + 1)


def _discount(read: Reading, typed: Typed, row: int) -> DiscountPlan:
    is_group = read.text(f"d{row}_kind") != "some_free"
    return DiscountPlan(
        "group" if is_group else "some_free",
        read.text(f"d{row}_label"),
        read.whole(f"d{row}_take") or 0,
        0 if is_group else read.whole(f"d{row}_pay") or 0,
        read.percent_bps(f"d{row}_percent") if is_group else 0,
        _ticked(typed, f"d{row}_type_"),
    )


def _bundle(read: Reading, typed: Typed, row: int, currency: str) -> BundlePlan:
    parts = []
    prefix = f"b{row}_q_"
    for name in typed:
        if not name.startswith(prefix):
            continue
        type_id, quantity = _ids([name.removeprefix(prefix)]), read.whole(name)
        if type_id and quantity:
            parts.append((type_id[0], quantity))
    known = _ids([typed.get(f"b{row}_id", "")])
    return BundlePlan(
        known[0] if known else uuid7(),
        read.text(f"b{row}_name"),
        read.amount_minor(f"b{row}_price", currency),
        tuple(parts),
        read.text(f"b{row}_is_offered") == "1",
    )


def _ticked(typed: Typed, prefix: str) -> tuple[UUID, ...]:
    return _ids(
        name.removeprefix(prefix) for name, text in typed.items() if name.startswith(prefix) and text == "1"
    )


def _ids(texts: Iterable[str]) -> tuple[UUID, ...]:
    """Those that are ids: the others are other fields, or nobody's."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(found)


def _amount_or_none(read: Reading, name: str, currency: str) -> int | None:
    return read.amount_minor(name, currency) if read.text(name) else None


def is_simple(prices: EventPrices) -> bool:
    """Nothing of this section is in use."""
    return (
        replace(prices, processing=FeePlan(), is_site_fee=False, platform_most_minor=None)
        == events.SIMPLE_EVENT
    )
