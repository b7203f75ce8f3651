"""Offers in memory: what is on sale, read once and shared by the buyers of this process.

A cached offer may be out of date for a moment. That is safe: a hold names the version it was asked on, and pools
refuse any version but the newest (`inventory.TermsChanged`); then the offer is read anew. Old versions are kept word
for word before the first hold on them, because a buyer pays the price that was shown.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from admitone import events, inventory
from admitone.flows.baskets import Items, kept_of
from admitone.plumbing.database import Database, Reader
from admitone.pricing import Basket, BasketItem, PricedBasket, as_basket_record, price_basket
from admitone.values.clock import Clock

K = TypeVar("K")
V = TypeVar("V")
KEEP = timedelta(seconds=2)
MOST = 2000
QUOTES_MOST = 500


class PriceBook:
    """The prices of one version of an offer: its rules, made once, and the prices of baskets asked for before.

    Lines are in the order of the event's page, whatever the order of the basket: hold, order, letter and PDF take
    theirs from here, and a price that is made anew has it again.
    """

    __slots__ = ("_quotes", "_records", "rules")

    def __init__(self, offer: events.Offer) -> None:
        self.rules = events.price_rules(offer)
        self._quotes: dict[Items, PricedBasket] = {}
        self._records: dict[Items, dict[str, Any]] = {}

    def simple(self, items: Items) -> PricedBasket:
        """The price of a basket with nothing special. Baskets of a rush are much alike, so prices are remembered."""
        known = self._quotes.get(items)
        if known is None:
            known = self.of(Basket(tuple(BasketItem(type_id, quantity) for type_id, quantity in items)))
            if len(self._quotes) < QUOTES_MOST:
                self._quotes[items] = known
        return known

    def simple_record(self, items: Items) -> dict[str, Any]:
        """The same as an order keeps it; remembered as well, and not to be changed."""
        known = self._records.get(items)
        if known is None:
            basket = Basket(tuple(BasketItem(type_id, quantity) for type_id, quantity in items))
            known = as_basket_record(self.simple(items), basket, self.rules)
            if len(self._records) < QUOTES_MOST:
                self._records[items] = known
        return known

    def of(self, basket: Basket) -> PricedBasket:
        """The price of any basket. Raises what `pricing.price_basket` raises."""
        return price_basket(basket, self.rules)

    def of_hold(self, hold: inventory.Hold) -> PricedBasket:
        """The price of what is held, the same at every look."""
        return self.simple(hold.items) if hold.basket is None else self.of(kept_of(hold).basket)


@dataclass(frozen=True, slots=True)
class OnOffer:
    """An offer, its prices, and the pools each of its ticket types draws on."""

    offer: events.Offer
    draws: dict[UUID, tuple[UUID, ...]]
    read_at: datetime
    prices: PriceBook


class OfferBook:
    """Bounded: the least recently wanted offers are forgotten first."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._current: OrderedDict[str | UUID, OnOffer] = OrderedDict()
        self._past: OrderedDict[tuple[UUID, int], events.Offer] = OrderedDict()
        self._prices: OrderedDict[tuple[UUID, int], PriceBook] = OrderedDict()
        self._reading: dict[str | UUID, asyncio.Task[OnOffer]] = {}

    async def current(self, event: str | UUID, *, fresh: bool = False) -> OnOffer:
        """The newest offer of an event, by slug or id, at most 2 seconds old. Raises `events.EventNotFound`."""
        known = self._current.get(event)
        if known is not None and not fresh and self._clock.now() - known.read_at < KEEP:
            return known
        # One reader for everybody who asks in the same moment, so that an on-sale does not become a stampede.
        task = self._reading.get(event)
        if task is None:
            task = asyncio.create_task(self._read(event))
            self._reading[event] = task
            task.add_done_callback(lambda _: self._reading.pop(event, None))
        return await asyncio.shield(task)

    async def _read(self, event: str | UUID) -> OnOffer:
        async with self._database.reading() as reader:
            if isinstance(event, UUID):
                offer = await events.offer(reader, event_id=event)
            else:
                offer = await events.offer(reader, slug=event)
            draws = await inventory.draws(reader, offer.event_id)
        if (offer.event_id, offer.terms_version) not in self._past:
            await self._database.run(lambda tx: events.keep_terms(tx, offer))
            _remember(self._past, (offer.event_id, offer.terms_version), offer)
        found = OnOffer(offer, draws, self._clock.now(), self.prices(offer))
        for key in (event, offer.slug, offer.event_id):
            _remember(self._current, key, found)
        return found

    def prices(self, offer: events.Offer) -> PriceBook:
        """The prices of this version of an offer."""
        version = offer.event_id, offer.terms_version
        known = self._prices.get(version)
        if known is None:
            known = PriceBook(offer)
            _remember(self._prices, version, known)
        return known

    async def as_of(self, event_id: UUID, version: int) -> events.Offer:
        """The offer as it was in a version that somebody holds tickets on."""
        known = self._past.get((event_id, version))
        if known is not None:
            return known
        async with self._database.reading() as reader:
            return await self.as_of_in(reader, event_id, version)

    async def as_of_in(self, reader: Reader, event_id: UUID, version: int) -> events.Offer:
        """`as_of`, on a connection of the caller's."""
        known = self._past.get((event_id, version))
        if known is None:
            known = await events.terms(reader, event_id, version)
            _remember(self._past, (event_id, version), known)
        return known


def _remember(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > MOST:
        kept.popitem(last=False)
