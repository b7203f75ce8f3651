"""The SQL of bitcoin that goes back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text

from admitone.payments.store import IDS
from admitone.plumbing.database import Reader, Transaction

TOO_SMALL: Final = "too_small_to_send"
"""The reason of what nobody can send: it stays with whoever was paid."""


class SendingState(StrEnum):
    """`WAITS` for the buyer to name a destination; `FAILED`: it could not be sent there, and they are asked again.

    `SENDING` and `UNKNOWN` may be on their way: they are asked about, and nobody names another destination.
    """

    WAITS = "waits"
    NAMED = "named"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Sending:
    """Bitcoin that goes back for one refund: `amount_minor` of the order's currency, `amount_msat` (whole satoshi).

    `destination` is an invoice or an address as `rail` says, on `network`; `named_as` how the buyer wrote it. `round`
    counts how often they were asked. `sent_ref` is the payment hash or the transaction, `proof` the invoice's preimage.
    """

    refund_id: UUID
    attempt_id: UUID
    account_id: UUID
    rail: str
    network: str
    currency: str
    amount_minor: int
    amount_msat: int
    fee_most_msat: int
    state: SendingState
    round: int
    destination: str | None
    payment_hash: str | None
    named_as: str | None
    send_until: datetime | None
    busy_until: datetime | None
    sent_ref: str | None
    proof: bytes | None
    fee_msat: int | None
    reason: str | None
    asked_at: datetime
    named_at: datetime | None
    sending_at: datetime | None
    ended_at: datetime | None

    @property
    def can_be_named(self) -> bool:
        """The buyer may say where it goes."""
        return self.state in (SendingState.WAITS, SendingState.FAILED) and self.reason != TOO_SMALL


_COLUMNS = ", ".join(Sending.__slots__)
_VALUES = ", ".join(f":{name}" for name in Sending.__slots__)


def _sending(row: RowMapping) -> Sending:
    return Sending(**{**row, "state": SendingState(row["state"])})


_LOCK_ATTEMPT = text("SELECT pg_advisory_xact_lock(hashtextextended('bitcoin sending ' || :attempt_id, 0))")


async def lock_attempt(tx: Transaction, attempt_id: UUID) -> None:
    """What goes back of one payment is counted by one transaction at a time."""
    await tx.execute(_LOCK_ATTEMPT, {"attempt_id": str(attempt_id)})


async def insert(tx: Transaction, new: Sending) -> None:
    """Store it."""
    await tx.execute(
        text(f"INSERT INTO payments_bitcoin_sending ({_COLUMNS}) VALUES ({_VALUES})"),
        {name: getattr(new, name) for name in Sending.__slots__},
    )


async def sendings(reader: Reader, refund_ids: Collection[UUID]) -> dict[UUID, Sending]:
    """Those of these refunds."""
    rows = await reader.execute(
        text(f"SELECT {_COLUMNS} FROM payments_bitcoin_sending WHERE refund_id = ANY(:ids)").bindparams(
            bindparam("ids", type_=IDS)
        ),
        {"ids": list(refund_ids)},
    )
    return {row["refund_id"]: _sending(row) for row in rows.mappings()}


async def sendings_of(reader: Reader, attempt_id: UUID) -> list[Sending]:
    """All that goes back of one payment."""
    rows = await reader.execute(
        text(
            f"SELECT {_COLUMNS} FROM payments_bitcoin_sending WHERE attempt_id = :id ORDER BY asked_at, refund_id"
        ),
        {"id": attempt_id},
    )
    return [_sending(row) for row in rows.mappings()]


_IS_DISPUTED = text(
    """
    SELECT count(*) FILTER (WHERE dispute.state <> 'lost') > 0
        OR coalesce(sum(dispute.held_minor) FILTER (WHERE dispute.state = 'lost'), 0) > 0
        AND sum(dispute.held_minor) + (
            -- What a loss has done itself is not sent any more.
            SELECT coalesce(sum(sending.amount_minor), 0) FROM payments_bitcoin_sending AS sending
            LEFT JOIN payments_refund AS refund ON refund.id = sending.refund_id
            WHERE sending.attempt_id = :id
              AND NOT (refund.state IS NOT DISTINCT FROM 'done' AND refund.provider_ref LIKE 'dispute:%')
        ) > (SELECT coalesce(paid_minor, 0) FROM payments_attempt WHERE id = :id)
    FROM payments_dispute AS dispute WHERE dispute.attempt_id = :id AND dispute.state <> 'won'
    """
)


async def is_disputed(reader: Reader, attempt_id: UUID) -> bool:
    """Whether others want this payment back, or have taken so much of it that what is to be sent is there no more."""
    return bool((await reader.execute(_IS_DISPUTED, {"id": attempt_id})).scalar_one())


_NAME = text(
    f"""
    UPDATE payments_bitcoin_sending
    SET state = 'named', destination = :destination, payment_hash = :payment_hash, named_as = :named_as,
        send_until = :send_until, named_at = :now, reason = NULL
    WHERE refund_id = :id AND round = :round AND state IN ('waits', 'failed')
      AND reason IS DISTINCT FROM 'too_small_to_send' AND NOT EXISTS (
        SELECT FROM payments_bitcoin_sending AS other
        WHERE other.payment_hash = :payment_hash AND other.refund_id <> :id
    )
    RETURNING {_COLUMNS}
    """
)


async def name(
    tx: Transaction,
    refund_id: UUID,
    round_: int,
    *,
    destination: str,
    payment_hash: str | None,
    named_as: str | None,
    send_until: datetime | None,
    now: datetime,
) -> Sending | None:
    """It goes there; None when that was said before in this round, or the invoice is another refund's."""
    params = {"id": refund_id, "round": round_, "destination": destination, "payment_hash": payment_hash}
    params |= {"named_as": named_as, "send_until": send_until, "now": now}
    row = (await tx.execute(_NAME, params)).mappings().one_or_none()
    return None if row is None else _sending(row)


