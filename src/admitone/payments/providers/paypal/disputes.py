"""PayPal's disputes as `roles.Disputes`: a buyer who asks PayPal, or their bank, for the money back.

Source: PayPal disputes v1 (OpenAPI document 1.10). Evidence is a note of at most 2,000 letters and up to ten documents.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

import msgspec

from admitone.payments.account_status import ProviderAway
from admitone.payments.providers.paypal import amounts
from admitone.payments.providers.paypal.shapes import Capture, Dispute, DisputeList
from admitone.payments.providers.paypal.wire import NoAnswer, Part, Wire
from admitone.payments.roles import DisputeState, DisputeStatus, Evidence
from admitone.plumbing.database import require_no_transaction
from admitone.values.clock import as_utc

NOTE_MOST = 2000
FILES_MOST = 10
PAGES_MOST = 400
LOOK_BACK = timedelta(days=179)
_DISPUTES = "/v1/customer/disputes"
_WAITS = ("OPEN", "WAITING_FOR_SELLER_RESPONSE")
# RESOLVED_WITH_PAYOUT: PayPal paid the buyer itself, and our money stays.
_WON = ("RESOLVED_SELLER_FAVOUR", "CANCELED_BY_BUYER", "RESOLVED_WITH_PAYOUT", "DENIED")


class PayPalDisputes:
    """Implements `roles.Disputes`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def dispute(self, ref: str) -> DisputeStatus | None:
        """As `Disputes.dispute`."""
        require_no_transaction("PayPal")
        try:
            found = await self._read(ref)
            return None if found is None else await self._status(found)
        except (NoAnswer, amounts.UnreadableAmount) as silence:
            raise ProviderAway from silence

    async def answer(self, dispute_ref: str, evidence: Evidence) -> DisputeStatus:
        """As `Disputes.answer`. What waits for nobody's answer gets none."""
        require_no_transaction("PayPal")
        try:
            found = await self._read(dispute_ref)
            if found is None:
                raise NoAnswer("RESOURCE_NOT_FOUND")
            if found.status in _WAITS:
                path = f"{_DISPUTES}/{quote(dispute_ref, safe='')}/provide-evidence"
                answer = await self._wire.send_files(path, _parts(evidence))
                if not answer.is_done:
                    raise NoAnswer(answer.fault().word())
                found = await self._read(dispute_ref) or found
            return await self._status(found)
        except (NoAnswer, amounts.UnreadableAmount) as silence:
            raise ProviderAway from silence

    async def recent_disputes(self, since: datetime) -> AsyncIterator[DisputeStatus]:
        """As `Disputes.recent_disputes`, of the last 179 days at most. Raises `ProviderAway`."""
        require_no_transaction("PayPal")
        first = max(since, self._wire.now() - LOOK_BACK)
        query = {"update_time_after": as_utc(first).strftime("%Y-%m-%dT%H:%M:%S.000Z"), "page_size": "50"}
        try:
            for _ in range(PAGES_MOST):
                answer = await self._wire.get(_DISPUTES, query)
                if not answer.is_done:
                    raise NoAnswer(answer.fault().word())
                page = answer.read(DisputeList)
                for line in page.items:
                    found = await self._read(line.dispute_id)
                    if found is not None:
                        yield await self._status(found)
                tokens = [parse_qs(urlsplit(link.href).query) for link in page.links if link.rel == "next"]
                token = tokens[0].get("next_page_token") if tokens else None
                if not token:
                    return
                query = {**query, "next_page_token": token[0]}
            raise NoAnswer("too_many")
        except (NoAnswer, amounts.UnreadableAmount) as silence:
            raise ProviderAway from silence

    async def _read(self, ref: str) -> Dispute | None:
        answer = await self._wire.get(f"{_DISPUTES}/{quote(ref, safe='')}")
        if answer.status == 404:
            return None
        if not answer.is_done:
            raise NoAnswer(answer.fault().word())
        return answer.read(Dispute)

    async def _status(self, found: Dispute) -> DisputeStatus:
        capture = found.disputed_transactions[0].seller_transaction_id if found.disputed_transactions else ""
        return DisputeStatus(
            ref=found.dispute_id,
            payment_ref=await self._order_of(capture),
            state=_state(found),
            currency=found.dispute_amount.currency_code,
            amount_minor=amounts.read(found.dispute_amount.currency_code, found.dispute_amount.value),
            reason=found.reason,
            answer_by=found.seller_response_due_date if found.status in _WAITS else None,
            opened_at=found.create_time,
        )

    async def _order_of(self, capture: str) -> str:
        """A dispute names the capture, our payments are named by their order."""
        if not capture:
            raise NoAnswer("no_payment")
        answer = await self._wire.get(f"/v2/payments/captures/{quote(capture, safe='')}")
        if answer.status == 404:
            return capture
        if not answer.is_done:
            raise NoAnswer(answer.fault().word())
        return answer.read(Capture).supplementary_data.related_ids.order_id or capture


def _state(found: Dispute) -> DisputeState:
    if found.status == "RESOLVED":
        return DisputeState.WON if found.dispute_outcome.outcome_code in _WON else DisputeState.LOST
    return DisputeState.OPEN if found.status in _WAITS else DisputeState.ANSWERED


def _parts(evidence: Evidence) -> list[tuple[str, Part]]:
    lines = (
        f"Event on {evidence.event_at:%Y-%m-%d %H:%M} UTC: {evidence.product}",
        f"Bought on {evidence.bought_at:%Y-%m-%d %H:%M} UTC by {evidence.buyer_name} <{evidence.buyer_email}>",
        f"Delivered: {evidence.delivered}",
        f"Used: {evidence.used}",
        f"Refund policy: {evidence.refund_policy}",
        f"Terms shown: {evidence.terms_shown}",
    )
    note = "\n".join(lines)[:NOTE_MOST]
    said = msgspec.json.encode({"evidences": [{"evidence_type": "OTHER", "notes": note}]})
    parts: list[tuple[str, Part]] = [("input", ("input.json", said, "application/json"))]
    for number, (_, content) in enumerate(sorted(evidence.files.items())[:FILES_MOST]):
        parts.append(("evidence-file", (f"evidence-{number}.pdf", content, "application/pdf")))
    return parts
