"""What an organiser promises to give back when a buyer cancels, as steps in time. Frozen with each order."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from admitone.pricing.offered import is_amount
from admitone.pricing.refusals import BadRefundPolicy

_WHOLE_BPS = 10_000
STEPS_MAX = 20
HOURS_MAX = 10 * 366 * 24


@dataclass(frozen=True, slots=True)
class RefundTerms:
    """`percent_bps` of the price comes back, less `deduction_minor` per ticket; the fees too, if `returns_fees`.

    The deduction is taken from the price first, then from the fees. Raises BadRefundPolicy.
    """

    percent_bps: int
    deduction_minor: int = 0
    returns_fees: bool = False

    def __post_init__(self) -> None:
        if type(self.percent_bps) is not int or not 0 <= self.percent_bps <= _WHOLE_BPS:
            raise BadRefundPolicy(field="percent_bps", steps_max=STEPS_MAX)
        if not is_amount(self.deduction_minor):
            raise BadRefundPolicy(field="deduction_minor", steps_max=STEPS_MAX)
        if type(self.returns_fees) is not bool:
            raise BadRefundPolicy(field="returns_fees", steps_max=STEPS_MAX)


NOTHING_BACK = RefundTerms(0)
PRICE_BACK = RefundTerms(_WHOLE_BPS)
ALL_BACK = RefundTerms(_WHOLE_BPS, returns_fees=True)


@dataclass(frozen=True, slots=True)
class RefundStep:
    """These terms hold until `hours_before` hours before the start, that moment included. Raises BadRefundPolicy."""

    hours_before: int
    terms: RefundTerms

    def __post_init__(self) -> None:
        if type(self.hours_before) is not int or not 0 <= self.hours_before <= HOURS_MAX:
            raise BadRefundPolicy(field="hours_before", steps_max=STEPS_MAX)


@dataclass(frozen=True, slots=True)
class RefundPolicy:
    """1 to STEPS_MAX steps, the earliest (most hours before the start) first. After the last: nothing back.

    Raises BadRefundPolicy.
    """

    steps: tuple[RefundStep, ...]

    def __post_init__(self) -> None:
        hours = [step.hours_before for step in self.steps]
        if not 1 <= len(hours) <= STEPS_MAX or sorted(set(hours), reverse=True) != hours:
            raise BadRefundPolicy(field="steps", steps_max=STEPS_MAX)

    def terms_at(self, cancelled_at: datetime, starts_at: datetime) -> RefundTerms:
        """Return the terms for a cancellation at this moment; both moments know their zone."""
        for step in self.steps:
            if cancelled_at <= starts_at - timedelta(hours=step.hours_before):
                return step.terms
        return NOTHING_BACK


def as_policy_record(policy: RefundPolicy) -> dict[str, Any]:
    """Return a JSON-able record of a policy, to be frozen in an order."""
    return {"steps": [asdict(step) for step in policy.steps]}


def policy_from_record(stored: Mapping[str, Any]) -> RefundPolicy:
    """Return the policy of a record. Raises BadRefundPolicy."""
    return RefundPolicy(
        tuple(RefundStep(step["hours_before"], RefundTerms(**step["terms"])) for step in stored["steps"])
    )