_BEGIN = text(
    f"""
    UPDATE payments_bitcoin_sending
    SET state = CASE state WHEN 'named' THEN 'sending' ELSE state END, busy_until = :until,
        sending_at = coalesce(sending_at, CAST(:now AS timestamptz))
    WHERE refund_id = :id AND state IN ('named', 'sending', 'unknown') AND (busy_until IS NULL OR busy_until <= :now)
    RETURNING {_COLUMNS}
    """
)


async def begin(tx: Transaction, refund_id: UUID, *, now: datetime, until: datetime) -> Sending | None:
    """Whoever gets it asks the node, alone until then; None when there is nothing to ask, or somebody else asks."""
    row = (await tx.execute(_BEGIN, {"id": refund_id, "now": now, "until": until})).mappings().one_or_none()
    return None if row is None else _sending(row)


_END = text(
    f"""
    UPDATE payments_bitcoin_sending
    SET state = :state, busy_until = NULL, reason = :reason,
        sending_at = CASE WHEN :state IN ('named', 'failed') THEN NULL ELSE sending_at END,
        round = round + CASE WHEN :state = 'failed' THEN 1 ELSE 0 END,
        sent_ref = CAST(:sent_ref AS text), proof = CAST(:proof AS bytea), fee_msat = CAST(:fee_msat AS bigint),
        ended_at = CASE WHEN :state = 'sent' THEN CAST(:now AS timestamptz) END
    WHERE refund_id = :id AND state IN ('sending', 'unknown') AND busy_until = :mine RETURNING {_COLUMNS}
    """
)


async def end(
    tx: Transaction,
    mine: Sending,
    state: SendingState,
    *,
    now: datetime,
    reason: str | None = None,
    sent_ref: str | None = None,
    proof: bytes | None = None,
    fee_msat: int | None = None,
) -> Sending | None:
    """What the node said of it, to whoever has it as `begin` gave it; None when their time is over and it is somebody
    else's, or has ended. Of what failed the next round begins.
    """
    params: dict[str, object] = {"id": mine.refund_id, "mine": mine.busy_until, "state": state.value}
    params |= {"now": now, "reason": reason, "sent_ref": sent_ref, "proof": proof, "fee_msat": fee_msat}
    row = (await tx.execute(_END, params)).mappings().one_or_none()
    return None if row is None else _sending(row)


_END_UNSENT = text(
    """
    UPDATE payments_bitcoin_sending SET state = 'failed', round = round + 1, reason = :reason
    WHERE refund_id = :id AND state IN ('waits', 'named', 'failed') RETURNING refund_id
    """
)


_LESSEN = text(
    f"""
    UPDATE payments_bitcoin_sending
    SET amount_msat = :msat, amount_minor = :minor, state = 'failed', round = round + 1, reason = :reason
    WHERE refund_id = :id AND state IN ('waits', 'named', 'failed') AND amount_minor > :minor RETURNING {_COLUMNS}
    """
)


async def lessen(tx: Transaction, refund_id: UUID, minor: int, msat: int, reason: str) -> Sending | None:
    """Only so much is to be sent, and another round begins, as what was named may be an invoice over more. None when it
    is on its way, or was sent, or there is none.
    """
    params = {"id": refund_id, "minor": minor, "msat": msat, "reason": reason}
    rows = await tx.execute(_LESSEN, params)
    row = rows.mappings().one_or_none()
    return None if row is None else _sending(row)


async def end_unsent(tx: Transaction, refund_id: UUID, reason: str) -> bool:
    """Nothing of it is sent any more. It counts as another round, so that nobody names a place in the one before.
    False when it is on its way, or was sent, or there is none.
    """
    rows = await tx.execute(_END_UNSENT, {"id": refund_id, "reason": reason})
    return rows.one_or_none() is not None
