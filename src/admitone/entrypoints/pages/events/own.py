"""The event's page for one visitor: with what they hold, what they chose before, and why that was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from fastapi import Request, Response

from admitone.assembly import Assembly
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.pages.events.choosing import CODE, CODES_MOST, PRICE, read_codes
from admitone.entrypoints.pages.events.held import held_by
from admitone.entrypoints.pages.events.showing import FIELD_PREFIX, Asked, event_view
from admitone.entrypoints.pages.events.view import EventView, HoldingStrip, TicketRow
from admitone.entrypoints.pages.respond import errors_of, page
from admitone.flows.baskets import Code
from admitone.flows.offer_book import OnOffer
from admitone.pricing import Basket, BasketItem, price_basket
from admitone.reads.event_page import event_page
from admitone.values import formats
from admitone.values.refusals import Refusal

_CODE_MOST: Final = 200
_PRICE_MOST: Final = 20


async def holders_page(request: Request, needs: Assembly, slug: str) -> Response | None:
    """The page of somebody who holds tickets; None for everybody else. Raises `EventNotFound`."""
    holding = await held_by(request, needs, slug)
    if holding is None:
        return None
    return await page(request, replace(await _view(needs, slug, {}), holding=holding))


async def chosen_before(
    request: Request, needs: Assembly, slug: str, typed: Mapping[str, str], visitor: str = ""
) -> Response:
    """The page with these fields filled in, as its promo code makes it. Raises `EventNotFound`."""
    holding = await held_by(request, needs, slug)
    return await page(request, replace(await _view(needs, slug, typed, visitor), holding=holding))


async def refused_choice(
    request: Request,
    needs: Assembly,
    slug: str,
    refusal: Refusal,
    typed: Mapping[str, str],
    items: Sequence[str] = (),
) -> Response:
    """The page with what was chosen, and why not, beside it. `items` are the fields of the basket's items, in its
    order. Raises `EventNotFound`.
    """
    holding: HoldingStrip | None = await held_by(request, needs, slug)
    view = await _view(needs, slug, typed, None)
    fields = items or [
        name for name, text in typed.items() if name.startswith(FIELD_PREFIX) and text.strip("0 ")
    ]
    # The basket names its items by place, the page by ticket type.
    names = {
        f"items.{at}.{part}": field
        for at, field in enumerate(fields)
        for part in ("quantity", "ticket_type_id", "type_id", "unit_price_minor")
    }
    names |= {
        f"items.{at}.chosen_minor": f"{PRICE}{field.partition('_')[2]}" for at, field in enumerate(fields)
    }
    names |= {"items": "", "codes": CODE} | {f"codes.{at}": CODE for at in range(CODES_MOST)}
    errors = errors_of(refusal, names)
    shown = {row.field for row in view.tickets} | {row.price_field for row in view.tickets} | {CODE}
    errors = {(name if name in shown else ""): text for name, text in errors.items()}
    return await page(
        request, replace(view, errors={**view.errors, **errors}, holding=holding), status=status_of(refusal)
    )


async def _view(needs: Assembly, slug: str, typed: Mapping[str, str], visitor: str | None = "") -> EventView:
    """The page with what was typed. `visitor` None: the code is known to be no good, and not looked up again."""
    on_offer = await needs.offers.current(slug)
    codes, errors = read_codes(typed.get(CODE, "")), {}
    found: Sequence[Code] = ()
    if codes and visitor is not None:
        try:
            found = await needs.purchase.find_codes(on_offer.offer, codes, visitor)
        except Refusal as refusal:
            errors = {CODE: refusal.sentence}
    unlocked = {type_id for code in found for type_id in code.effect.unlocked_type_ids}
    async with needs.database.reading() as reader:
        shown = await event_page(reader, needs.clock.now(), slug, unlocked)
    settings = needs.settings
    view = event_view(shown, Asked(settings.site_url, settings.hold_seconds // 60))
    rows = [_chosen(row, typed) for row in view.tickets]
    if found:
        rows = [_with_code(row, found, on_offer) for row in rows]
    return replace(
        view,
        tickets=tuple(rows),
        code=typed.get(CODE, "")[:_CODE_MOST],
        code_words="Applied." if found else "",
        adds_up=view.adds_up and not found,
        errors=errors,
    )


def _with_code(row: TicketRow, found: Sequence[Code], on_offer: OnOffer) -> TicketRow:
    """The row at the price that one ticket has with these codes."""
    if row.kind in ("bundle", "donation") or row.price_field:
        return row
    type_id = UUID(row.field.removeprefix(FIELD_PREFIX))
    rules = replace(on_offer.prices.rules, discounts=(), rounding="line")
    alone = tuple(replace(one.effect, quantity_min=1) for one in found)
    try:
        priced = price_basket(Basket((BasketItem(type_id, 1),), codes=alone), rules)
    except Refusal:
        # An add-on, or a code of no use for this one.
        return row
    if priced.total_minor >= row.unit_minor:
        return row
    price = formats.price(priced.total_minor, priced.currency)
    return replace(row, price=price, was=row.price, fee_words="", unit_minor=priced.total_minor)


def _chosen(row: TicketRow, typed: Mapping[str, str]) -> TicketRow:
    if row.price_field and row.price_field in typed:
        row = replace(row, price_value=typed[row.price_field][:_PRICE_MOST])
    wanted = typed.get(row.field, "").strip()
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 5):
        return row
    return replace(row, quantity=min(int(wanted), row.limit))
