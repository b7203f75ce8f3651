"""Versions of an offer that somebody holds tickets on, kept word for word."""

import json
from collections.abc import Collection
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from admitone.events.offers import Offer
from admitone.plumbing.database import Reader, Transaction


async def keep_terms(tx: Transaction, offer: Offer) -> None:
    """Keep this version of the offer. The same version again changes nothing."""
    await tx.execute(
        text(
            "INSERT INTO events_terms (event_id, version, offer) "
            "VALUES (:event_id, :version, CAST(:offer AS jsonb)) ON CONFLICT DO NOTHING"
        ),
        {
            "event_id": offer.event_id,
            "version": offer.terms_version,
            "offer": json.dumps(msgspec.to_builtins(offer)),
        },
    )


async def terms(reader: Reader, event_id: UUID, version: int) -> Offer:
    """The offer as it was in that version. It exists for every version a hold was taken on."""
    kept = await reader.execute(
        text("SELECT offer FROM events_terms WHERE event_id = :event_id AND version = :version"),
        {"event_id": event_id, "version": version},
    )
    return msgspec.convert(kept.scalar_one(), type=Offer)


_SHARE = text(
    "SELECT id, terms_version FROM events_event WHERE id = ANY(:ids) ORDER BY id FOR SHARE"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def share_versions(tx: Transaction, event_ids: Collection[UUID]) -> dict[UUID, int]:
    """The newest version of these events' offers; none of them changes until the transaction ends."""
    rows = await tx.execute(_SHARE, {"ids": list(event_ids)})
    return {row.id: row.terms_version for row in rows}
