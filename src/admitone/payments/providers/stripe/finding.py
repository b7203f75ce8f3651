"""Asking about payments: by their reference, by our key, closing them, and which changed of late.

Stripe's sessions cannot be looked up by our key. So paid ones are searched for by the words we put on their intents
(which Stripe finds after a minute), and the others among the sessions made about when the attempt was.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from admitone.payments.kinds import AccountSheet
from admitone.payments.provider import NOT_FOUND, Outcome, Status
from admitone.payments.providers.stripe import wire
from admitone.payments.providers.stripe.answers import No, NoAnswer, SaysNo
from admitone.payments.providers.stripe.line import Line, named
from admitone.payments.providers.stripe.reading import Paid, is_ours, status_of
from admitone.payments.providers.stripe.sheet import CARD
from admitone.values.clock import Clock, epoch_ms

SESSION = "/v1/checkout/sessions"
INTENT = "/v1/payment_intents"
EVENTS = "/v1/events"
SESSION_EVENTS = frozenset(
    f"checkout.session.{word}"
    for word in ("completed", "expired", "async_payment_succeeded", "async_payment_failed")
)
INTENT_EVENTS = frozenset(
    f"payment_intent.{word}" for word in ("succeeded", "processing", "payment_failed", "canceled")
)
_EARLIER = timedelta(minutes=2)
_LATER = timedelta(hours=1)
_DAY = timedelta(hours=24)
_PAGES_MOST = 20


class Finding:
    """Knows where the payments of one account stand."""

    def __init__(self, line: Line, sheet: AccountSheet, clock: Clock) -> None:
        self._line = line
        self._sheet = sheet
        self._clock = clock

    async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.status`."""
        try:
            found = await self._find(attempt_id, provider_ref)
            if found is None:
                return Status(provider_ref, Outcome.UNKNOWN, reason=NOT_FOUND)
            return status_of(found, self._sheet)
        except (NoAnswer, SaysNo) as lost:
            return Status(provider_ref, Outcome.UNKNOWN, reason=lost.reason)

    async def cancel(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.cancel`."""
        try:
            found = None if provider_ref is not None else await self._find(attempt_id, None)
            ref = provider_ref if found is None else found.id
            if ref is None:
                return Status(None, Outcome.UNKNOWN, reason=NOT_FOUND)
            return status_of(await self._close(ref), self._sheet)
        except SaysNo as no:
            if no.kind in (No.REFUSED, No.MISSING):
                # It is closed already, or the buyer was faster: what is true is asked for.
                return await self.status(attempt_id, provider_ref)
            return Status(provider_ref, Outcome.UNKNOWN, reason=no.reason)
        except NoAnswer as lost:
            return Status(provider_ref, Outcome.UNKNOWN, reason=lost.reason)

    async def recent(self, since: datetime) -> AsyncIterator[Status]:
        """As `Provider.recent`; Stripe keeps events for 30 days. Raises `NoAnswer` and `SaysNo`."""
        told = self._line.pages(
            EVENTS,
            wire.Event,
            created={"gte": epoch_ms(since) // 1000},
            types=sorted(SESSION_EVENTS | INTENT_EVENTS),
        )
        seen: dict[str, None] = {}
        async for event in told:
            about = event.data.object
            if event.account is None and not (event.type in INTENT_EVENTS and not is_card(about)):
                seen[about.id] = None
        for ref in reversed(seen):
            payment = await self.payment(ref)
            if payment is not None and is_ours(payment, self._sheet):
                yield status_of(payment, self._sheet)

    async def payment(self, ref: str) -> Paid | None:
        """The payment of this reference, with its intent in it."""
        if ref.startswith("pi_"):
            return await self._line.find(INTENT, ref, wire.Intent)
        return await self._line.find(SESSION, ref, wire.Session, expand=["payment_intent"])

    async def ref_of_intent(self, intent_id: str, *, is_by_card: bool) -> str | None:
        """Our reference for the payment this intent belongs to: the session's, or its own."""
        if is_by_card:
            return intent_id
        async for session in self._line.pages(SESSION, wire.Session, payment_intent=intent_id):
            return session.id
        return None

    async def _find(self, attempt_id: UUID, provider_ref: str | None) -> Paid | None:
        if provider_ref is not None:
            return await self.payment(provider_ref)
        return await self._search(attempt_id) or await self._among_recent(attempt_id)

    async def _search(self, attempt_id: UUID) -> Paid | None:
        query = f"metadata['{wire.ATTEMPT}']:'{attempt_id}'"
        try:
            async for intent in self._line.pages(f"{INTENT}/search", wire.Intent, 1, query=query):
                ref = await self.ref_of_intent(intent.id, is_by_card=is_card(intent))
                return None if ref is None else await self.payment(ref)
        except SaysNo as no:
            # There is no search for accounts in some countries; what follows does without.
            if no.kind is not No.REFUSED:
                raise
        return None

    async def _among_recent(self, attempt_id: UUID) -> Paid | None:
        made_at = moment_of(attempt_id)
        if made_at is None:
            now = self._clock.now()
            first, last = now - _DAY, now + _EARLIER
        else:
            first, last = made_at - _EARLIER, made_at + _LATER
        created = {"gte": epoch_ms(first) // 1000, "lte": epoch_ms(last) // 1000}
        wanted = str(attempt_id)
        sessions = self._line.pages(SESSION, wire.Session, _PAGES_MOST, created=created)
        async for session in sessions:
            if session.client_reference_id == wanted:
                return await self.payment(session.id)
        if self._sheet.options.get("payment_intents") != "on":
            return None
        async for intent in self._line.pages(INTENT, wire.Intent, _PAGES_MOST, created=created):
            if (intent.metadata or {}).get(wire.ATTEMPT) == wanted:
                return intent
        return None

    async def _close(self, ref: str) -> Paid:
        if ref.startswith("pi_"):
            return await self._line.post(f"{named(INTENT, ref)}/cancel", wire.Intent, None)
        path = f"{named(SESSION, ref)}/expire"
        return await self._line.post(path, wire.Session, None, expand=["payment_intent"])


def is_card(about: wire.About | wire.Intent) -> bool:
    """Whether this intent was started by itself, and not by the hosted page."""
    return (about.metadata or {}).get(wire.METHOD) == CARD.id


def moment_of(attempt_id: UUID) -> datetime | None:
    """When an id was made, where it says so (UUIDv7); None for others."""
    if attempt_id.version != 7:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=attempt_id.int >> 80)
