"""Choose, hold, order: from a basket to an order that waits for its money (or needs none).

Two transactions, each shared by everybody who asks in the same moment (group commit): the hold moves the counters, the
order claims the hold with the prices as shown. A crash between the two leaves a hold that runs out by itself.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from admitone import events, inventory, orders
from admitone.flows.expiry import Expiry
from admitone.flows.fulfilment import Paid, fulfil
from admitone.flows.offer_book import OfferBook, OnOffer, price
from admitone.flows.order_wish import OrderWish, checked
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.group_commit import GroupCommit
from admitone.plumbing.signing import KeyRing
from admitone.pricing import Quote, as_record
from admitone.values.clock import Clock
from admitone.values.ids import short_code, uuid7
from admitone.values.refusals import Conflict, Invalid, Refusal

SWEEP_PAUSE_SECONDS = 0.25


class NotOnSale(Conflict):
    """The ticket type cannot be bought now; `state` says why."""

    code = "purchase.not_on_sale"
    text = "“{name}” is not on sale right now."


class UnknownTicketType(Invalid):
    """The ticket type does not belong to this event."""

    code = "purchase.unknown_ticket_type"
    text = "This event has no such ticket."


class NothingChosen(Invalid):
    """The basket is empty."""

    code = "purchase.nothing_chosen"
    text = "Please choose at least one ticket."


@dataclass(frozen=True, slots=True)
class Rules:
    """How long places are held: for choosing, and again (at least) for paying. Seconds."""

    hold_seconds: int = 900
    pay_seconds: int = 900


@dataclass(frozen=True, slots=True)
class HoldWish:
    """What a buyer wants. `hold_id` and `digest` are derived from an idempotency key, or None without one."""

    event: str | UUID
    items: tuple[tuple[UUID, int], ...]
    hold_id: UUID | None = None
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class HeldOffer:
    """Places set aside, and what they cost, all-in. `state` is active, or what has become of a hold that was made
    before with the same key: claimed (an order has it), sold, expired or released.
    """

    hold_id: UUID
    held_until: datetime
    offer: events.Offer
    quote: Quote
    state: str = "active"


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A hold as the checkout page shows it; priced by the version of the offer it was taken on."""

    hold: inventory.Hold
    offer: events.Offer
    quote: Quote
    may_be_extended: bool

    @property
    def state(self) -> str:
        """As its buyer sees it: a hold that ran out has expired, whether or not its places went back already."""
        return "expired" if self.hold.state == "active" and self.hold.is_due else self.hold.state


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


