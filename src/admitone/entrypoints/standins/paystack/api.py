"""The operations of the stand-in's interface: a request's parts in, data out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from admitone.entrypoints.standins.paystack import answers
from admitone.entrypoints.standins.paystack.answers import Answer
from admitone.entrypoints.standins.paystack.company import Company
from admitone.entrypoints.standins.paystack.no import No
from admitone.values.clock import as_utc

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the variables of its path, its query and its body."""

    company: Company
    origin: str
    variables: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, object]

    def text(self, name: str, otherwise: str | None = None) -> str:
        """A text of the body. Raises `No` when it is missing."""
        found = self.body.get(name, otherwise)
        if not isinstance(found, str):
            raise No(400, f"{name} is required", "missing_params")
        return found

    def amount(self, name: str = "amount") -> int:
        """A whole number of the body, also written as a text. Raises `No`."""
        found = self.body.get(name)
        if isinstance(found, bool) or not str(found).isdecimal():
            raise No(400, f"{name} is invalid", "invalid_params")
        return int(str(found))


@dataclass(frozen=True, slots=True)
class Good:
    """A yes: what the envelope says."""

    message: str
    data: object
    http: int = 200
    meta: Answer | None = None


Operation = Callable[[Call], Good]


def listed(
    call: Call,
    message: str,
    rows: Sequence[Row],
    made_at: Callable[[Row], datetime],
    show: Callable[[Row], Answer],
    counts: Answer | None = None,
) -> Good:
    """A page of rows, newest first, within `from` and `to`."""
    since, until = _moment(call.query.get("from")), _moment(call.query.get("to"))
    kept = [
        one
        for one in reversed(rows)
        if (since is None or made_at(one) >= since) and (until is None or made_at(one) <= until)
    ]
    size = int(call.query.get("perPage") or call.query.get("per_page") or 50)
    page = max(int(call.query.get("page") or 1), 1)
    shown = kept[(page - 1) * size : page * size]
    meta: Answer = {
        "total": len(kept),
        "skipped": (page - 1) * size,
        "perPage": size,
        "page": page,
        "pageCount": -(-len(kept) // size),
        **(counts or {}),
    }
    return Good(message, [show(one) for one in shown], meta=meta)


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else as_utc(datetime.fromisoformat(text))
    except ValueError:
        raise No(400, "Invalid date format", "invalid_params") from None


def initialize(call: Call) -> Good:
    """`POST /transaction/initialize`."""
    body = call.body
    metadata, channels = body.get("metadata"), body.get("channels")
    subaccount = body.get("subaccount")
    made = call.company.open(
        reference=call.text("reference", "") or None,
        email=call.text("email"),
        amount_minor=call.amount(),
        currency=call.text("currency", "NGN"),
        channels=[str(one) for one in channels] if isinstance(channels, list) else [],
        callback_url=call.text("callback_url", ""),
        metadata=metadata if isinstance(metadata, dict) else {},
        subaccount=subaccount if isinstance(subaccount, str) else None,
        charge_minor=call.amount("transaction_charge") if "transaction_charge" in body else 0,
    )
    data = {
        "authorization_url": f"{call.origin}/checkout/{made.access_code}",
        "access_code": made.access_code,
        "reference": made.reference,
    }
    return Good("Authorization URL created", data)


def verify(call: Call) -> Good:
    """`GET /transaction/verify/{reference}`."""
    found = call.company.transaction(call.variables["reference"])
    if found is None or found.reference != call.variables["reference"]:
        raise No(400, "Transaction reference not found.", "transaction_not_found")
    return Good("Verification successful", answers.transaction(call.company.house, found))


def fetch_transaction(call: Call) -> Good:
    """`GET /transaction/{id}`."""
    found = call.company.transaction(call.variables["id"])
    if found is None:
        raise No(404, "Transaction not found", "transaction_not_found")
    return Good("Transaction retrieved", answers.transaction(call.company.house, found))


def list_transactions(call: Call) -> Good:
    """`GET /transaction`."""
    company = call.company
    return listed(
        call,
        "Transactions retrieved",
        company.books.transactions,
        lambda one: one.created_at,
        lambda one: answers.transaction(company.house, one),
        {"total_volume": sum(one.amount_minor for one in company.books.transactions)},
    )


def create_refund(call: Call) -> Good:
    """`POST /refund`."""
    company = call.company
    made = company.send_back(
        call.text("transaction"),
        call.amount() if "amount" in call.body else None,
        call.text("currency", "") or None,
        call.text("merchant_note", ""),
        call.text("customer_note", ""),
    )
    payment = company.transaction(str(made.transaction_id))
    assert payment is not None
    return Good("Refund has been queued for processing", answers.refund_made(company.house, made, payment))


def fetch_refund(call: Call) -> Good:
    """`GET /refund/{id}`."""
    found = call.company.refund(call.variables["id"])
    if found is None:
        raise No(404, "Refund not found", "refund_not_found")
    return Good("Refund retrieved", call.company.refund_answer(found))


def list_refunds(call: Call) -> Good:
    """`GET /refund`."""
    rows = call.company.books.refunds
    # The one list that says its size as a text.
    counts: Answer = {
        "perPage": call.query.get("perPage", "50"),
        "failedRefundCount": sum(one.status == "failed" for one in rows),
    }
    show = call.company.refund_answer
    return listed(call, "Refunds retrieved", rows, lambda one: one.created_at, show, counts)


def balances(call: Call) -> Good:
    """`GET /balance`."""
    kept = call.company.books.balances or {call.company.home_currency: 0}
    return Good("Balances retrieved", [{"currency": one, "balance": minor} for one, minor in kept.items()])


def ledger(call: Call) -> Good:
    """`GET /balance/ledger`."""
    company = call.company
    return listed(
        call,
        "Balance ledger retrieved",
        company.books.lines,
        lambda one: one.created_at,
        lambda one: answers.line(company.house, one),
    )


def create_recipient(call: Call) -> Good:
    """`POST /transferrecipient`."""
    made = call.company.add_recipient(
        type=call.text("type"),
        name=call.text("name"),
        number=call.text("account_number"),
        bank=call.text("bank_code"),
        currency=call.text("currency", "NGN"),
    )
    return Good("Transfer recipient created successfully", answers.recipient(call.company.house, made), 201)


def create_transfer(call: Call) -> Good:
    """`POST /transfer`."""
    made = call.company.send(
        reference=call.text("reference"),
        recipient=call.text("recipient"),
        amount_minor=call.amount(),
        currency=call.text("currency", "NGN"),
        reason=call.text("reason", ""),
    )
    words = "Transfer requires OTP to continue" if made.status == "otp" else "Transfer has been queued"
    return Good(words, answers.transfer_made(call.company.house, made))


def verify_transfer(call: Call) -> Good:
    """`GET /transfer/verify/{reference}` and `GET /transfer/{code}`."""
    found = call.company.transfer(call.variables.get("reference") or call.variables["code"])
    if found is None:
        raise No(404, "Transfer not found", "transfer_not_found")
    return Good("Transfer retrieved", call.company.transfer_answer(found))


def list_transfers(call: Call) -> Good:
    """`GET /transfer`."""
    rows = call.company.books.transfers
    return listed(call, "Transfers retrieved", rows, lambda one: one.created_at, call.company.transfer_answer)


def list_disputes(call: Call) -> Good:
    """`GET /dispute`."""
    rows = call.company.books.disputes
    return listed(call, "Disputes retrieved", rows, lambda one: one.created_at, call.company.dispute_answer)


def fetch_dispute(call: Call) -> Good:
    """`GET /dispute/{id}`."""
    found = call.company.dispute(call.variables["id"])
    if found is None:
        raise No(404, "Dispute not found", "dispute_not_found")
    return Good("Dispute retrieved", call.company.dispute_answer(found))


def give_evidence(call: Call) -> Good:
    """`POST /dispute/{id}/evidence`."""
    company, found = call.company, call.company.dispute(call.variables["id"])
    if found is None:
        raise No(404, "Dispute not found", "dispute_not_found")
    for name in ("customer_email", "customer_name", "customer_phone", "service_details"):
        if not call.text(name):
            raise No(400, f"{name} is required", "missing_params")
    found.evidence_id = found.evidence_id or company.books.new_id()
    found.evidence = {**call.body, "dispute": found.id, "id": found.evidence_id}
    now = answers.stamp(company.clock.now())
    return Good("Evidence created", {**found.evidence, "createdAt": now, "updatedAt": now})


def upload_url(call: Call) -> Good:
    """`GET /dispute/{id}/upload_url`."""
    name = f"qesp8a4df1{call.company.books.new_id()}"
    return Good("Upload url generated", {"signedUrl": f"{call.origin}/upload/{name}", "fileName": name})


def resolve_dispute(call: Call) -> Good:
    """`PUT /dispute/{id}/resolve`."""
    found = call.company.dispute(call.variables["id"])
    if found is None:
        raise No(404, "Dispute not found", "dispute_not_found")
    call.amount("refund_amount")
    call.text("message")
    call.company.resolve(found, call.text("resolution"), call.text("uploaded_filename"))
    return Good("Dispute successfully resolved", call.company.dispute_answer(found))


def list_banks(call: Call) -> Good:
    """`GET /bank`."""
    currency = call.query.get("currency")
    banks = [one for one in answers.BANKS if currency in (None, one["currency"])]
    page, size = int(call.query.get("page") or 1), int(call.query.get("perPage") or 50)
    shown = banks[(page - 1) * size : page * size]
    return Good("Banks retrieved", [answers.bank(place, one) for place, one in enumerate(shown)])


def resolve_account(call: Call) -> Good:
    """`GET /bank/resolve`."""
    number, code = call.query.get("account_number", ""), call.query.get("bank_code", "")
    is_known = any(one["code"] == code for one in answers.BANKS)
    if not is_known or not number.isdecimal() or not 10 <= len(number) <= 13:
        raise No(422, "Could not resolve account name. Check parameters or try again.", "invalid_bank_code")
    data = {"account_number": number, "account_name": answers.holder_of(number), "bank_id": 9}
    return Good("Account number resolved", data)


def create_subaccount(call: Call) -> Good:
    """`POST /subaccount`."""
    percentage = call.body.get("percentage_charge")
    made = call.company.add_subaccount(
        name=call.text("business_name"),
        bank=call.text("settlement_bank"),
        number=call.text("account_number"),
        percentage=percentage if isinstance(percentage, int | float) else 0,
    )
    return Good("Subaccount created", answers.subaccount(call.company.house, made), 201)


OPERATIONS: tuple[tuple[str, str, Operation], ...] = (
    ("POST", "/transaction/initialize", initialize),
    ("GET", "/transaction/verify/{reference}", verify),
    ("GET", "/transaction", list_transactions),
    ("GET", "/transaction/{id}", fetch_transaction),
    ("POST", "/refund", create_refund),
    ("GET", "/refund", list_refunds),
    ("GET", "/refund/{id}", fetch_refund),
    ("GET", "/balance", balances),
    ("GET", "/balance/ledger", ledger),
    ("POST", "/transferrecipient", create_recipient),
    ("POST", "/transfer", create_transfer),
    ("GET", "/transfer", list_transfers),
    ("GET", "/transfer/verify/{reference}", verify_transfer),
    ("GET", "/transfer/{code}", verify_transfer),
    ("GET", "/dispute", list_disputes),
    ("GET", "/dispute/{id}", fetch_dispute),
    ("POST", "/dispute/{id}/evidence", give_evidence),
    ("GET", "/dispute/{id}/upload_url", upload_url),
    ("PUT", "/dispute/{id}/resolve", resolve_dispute),
    ("GET", "/bank", list_banks),
    ("GET", "/bank/resolve", resolve_account),
    ("POST", "/subaccount", create_subaccount),
)
