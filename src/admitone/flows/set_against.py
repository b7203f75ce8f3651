"""What others have taken of a payment for good does for refunds of it that were owed: as far as they are not sent."""

from datetime import datetime

import structlog

from admitone import ledger, payments
from admitone.payments import Dispute, Refund, RefundOutcome
from admitone.payments.bitcoin import RAILS
from admitone.plumbing.database import Transaction

log = structlog.get_logger(__name__)


async def set_against(
    tx: Transaction, dispute: Dispute, left: int, *, is_direct: bool, is_test: bool, now: datetime
) -> tuple[list[ledger.NewTransfer], int]:
    """Refunds of the payment (its attempt is locked by the caller) that nobody has sent are done by the dispute, the
    oldest first, as far as `left` goes; what to post, and what is left then. What is on its way stays as it is: it is
    lost besides.
    """
    done, posted = list[payments.RefundApplied](), list[ledger.NewTransfer]()
    method = (await payments.read(tx, dispute.attempt_id)).method
    for refund in await payments.refunds_of(tx, [dispute.order_id]):
        if refund.attempt_id != dispute.attempt_id or refund.is_decided or not left:
            continue
        if method in RAILS:
            is_unsent = await _is_unsent(tx, refund, left)
        else:
            # Claimed as whoever sends it would: from now on nobody else does.
            is_unsent = refund.asked == 0 and bool(await payments.postpone_refunds(tx, [refund], now=now))
        if not is_unsent:
            log.warning("dispute.refund_on_its_way", refund_id=str(refund.id), dispute_id=str(dispute.id))
            continue
        minor = min(refund.amount_minor, left)
        left -= minor
        if minor < refund.amount_minor:
            await payments.lessen_refund(tx, refund, minor)
        else:
            done.append(_done_by(dispute, refund))
        posted += ledger.refund_by_dispute(
            refund_id=refund.id,
            dispute_id=dispute.id,
            organiser_id=dispute.organiser_id,
            currency=dispute.currency,
            amount_minor=minor,
            is_direct=is_direct,
            is_test=is_test,
        )
    if done:
        moved = await payments.apply_refunds(tx, done, now=now)
        assert len(moved) == len(done), (
            "unsent refunds are decided by nobody else while the attempt is locked"
        )
    return posted, left


async def _is_unsent(tx: Transaction, refund: Refund, left: int) -> bool:
    """Nothing of this refund in bitcoin was sent, and now not all of it will be. Wanted is not sent: the buyer has to
    say where to. When only a part of the payment was taken back, they may go on to say so for the rest.
    """
    if refund.amount_minor <= left:
        return await payments.bitcoin.end_unsent(tx, refund.attempt_id, refund.id)
    return await payments.bitcoin.lessen_unsent(
        tx, refund.attempt_id, refund.id, refund.amount_minor - left, organiser_id=refund.organiser_id
    )


def _done_by(dispute: Dispute, refund: Refund) -> payments.RefundApplied:
    gone = payments.RefundStatus(RefundOutcome.DONE, f"{payments.BY_DISPUTE}{dispute.ref}")
    return payments.RefundApplied(refund.id, gone)