class Purchase:
    """The buyer's way up to the payment."""

    def __init__(
        self, database: Database, clock: Clock, offers: OfferBook, ring: KeyRing, expiry: Expiry, rules: Rules
    ) -> None:
        self._database = database
        self._clock = clock
        self._offers = offers
        self._ring = ring
        self._expiry = expiry
        self._rules = rules
        self._swept_at: dict[UUID, float] = {}
        self._holds: GroupCommit[inventory.HoldRequest, inventory.Held] = GroupCommit(
            database, inventory.take_many, failpoint="hold"
        )
        self._orders: GroupCommit[_Placing, Placed] = GroupCommit(
            database, self._place_batch, failpoint="order"
        )

    async def hold(self, wish: HoldWish) -> HeldOffer:
        """Set the places aside, all or nothing. Asked again with the same key, the answer is the hold made then, at
        the price of then, also when nothing is on sale any more.

        Raises `SoldOut`, `NotOnSale`, `SalesClosed`, `OverLimit`, `UnknownTicketType`, `NothingChosen`, bad quantities
        (`pricing.*`), `KeyReused`, or a busy refusal.
        """
        on_offer = await self._offers.current(wish.event)
        try:
            return await self._hold(wish, on_offer)
        except (NotOnSale, orders.OverLimit):
            repeated = None if wish.hold_id is None else await self._repeated(wish.hold_id, wish.digest)
            if repeated is None:
                raise
            return repeated
        except inventory.TermsChanged:
            return await self._hold(wish, await self._offers.current(wish.event, fresh=True))
        except inventory.SoldOut:
            if not await self._sweep(on_offer.offer.event_id):
                raise
            return await self._hold(wish, on_offer)

    async def _hold(self, wish: HoldWish, on_offer: OnOffer) -> HeldOffer:
        offer = on_offer.offer
        self._require_on_sale(offer, wish.items)
        priced = on_offer.quote(wish.items)
        request = inventory.HoldRequest(
            hold_id=wish.hold_id or uuid7(),
            event_id=offer.event_id,
            organiser_id=offer.organiser_id,
            terms_version=offer.terms_version,
            items=tuple(
                inventory.HoldItem(type_id, quantity, on_offer.draws.get(type_id, ()))
                for type_id, quantity in wish.items
            ),
            hold_seconds=self._rules.hold_seconds,
            digest=wish.digest,
        )
        held = await self._holds.ask(request)
        repeated = await self._repeated(held.hold_id, wish.digest) if held.is_repeat else None
        return repeated or HeldOffer(held.hold_id, held.held_until, offer, priced)

    async def _repeated(self, hold_id: UUID, digest: bytes | None) -> HeldOffer | None:
        """The hold that was made with this key and this request; None when there is none."""
        try:
            opened = await self.read(hold_id)
        except inventory.HoldNotFound:
            return None
        if opened.hold.digest != digest:
            return None
        return HeldOffer(hold_id, opened.hold.held_until, opened.offer, opened.quote, opened.state)

    def _require_on_sale(self, offer: events.Offer, items: Sequence[tuple[UUID, int]]) -> None:
        """Each of the basket's ticket types may be bought now, in that number."""
        if not items:
            raise NothingChosen(field="items")
        now = self._clock.now()
        if len({type_id for type_id, _ in items}) != len(items):
            raise UnknownTicketType(field="items")
        for place, (type_id, quantity) in enumerate(items):
            offered = offer.type(type_id)
            if offered is None:
                raise UnknownTicketType(field=f"items.{place}.ticket_type_id")
            state = events.sale_state(offer, offered, now)
            if state is not events.SaleState.ON_SALE:
                raise NotOnSale(field=f"items.{place}.ticket_type_id", name=offered.name, state=state.value)
            if quantity > offered.per_person_limit:
                raise orders.OverLimit(
                    field=f"items.{place}.quantity", limit=offered.per_person_limit, already=0
                )

    async def _sweep(self, event_id: UUID) -> bool:
        """Before saying "sold out": let orders past their deadline go. At most four times a second per event."""
        now = asyncio.get_running_loop().time()
        if now - self._swept_at.get(event_id, 0.0) < SWEEP_PAUSE_SECONDS:
            return False
        self._swept_at[event_id] = now
        return await self._expiry.expire_orders() > 0

    async def read(self, hold_id: UUID) -> OpenHold:
        """The hold with its prices. Raises `HoldNotFound`."""
        async with self._database.reading() as reader:
            hold = await inventory.read(reader, hold_id)
        offer = await self._offers.as_of(hold.event_id, hold.terms_version)
        may_be_extended = hold.may_be_extended(self._rules.hold_seconds)
        return OpenHold(hold, offer, price(offer, hold.items), may_be_extended)

    async def extend(self, hold_id: UUID) -> datetime:
        """Half as long again, once; the new deadline. Raises `HoldGone`, `HoldNotFound`, `AlreadyExtended`."""
        return await self._database.run(lambda tx: inventory.extend(tx, hold_id, self._rules.hold_seconds))

    async def release(self, hold_id: UUID) -> None:
        """Give the places back. A hold that is already gone, or is an order's, is left as it is.

        Raises `HoldNotFound`.
        """

        async def story(tx: Transaction) -> None:
            if not await inventory.let_go(tx, hold_id):
                await inventory.read(tx, hold_id)

        await self._database.run(story)

    async def place(self, wish: OrderWish) -> orders.OrderRow:
        """`place_whole`, for those who only want the order."""
        return (await self.place_whole(wish)).order

    async def place_whole(self, wish: OrderWish) -> Placed:
        """Turn a hold into an order with the prices as shown. The same hold again gives the same order.

        An order of nothing to pay is paid at once and has its tickets. Raises `HoldGone`, `HoldNotFound`, `OverLimit`,
        `BadEmail`, `BadName`.
        """
        return await self._orders.ask(_Placing(checked(wish), uuid7()))

    async def _place_batch(self, tx: Transaction, asked: Sequence[_Placing]) -> list[Placed | Refusal]:
        claims = [(one.wish.hold_id, one.order_id, self._rules.pay_seconds) for one in _first_per_hold(asked)]
        deadlines = await inventory.claim_many(tx, claims)
        owner = {hold_id: order_id for hold_id, order_id, _ in claims if hold_id in deadlines}
        claimed = await self._read_claimed(tx, list(owner))
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
        states = await events.kept_states(tx, {hold.hold.event_id for hold in mine.values()}) if mine else {}
        answers: dict[int, Placed | Refusal] = {
            place: events.EventIsCancelled()
            for place, hold in mine.items()
            if states[hold.hold.event_id] is events.EventState.CANCELLED
        }
        rest = {place: hold for place, hold in mine.items() if place not in answers}
        verdicts = await orders.allow_many(
            tx, [_allowance(asked[place], hold) for place, hold in rest.items()]
        )
        answers.update(
            (place, verdict) for place, verdict in zip(rest, verdicts, strict=True) if verdict is not None
        )
        return answers

    async def _read_claimed(self, tx: Transaction, hold_ids: Sequence[UUID]) -> dict[UUID, _Claimed]:
        """The claimed holds with the offers they were taken on."""
        if not hold_ids:
            return {}
        holds = await inventory.read_many(tx, hold_ids)
        found = {}
        for hold in holds.values():
            found[hold.id] = _Claimed(
                hold, await self._offers.as_of_in(tx, hold.event_id, hold.terms_version)
            )
        return found

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
            if one.order.total_minor == 0
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


def _new(placing: _Placing, claimed: _Claimed, pay_until: datetime) -> orders.NewOrder:
    wish, hold, offer = placing.wish, claimed.hold, claimed.offer
    priced = price(offer, hold.items)
    return orders.NewOrder(
        id=placing.order_id,
        code=short_code(),
        event_id=hold.event_id,
        organiser_id=hold.organiser_id,
        hold_id=hold.id,
        person_id=wish.person_id,
        email=wish.email,
        email_key=wish.email_key,
        name=wish.name,
        quote=priced,
        record=as_record(priced, offer.fee, offer.tax),
        attendee_names={
            line.ticket_type_id: wish.attendee_names.get(line.ticket_type_id, ())[: line.quantity]
            for line in priced.lines
        },
        pay_until=pay_until,
    )


def _placed(order: orders.OrderRow) -> orders.OrderPlaced:
    return orders.OrderPlaced(
        subject_id=order.id,
        organiser_id=order.organiser_id,
        event_id=order.event_id,
        currency=order.currency,
        total_minor=order.total_minor,
    )
