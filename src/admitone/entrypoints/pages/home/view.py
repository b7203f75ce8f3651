"""What the front page says."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.views import EventCard, Link


@dataclass(frozen=True, slots=True)
class HomeView:
    """`events` are the next ones on sale, at most 9. `categories` become chips, `city` fills the search."""

    template: ClassVar[str] = "home/home.html"

    hero_poster_url: str
    events: tuple[EventCard, ...]
    categories: tuple[Link, ...]
    city: str = ""
