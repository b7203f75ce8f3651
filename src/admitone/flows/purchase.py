"""Choose, hold, order: from a basket to an order that waits for its money (or needs none).

Two transactions, each shared by everybody who asks in the same moment (group commit): the hold moves the counters, the
order claims the hold with the prices as shown. A crash between the two leaves a hold that runs out by itself.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admitone import events, inventory, orders
from admitone.flows.add_tickets import with_family
from admitone.flows.baskets import (
    Code,
    HoldWish,
    Kept,
    as_kept,
    counts,
    for_business,
    has_steps,
    is_bundle_offered,
    kept_of,
    step_pools,
    stepped,
    unlocked,
    wished,
    with_codes,
)
from admitone.flows.expiry import Expiry
from admitone.flows.offer_book import OfferBook, OnOffer
from admitone.flows.order_wish import OrderWish, business_of
from admitone.flows.placeless import take_known
from admitone.flows.placing import OrderDesk, Placed
from admitone.flows.promo_codes import PromoCodes
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.group_commit import GroupCommit
from admitone.plumbing.signing import KeyRing
from admitone.pricing import PricedBasket, UnknownBundle
from admitone.values.clock import Clock
from admitone.values.ids import uuid7
from admitone.values.refusals import Conflict, Invalid

__all__ = ["HeldOffer", "HoldWish", "NotOnSale", "NothingChosen", "OpenHold", "Placed", "Purchase", "Rules"]
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


class UnlockedByCode(Conflict):
    """The promo code that would go opened tickets that are in the basket."""

    code = "purchase.unlocked_by_code"
    text = "Some of these tickets need the promo code you have. Change your tickets first."


@dataclass(frozen=True, slots=True)
class Rules:
    """How long places are held: for choosing, and again (at least) for paying. Seconds."""

    hold_seconds: int = 900
    pay_seconds: int = 900


@dataclass(frozen=True, slots=True)
class HeldOffer:
    """Places set aside, and what they cost, all-in. `state` is active, or what has become of a hold that was made
    before with the same key: claimed (an order has it), sold, expired or released.
    """

    hold_id: UUID
    held_until: datetime
    offer: events.Offer
    quote: PricedBasket
    state: str = "active"


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A hold as the checkout page shows it; priced by the version of the offer it was taken on."""

    hold: inventory.Hold
    offer: events.Offer
    quote: PricedBasket
    may_be_extended: bool

    @property
    def state(self) -> str:
        """As its buyer sees it: a hold that ran out has expired, whether or not its places went back already."""
        return "expired" if self.hold.state == "active" and self.hold.is_due else self.hold.state


