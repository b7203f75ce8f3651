"""How the stand-in's rows look in answers and webhooks: as in Paystack's examples, field by field. Pure.

Where its document says "text" without saying that it may be missing, its own examples have null all the same; here
they are null as in the examples.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from admitone.entrypoints.standins.paystack.books import (
    Dispute,
    Line,
    Recipient,
    Refund,
    Subaccount,
    Transaction,
    Transfer,
)

Answer = dict[str, object]

BANKS: tuple[Mapping[str, str], ...] = (
    {"name": "Access Bank", "code": "044", "currency": "NGN", "country": "Nigeria", "type": "nuban"},
    {"name": "Guaranty Trust Bank", "code": "058", "currency": "NGN", "country": "Nigeria", "type": "nuban"},
    {"name": "Zenith Bank", "code": "057", "currency": "NGN", "country": "Nigeria", "type": "nuban"},
    {"name": "GCB Bank Limited", "code": "040100", "currency": "GHS", "country": "Ghana", "type": "ghipss"},
    {"name": "MTN", "code": "MTN", "currency": "GHS", "country": "Ghana", "type": "mobile_money"},
    {"name": "Standard Bank", "code": "051001", "currency": "ZAR", "country": "South Africa", "type": "basa"},
    {"name": "M-PESA", "code": "MPESA", "currency": "KES", "country": "Kenya", "type": "mobile_money"},
)
# What the stand-in's banks call whoever has an account there, by the last digit of its number.
HOLDERS = ("MILL LANE EVENTS LTD", "ADA LOVELACE", "WES GIBBONS", "TOLU ROBERT", "JEKANMO PADIE")


@dataclass(frozen=True, slots=True)
class House:
    """Whose answers these are: test or live, and the number of the account."""

    domain: str
    integration: int


def stamp(at: datetime | None) -> str | None:
    """An instant as answers write it."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def holder_of(number: str) -> str:
    """Whom an account belongs to, as its bank says."""
    return HOLDERS[int(number[-1]) % len(HOLDERS)]


def customer(email: str) -> Answer:
    """The buyer."""
    return {
        "id": 181873746,
        "first_name": None,
        "last_name": None,
        "email": email,
        "customer_code": "CUS_1rkzaqsv4rrhqo6",
        "phone": None,
        "metadata": None,
        "risk_action": "default",
        "international_format_phone": None,
    }


def _authorization(channel: str) -> Answer:
    return {
        "authorization_code": "AUTH_uh8bcl3zbn",
        "bin": "408408",
        "last4": "4081",
        "exp_month": "12",
        "exp_year": "2030",
        "channel": channel,
        "card_type": "visa ",
        "bank": "TEST BANK",
        "country_code": "GH",
        "brand": "visa",
        "reusable": True,
        "signature": "SIG_yEXu7dLBeqG0kU7g95Ke",
        "account_name": None,
        "receiver_bank_account_number": None,
        "receiver_bank": None,
    }


def transaction(house: House, one: Transaction) -> Answer:
    """A payment, as `/transaction/verify` answers it."""
    is_tried = one.status != "abandoned"
    return {
        "id": one.id,
        "domain": house.domain,
        "status": one.status,
        "reference": one.reference,
        "receipt_number": None,
        "amount": one.amount_minor,
        "message": None,
        "gateway_response": one.gateway_response,
        "paid_at": stamp(one.paid_at),
        "created_at": stamp(one.created_at),
        "channel": one.channels[0],
        "currency": one.currency,
        "ip_address": "197.210.54.33" if is_tried else None,
        "metadata": one.metadata or "",
        "log": None,
        "fees": one.fees_minor if one.paid_at is not None else None,
        "fees_split": None,
        "authorization": _authorization(one.channels[0]) if is_tried else {},
        "customer": customer(one.email),
        "plan": None,
        "split": {},
        "order_id": None,
        "paidAt": stamp(one.paid_at),
        "createdAt": stamp(one.created_at),
        "requested_amount": one.requested_minor,
        "pos_transaction_data": None,
        "source": None,
        "fees_breakdown": None,
        "connect": None,
        "transaction_date": stamp(one.created_at),
        "plan_object": {},
        "subaccount": {} if one.subaccount is None else {"subaccount_code": one.subaccount},
    }


