"""What the door says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one scan. `kind`: ok, used or refused; `title` is an order ("Let them in").

    `facts` are label and value, such as ("Name", "Ada Obi"), ("First scan", "19:02, Mill Lane door").
    """

    kind: str
    title: str
    text: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RecentScan:
    """A scan in the list, newest first. `who`: the holder, or "For Lichthof, 12 December", or what was presented
    ("“HELLO WO…”"); `at`: "19:02:41", with the day when it was not today; `detail`: ticket type and door.
    """

    kind: str
    title: str
    who: str
    detail: str
    at: str


@dataclass(frozen=True, slots=True)
class CheckinView:
    """The scanning page of one event at one door.

    Without script the form posts csrf, scan_id and code to `form_url` and the page comes back with `verdict`.
    With script each scan goes to `scan_url` as JSON (js/gate-scanner.js has both shapes). `scan_id` is a
    fresh UUID for the form. `admitted` and `expected` are counts; `counts_words`: "612 of 1,240 in",
    `percent_words`: "49%". `unpaid_url` leads to who pays at the door, if anybody does;
    `word_url` to where the word is checked by which somebody shows whose ticket it is.
    """

    template: ClassVar[str] = "checkin/checkin.html"

    event_title: str
    door: str
    door_url: str
    back_url: str
    form_url: str
    scan_url: str
    guests_url: str
    word_url: str
    scan_id: str
    admitted: int
    expected: int
    counts_words: str
    percent_words: str
    verdict: Verdict | None = None
    recent: tuple[RecentScan, ...] = ()
    unpaid_url: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Guest:
    """A ticket in the guest list. `detail`: "Day ticket, 1 of 3, order K7PQ2M"; `state_words`: "In since 19:02, Main"
    or "Cancelled". With a `code` the holder can be let in; `scan_id` is a fresh UUID for that form.
    """

    name: str
    detail: str
    kind: str
    state_words: str
    code: str
    scan_id: str


@dataclass(frozen=True, slots=True)
class GuestsView:
    """Everybody who is expected, by name, for when no code can be read. `question` is what was searched for and
    `question_hint` by what one can search; letting somebody in posts csrf, scan_id and code to `scan_url`.
    """

    template: ClassVar[str] = "checkin/guests.html"

    event_title: str
    door: str
    back_url: str
    search_url: str
    scan_url: str
    question: str
    question_hint: str
    counts_words: str
    guests: tuple[Guest, ...]
    next_url: str


@dataclass(frozen=True, slots=True)
class ChooseDoorView:
    """Before scanning: which door is this? Posts `door`. `doors` are names used at this event before."""

    template: ClassVar[str] = "checkin/choose_door.html"

    event_title: str
    post_url: str
    back_url: str
    doors: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DoorEvent:
    """An event somebody may check in for."""

    title: str
    when: str
    url: str


@dataclass(frozen=True, slots=True)
class ChooseEventView:
    """Which event is the door open for?"""

    template: ClassVar[str] = "checkin/choose_event.html"

    events: tuple[DoorEvent, ...]
    back_url: str
