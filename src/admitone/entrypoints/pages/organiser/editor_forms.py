"""What the editor's forms say, as events understand it: typed texts in, details out, with refusals by form
field.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from admitone import events
from admitone.entrypoints.pages.organiser import editor_changes
from admitone.events import EventDetails, Payer, TaxMode, TypeDetails, Which
from admitone.flows.edit_event import TypePlan
from admitone.flows.publish_event import Copied
from admitone.flows.refund_policy import PRESETS, Chosen, record_of
from admitone.reads.event_editor import EditedType
from admitone.values import currencies, formats
from admitone.values.refusals import Invalid, Problems, Refusal

Typed = Mapping[str, str]
T = TypeVar("T")
POOLS: Final = "pools"
"""What is wrong with the choice of shared pools stands under this name; each pool's box is `pool_<id>`."""
FIELDS: Final = {
    "starts_at": "starts",
    "ends_at": "ends",
    "doors_at": "doors",
    "description_md": "description",
    "fee_bps": "fee_percent",
    "fee_fixed_minor": "fee_fixed",
    "tax_bps": "tax_percent",
    "price_minor": "price",
    "shared_pool_ids": POOLS,
}
"""A refusal's field and the name it has in our forms, where the two differ."""
_PERCENT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
_WHOLE: Final = re.compile(r"[0-9]{1,12}")


class BadPercent(Invalid):
    """Not a rate in percent."""

    code = "events.bad_percent"
    text = "Write the rate in percent with at most two decimals, such as 7.5."


class ZoneNotChosen(Invalid):
    """No zone was chosen, and none is assumed: an event an hour off is found out at the door."""

    code = "events.zone_not_chosen"
    text = "Choose the place's time zone."


class NotWhole(Invalid):
    """Not a whole number in plain digits."""

    code = "events.not_whole"
    text = "Write a whole number in plain digits."


class Reading:
    """Reads fields and gathers what is wrong with them, so that a form tells everything at once."""

    def __init__(self, typed: Typed) -> None:
        self._typed = typed
        self._problems: list[Refusal] = []

    def text(self, name: str) -> str:
        """What was typed."""
        return self._typed.get(name, "").strip()

    def moment(self, name: str, zone: str) -> datetime | None:
        """A local time in `zone` as an instant; None when nothing was typed, or no zone is known to read it in."""
        typed = self.text(name)
        if not typed or not zone:
            return None
        which = self.text(f"{name}_which")
        chosen: Which | None = cast(Which, which) if which in ("first", "second") else None

        def read() -> datetime:
            return events.to_utc(events.read_local(typed, field=name), zone, field=name, which=chosen)

        return self.tried(read, None)

    def required_moment(self, name: str, zone: str) -> datetime | None:
        """As `moment`, but it has to be there."""
        if not self.text(name):
            self._problems.append(events.Missing(field=name))
        return self.moment(name, zone)

    def percent_bps(self, name: str) -> int:
        """`7.5` and `7,5` as 750; nothing as 0."""
        typed = (self.text(name) or "0").replace(",", ".")
        if not _PERCENT.fullmatch(typed):
            self._problems.append(BadPercent(field=name))
            return 0
        whole, _, part = typed.partition(".")
        return int(whole) * 100 + int(part.ljust(2, "0"))

    def amount_minor(self, name: str, currency: str) -> int:
        """An amount as people write it in this currency; nothing as 0."""

        def read() -> int:
            minor = currencies.parse_major(currency, self.text(name) or "0")
            if minor < 0:
                raise currencies.BadAmount(example=currencies.major_text(currency, 0))
            return minor

        return self.tried(read, 0, field=name)

    def whole(self, name: str) -> int | None:
        """A whole number, or None when nothing was typed."""
        typed = self.text(name)
        if typed and not _WHOLE.fullmatch(typed):
            self._problems.append(NotWhole(field=name))
            return None
        return int(typed) if typed else None

    def zone(self) -> str:
        """The chosen zone; "" when there is none, which is then among what is wrong."""
        name = self.text("zone")
        if not name:
            self._problems.append(ZoneNotChosen(field="zone"))
            return ""
        return self.tried(lambda: events.zone_of(name).key, "")

    def finish(self) -> None:
        """Raise `Problems` if there were any."""
        if self._problems:
            raise Problems(*self._problems)

    def refuse(self, problem: Refusal) -> None:
        """Add a problem."""
        self._problems.append(problem)

    def tried(self, read: Callable[[], T], otherwise: T, field: str | None = None) -> T:
        """What is read, or `otherwise` and a problem more."""
        try:
            return read()
        except Refusal as problem:
            if problem.field is None:
                problem.field = field
            self._problems.append(problem)
            return otherwise


