"""`/organisers/{id}/promo-codes`: an organiser's promo codes; `/events/{slug}/codes/check`: what a code would do."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from admitone import promotions
from admitone.entrypoints.callers import SignedIn, address_of
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.rest.shapes import Body, Cursor, Instant, Limit, MoneyShown, Shown, WholeNumber
from admitone.flows.baskets import Kept, stepped
from admitone.plumbing.limiter import source_key
from admitone.pricing import Basket, BasketItem, PromoCode
from admitone.promotions import PromoTerms, Promotion
from admitone.reads.promo_codes import CodeSales, ListedCode, promo_code, promo_codes

router = APIRouter(tags=["promo codes"])
BASE = "/organisers/{organiser_id}/promo-codes"
Effect = Literal["percent", "off_ticket", "off_order", "fixed_price", "free", "unlock"]
Unit = Literal["orders", "tickets"]
_Ids = Annotated[frozenset[UUID], Field(max_length=1000)]
_INT_MAX = (1 << 63) - 1
_Int = Annotated[WholeNumber, Field(ge=-_INT_MAX, le=_INT_MAX)]
_CodeText = Annotated[str, Field(max_length=200)]


class TermsBody(Body):
    """What a code does. `percent_bps` is for `percent` (2000 is 20 %), `amount_minor` and `currency` for `off_ticket`,
    `off_order` and `fixed_price`. Null means all events, all ticket types, no limit. Limits count `limit_unit`.
    """

    effect: Effect
    percent_bps: _Int = 0
    amount_minor: _Int = 0
    currency: Annotated[str, Field(max_length=3)] | None = None
    event_ids: _Ids | None = None
    ticket_type_ids: _Ids | None = None
    unlocked_ticket_type_ids: _Ids = frozenset()
    includes_bundles: bool = False
    quantity_min: _Int = 1
    quantity_max: _Int | None = None
    is_combinable: bool = False
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    total_limit: _Int | None = None
    per_person_limit: _Int | None = None
    limit_unit: Unit = "orders"
    note: Annotated[str, Field(max_length=2000)] = ""

    def terms(self) -> PromoTerms:
        """As the slice takes them."""
        return PromoTerms(
            effect=self.effect,
            percent_bps=self.percent_bps,
            amount_minor=self.amount_minor,
            currency=self.currency,
            event_ids=self.event_ids,
            type_ids=self.ticket_type_ids,
            unlocked_type_ids=self.unlocked_ticket_type_ids,
            includes_bundles=self.includes_bundles,
            quantity_min=self.quantity_min,
            quantity_max=self.quantity_max,
            is_combinable=self.is_combinable,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            total_limit=self.total_limit,
            per_person_limit=self.per_person_limit,
            limit_unit=self.limit_unit,
            note=self.note,
        )


class CodeBody(TermsBody):
    """A code and what it does."""

    code: _CodeText


class BatchBody(TermsBody):
    """So many codes for one order each: `prefix` and ten random letters and digits. Limits are not asked."""

    prefix: _CodeText = ""
    quantity: _Int


class SalesShown(Shown):
    """What a code did in one currency, in paid orders; `waiting` are orders that wait for their money."""

    orders: int
    tickets: int
    waiting: int
    off: MoneyShown
    total: MoneyShown

    @classmethod
    def of(cls, one: CodeSales) -> Self:
        """From what was read."""
        return cls(
            orders=one.orders,
            tickets=one.tickets,
            waiting=one.waiting,
            off=MoneyShown(currency=one.currency, minor=one.off_minor),
            total=MoneyShown(currency=one.currency, minor=one.total_minor),
        )


class PromoCodeShown(Shown):
    """A code. `state` is active or paused; `uses` (orders) and `tickets` are what counts against its limits."""

    id: UUID
    batch_id: UUID | None
    code: str
    state: str
    effect: str
    percent_bps: int
    amount_minor: int
    currency: str | None
    event_ids: tuple[UUID, ...] | None
    ticket_type_ids: tuple[UUID, ...] | None
    unlocked_ticket_type_ids: tuple[UUID, ...]
    includes_bundles: bool
    quantity_min: int
    quantity_max: int | None
    is_combinable: bool
    valid_from: datetime | None
    valid_until: datetime | None
    total_limit: int | None
    per_person_limit: int | None
    limit_unit: str
    note: str
    uses: int
    tickets: int
    created_at: datetime
    sales: tuple[SalesShown, ...]


class PromoCodesShown(Shown):
    """Newest first, but for those of batches. `next_cursor` continues the list."""

    items: tuple[PromoCodeShown, ...]
    next_cursor: str | None


class BatchShown(Shown):
    """Codes made at once, with all of them."""

    id: UUID
    quantity: int
    codes: tuple[str, ...]


def _ids(found: frozenset[UUID] | None) -> tuple[UUID, ...] | None:
    return None if found is None else tuple(sorted(found))


def _shown(one: ListedCode) -> PromoCodeShown:
    promotion, terms = one.promotion, one.promotion.terms
    return PromoCodeShown(
        id=promotion.id,
        batch_id=promotion.batch_id,
        code=promotion.code,
        state=promotion.state,
        effect=terms.effect,
        percent_bps=terms.percent_bps,
        amount_minor=terms.amount_minor,
        currency=terms.currency,
        event_ids=_ids(terms.event_ids),
        ticket_type_ids=_ids(terms.type_ids),
        unlocked_ticket_type_ids=tuple(sorted(terms.unlocked_type_ids)),
        includes_bundles=terms.includes_bundles,
        quantity_min=terms.quantity_min,
        quantity_max=terms.quantity_max,
        is_combinable=terms.is_combinable,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        total_limit=terms.total_limit,
        per_person_limit=terms.per_person_limit,
        limit_unit=terms.limit_unit,
        note=terms.note,
        uses=promotion.uses,
        tickets=promotion.tickets,
        created_at=promotion.created_at,
        sales=tuple(SalesShown.of(sale) for sale in one.sales),
    )


async def _look(needs: Needs, actor: SignedIn, organiser_id: UUID, promotion: Promotion) -> PromoCodeShown:
    async with needs.database.reading() as reader:
        return _shown(await promo_code(reader, actor, organiser_id, promotion.id))


@router.get(BASE)
async def list_promo_codes(
    needs: Needs,
    actor: SignedIn,
    organiser_id: UUID,
    q: _CodeText = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PromoCodesShown:
    """The organiser's codes and what they did; `q` is a part of a code."""
    async with needs.database.reading() as reader:
        found = await promo_codes(reader, actor, organiser_id, part=q, cursor=cursor, limit=limit)
    return PromoCodesShown(items=tuple(_shown(one) for one in found.items), next_cursor=found.next_cursor)


