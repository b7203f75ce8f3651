"""The service fee on one ticket: part of its price plus a fixed amount, borne by buyer or organiser."""

from dataclasses import dataclass
from typing import Literal

from admitone.pricing.rounding import half_up
from admitone.values.refusals import Invalid

FIXED_FEE_MAX_MINOR = 10**15
_WHOLE_BPS = 10_000


class BadFee(Invalid):
    """A fee outside of 0 to 100 % plus 0 to 10**15 minor units, or borne by nobody we know."""

    code = "pricing.bad_fee"
    text = "A fee is 0 to 100 % of the price plus a fixed amount that is not negative."


@dataclass(frozen=True, slots=True)
class FeeRule:
    """`percent_bps` hundredths of a percent of the price plus `fixed_minor` minor units, for each ticket.

    `paid_by` "buyer" puts it on top of the price, "organiser" takes it out of the organiser's part. Raises
    BadFee.
    """

    percent_bps: int
    fixed_minor: int
    paid_by: Literal["buyer", "organiser"]

    def __post_init__(self) -> None:
        if type(self.percent_bps) is not int or not 0 <= self.percent_bps <= _WHOLE_BPS:
            raise BadFee(field="percent_bps")
        if type(self.fixed_minor) is not int or not 0 <= self.fixed_minor <= FIXED_FEE_MAX_MINOR:
            raise BadFee(field="fixed_minor")
        if self.paid_by not in ("buyer", "organiser"):
            raise BadFee(field="paid_by")


NO_FEE = FeeRule(percent_bps=0, fixed_minor=0, paid_by="organiser")


def unit_fee_minor(price_minor: int, fee: FeeRule) -> int:
    """Return the fee on one ticket of this price, the part rounded half up. A free ticket has no fee."""
    if price_minor == 0:
        return 0
    return half_up(price_minor * fee.percent_bps, _WHOLE_BPS) + fee.fixed_minor
