"""Disputes at Paystack: looked at, listed, and answered with our records.

Source: Paystack's OpenAPI document and its page on managing disputes: evidence is given, a document is put where
`upload_url` says, and the dispute is declined ("resolved" in its words) with both; then the bank decides.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from admitone.payments.account_status import ProviderAway
from admitone.payments.providers.paystack.rows import moment, written
from admitone.payments.providers.paystack.wire import NoAnswer, Wire
from admitone.payments.roles import DisputeState, DisputeStatus, Evidence
from admitone.plumbing.database import require_no_transaction

# Lists are searched by when a dispute was opened; banks take months to decide.
OPENED_BEFORE = timedelta(days=180)
_OPEN = ("awaiting-merchant-feedback", "pending")
_LOST = ("merchant-accepted", "auto-accepted")
# Paystack keeps documents in Amazon's store: its answer may send our files nowhere else.
_STORE = ".amazonaws.com"
_NO_PHONE = "not known"


class _Payment(msgspec.Struct):
    reference: str
    amount: int
    currency: str
    status: str = ""


class _Buyer(msgspec.Struct):
    phone: str | None = None


class _Dispute(msgspec.Struct):
    id: int
    status: str
    transaction: _Payment
    refund_amount: int | None = None
    currency: str | None = None
    resolution: str | None = None
    category: str | None = None
    customer: object = None
    dueAt: str | None = None
    createdAt: str | None = None
    updatedAt: str | None = None


class _Upload(msgspec.Struct, rename="camel"):
    signed_url: str
    file_name: str


class _Made(msgspec.Struct):
    id: int


class PaystackDisputes:
    """Implements `Disputes`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def dispute(self, ref: str) -> DisputeStatus | None:
        """As `Disputes.dispute`."""
        require_no_transaction("Paystack")
        try:
            found = await self._fetch(ref)
        except NoAnswer as lost:
            raise ProviderAway(reason=lost.reason) from None
        return None if found is None else _status(found)

    async def answer(self, dispute_ref: str, evidence: Evidence) -> DisputeStatus:
        """As `Disputes.answer`. One document can be sent: the first of the files, else our records as a text."""
        require_no_transaction("Paystack")
        try:
            found = await self._fetch(dispute_ref)
            if found is None:
                raise ProviderAway(reason="dispute_not_found")
            if found.status not in _OPEN:
                return _status(found)
            await self._send(found, evidence)
            answered = await self._fetch(dispute_ref)
        except NoAnswer as lost:
            raise ProviderAway(reason=lost.reason) from None
        if answered is None:
            raise ProviderAway(reason="dispute_not_found")
        return _status(answered)

    async def _send(self, found: _Dispute, evidence: Evidence) -> None:
        path = f"/dispute/{found.id}"
        told = await self._wire.must(
            "POST",
            f"{path}/evidence",
            body={
                "customer_email": evidence.buyer_email,
                "customer_name": evidence.buyer_name,
                "customer_phone": _phone(found),
                "service_details": _words(evidence),
                "delivery_date": written(evidence.event_at),
            },
        )
        upload = (await self._wire.must("GET", f"{path}/upload_url")).read(_Upload)
        if not self._is_trusted(upload.signed_url):
            raise NoAnswer("upload_address")
        document = next(iter(evidence.files.values()), None)
        if document is None:
            await self._wire.put_file(upload.signed_url, _words(evidence).encode(), "text/plain")
        else:
            await self._wire.put_file(upload.signed_url, document, "application/pdf")
        await self._wire.must(
            "PUT",
            f"{path}/resolve",
            body={
                "resolution": "declined",
                "message": _words(evidence)[:1000],
                "refund_amount": 0,
                "uploaded_filename": upload.file_name,
                "evidence": told.read(_Made).id,
            },
        )

    async def recent_disputes(self, since: datetime) -> AsyncIterator[DisputeStatus]:
        """As `Disputes.recent_disputes`."""
        require_no_transaction("Paystack")
        seen: set[int] = set()
        try:
            query = {"from": written(since - OPENED_BEFORE)}
            async for found in self._wire.pages("/dispute", _Dispute, query):
                changed_at = moment(found.updatedAt) or moment(found.createdAt)
                if found.id in seen or (changed_at is not None and changed_at < since):
                    continue
                seen.add(found.id)
                yield _status(found)
        except NoAnswer as lost:
            raise ProviderAway(reason=lost.reason) from None

    async def _fetch(self, ref: str) -> _Dispute | None:
        if not ref.isdecimal():
            return None
        said = await self._wire.ask("GET", f"/dispute/{ref}")
        if said.is_absent:
            return None
        if not said.is_good:
            raise NoAnswer(said.word)
        return said.read(_Dispute)

    def _is_trusted(self, url: str) -> bool:
        address, ours = urlsplit(url), urlsplit(self._wire.base)
        if address[:2] == ours[:2]:
            return True
        return address.scheme == "https" and (address.hostname or "").endswith(_STORE)


def _status(found: _Dispute) -> DisputeStatus:
    if found.status in _OPEN:
        state = DisputeState.OPEN
    elif found.status == "awaiting-bank-feedback":
        state = DisputeState.ANSWERED
    else:
        # Resolved, or put away since: the money went back, or it stayed.
        is_lost = found.resolution in _LOST or found.transaction.status == "reversed"
        state = DisputeState.LOST if is_lost else DisputeState.WON
    payment = found.transaction
    return DisputeStatus(
        ref=str(found.id),
        payment_ref=payment.reference,
        state=state,
        currency=(found.currency or payment.currency).upper(),
        amount_minor=payment.amount if found.refund_amount is None else found.refund_amount,
        reason=found.category or "",
        answer_by=moment(found.dueAt),
        opened_at=moment(found.createdAt),
    )


def _phone(found: _Dispute) -> str:
    # A field it insists on, of which we know only what it knows itself.
    try:
        return msgspec.convert(found.customer, _Buyer).phone or _NO_PHONE
    except msgspec.ValidationError:
        return _NO_PHONE


def _words(evidence: Evidence) -> str:
    lines = (
        ("Bought", evidence.product),
        ("On", written(evidence.bought_at)),
        ("For", written(evidence.event_at)),
        ("Delivered", evidence.delivered),
        ("Used", evidence.used),
        ("Terms shown", evidence.terms_shown),
        ("Refund policy", evidence.refund_policy),
    )
    return "\n".join(f"{label}: {text}" for label, text in lines if text)
