"""What an event needs before it can go on sale: a list to tick off, as a pure function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admitone.events.details import EventDetails
from admitone.events.offers import OfferedType


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing to do. `name` is for machines, `field` says where in the editor, `words` is for the
    organiser.
    """

    name: str
    field: str
    words: str


_SUMMARY = ChecklistItem("summary", "summary", "Say in one sentence what this event is.")
_PLACE = ChecklistItem("place", "venue_name", "Say where it is: a venue, or an address online.")
_CITY = ChecklistItem("city", "city", "Say in which city the venue is.")
_IN_FUTURE = ChecklistItem("in_future", "ends_at", "Choose a time that has not passed yet.")
_TYPES = ChecklistItem("ticket_types", "types", "Offer at least one kind of ticket.")
_BUYABLE = ChecklistItem("buyable", "types", "At least one ticket has to be on sale before the event ends.")


def checklist(
    details: EventDetails,
    types: Sequence[OfferedType],
    capacities: Mapping[UUID, int],
    now: datetime,
) -> tuple[ChecklistItem, ...]:
    """What is still missing, in the editor's order; empty when the event can be published.

    `capacities` gives for each ticket type id the places its smallest pool has; a type without a pool is
    not in it.
    """
    missing: list[ChecklistItem] = []
    if not details.summary:
        missing.append(_SUMMARY)
    if details.venue_name is None and details.online_url is None:
        missing.append(_PLACE)
    if details.venue_name is not None and details.city is None:
        missing.append(_CITY)
    if details.ends_at <= now:
        missing.append(_IN_FUTURE)
    offered = [one for one in types if one.is_offered]
    if not offered:
        missing.append(_TYPES)
    for one in offered:
        if one.kind != "donation" and capacities.get(one.id, 0) < 1:
            missing.append(
                ChecklistItem("places", f"types.{one.number}", f"Say how many “{one.name}” there are.")
            )
    if offered and not any(_can_be_bought(one, details, now) for one in offered):
        missing.append(_BUYABLE)
    return tuple(missing)


def _can_be_bought(one: OfferedType, details: EventDetails, now: datetime) -> bool:
    opens_in_time = one.sales_from is None or one.sales_from < details.ends_at
    return opens_in_time and (one.sales_until is None or one.sales_until > now)
