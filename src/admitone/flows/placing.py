"""From holds to orders: the second transaction of a purchase, shared by everybody who asks in the same moment.

The order claims its hold, allowances and promo codes are counted, and the prices are written as they were shown. An
order of nothing to pay is fulfilled there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from admitone import events, inventory, orders
from admitone.flows import promo_codes
from admitone.flows.baskets import Kept, for_business, kept_of
from admitone.flows.fulfilment import Paid, fulfil
from admitone.flows.offer_book import OfferBook
from admitone.flows.order_wish import OrderWish, business_of, checked
from admitone.flows.refund_policy import policy_record
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.group_commit import GroupCommit
from admitone.plumbing.signing import KeyRing
from admitone.pricing import PricedBasket, as_basket_record
from admitone.values.ids import short_code, uuid7
from admitone.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as it stands, its lines, and the offer it was placed on."""

    order: orders.OrderRow
    lines: tuple[orders.LineRow, ...]
    offer: events.Offer


@dataclass(frozen=True, slots=True)
class _Placing:
    wish: OrderWish
    order_id: UUID


@dataclass(frozen=True, slots=True)
class _Claimed:
    hold: inventory.Hold
    offer: events.Offer
    kept: Kept
    priced: PricedBasket
    record: dict[str, Any]


class OrderDesk:
    """Places orders."""

    def __init__(self, database: Database, offers: OfferBook, ring: KeyRing, pay_seconds: int) -> None:
        self._offers = offers
        self._ring = ring
        self._pay_seconds = pay_seconds
        self._orders: GroupCommit[_Placing, Placed] = GroupCommit(
            database, self._place_batch, failpoint="order"
        )

    async def place(self, wish: OrderWish) -> Placed:
        """See `Purchase.place_whole`."""
        return await self._orders.ask(_Placing(checked(wish), uuid7()))

    async def place_in(self, tx: Transaction, wish: OrderWish) -> Placed:
        """`place`, in the transaction of a caller who posts to the ledger what an order of nothing due moves there."""
        (placed,) = await self._place_batch(tx, [_Placing(checked(wish), uuid7())])
        if isinstance(placed, Refusal):
            raise placed
        return placed

    async def _place_batch(self, tx: Transaction, asked: Sequence[_Placing]) -> list[Placed | Refusal]:
        claims = [(one.wish.hold_id, one.order_id, self._pay_seconds) for one in _first_per_hold(asked)]
        deadlines = await inventory.claim_many(tx, claims)
        owner = {hold_id: order_id for hold_id, order_id, _ in claims if hold_id in deadlines}
        claimed = await self._read_claimed(tx, asked, owner)
        mine = {
            place: claimed[one.wish.hold_id]
            for place, one in enumerate(asked)
            if owner.get(one.wish.hold_id) == one.order_id
        }
        answers = await self._refused(tx, asked, mine)
        if answers:
            await inventory.unclaim_many(tx, [asked[place].wish.hold_id for place in answers])
        winners = {place: hold for place, hold in mine.items() if place not in answers}
        answers.update(await self._write(tx, asked, winners, deadlines))
        rest = [place for place in range(len(asked)) if place not in answers]
        if rest:
            answers.update(await self._placed_before(tx, {place: asked[place] for place in rest}))
        return [answers[place] for place in range(len(asked))]

    async def _refused(
        self, tx: Transaction, asked: Sequence[_Placing], mine: Mapping[int, _Claimed]
    ) -> dict[int, Placed | Refusal]:
        """Those that cannot become an order although their places are held."""
        sales = await events.kept_sales(tx, {hold.hold.event_id for hold in mine.values()}) if mine else {}
        answers: dict[int, Placed | Refusal] = {}
        for place, hold in mine.items():
            refusal = sales[hold.hold.event_id].refusal(is_test=hold.offer.is_test)
            if refusal is not None:
                answers[place] = refusal
        rest = {place: hold for place, hold in mine.items() if place not in answers}
        allowances = {place: _allowance(asked[place], hold) for place, hold in rest.items()}
        verdicts = await orders.allow_many(tx, list(allowances.values()))
        answers.update(
            (place, verdict) for place, verdict in zip(rest, verdicts, strict=True) if verdict is not None
        )
        coded = {place: hold for place, hold in rest.items() if place not in answers and hold.kept.promotions}
        if coded:
            used_up = await promo_codes.redeem(
                tx, {place: _redeeming(asked[place], hold) for place, hold in coded.items()}
            )
            # Whoever keeps no promo code keeps no allowance: the order is not placed.
            await orders.count_back(tx, [allowances[place] for place in used_up])
            answers.update(used_up)
        return answers

    async def _read_claimed(
        self, tx: Transaction, asked: Sequence[_Placing], owner: Mapping[UUID, UUID]
    ) -> dict[UUID, _Claimed]:
        """The claimed holds with the offers they were taken on, and their prices for those who claimed them."""
        if not owner:
            return {}
        holds = await inventory.read_many(tx, list(owner))
        found = {}
        for one in asked:
            hold = holds.get(one.wish.hold_id)
            if hold is None or owner[hold.id] != one.order_id:
                continue
            offer = await self._offers.as_of_in(tx, hold.event_id, hold.terms_version)
            found[hold.id] = self._claimed(one.wish, hold, offer)
        return found

    def _claimed(self, wish: OrderWish, hold: inventory.Hold, offer: events.Offer) -> _Claimed:
        kept, prices = kept_of(hold), self._offers.prices(offer)
        business = business_of(wish.buyer)
        if hold.basket is None and business is None:
            return _Claimed(hold, offer, kept, prices.simple(hold.items), prices.simple_record(hold.items))
        basket = for_business(kept.basket, business)
        priced = prices.of(basket)
        return _Claimed(hold, offer, kept, priced, as_basket_record(priced, basket, prices.rules))

    async def _write(
        self,
        tx: Transaction,
        asked: Sequence[_Placing],
        winners: Mapping[int, _Claimed],
        deadlines: Mapping[UUID, datetime],
    ) -> dict[int, Placed]:
        """Store the orders; those of nothing to pay are fulfilled at once."""
        if not winners:
            return {}
        new = [_new(asked[place], claimed, deadlines[claimed.hold.id]) for place, claimed in winners.items()]
        placed = await orders.place_many(tx, new)
        await journal.announce(tx, [_placed(one.order) for one in placed], "guest")
        free = {
            one.order.id: Paid(one.order, claimed.offer)
            for one, claimed in zip(placed, winners.values(), strict=True)
            if one.order.due_minor == 0
        }
        if free:
            done = await fulfil(
                tx, self._ring, list(free.values()), {one.order.id: one.lines for one in placed}
            )
            assert done == set(free), "a fresh order's places are held"
        return {
            place: Placed(
                _paid_at_once(one.order) if one.order.id in free else one.order, one.lines, claimed.offer
            )
            for (place, claimed), one in zip(winners.items(), placed, strict=True)
        }

    async def _placed_before(
        self, tx: Transaction, asked: Mapping[int, _Placing]
    ) -> dict[int, Placed | Refusal]:
        """The order a hold already became, for the buyer who made it; for anybody else the hold is gone."""
        known = await orders.by_holds(tx, {one.wish.hold_id for one in asked.values()})
        lines = await orders.lines(tx, [order.id for order in known.values()])
        answers: dict[int, Placed | Refusal] = {}
        for place, one in asked.items():
            order = known.get(one.wish.hold_id)
            if order is None or order.email_key != one.wish.email_key:
                answers[place] = inventory.HoldGone()
                continue
            hold = (await inventory.read_many(tx, [order.hold_id]))[order.hold_id]
            offer = await self._offers.as_of_in(tx, hold.event_id, hold.terms_version)
            answers[place] = Placed(order, tuple(lines[order.id]), offer)
        return answers


