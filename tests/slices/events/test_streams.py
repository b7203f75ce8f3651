"""How an event is watched online: which players are known, when it is open, what an organiser may say."""

from datetime import UTC, datetime, timedelta

import pytest

from admitone import events
from admitone.events import StreamKind, StreamPhase, StreamRules
from admitone.values.refusals import Problems

START = datetime(2027, 3, 4, 18, 0, tzinfo=UTC)
END = START + timedelta(hours=2)
YOUTUBE = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?rel=0&playsinline=1"


@pytest.mark.parametrize(
    ("url", "framed"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", YOUTUBE),
        ("https://youtube.com/watch?list=x&v=dQw4w9WgXcQ", YOUTUBE),
        ("https://m.youtube.com/live/dQw4w9WgXcQ?si=x", YOUTUBE),
        ("https://youtu.be/dQw4w9WgXcQ", YOUTUBE),
        ("https://www.youtube.com/embed/dQw4w9WgXcQ", YOUTUBE),
        ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871?dnt=1"),
        (
            "https://player.vimeo.com/video/76979871?h=abcdef0123",
            "https://player.vimeo.com/video/76979871?h=abcdef0123&dnt=1",
        ),
        ("https://vimeo.com/event/4242/abcdef01", "https://vimeo.com/event/4242/embed/abcdef01"),
        (
            "https://www.twitch.tv/a_channel",
            "https://player.twitch.tv/?channel=a_channel&parent=here.example",
        ),
        (
            "https://www.twitch.tv/videos/123456789",
            "https://player.twitch.tv/?video=123456789&parent=here.example",
        ),
    ],
)
def test_addresses_of_known_hosts_become_their_players(url: str, framed: str) -> None:
    player = events.player_of(url, "here.example")
    assert player is not None
    assert player.url == framed
    assert framed.startswith(player.origin + "/")
    assert events.stream_kind(StreamRules(), url) is StreamKind.EMBED


@pytest.mark.parametrize(
    "url",
    [
        "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
        "https://evilyoutube.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/watch?v=javascript:",
        "https://www.youtube.com/watch?v=dQw4w9WgXc",
        "https://www.youtube.com/@somebody",
        "https://youtu.be/dQw4w9WgXc",
        "https://vimeo.com/about",
        "https://vimeo.com/76979871/../x",
        "https://player.vimeo.com/video/76979871;x",
        "https://www.twitch.tv/a/b/c",
        "https://player.twitch.tv/?channel=a&parent=evil.example",
        "https://meet.example/room",
    ],
)
def test_other_addresses_are_framed_by_nobody(url: str) -> None:
    assert events.player_of(url, "here.example") is None
    assert events.stream_kind(StreamRules(), url) is StreamKind.LINK


def test_a_playlist_is_known_by_its_ending_or_by_what_the_organiser_says() -> None:
    url = "https://a.example/live.M3U8?token=x"
    assert events.stream_kind(StreamRules(), url) is StreamKind.HLS
    assert events.stream_kind(StreamRules(shown="link"), url) is StreamKind.LINK
    assert events.stream_kind(StreamRules(shown="hls"), "https://a.example/live") is StreamKind.HLS


@pytest.mark.parametrize(
    ("at", "phase"),
    [
        (START - timedelta(minutes=15, seconds=1), StreamPhase.WAITING),
        (START - timedelta(minutes=15), StreamPhase.OPEN),
        (START, StreamPhase.LIVE),
        (END, StreamPhase.LIVE),
        (END + timedelta(minutes=30), StreamPhase.REPLAY),
        (END + timedelta(days=2) - timedelta(seconds=1), StreamPhase.REPLAY),
        (END + timedelta(days=2), StreamPhase.OVER),
    ],
)
def test_the_phases_follow_each_other_without_a_gap(at: datetime, phase: StreamPhase) -> None:
    assert events.stream_phase(StreamRules(replay_days=2), START, END, at) is phase


def test_without_days_it_is_over_when_it_closes() -> None:
    closed = events.closes_at(StreamRules(), END)
    assert events.stream_phase(StreamRules(), START, END, closed) is StreamPhase.OVER
    assert events.replay_until(StreamRules(), END) is None


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (StreamRules(shown="frame"), "shown"),
        (StreamRules(opens_minutes=-1), "opens_minutes"),
        (StreamRules(stays_minutes=1441), "stays_minutes"),
        (StreamRules(replay_days=366), "replay_days"),
        (StreamRules(replay_days=1, replay_url="http://a.example/x"), "replay_url"),
        (StreamRules(replay_days=1, replay_url="https://u:p@a.example/x"), "replay_url"),
        (StreamRules(replay_url="https://a.example/x"), "replay_days"),
    ],
)
def test_what_cannot_be_right_is_refused(rules: StreamRules, field: str) -> None:
    with pytest.raises(Problems) as refusal:
        events.checked_stream(rules)
    assert [one.field for one in refusal.value.problems] == [field]


def test_what_is_right_is_kept_without_spaces() -> None:
    kept = events.checked_stream(StreamRules(replay_days=3, replay_url=" https://a.example/x "))
    assert kept == StreamRules(replay_days=3, replay_url="https://a.example/x")
    assert events.checked_stream(StreamRules(replay_url=" ")).replay_url is None
