"""Applies discounts to runs of units, in the order `discounts` promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from admitone.pricing.discounts import EFFECTS, AutomaticDiscount, GroupDiscount, PromoCode, SomeFree
from admitone.pricing.refusals import CodeNeedsMore, CodeNotCombinable, CodeNotForThese, CodeTwice
from admitone.pricing.rounding import half_up, spread
from admitone.pricing.units import Run, Runs, first_units, give

_WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True)
class CodeUse:
    """What a promo code did to a basket: `off_minor` minor units less, on so many `units`."""

    code: str
    off_minor: int
    units: int


def _matching(runs: Runs, type_ids: frozenset[UUID] | None, includes_bundles: bool) -> Runs:
    return [
        run
        for run in runs
        if run.offered.kind != "donation"
        and (type_ids is None or run.offered.id in type_ids)
        and (includes_bundles or run.bundle_id is None)
    ]


def _take_off(run: Run, off_minor: int, label: str) -> None:
    assert 0 <= off_minor <= run.price_minor
    if off_minor:
        run.price_minor -= off_minor
        run.labels = (*run.labels, label)


def apply_automatic(runs: Runs, discounts: Sequence[AutomaticDiscount]) -> None:
    """Apply the organiser's discounts, in this order; a unit takes part in the first one that it can."""
    for discount in discounts:
        matched = [
            run
            for run in _matching(runs, discount.type_ids, discount.includes_bundles)
            if not run.is_used and run.price_minor > 0
        ]
        count = sum(run.count for run in matched)
        if isinstance(discount, SomeFree):
            _make_some_free(runs, matched, count // discount.take, discount)
        elif count >= discount.from_units:
            _discount_group(matched, discount)


def _discount_group(matched: Runs, discount: GroupDiscount) -> None:
    for run in matched:
        run.is_used = True
        _take_off(run, half_up(run.price_minor * discount.percent_bps, _WHOLE_BPS), discount.label)


def _make_some_free(runs: Runs, matched: Runs, groups: int, discount: SomeFree) -> None:
    if groups == 0:
        return
    cheapest = sorted(matched, key=lambda run: run.price_minor)
    taking_part = first_units(runs, cheapest, groups * discount.take)
    for run in taking_part:
        run.is_used = True
    for run in first_units(runs, taking_part, groups * (discount.take - discount.pay)):
        _take_off(run, run.price_minor, discount.label)


def apply_codes(runs: Runs, codes: Sequence[PromoCode]) -> tuple[CodeUse, ...]:
    """Apply promo codes; the uses are in the order of application.

    Raises CodeTwice, CodeNotCombinable, CodeNeedsMore with the field `codes.<n>`.
    """
    _refuse_codes_together(codes)
    order = sorted(range(len(codes)), key=lambda at: (EFFECTS.index(codes[at].effect), codes[at].code))
    return tuple(_apply_code(runs, at, codes[at]) for at in order)


def _refuse_codes_together(codes: Sequence[PromoCode]) -> None:
    seen: set[str] = set()
    for at, code in enumerate(codes):
        if code.code in seen:
            raise CodeTwice(field=f"codes.{at}", promo_code=code.code)
        seen.add(code.code)
    if len(codes) > 1:
        for at, code in enumerate(codes):
            if not code.is_combinable:
                raise CodeNotCombinable(field=f"codes.{at}", promo_code=code.code)


def _apply_code(runs: Runs, at: int, code: PromoCode) -> CodeUse:
    matched = _matching(runs, code.type_ids, code.includes_bundles)
    count = sum(run.count for run in matched)
    if count == 0:
        raise CodeNotForThese(field=f"codes.{at}", promo_code=code.code, quantity_min=code.quantity_min)
    if count < code.quantity_min:
        raise CodeNeedsMore(field=f"codes.{at}", promo_code=code.code, quantity_min=code.quantity_min)
    if code.effect == "unlock":
        return CodeUse(code.code, 0, 0)
    if code.quantity_max is not None and count > code.quantity_max:
        dearest = sorted(matched, key=lambda run: -run.price_minor)
        matched = first_units(runs, dearest, code.quantity_max)
    label = code.label or code.code
    off_minor = units = 0

    def take_off(run: Run, unit_off_minor: int) -> None:
        nonlocal off_minor, units
        _take_off(run, unit_off_minor, label)
        off_minor += unit_off_minor * run.count
        units += run.count if unit_off_minor else 0

    if code.effect == "off_order":
        weights = [(run.price_minor, run.count) for run in matched]
        amount_minor = min(code.amount_minor, sum(price * count for price, count in weights))
        shares = spread(amount_minor, weights) if amount_minor else []
        give(
            runs,
            [(run, share, more) for run, (share, more) in zip(matched, shares, strict=False)],
            take_off,
        )
    else:
        for run in matched:
            take_off(run, _unit_off(code, run.price_minor))
    return CodeUse(code.code, off_minor, units)


def _unit_off(code: PromoCode, price_minor: int) -> int:
    """Return what a code takes off a unit of this price, for effects that look at one unit only."""
    if code.effect == "percent":
        return half_up(price_minor * code.percent_bps, _WHOLE_BPS)
    if code.effect == "off_ticket":
        return min(code.amount_minor, price_minor)
    kept_minor = 0 if code.effect == "free" else code.amount_minor
    return max(price_minor - kept_minor, 0)
