"""What can be put into a basket and at which list price: tickets, add-ons, donations and bundles of them."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from admitone.pricing.quote import PRICE_MAX_MINOR, QUANTITY_MAX, BadPrice
from admitone.pricing.refusals import BadPriceChoice, BadTypes, EmptyBundle
from admitone.pricing.taxes import TaxRule

Kind = Literal["ticket", "add_on", "donation"]
KINDS: tuple[Kind, ...] = ("ticket", "add_on", "donation")


def is_amount(amount: object) -> bool:
    """Whether this is a whole number of minor units that a price can be. True and 2.0 are not."""
    return type(amount) is int and 0 <= amount <= PRICE_MAX_MINOR


@dataclass(frozen=True, slots=True)
class PriceChoice:
    """The buyer says what to pay: at least `minimum_minor`, at most `maximum_minor`. Raises BadPriceChoice."""

    minimum_minor: int = 0
    maximum_minor: int | None = None

    def __post_init__(self) -> None:
        if not is_amount(self.minimum_minor):
            raise BadPriceChoice(field="minimum_minor")
        if self.maximum_minor is not None and not (
            is_amount(self.maximum_minor) and self.minimum_minor <= self.maximum_minor
        ):
            raise BadPriceChoice(field="maximum_minor")


@dataclass(frozen=True, slots=True)
class TicketNeed:
    """An add-on is sold at most `per_ticket` times per ticket of these types; None: of any type. Raises BadTypes."""

    per_ticket: int = 1
    type_ids: frozenset[UUID] | None = None

    def __post_init__(self) -> None:
        if type(self.per_ticket) is not int or not 1 <= self.per_ticket <= QUANTITY_MAX:
            raise BadTypes(field="per_ticket")


@dataclass(frozen=True, slots=True)
class OfferedType:
    """A type of ticket, add-on or donation, its list price in minor units and the tax in it or on it.

    With `choice` the buyer may choose another price; for a donation the buyer always does. `needs_ticket` is for
    add-ons. `steps_minor` are the prices in place of the list price that a basket may name by their number; which of
    them holds at a moment is not known here. Raises BadPrice, BadPriceChoice, BadTypes.
    """

    id: UUID
    name: str
    kind: Kind
    list_minor: int
    tax: TaxRule
    choice: PriceChoice | None = None
    needs_ticket: TicketNeed | None = None
    steps_minor: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadTypes(field="kind")
        if not is_amount(self.list_minor):
            raise BadPrice(field="list_minor")
        if not all(is_amount(price_minor) for price_minor in self.steps_minor):
            raise BadPrice(field="steps_minor")
        if self.steps_minor and self.choice is not None:
            raise BadPriceChoice(field="steps_minor")
        if self.kind == "donation" and self.choice is None:
            raise BadPriceChoice(field="choice")
        if self.needs_ticket is not None and self.kind != "add_on":
            raise BadTypes(field="needs_ticket")
        choice = self.choice
        if choice is not None and self.kind != "donation":
            most = PRICE_MAX_MINOR if choice.maximum_minor is None else choice.maximum_minor
            if not choice.minimum_minor <= self.list_minor <= most:
                raise BadPriceChoice(field="list_minor")


@dataclass(frozen=True, slots=True)
class Bundle:
    """Several units at one price: `components` has (type id, quantity). Raises BadPrice, BadTypes, EmptyBundle.

    Its price is divided among the units by the largest remainder on their list prices; that is each unit's list price
    in this basket. A choosable price is not chosen inside a bundle.
    """

    id: UUID
    name: str
    price_minor: int
    components: tuple[tuple[UUID, int], ...]

    def __post_init__(self) -> None:
        if not is_amount(self.price_minor):
            raise BadPrice(field="price_minor")
        if not self.components:
            raise EmptyBundle(field="components")
        for _, quantity in self.components:
            if type(quantity) is not int or not 1 <= quantity <= QUANTITY_MAX:
                raise BadTypes(field="components")
