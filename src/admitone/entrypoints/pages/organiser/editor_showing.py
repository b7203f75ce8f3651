"""The event editor, in finished words: every form with what is stored, or with what was just typed and
refused.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from admitone import events
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.events.cards import CATEGORY_WORDS
from admitone.entrypoints.pages.organiser import editor_changes, editor_prices
from admitone.entrypoints.pages.organiser.editor_forms import local_values, pool_field
from admitone.entrypoints.pages.organiser.editor_view import (
    CheckItem,
    EditorView,
    PoolPart,
    StyleChoice,
    TypePart,
)
from admitone.entrypoints.pages.organiser.life_showing import steps_of
from admitone.entrypoints.pages.organiser.telling import holders_words
from admitone.entrypoints.pages.organiser.whose import STATES, Whose, organiser_nav, poster_of
from admitone.entrypoints.pages.views import Options, Part, State
from admitone.events import EventDetails, EventState, SaleState
from admitone.flows.refund_policy import chosen_of
from admitone.reads.event_editor import EditedPool, EditedType, EventEditor
from admitone.values import currencies, formats, listed

CATEGORIES: Final[Options] = tuple(CATEGORY_WORDS.items())
RULES: Final[Options] = (
    ("ask", "Buyers ask you"),
    ("none", "No refunds"),
    ("full", "The whole price"),
    ("part", "A part of the price"),
)
ACCENTS: Final[Options] = tuple((name, name.capitalize()) for name in events.ACCENTS)
_SALE_STATES: Final = {
    SaleState.ON_SALE: State("On sale", "ok"),
    SaleState.NOT_YET: State("Not yet", "info"),
    SaleState.CLOSED: State("Sale ended"),
    SaleState.HIDDEN: State("Not offered", "warn"),
    SaleState.ENDED: State("Ended"),
    SaleState.CANCELLED: State("Cancelled", "bad"),
    SaleState.DRAFT: State("Draft", "warn"),
}
# What the list says when all is well, where it leads, and which missing items belong to it.
_CHECKLIST: Final = (
    ("One sentence about it", "basics", frozenset({"summary"})),
    ("A place", "where", frozenset({"place", "city"})),
    ("A time that has not passed", "when", frozenset({"in_future"})),
    ("Tickets with places, on sale in time", "tickets", frozenset({"ticket_types", "places", "buyable"})),
)


def zones(chosen: str | None = None) -> Options:
    """Every time zone to choose from; the chosen one stays as it is, also when it is an old name of one."""
    names = events.zone_names()
    names = names if not chosen or chosen in names else (*names, chosen)
    return tuple((name, name.replace("_", " ")) for name in names)


def currency_options(chosen: str) -> Options:
    """Every currency to choose from; the chosen one stays, also when nobody else sells in it."""
    known = listed.currencies_to_choose()
    if chosen in dict(known) or not currencies.known(chosen):
        return known
    return (*known, (chosen, listed.currency_words(chosen)))


def _countries(chosen: str | None) -> Options:
    """Every country to choose from. One the API was given and no list knows stays as it is."""
    known = (("", "Not said"), *formats.countries())
    return known if chosen is None or chosen in dict(known) else (*known, (chosen, chosen))


PartOf = Callable[[str, dict[str, str]], Part]


def editor_view(
    whose: Whose,
    opened: EventEditor,
    *,
    refused: Mapping[str, Part] | None = None,
    publish_errors: Mapping[str, str] | None = None,
) -> EditorView:
    """The editor. `refused` are forms that were sent and refused, by their path below `edit/`."""
    event, details = opened.event, opened.event.details
    base = whose.event_url(event.id, "edit")
    revision = {"revision": str(event.revision)}
    event_prices = editor_prices.event_values(details.prices, details.currency)
    sent = refused or {}

    def part(name: str, values: dict[str, str]) -> Part:
        return sent.get(name) or Part(f"{base}/{name}", values | revision)

    is_draft = event.state is EventState.DRAFT
    return EditorView(
        nav=organiser_nav(whose, event),
        title=details.title,
        state=STATES[event.state],
        is_draft=is_draft,
        basics=part("basics", _basics(details, event.slug)),
        when=part("when", _when(details)),
        where=part("where", _where(details)),
        money=part("money", _money(details)),
        prices=part("prices", event_prices),
        prices_open=not editor_prices.is_simple(details.prices),
        has_processing=not details.prices.processing.is_nothing,
        type_names=tuple(
            (str(one.offered.id), one.offered.name) for one in opened.types if one.offered.kind != "donation"
        ),
        discount_rows=editor_prices.rows_of(
            editor_prices.discount_rows(sent_or(sent, "prices", event_prices))
        ),
        bundle_rows=editor_prices.rows_of(editor_prices.bundle_rows(sent_or(sent, "prices", event_prices))),
        site_fee_words=_site_fee_words(details),
        look=part("look", {"accent": details.accent, "poster_style": details.poster_style}),
        types=_type_parts(opened, part),
        new_type=part("types", {"per_person_limit": "10", "is_offered": "1"}),
        pools=_pool_parts(opened, base, part),
        new_pool=part("pools", {}),
        pool_boxes=tuple(
            (pool_field(one.id), f"{one.level.name} ({formats.count(one.level.capacity, 'place', 'places')})")
            for one in opened.pools
        ),
        categories=CATEGORIES,
        change_rules=editor_changes.rules_for(details.change_policy, has_others=bool(opened.others)),
        change_events=tuple((editor_changes.box(other), words) for other, words in opened.others),
        refund_rules=RULES if chosen_of(details.refund_policy) else (*RULES, ("kept", "As set by a program")),
        zones=zones(details.zone),
        countries=_countries(details.country),
        currencies=currency_options(details.currency),
        accents=ACCENTS,
        styles=_styles(event.slug, details.accent),
        poster_url=poster_of(event),
        price_unit=formats.money_style(details.currency).prefix or currencies.typed_unit(details.currency),
        price_example=currencies.typed_text(details.currency, _example_minor(details.currency)),
        checklist=_checklist(opened),
        preview_url=whose.event_url(event.id, "preview") if is_draft else links.event(event.slug),
        publish_url=f"{base}/publish" if is_draft and not opened.missing else "",
        currency_is_fixed=any(one.offered.price_minor for one in opened.types),
        fixed_address="" if is_draft else links.event(event.slug),
        steps=steps_of(whose, event, opened.types),
        publish_errors=publish_errors or {},
        holders_words=holders_words(opened.holders) if opened.holders else "",
    )


def _type_parts(opened: EventEditor, part: PartOf) -> tuple[TypePart, ...]:
    details = opened.event.details
    return tuple(
        _type_part(one, details, part(f"types/{one.offered.id}", _type(one, details))) for one in opened.types
    )


def _pool_parts(opened: EventEditor, base: str, part: PartOf) -> tuple[PoolPart, ...]:
    return tuple(_pool_part(one, opened, base, part(f"pools/{one.id}", _pool(one))) for one in opened.pools)


def _styles(slug: str, accent: str) -> tuple[StyleChoice, ...]:
    return tuple(
        StyleChoice(style, style.capitalize(), links.poster(slug, accent, style))
        for style in events.POSTER_STYLES
    )


def _basics(details: EventDetails, slug: str) -> dict[str, str]:
    return {
        "title": details.title,
        "summary": details.summary,
        "description": details.description_md,
        "category": details.category,
        "slug": slug,
        "refund_text": details.refund_text,
        **_refund_rule(details.refund_policy),
        **editor_changes.values_of(details.change_policy, details.currency),
    }


def _refund_rule(record: dict[str, Any] | None) -> dict[str, str]:
    """The refund rule's fields. A rule that no choice says is `kept`, as it is."""
    chosen = chosen_of(record)
    if chosen is None:
        return {"refund_rule": "kept"}
    fields = {"refund_rule": str(chosen.preset), "refund_days": str(chosen.days)}
    return fields | {"refund_percent": str(chosen.percent), "refund_fees": "1" if chosen.with_fees else ""}


