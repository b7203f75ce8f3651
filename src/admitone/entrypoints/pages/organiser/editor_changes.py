"""The editor's part about changes of tickets: what buyers may change by themselves, until when, for what fee."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from admitone.entrypoints.pages.views import Options
from admitone.pricing import ChangePolicy, as_change_record, change_from_record
from admitone.values import currencies
from admitone.values.refusals import Invalid

RULES: Final[Options] = (
    ("no", "Buyers ask you"),
    ("types", "For another type of ticket"),
    ("dates", "For another date"),
    ("both", "For another type or date"),
)
KEPT: Final = ("kept", "As set by a program")
DAYS_MAX: Final = 3650
_DAY_HOURS: Final = 24
_BOX: Final = "change_to_"
_UP_ONLY: Final = "change_up_only"


class ChooseDates(Invalid):
    """Another date, and no event was chosen."""

    code = "change_policy.choose_dates"
    text = "Choose the events that tickets may be changed to."


class BadDays(Invalid):
    """Days out of range."""

    code = "change_policy.bad_days"
    text = "Choose 0 to {most} days before the start."


def box(event_id: UUID) -> str:
    """The name of an event's box."""
    return f"{_BOX}{event_id.hex}"


def rules_for(record: Mapping[str, Any] | None, *, has_others: bool) -> Options:
    """The choices; a policy that no choice says can be kept. Another date is one where there are other events."""
    is_open = has_others or bool(record and record["event_ids"])
    rules = RULES if is_open else tuple(one for one in RULES if one[0] in ("no", "types"))
    return rules if record is None or not record["hours_before"] % _DAY_HOURS else (*rules, KEPT)


def values_of(record: Mapping[str, Any] | None, currency: str) -> dict[str, str]:
    """The fields' values. A policy that no choice says is `kept`, as it is."""
    if record is None:
        return {"change_rule": "no", "change_days": "2"}
    policy = change_from_record(record)
    days, hours = divmod(policy.hours_before, _DAY_HOURS)
    rule = ("both" if policy.types else "dates") if policy.event_ids else "types"
    values = {"change_rule": "kept" if hours else rule, "change_days": str(days)}
    values["change_fee"] = currencies.typed_text(currency, policy.fee_minor) if policy.fee_minor else ""
    values[_UP_ONLY] = "" if policy.cheaper else "1"
    return values | {box(event_id): "1" for event_id in policy.event_ids}


def record_of(typed: Mapping[str, str], fee_minor: int, others: Sequence[UUID]) -> dict[str, Any] | None:
    """The policy that was chosen, as an event keeps it; `others` are the events whose boxes may be there.

    Raises `ChooseDates`, `BadDays`.
    """
    rule, days = typed["change_rule"].strip(), typed.get("change_days", "").strip() or "0"
    if rule == "no":
        return None
    if not (days.isascii() and days.isdecimal() and len(days) < 7 and int(days) <= DAYS_MAX):
        raise BadDays(field="change_days", most=DAYS_MAX)
    chosen = tuple(one for one in others if typed.get(box(one)) == "1") if rule != "types" else ()
    if rule != "types" and not chosen:
        raise ChooseDates(field="change_rule")
    return as_change_record(
        ChangePolicy(
            int(days) * _DAY_HOURS,
            fee_minor,
            types=rule != "dates",
            event_ids=chosen,
            cheaper=typed.get(_UP_ONLY) != "1",
        )
    )


def boxes_in(typed: Mapping[str, str]) -> list[UUID]:
    """The events whose boxes were ticked. Whose they are is asked when somebody changes a ticket."""
    found = []
    for name in typed:
        if name.startswith(_BOX):
            try:
                found.append(UUID(name.removeprefix(_BOX)))
            except ValueError:
                continue
    return found