class Purchase:
    """The buyer's way up to the payment."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        offers: OfferBook,
        codes: PromoCodes,
        ring: KeyRing,
        expiry: Expiry,
        rules: Rules,
    ) -> None:
        self._database = database
        self._clock = clock
        self._offers = offers
        self._codes = codes
        self._expiry = expiry
        self._rules = rules
        self._swept_at: dict[UUID, float] = {}
        self._holds: GroupCommit[inventory.HoldRequest, inventory.Held] = GroupCommit(
            database, take_known, failpoint="hold"
        )
        self._orders = OrderDesk(database, offers, ring, rules.pay_seconds)

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
        except inventory.TermsChanged:  # also of a donation, which no pool speaks for
            return await self._hold(wish, await self._offers.current(wish.event, fresh=True))
        except inventory.SoldOut:
            if not await self._sweep(on_offer.offer.event_id):
                raise
            return await self._hold(wish, on_offer)

    async def _hold(self, wish: HoldWish, on_offer: OnOffer) -> HeldOffer:
        offer = on_offer.offer
        if wish.is_simple and (wish.at_list or not has_steps(offer, wish.items)):
            self._require_on_sale(offer, wish.items, frozenset())
            return await self._take(wish, on_offer, wish.items, None, on_offer.prices.simple(wish.items))
        asked = wished(wish, await self._codes.find(offer, wish.codes, wish.visitor) if wish.codes else ())
        items = tuple(self._require_all_on_sale(wish, asked, on_offer).items())
        full: set[UUID] = set()
        while True:
            kept = stepped(asked, offer, self._clock.now(), full)
            priced = on_offer.prices.of(kept.basket)
            try:
                return await self._take(wish, on_offer, items, kept, priced)
            except inventory.StepFull as refusal:
                # Too few are left at this price: what holds next is asked for, the last price at the latest.
                full.add(UUID(str(refusal.data["step_id"])))

    async def _take(
        self,
        wish: HoldWish,
        on_offer: OnOffer,
        items: tuple[tuple[UUID, int], ...],
        kept: Kept | None,
        priced: PricedBasket,
    ) -> HeldOffer:
        """Set the places aside, those of the price steps too."""
        offer, request = on_offer.offer, self._request(wish, on_offer, items, kept)
        held = await self._holds.ask(request)
        repeated = await self._repeated(held.hold_id, wish.digest) if held.is_repeat else None
        return repeated or HeldOffer(held.hold_id, held.held_until, offer, priced)

    async def request(self, wish: HoldWish) -> inventory.HoldRequest:
        """What `hold` asks the pools for, at list prices, for a story that takes the places in its own transaction.

        Raises `NotOnSale`, `OverLimit`, `UnknownTicketType`, `NothingChosen`.
        """
        assert wish.is_simple
        assert wish.at_list, "no price step's pool is asked"
        on_offer = await self._offers.current(wish.event)
        self._require_on_sale(on_offer.offer, wish.items, frozenset())
        return self._request(wish, on_offer, wish.items, None)

    def _request(
        self,
        wish: HoldWish,
        on_offer: OnOffer,
        items: tuple[tuple[UUID, int], ...],
        kept: Kept | None,
    ) -> inventory.HoldRequest:
        offer = on_offer.offer
        steps = {} if kept is None else step_pools(kept.basket, offer)
        return inventory.HoldRequest(
            hold_id=wish.hold_id or uuid7(),
            event_id=offer.event_id,
            organiser_id=offer.organiser_id,
            terms_version=offer.terms_version,
            items=tuple(
                inventory.HoldItem(type_id, quantity, _pools(on_offer, type_id, steps))
                for type_id, quantity in items
            ),
            hold_seconds=self._rules.hold_seconds,
            digest=wish.digest,
            basket=None if kept is None else as_kept(kept),
        )

    def _require_all_on_sale(self, wish: HoldWish, kept: Kept, on_offer: OnOffer) -> Mapping[UUID, int]:
        """How many of each type the basket has, those of bundles too; all of it may be bought now."""
        offer = on_offer.offer
        for place, (bundle_id, _) in enumerate(wish.bundles):
            if not is_bundle_offered(offer, bundle_id):
                raise UnknownBundle(field=f"bundles.{place}.bundle_id")
        if not {type_id for type_id, _ in wish.chosen} <= {type_id for type_id, _ in wish.items}:
            raise UnknownTicketType(field="items")
        open_types = unlocked(kept.basket)
        if wish.items:
            self._require_on_sale(offer, wish.items, open_types)
        counted = counts(kept.basket, on_offer.prices.rules)
        # Once more with what the bundles bring, which is not among the items.
        self._require_on_sale(offer, tuple(counted.items()), open_types | _bundled(offer, wish.bundles))
        return counted

    async def _repeated(self, hold_id: UUID, digest: bytes | None) -> HeldOffer | None:
        """The hold that was made with this key and this request; None when there is none."""
        try:
            opened = await self.read(hold_id)
        except inventory.HoldNotFound:
            return None
        if opened.hold.digest != digest:
            return None
        return HeldOffer(hold_id, opened.hold.held_until, opened.offer, opened.quote, opened.state)

    def _require_on_sale(
        self, offer: events.Offer, items: tuple[tuple[UUID, int], ...], open_types: Collection[UUID]
    ) -> None:
        """Each of the basket's ticket types may be bought now, in that number; hidden ones are of `open_types`."""
        if not items:
            raise NothingChosen(field="items")
        now = self._clock.now()
        if len({type_id for type_id, _ in items}) != len(items):
            raise UnknownTicketType(field="items")
        for place, (type_id, quantity) in enumerate(items):
            offered = offer.type(type_id)
            if offered is None or (offered.prices.is_locked and type_id not in open_types):
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
        return OpenHold(hold, offer, self._offers.prices(offer).of_hold(hold), may_be_extended)

    def priced_for(self, opened: OpenHold, buyer: Mapping[str, str] | None) -> PricedBasket:
        """What the hold costs this buyer: a business elsewhere may owe the tax itself. Raises `BadVatId`."""
        business = business_of(buyer)
        if business is None:
            return opened.quote
        basket = for_business(kept_of(opened.hold).basket, business)
        return self._offers.prices(opened.offer).of(basket)

    async def find_codes(self, offer: events.Offer, codes: tuple[str, ...], visitor: str) -> Sequence[Code]:
        """What these promo codes do for this event. Raises what `PromoCodes.find` raises."""
        return await self._codes.find(offer, codes, visitor)

    async def use_codes(self, hold_id: UUID, codes: Iterable[str], visitor: str = "") -> OpenHold:
        """Give a hold these promo codes, instead of those it had; the hold at its new price.

        Raises `HoldGone`, `HoldNotFound`, what `PromoCodes.find` raises and what `pricing` says about codes.
        """
        opened = await self.read(hold_id)
        if not opened.hold.is_usable:
            raise inventory.HoldGone
        entered = tuple(codes)
        found = await self._codes.find(opened.offer, entered, visitor) if entered else []
        kept = with_codes(kept_of(opened.hold), found)
        self._offers.prices(opened.offer).of(kept.basket)
        locked = {one.id for one in opened.offer.types if one.prices.is_locked}
        if not locked & {type_id for type_id, _ in opened.hold.items} <= unlocked(kept.basket):
            raise UnlockedByCode
        await self._database.run(lambda tx: inventory.rewrite_basket(tx, hold_id, as_kept(kept)))
        return await self.read(hold_id)

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
        `BadEmail`, `BadName`, `CannotAdd`.
        """
        if wish.adds_to is not None:
            wish = await with_family(self._database, wish)
        return await self._orders.place(wish)

    async def place_in(self, tx: Transaction, wish: OrderWish) -> Placed:
        """`place_whole`, in the transaction of a caller who posts to the ledger what an order of nothing due moves."""
        return await self._orders.place_in(tx, wish)


def _pools(on_offer: OnOffer, type_id: UUID, steps: Mapping[UUID, UUID]) -> tuple[UUID, ...]:
    """What one of this type takes a place from; the price step's pool last."""
    places = on_offer.draws.get(type_id, ())
    return (*places, steps[type_id]) if type_id in steps else places


def _bundled(offer: events.Offer, bundles: Iterable[tuple[UUID, int]]) -> frozenset[UUID]:
    """The ticket types in these bundles: a bundle sells also what is hidden."""
    wanted = {bundle_id for bundle_id, _ in bundles}
    return frozenset(
        type_id for one in offer.prices.bundles if one.id in wanted for type_id, _ in one.components
    )
