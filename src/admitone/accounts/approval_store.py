"""The SQL of approvals: above which amounts a second member is asked, and what waits for their yes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from admitone.plumbing.database import Reader, Transaction


class ApprovalState(StrEnum):
    """waiting -> approved -> done; waiting or approved -> declined."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class ApprovalLimit:
    """Above which amounts, in minor units of `currency`, a second member is asked; None is never."""

    currency: str
    refund_minor: int | None
    payout_minor: int | None


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval as stored (`tables.Approval`)."""

    id: UUID
    organiser_id: UUID
    kind: str
    subject: str
    words: str
    intent: Mapping[str, Any]
    currency: str
    amount_minor: int
    state: str
    asked_by: UUID
    asked_at: datetime
    expires_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None


_COLUMNS = ", ".join(Approval.__dataclass_fields__)


async def approval_limits(reader: Reader, organiser_id: UUID) -> list[ApprovalLimit]:
    """The organiser's limits, by currency."""
    rows = await reader.execute(
        text(
            "SELECT currency, refund_minor, payout_minor FROM accounts_approval_limit "
            "WHERE organiser_id = :organiser_id ORDER BY currency"
        ),
        {"organiser_id": organiser_id},
    )
    return [ApprovalLimit(*row) for row in rows]


async def set_approval_limit(tx: Transaction, organiser_id: UUID, limit: ApprovalLimit) -> None:
    """Set or change one currency's limits."""
    await tx.execute(
        text(
            "INSERT INTO accounts_approval_limit (organiser_id, currency, refund_minor, payout_minor) "
            "VALUES (:organiser_id, :currency, :refund_minor, :payout_minor) "
            "ON CONFLICT (organiser_id, currency) DO UPDATE "
            "SET refund_minor = EXCLUDED.refund_minor, payout_minor = EXCLUDED.payout_minor"
        ),
        {
            "organiser_id": organiser_id,
            "currency": limit.currency,
            "refund_minor": limit.refund_minor,
            "payout_minor": limit.payout_minor,
        },
    )


_FORGET = text(
    """
    UPDATE accounts_approval SET state = 'declined', decided_by = asked_by, decided_at = :asked_at
    WHERE organiser_id = :organiser_id AND kind = :kind AND subject = :subject AND state = 'waiting'
      AND expires_at <= :asked_at
    """
)
_ASK = text(
    f"""
    INSERT INTO accounts_approval ({_COLUMNS})
    VALUES (:id, :organiser_id, :kind, :subject, :words, :intent, :currency, :amount_minor, :state, :asked_by,
        :asked_at, :expires_at, NULL, NULL)
    ON CONFLICT DO NOTHING
    """
).bindparams(bindparam("intent", type_=JSONB))
_OPEN = text(
    f"""
    SELECT {_COLUMNS} FROM accounts_approval WHERE organiser_id = :organiser_id AND kind = :kind
      AND subject = :subject AND state IN ('waiting', 'approved')
    """
)


async def insert_approval(tx: Transaction, asked: Approval) -> tuple[Approval, bool]:
    """Ask, unless the same is asked already; what waits now, and whether it is new. What ran out counts no more."""
    fields = {name: getattr(asked, name) for name in Approval.__dataclass_fields__}
    await tx.execute(_FORGET, fields)
    is_new = (await tx.execute(_ASK, fields)).rowcount == 1
    found = (await tx.execute(_OPEN, fields)).one_or_none()
    return (asked if found is None else Approval(*found)), is_new


async def approval(reader: Reader, organiser_id: UUID, approval_id: UUID) -> Approval | None:
    """The organiser's approval with this id."""
    wanted = f"SELECT {_COLUMNS} FROM accounts_approval WHERE id = :id AND organiser_id = :organiser_id"
    row = (
        await reader.execute(text(wanted), {"id": approval_id, "organiser_id": organiser_id})
    ).one_or_none()
    return None if row is None else Approval(*row)


async def approvals_of(reader: Reader, organiser_id: UUID, most: int) -> list[Approval]:
    """The organiser's approvals, newest first."""
    wanted = f"SELECT {_COLUMNS} FROM accounts_approval WHERE organiser_id = :organiser_id ORDER BY id DESC LIMIT :most"
    return [
        Approval(*row)
        for row in await reader.execute(text(wanted), {"organiser_id": organiser_id, "most": most})
    ]


async def agreed_subjects(reader: Reader, organiser_id: UUID, subjects: Collection[str]) -> set[str]:
    """To which of these a second member has said yes."""
    rows = await reader.execute(
        text(
            "SELECT subject FROM accounts_approval WHERE organiser_id = :organiser_id "
            "AND subject = ANY(:subjects) AND state IN ('approved', 'done')"
        ).bindparams(bindparam("subjects", type_=ARRAY(Text))),
        {"organiser_id": organiser_id, "subjects": list(subjects)},
    )
    return set(rows.scalars())


async def approved(reader: Reader, before: datetime, most: int) -> list[Approval]:
    """Approvals given before then whose intent has not been carried out: whoever was at it has died."""
    wanted = f"SELECT {_COLUMNS} FROM accounts_approval WHERE state = 'approved' AND decided_at <= :before LIMIT :most"
    return [Approval(*row) for row in await reader.execute(text(wanted), {"before": before, "most": most})]


_MOVE = text(
    """
    UPDATE accounts_approval SET state = :to_state, decided_by = coalesce(decided_by, :by),
        decided_at = coalesce(decided_at, :now)
    WHERE id = :id AND state = ANY(:from_states) RETURNING id
    """
)


async def move_approval(
    tx: Transaction,
    approval_id: UUID,
    from_states: tuple[ApprovalState, ...],
    to_state: ApprovalState,
    *,
    by: UUID,
    now: datetime,
) -> bool:
    """Change its state; False when it is in none of these."""
    params = {
        "id": approval_id,
        "from_states": [one.value for one in from_states],
        "to_state": to_state.value,
        "by": by,
        "now": now,
    }
    return (await tx.execute(_MOVE, params)).one_or_none() is not None
