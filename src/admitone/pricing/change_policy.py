"""What buyers may change by themselves: until when, for what fee, for which tickets. Frozen with each order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from admitone.pricing.offered import is_amount
from admitone.pricing.refund_policy import HOURS_MAX
from admitone.pricing.refusals import BadChangePolicy

EVENTS_MAX = 50


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """Until `hours_before` hours before the start a ticket may be changed for one of another type of its event
    (`types`), or for one of these other events. `fee_minor` of its price stays with the organiser, for each ticket.
    `cheaper`: also when money goes back; without it only for tickets that cost as much or more.

    Raises BadChangePolicy.
    """

    hours_before: int
    fee_minor: int = 0
    types: bool = True
    event_ids: tuple[UUID, ...] = ()
    cheaper: bool = True

    def __post_init__(self) -> None:
        if type(self.hours_before) is not int or not 0 <= self.hours_before <= HOURS_MAX:
            raise BadChangePolicy(field="hours_before", events_max=EVENTS_MAX)
        if not is_amount(self.fee_minor):
            raise BadChangePolicy(field="fee_minor", events_max=EVENTS_MAX)
        if type(self.types) is not bool or not (self.types or self.event_ids):
            raise BadChangePolicy(field="types", events_max=EVENTS_MAX)
        if type(self.cheaper) is not bool:
            raise BadChangePolicy(field="cheaper", events_max=EVENTS_MAX)
        if len(self.event_ids) > EVENTS_MAX or len(set(self.event_ids)) != len(self.event_ids):
            raise BadChangePolicy(field="event_ids", events_max=EVENTS_MAX)

    def until(self, starts_at: datetime) -> datetime:
        """Return the last moment for a change."""
        return starts_at - timedelta(hours=self.hours_before)


def as_change_record(policy: ChangePolicy) -> dict[str, Any]:
    """Return a JSON-able record of a policy, to be kept with an event and frozen in an order."""
    return {
        "hours_before": policy.hours_before,
        "fee_minor": policy.fee_minor,
        "types": policy.types,
        "event_ids": [str(event_id) for event_id in policy.event_ids],
        "cheaper": policy.cheaper,
    }


def change_from_record(stored: Mapping[str, Any]) -> ChangePolicy:
    """Return the policy of a record. Raises BadChangePolicy."""
    try:
        event_ids = tuple(UUID(str(one)) for one in stored["event_ids"])
    except ValueError as error:
        raise BadChangePolicy(field="event_ids", events_max=EVENTS_MAX) from error
    cheaper = stored.get("cheaper", True)
    return ChangePolicy(stored["hours_before"], stored["fee_minor"], stored["types"], event_ids, cheaper)
