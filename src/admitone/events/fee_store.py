"""What a site and one organiser have agreed on as the site's fees, from when on. Lines are added, never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class FeeAgreement:
    """Fees on tickets of events made from `valid_from` on. `platform` and `processing` are plain JSON: `bps`, and
    `fixed_minor` and `most_minor` by currency. `set_by` as the journal names them.
    """

    id: UUID
    organiser_id: UUID
    valid_from: datetime
    platform: Mapping[str, Any]
    processing: Mapping[str, Any]
    note: str
    set_by: str
    created_at: datetime


_COLUMNS = "id, organiser_id, valid_from, platform, processing, note, set_by, created_at"


async def add_fee_agreement(tx: Transaction, one: FeeAgreement) -> FeeAgreement:
    """Write a line; the one that is there when the id is known."""
    await tx.execute(
        text(
            f"INSERT INTO events_fee_agreement ({_COLUMNS}) VALUES (:id, :organiser_id, :valid_from, "
            "CAST(:platform AS jsonb), CAST(:processing AS jsonb), :note, :set_by, :created_at) "
            "ON CONFLICT (id) DO NOTHING"
        ),
        {
            "id": one.id,
            "organiser_id": one.organiser_id,
            "valid_from": one.valid_from,
            "platform": json.dumps(dict(one.platform)),
            "processing": json.dumps(dict(one.processing)),
            "note": one.note,
            "set_by": one.set_by,
            "created_at": one.created_at,
        },
    )
    found = await tx.execute(
        text(f"SELECT {_COLUMNS} FROM events_fee_agreement WHERE id = :id"),
        {"id": one.id},
    )
    return FeeAgreement(*found.one())


async def fee_agreements(reader: Reader, organiser_id: UUID) -> list[FeeAgreement]:
    """All that was agreed with an organiser, the newest line of each moment first."""
    rows = await reader.execute(
        text(
            f"SELECT {_COLUMNS} FROM events_fee_agreement WHERE organiser_id = :id "
            "ORDER BY valid_from DESC, id DESC LIMIT 200"
        ),
        {"id": organiser_id},
    )
    return [FeeAgreement(*row) for row in rows]


async def fee_agreement_at(reader: Reader, organiser_id: UUID, at: datetime) -> FeeAgreement | None:
    """What holds for an event made at this moment; None when nothing was agreed."""
    rows = await reader.execute(
        text(
            f"SELECT {_COLUMNS} FROM events_fee_agreement "
            "WHERE organiser_id = :id AND valid_from <= :at ORDER BY valid_from DESC, id DESC LIMIT 1"
        ),
        {"id": organiser_id, "at": at},
    )
    row = rows.one_or_none()
    return None if row is None else FeeAgreement(*row)
