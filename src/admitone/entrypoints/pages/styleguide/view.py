"""Data for the page that shows every component in every state."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.checkin.view import Verdict
from admitone.entrypoints.pages.organiser.view import OrderRow, Tile
from admitone.entrypoints.pages.views import EventCard, Options, Part, PriceLine


@dataclass(frozen=True, slots=True)
class StyleguideView:
    """Sample pieces; the page is for development, for pictures and for the accessibility test."""

    template: ClassVar[str] = "styleguide/styleguide.html"

    accents: tuple[str, ...]
    cards: tuple[EventCard, ...]
    lines: tuple[PriceLine, ...]
    tiles: tuple[Tile, ...]
    orders: tuple[OrderRow, ...]
    verdicts: tuple[Verdict, ...]
    form: Part
    options: Options