@router.post(BASE, status_code=201)
async def create_promo_code(
    needs: Needs, actor: SignedIn, new_id: NewId, organiser_id: UUID, body: CodeBody
) -> PromoCodeShown:
    """Make a code. The same idempotency key makes one."""
    desk = needs.money.promo_desk
    made = await desk.create(actor, organiser_id, body.code, body.terms(), promotion_id=new_id)
    return await _look(needs, actor, organiser_id, made)


@router.post(BASE + "/batches", status_code=201)
async def create_promo_batch(
    needs: Needs, actor: SignedIn, new_id: NewId, organiser_id: UUID, body: BatchBody
) -> BatchShown:
    """Make up to 10,000 different codes for one order each. The same idempotency key makes them once."""
    terms = replace(body.terms(), total_limit=1, per_person_limit=None, limit_unit="orders")
    made = await needs.money.promo_desk.generate(
        actor, organiser_id, body.prefix, body.quantity, terms, batch_id=new_id
    )
    async with needs.database.reading() as reader:
        codes = await promotions.of_batch(reader, organiser_id, made.id)
    return BatchShown(id=made.id, quantity=made.quantity, codes=tuple(one.code for one in codes))


@router.get(BASE + "/{promo_code_id}")
async def read_promo_code(
    needs: Needs, actor: SignedIn, organiser_id: UUID, promo_code_id: UUID
) -> PromoCodeShown:
    """One code and what it did."""
    async with needs.database.reading() as reader:
        return _shown(await promo_code(reader, actor, organiser_id, promo_code_id))


