"""Notices' SQL: each is kept once per account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import LargeBinary

from admitone.payments.kinds import SANDBOX_ACCOUNT
from admitone.payments.provider import About
from admitone.payments.store import IDS, WORDS
from admitone.plumbing.database import Transaction
from admitone.plumbing.direct import Direct


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A genuine notice to keep."""

    id: UUID
    provider: str
    notice_id: str
    provider_ref: str
    body: bytes
    account_id: UUID = SANDBOX_ACCOUNT
    about: About = About.PAYMENT


_KEEP = Direct(
    text(
        """
    INSERT INTO payments_notice (id, provider, account_id, about, notice_id, provider_ref, body, received_at)
    SELECT id, provider, account_id, about, notice_id, provider_ref, body, :now
    FROM unnest(:ids, :providers, :accounts, :abouts, :notice_ids, :refs, :bodies)
         AS notice (id, provider, account_id, about, notice_id, provider_ref, body)
    ORDER BY account_id, notice_id
    ON CONFLICT (account_id, notice_id) DO NOTHING
    RETURNING id
    """
    ).bindparams(
        *(bindparam(name, type_=IDS) for name in ("ids", "accounts")),
        *(bindparam(name, type_=WORDS) for name in ("providers", "abouts", "notice_ids", "refs")),
        bindparam("bodies", type_=ARRAY(LargeBinary)),
    )
)


async def keep_notices(tx: Transaction, notices: Sequence[NewNotice], now: datetime) -> set[UUID]:
    """Store those that are new; which they are."""
    ran = await _KEEP.run(
        tx,
        {
            "ids": [one.id for one in notices],
            "providers": [one.provider for one in notices],
            "accounts": [one.account_id for one in notices],
            "abouts": [one.about.value for one in notices],
            "notice_ids": [one.notice_id for one in notices],
            "refs": [one.provider_ref for one in notices],
            "bodies": [one.body for one in notices],
            "now": now,
        },
    )
    return {row.id for row in ran.rows}
