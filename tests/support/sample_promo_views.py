"""The pages of promo codes with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.view import Tile
from admitone.entrypoints.pages.promo_codes.forms import LABELS
from admitone.entrypoints.pages.promo_codes.view import (
    BatchLine,
    BatchView,
    Box,
    CodeFields,
    CodeLine,
    CodeView,
    CopyLink,
    EventBoxes,
    NewCodeView,
    PromoListView,
)
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import Part, State
from tests.support.sample_events import BERLIN, LAGOS, ORIGIN
from tests.support.sample_organiser_views import nav

URL = links.promo_codes("foundry")
ACTIVE = State("Active", "ok", "check")
SENTENCE = "20% off Standing, at Lagos Nights, 1 to 4 tickets, until 1 Mar 2027, 18:00, 100 uses in all"
NAV = replace(nav(with_event=False), promo_url=URL)


def fields(url: str, *, is_refused: bool = False, sentence: str = "") -> CodeFields:
    """The form, filled in."""
    values = {
        "code": "SUMMER20",
        "effect": "percent",
        "percent": "120" if is_refused else "20",
        "currency": "NGN",
        "quantity_max": "4",
        "valid_until": "2027-03-01T18:00",
        "total_limit": "100",
        "limit_unit": "orders",
        "form_key": "k",
        "quantity": "250",
        "prefix": "PRESS-",
    }
    errors = {"percent": "Please take off more than 0 and at most 100 percent."} if is_refused else {}
    return CodeFields(
        form=Part(url, values, errors),
        effects=(
            ("percent", "Percent off"),
            ("free", "Free tickets"),
            ("unlock", "Only shows hidden tickets"),
        ),
        currencies=(("NGN", "Nigerian Naira (NGN)"), ("EUR", "Euro (EUR)")),
        units=(("orders", "Orders"), ("tickets", "Tickets")),
        events=(
            EventBoxes(
                Box("event_1", f"{LAGOS.title}, Fri 12 March", is_ticked=True),
                (Box("type_1", "Standing", is_ticked=True), Box("type_2", "Balcony", is_ticked=False)),
            ),
            EventBoxes(Box("event_2", f"{BERLIN.title}, Sat 20 March", is_ticked=False), ()),
        ),
        hidden=(Box("unlock_3", f"Friends of the house, {LAGOS.title}", is_ticked=False),),
        labels=LABELS,
        zone="Africa/Lagos",
        zone_words="Lagos time",
        sentence=sentence,
        note_most=500,
    )


TILES = (
    Tile("Used", "37 of 100", "2 waiting to be paid"),
    Tile("Paid orders", "35", "71 tickets"),
    Tile("Taken off", "₦185,000", more=("€120",)),
    Tile("Paid with it", "₦740,000", more=("€480",)),
)


def _list() -> PromoListView:
    """Some codes, and a batch."""
    return PromoListView(
        nav=NAV,
        codes=(
            CodeLine(
                "SUMMER20",
                f"{URL}/1",
                "20% off Standing, at Lagos Nights",
                ACTIVE,
                "37 of 100",
                ("₦185,000",),
            ),
            CodeLine(
                "FRIENDS",
                f"{URL}/2",
                "Everything for free, shows Friends of the house",
                State("Paused", "warn", "clock"),
                "12",
                ("₦60,000", "€120"),
                "For the band's guests",
            ),
            CodeLine("EARLY", f"{URL}/3", "€5 off the order", State("Over"), "0 of 50 tickets", ("–",)),
        ),
        batches=(BatchLine("PRESS-…", f"{URL}/batches/4", "250 codes", "12 used", "1 Feb 2027, 09:00"),),
        query="",
        create_url=f"{URL}/create",
        generate_url=f"{URL}/generate",
        next_url=f"{URL}?cursor=x",
        first_url="",
    )


def _code() -> CodeView:
    """A code that was used."""
    return CodeView(
        nav=NAV,
        code="SUMMER20",
        state=ACTIVE,
        does=SENTENCE,
        tiles=TILES,
        copies=(CopyLink(LAGOS.title, f"{ORIGIN}{links.event(LAGOS.slug)}?code=SUMMER20"),),
        fields=fields(f"{URL}/1"),
        fixed_words="Fixed, because it was used.",
        pause_url=f"{URL}/1/pause",
        resume_url="",
        delete_url="",
        back_url=URL,
    )


def _batch() -> BatchView:
    """Codes made at once."""
    return BatchView(
        nav=NAV,
        name="PRESS-…",
        does="Everything for free, at Lagos Nights, 1 use in all",
        made_words="250 codes, made 1 Feb 2027, 09:00",
        tiles=TILES,
        examples=("PRESS-7QK2M9XW4C", "PRESS-0ABQ8DTR5N", "PRESS-W3EZ6Y1HVP"),
        csv_url=f"{URL}/batches/4.csv",
        pause_url=f"{URL}/batches/4/pause",
        resume_url=f"{URL}/batches/4/resume",
        delete_url=f"{URL}/batches/4/delete",
        delete_words="Delete 238 unused codes",
        back_url=URL,
    )


def promo_views() -> dict[str, View]:
    """Name of the sample and its view."""
    listed, code = _list(), _code()
    new = NewCodeView(NAV, fields(f"{URL}/create"), is_batch=False, most=10_000, back_url=URL)
    return {
        "promo-list": listed,
        "promo-list-empty": replace(listed, codes=(), batches=(), next_url=""),
        "promo-list-nothing": replace(listed, codes=(), batches=(), query="zzz", next_url="", first_url=URL),
        "promo-new": new,
        "promo-new-refused": replace(new, fields=fields(f"{URL}/create", is_refused=True)),
        "promo-new-sentence": replace(new, fields=fields(f"{URL}/create", sentence=SENTENCE)),
        "promo-generate": replace(new, fields=fields(f"{URL}/generate"), is_batch=True),
        "promo-code": code,
        "promo-code-unused": replace(
            code, fixed_words="", pause_url="", resume_url=f"{URL}/1/resume", delete_url=f"{URL}/1/delete"
        ),
        "promo-batch": _batch(),
    }
