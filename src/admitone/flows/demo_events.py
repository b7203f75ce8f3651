"""The six events of the demo: different cities, currencies, taxes and ways of sharing places. Words and
numbers only.

Dates are counted from the day the demo is made, in each event's own zone, so that it always has something
coming up.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from admitone import events
from admitone.events import EventDetails, StreamRules, TypeDetails
from admitone.flows import demo_words
from admitone.flows.refund_policy import Chosen, record_of
from admitone.pricing import ChangePolicy, as_change_record


@dataclass(frozen=True, slots=True)
class DemoType:
    """A ticket type, its own pool's size if it has one, and the names of the shared pools it draws on."""

    details: TypeDetails
    capacity: int | None = None
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """An event, its shared pools (name and capacity), and its ticket types."""

    details: EventDetails
    types: tuple[DemoType, ...]
    pools: tuple[tuple[str, int], ...] = ()
    stream: StreamRules | None = None


def demo_events(now: datetime) -> tuple[DemoEvent, ...]:
    """All six, as of `now`."""
    return (_lagos(now), _berlin(now), _tokyo(now), _new_york(now), _kuwait(now), _online(now))


def _at(now: datetime, zone: str, weeks: int, weekday: int, clock: time) -> datetime:
    """That time on the weekday (Monday is 0) of the week `weeks` from now, in the zone, as an instant."""
    today = events.to_local(now, zone).date()
    day = today + timedelta(days=7 * weeks + (weekday - today.weekday()) % 7)
    return events.to_utc(datetime.combine(day, clock), zone, field="starts_at", which="first")


def _lagos(now: datetime) -> DemoEvent:
    zone = "Africa/Lagos"
    starts_at = _at(now, zone, 2, 4, time(20, 30))
    details = EventDetails(
        title="Brass & Palmwine: Jazz at the Old Foundry",
        summary="Eleven players, a furnace hall and a late yard full of highlife.",
        description_md=demo_words.LAGOS,
        category="music",
        accent="tomato",
        poster_style="arcs",
        currency="NGN",
        zone=zone,
        venue_name="The Old Foundry",
        venue_address="14 Foundry Road, Yaba",
        city="Lagos",
        country="NG",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=6),
        doors_at=starts_at - timedelta(hours=1),
        fee_bps=350,
        fee_fixed_minor=10_000,
        fee_paid_by="buyer",
        tax_bps=750,
        tax_mode="included",
        tax_name="VAT",
        refund_text="Later, tell us and we look for a buyer.",
        refund_policy=record_of(Chosen("full", days=7, with_fees=True)),
        change_policy=as_change_record(ChangePolicy(48)),
    )
    return DemoEvent(
        details,
        (
            DemoType(TypeDetails("Floor, standing", 1_500_000, "Right in front of the horns."), 260),
            DemoType(
                TypeDetails("Balcony seat", 2_800_000, "Numbered rows, free choice of seat in your row."), 48
            ),
            DemoType(
                TypeDetails("Student", 800_000, "Bring your student card to the door.", per_person_limit=1),
                40,
            ),
        ),
    )


def _berlin(now: datetime) -> DemoEvent:
    zone = "Europe/Berlin"
    starts_at = _at(now, zone, 3, 5, time(22, 0))
    details = EventDetails(
        title="Lichthof: Techno und Lichtkunst",
        summary="Five live acts and four light artists under one glass roof.",
        description_md=demo_words.BERLIN,
        category="nightlife",
        accent="ultra",
        poster_style="grid",
        currency="EUR",
        zone=zone,
        venue_name="Kabelwerk Lichthof",
        venue_address="Spreeufer 41, Oberschöneweide",
        city="Berlin",
        country="DE",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=9),
        doors_at=starts_at,
        fee_bps=250,
        fee_fixed_minor=50,
        fee_paid_by="buyer",
        tax_bps=1_900,
        tax_mode="included",
        tax_name="MwSt.",
        refund_text="Something came up later? Write to us.",
        refund_policy=record_of(Chosen("full", days=2, with_fees=True)),
    )
    early_until = now.replace(microsecond=0) + timedelta(days=9)
    floor = ("The courtyard",)
    return DemoEvent(
        details,
        (
            DemoType(
                TypeDetails(
                    "Early bird", 1_800, "For those who plan.", per_person_limit=4, sales_until=early_until
                ),
                120,
                floor,
            ),
            DemoType(TypeDetails("Regular", 2_600, "In any time before 03:00."), None, floor),
            DemoType(
                TypeDetails("Soli", 3_600, "Pays for somebody who could not come otherwise. Thank you."),
                None,
                floor,
            ),
        ),
        (("The courtyard", 600),),
    )


