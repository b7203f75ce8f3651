"""Events in JSON, as they are sent to us."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from admitone import events
from admitone.entrypoints.rest.price_shapes import EventPricesShape, KindOfType, TypePricesShape
from admitone.entrypoints.rest.refund_policy_shape import ChangePolicyShape, RefundPolicyShape
from admitone.entrypoints.rest.shapes import EARLIEST, Body, Instant, WholeNumber
from admitone.events import EventDetails, Payer, TaxMode


class EventChange(Body):
    """Any of an event's details. Rates are hundredths of a percent, amounts minor units of the currency.

    `revision` is the one the change was made for: if the event has changed since, the answer is 409.
    """

    title: str = ""
    currency: str = ""
    zone: str = ""
    starts_at: Instant = EARLIEST
    ends_at: Instant = EARLIEST
    doors_at: Instant | None = None
    summary: str = ""
    description_md: str = ""
    category: str = "community"
    accent: str = "ultra"
    poster_style: str = "arcs"
    venue_name: str | None = None
    venue_address: str | None = None
    city: str | None = None
    country: str | None = None
    online_url: str | None = None
    fee_bps: WholeNumber = 0
    fee_fixed_minor: WholeNumber = 0
    fee_paid_by: Payer = "buyer"
    tax_bps: WholeNumber = 0
    tax_mode: TaxMode = "included"
    tax_name: str = ""
    refund_text: str = ""
    refund_policy: RefundPolicyShape | None = None
    change_policy: ChangePolicyShape | None = None
    prices: EventPricesShape = EventPricesShape()
    slug: str | None = None
    revision: WholeNumber | None = None

    def changes(self, before: EventDetails) -> dict[str, Any]:
        """Only the details that were sent."""
        sent = {name: getattr(self, name) for name in self.model_fields_set - {"slug", "revision"}}
        if self.refund_policy is not None:
            sent["refund_policy"] = self.refund_policy.record()
        if self.change_policy is not None:
            sent["change_policy"] = self.change_policy.record()
        return sent | ({"prices": self.prices.prices(before.prices)} if "prices" in sent else {})


class EventNew(Body):
    """A new draft; more can be said later."""

    title: str
    currency: str
    zone: str
    starts_at: Instant
    ends_at: Instant
    doors_at: Instant | None = None
    summary: str = ""
    description_md: str = ""
    category: str = "community"
    accent: str = "ultra"
    poster_style: str = "arcs"
    venue_name: str | None = None
    venue_address: str | None = None
    city: str | None = None
    country: str | None = None
    online_url: str | None = None
    fee_bps: WholeNumber = 0
    fee_fixed_minor: WholeNumber = 0
    fee_paid_by: Payer = "buyer"
    tax_bps: WholeNumber = 0
    tax_mode: TaxMode = "included"
    tax_name: str = ""
    refund_text: str = ""
    refund_policy: RefundPolicyShape | None = None
    change_policy: ChangePolicyShape | None = None
    prices: EventPricesShape = EventPricesShape()

    def details(self) -> EventDetails:
        """As flows take it."""
        return EventDetails(**self.model_dump() | {"prices": self.prices.prices()})


class TypeNew(Body):
    """A ticket type. `capacity` gives it a pool of its own; `shared_pool_ids` are pools it shares."""

    name: str
    price_minor: WholeNumber
    description: str = ""
    per_person_limit: WholeNumber = 10
    sales_from: Instant | None = None
    sales_until: Instant | None = None
    position: WholeNumber = 0
    is_offered: bool = True
    kind: KindOfType = "ticket"
    prices: TypePricesShape = TypePricesShape()
    capacity: WholeNumber | None = None
    shared_pool_ids: Annotated[tuple[UUID, ...], Field(max_length=events.TYPES_MAX)] = ()
    revision: WholeNumber | None = None


class TypeChange(Body):
    """Any of a ticket type's fields."""

    name: str = ""
    price_minor: WholeNumber = 0
    description: str = ""
    per_person_limit: WholeNumber = 10
    sales_from: Instant | None = None
    sales_until: Instant | None = None
    position: WholeNumber = 0
    is_offered: bool = True
    kind: KindOfType = "ticket"
    prices: TypePricesShape = TypePricesShape()
    capacity: WholeNumber | None = None
    shared_pool_ids: Annotated[tuple[UUID, ...], Field(max_length=events.TYPES_MAX)] = ()
    revision: WholeNumber | None = None


class PoolNew(Body):
    """A pool that several ticket types may share."""

    name: str
    capacity: WholeNumber


class PoolChange(Body):
    """A pool's name, its capacity, or both."""

    name: str | None = None
    capacity: WholeNumber | None = None
