"""What the event editor says. Every section and every row is a form of its own, saved by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.organiser.view import StepsPart
from admitone.entrypoints.pages.views import Options, Part, State


@dataclass(frozen=True, slots=True)
class TypePart:
    """A ticket type. `form` posts name, description, price (as typed), capacity (its own places, empty for
    none), pool_<id> of each shared pool it draws on ("1" or absent), per_person_limit, sales_from,
    sales_until (datetime-local), is_offered ("1" or absent), and more about its price: see `editor_prices`.

    `summary`: "₦18,500, 586 of 800 sold". `remove_url` (POST) is empty once one was sold. `is_open` unfolds
    it.
    """

    id: str
    name: str
    summary: str
    state: State
    form: Part
    remove_url: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class PoolPart:
    """Places shared by several ticket types. `form` posts name and capacity. `used_words`: "586 sold, 12
    held". `used_by` names the ticket types that draw on them; `remove_url` (POST) is empty while any does.
    """

    id: str
    name: str
    used_words: str
    form: Part
    used_by: str = ""
    remove_url: str = ""


@dataclass(frozen=True, slots=True)
class CheckItem:
    """A line of the publish checklist; `anchor` is the section that settles it, such as "tickets"."""

    words: str
    is_done: bool
    anchor: str


@dataclass(frozen=True, slots=True)
class StyleChoice:
    """A poster style and how this event would look in it."""

    id: str
    words: str
    poster_url: str


@dataclass(frozen=True, slots=True)
class EditorView:
    """The editor. What each form posts, by section:

    basics: title, summary, description, category, slug, refund_rule (of `refund_rules`), refund_days, refund_percent,
    refund_fees, refund_text, change_rule (of `change_rules`), change_days, change_fee, change_up_only, a box for each
    of `change_events`. when: zone, starts, ends, doors (datetime-local). where: kind ("venue", "online" or
    "both"), venue_name, venue_address, city, country, online_url.
    money: currency (unless `currency_is_fixed`), fee_percent, fee_fixed, fee_paid_by ("buyer" or
    "organiser"), tax_percent, tax_name, tax_mode ("included" or "added"). look: accent, poster_style.
    prices: see `editor_prices`; `discount_rows` and `bundle_rows` are the numbers of its rows, `type_names` (id, name)
    of the ticket types, `site_fee_words` what the site earns where that is not the organiser's to say.
    `publish_url` takes a POST and is empty when not possible now; `publish_errors` says why putting on sale
    was refused. `pool_boxes`: the name of each shared pool's box in a ticket type's form, and its words.
    `fixed_address` is the path of a page that is public, empty while it may get another. `price_unit` stands
    before a typed price: "₦", "sats". `holders_words`: "3 ticket holders", who are told when time or place change;
    empty where there are none. `price_example`: "18500.00".
    """

    template: ClassVar[str] = "organiser/editor.html"
    section: ClassVar[str] = "edit"

    nav: OrganiserNav
    title: str
    state: State
    is_draft: bool
    basics: Part
    when: Part
    where: Part
    money: Part
    look: Part
    types: tuple[TypePart, ...]
    new_type: Part
    pools: tuple[PoolPart, ...]
    new_pool: Part
    pool_boxes: Options
    categories: Options
    refund_rules: Options
    change_rules: Options
    zones: Options
    countries: Options
    currencies: Options
    accents: Options
    styles: tuple[StyleChoice, ...]
    poster_url: str
    price_unit: str
    price_example: str
    checklist: tuple[CheckItem, ...]
    preview_url: str
    change_events: Options = ()
    publish_url: str = ""
    currency_is_fixed: bool = False
    fixed_address: str = ""
    steps: StepsPart | None = None
    prices: Part = field(default_factory=lambda: Part(""))
    prices_open: bool = False
    has_processing: bool = False
    type_names: Options = ()
    discount_rows: tuple[int, ...] = (0,)
    bundle_rows: tuple[int, ...] = (0,)
    site_fee_words: str = ""
    holders_words: str = ""
    publish_errors: Mapping[str, str] = field(default_factory=dict)
