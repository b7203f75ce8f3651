"""More about prices in JSON: what an organiser sends and is shown, in one shape.

Rates are hundredths of a percent, amounts minor units of the event's currency.
"""

from dataclasses import asdict
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from admitone import events
from admitone.entrypoints.rest.shapes import Body, Instant, WholeNumber
from admitone.events import Bearer, BundlePlan, DiscountPlan, EventPrices, FeePlan, StepPlan, TypePrices
from admitone.pricing import Kind, Rounding
from admitone.values.ids import uuid7

_MOST = 50
KindOfType = Kind
_Ids = Annotated[tuple[UUID, ...], Field(max_length=_MOST)]


class StepShape(Body):
    """A price that holds first: before `until`, and for the first `most` of them; one of the two at least.

    Without `id` it is a new one; its id keeps what was sold at it.
    """

    id: UUID | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    price_minor: WholeNumber
    until: Instant | None = None
    most: WholeNumber | None = None


class TypePricesShape(Body):
    """More about a ticket type's price.

    `is_chosen`: the buyer says what to pay, from `least_minor` to `most_minor` (null: no end), and `price_minor` is
    what is suggested; donations are always chosen. `tax_bps` is a tax of its own, null the event's. `needs_tickets`: an
    add-on is sold at most so many times per ticket of `needs_type_ids` (none named: of any). `is_locked`: nobody sees
    it until a promo code unlocks it. `steps` are prices that hold first, one after the other (early bird), and
    `price_minor` is the price after them all. Whoever wants more than are left at a price gets all at the next.
    """

    is_chosen: bool = False
    least_minor: WholeNumber = 0
    most_minor: WholeNumber | None = None
    tax_bps: WholeNumber | None = None
    tax_name: str = ""
    needs_tickets: WholeNumber | None = None
    needs_type_ids: _Ids = ()
    is_locked: bool = False
    steps: Annotated[tuple[StepShape, ...], Field(max_length=_MOST)] = ()

    def prices(self) -> TypePrices:
        """As flows take it."""
        steps = tuple(StepPlan(**{**one.model_dump(), "id": one.id or uuid7()}) for one in self.steps)
        return TypePrices(**self.model_dump() | {"steps": steps})


class FeeShape(Body):
    """`bps` of the price plus a fixed amount, at most `most_minor`, on each ticket or once an order."""

    bps: WholeNumber = 0
    fixed_minor: WholeNumber = 0
    most_minor: WholeNumber | None = None
    per: Literal["ticket", "order"] = "ticket"


class DiscountShape(Body):
    """`group`: from `take` tickets on, `percent_bps` off each. `some_free`: `take` for the price of `pay`.

    Of `type_ids`; none named: of every ticket and add-on.
    """

    kind: Literal["group", "some_free"]
    label: Annotated[str, Field(max_length=200)]
    take: WholeNumber
    pay: WholeNumber = 0
    percent_bps: WholeNumber = 0
    type_ids: _Ids = ()


class BundlePart(Body):
    """So many of one ticket type."""

    ticket_type_id: UUID
    quantity: WholeNumber


class BundleShape(Body):
    """Several tickets at one price. Without `id` it is a new one."""

    id: UUID | None = None
    name: Annotated[str, Field(max_length=200)]
    price_minor: WholeNumber
    components: Annotated[tuple[BundlePart, ...], Field(max_length=_MOST)]
    is_offered: bool = True


class EventPricesShape(Body):
    """More about an event's prices.

    `booking` is the organiser's own fee, which buyers pay on top. `processing`, `is_site_fee` and `platform_most_minor`
    (the most of the platform fee on a ticket) are the site's to set: send them back as they were, or leave them out.
    `processing_paid_by` says who bears the fee for processing; null: whoever bears the platform fee. `rounding`
    says where taxes are rounded. Reverse charge takes place between `seller_country` and a business in another country
    of the European Union.
    """

    booking: FeeShape = FeeShape()
    processing: FeeShape | None = None
    is_site_fee: bool | None = None
    rounding: Rounding = "line"
    discounts: Annotated[tuple[DiscountShape, ...], Field(max_length=_MOST)] = ()
    bundles: Annotated[tuple[BundleShape, ...], Field(max_length=_MOST)] = ()
    seller_country: Annotated[str, Field(max_length=2)] | None = None
    has_reverse_charge: bool = False
    platform_most_minor: WholeNumber | None = None
    processing_paid_by: Bearer | None = None

    def prices(self, before: EventPrices = events.SIMPLE_EVENT) -> EventPrices:
        """As flows take it; what is the site's and was not sent is as it was."""
        processing = before.processing if self.processing is None else FeePlan(**self.processing.model_dump())
        return EventPrices(
            booking=FeePlan(**self.booking.model_dump()),
            processing=processing,
            is_site_fee=before.is_site_fee if self.is_site_fee is None else self.is_site_fee,
            rounding=self.rounding,
            discounts=tuple(DiscountPlan(**one.model_dump()) for one in self.discounts),
            bundles=tuple(
                BundlePlan(
                    one.id or uuid7(),
                    one.name,
                    one.price_minor,
                    tuple((part.ticket_type_id, part.quantity) for part in one.components),
                    one.is_offered,
                )
                for one in self.bundles
            ),
            seller_country=self.seller_country,
            has_reverse_charge=self.has_reverse_charge,
            platform_most_minor=before.platform_most_minor
            if self.platform_most_minor is None
            else self.platform_most_minor,
            processing_paid_by=self.processing_paid_by,
        )


def event_prices_shown(prices: EventPrices) -> EventPricesShape:
    """As an organiser sees it."""
    bundles = [
        BundleShape(
            id=one.id,
            name=one.name,
            price_minor=one.price_minor,
            components=tuple(
                BundlePart(ticket_type_id=type_id, quantity=quantity) for type_id, quantity in one.components
            ),
            is_offered=one.is_offered,
        )
        for one in prices.bundles
    ]
    return EventPricesShape(
        **{
            **asdict(prices),
            "booking": FeeShape(**asdict(prices.booking)),
            "processing": FeeShape(**asdict(prices.processing)),
            "bundles": tuple(bundles),
        }
    )


def type_prices_shown(prices: TypePrices) -> TypePricesShape:
    """As an organiser sees it."""
    return TypePricesShape(**asdict(prices))