def _when(details: EventDetails) -> dict[str, str]:
    values = {"zone": details.zone}
    for name, at in (("starts", details.starts_at), ("ends", details.ends_at), ("doors", details.doors_at)):
        values |= local_values(name, at, details.zone)
    return values


def _where(details: EventDetails) -> dict[str, str]:
    kind = "venue" if details.online_url is None else "online" if details.venue_name is None else "both"
    return {
        "kind": kind,
        "venue_name": details.venue_name or "",
        "venue_address": details.venue_address or "",
        "city": details.city or "",
        "country": details.country or "",
        "online_url": details.online_url or "",
    }


def _money(details: EventDetails) -> dict[str, str]:
    return {
        "currency": details.currency,
        "fee_percent": formats.percent(details.fee_bps),
        "fee_fixed": currencies.typed_text(details.currency, details.fee_fixed_minor),
        "fee_paid_by": details.fee_paid_by,
        "tax_percent": formats.percent(details.tax_bps),
        "tax_name": details.tax_name,
        "tax_mode": details.tax_mode,
    }


def sent_or(sent: Mapping[str, Part], name: str, values: Mapping[str, str]) -> Mapping[str, str]:
    """What a form shows: what was sent, or what is stored."""
    return sent[name].values if name in sent else values


def _site_fee_words(details: EventDetails) -> str:
    """What the site earns, when the organiser cannot change it."""
    if not details.prices.is_site_fee:
        return ""
    words = [_fee_words("Service fee", details.fee_bps, details.fee_fixed_minor, details.currency)]
    processing = details.prices.processing
    if not processing.is_nothing:
        words.append(_fee_words("processing fee", processing.bps, processing.fixed_minor, details.currency))
    return f"{' and '.join(words)}, for each ticket, set by the site."


