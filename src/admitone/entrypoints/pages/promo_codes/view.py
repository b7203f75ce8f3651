"""What the pages of promo codes say."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserPage
from admitone.entrypoints.pages.organiser.view import Tile
from admitone.entrypoints.pages.views import Options, Part, State


@dataclass(frozen=True, slots=True)
class _PromoPage(OrganiserPage):
    section: ClassVar[str] = "promo"


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A code in the list. `does` is "20% off Standing", `used` "3 of 100", `off` an amount per currency."""

    code: str
    url: str
    does: str
    state: State
    used: str
    off: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class BatchLine:
    """Codes made at once: "PRESS-…", "250 codes", "12 used"."""

    name: str
    url: str
    made: str
    used: str
    when: str


@dataclass(frozen=True, slots=True)
class PromoListView(_PromoPage):
    """The list. `query` is what was searched for."""

    template: ClassVar[str] = "promo_codes/list.html"

    codes: tuple[CodeLine, ...]
    batches: tuple[BatchLine, ...]
    query: str
    create_url: str
    generate_url: str
    next_url: str
    first_url: str


@dataclass(frozen=True, slots=True)
class Box:
    """A box to tick."""

    name: str
    words: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class EventBoxes:
    """An event's box, and one for each of its types."""

    event: Box
    types: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class CodeFields:
    """The fields of a code. `sentence` says what it would do, if known; `zone_words` whose times these are."""

    form: Part
    effects: Options
    currencies: Options
    units: Options
    events: tuple[EventBoxes, ...]
    hidden: tuple[Box, ...]
    labels: dict[str, str]
    zone: str
    zone_words: str
    sentence: str
    note_most: int


@dataclass(frozen=True, slots=True)
class NewCodeView(_PromoPage):
    """A new code; or with `is_batch` many at once, each like `example` when they are looked at first."""

    template: ClassVar[str] = "promo_codes/new.html"

    fields: CodeFields
    is_batch: bool
    most: int
    back_url: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class CopyLink:
    """A link that opens an event's page with the code in it."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class CodeView(_PromoPage):
    """One code: what it did, where its links lead, and its form. An empty address hides the button.

    `fixed_words` says why its name cannot be changed, or is empty.
    """

    template: ClassVar[str] = "promo_codes/code.html"

    code: str
    state: State
    does: str
    tiles: tuple[Tile, ...]
    copies: tuple[CopyLink, ...]
    fields: CodeFields
    fixed_words: str
    pause_url: str
    resume_url: str
    delete_url: str
    back_url: str


@dataclass(frozen=True, slots=True)
class BatchView(_PromoPage):
    """One batch. `examples` are some of its codes; `delete_words` is what deleting would take away."""

    template: ClassVar[str] = "promo_codes/batch.html"

    name: str
    does: str
    made_words: str
    tiles: tuple[Tile, ...]
    examples: tuple[str, ...]
    csv_url: str
    pause_url: str
    resume_url: str
    delete_url: str
    delete_words: str
    back_url: str
