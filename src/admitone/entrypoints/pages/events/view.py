"""What the list of events and the page of one event say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from markupsafe import Markup

from admitone.entrypoints.pages.views import EventCard, Link, Options
from admitone.values.formats import MoneyStyle


@dataclass(frozen=True, slots=True)
class EventListView:
    """Search results. `next_url` is the next page by keyset cursor, `first_url` leads back; empty when there
    is none.

    `when` is the chosen value of `when_options`. `result_words`: "12 events" or "12 events in Lagos".
    `heading`: "What is on" or "Results for jazz". `wider_url` is offered when nothing was found.
    """

    template: ClassVar[str] = "events/list.html"

    heading: str
    result_words: str
    events: tuple[EventCard, ...]
    categories: tuple[Link, ...]
    when_options: Options
    query: str = ""
    city: str = ""
    when: str = ""
    category: str = ""
    next_url: str = ""
    first_url: str = ""
    wider_url: str = "/events"


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One ticket type a buyer may choose.

    `field` is the form field of the quantity ("q_<ticket type id>"). `price` is all-in for one ("₦19,425",
    "Free"), `fee_words` what part of it is fees ("incl. ₦925 fees") or empty. `unit_minor` is the all-in
    price in minor units, for the running total. `limit` is how many one person may choose now (at least 1).
    `quantity` is what was chosen before. `state`: on_sale, sold_out, not_yet, ended or paused; `state_words`
    say it ("Sold out", "On sale from Mon 1 Feb, 10:00"). `left_words`: "6 left", only when true and under 50,
    else empty; `shared_words`: "shared with Child" when those places are another ticket's too. `end_words` is why
    nobody can choose more than `limit`: "4 per person" or "Only 2 left".

    `kind`: ticket, bundle, add_on or donation; `heading` stands before the first of a kind. `was` is the price without
    the promo code. `price_field` ("p_<ticket type id>") is there when the buyer chooses the price; `price_value` is
    what is in it, `price_hint` says how little is possible. A donation has no quantity. `needs_words`: "Up to 1 with
    each ticket". `step_words`: how long the price holds, and what comes after it.
    """

    field: str
    name: str
    description: str
    price: str
    fee_words: str
    unit_minor: int
    limit: int
    quantity: int = 0
    state: str = "on_sale"
    state_words: str = ""
    left_words: str = ""
    shared_words: str = ""
    end_words: str = ""
    kind: str = "ticket"
    heading: str = ""
    was: str = ""
    price_field: str = ""
    price_value: str = ""
    price_hint: str = ""
    needs_words: str = ""
    step_words: str = ""


@dataclass(frozen=True, slots=True)
class HoldingStrip:
    """What this visitor holds: "You are holding 2 tickets until 17:12 Berlin time." and the two ways on."""

    words: str
    continue_url: str
    release_url: str


@dataclass(frozen=True, slots=True)
class EventView:
    """One event.

    `state`: on_sale, not_yet, sales_closed, sold_out, cancelled, ended or draft (only its organiser sees a
    draft). `state_words` is the sentence for every state but on_sale ("This event was cancelled. Every ticket
    is refunded."). `when`: "Friday 12 March 2027, 19:30 to 23:00"; `when_detail`: "Doors 18:45. Lagos time
    (UTC+1)". `place`: "The Old Foundry, Lagos" or "Online"; `place_detail`: address, or "The link comes with
    your ticket". `map_url` is empty or a link to a map. `is_online` adds the reader's own time by script.
    `description_html` is sanitised already. `terms_version` travels with the form: a changed price is refused
    and shown anew. `price_from`: "From ₦19,425"
    for the buy bar. `money` tells the stepper how to write the total. `errors` uses the tickets' `field`
    names, or '' for the whole form. `holding` is on the page of a visitor who holds tickets, which nobody else
    gets. `json_ld` comes from structured_data.event_json_ld. `adds_up`: the total is the sum of the prices shown, so
    the button may say it. `price_unit` stands before a price to type: "€". `discounts` are the automatic ones in words.
    `is_test`: sold for play money. `code` is the promo code typed, `code_words` what it does; errors
    has `code` when it does nothing.
    """

    template: ClassVar[str] = "events/event.html"

    title: str
    summary: str
    category: str
    category_url: str
    accent: str
    poster_url: str
    canonical_url: str
    when: str
    when_detail: str
    starts_iso: str
    place: str
    place_detail: str
    ics_url: str
    organiser_name: str
    description_html: Markup
    refund_text: str
    state: str
    state_words: str
    price_from: str
    tickets: tuple[TicketRow, ...]
    hold_url: str
    hold_minutes: int
    terms_version: str
    money: MoneyStyle
    json_ld: Markup
    is_online: bool = False
    is_test: bool = False
    adds_up: bool = True
    price_unit: str = ""
    discounts: tuple[str, ...] = ()
    code: str = ""
    code_words: str = ""
    map_url: str = ""
    social_image_url: str = ""
    manage_url: str = ""
    holding: HoldingStrip | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
