"""Bitcoin that goes back to a buyer, as the page of their link shows it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, bindparam, text

from admitone.payments import bitcoin
from admitone.plumbing.database import Reader


@dataclass(frozen=True, slots=True)
class RefundClaim:
    """A refund in bitcoin, for this reason, and whose it is. `is_open`: the buyer may say where it goes."""

    sending: bitcoin.Sending
    reason: str
    organiser_id: UUID
    organiser_name: str
    organiser_email: str
    order_code: str
    email: str
    is_test: bool
    is_decided: bool

    @property
    def is_open(self) -> bool:
        """The buyer is still to say where it goes, or has to once more."""
        return self.sending.can_be_named and not self.is_decided


_CLAIM = text(
    """
    SELECT refund.reason, refund.organiser_id, organiser.name AS organiser_name,
        organiser.contact_email AS organiser_email, placed.code AS order_code, placed.email, placed.is_test,
        refund.state IN ('done', 'failed') OR EXISTS (
            -- So much is not left to be sent back; the refund is about to be done by that.
            SELECT FROM payments_dispute AS dispute
            JOIN payments_attempt AS attempt ON attempt.id = dispute.attempt_id
            WHERE dispute.attempt_id = refund.attempt_id AND dispute.state = 'lost'
            GROUP BY attempt.id HAVING sum(dispute.held_minor) + refund.amount_minor > attempt.paid_minor
        ) AS is_decided
    FROM payments_refund AS refund
    JOIN orders_order AS placed ON placed.id = refund.order_id
    JOIN accounts_organiser AS organiser ON organiser.id = refund.organiser_id
    WHERE refund.id = :id
    """
)


async def refund_claim(reader: Reader, refund_id: UUID) -> RefundClaim | None:
    """What goes back by this refund; None when it is no refund in bitcoin."""
    sending = (await bitcoin.sendings(reader, [refund_id])).get(refund_id)
    row = (await reader.execute(_CLAIM, {"id": refund_id})).mappings().one_or_none()
    return None if sending is None or row is None else RefundClaim(sending, **row)


_SILENT = text(
    """
    SELECT sending.refund_id, floor(extract(epoch FROM :now - sending.asked_at) / 604800)::int AS weeks
    FROM payments_bitcoin_sending AS sending JOIN payments_refund AS refund ON refund.id = sending.refund_id
    WHERE sending.state IN ('waits', 'failed') AND refund.state NOT IN ('done', 'failed')
      AND sending.asked_at <= :now - interval '7 days' AND sending.asked_at > :now - make_interval(days => :most)
    ORDER BY sending.asked_at, sending.refund_id
    """
).bindparams(bindparam("now", type_=DateTime(timezone=True)))


async def silent_claims(reader: Reader, now: datetime, weeks_most: int) -> dict[UUID, int]:
    """Refunds whose buyers have not said where to for a week or more: for how many whole weeks, at most so many."""
    rows = await reader.execute(_SILENT, {"now": now, "most": (weeks_most + 1) * 7})
    return {row.refund_id: row.weeks for row in rows}
