"""Same key, same answer: what was answered to a request is kept, and given again when the request comes
again.

A request claims its key in a transaction of its own before anything happens. Then it is answered and the
answer is stored. A twin that comes meanwhile is told to wait; one that comes after a crash takes the claim
over. The effect itself is kept from happening twice by ids derived from the key, so a crash between effect
and stored answer costs nothing.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from admitone.plumbing.database import Database, Transaction
from admitone.values.refusals import Conflict, Invalid

TAKEN_OVER_AFTER_SECONDS = 60
KEPT_DAYS = 30


class KeyReused(Invalid):
    """An idempotency key came back with another request."""

    code = "idempotency.key_reused"
    text = "This Idempotency-Key was used for a different request."


class TwinInFlight(Conflict):
    """The same request, with the same idempotency key, is being answered at this moment."""

    code = "idempotency.in_flight"
    text = "The same request is being answered right now. Please ask again."


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to answer this request. `claimed_at` (database time) tells it from a claim that took its
    place.
    """

    scope: bytes
    claimed_at: datetime


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered before. `headers` are the few worth repeating."""

    status: int
    media_type: str
    headers: dict[str, str]
    body: bytes


_CLAIM = text(
    """
    INSERT INTO idempotency_key (scope, request_digest, claimed_at)
    VALUES (:scope, :digest, clock_timestamp())
    ON CONFLICT (scope) DO NOTHING RETURNING claimed_at
    """
)
_TAKE_OVER = text(
    """
    UPDATE idempotency_key SET claimed_at = clock_timestamp()
    WHERE scope = :scope AND request_digest = :digest AND status IS NULL
        AND claimed_at <= clock_timestamp() - make_interval(secs => :after_seconds)
    RETURNING claimed_at
    """
)
_READ = text(
    "SELECT request_digest, status, media_type, headers, answer FROM idempotency_key WHERE scope = :scope"
)
_STORE = text(
    """
    UPDATE idempotency_key SET status = :status, media_type = :media_type, headers = CAST(:headers AS jsonb),
        answer = :answer, answered_at = clock_timestamp()
    WHERE scope = :scope AND claimed_at = :claimed_at AND status IS NULL
    """
)
_RELEASE = text(
    "DELETE FROM idempotency_key WHERE scope = :scope AND claimed_at = :claimed_at AND status IS NULL"
)
_FORGET = text(
    """
    DELETE FROM idempotency_key WHERE scope IN (
        SELECT scope FROM idempotency_key WHERE claimed_at < clock_timestamp() - make_interval(days => :kept_days)
        ORDER BY claimed_at LIMIT :most FOR UPDATE SKIP LOCKED
    )
    """
)


async def claim(database: Database, scope: bytes, digest: bytes) -> Claim | KeptAnswer:
    """Claim `scope` (who asks what, with which key) for the request with this digest, or get the answer it
    had.

    Raises `KeyReused` when the digest is another, `TwinInFlight` when it is being answered, or a busy
    refusal.
    """

    async def story(tx: Transaction) -> Claim | KeptAnswer:
        values = {"scope": scope, "digest": digest}
        claimed_at = (await tx.execute(_CLAIM, values)).scalar_one_or_none()
        if claimed_at is None:
            known = (await tx.execute(_READ, {"scope": scope})).one_or_none()
            if known is None:
                raise TwinInFlight  # released this very moment: asking again will succeed
            if known.request_digest != digest:
                raise KeyReused
            if known.status is not None:
                return KeptAnswer(
                    known.status, known.media_type or "", known.headers or {}, known.answer or b""
                )
            claimed_at = (
                await tx.execute(_TAKE_OVER, {**values, "after_seconds": TAKEN_OVER_AFTER_SECONDS})
            ).scalar_one_or_none()
            if claimed_at is None:
                raise TwinInFlight
        return Claim(scope, claimed_at)

    return await database.run(story)


async def store(database: Database, claim: Claim, answer: KeptAnswer) -> bool:
    """Keep the answer; False when the claim was taken over meanwhile, and then nothing is kept."""

    async def story(tx: Transaction) -> bool:
        stored = await tx.execute(
            _STORE,
            {
                "scope": claim.scope,
                "claimed_at": claim.claimed_at,
                "status": answer.status,
                "media_type": answer.media_type,
                "headers": json.dumps(answer.headers),
                "answer": answer.body,
            },
        )
        return stored.rowcount == 1

    return await database.run(story)


async def release(database: Database, claim: Claim) -> None:
    """Nothing was decided: the same request may be tried again at once."""

    async def story(tx: Transaction) -> None:
        await tx.execute(_RELEASE, {"scope": claim.scope, "claimed_at": claim.claimed_at})

    await database.run(story)


async def forget_old(tx: Transaction, most: int = 1000) -> int:
    """Delete answers older than 30 days, up to `most`; how many. For the timetable."""
    return (await tx.execute(_FORGET, {"most": most, "kept_days": KEPT_DAYS})).rowcount
