"""The organiser pages with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.nav import EventNav, OrganiserNav
from admitone.entrypoints.pages.organiser.view import (
    AskView,
    ChooseOrganiserView,
    CopyView,
    EventRow,
    HistoryLine,
    InviteRow,
    MemberRow,
    Need,
    NewEventView,
    NewOrganiserView,
    OrderRow,
    OrdersView,
    OrganiserEventsView,
    OrganiserOrderView,
    OverviewView,
    PaymentLine,
    RefundView,
    SoldMeter,
    StepsPart,
    TeamView,
    TicketLine,
    Tile,
)
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.styleguide.view import StyleguideView
from admitone.entrypoints.pages.views import Link, Part, State
from admitone.events import posters
from admitone.values import formats
from tests.support.sample_door_views import VERDICTS
from tests.support.sample_events import BERLIN, EVENTS, LAGOS, LINES, NEW_YORK, ORIGIN, DemoEvent

ON_SALE = State("On sale", "ok")
DRAFT = State("Draft", "warn")


def nav(*, with_event: bool = True) -> OrganiserNav:
    """The side bar of an owner."""
    event = EventNav(
        LAGOS.title,
        "Fri 12 March, on sale",
        LAGOS.poster,
        links.managed_event("foundry", "e1"),
        links.managed_event("foundry", "e1", "edit"),
        links.managed_event("foundry", "e1", "orders"),
        links.checkin("e1"),
        links.event(LAGOS.slug),
        "3",
        uma_url=links.managed_event("foundry", "e1", "uma-invoices"),
    )
    return OrganiserNav(
        "Foundry Presents",
        links.organiser("foundry"),
        links.team("foundry"),
        links.organiser_new_event("foundry"),
        links.ORGANISER,
        event=event if with_event else None,
    )


TILES = (
    Tile("Revenue", "₦21,437,600", "fees included", ("€2,360", "$410.50")),
    Tile("Tickets sold", "923", "48 today"),
    Tile("Held right now", "14", "back in at most 15 minutes"),
    Tile("Checked in", "612", "of 923"),
)
NEEDS = (
    Need("hourglass", "2 payments nobody knows about", "₦77,700, oldest 6 minutes", "/organiser", "Look"),
    Need("undo-2", "1 refund failed", "Order P9DD4T, ₦38,850", "/organiser", "Review"),
)
ORDERS = (
    OrderRow(
        "K7PQ2M",
        "/o/K7PQ2M",
        "Ada Obi",
        "ada@example.com",
        "2 × General admission",
        "1 Mar, 19:27",
        "Card",
        State("Paid", "ok", "check"),
        "₦38,850",
    ),
    OrderRow(
        "M2XWQ9",
        "/o/M2XWQ9",
        "Tunde Bello",
        "tunde@example.com",
        "1 × Balcony",
        "1 Mar, 19:21",
        "Bank transfer",
        State("Waiting", "warn", "hourglass"),
        "₦27,300",
    ),
    OrderRow(
        "P9DD4T",
        "/o/P9DD4T",
        "مريم العلي",
        "mariam@example.com",
        "4 × General admission",
        "1 Mar, 18:58",
        "Card",
        State("Cancelled", "bad", "circle-x"),
        "₦77,700",
    ),
)
METERS = (
    SoldMeter("General admission", 586, 800, "586 of 800"),
    SoldMeter("Balcony", 263, 300, "263 of 300, 6 held"),
    SoldMeter("Supporter", 60, 150, "60 of 150"),
    SoldMeter("Wheelchair space and companion", 14, 20, "14 of 20"),
)


def _row(demo: DemoEvent, state: State, sold: int, capacity: int, revenue: str) -> EventRow:
    return EventRow(
        demo.title,
        formats.day_time(demo.starts, demo.zone),
        links.managed_event("foundry", demo.slug),
        demo.poster,
        state,
        sold,
        capacity,
        f"{formats.number(sold)} of {formats.number(capacity)} sold",
        revenue,
        links.checkin(demo.slug) if state.kind == "ok" else "",
    )


STEPS = StepsPart("/organiser/duplicate", "/organiser/unpublish", "/organiser/end", "/organiser/cancel")
ZONES = (("Africa/Lagos", "Lagos"), ("Europe/Berlin", "Berlin"), ("UTC", "UTC"))


CATEGORIES = (("music", "Music"), ("art", "Art"), ("comedy", "Comedy"))
CURRENCIES = (("NGN", "NGN, ₦"), ("EUR", "EUR, €"), ("BTC", "BTC, in sats"))


def _order_page() -> OrganiserOrderView:
    return OrganiserOrderView(
        nav=nav(),
        code="K7PQ2M",
        state=State("Paid", "ok", "check"),
        buyer="Ada Obi",
        email="ada.obi@example.com",
        placed="1 Mar 2027, 19:27",
        orders_url=links.managed_event("foundry", "e1", "orders"),
        lines=LINES,
        tickets=(
            TicketLine(
                "1 of 2",
                "General admission",
                "Ada Obi",
                State("Used", "info", "check"),
                "19:02, Mill Lane door",
            ),
            TicketLine("2 of 2", "General admission", "Tunde Bello", State("Valid", "ok", "check")),
        ),
        payments=(
            PaymentLine(
                "Card, refused by the bank",
                "₦38,850",
                "1 Mar 2027, 19:27",
                State("Failed", "bad", "circle-x"),
            ),
            PaymentLine("Card", "₦38,850", "1 Mar 2027, 19:28", State("Paid", "ok", "check")),
            PaymentLine(
                "Refund, paid twice",
                "-₦38,850",
                "1 Mar 2027, 19:29",
                State("Refused", "bad", "circle-x"),
                "The payment provider refused it: the account is closed. The money is still yours to give back.",
                "/organiser/refund-again",
            ),
        ),
        history=(
            HistoryLine("19:27", "Ordered"),
            HistoryLine("19:28", "Paid by card"),
            HistoryLine("19:28", "Tickets issued"),
        ),
        resend_url="/organiser/resend",
    )


def _selling_views() -> dict[str, View]:
    """One event's overview and orders."""
    orders = OrdersView(
        nav(),
        "1,240 orders",
        ORDERS,
        (("", "Any"), ("paid", "Paid"), ("pending", "Waiting")),
        next_url="?after=x",
    )
    overview = OverviewView(
        nav(),
        LAGOS.title,
        "28 days to go.",
        ON_SALE,
        TILES,
        METERS,
        (SoldMeter("The hall", 646, 950, "646 of 950, 12 held"),),
        NEEDS,
        ORDERS,
        links.managed_event("foundry", "e1", "orders"),
        links.managed_event("foundry", "e1", "edit"),
        links.event(LAGOS.slug),
        ORIGIN + links.event(LAGOS.slug),
        STEPS,
    )
    ask = AskView(
        nav(),
        "Cancel the event?",
        "circle-x",
        LAGOS.title,
        (
            "Sales stop at once. All 923 tickets sold become invalid.",
            "Everybody who paid gets a mail and all their money back, fees included: ₦21,437,600 in 412 "
            "orders. This cannot be undone.",
        ),
        "/organiser/cancel",
        "/organiser/overview",
        "Cancel and refund everybody",
        "Keep the event",
    )
    refund = RefundView(
        nav(),
        "K7PQ2M",
        "Ada Obi",
        "₦38,850",
        "2 tickets",
        "/organiser/refund",
        "/organiser/order",
        "Take back and refund ₦38,850",
        part_url="/organiser/refund/part",
    )
    return {
        "overview": overview,
        "overview-empty": replace(overview, types=(), pools=(), needs=(), orders=()),
        "orders": orders,
        "orders-refused": replace(orders, needs=NEEDS[1:]),
        "orders-none": replace(orders, orders=(), query="zzz", count_words="No orders", next_url=""),
        "organiser-order": _order_page(),
        "organiser-ask": ask,
        "organiser-refund": refund,
        "organiser-refund-free": replace(refund, amount="", button="Take back the order"),
    }


