"""What we read of Stripe's objects; everything else in them is passed over. Source: docs.stripe.com/api.

Amounts are Stripe's minor units (`amounts`), currencies are lower case, instants are seconds since 1970.
"""

from typing import Literal

import msgspec

# Our own words in Stripe's metadata, by which our payments are told from all others on the same account.
ATTEMPT = "admitone_attempt"
ACCOUNT = "admitone_account"
SITES_OWN = "admitone_sites_own"
METHOD = "admitone_method"
ORDER = "admitone_order"
REFUND = "admitone_refund"
FEE_BACK = "admitone_fee_back"
PAYOUT = "admitone_payout"


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Trouble(_Read, frozen=True):
    """Why a try to pay failed."""

    code: str | None = None
    decline_code: str | None = None


class Charge(_Read, frozen=True):
    """A charge: what a payment intent became."""

    object: Literal["charge"]
    id: str
    payment_intent: str | None = None
    application_fee: str | None = None
    metadata: dict[str, str] | None = None


class Intent(_Read, frozen=True):
    """A payment intent."""

    object: Literal["payment_intent"]
    id: str
    livemode: bool
    status: str
    amount: int
    currency: str
    amount_received: int
    client_secret: str | None = None
    cancellation_reason: str | None = None
    last_payment_error: Trouble | None = None
    latest_charge: str | Charge | None = None
    metadata: dict[str, str] | None = None


class Session(_Read, frozen=True):
    """A Checkout Session: one visit to the hosted page."""

    object: Literal["checkout.session"]
    id: str
    livemode: bool
    status: str | None
    payment_status: str
    url: str | None = None
    client_reference_id: str | None = None
    payment_intent: str | Intent | None = None
    metadata: dict[str, str] | None = None


class Refund(_Read, frozen=True):
    """Money going back."""

    object: Literal["refund"]
    id: str
    status: str | None
    amount: int
    currency: str
    failure_reason: str | None = None
    charge: str | Charge | None = None
    metadata: dict[str, str] | None = None


class FeeRefund(_Read, frozen=True):
    """Part of our own fee going back to a connected account."""

    object: Literal["fee_refund"]
    id: str
    metadata: dict[str, str] | None = None


class Transfer(_Read, frozen=True):
    """Money going to a connected account."""

    object: Literal["transfer"]
    id: str
    amount: int
    reversed: bool = False
    metadata: dict[str, str] | None = None


class BankPayout(_Read, frozen=True):
    """Money going from a Stripe balance to a bank account."""

    object: Literal["payout"]
    id: str
    status: str
    failure_code: str | None = None


class Requirements(_Read, frozen=True):
    """What Stripe still wants to know of an account."""

    currently_due: list[str] | None = None
    past_due: list[str] | None = None


class Profile(_Read, frozen=True):
    """How an account calls itself."""

    name: str | None = None


class Account(_Read, frozen=True):
    """A Stripe account."""

    object: Literal["account"]
    id: str
    charges_enabled: bool = False
    payouts_enabled: bool = False
    country: str | None = None
    email: str | None = None
    capabilities: dict[str, str] | None = None
    requirements: Requirements | None = None
    business_profile: Profile | None = None


class AccountLink(_Read, frozen=True):
    """The page on which an account's owner answers Stripe's questions."""

    object: Literal["account_link"]
    url: str


class Funds(_Read, frozen=True):
    """An amount in one currency."""

    amount: int
    currency: str


class Balance(_Read, frozen=True):
    """What lies there."""

    object: Literal["balance"]
    livemode: bool
    available: list[Funds]
    pending: list[Funds]


class Source(_Read, frozen=True):
    """What a line of the books is about; `payment_intent` for charges.

    Of payments that were passed on to a connected account: the charge of a transfer (`source_transaction`) and of an
    application fee (`originating_transaction`, or `charge`); the refund with which a transfer came back
    (`source_refund`) or the transfer; the application fee some of which went back (`fee`).
    """

    id: str
    object: str
    payment_intent: str | None = None
    metadata: dict[str, str] | None = None
    source_transaction: str | None = None
    originating_transaction: str | None = None
    charge: str | None = None
    source_refund: str | None = None
    transfer: str | None = None
    fee: str | None = None


class BookLine(_Read, frozen=True):
    """A balance transaction."""

    object: Literal["balance_transaction"]
    id: str
    amount: int
    fee: int
    currency: str
    created: int
    reporting_category: str
    source: str | Source | None = None


class EvidenceDetails(_Read, frozen=True):
    """Until when a dispute wants an answer."""

    due_by: int | None = None


class DisputeLine(_Read, frozen=True):
    """What a dispute did to the balance."""

    fee: int = 0


class Dispute(_Read, frozen=True):
    """A dispute."""

    object: Literal["dispute"]
    id: str
    status: str
    amount: int
    currency: str
    created: int
    reason: str = ""
    charge: str | None = None
    payment_intent: str | Intent | None = None
    balance_transactions: list[DisputeLine] = []
    evidence_details: EvidenceDetails | None = None


class About(_Read, frozen=True):
    """The object an event is about, as far as most have it: a balance has no name."""

    id: str = ""
    object: str = ""
    metadata: dict[str, str] | None = None


class EventData(_Read, frozen=True):
    """The envelope around it."""

    object: About


class Event(_Read, frozen=True):
    """An event; `account` is set when it happened on a connected account."""

    object: Literal["event"]
    id: str
    type: str
    livemode: bool
    data: EventData
    account: str | None = None
