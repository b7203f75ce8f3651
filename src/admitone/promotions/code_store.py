"""The SQL of promo codes themselves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, exists, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import Text, Uuid

from admitone.plumbing.database import Reader, Transaction
from admitone.promotions.codes import PromoTerms, Promotion, key_of
from admitone.promotions.tables import Batch, CodeRow, Redemption

_TABLE = CodeRow.__table__
_SETS = frozenset({"event_ids", "type_ids", "unlocked_type_ids"})


def _of_row(row: Row[Any]) -> Promotion:
    stored = row._mapping
    terms: dict[str, Any] = {
        name: frozenset(stored[name]) if name in _SETS and stored[name] is not None else stored[name]
        for name in PromoTerms.__dataclass_fields__
    }
    return Promotion(
        id=stored["id"],
        organiser_id=stored["organiser_id"],
        batch_id=stored["batch_id"],
        code=stored["code"],
        state=stored["state"],
        terms=PromoTerms(**terms),
        uses=stored["uses"],
        tickets=stored["tickets"],
        created_at=stored["created_at"],
    )


def columns_of(terms: PromoTerms) -> dict[str, object]:
    """The terms as columns; sets in one order."""
    columns = asdict(terms)
    for name in _SETS:
        columns[name] = None if columns[name] is None else sorted(columns[name])
    return columns


async def insert_code(
    tx: Transaction, promotion_id: UUID, organiser_id: UUID, code: str, terms: PromoTerms, now: datetime
) -> bool:
    """Write a code; False when the organiser has one of that key."""
    written = insert(CodeRow).values(
        id=promotion_id,
        organiser_id=organiser_id,
        batch_id=None,
        code=code,
        code_key=key_of(code),
        state="active",
        uses=0,
        tickets=0,
        created_at=now,
        updated_at=now,
        **columns_of(terms),
    )
    written = written.on_conflict_do_nothing(index_elements=["organiser_id", "code_key"])
    return (await tx.execute(written.returning(CodeRow.id))).one_or_none() is not None


async def insert_batch(
    tx: Transaction, batch_id: UUID, organiser_id: UUID, prefix: str, quantity: int, now: datetime
) -> None:
    """Write a batch."""
    await tx.execute(
        insert(Batch).values(
            id=batch_id, organiser_id=organiser_id, prefix=prefix, quantity=quantity, created_at=now
        )
    )


_COPY = text(
    """
    INSERT INTO promotions_code (id, organiser_id, batch_id, code, code_key, state, note, event_ids, type_ids,
        unlocked_type_ids, includes_bundles, effect, percent_bps, amount_minor, currency, quantity_min, quantity_max,
        is_combinable, valid_from, valid_until, total_limit, per_person_limit, limit_unit, uses, tickets,
        created_at, updated_at)
    SELECT new.i, :organiser_id, :batch_id, new.c, new.k, 'active', :note, CAST(:event_ids AS uuid[]),
        CAST(:type_ids AS uuid[]), CAST(:unlocked_type_ids AS uuid[]), :includes_bundles, :effect, :percent_bps,
        :amount_minor, CAST(:currency AS text), :quantity_min, CAST(:quantity_max AS bigint), :is_combinable,
        CAST(:valid_from AS timestamptz), CAST(:valid_until AS timestamptz), CAST(:total_limit AS bigint),
        CAST(:per_person_limit AS bigint), :limit_unit, 0, 0, CAST(:now AS timestamptz), CAST(:now AS timestamptz)
    FROM unnest(:ids, :codes, :keys) AS new (i, c, k)
    ON CONFLICT (organiser_id, code_key) DO NOTHING RETURNING id
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    *(bindparam(name, type_=ARRAY(Uuid)) for name in sorted(_SETS)),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("codes", "keys")),
)


async def insert_codes(
    tx: Transaction,
    organiser_id: UUID,
    batch_id: UUID,
    codes: Mapping[UUID, str],
    terms: PromoTerms,
    now: datetime,
) -> int:
    """Write codes of one batch, all of the same terms; how many were new."""
    written = await tx.execute(
        _COPY,
        {
            "organiser_id": organiser_id,
            "batch_id": batch_id,
            "now": now,
            "ids": list(codes),
            "codes": list(codes.values()),
            "keys": [key_of(code) for code in codes.values()],
            **columns_of(terms),
        },
    )
    return len(written.all())


