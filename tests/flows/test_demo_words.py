"""The demo's descriptions read like something a person typed."""

import itertools
import re
from datetime import UTC, datetime

import pytest

from admitone.events import EventDetails, StreamKind, stream_kind
from admitone.flows.demo_events import demo_events

NOW = datetime(2026, 11, 21, tzinfo=UTC)
EVENTS = [one.details for one in demo_events(NOW)]
OWN_LINE = re.compile(r"#+ |- |\d+\. ")


def test_what_is_online_can_be_watched_and_is_shown_again_for_as_long_as_it_is_promised() -> None:
    [online] = [one for one in demo_events(NOW) if one.details.online_url is not None]
    assert "for two weeks" in online.details.description_md
    assert online.stream is not None
    assert online.stream.replay_days == 14
    assert online.details.online_url is not None
    assert stream_kind(online.stream, online.details.online_url) is StreamKind.EMBED


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
