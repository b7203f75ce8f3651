"""Versions of an offer that somebody holds tickets on, kept word for word."""

import json
from uuid import UUID

import msgspec
from sqlalchemy import text

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
