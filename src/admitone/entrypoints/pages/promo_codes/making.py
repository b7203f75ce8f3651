"""Makes the views of promo codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from admitone import promotions
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.view import Tile
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.promo_codes import forms, wording
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
from admitone.entrypoints.pages.views import Options, Part
from admitone.promotions import PromoTerms, Promotion
from admitone.reads.promo_codes import CodeSales, ListedBatch, ListedCode
from admitone.reads.promo_scope import PromoScope, ScopeEvent
from admitone.values import formats, listed

_EFFECTS: Final[Options] = (
    ("percent", "Percent off"),
    ("off_ticket", "An amount off each ticket"),
    ("off_order", "An amount off the order"),
    ("fixed_price", "Each ticket at a fixed price"),
    ("free", "Free tickets"),
    ("unlock", "Only shows hidden tickets"),
)
_UNITS: Final[Options] = (("orders", "Orders"), ("tickets", "Tickets"))
_OPEN: Final = frozenset({"draft", "on_sale"})
_LINKS_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose codes, what they can be about, and when it is."""

    whose: Whose
    scope: PromoScope
    now: datetime
    site_url: str

    @property
    def url(self) -> str:
        """The list."""
        return links.promo_codes(self.whose.slug)


def list_view(
    desk: Desk,
    codes: Sequence[ListedCode],
    batches: Sequence[ListedBatch],
    query: str,
    cursor: str,
    next_cursor: str | None,
) -> PromoListView:
    """The list of codes, and of batches."""
    return PromoListView(
        nav=organiser_nav(desk.whose),
        codes=tuple(_line(desk, one) for one in codes),
        batches=tuple(_batch_line(desk, one) for one in batches),
        query=query,
        create_url=f"{desk.url}/create",
        generate_url=f"{desk.url}/generate",
        next_url=links.with_query(desk.url, q=query, cursor=next_cursor) if next_cursor else "",
        first_url=links.with_query(desk.url, q=query) if cursor else "",
    )


def _line(desk: Desk, one: ListedCode) -> CodeLine:
    promotion = one.promotion
    return CodeLine(
        code=promotion.code,
        url=links.promo_code(desk.whose.slug, str(promotion.id)),
        does=wording.short_effect(promotion.terms, desk.scope),
        state=wording.state_of(promotion, desk.now),
        used=wording.used_words(promotion),
        off=wording.off_words(one.sales),
        note=promotion.terms.note,
    )


def _name(batch: ListedBatch) -> str:
    return f"{batch.prefix}…" if batch.prefix else formats.count(batch.left, "random code", "random codes")


def _batch_line(desk: Desk, one: ListedBatch) -> BatchLine:
    return BatchLine(
        name=_name(one),
        url=links.promo_batch(desk.whose.slug, str(one.id)),
        made=formats.count(one.left, "code", "codes"),
        used=f"{formats.number(one.used)} used",
        when=formats.stamp(one.created_at, desk.scope.zone),
    )


def fields(
    desk: Desk,
    url: str,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    terms: PromoTerms | None = None,
) -> CodeFields:
    """The form with these values; the sentence when `terms` are known."""
    shown = {"limit_unit": "orders", "effect": "percent", "zone": desk.scope.zone, **values}
    known = tuple(dict.fromkeys(event.currency for event in desk.scope.events))
    return CodeFields(
        form=Part(url, shown, errors or {}),
        effects=_EFFECTS,
        currencies=tuple((code, listed.currency_words(code)) for code in known)
        or listed.currencies_to_choose(),
        units=_UNITS,
        events=tuple(_boxes(event, shown, desk.scope.zone) for event in _offered(desk.scope, shown)),
        hidden=tuple(
            _box("unlock", one.id, f"{one.name}, {event.title}", shown)
            for event in _offered(desk.scope, shown)
            for one in event.types
            if one.is_locked
        ),
        labels=forms.LABELS,
        zone=desk.scope.zone,
        zone_words=formats.short_zone(desk.now, desk.scope.zone),
        sentence="" if terms is None else wording.what_it_does(terms, desk.scope),
        note_most=promotions.NOTE_MOST,
    )


def _offered(scope: PromoScope, values: Mapping[str, str]) -> list[ScopeEvent]:
    """The events that are still to come, and those that are ticked already."""
    ticked = {name.partition("_")[2] for name in values}
    return [
        event
        for event in scope.events
        if event.state in _OPEN
        or str(event.id) in ticked
        or any(str(one.id) in ticked for one in event.types)
    ]