def _paid_at_once(order: orders.OrderRow) -> orders.OrderRow:
    return replace(order, state="paid", paid_at=order.placed_at)


def _first_per_hold(asked: Sequence[_Placing]) -> list[_Placing]:
    return list({one.wish.hold_id: one for one in reversed(asked)}.values())


def _allowance(placing: _Placing, claimed: _Claimed) -> orders.AllowanceAsk:
    wanted = []
    for type_id, quantity in claimed.hold.items:
        offered = claimed.offer.type(type_id)
        assert offered is not None, "a ticket type of this event"
        wanted.append((type_id, quantity, offered.per_person_limit))
    return orders.AllowanceAsk(placing.wish.email_key, tuple(wanted))


def _redeeming(placing: _Placing, claimed: _Claimed) -> promo_codes.Redeeming:
    return promo_codes.Redeeming(
        placing.order_id,
        claimed.hold.organiser_id,
        claimed.hold.event_id,
        placing.wish.email_key,
        claimed.kept,
        claimed.priced,
    )


def _new(placing: _Placing, claimed: _Claimed, pay_until: datetime) -> orders.NewOrder:
    wish, hold, offer = placing.wish, claimed.hold, claimed.offer
    priced = claimed.priced
    return orders.NewOrder(
        id=placing.order_id,
        policy=policy_record(offer) if wish.policy is None else dict(wish.policy),
        code=short_code(),
        event_id=hold.event_id,
        organiser_id=hold.organiser_id,
        hold_id=hold.id,
        person_id=wish.person_id,
        email=wish.email,
        email_key=wish.email_key,
        name=wish.name,
        quote=priced,
        record=claimed.record,
        attendee_names=dict(wish.attendee_names),
        pay_until=pay_until,
        is_test=offer.is_test,
        root_id=wish.root_id,
        exchanged_minor=wish.exchanged_minor,
        buyer=None if wish.buyer is None else dict(wish.buyer),
    )


def _placed(order: orders.OrderRow) -> orders.OrderPlaced:
    return orders.OrderPlaced(
        subject_id=order.id,
        organiser_id=order.organiser_id,
        event_id=order.event_id,
        currency=order.currency,
        total_minor=order.total_minor,
    )