@router.put(BASE + "/{promo_code_id}")
async def change_promo_code(
    needs: Needs, actor: SignedIn, organiser_id: UUID, promo_code_id: UUID, body: CodeBody
) -> PromoCodeShown:
    """Change a code as a whole. Orders that have it keep their prices; a code that was used keeps its name."""
    made = await needs.money.promo_desk.edit(actor, organiser_id, promo_code_id, body.code, body.terms())
    return await _look(needs, actor, organiser_id, made)


@router.post(BASE + "/{promo_code_id}/pause")
async def pause_promo_code(
    needs: Needs, actor: SignedIn, organiser_id: UUID, promo_code_id: UUID
) -> PromoCodeShown:
    """Nobody can use it until it is resumed. Saying it twice changes nothing."""
    desk = needs.money.promo_desk
    made = await desk.set_paused(actor, organiser_id, promo_code_id, is_paused=True)
    return await _look(needs, actor, organiser_id, made)


@router.post(BASE + "/{promo_code_id}/resume")
async def resume_promo_code(
    needs: Needs, actor: SignedIn, organiser_id: UUID, promo_code_id: UUID
) -> PromoCodeShown:
    """It can be used again. Saying it twice changes nothing."""
    desk = needs.money.promo_desk
    made = await desk.set_paused(actor, organiser_id, promo_code_id, is_paused=False)
    return await _look(needs, actor, organiser_id, made)


@router.delete(BASE + "/{promo_code_id}", status_code=204)
async def delete_promo_code(needs: Needs, actor: SignedIn, organiser_id: UUID, promo_code_id: UUID) -> None:
    """Delete a code that nobody used."""
    await needs.money.promo_desk.delete(actor, organiser_id, promo_code_id)


class CheckItem(Body):
    """So many of a ticket type."""

    ticket_type_id: UUID
    quantity: _Int


class CheckBody(Body):
    """Codes as typed; and, to know what they come to, what would be bought."""

    codes: Annotated[tuple[_CodeText, ...], Field(min_length=1, max_length=10)]
    items: Annotated[tuple[CheckItem, ...], Field(max_length=50)] = ()


class CodeChecked(Shown):
    """What a code does at this event; null is all ticket types. `off` with `items`: what it takes off them."""

    code: str
    effect: str
    percent_bps: int
    amount: MoneyShown
    ticket_type_ids: tuple[UUID, ...] | None
    unlocked_ticket_type_ids: tuple[UUID, ...]
    quantity_min: int
    quantity_max: int | None
    is_combinable: bool
    off: MoneyShown | None


class ChecksShown(Shown):
    """Each code, and the price of the items with all of them."""

    codes: tuple[CodeChecked, ...]
    total: MoneyShown | None


@router.post("/events/{slug}/codes/check")
async def check_codes(request: Request, needs: Needs, slug: str, body: CheckBody) -> ChecksShown:
    """What promo codes would do. Nothing is set aside or counted, but wrong codes are: 30 in ten minutes."""
    on_offer = await needs.offers.current(slug)
    visitor = source_key(address_of(request))
    found = await needs.purchase.find_codes(on_offer.offer, body.codes, visitor)
    effects = tuple(one.effect for one in found)
    currency = on_offer.offer.currency
    off: dict[str, int] = {}
    total: MoneyShown | None = None
    if body.items:
        items = tuple(BasketItem(item.ticket_type_id, item.quantity) for item in body.items)
        asked = stepped(Kept(Basket(items, codes=effects), {}), on_offer.offer, needs.clock.now())
        priced = on_offer.prices.of(asked.basket)
        off = {use.code: use.off_minor for use in priced.codes}
        total = MoneyShown(currency=currency, minor=priced.total_minor)
    return ChecksShown(codes=tuple(_checked(one, currency, off) for one in effects), total=total)


def _checked(one: PromoCode, currency: str, off: dict[str, int]) -> CodeChecked:
    return CodeChecked(
        code=one.code,
        effect=one.effect,
        percent_bps=one.percent_bps,
        amount=MoneyShown(currency=currency, minor=one.amount_minor),
        ticket_type_ids=_ids(one.type_ids),
        unlocked_ticket_type_ids=tuple(sorted(one.unlocked_type_ids)),
        quantity_min=one.quantity_min,
        quantity_max=one.quantity_max,
        is_combinable=one.is_combinable,
        off=MoneyShown(currency=currency, minor=off[one.code]) if one.code in off else None,
    )
