"""Payouts to bank accounts, as a file for the site's bank (SEPA). Whoever sends it marks them as sent."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admitone import payouts, statements
from admitone.flows.payout_receivers import PayoutReceivers
from admitone.payouts import Payout
from admitone.plumbing.database import Database

MOST = 1_000


@dataclass(frozen=True, slots=True)
class PayoutFile:
    """A pain.001 file, and what is in it."""

    content: bytes
    payouts: Sequence[Payout]


async def payout_file(
    database: Database,
    receivers: PayoutReceivers,
    debtor: statements.Debtor,
    now: datetime,
    chosen: Collection[UUID] | None = None,
) -> PayoutFile:
    """What waits to be sent from `debtor`'s account, all or the `chosen`, oldest first. The same payouts make a file of
    the same message id, which a bank takes once.

    Raises `NoTransfers`, and `Problems` with a refusal for each wrong field.
    """
    async with database.reading() as reader:
        waiting = await payouts.to_transfer(reader, MOST)
        if chosen is not None:
            waiting = [one for one in waiting if one.id in chosen]
        to = {one.receiver_id: await payouts.receiver(reader, one.receiver_id) for one in waiting}
    transfers = []
    for one in waiting:
        receiver = to[one.receiver_id]
        assert receiver is not None, "a payout names a receiver"
        iban = receivers.iban_of(receiver)
        transfers.append(
            statements.Transfer(one.id.hex, receiver.holder, iban, one.amount_minor, f"Payout {one.id.hex}")
        )
    message_id = hashlib.sha256(b"".join(one.id.bytes for one in waiting)).hexdigest()[:32]
    content = statements.transfer_file(
        debtor, transfers, message_id=message_id, created_at=now, execute_on=now.date()
    )
    return PayoutFile(content, waiting)
