"""What the page says on which an organiser sets how an event is watched."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import Options, Part


@dataclass(frozen=True, slots=True)
class StreamSetupView:
    """`form` posts online_url, shown (of `shown_choices`), opens_minutes, stays_minutes, replay_days, replay_url,
    after_door and revision. `seen_words` say what people with a ticket get to see, `sending_words` whether it can be
    read now (`is_dead`: it cannot, while people may be watching); `times` are (label, moment).
    `watching_words`: "3 people watch now", empty where nobody does. `has_venue`: people also come to a place.
    """

    template: ClassVar[str] = "stream_setup/setup.html"
    section: ClassVar[str] = "stream"

    nav: OrganiserNav
    title: str
    form: Part
    shown_choices: Options
    seen_words: str
    sending_words: str
    is_dead: bool
    times: tuple[tuple[str, str], ...]
    watching_words: str
    has_venue: bool
    watch_url: str
    labels: dict[str, str]
    url_most: int
