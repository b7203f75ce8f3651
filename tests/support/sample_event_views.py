"""The front page, the list and the event page with believable contents."""

from dataclasses import replace

from markupsafe import Markup

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.events.view import EventListView, EventView, HoldingStrip, TicketRow
from admitone.entrypoints.pages.home.view import HomeView
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.structured_data import event_json_ld
from admitone.values import formats
from tests.support.sample_events import CATEGORIES, EVENTS, LAGOS, ONLINE, ORIGIN, WHEN, DemoEvent

_DESCRIPTION = Markup(
    "<p>The Adeyemi Orchestra opens the week with a new suite for the foundry’s furnace hall, "
    "written to be heard from every side of the room.</p><p>Support from Moremi Quartet. Expect a short "
    "interval, hot food in the yard, and a late bar until midnight.</p>"
    "<h3>Getting in</h3><ul><li>Step-free entrance on Mill Lane</li>"
    "<li>Five minutes’ walk from Yaba station</li></ul>"
)


def _tickets() -> tuple[TicketRow, ...]:
    return (
        TicketRow(
            "q_ga",
            "General admission",
            "Standing, ground floor. Doors 18:45.",
            "₦19,425",
            "incl. ₦925 fees",
            1_942_500,
            8,
            2,
            end_words="8 per person",
            step_words="Early bird until Sun 1 March, 12:00. 12 left at this price. Then ₦23,100.",
        ),
        TicketRow(
            "q_balcony",
            "Balcony",
            "Seated, first come first served.",
            "₦27,300",
            "incl. ₦1,300 fees",
            2_730_000,
            8,
            left_words="37 left",
        ),
        TicketRow(
            "q_support",
            "Supporter",
            "General admission and ₦6,500 for the youth band.",
            "₦25,925",
            "",
            2_592_500,
            8,
        ),
        TicketRow(
            "q_access",
            "Wheelchair space and companion",
            "Step-free entry, companion goes free. No proof asked.",
            "₦19,425",
            "incl. ₦925 fees",
            1_942_500,
            2,
            left_words="6 left",
            shared_words="Shared with Supporter",
            end_words="2 per person",
        ),
        TicketRow(
            "q_early",
            "Early bird",
            "",
            "₦12,600",
            "incl. ₦600 fees",
            1_260_000,
            8,
            state="sold_out",
            state_words="Sold out",
        ),
        TicketRow(
            "q_late",
            "After ten",
            "Entry from 22:00.",
            "₦8,400",
            "",
            840_000,
            8,
            state="not_yet",
            state_words="From Fri 5 March, 10:00",
        ),
    )


def event_view(demo: DemoEvent = LAGOS) -> EventView:
    """The page of an event on sale."""
    url = ORIGIN + links.event(demo.slug)
    online = demo is ONLINE
    return EventView(
        title=demo.title,
        summary=demo.summary,
        category=demo.category,
        category_url=links.with_query(links.EVENTS, category=demo.category.lower()),
        accent=demo.accent,
        poster_url=demo.poster,
        canonical_url=url,
        when=formats.span(demo.starts, demo.ends, demo.zone),
        when_detail=f"Doors 18:45. {formats.zone_words(demo.starts, demo.zone)}",
        starts_iso=formats.iso(demo.starts, demo.zone),
        place=demo.place,
        place_detail=demo.address,
        ics_url=links.event_ics(demo.slug),
        organiser_name="Foundry Presents",
        description_html=_DESCRIPTION,
        refund_text="Full refund until 5 March. After that, none, unless the night is cancelled.",
        state="on_sale",
        state_words="",
        price_from=formats.price_from(demo.price_minor, demo.currency, has_dearer=True),
        tickets=_tickets()
        if not online
        else (TicketRow("q_seat", "A seat at the call", "", "21,000 sats", "", 21_000_000, 4),),
        hold_url=links.hold(demo.slug),
        hold_minutes=15,
        terms_version="3",
        money=formats.money_style(demo.currency),
        json_ld=event_json_ld(
            name=demo.title,
            description=demo.summary,
            starts_iso=formats.iso(demo.starts, demo.zone),
            ends_iso=formats.iso(demo.ends, demo.zone),
            url=url,
            image_url=ORIGIN + demo.poster,
            status="scheduled",
            place_name=None if online else demo.place,
            address=None if online else demo.address,
            is_online=online,
            organiser_name="Foundry Presents",
            offers=(("General admission", "19425.00", demo.currency, True),),
        ),
        is_online=online,
        map_url="" if online else "https://www.openstreetmap.org/search?query=14+Foundry+Road%2C+Yaba",
    )


def _closed(state: str, words: str) -> EventView:
    rows = tuple(replace(row, state="sold_out", state_words="Sold out") for row in _tickets())
    return replace(event_view(), state=state, state_words=words, tickets=rows)


def event_views() -> dict[str, View]:
    """Name of the sample and its view."""
    return {
        "home": HomeView(links.poster("home", "ultra", "arcs"), tuple(e.card() for e in EVENTS), CATEGORIES),
        "home-empty": HomeView(links.poster("home", "ultra", "arcs"), (), CATEGORIES),
        "events": EventListView(
            "What is on",
            "6 events",
            tuple(e.card() for e in EVENTS),
            CATEGORIES,
            WHEN,
            next_url="/events?after=abc",
        ),
        "events-none": EventListView(
            "Results for opera", "No events", (), CATEGORIES, WHEN, query="opera", city="Lagos"
        ),
        "event": event_view(),
        "event-online": event_view(ONLINE),
        "event-refused": replace(
            event_view(), errors={"q_balcony": "Only 1 is left.", "": "Your choice was not held."}
        ),
        "event-holding": replace(
            event_view(),
            holding=HoldingStrip(
                "You are holding 2 tickets until 19:42 Lagos time.",
                "/checkout/0192",
                "/checkout/0192/release",
            ),
        ),
        "event-cancelled": _closed(
            "cancelled", "This event was cancelled. Every ticket is refunded, fees included."
        ),
        "event-sold-out": _closed(
            "sold_out", "All tickets are sold or held. Held ones come back if they are not paid."
        ),
        "event-not-yet": _closed("not_yet", "Tickets go on sale on Fri 5 March, 10:00."),
        "event-sales-closed": _closed("sales_closed", "Ticket sales have closed."),
        "event-ended": _closed("ended", "This event is over."),
    }
