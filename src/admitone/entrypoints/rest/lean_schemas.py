"""What the two fast routes read and answer. The OpenAPI document is made from the same classes."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec


class HoldItem(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """So many tickets of one type. The quantity is a whole number: true, 1.0 and "1" are refused.

    `price_minor` is what the buyer chose to pay for one, in minor units, where the price is the buyer's to choose.
    """

    ticket_type_id: UUID
    quantity: int
    price_minor: int | None = None


class HoldBundle(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """So many of one bundle."""

    bundle_id: UUID
    quantity: int


class HoldAsk(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`event` is its slug or its id. `codes` are promo codes."""

    event: str
    items: list[HoldItem]
    bundles: list[HoldBundle] = []
    codes: Annotated[list[str], msgspec.Meta(max_length=10)] = []


class Amount(msgspec.Struct, frozen=True):
    """Whole minor units of the currency."""

    currency: str
    minor: int


class HoldLine(msgspec.Struct, frozen=True):
    """`unit` is the all-in price of one ticket, `off` what discounts took off it, `labels` which. Tickets of a type at
    other prices are a line of their own.
    """

    ticket_type_id: UUID
    name: str
    quantity: int
    unit: Amount
    total: Amount
    kind: str
    off: Amount
    labels: list[str]


class HoldMade(msgspec.Struct, frozen=True):
    """Places set aside. `token` is the key to them: keep it. `fee` and `tax` are parts of `total`."""

    token: str
    state: str
    event_id: UUID
    event: str
    held_until: datetime
    lines: list[HoldLine]
    fee: Amount
    tax: Amount
    total: Amount
    checkout_url: str


class ScanAsk(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`code` is whatever was scanned or typed.

    `scan_id` is made by the scanner, once per scan: sent again with it, the scan gets its first answer. Left
    out, the Idempotency-Key stands for it. `device_at` is kept only.
    """

    event_id: UUID
    code: str
    door: str
    scan_id: UUID | None = None
    device_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class ScanGuest(msgspec.Struct, frozen=True):
    """Whose ticket it is: ticket `unit` of `units` in its order line."""

    name: str
    type_name: str
    unit: int
    units: int


class ScanMade(msgspec.Struct, frozen=True):
    """The door opens on the verdict `admitted` only. `sentence` is what to say, in the venue's time.

    `verdict` is admitted, already_used, wrong_event, not_valid or cancelled; `reason` tells kinds of the last
    two apart. `first_at` and `first_door` come with already_used, `guest` when the ticket is for this event.
    The `sentence` of wrong_event names the event the ticket is for, if that is one of the same organiser.
    """

    scan_id: UUID
    event_id: UUID
    verdict: str
    reason: str | None
    title: str
    sentence: str
    door: str
    at: datetime
    ticket_id: UUID | None
    first_at: datetime | None
    first_door: str | None
    guest: ScanGuest | None


DESCRIBED: Final = (HoldAsk, HoldMade, ScanAsk, ScanMade)