def basics(typed: Typed, before: EventDetails) -> EventDetails:
    """Title, texts and category, and the refund rule. Raises `Problems`."""
    read = Reading(typed)
    policy, changes = _refund_policy(read, before), _change_policy(read, typed, before)
    read.finish()
    return replace(
        before,
        refund_policy=policy,
        change_policy=changes,
        title=read.text("title"),
        summary=read.text("summary"),
        description_md=typed.get("description", ""),
        category=read.text("category"),
        refund_text=typed.get("refund_text", ""),
    )


def _refund_policy(read: Reading, before: EventDetails) -> dict[str, Any] | None:
    """The refund rule as chosen. What a program has set and no choice says stays, while it is chosen as it is."""
    preset = read.text("refund_rule")
    if preset not in PRESETS:
        return before.refund_policy

    def record() -> dict[str, Any] | None:
        days, percent = read.text("refund_days") or "0", read.text("refund_percent") or "0"
        numbers = [
            int(one) if one.isascii() and one.isdecimal() and len(one) < 7 else -1 for one in (days, percent)
        ]
        return record_of(Chosen(preset, numbers[0], numbers[1], with_fees=read.text("refund_fees") == "1"))

    return read.tried(record, before.refund_policy)


def _change_policy(read: Reading, typed: Typed, before: EventDetails) -> dict[str, Any] | None:
    """The change rule as chosen; what a program has set stays, while it is chosen as it is."""
    if read.text("change_rule") not in dict(editor_changes.RULES):
        return before.change_policy
    fee_minor = read.amount_minor("change_fee", before.currency)
    others = editor_changes.boxes_in(typed)
    return read.tried(lambda: editor_changes.record_of(typed, fee_minor, others), before.change_policy)


def when(typed: Typed, before: EventDetails) -> EventDetails:
    """Zone and times. Raises `Problems`."""
    read = Reading(typed)
    zone = read.zone()
    starts_at, ends_at = read.required_moment("starts", zone), read.required_moment("ends", zone)
    doors_at = read.moment("doors", zone)
    read.finish()
    assert starts_at is not None, "asked for above"
    assert ends_at is not None, "asked for above"
    return replace(before, zone=zone, starts_at=starts_at, ends_at=ends_at, doors_at=doors_at)


def where(typed: Typed, before: EventDetails) -> EventDetails:
    """A venue, an address online, or both; the one not chosen is forgotten."""
    read = Reading(typed)
    if read.text("kind") == "online":
        return replace(
            before,
            venue_name=None,
            venue_address=None,
            city=None,
            country=None,
            online_url=read.text("online_url"),
        )
    return replace(
        before,
        venue_name=read.text("venue_name"),
        venue_address=read.text("venue_address"),
        city=read.text("city"),
        country=read.text("country"),
        online_url=read.text("online_url") if read.text("kind") == "both" else None,
    )


def money(typed: Typed, before: EventDetails) -> EventDetails:
    """Currency, fee and tax. Raises `Problems`."""
    read = Reading(typed)
    currency = read.text("currency") or before.currency
    if not currencies.known(currency):
        raise Problems(currencies.UnknownCurrency(field="currency", currency=currency[:12]))
    found = replace(
        before,
        currency=currency,
        fee_bps=read.percent_bps("fee_percent"),
        fee_fixed_minor=read.amount_minor("fee_fixed", currency),
        # What is none of the choices is refused with all other rules, when the details are checked.
        fee_paid_by=cast(Payer, read.text("fee_paid_by")),
        tax_bps=read.percent_bps("tax_percent"),
        tax_name=read.text("tax_name"),
        tax_mode=cast(TaxMode, read.text("tax_mode")),
    )
    read.finish()
    return found


