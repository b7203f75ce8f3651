"""Puts fees and taxes on runs of units whose prices are final.

Who gets what: the site gets its fees in full, the tax on the whole amount is a part of its own, the organiser gets
the rest. So the tax inside a fee that the buyer pays is borne by the organiser, who sells the ticket and owes the
tax, as in version 1. The rest is never negative: fees that would take more than there is are cut.
"""

from collections.abc import Sequence
from functools import partial

from admitone.pricing.basket import PriceRules, Rounding
from admitone.pricing.basket_fees import Fee
from admitone.pricing.rounding import apportion, half_up, spread
from admitone.pricing.taxes import TaxRule, added_tax_minor, included_tax_minor
from admitone.pricing.units import Run, Runs, TaxPart, give

_WHOLE_BPS = 10_000


def charge(runs: Runs, rules: PriceRules, is_reversed: bool) -> None:
    """Fill in fees and tax parts of all runs; runs are split where units of one run turn out different."""
    fees, rounding = rules.fees, rules.rounding
    for at, fee in enumerate(fees):
        if fee.per == "ticket":
            for run in runs:
                run.fees.append(0 if run.offered.kind in fee.exempt_kinds else fee.on(run.price_minor))
        else:
            _charge_order(runs, at, fee)
    for run in runs:
        run.parts = _parts(run, fees)
        if any(run.fees):
            _cut_fees(run, fees, rounding)
    if rounding == "line" or is_reversed:
        _tax_units(runs, is_reversed)
    else:
        _tax_documents(runs, rounding)


def _charge_order(runs: Runs, at: int, fee: Fee) -> None:
    bearing = [run for run in runs if run.price_minor and run.offered.kind not in fee.exempt_kinds]
    for run in runs:
        run.fees.append(0)
    weights = [(run.price_minor, run.count) for run in bearing]
    fee_minor = fee.on(sum(price_minor * count for price_minor, count in weights))
    if fee_minor == 0:
        return

    def put(run: Run, share_minor: int) -> None:
        run.fees[at] = share_minor

    shares = spread(fee_minor, weights)
    give(runs, [(run, share, more) for run, (share, more) in zip(bearing, shares, strict=True)], put)


def _parts(run: Run, fees: Sequence[Fee]) -> list[TaxPart]:
    """Return the unit's amounts by tax rule: its own first, then those of fees taxed otherwise."""
    own = TaxPart(run.offered.tax, run.price_minor, 0)
    parts = [own]
    for fee, amount_minor in zip(fees, run.fees, strict=True):
        if amount_minor == 0 or fee.paid_by != "buyer":
            continue
        if fee.tax is None or fee.tax == own.rule:
            own.fees += amount_minor
            continue
        for part in parts:
            if part.rule == fee.tax:
                part.fees += amount_minor
                break
        else:
            parts.append(TaxPart(fee.tax, 0, amount_minor))
    return parts


def _tax_minor(rule: TaxRule, amount_minor: int) -> int:
    if rule.rate_bps == 0:
        return 0
    if rule.mode == "added":
        return added_tax_minor(amount_minor, rule.rate_bps)
    return included_tax_minor(amount_minor, rule.rate_bps)


def _cut_fees(run: Run, fees: Sequence[Fee], rounding: Rounding) -> None:
    """Cut the site's fees to what leaves the organiser nothing less than nothing; those listed last first."""
    on_top = [at for at, fee in enumerate(fees) if fee.earned_by != "organiser" and fee.paid_by == "buyer"]
    on_top_minor = sum(run.fees[at] for at in on_top)
    left_minor = _left_minor(run, on_top_minor, rounding)
    if left_minor < 0:
        wanted, least, most = list(run.fees), 1, on_top_minor
        while least < most:
            middle = (least + most) // 2
            _lower(run, on_top, wanted, middle)
            run.parts = _parts(run, fees)
            if _left_minor(run, on_top_minor - middle, rounding) >= 0:
                most = middle
            else:
                least = middle + 1
        _lower(run, on_top, wanted, least)
        run.parts = _parts(run, fees)
        left_minor = _left_minor(run, on_top_minor - least, rounding)
        assert left_minor >= 0
    inside = [at for at, fee in enumerate(fees) if fee.paid_by == "organiser"]
    too_much_minor = sum(run.fees[at] for at in inside) - left_minor
    if too_much_minor > 0:
        _lower(run, inside, list(run.fees), too_much_minor)


def _lower(run: Run, places: Sequence[int], wanted: Sequence[int], by_minor: int) -> None:
    for at in reversed(places):
        cut_minor = min(by_minor, wanted[at])
        run.fees[at] = wanted[at] - cut_minor
        by_minor -= cut_minor


def _left_minor(run: Run, site_minor: int, rounding: Rounding) -> int:
    """Return what is left to the organiser before fees taken out of their part, in the worst case of rounding."""
    left_minor = -site_minor
    for part in run.parts:
        rule, amount_minor = part.rule, part.price + part.fees
        left_minor += amount_minor
        if rule.rate_bps and rule.mode == "included":
            if rounding == "document_gross":
                left_minor -= -(-amount_minor * rule.rate_bps // (_WHOLE_BPS + rule.rate_bps))
            else:
                left_minor -= included_tax_minor(amount_minor, rule.rate_bps)
    return left_minor


def _tax_units(runs: Runs, is_reversed: bool) -> None:
    for run in runs:
        for part in run.parts:
            tax_minor = _tax_minor(part.rule, part.price + part.fees)
            if not is_reversed:
                part.tax = tax_minor
            elif part.rule.mode == "included":
                part.reversed = tax_minor


def _tax_documents(runs: Runs, rounding: Rounding) -> None:
    """Compute the tax of each rule once and divide it: each unit gets its exact tax rounded down or up."""
    rules = {part.rule for run in runs for part in run.parts if part.rule.rate_bps}
    for rule in sorted(rules, key=lambda rule: (rule.rate_bps, rule.name, rule.mode)):
        keeps_gross = rounding == "document_gross" and rule.mode == "included"
        _tax_document(runs, rule, keeps_gross)


def _tax_document(runs: Runs, rule: TaxRule, keeps_gross: bool) -> None:
    denominator = _WHOLE_BPS + rule.rate_bps if keeps_gross else _WHOLE_BPS
    taxed: list[tuple[Run, int]] = []
    shares: list[tuple[int, int]] = []
    for run in runs:
        for at, part in enumerate(run.parts):
            if part.rule == rule:
                base_minor = part.price + part.fees
                if rule.mode == "included" and not keeps_gross:
                    base_minor -= included_tax_minor(base_minor, rule.rate_bps)
                taxed.append((run, at))
                shares.append((base_minor * rule.rate_bps, run.count))
    tax_minor = half_up(sum(share * count for share, count in shares), denominator)

    def put(run: Run, unit_tax_minor: int, at: int) -> None:
        part = run.parts[at]
        part.tax = unit_tax_minor
        if rule.mode == "included" and not keeps_gross:
            part.correction = unit_tax_minor - included_tax_minor(part.price + part.fees, rule.rate_bps)

    for (run, at), (share_minor, more) in zip(taxed, apportion(tax_minor, shares, denominator), strict=True):
        give(runs, [(run, share_minor, more)], partial(put, at=at))