async def find(reader: Reader, organiser_id: UUID, keys: Collection[str]) -> dict[str, Promotion]:
    """The organiser's codes of these keys, by key."""
    wanted = select(_TABLE).where(CodeRow.organiser_id == organiser_id, CodeRow.code_key.in_(list(keys)))
    return {row.code_key: _of_row(row) for row in await reader.execute(wanted)}


async def read(
    reader: Reader, organiser_id: UUID, promotion_id: UUID, *, for_update: bool = False
) -> Promotion | None:
    """A code of the organiser's; locked on request."""
    wanted = select(_TABLE).where(CodeRow.organiser_id == organiser_id, CodeRow.id == promotion_id)
    if for_update:
        wanted = wanted.with_for_update(key_share=True)
    row = (await reader.execute(wanted)).one_or_none()
    return None if row is None else _of_row(row)


async def page_of(
    reader: Reader,
    organiser_id: UUID,
    *,
    batch_id: UUID | None,
    part: str = "",
    before: UUID | None = None,
    limit: int | None = None,
) -> list[Promotion]:
    """Codes of a batch, or those of none; newest first, older than `before`. `part` is a part of their keys."""
    wanted = select(_TABLE).where(CodeRow.organiser_id == organiser_id, CodeRow.batch_id == batch_id)
    if part:
        wanted = wanted.where(CodeRow.code_key.contains(part, autoescape=True))
    if before is not None:
        wanted = wanted.where(CodeRow.id < before)
    wanted = wanted.order_by(CodeRow.id.desc())
    if limit is not None:
        wanted = wanted.limit(limit)
    return [_of_row(row) for row in await reader.execute(wanted)]


async def batch_size(reader: Reader, organiser_id: UUID, batch_id: UUID) -> int | None:
    """How many codes a batch of the organiser's was made of; None when there is none."""
    wanted = select(Batch.quantity).where(Batch.organiser_id == organiser_id, Batch.id == batch_id)
    return (await reader.execute(wanted)).scalar_one_or_none()


async def save(tx: Transaction, promotion_id: UUID, code: str, terms: PromoTerms, now: datetime) -> None:
    """Write over what the organiser set. The caller has locked the code."""
    await tx.execute(
        update(CodeRow)
        .where(CodeRow.id == promotion_id)
        .values(code=code, code_key=key_of(code), updated_at=now, **columns_of(terms))
    )


async def set_state(
    tx: Transaction, organiser_id: UUID, state: str, now: datetime, *, at: Sequence[tuple[str, UUID]]
) -> int:
    """Pause or resume the codes of which this column has this value; how many changed."""
    changed = update(CodeRow).where(CodeRow.organiser_id == organiser_id, CodeRow.state != state)
    for column, value in at:
        changed = changed.where(_TABLE.c[column] == value)
    changed = changed.values(state=state, updated_at=now)
    return len((await tx.execute(changed.returning(CodeRow.id))).all())


async def has_redemptions(reader: Reader, promotion_id: UUID) -> bool:
    """Whether it was ever redeemed, given back or not."""
    return bool((await reader.execute(select(exists().where(Redemption.code_id == promotion_id)))).scalar())


async def delete_code(tx: Transaction, promotion_id: UUID) -> None:
    """Delete a code that was never redeemed; locked by the caller."""
    await tx.execute(delete(CodeRow).where(CodeRow.id == promotion_id))


_LOCK_UNUSED = text(
    """
    SELECT c.id FROM promotions_code AS c WHERE c.organiser_id = :organiser_id AND c.batch_id = :batch_id
        AND NOT EXISTS (SELECT FROM promotions_redemption AS r WHERE r.code_id = c.id)
    ORDER BY c.id FOR UPDATE OF c
    """
)
_DELETE_UNUSED = text(
    """
    DELETE FROM promotions_code AS c WHERE c.id = ANY(:ids)
        AND NOT EXISTS (SELECT FROM promotions_redemption AS r WHERE r.code_id = c.id)
    RETURNING c.id
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def delete_unused(tx: Transaction, organiser_id: UUID, batch_id: UUID) -> int:
    """Delete the codes of a batch that were never redeemed; how many."""
    found = await tx.execute(_LOCK_UNUSED, {"organiser_id": organiser_id, "batch_id": batch_id})
    ids = [row.id for row in found]
    # Once more under the lock: somebody may have redeemed one while we waited for it.
    return len((await tx.execute(_DELETE_UNUSED, {"ids": ids})).all())