def look(typed: Typed, before: EventDetails) -> EventDetails:
    """Colour and poster."""
    read = Reading(typed)
    return replace(before, accent=read.text("accent"), poster_style=read.text("poster_style"))


SECTIONS: Final[Mapping[str, Callable[[Typed, EventDetails], EventDetails]]] = {
    "basics": basics,
    "when": when,
    "where": where,
    "money": money,
    "look": look,
}


def new_event(typed: Typed) -> EventDetails:
    """The little a new event begins with. Raises `Problems`."""
    read = Reading(typed)
    if not read.text("title"):
        read.refuse(events.Missing(field="title"))
    zone = read.zone()
    starts_at, ends_at = read.required_moment("starts", zone), read.required_moment("ends", zone)
    read.finish()
    assert starts_at is not None, "asked for above"
    assert ends_at is not None, "asked for above"
    return EventDetails(
        title=read.text("title"),
        category=read.text("category"),
        currency=read.text("currency"),
        zone=zone,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def copy(typed: Typed, zone: str) -> Copied:
    """What a copy does not take over: its title and its times, in the zone of its model. Raises `Problems`."""
    read = Reading(typed)
    if not read.text("title"):
        read.refuse(events.Missing(field="title"))
    starts_at, ends_at = read.required_moment("starts", zone), read.required_moment("ends", zone)
    doors_at = read.moment("doors", zone)
    read.finish()
    assert starts_at is not None, "asked for above"
    assert ends_at is not None, "asked for above"
    return Copied(read.text("title"), starts_at, ends_at, doors_at)


def local_values(name: str, at: datetime | None, zone: str) -> dict[str, str]:
    """A time's field, and which of the two it is when its clock shows that time twice."""
    values = {name: formats.field_value(at, zone)}
    which = None if at is None else events.which_of(at, zone)
    return values if which is None else values | {f"{name}_which": which}


def pool_field(pool_id: UUID) -> str:
    """The name of a shared pool's box in the form of a ticket type."""
    return f"pool_{pool_id}"


def type_plan(typed: Typed, details: EventDetails, before: EditedType | None) -> TypePlan:
    """A ticket type: with places of its own, from any of the shared pools, or both. Raises `Problems`."""
    read = Reading(typed)
    capacity, shared = read.whole("capacity"), _shared(typed, read)
    is_gift = read.text("kind") == "donation"
    if capacity is None and not shared and not read.text("capacity") and not is_gift:
        read.refuse(events.Missing(field="capacity"))
    limit = read.whole("per_person_limit")
    found = TypeDetails(
        name=read.text("name"),
        price_minor=read.amount_minor("price", details.currency),
        description=read.text("description"),
        per_person_limit=10 if limit is None else limit,
        sales_from=read.moment("sales_from", details.zone),
        sales_until=read.moment("sales_until", details.zone),
        position=0 if before is None else before.offered.position,
        is_offered=read.text("is_offered") == "1",
    )
    read.finish()
    return TypePlan(found, capacity, shared)


def _shared(typed: Typed, read: Reading) -> tuple[UUID, ...]:
    """The pools whose boxes are ticked."""
    chosen: list[UUID] = []
    for name, text in typed.items():
        prefix, mark, pool_id = name.partition("_")
        if prefix != "pool" or not mark or text != "1":
            continue
        try:
            chosen.append(UUID(pool_id))
        except ValueError:
            read.refuse(events.UnknownPool(field=POOLS))
    return tuple(chosen)


def pool_plan(typed: Typed) -> tuple[str, int]:
    """A shared pool's name and capacity. Raises `Problems`."""
    read = Reading(typed)
    capacity = read.whole("capacity")
    if not read.text("capacity"):
        read.refuse(events.Missing(field="capacity"))
    read.finish()
    assert capacity is not None, "refused above"
    return read.text("name"), capacity


def revision_of(typed: Typed) -> int | None:
    """The revision the form was made for; None, and so no protection, when it does not say."""
    text = typed.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
