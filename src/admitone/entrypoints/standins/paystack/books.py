"""What the stand-in keeps: rows of its own, in memory and, when it is given a path, in one JSON file.

Amounts are whole minor units of their currency.
"""

import os
from datetime import datetime
from pathlib import Path

import msgspec


class Transaction(msgspec.Struct):
    """A payment. `charge_minor` is what the main account keeps of a payment for a subaccount."""

    id: int
    reference: str
    access_code: str
    requested_minor: int
    amount_minor: int
    currency: str
    email: str
    channels: list[str]
    callback_url: str
    metadata: dict[str, object]
    created_at: datetime
    status: str = "abandoned"
    gateway_response: str = "The transaction was not completed"
    fees_minor: int = 0
    paid_at: datetime | None = None
    subaccount: str | None = None
    charge_minor: int = 0


class Refund(msgspec.Struct):
    """Money back to a buyer; by a dispute when it says so."""

    id: int
    transaction_id: int
    amount_minor: int
    currency: str
    merchant_note: str
    customer_note: str
    created_at: datetime
    due_at: datetime
    status: str = "pending"
    dispute_id: int | None = None


class Recipient(msgspec.Struct):
    """Where transfers go."""

    id: int
    code: str
    type: str
    name: str
    account_number: str
    bank_code: str
    currency: str
    created_at: datetime


class Transfer(msgspec.Struct):
    """Money to a recipient."""

    id: int
    code: str
    reference: str
    recipient_id: int
    amount_minor: int
    fee_minor: int
    currency: str
    reason: str
    created_at: datetime
    due_at: datetime
    status: str = "pending"


class Line(msgspec.Struct):
    """One line of the balance ledger."""

    id: int
    currency: str
    difference_minor: int
    balance_minor: int
    reason: str
    model: str
    row: int
    created_at: datetime


class Dispute(msgspec.Struct):
    """A buyer's bank wants money back."""

    id: int
    transaction_id: int
    amount_minor: int
    category: str
    created_at: datetime
    updated_at: datetime
    due_at: datetime
    status: str = "awaiting-merchant-feedback"
    resolution: str | None = None
    evidence: dict[str, object] | None = None
    evidence_id: int | None = None
    uploaded: str | None = None


class Subaccount(msgspec.Struct):
    """An organiser's account under the main one."""

    id: int
    code: str
    business_name: str
    bank: str
    account_number: str
    percentage_charge: float
    created_at: datetime


class Delivery(msgspec.Struct):
    """A webhook to send. Its body is written once, so that every copy has the same signature."""

    event: str
    body: bytes
    due_at: datetime
    tries: int = 0


class Books(msgspec.Struct):
    """All of it."""

    last_id: int = 1_000_000
    transactions: list[Transaction] = msgspec.field(default_factory=list)
    refunds: list[Refund] = msgspec.field(default_factory=list)
    recipients: list[Recipient] = msgspec.field(default_factory=list)
    transfers: list[Transfer] = msgspec.field(default_factory=list)
    lines: list[Line] = msgspec.field(default_factory=list)
    disputes: list[Dispute] = msgspec.field(default_factory=list)
    subaccounts: list[Subaccount] = msgspec.field(default_factory=list)
    files: dict[str, bytes] = msgspec.field(default_factory=dict)
    deliveries: list[Delivery] = msgspec.field(default_factory=list)
    balances: dict[str, int] = msgspec.field(default_factory=dict)

    def new_id(self) -> int:
        """A number nothing has had."""
        self.last_id += 1
        return self.last_id


def read(path: Path | None) -> Books:
    """The books as they were kept there; new ones when there are none."""
    if path is None or not path.exists():
        return Books()
    return msgspec.json.decode(path.read_bytes(), type=Books)


def keep(books: Books, path: Path | None) -> None:
    """Write them there, all or nothing."""
    if path is None:
        return
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(books))
    os.replace(fresh, path)