def refund_made(house: House, one: Refund, payment: Transaction) -> Answer:
    """A refund, as its creation is answered: with the payment in it."""
    return {
        "transaction": {
            "id": payment.id,
            "domain": house.domain,
            "reference": payment.reference,
            "amount": payment.amount_minor,
            "paid_at": stamp(payment.paid_at),
            "channel": payment.channels[0],
            "currency": payment.currency,
            "authorization": {"exp_month": None, "exp_year": None, "account_name": None},
            "customer": {"international_format_phone": None},
            "plan": {},
            "subaccount": {"currency": None},
            "split": {},
            "order_id": None,
            "paidAt": stamp(payment.paid_at),
            "pos_transaction_data": None,
            "source": None,
            "fees_breakdown": None,
        },
        "integration": house.integration,
        "deducted_amount": 0,
        "channel": None,
        "merchant_note": one.merchant_note,
        "customer_note": one.customer_note,
        "status": one.status,
        "refunded_by": "stand-in@paystack.example",
        "expected_at": stamp(one.due_at),
        "currency": one.currency,
        "domain": house.domain,
        "amount": one.amount_minor,
        "fully_deducted": False,
        "id": one.id,
        "createdAt": stamp(one.created_at),
        "updatedAt": stamp(one.created_at),
    }


def refund(house: House, one: Refund, payment: Transaction) -> Answer:
    """A refund, as it is fetched and listed."""
    is_done = one.status == "processed"
    return {
        "integration": house.integration,
        "transaction": payment.id,
        "dispute": one.dispute_id,
        "settlement": None,
        "id": one.id,
        "domain": house.domain,
        "currency": one.currency,
        "amount": one.amount_minor,
        "status": one.status,
        "refunded_at": stamp(one.due_at) if is_done else None,
        "refunded_by": "stand-in@paystack.example",
        "customer_note": one.customer_note,
        "merchant_note": one.merchant_note,
        "deducted_amount": one.amount_minor,
        "fully_deducted": 1,
        "createdAt": stamp(one.created_at),
        "bank_reference": None,
        "transaction_reference": payment.reference,
        "reason": one.status.upper(),
        "customer": {**customer(payment.email), "metadata": "", "phone": ""},
        "refund_type": "partial" if one.amount_minor < payment.amount_minor else "full",
        "transaction_amount": payment.amount_minor,
        "initiated_by": "stand-in@paystack.example",
        "refund_channel": "card",
        "session_id": None,
        "collect_account_number": False,
    }


def refund_notice(house: House, one: Refund, payment: Transaction) -> Answer:
    """A refund, as webhooks tell of it: without its id, the amount as a text while it is on its way."""
    is_final = one.status in ("processed", "failed")
    return {
        "status": one.status,
        "transaction_reference": payment.reference,
        "refund_reference": f"TRF_{one.id}" if is_final else None,
        "amount": str(one.amount_minor),
        "currency": one.currency,
        "processor": "instant-transfer",
        "customer": {"first_name": None, "last_name": None, "email": payment.email},
        "integration": house.integration,
        "domain": house.domain,
    }


def recipient(house: House, one: Recipient) -> Answer:
    """A receiver of transfers."""
    bank = next((known["name"] for known in BANKS if known["code"] == one.bank_code), "")
    return {
        "active": True,
        "createdAt": stamp(one.created_at),
        "currency": one.currency,
        "description": "",
        "domain": house.domain,
        "email": None,
        "id": one.id,
        "integration": house.integration,
        "metadata": None,
        "name": one.name,
        "recipient_code": one.code,
        "type": one.type,
        "updatedAt": stamp(one.created_at),
        "is_deleted": False,
        "isDeleted": False,
        "details": {
            "authorization_code": None,
            "account_number": one.account_number,
            "account_name": one.name,
            "bank_code": one.bank_code,
            "bank_name": bank,
        },
    }


