"""The buyer says where bitcoin goes back to: once in each round, of which only a failed sending begins another."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from admitone.payments.bitcoin import sending_store, store
from admitone.payments.bitcoin.destinations import FIELD, Destination
from admitone.payments.bitcoin.facts import DestinationNamed, DestinationWanted
from admitone.payments.bitcoin.quotes import DUST_SAT
from admitone.payments.bitcoin.rails import ONCHAIN
from admitone.payments.bitcoin.refusals import DestinationKnown, DestinationOfOurs, InvoiceUsed
from admitone.payments.bitcoin.sending_store import TOO_SMALL, Sending
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.journal import announce
from admitone.values.currencies import MSAT_PER_SAT

UNDONE: Final = "payment_undone"
"""Why nothing of it is sent: the payment does not exist any more."""
PARTLY_UNDONE: Final = "payment_partly_undone"
"""Why less of it is sent: a part of the payment does not exist any more."""


async def sendings(reader: Reader, refund_ids: Collection[UUID]) -> dict[UUID, Sending]:
    """What goes back in bitcoin of these refunds, by refund."""
    return await sending_store.sendings(reader, refund_ids)


async def name_destination(
    tx: Transaction,
    refund_id: UUID,
    round_: int,
    destination: Destination,
    *,
    named_as: str | None,
    organiser_id: UUID,
    now: datetime,
) -> Sending:
    """It goes there, announced. `round_` is the one the buyer was shown; the same again changes nothing.

    Raises `DestinationKnown` when something else was said in it, `InvoiceUsed` when another refund goes there,
    `DestinationOfOurs` when an order here is paid by it.
    """
    if await store.is_asked_for(tx, destination.payment_hash, destination.value):
        raise DestinationOfOurs(field=FIELD)
    named = await sending_store.name(
        tx,
        refund_id,
        round_,
        destination=destination.value,
        payment_hash=destination.payment_hash,
        named_as=named_as,
        send_until=destination.send_until,
        now=now,
    )
    if named is None:
        known = (await sending_store.sendings(tx, [refund_id])).get(refund_id)
        if known is not None and known.round == round_ and known.destination == destination.value:
            return known
        if known is not None and known.round == round_ and known.can_be_named:
            raise InvoiceUsed(field=FIELD)
        raise DestinationKnown
    fact = DestinationNamed(subject_id=refund_id, organiser_id=organiser_id, round=round_)
    await announce(tx, [fact], "guest")
    return named


async def end_unsent(tx: Transaction, attempt_id: UUID, refund_id: UUID) -> bool:
    """There is nothing left that could go back by this refund: nobody is asked where to any more. False when it is on
    its way or was sent. The caller decides the refund in the same transaction.
    """
    # A sending of it that is being stored at this moment waits, and is then of a refund that is decided.
    await sending_store.lock_attempt(tx, attempt_id)
    if await sending_store.end_unsent(tx, refund_id, UNDONE):
        return True
    return not await sending_store.sendings(tx, [refund_id])


async def lessen_unsent(
    tx: Transaction, attempt_id: UUID, refund_id: UUID, minor: int, *, organiser_id: UUID
) -> bool:
    """Only so much can go back by this refund, its share of the satoshi rounded down: the buyer is asked anew where to,
    announced, unless it is too little to be sent. False when it is on its way or was sent. The caller lessens the
    refund in the same transaction.
    """
    await sending_store.lock_attempt(tx, attempt_id)
    known = (await sending_store.sendings(tx, [refund_id])).get(refund_id)
    if known is None:
        # One that is being stored at this moment waits, and finds another amount then.
        return True
    msat = known.amount_msat * minor // (known.amount_minor * MSAT_PER_SAT) * MSAT_PER_SAT
    least_msat = (DUST_SAT if known.rail == ONCHAIN else 1) * MSAT_PER_SAT
    reason = PARTLY_UNDONE if msat >= least_msat else TOO_SMALL
    left = await sending_store.lessen(tx, refund_id, minor, max(msat, MSAT_PER_SAT), reason)
    if left is None:
        return False
    if reason == TOO_SMALL:
        return True
    fact = DestinationWanted(
        subject_id=refund_id, organiser_id=organiser_id, round=left.round, reason=PARTLY_UNDONE
    )
    await announce(tx, [fact], "system")
    return True
