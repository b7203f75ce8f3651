"""Store credit whose payment a buyer's bank has taken back: what is not used of it ends, so that it is lost once.

When a refund became credit, its organiser gave up the money for it; when the bank takes the same money, they would give
it up again. So the credit ends, and what it was worth is the organiser's. What was used of it ends when it comes back.
While the bank decides, nobody uses the credit (`payments.credit.is_disputed`).
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from admitone import ledger, payments
from admitone.plumbing import journal
from admitone.plumbing.database import Transaction

REASON: Final = "disputed"


async def take_credit(tx: Transaction, dispute: payments.Dispute, minor: int) -> list[ledger.NewTransfer]:
    """The bank has taken so much of the payment (locked by the caller) besides what did for refunds: it is counted as
    what became credit first; what to post. Locks the credits.
    """
    if minor <= 0 or not (ids := await payments.credit.credits_of_payment(tx, dispute.attempt_id)):
        return []
    await payments.credit.lock(tx, ids)
    shares: dict[UUID, int] = {}
    for part in await payments.credit.parts_left(tx, dispute.attempt_id):
        share = min(part.left_minor, minor)
        if share:
            shares[part.credit_id] = share
            minor -= share
    if not shares:
        return []
    return await ended(tx, await payments.credit.take_by_bank(tx, dispute.attempt_id, shares), "system")


async def ended(tx: Transaction, cut: Mapping[UUID, int], actor: str) -> list[ledger.NewTransfer]:
    """So much of these credits has just ended because of a bank, announced; what to post."""
    if not cut:
        return []
    rows = await payments.credit.by_ids(tx, list(cut))
    facts = [
        payments.credit.CreditEnded(
            subject_id=one,
            organiser_id=rows[one].organiser_id,
            currency=rows[one].currency,
            amount_minor=minor,
            reason=REASON,
        )
        for one, minor in cut.items()
    ]
    await journal.announce(tx, facts, actor)
    return [
        transfer
        for one, minor in cut.items()
        for transfer in ledger.credit_taken(
            credit_id=one,
            ended_minor=rows[one].ended_minor,
            organiser_id=rows[one].organiser_id,
            currency=rows[one].currency,
            amount_minor=minor,
            funding=rows[one].funding,
            is_test=rows[one].is_test,
        )
    ]