def _fee_words(name: str, bps: int, fixed_minor: int, currency: str) -> str:
    fixed = f" + {formats.money(fixed_minor, currency)}" if fixed_minor else ""
    return f"{name} {formats.percent(bps)} %{fixed}"


def _type(one: EditedType, details: EventDetails) -> dict[str, str]:
    offered, zone = one.offered, details.zone
    return {
        "name": offered.name,
        "description": offered.description,
        "price": currencies.typed_text(details.currency, offered.price_minor),
        **{pool_field(pool_id): "1" for pool_id in one.shared_pool_ids},
        "capacity": "" if one.capacity is None else str(one.capacity),
        "per_person_limit": str(offered.per_person_limit),
        "is_offered": "1" if offered.is_offered else "",
        **editor_prices.type_values(offered, details.currency),
        **editor_prices.step_values(offered, details.currency, zone),
        **local_values("sales_from", offered.sales_from, zone),
        **local_values("sales_until", offered.sales_until, zone),
    }


def _type_part(one: EditedType, details: EventDetails, form: Part) -> TypePart:
    price = formats.price(one.offered.price_minor, details.currency)
    places = f"{one.taken.sold} sold"
    if one.taken.held:
        places += f", {one.taken.held} held"
    if one.capacity is not None:
        places += f", {one.capacity} places"
    may_go = not (one.taken.sold or one.taken.held or one.taken.was_ordered)
    is_soldout = one.sale is SaleState.ON_SALE and one.left < 1
    return TypePart(
        id=str(one.offered.id),
        name=one.offered.name,
        summary=f"{price}, {places}",
        state=State("Sold out", "warn") if is_soldout else _SALE_STATES[one.sale],
        form=form,
        remove_url=f"{form.url}/remove" if may_go else "",
    )


def _pool(one: EditedPool) -> dict[str, str]:
    return {"name": one.level.name, "capacity": str(one.level.capacity)}


def _pool_part(one: EditedPool, opened: EventEditor, base: str, form: Part) -> PoolPart:
    users = [each.offered.name for each in opened.types if one.id in each.shared_pool_ids]
    capacity, level = formats.count(one.level.capacity, "place", "places"), one.level
    return PoolPart(
        id=str(one.id),
        name=level.name,
        used_words=f"{capacity}, {level.sold} sold, {level.held} held",
        form=form,
        used_by=", ".join(users),
        remove_url="" if one.is_used or level.sold or level.held else f"{base}/pools/{one.id}/remove",
    )


def _example_minor(currency: str) -> int:
    minor: int = 20 * 10 ** currencies.typed_exponent(currency)
    return minor


def _checklist(opened: EventEditor) -> tuple[CheckItem, ...]:
    items: list[CheckItem] = []
    for words, anchor, names in _CHECKLIST:
        missing = [item.words for item in opened.missing if item.name in names]
        items += [CheckItem(one, False, anchor) for one in missing] or [CheckItem(words, True, anchor)]
    return tuple(items)
