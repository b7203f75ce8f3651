"""The door with believable contents."""

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkin.view import (
    CheckinView,
    ChooseDoorView,
    ChooseEventView,
    DoorEvent,
    Guest,
    GuestsView,
    RecentScan,
    Verdict,
)
from admitone.entrypoints.pages.rendering import View
from tests.support.sample_events import FORM_KEY, LAGOS

VERDICTS = (
    Verdict("ok", "Let them in", facts=(("Name", "Ada Obi"), ("Ticket", "General admission, 1 of 2"))),
    Verdict("used", "Already used", facts=(("Name", "Tunde Bello"), ("First scan", "19:02, Mill Lane door"))),
    Verdict("refused", "Not for this event", "It is for The Late Set, Fri 9 April."),
    Verdict("refused", "Not valid", "We do not know this code. Ask them to show the ticket again."),
)
_RECENT = (
    RecentScan("ok", "Let in", "Ada Obi", "General admission", "19:04:12"),
    RecentScan("used", "Already used", "Tunde Bello", "General admission", "19:03:55"),
    RecentScan("refused", "Not for this event", "", "The Late Set", "19:03:20"),
    RecentScan("refused", "Not valid", "“HELLO WO…”", "Mill Lane door", "19:02:48"),
)


def checkin_view(verdict: Verdict | None = None) -> CheckinView:
    """The door, with or without an answer."""
    return CheckinView(
        event_title=LAGOS.title,
        door="Mill Lane door",
        door_url=links.checkin_door("e1"),
        back_url=links.managed_event("foundry", "e1"),
        form_url=links.checkin("e1"),
        scan_url=links.checkin_scan("e1"),
        guests_url=links.checkin_guests("e1"),
        word_url="/checkin/e1/word",
        scan_id=FORM_KEY,
        admitted=612,
        expected=1240,
        counts_words="612 of 1,240 in",
        percent_words="49%",
        verdict=verdict,
        recent=_RECENT if verdict else (),
    )


def guests_view() -> GuestsView:
    """The guest list: to be let in, in already, cancelled."""
    return GuestsView(
        event_title=LAGOS.title,
        door="Mill Lane door",
        back_url=links.checkin("e1"),
        search_url=links.checkin_guests("e1"),
        scan_url=links.checkin("e1"),
        question="o",
        question_hint="Name, or the beginning of an order code.",
        counts_words="612 of 1,240 in",
        guests=(
            Guest("Ada Obi", "General admission, 1 of 2, order K7PQ2M", "", "", "5KQ2-7PMX-4A2B-9", FORM_KEY),
            Guest(
                "Tunde Bello",
                "General admission, 2 of 2, order K7PQ2M",
                "used",
                "In since 19:02, Mill Lane door",
                "",
                "",
            ),
            Guest(
                "Wilhelmina Oyelaran-Featherstonehaugh",
                "Balcony, 1 of 1, order Z4TTR8",
                "refused",
                "Cancelled",
                "",
                "",
            ),
        ),
        next_url=links.checkin_guests("e1"),
    )


def door_views() -> dict[str, View]:
    """Name of the sample and its view."""
    return {
        "checkin": checkin_view(),
        **{f"checkin-{verdict.kind}": checkin_view(verdict) for verdict in VERDICTS},
        "guests": guests_view(),
        "choose-door": ChooseDoorView(
            LAGOS.title, links.checkin_door("e1"), "/organiser", ("Mill Lane door", "Main gate")
        ),
        "choose-event": ChooseEventView(
            (DoorEvent(LAGOS.title, "Fri 12 March, 19:30", links.checkin("e1")),), "/organiser"
        ),
    }
