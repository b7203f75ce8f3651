"""Promo codes on the way from a basket to an order: found, counted, used, given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from admitone import events
from admitone.flows.baskets import Code, Kept
from admitone.plumbing.database import Database, Transaction
from admitone.pricing import PricedBasket
from admitone.values.clock import Clock
from admitone.values.refusals import Refusal


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

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find(self, offer: events.Offer, codes: Sequence[str], visitor: str) -> list[Code]:
        """The codes with their effects, each once."""
        raise NotImplementedError


async def redeem(tx: Transaction, asked: Mapping[int, Redeeming]) -> dict[int, Refusal]:
    """Count the uses of these orders' codes; why not, for those that cannot have them."""
    raise NotImplementedError
