"""The demo's descriptions read like something a person typed."""

import itertools
import re
from datetime import UTC, datetime

import pytest

from admitone.events import EventDetails
from admitone.flows.demo_events import demo_events

EVENTS = [one.details for one in demo_events(datetime(2026, 11, 21, tzinfo=UTC))]
OWN_LINE = re.compile(r"#+ |- |\d+\. ")


@pytest.mark.parametrize("details", EVENTS, ids=lambda one: one.city or "online")
def test_a_paragraph_has_no_line_breaks_in_it(details: EventDetails) -> None:
    lines = details.description_md.splitlines()
    broken = [
        second
        for first, second in itertools.pairwise(lines)
        if first and second and not OWN_LINE.match(second)
    ]
    assert (broken, len(lines) > 5) == ([], True)
    assert not any("  " in line or line != line.strip() for line in lines)