def _copy_view() -> CopyView:
    """A copy whose second time is missing."""
    return CopyView(
        nav(),
        LAGOS.title,
        "Friday 12 March 2027, 19:30 to 23:00",
        "Africa/Lagos",
        Part(
            "/organiser/duplicate",
            {"title": LAGOS.title, "starts": "2028-03-10T19:30"},
            {"ends": "Please fill this in."},
        ),
        links.managed_event("foundry", "e1"),
    )


def organiser_views() -> dict[str, View]:
    """Name of the sample and its view."""
    return {
        "organiser-choose": ChooseOrganiserView(
            (Link("Foundry Presents", "/organiser/foundry"), Link("Yaba Nights", "/organiser/yaba")),
            links.NEW_ORGANISER,
        ),
        "organiser-new": NewOrganiserView(
            Part(links.NEW_ORGANISER, {"name": ""}, {"name": "Please give a name."})
        ),
        "organiser-events": OrganiserEventsView(
            nav(with_event=False),
            TILES,
            NEEDS,
            (_row(LAGOS, ON_SALE, 923, 1240, "₦21,437,600"), _row(BERLIN, DRAFT, 0, 400, "€0")),
            (_row(NEW_YORK, State("Ended"), 118, 120, "$2,360"),),
        ),
        "organiser-events-empty": OrganiserEventsView(nav(with_event=False), (), (), ()),
        "organiser-copy": _copy_view(),
        "organiser-new-event": NewEventView(
            nav(with_event=False),
            Part(
                "/organiser/foundry/new-event", {"zone": "Africa/Lagos"}, {"starts": "That is in the past."}
            ),
            CATEGORIES,
            CURRENCIES,
            ZONES,
        ),
        **_selling_views(),
        "team": TeamView(
            nav(with_event=False),
            (
                MemberRow("Mara Ade", "mara@foundry.example", "owner", "Owner", True),
                MemberRow(
                    "Sola Adebayo-Okonkwo",
                    "door@foundry.example",
                    "door",
                    "Door",
                    False,
                    "/organiser/role",
                    "/organiser/remove",
                ),
            ),
            (InviteRow("kemi@example.com", "Manager", "sent yesterday", "/organiser/withdraw"),),
            (
                ("owner", "Owner: everything"),
                ("manager", "Manager: events and orders"),
                ("door", "Door: check-in only"),
            ),
            (("owner", "Owner"), ("manager", "Manager"), ("door", "Door staff")),
            "/organiser/invite",
        ),
        "styleguide": StyleguideView(
            posters.ACCENTS,
            tuple(event.card() for event in EVENTS),
            LINES,
            TILES,
            ORDERS,
            VERDICTS,
            Part(
                "", {"guide_email": "ada.obi@gmial.com"}, {"guide_email": "Did you mean ada.obi@gmail.com?"}
            ),
            (("own", "Its own number"), ("hall", "The hall")),
        ),
    }