def _tokyo(now: datetime) -> DemoEvent:
    zone = "Asia/Tokyo"
    starts_at = _at(now, zone, 1, 3, time(19, 0))
    details = EventDetails(
        title="Quiet Hours: A Listening Night in Shimokitazawa",
        summary="Six records, forty chairs, and nobody talks while the needle is down.",
        description_md=demo_words.TOKYO,
        category="music",
        accent="plum",
        poster_style="moons",
        currency="JPY",
        zone=zone,
        venue_name="Bar Nagare",
        venue_address="2-26-9 Kitazawa, Setagaya-ku, 3F",
        city="Tokyo",
        country="JP",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3, minutes=30),
        doors_at=starts_at - timedelta(minutes=30),
        fee_bps=400,
        fee_paid_by="organiser",
        tax_bps=1_000,
        tax_mode="included",
        tax_name="Consumption tax",
        refund_text="Chairs that come back are sold again.",
        refund_policy=record_of(Chosen("full", days=1)),
    )
    return DemoEvent(
        details,
        (
            DemoType(TypeDetails("Chair", 3_800, "One drink included.", per_person_limit=2), 34),
            DemoType(
                TypeDetails(
                    "Chair by the speakers", 5_500, "Row one. One drink included.", per_person_limit=2
                ),
                6,
            ),
        ),
    )


def _new_york(now: datetime) -> DemoEvent:
    zone = "America/New_York"
    starts_at = _at(now, zone, 1, 5, time(21, 30))
    details = EventDetails(
        title="The Late Set: Stand-up in the Boiler Room",
        summary="Six comics trying the jokes they are not sure about yet.",
        description_md=demo_words.NEW_YORK,
        category="comedy",
        accent="sky",
        poster_style="bars",
        currency="USD",
        zone=zone,
        venue_name="The Boiler Room",
        venue_address="88 Water Street, Brooklyn",
        city="New York",
        country="US",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        doors_at=starts_at - timedelta(minutes=45),
        fee_bps=300,
        fee_fixed_minor=75,
        fee_paid_by="buyer",
        tax_bps=888,
        tax_mode="added",
        tax_name="Sales tax",
        refund_text="Later, somebody at the bar may want your stool.",
        refund_policy=record_of(Chosen("full", days=1, with_fees=True)),
    )
    return DemoEvent(
        details,
        (
            DemoType(TypeDetails("General admission", 2_400, "First come, best stool."), 90),
            DemoType(TypeDetails("Front row", 3_800, "You may be spoken to.", per_person_limit=4), 12),
        ),
    )


def _kuwait(now: datetime) -> DemoEvent:
    zone = "Asia/Kuwait"
    starts_at = _at(now, zone, 4, 4, time(16, 0))
    details = EventDetails(
        title="Souk by the Sea: Kuwait Street Food Festival",
        summary="Forty kitchens, one harbour, and a long table over the fire.",
        description_md=demo_words.KUWAIT,
        category="food",
        accent="ochre",
        poster_style="burst",
        currency="KWD",
        zone=zone,
        venue_name="Dhow Harbour Lawn",
        venue_address="Arabian Gulf Street, Sharq",
        city="Kuwait City",
        country="KW",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=7),
        doors_at=starts_at,
        fee_bps=200,
        fee_fixed_minor=100,
        fee_paid_by="buyer",
        refund_text="If the wind closes the harbour, everybody is refunded.",
        refund_policy=record_of(Chosen("part", days=3, percent=50)),
    )
    return DemoEvent(
        details,
        (
            DemoType(
                TypeDetails("Entry", 3_500, "One day, every kitchen. Food is paid at the stalls."),
                None,
                ("The lawn",),
            ),
            DemoType(
                TypeDetails("Child, 5 to 12", 1_250, "Bread and kite workshop included."), None, ("The lawn",)
            ),
            DemoType(
                TypeDetails(
                    "The long table", 24_750, "Seven courses at 20:30, entry included.", per_person_limit=6
                ),
                24,
                ("The lawn",),
            ),
        ),
        (("The lawn", 2_400),),
    )


def _online(now: datetime) -> DemoEvent:
    zone = "UTC"
    starts_at = _at(now, zone, 1, 2, time(18, 0))
    details = EventDetails(
        title="Sats & Signals: Lightning Builders Online",
        summary="Two talks and one long question, for people who build on Lightning.",
        description_md=demo_words.ONLINE,
        category="talks",
        accent="pine",
        poster_style="waves",
        currency="BTC",
        zone=zone,
        # A free film of the Blender Foundation: something that plays on the page, so that watching can be tried.
        online_url="https://www.youtube.com/watch?v=aqz-KE-bpKQ",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        fee_paid_by="organiser",
        refund_text="Supporters may change their mind to the last minute.",
        refund_policy=record_of(Chosen("full", days=0)),
    )
    return DemoEvent(
        details,
        (
            DemoType(TypeDetails("Seat", 0, "Free, and that is the point.", per_person_limit=2), 500),
            DemoType(TypeDetails("Supporter", 5_000_000, "Five thousand sats for captions and coffee."), 200),
        ),
        stream=StreamRules(replay_days=14),
    )
