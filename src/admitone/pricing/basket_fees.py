"""The fees of version 2: several, each with somebody who earns it and somebody who pays it."""

from dataclasses import dataclass
from typing import Literal

from admitone.pricing.fees import BadFee
from admitone.pricing.offered import KINDS, Kind, is_amount
from admitone.pricing.rounding import half_up
from admitone.pricing.taxes import TaxRule

_WHOLE_BPS = 10_000
FEES_MAX = 20
EarnedBy = Literal["platform", "processing", "organiser"]


@dataclass(frozen=True, slots=True)
class Fee:
    """`percent_bps` of the price plus `fixed_minor`, at least `min_minor`, at most `max_minor`.

    `earned_by` "platform" and "processing" go to the site, "organiser" to the organiser. `per` "ticket" is a fee on
    each unit by its own price; `per` "order" one fee by the sum of the prices, divided among the units by the largest
    remainder. `paid_by` "buyer" puts it on top of the price, "organiser" takes it out of the organiser's part. A fee
    on top is taxed like its ticket, or by `tax`. Units of `exempt_kinds` and free units carry no fee. What is paid
    never depends on the method of payment. Raises BadFee.
    """

    earned_by: EarnedBy
    percent_bps: int = 0
    fixed_minor: int = 0
    min_minor: int = 0
    max_minor: int | None = None
    per: Literal["ticket", "order"] = "ticket"
    paid_by: Literal["buyer", "organiser"] = "buyer"
    tax: TaxRule | None = None
    exempt_kinds: frozenset[Kind] = frozenset()

    def __post_init__(self) -> None:
        if self.earned_by not in ("platform", "processing", "organiser"):
            raise BadFee(field="earned_by")
        if type(self.percent_bps) is not int or not 0 <= self.percent_bps <= _WHOLE_BPS:
            raise BadFee(field="percent_bps")
        for name in ("fixed_minor", "min_minor"):
            if not is_amount(getattr(self, name)):
                raise BadFee(field=name)
        if self.max_minor is not None and not (
            is_amount(self.max_minor) and self.min_minor <= self.max_minor
        ):
            raise BadFee(field="max_minor")
        if self.per not in ("ticket", "order"):
            raise BadFee(field="per")
        # Nobody pays a fee to themselves.
        if self.paid_by not in ("buyer", "organiser") or self.paid_by == self.earned_by:
            raise BadFee(field="paid_by")
        if not self.exempt_kinds <= set(KINDS):
            raise BadFee(field="exempt_kinds")

    def on(self, price_minor: int) -> int:
        """Return the fee on this price, the part rounded half up. There is none on nothing."""
        if price_minor == 0:
            return 0
        fee_minor = half_up(price_minor * self.percent_bps, _WHOLE_BPS) + self.fixed_minor
        if self.max_minor is not None and fee_minor > self.max_minor:
            return self.max_minor
        return max(fee_minor, self.min_minor)
