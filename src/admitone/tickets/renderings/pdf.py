"""Tickets as a PDF: one page each, tagged and readable aloud (PDF/UA-1, ISO 14289-1) wherever our fonts
reach.

Typst lays the page out (`ticket.typ` is the design). Nothing a person typed can make it fail: text travels as
JSON, control characters are dropped, over-long text is cut with an ellipsis, and for a script our fonts do
not have, the page is made once more with the machine's own fonts and without the claim to be PDF/UA.
"""

import json
import re
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import typst
from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time, get_timezone_location

from admitone.tickets import code as codes
from admitone.tickets.renderings import qr
from admitone.tickets.short_code import short_of

_FOLDER: Final = Path(__file__).parent
_TEMPLATE: Final = str(_FOLDER / "ticket.typ")
_ONE_DAY: Final = timedelta(days=1)
# A run without a space is given places to break, or it would leave the page.
_LONG_RUN: Final = re.compile(r"\S{16}(?=\S{4})")
_ZERO_WIDTH_SPACE: Final = "\u200b"
_JOINERS: Final = "\u200c\u200d"
_MOST_ACCENTS: Final = 4
# Emoji and their modifiers: no text font has them, and one of them in a title would cost the page its fonts
# and tags.
_PICTOGRAPH: Final = re.compile("[\u2600-\u27bf\u2b00-\u2bff\ufe00-\ufe0f\u20e3\U0001f000-\U0001faff]")
# Cut where the design has room for no more; a cut title is still the event, a page without its code is no
# ticket.
_LIMITS: Final = {"title": 110, "name": 60, "line": 90, "short": 24, "help": 220}


@dataclass(frozen=True, slots=True)
class Words:
    """The words printed around the facts, in the ticket's language.

    `qr_alt` is read aloud in place of the code, `qr_alt_online` where there is no door.
    """

    when: str = "When"
    where: str = "Where"
    order: str = "Order"
    price: str = "Paid"
    online: str = "Online"
    doors: str = "Doors {time}"
    ends: str = "ends {time}"
    zone: str = "{place} time"
    ticket: str = "Ticket"
    tickets: str = "Tickets"
    watch: str = "Watch at {place}"
    qr_alt_online: str = "The code of the ticket; the same code is printed below in letters."
    qr_alt: str = "The ticket code to be scanned at the door; the same code is printed below in letters."
    test: str = "Test ticket. It is only for trying out, and ends when tickets are sold for real money."
    help: str = "Show this code on paper or on a phone. It lets one person in, once. Keep it to yourself."


@dataclass(frozen=True, slots=True)
class TicketDocument:
    """All that one page says. Times are aware; they are shown in `zone_name` (an IANA name), which is also
    printed.

    `poster_svg` is a complete SVG document, about 2:1; `accent` one of the presets of the design system;
    `code` the signed T1 text; `language` a BCP 47 tag; `help_text` the line at the foot (refund rule, whom to
    write to); `watch_url` where an event online is watched; `is_test` prints above the title that it is for
    trying out.
    """

    title: str
    organiser_name: str
    type_name: str
    holder_name: str | None
    order_code: str
    unit_label: str
    starts_at: datetime
    doors_at: datetime | None
    ends_at: datetime | None
    zone_name: str
    venue_name: str | None
    venue_address: str | None
    online: bool
    price_text: str
    accent: str
    poster_svg: str
    code: str
    language: str = "en"
    help_text: str = ""
    words: Words = field(default_factory=Words)
    watch_url: str | None = None
    is_test: bool = False


def render_pdf(documents: Sequence[TicketDocument]) -> bytes:
    """One PDF with one A5 page per ticket, in the order given. Pure but slow enough for a thread;
    thread-safe.

    About 40 ms the first time in a thread, then a few milliseconds a ticket.
    """
    assert documents, "a PDF of no tickets is a mistake of the caller"
    batch = _batch(documents)
    try:
        return _compile(batch, bundled_only=True)
    except typst.TypstError:
        # A glyph our fonts lack, or a poster that is no picture: a ticket without its picture is still a
        # ticket.
        plain = {**batch, "tickets": [{**ticket, "poster": None} for ticket in _tickets(batch)]}
    for attempt, bundled_only in ((batch, False), (plain, True)):
        try:
            return _compile(attempt, bundled_only)
        except typst.TypstError:
            continue
    return _compile(plain, bundled_only=False)


class _PerThread(threading.local):
    """A compiler is not for two threads at once; its fonts, read once per process, are."""

    def __init__(self) -> None:
        self.compilers: dict[bool, typst.Compiler] = {}


_threads: Final = _PerThread()
_fonts: Final[dict[bool, typst.Fonts]] = {}
_fonts_lock: Final = threading.Lock()


def _compiler(bundled_only: bool) -> typst.Compiler:
    found = _threads.compilers.get(bundled_only)
    if found is not None:
        return found
    with _fonts_lock:
        if bundled_only not in _fonts:
            _fonts[bundled_only] = typst.Fonts(
                include_system_fonts=not bundled_only,
                include_embedded_fonts=not bundled_only,
                font_paths=[str(_FOLDER / "fonts")],
            )
    made = typst.Compiler(input=_TEMPLATE, root=str(_FOLDER), font_paths=_fonts[bundled_only])
    _threads.compilers[bundled_only] = made
    return made