def transfer_made(house: House, one: Transfer) -> Answer:
    """A transfer, as its creation is answered."""
    return {
        "transfersessionid": [],
        "transfertrials": [],
        **_transfer(house, one),
        "request": one.id + 1,
        "recipient": one.recipient_id,
    }


def transfer(house: House, one: Transfer, to: Recipient) -> Answer:
    """A transfer, as it is fetched, listed and told of."""
    return {
        **_transfer(house, one),
        "recipient": recipient(house, to),
        "session": {"provider": None, "id": None},
        "request": one.id + 1,
        "fee_charged": one.fee_minor,
        "fees_breakdown": None,
        "gateway_response": None,
    }


def _transfer(house: House, one: Transfer) -> Answer:
    return {
        "domain": house.domain,
        "amount": one.amount_minor,
        "currency": one.currency,
        "reference": one.reference,
        "source": "balance",
        "source_details": None,
        "reason": one.reason,
        "status": one.status,
        "failures": None,
        "transfer_code": one.code,
        "titan_code": None,
        "transferred_at": None,
        "id": one.id,
        "integration": house.integration,
        "createdAt": stamp(one.created_at),
        "updatedAt": stamp(one.created_at),
    }


def line(house: House, one: Line) -> Answer:
    """A line of the balance ledger."""
    return {
        "integration": house.integration,
        "domain": house.domain,
        "balance": one.balance_minor,
        "currency": one.currency,
        "difference": one.difference_minor,
        "reason": one.reason,
        "model_responsible": one.model,
        "model_row": one.row,
        "id": one.id,
        "createdAt": stamp(one.created_at),
        "updatedAt": stamp(one.created_at),
    }


def dispute(house: House, one: Dispute, payment: Transaction) -> Answer:
    """A dispute."""
    return {
        "id": one.id,
        "refund_amount": one.amount_minor,
        "currency": payment.currency,
        "status": one.status,
        "resolution": one.resolution,
        "domain": house.domain,
        "transaction": transaction(house, payment),
        "transaction_reference": None,
        "category": one.category,
        "customer": {**customer(payment.email), "phone": "08000000000"},
        "bin": "408408",
        "last4": "4081",
        "dueAt": stamp(one.due_at),
        "resolvedAt": stamp(one.updated_at) if one.status == "resolved" else None,
        "evidence": one.evidence,
        "attachments": one.uploaded,
        "note": None,
        "history": [{"status": one.status, "by": "the bank", "createdAt": stamp(one.updated_at)}],
        "messages": [],
        "createdAt": stamp(one.created_at),
        "updatedAt": stamp(one.updated_at),
    }


def subaccount(house: House, one: Subaccount) -> Answer:
    """An organiser's account under the main one."""
    return {
        "business_name": one.business_name,
        "account_number": one.account_number,
        "percentage_charge": one.percentage_charge,
        "settlement_bank": one.bank,
        "integration": house.integration,
        "domain": house.domain,
        "subaccount_code": one.code,
        "is_verified": False,
        "description": None,
        "primary_contact_name": None,
        "primary_contact_email": None,
        "primary_contact_phone": None,
        "metadata": None,
        "currency": next((known["currency"] for known in BANKS if known["code"] == one.bank), "NGN"),
        "bank": 9,
        "managed_by_integration": house.integration,
        "product": "collection",
        "migrate": False,
        "settlement_schedule": "AUTO",
        "active": True,
        "id": one.id,
        "createdAt": stamp(one.created_at),
        "updatedAt": stamp(one.created_at),
    }


def bank(place: int, one: Mapping[str, str]) -> Answer:
    """A bank."""
    return {
        **one,
        "slug": one["name"].lower().replace(" ", "-"),
        "longcode": "",
        "gateway": "",
        "pay_with_bank": False,
        "supports_transfer": True,
        "available_for_direct_debit": False,
        "active": True,
        "is_deleted": False,
        "id": place + 1,
        "createdAt": "2016-07-14T10:04:29.000Z",
        "updatedAt": "2020-02-18T08:06:44.000Z",
    }
