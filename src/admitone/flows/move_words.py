"""What has changed about when and where an event is, in words: before and after, times with their zone."""

from dataclasses import dataclass

from admitone.events import Whereabouts
from admitone.values import formats


@dataclass(frozen=True, slots=True)
class Changed:
    """One line of the letter: "Starts", and what it was and is."""

    label: str
    before: str
    after: str


def changed_words(before: Whereabouts, after: Whereabouts) -> tuple[Changed, ...]:
    """A line for everything that somebody who has a ticket would do differently. Pure.

    The address of an online event is not in it: letters are forwarded, and the order page has it.
    """
    lines = [
        Changed("Starts", _time(before, "starts_at"), _time(after, "starts_at")),
        Changed("Ends", _time(before, "ends_at"), _time(after, "ends_at")),
        Changed("Doors", _time(before, "doors_at"), _time(after, "doors_at")),
        Changed("Place", _place(before), _place(after)),
    ]
    found = [one for one in lines if one.before != one.after]
    if before.online_url != after.online_url:
        found.append(_online(before.online_url, after.online_url))
    return tuple(found)


def _time(at: Whereabouts, name: str) -> str:
    moment = getattr(at, name)
    if moment is None:
        return "Not said"
    return f"{formats.long_day_time(moment, at.zone)}, {formats.zone_words(moment, at.zone)}"


def _place(at: Whereabouts) -> str:
    if at.venue_name is None:
        return "Online"
    return ", ".join(part for part in (at.venue_name, at.venue_address, at.city) if part)


def _online(before: str | None, after: str | None) -> Changed:
    if before is None:
        return Changed("Online", "No link", "A link; it is on your order page")
    if after is None:
        return Changed("Online", "A link", "No link any more")
    return Changed("Online", "Another link", "A new link; it is on your order page")