def _compile(batch: Mapping[str, object], bundled_only: bool) -> bytes:
    compiled = _compiler(bundled_only).compile(
        format="pdf",
        sys_inputs={"batch": json.dumps(batch)},
        pdf_standards=["ua-1"] if bundled_only else [],
        # A fixed creation time: the same tickets give the same bytes.
        timestamp=0,
    )
    assert isinstance(compiled, bytes)
    return compiled


def _tickets(batch: Mapping[str, object]) -> list[dict[str, object]]:
    tickets = batch["tickets"]
    assert isinstance(tickets, list)
    return tickets


def _batch(documents: Sequence[TicketDocument]) -> dict[str, object]:
    first = documents[0]
    posters = list(dict.fromkeys(document.poster_svg for document in documents if document.poster_svg))
    heading = first.words.ticket if len(documents) == 1 else first.words.tickets
    return {
        "title": f"{heading}: {_clean(first.title, 'title')}",
        "author": _clean(first.organiser_name, "name"),
        "language": _language(first.language),
        "words": asdict(first.words),
        "posters": posters,
        "tickets": [_page(document, posters) for document in documents],
    }


def _page(document: TicketDocument, posters: Sequence[str]) -> dict[str, object]:
    return {
        "title": _clean(document.title, "title") or document.words.ticket,
        "organiser": _clean(document.organiser_name, "name"),
        "type": _clean(document.type_name, "name"),
        "holder": _clean(document.holder_name or "", "name"),
        "order": _clean(document.order_code, "short"),
        "unit": _clean(document.unit_label, "short"),
        "price": _clean(document.price_text, "short"),
        "help": _clean(document.help_text or document.words.help, "help"),
        "accent": document.accent,
        "test": document.words.test if document.is_test else "",
        "poster": posters.index(document.poster_svg) if document.poster_svg else None,
        "when_lines": _when(document),
        "where_lines": _where(document),
        "qr": qr.qr_svg(document.code),
        "qr_alt": document.words.qr_alt_online if document.online else document.words.qr_alt,
        "typed": short_of(codes.parse(document.code).payload.serial, codes.digest(document.code)),
    }


def _when(document: TicketDocument) -> list[str]:
    zone = ZoneInfo(document.zone_name)
    locale = _locale(document.language)
    words = document.words
    starts = document.starts_at.astimezone(zone)
    around: list[str] = []
    if document.doors_at and not document.online:
        around.append(words.doors.format(time=_clock(document.doors_at.astimezone(zone), locale)))
    if document.ends_at:
        ends = document.ends_at.astimezone(zone)
        shown = (
            _clock(ends, locale)
            if ends - starts < _ONE_DAY
            else f"{_day(ends, locale)}, {_clock(ends, locale)}"
        )
        around.append(words.ends.format(time=shown))
    place = get_timezone_location(zone, locale=locale, return_city=True)
    offset = starts.strftime("%z")
    zone_line = f"{words.zone.format(place=place)} (UTC{offset[:3]}:{offset[3:5]})"
    lines = (f"{_day(starts, locale)}, {_clock(starts, locale)}", ", ".join(around), zone_line)
    return [_clean(line, "line") for line in lines]


def _where(document: TicketDocument) -> list[str]:
    if document.online:
        lines = [document.venue_name or document.words.online]
        if document.watch_url:
            lines.append(document.words.watch.format(place=document.watch_url.partition("://")[2]))
        return [_clean(line, "line") for line in lines]
    return [_clean(document.venue_name or "", "line"), _clean(document.venue_address or "", "line")]


def _day(at: datetime, locale: Locale) -> str:
    return format_skeleton("yMMMMEEEd", at, locale=locale).replace(",", "")


def _clock(at: datetime, locale: Locale) -> str:
    return format_time(at.time(), "short", locale=locale)


def _locale(language: str) -> Locale:
    # Plain "en" is read by more people outside the United States than in it, and our design writes 19:30.
    wanted = "en-GB" if language.lower() == "en" else language
    try:
        return Locale.parse(wanted, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")


def _language(language: str) -> str:
    primary = language.split("-")[0].lower()
    return primary if re.fullmatch(r"[a-z]{2,3}", primary) else "en"


def _clean(text: str, limit: str) -> str:
    """One line of printable text: no controls, direction overrides, emoji or piles of accents,
    cut to its room.
    """
    kept: list[str] = []
    accents = 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category in ("Zs", "Zl", "Zp") or character in "\t\n\r":
            character, category = " ", "Zs"
        accents = accents + 1 if category in ("Mn", "Me") else 0
        joins = character in _JOINERS and bool(kept) and kept[-1].isalpha()
        printable = category not in ("Cc", "Cf", "Cs", "Co", "Cn") and not _PICTOGRAPH.match(character)
        if (printable or joins) and accents <= _MOST_ACCENTS:
            kept.append(character)
    line = " ".join("".join(kept).split())
    room = _LIMITS[limit]
    if len(line) > room:
        line = line[: room - 1].rstrip() + "\u2026"
    return _LONG_RUN.sub(lambda run: run.group() + _ZERO_WIDTH_SPACE, line)
