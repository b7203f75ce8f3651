"""The tax on one ticket: a part inside what the buyer pays, or an amount added to it."""

from dataclasses import dataclass
from typing import Literal

from admitone.pricing.rounding import half_up
from admitone.values.refusals import Invalid

_WHOLE_BPS = 10_000


class BadTax(Invalid):
    """A tax rate outside of 0 to 100 %, or of a kind we do not know."""

    code = "pricing.bad_tax"
    text = "A tax is 0 to 100 %, included in the price or added to it."


@dataclass(frozen=True, slots=True)
class TaxRule:
    """`rate_bps` hundredths of a percent, `mode` "included" in the price or "added" to it.

    `name` is what the buyer reads, such as "VAT". Raises BadTax.
    """

    rate_bps: int
    mode: Literal["included", "added"]
    name: str

    def __post_init__(self) -> None:
        if type(self.rate_bps) is not int or not 0 <= self.rate_bps <= _WHOLE_BPS:
            raise BadTax(field="rate_bps")
        if self.mode not in ("included", "added"):
            raise BadTax(field="mode")
        if type(self.name) is not str:
            raise BadTax(field="name")


NO_TAX = TaxRule(rate_bps=0, mode="included", name="")


def included_tax_minor(gross_minor: int, rate_bps: int) -> int:
    """Return the tax inside an amount that contains it, rounded half up."""
    return half_up(gross_minor * rate_bps, _WHOLE_BPS + rate_bps)


def added_tax_minor(net_minor: int, rate_bps: int) -> int:
    """Return the tax to add to an amount without it, rounded half up."""
    return half_up(net_minor * rate_bps, _WHOLE_BPS)


def largest_gross_minor(tax_minor: int, rate_bps: int) -> int:
    """Return the largest amount whose included tax is at most `tax_minor`; the rate must be above 0.

    Solves half_up(x r / (10000 + r)) <= t for whole x.
    """
    assert rate_bps > 0
    return ((_WHOLE_BPS + rate_bps) * (2 * tax_minor + 1) - 1) // (2 * rate_bps)
