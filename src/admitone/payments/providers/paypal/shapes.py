"""What we read of PayPal's answers, as types. Everything we do not use is left out, everything we do is checked.

Source: PayPal's OpenAPI documents (orders v2, payments v2, payouts v1, webhooks v1, disputes v1, reporting v1).
"""

from datetime import datetime

from msgspec import Struct, field


class Money(Struct, frozen=True):
    """An amount in decimal digits."""

    currency_code: str
    value: str


class Link(Struct, frozen=True):
    """Where to go on."""

    href: str
    rel: str = ""


class Details(Struct, frozen=True):
    """Why something is pending or was refused."""

    reason: str = ""


class RelatedIds(Struct, frozen=True):
    """What a capture belongs to."""

    order_id: str | None = None


class Supplement(Struct, frozen=True):
    """Where PayPal keeps related ids."""

    related_ids: RelatedIds = RelatedIds()


class Capture(Struct, frozen=True):
    """Money taken for an order."""

    id: str
    status: str
    amount: Money
    status_details: Details = Details()
    supplementary_data: Supplement = Supplement()


class Refund(Struct, frozen=True):
    """Money sent back."""

    id: str
    status: str
    amount: Money | None = None
    custom_id: str = ""
    status_details: Details = Details()


class Payments(Struct, frozen=True):
    """All money that moved for a purchase unit."""

    captures: list[Capture] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)


class Payee(Struct, frozen=True):
    """Whose money it is."""

    merchant_id: str | None = None


class Unit(Struct, frozen=True):
    """What is paid for; our orders have one."""

    amount: Money
    reference_id: str = ""
    custom_id: str = ""
    payee: Payee = Payee()
    payments: Payments = Payments()


class Order(Struct, frozen=True):
    """PayPal's order: what we call a payment."""

    id: str
    status: str
    purchase_units: list[Unit]
    links: list[Link] = field(default_factory=list)


class Issue(Struct, frozen=True):
    """One reason for a no, as a word."""

    issue: str = ""


class Fault(Struct, frozen=True):
    """PayPal's answer when it says no."""

    name: str = ""
    details: list[Issue] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def word(self) -> str:
        """The most exact word it gives, of letters and underscores only; the rest is for people, and not kept."""
        words = [one.issue for one in self.details] + [self.name]
        fit = (one for one in words if one.replace("_", "").isalnum() and one.isascii() and len(one) <= 64)
        return next(fit, "refused")


class TokenAnswer(Struct, frozen=True):
    """The way in, for a while. `scope` lists what the account may do."""

    access_token: str
    expires_in: int
    scope: str = ""
    app_id: str = ""


class BatchHeader(Struct, frozen=True):
    """A payout of ours: a batch with one item."""

    payout_batch_id: str
    batch_status: str


class PayoutAnswer(Struct, frozen=True):
    """What comes back when a payout was asked for."""

    batch_header: BatchHeader


class PayoutMoney(Struct, frozen=True):
    """An amount, in the words of the older interface."""

    currency: str
    value: str


class PayoutDetail(Struct, frozen=True):
    """What we had asked for."""

    amount: PayoutMoney
    receiver: str
    sender_item_id: str = ""


class PayoutError(Struct, frozen=True):
    """Why it did not go."""

    name: str = ""


class PayoutItem(Struct, frozen=True):
    """The one item of a batch."""

    payout_item_id: str
    payout_item: PayoutDetail
    transaction_status: str = ""
    errors: PayoutError = PayoutError()


class PayoutBatch(Struct, frozen=True):
    """A batch with its items."""

    batch_header: BatchHeader
    items: list[PayoutItem] = field(default_factory=list)


class Happening(Struct, frozen=True):
    """What PayPal says has happened; `resource` is of a kind that `event_type` tells."""

    id: str
    event_type: str
    resource: dict[str, object]
    create_time: datetime | None = None


class Happenings(Struct, frozen=True):
    """A page of them, newest first."""

    events: list[Happening] = field(default_factory=list)


class EventType(Struct, frozen=True):
    """A kind of notice."""

    name: str


class Webhook(Struct, frozen=True):
    """Where notices go."""

    url: str
    event_types: list[EventType]


class Address(Struct, frozen=True):
    """Of the account's owner."""

    country: str | None = None


class Owner(Struct, frozen=True):
    """Whose account it is."""

    payer_id: str = ""
    name: str = ""
    address: Address = Address()


class Balance(Struct, frozen=True):
    """What lies there in one currency."""

    currency: str
    total_balance: Money


class Balances(Struct, frozen=True):
    """What lies there."""

    balances: list[Balance] = field(default_factory=list)


class TransactionInfo(Struct, frozen=True):
    """A line of PayPal's books. `transaction_event_code` is its reason, `fee_amount` is negative when taken."""

    transaction_id: str
    transaction_event_code: str
    transaction_initiation_date: str
    transaction_amount: Money
    fee_amount: Money | None = None
    transaction_status: str = "S"
    paypal_reference_id: str = ""
    paypal_reference_id_type: str = ""


class TransactionDetail(Struct, frozen=True):
    """The line's envelope."""

    transaction_info: TransactionInfo


class Transactions(Struct, frozen=True):
    """A page of them."""

    transaction_details: list[TransactionDetail] = field(default_factory=list)
    total_pages: int = 1


class Disputed(Struct, frozen=True):
    """What a dispute is about. `custom` is what we had written on the order."""

    seller_transaction_id: str = ""


class DisputeOutcome(Struct, frozen=True):
    """How it ended."""

    outcome_code: str = ""


class Dispute(Struct, frozen=True):
    """A buyer wants money back through PayPal."""

    dispute_id: str
    status: str
    dispute_amount: Money
    reason: str = ""
    create_time: datetime | None = None
    seller_response_due_date: datetime | None = None
    disputed_transactions: list[Disputed] = field(default_factory=list)
    dispute_outcome: DisputeOutcome = DisputeOutcome()


class DisputeLine(Struct, frozen=True):
    """A dispute in a list."""

    dispute_id: str


class DisputeList(Struct, frozen=True):
    """A page of them."""

    items: list[DisputeLine] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
