"""Disputes: where they stand, and answering them with what our records say.

Source: docs.stripe.com/api/disputes. Stripe takes an answer once; afterwards the buyer's bank decides.
"""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import MappingProxyType

from admitone.payments.account_status import ProviderAway
from admitone.payments.providers.stripe import wire
from admitone.payments.providers.stripe.answers import NoAnswer, SaysNo
from admitone.payments.providers.stripe.finding import EVENTS, Finding, is_card
from admitone.payments.providers.stripe.line import Line, named
from admitone.payments.providers.stripe.reading import money
from admitone.payments.roles import DisputeState, DisputeStatus, Evidence
from admitone.values.clock import epoch_ms

DISPUTES = "/v1/disputes"
# Stripe's limit is 150,000 characters for all texts together.
_TEXT_MOST = 20_000
_STATES = {
    "warning_needs_response": DisputeState.OPEN,
    "needs_response": DisputeState.OPEN,
    "appeal_needs_response": DisputeState.OPEN,
    "warning_under_review": DisputeState.ANSWERED,
    "under_review": DisputeState.ANSWERED,
    "appeal_under_review": DisputeState.ANSWERED,
    "warning_closed": DisputeState.WON,
    "prevented": DisputeState.WON,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}
# Our purposes as Stripe's; it has one place for each, and one for everything else.
_PLACES = MappingProxyType(
    {
        "receipt": "receipt",
        "ticket": "service_documentation",
        "terms": "cancellation_policy",
        "refund_policy": "refund_policy",
        "letters": "customer_communication",
    }
)
_OTHER = "uncategorized_file"
_EVENTS = tuple(
    f"charge.dispute.{word}"
    for word in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
)


class Disputing:
    """Implements `Disputes`."""

    def __init__(self, line: Line, finding: Finding) -> None:
        self._line = line
        self._finding = finding

    async def dispute(self, ref: str) -> DisputeStatus | None:
        """As `Disputes.dispute`."""
        try:
            found = await self._look(ref)
            return None if found is None else await self._status(found)
        except (NoAnswer, SaysNo) as lost:
            raise ProviderAway from lost

    async def answer(self, dispute_ref: str, evidence: Evidence) -> DisputeStatus:
        """As `Disputes.answer`. One that wants no answer any more is left as it is."""
        try:
            found = await self._look(dispute_ref)
            if found is None:
                raise ProviderAway
            if _STATES.get(found.status) is DisputeState.OPEN:
                found = await self._send(dispute_ref, evidence)
            return await self._status(found)
        except (NoAnswer, SaysNo) as lost:
            raise ProviderAway from lost

    async def recent_disputes(self, since: datetime) -> AsyncIterator[DisputeStatus]:
        """As `Disputes.recent_disputes`; Stripe keeps events for 30 days. Raises `ProviderAway`."""
        seen: dict[str, None] = {}
        created = {"gte": epoch_ms(since) // 1000}
        try:
            async for event in self._line.pages(EVENTS, wire.Event, created=created, types=list(_EVENTS)):
                if event.account is None:
                    seen[event.data.object.id] = None
            for ref in reversed(seen):
                found = await self._look(ref)
                if found is not None:
                    yield await self._status(found)
        except (NoAnswer, SaysNo) as lost:
            raise ProviderAway from lost

    async def _look(self, ref: str) -> wire.Dispute | None:
        return await self._line.find(DISPUTES, ref, wire.Dispute, expand=["payment_intent"])

    async def _send(self, ref: str, evidence: Evidence) -> wire.Dispute:
        words = _words(evidence)
        for purpose, content in evidence.files.items():
            digest = hashlib.sha256(content).hexdigest()
            key = f"{ref}:{purpose}:{digest}"
            place = _PLACES.get(purpose, _OTHER)
            words[place] = await self._line.upload(content, f"{purpose}.pdf", "dispute_evidence", key)
        digest = hashlib.sha256(repr(sorted(words.items())).encode()).hexdigest()
        return await self._line.keyed(
            named(DISPUTES, ref),
            wire.Dispute,
            f"{ref}:{digest}",
            evidence=words,
            submit=True,
            expand=["payment_intent"],
        )

    async def _status(self, dispute: wire.Dispute) -> DisputeStatus:
        state = _STATES.get(dispute.status)
        if state is None:
            raise NoAnswer("unreadable")
        amount, currency = money(dispute.amount, dispute.currency)
        details = dispute.evidence_details
        due_by = None if details is None else details.due_by
        fee = sum(line.fee for line in dispute.balance_transactions)
        return DisputeStatus(
            ref=dispute.id,
            payment_ref=await self._payment_ref(dispute),
            state=state,
            currency=currency,
            amount_minor=amount,
            fee_minor=money(fee, dispute.currency)[0],
            reason=dispute.reason,
            answer_by=None if due_by is None else datetime.fromtimestamp(due_by, UTC),
            opened_at=datetime.fromtimestamp(dispute.created, UTC),
        )

    async def _payment_ref(self, dispute: wire.Dispute) -> str:
        intent = dispute.payment_intent
        if not isinstance(intent, wire.Intent):
            return intent or dispute.charge or ""
        if wire.ATTEMPT not in (intent.metadata or {}):
            return intent.id
        return await self._finding.ref_of_intent(intent.id, is_by_card=is_card(intent)) or intent.id


def _words(evidence: Evidence) -> dict[str, str]:
    """The texts under Stripe's names; empty ones are left out."""
    words = {
        "customer_name": evidence.buyer_name,
        "customer_email_address": evidence.buyer_email,
        "product_description": evidence.product,
        "service_date": evidence.event_at.strftime("%Y-%m-%d"),
        "cancellation_policy_disclosure": evidence.terms_shown,
        "refund_policy_disclosure": evidence.refund_policy,
        "access_activity_log": evidence.used,
        "uncategorized_text": "\n\n".join(
            part for part in (f"Bought at {evidence.bought_at.isoformat()}.", evidence.delivered) if part
        ),
    }
    return {name: text[:_TEXT_MOST] for name, text in words.items() if text}
