"""Promo codes on the way from a basket to an order: found, counted, used, given back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from admitone import events, orders, promotions
from admitone.flows.baskets import Code, Kept
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.limiter import Limiter, Rule
from admitone.pricing import CodeUse, PricedBasket, PromoCode
from admitone.values import formats
from admitone.values.clock import Clock
from admitone.values.refusals import Refusal

WRONG_CODES: Final = Rule("promo_wrong_code", 30, 600)
"""Typed wrong by one visitor. What is typed right is never counted: a link with a code may be opened all day."""


@dataclass(frozen=True, slots=True)
class Redeeming:
    """An order that is being placed with promo codes, and what they did to its price."""

    order_id: UUID
    organiser_id: UUID
    event_id: UUID
    email_key: str
    kept: Kept
    priced: PricedBasket


class PromoCodes:
    """Finds what was typed."""

    def __init__(self, database: Database, clock: Clock, limiter: Limiter) -> None:
        self._database = database
        self._clock = clock
        self._limiter = limiter

    async def find(self, offer: events.Offer, codes: Sequence[str], visitor: str) -> list[Code]:
        """The codes with their effects, each once.

        Raises `UnknownCode` (also for a code of other events), `NotValidNow`, `UsedUp`, and `TooMany` when this
        visitor has typed too many wrong ones.
        """
        if not codes:
            return []
        await self._limiter.look(WRONG_CODES, visitor)
        async with self._database.reading() as reader:
            found = await promotions.find(reader, offer.organiser_id, offer.event_id, codes)
        known: dict[UUID, Code] = {}
        for at, promotion in enumerate(found):
            if promotion is None or promotion.terms.currency not in (None, offer.currency):
                await self._limiter.take(WRONG_CODES, visitor)
                raise promotions.UnknownCode(field=f"codes.{at}")
            now = self._clock.now()
            if not (promotion.is_active and promotion.terms.is_valid_at(now)):
                cannot = _cannot(promotion, now, offer.zone)
                raise promotions.NotValidNow(field=f"codes.{at}", promo_code=promotion.code, cannot=cannot)
            if promotion.left == 0:
                raise promotions.UsedUp(field=f"codes.{at}", promo_code=promotion.code, left=0)
            known[promotion.id] = Code(promotion.id, promotion.effect)
        return list(known.values())


def _cannot(promotion: promotions.Promotion, now: datetime, zone: str) -> str:
    """Why a code that exists does nothing now; whoever typed it right may know when it does."""
    valid_from, valid_until = promotion.terms.valid_from, promotion.terms.valid_until
    if not promotion.is_active:
        return "cannot be used now"
    if valid_from is not None and now < valid_from:
        return f"can be used from {formats.dated_day_time(valid_from, now, zone)} on"
    if valid_until is not None and now >= valid_until:
        return f"could be used until {formats.dated_day_time(valid_until, now, zone)}"
    return "cannot be used now"


async def redeem(tx: Transaction, asked: Mapping[int, Redeeming]) -> dict[int, Refusal]:
    """Count the uses of these orders' codes; why not, for those that cannot have them."""
    verdicts = await promotions.redeem_many(tx, [_redemption(one) for one in asked.values()])
    return {place: verdict for place, verdict in zip(asked, verdicts, strict=True) if verdict is not None}


def _redemption(one: Redeeming) -> promotions.Redemption:
    effects = {code.code: code for code in one.kept.basket.codes}
    return promotions.Redemption(
        order_id=one.order_id,
        organiser_id=one.organiser_id,
        event_id=one.event_id,
        email_key=one.email_key,
        currency=one.priced.currency,
        codes=tuple(
            promotions.CodeOfOrder(
                one.kept.promotions[use.code],
                use.code,
                _tickets(use, effects[use.code], one.priced),
                use.off_minor,
            )
            for use in one.priced.codes
        ),
    )


def _tickets(use: CodeUse, effect: PromoCode, priced: PricedBasket) -> int:
    """How many tickets a code was for: those it made cheaper; else those it unlocked."""
    unlocked = sum(line.quantity for line in priced.lines if line.ticket_type_id in effect.unlocked_type_ids)
    return use.units if effect.effect != "unlock" else unlocked


async def give_back(tx: Transaction, ended: Iterable[orders.OrderRow]) -> None:
    """These orders (locked) end: what their codes were redeemed for is free again. Before places are locked."""
    ids = _with_codes(ended)
    if ids:
        await promotions.give_back(tx, ids)


async def redeem_again(tx: Transaction, late: Iterable[orders.OrderRow]) -> None:
    """Money came late for these orders (locked): their codes count again, where there is room. Before places."""
    ids = _with_codes(late)
    if ids:
        await promotions.redeem_again(tx, ids)


async def mark_used(tx: Transaction, paid: Iterable[orders.OrderRow]) -> None:
    """These orders (locked) are paid."""
    ids = _with_codes(paid)
    if ids:
        await promotions.mark_used(tx, ids)


def _with_codes(those: Iterable[orders.OrderRow]) -> list[UUID]:
    """Their records say who has codes, so that a sale without any asks nothing."""
    return [order.id for order in those if order.quote.get("codes")]
