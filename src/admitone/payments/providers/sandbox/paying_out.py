"""Money the sandbox bank sends out: it arrives at once, wherever it goes."""

import re
import secrets
from uuid import UUID

from admitone.payments.provider import NOT_FOUND
from admitone.payments.providers.sandbox import payout_store
from admitone.payments.roles import BadReceiver, PayoutAsk, PayoutOutcome, PayoutStatus, Receiver
from admitone.plumbing.database import Database
from admitone.values.clock import Clock

_NUMBER = re.compile(r"[A-Z0-9]{4,34}")


class SandboxPayouts:
    """The desk. `database` is the bank's own handle."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def receiver(self, receiver: Receiver) -> str:
        """The account of this number. Raises `BadReceiver`."""
        number = receiver.details.get("account_number", "").replace(" ", "").upper()
        if not _NUMBER.fullmatch(number):
            raise BadReceiver(reason="no such account")
        return f"sba_{number}"

    async def pay_out(self, ask: PayoutAsk) -> PayoutStatus:
        """Send it, once for each payout id."""
        fresh = "sbo_" + secrets.token_hex(16)
        ref = await self._database.run(
            lambda tx: payout_store.send(
                tx, fresh, ask.payout_id, ask.to_ref, ask.currency, ask.amount_minor, self._clock.now()
            )
        )
        return PayoutStatus(PayoutOutcome.DONE, ref)

    async def status(self, payout_id: UUID) -> PayoutStatus:
        """What became of it."""
        async with self._database.reading() as reader:
            ref = await payout_store.by_key(reader, payout_id)
        if ref is None:
            return PayoutStatus(PayoutOutcome.UNKNOWN, reason=NOT_FOUND)
        return PayoutStatus(PayoutOutcome.DONE, ref)
