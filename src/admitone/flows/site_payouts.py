"""What those who run the site do about payouts to bank accounts: look at receivers, send a file to the bank, say what
became of it.
"""

from collections.abc import Collection
from uuid import UUID

from admitone import accounts, payouts, statements
from admitone.flows.payout import PayingOut
from admitone.flows.payout_file import PayoutFile, payout_file
from admitone.flows.payout_receivers import PayoutReceivers
from admitone.payments import PayoutOutcome, PayoutStatus
from admitone.payouts import Payout, PayoutState, Receiver
from admitone.plumbing.database import Database
from admitone.values.actor import Actor
from admitone.values.clock import Clock

RETURNED = "sent_back_by_bank"
MOST = 1_000


class SitePayouts:
    """Each verb is for operators only, and raises `NotOperator` for anybody else."""

    def __init__(
        self, database: Database, clock: Clock, paying_out: PayingOut, receivers: PayoutReceivers
    ) -> None:
        self._database = database
        self._clock = clock
        self._paying_out = paying_out
        self._receivers = receivers

    async def to_verify(self, actor: Actor) -> list[tuple[Receiver, str]]:
        """Bank accounts nobody has looked at yet, each with its number in full."""
        accounts.permit_operator(actor)
        async with self._database.reading() as reader:
            found = await payouts.unverified(reader, MOST)
        return [(one, self._receivers.iban_of(one)) for one in found]

    async def verify(self, actor: Actor, receiver_id: UUID) -> Receiver:
        """Somebody has looked at the bank account. Again changes nothing. Raises `ReceiverNotFound`."""
        accounts.permit_operator(actor)
        return await self._receivers.verify(receiver_id, actor.label)

    async def file(
        self, actor: Actor, chosen: Collection[UUID] | None, debtor: statements.Debtor
    ) -> PayoutFile:
        """A file of these payouts (None: of all that wait) for the site's bank. It marks nothing as sent.

        Raises `NoTransfers`, and `Problems` with a refusal for each wrong field.
        """
        accounts.permit_operator(actor)
        return await payout_file(self._database, self._receivers, debtor, self._clock.now(), chosen)

    async def sent(self, actor: Actor, payout_id: UUID) -> Payout:
        """The bank has sent it. Again changes nothing. Raises `PayoutNotFound`, `PayoutDecided`."""
        accounts.permit_operator(actor)
        return await self._paying_out.mark_sent(payout_id, actor.label)

    async def came_back(self, actor: Actor, payout_id: UUID) -> Payout:
        """The bank refused it or sent it back: the money is the organiser's again, who is told under "Needs you".

        Again changes nothing. Raises `PayoutNotFound`, `PayoutDecided` (it waits for a yes, or was declined).
        """
        accounts.permit_operator(actor)
        async with self._database.reading() as reader:
            found = await payouts.payout(reader, payout_id)
        if found is None or found.account_id is not None:
            raise payouts.PayoutNotFound
        if found.state in (PayoutState.ASKED, PayoutState.DECLINED):
            raise payouts.PayoutDecided(state=found.state.value)
        await self._paying_out.apply(payout_id, PayoutStatus(PayoutOutcome.FAILED, reason=RETURNED))
        async with self._database.reading() as reader:
            after = await payouts.payout(reader, payout_id)
        assert after is not None, "payouts stay"
        return after
