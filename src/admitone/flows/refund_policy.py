"""The refund policy of an event: how an organiser chooses one, how an order keeps it, what it says in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from admitone import events
from admitone.pricing import (
    NOTHING_BACK,
    RefundPolicy,
    RefundStep,
    RefundTerms,
    as_policy_record,
    change_from_record,
    policy_from_record,
)
from admitone.values import formats
from admitone.values.refusals import Invalid

Preset = Literal["ask", "none", "full", "part"]
PRESETS: Final[tuple[Preset, ...]] = ("ask", "none", "full", "part")
DAYS_MAX: Final = 3650
_WHOLE_BPS: Final = 10_000
_DAY_HOURS: Final = 24


class BadRefundChoice(Invalid):
    """Days or percent out of range."""

    code = "refund_policy.bad_choice"
    text = "Choose 0 to {days_max} days before the start, and 1 to 100 percent."


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an organiser chooses: buyers ask (no rule), nothing back, all of the price until `days` before the start, or
    `percent` of it. `with_fees`: the service fee comes back too.
    """

    preset: Preset = "ask"
    days: int = 7
    percent: int = 50
    with_fees: bool = False


def record_of(chosen: Chosen) -> dict[str, Any] | None:
    """The policy as an event keeps it. Raises `BadRefundChoice`."""
    if chosen.preset == "ask":
        return None
    if chosen.preset == "none":
        return as_policy_record(RefundPolicy((RefundStep(0, NOTHING_BACK),)))
    if not 0 <= chosen.days <= DAYS_MAX:
        raise BadRefundChoice(field="refund_days", days_max=DAYS_MAX)
    if chosen.preset == "part" and not 1 <= chosen.percent <= 100:
        raise BadRefundChoice(field="refund_percent", days_max=DAYS_MAX)
    bps = _WHOLE_BPS if chosen.preset == "full" else chosen.percent * 100
    step = RefundStep(chosen.days * _DAY_HOURS, RefundTerms(bps, returns_fees=chosen.with_fees))
    return as_policy_record(RefundPolicy((step,)))


def chosen_of(record: dict[str, Any] | None) -> Chosen | None:
    """The choice behind a record; None when no preset says it (it was set by a program)."""
    if record is None:
        return Chosen()
    steps = policy_from_record(record).steps
    terms = steps[0].terms
    if (
        len(steps) > 1
        or terms.deduction_minor
        or terms.percent_bps % 100
        or steps[0].hours_before % _DAY_HOURS
    ):
        return None
    if not terms.percent_bps:
        return None if terms.returns_fees else Chosen("none")
    preset: Preset = "full" if terms.percent_bps == _WHOLE_BPS else "part"
    return Chosen(preset, steps[0].hours_before // _DAY_HOURS, terms.percent_bps // 100, terms.returns_fees)


def policy_record(offer: events.Offer) -> dict[str, Any] | None:
    """What an order placed on this offer keeps: the policies its buyer was shown, and the start they were shown with.

    The steps of the refund policy, and under `change` what may be changed; either may be missing.
    """
    kept = dict(offer.refund_policy or {})
    if offer.change_policy is not None:
        kept["change"] = offer.change_policy
    return {**kept, "starts_at": offer.starts_at.isoformat()} if kept else None


@dataclass(frozen=True, slots=True)
class FrozenPolicy:
    """An order's policy. An event that moves takes no time from its buyers: the later start counts."""

    policy: RefundPolicy
    starts_at: datetime

    def terms_at(self, at: datetime) -> RefundTerms:
        """The terms for giving a ticket back at this moment."""
        return self.policy.terms_at(at, self.starts_at)

    def until(self, at: datetime) -> datetime | None:
        """When the terms of this moment end; None when nothing comes back any more."""
        for step in self.policy.steps:
            end = self.starts_at - timedelta(hours=step.hours_before)
            if at <= end:
                return end if step.terms != NOTHING_BACK else None
        return None


def frozen_policy(record: dict[str, Any] | None, starts_at: datetime) -> FrozenPolicy | None:
    """The policy an order keeps, for an event that starts then; None when its buyer was shown none."""
    if record is None or "steps" not in record:
        return None
    shown = datetime.fromisoformat(record["starts_at"]) if "starts_at" in record else starts_at
    return FrozenPolicy(policy_from_record(record), max(shown, starts_at))


def policy_words(record: dict[str, Any] | None, currency: str) -> str:
    """The policy as a buyer reads it; empty when there is none."""
    if record is None or "steps" not in record:
        return ""
    steps = policy_from_record(record).steps
    sentences = [_step_words(step, currency) for step in steps if step.terms != NOTHING_BACK]
    if not sentences:
        return "No refunds, unless the event is called off."
    if steps[-1].hours_before or steps[-1].terms == NOTHING_BACK:
        sentences.append("After that, nothing.")
    return " ".join(sentences)


def rule_words(
    record: dict[str, Any] | None, text: str, currency: str, change: dict[str, Any] | None = None
) -> str:
    """The policies, and what the organiser says besides. An order's record has its change policy inside."""
    if change is None and record is not None:
        change = record.get("change")
    return " ".join(
        part for part in (policy_words(record, currency), change_words(change, currency), text) if part
    )


def change_words(record: dict[str, Any] | None, currency: str) -> str:
    """What buyers may change by themselves, as they read it; empty when it is nothing.

    Whether money may come back by a change is said, because it does so also where tickets are not refunded.
    """
    if record is None:
        return ""
    policy = change_from_record(record)
    others = (["another type"] if policy.types else []) + (["another date"] if policy.event_ids else [])
    fee = f", for a fee of {formats.money(policy.fee_minor, currency)} each" if policy.fee_minor else ""
    what = " or ".join(others)
    until = _before_words(policy.hours_before)
    changed = f"Tickets can be changed for {what} until {until}{fee}"
    if not policy.cheaper:
        return f"{changed}, if it costs as much or more. You pay the difference."
    return f"{changed}. You pay the difference, or get it back."


def _step_words(step: RefundStep, currency: str) -> str:
    terms = step.terms
    what = "Full refund" if terms.percent_bps == _WHOLE_BPS else f"Refund of {_percent(terms.percent_bps)}"
    if terms.deduction_minor:
        what += f", less {formats.money(terms.deduction_minor, currency)} for each ticket,"
    fees = ", service fee included," if terms.returns_fees else " of the price, without the service fee,"
    if terms.deduction_minor:
        fees = " service fee included," if terms.returns_fees else " without the service fee,"
    return f"{what}{fees} until {_before_words(step.hours_before)}."


def _percent(bps: int) -> str:
    return f"{bps / 100:g} %"


def _before_words(hours: int) -> str:
    if not hours:
        return "the event starts"
    if hours % _DAY_HOURS == 0:
        return f"{formats.count(hours // _DAY_HOURS, 'day', 'days')} before the event starts"
    return f"{formats.count(hours, 'hour', 'hours')} before the event starts"
