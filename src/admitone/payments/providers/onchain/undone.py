"""Payments the network took back, as disputes that nobody opened and nobody can answer (`roles.Disputes`)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from uuid import UUID

from admitone.payments.account_status import ProviderAway
from admitone.payments.bitcoin.chain import ChainAway, ChainBook, ChainRefused, UndoneState
from admitone.payments.providers.onchain.standing import paid
from admitone.payments.roles import UNDONE, DisputeState, DisputeStatus, Evidence
from admitone.plumbing.database import require_no_transaction

_STATES = {
    UndoneState.OPEN: DisputeState.OPEN,
    UndoneState.WON: DisputeState.WON,
    UndoneState.LOST: DisputeState.LOST,
}


class UndonePayments:
    """Implements `Disputes`. `fresh` has the chain read a moment ago."""

    def __init__(self, account_id: UUID, book: ChainBook, fresh: Callable[[], Awaitable[None]]) -> None:
        self._account_id = account_id
        self._book = book
        self._fresh = fresh

    async def dispute(self, ref: str) -> DisputeStatus | None:
        """As `Disputes.dispute`."""
        require_no_transaction("the chain")
        try:
            await self._fresh()
        except (ChainAway, ChainRefused):
            raise ProviderAway from None
        return await self._look(ref)

    async def _look(self, ref: str) -> DisputeStatus | None:
        found = await self._book.undone(self._account_id, ref)
        if found is None:
            return None
        undone, credit, request = found
        assert credit.given_to is not None, "somebody has counted on it"
        payment = paid(request, await self._book.given_to(self._account_id, credit.given_to))
        assert payment.provider_ref is not None, "an attempt on the chain has a name there"
        assert credit.worth_minor is not None, "it had been final"
        return DisputeStatus(
            ref=ref,
            attempt_id=credit.given_to,
            payment_ref=payment.provider_ref,
            state=_STATES[undone.state],
            currency=request.currency,
            amount_minor=credit.worth_minor,
            reason=UNDONE,
            opened_at=undone.opened_at,
        )

    async def answer(self, dispute_ref: str, evidence: Evidence) -> DisputeStatus:
        """As `Disputes.answer`: the network listens to nobody, so nothing is sent."""
        found = await self.dispute(dispute_ref)
        if found is None:
            raise ProviderAway
        return found

    async def recent_disputes(self, since: datetime) -> AsyncIterator[DisputeStatus]:
        """As `Disputes.recent_disputes`."""
        require_no_transaction("the chain")
        try:
            await self._fresh()
        except (ChainAway, ChainRefused):
            raise ProviderAway from None
        for ref in await self._book.undone_since(self._account_id, since):
            found = await self._look(ref)
            if found is not None:
                yield found