def _box(kind: str, one_id: object, words: str, values: Mapping[str, str]) -> Box:
    name = f"{kind}_{one_id}"
    return Box(name, words, values.get(name) == "1")


def _boxes(event: ScopeEvent, values: Mapping[str, str], zone: str) -> EventBoxes:
    when = formats.day(event.starts_at, event.zone or zone)
    return EventBoxes(
        _box("event", event.id, f"{event.title}, {when}", values),
        tuple(_box("type", one.id, one.name, values) for one in event.types),
    )


def new_view(desk: Desk, made: CodeFields, *, is_batch: bool, example: str = "") -> NewCodeView:
    """The page of a new code, or of many."""
    return NewCodeView(
        nav=organiser_nav(desk.whose),
        fields=made,
        is_batch=is_batch,
        most=promotions.BATCH_MOST,
        back_url=desk.url,
        example=example,
    )


def code_view(
    desk: Desk,
    one: ListedCode,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    terms: PromoTerms | None = None,
) -> CodeView:
    """The page of one code; with what was typed, when that was refused or is shown first."""
    promotion = one.promotion
    url = links.promo_code(desk.whose.slug, str(promotion.id))
    shown = forms.values_from(promotion.code, promotion.terms, desk.scope.zone) if values is None else values
    is_used = bool(promotion.uses or one.sales)
    return CodeView(
        nav=organiser_nav(desk.whose),
        code=promotion.code,
        state=wording.state_of(promotion, desk.now),
        does=wording.what_it_does(promotion.terms, desk.scope),
        tiles=tiles(wording.used_words(promotion), one.sales),
        copies=_copies(desk, promotion),
        fields=fields(desk, url, shown, errors, terms),
        fixed_words="Fixed, because it was used." if is_used else "",
        pause_url=f"{url}/pause" if promotion.is_active else "",
        resume_url="" if promotion.is_active else f"{url}/resume",
        delete_url="" if is_used else f"{url}/delete",
        back_url=desk.url,
    )


def tiles(used: str, sales: Sequence[CodeSales]) -> tuple[Tile, ...]:
    """What codes did. Only paid orders count as money."""
    waiting = sum(one.waiting for one in sales)
    off = wording.off_words(sales)
    sold = tuple(formats.money(one.total_minor, one.currency) for one in sales if one.orders) or ("–",)
    paid = formats.number(sum(one.orders for one in sales))
    tickets = formats.count(sum(one.tickets for one in sales), "ticket", "tickets")
    return (
        Tile("Used", used, f"{formats.number(waiting)} waiting to be paid" if waiting else ""),
        Tile("Paid orders", paid, tickets),
        Tile("Taken off", off[0], more=off[1:]),
        Tile("Paid with it", sold[0], more=sold[1:]),
    )


def _copies(desk: Desk, promotion: Promotion) -> tuple[CopyLink, ...]:
    ids = promotion.terms.event_ids
    on_sale = [
        event for event in desk.scope.events if event.state == "on_sale" and (ids is None or event.id in ids)
    ]
    code = quote(promotion.code, safe="")
    return tuple(
        CopyLink(event.title, f"{desk.site_url}{links.event(event.slug)}?code={code}")
        for event in on_sale[:_LINKS_MOST]
    )


def batch_view(
    desk: Desk, batch: ListedBatch, sales: Sequence[CodeSales], some: Sequence[Promotion]
) -> BatchView:
    """The page of codes made at once."""
    url = links.promo_batch(desk.whose.slug, str(batch.id))
    unused = batch.left - batch.used
    return BatchView(
        nav=organiser_nav(desk.whose),
        name=_name(batch),
        does=f"Each: {wording.what_it_does(some[0].terms, desk.scope)}."
        if some
        else "All of them are deleted.",
        made_words=f"{formats.count(batch.left, 'code', 'codes')}, made "
        f"{formats.stamp(batch.created_at, desk.scope.zone)}, {formats.short_zone(batch.created_at, desk.scope.zone)}",
        tiles=tiles(f"{formats.number(batch.used)} of {formats.number(batch.left)}", sales),
        examples=tuple(one.code for one in some),
        csv_url=f"{url}.csv" if batch.left else "",
        pause_url=f"{url}/pause" if batch.paused < batch.left else "",
        resume_url=f"{url}/resume" if batch.paused else "",
        delete_url=f"{url}/delete" if unused else "",
        delete_words=f"Delete {formats.count(unused, 'unused code', 'unused codes')}",
        back_url=desk.url,
    )
