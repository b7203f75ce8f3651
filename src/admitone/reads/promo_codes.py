"""An organiser's promo codes with what they did: the list, one code, one batch."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from admitone import accounts, promotions
from admitone.plumbing.database import Reader
from admitone.promotions import Promotion
from admitone.values import paging
from admitone.values.actor import Action, Actor
from admitone.values.paging import Page

BATCHES_MOST = 100


@dataclass(frozen=True, slots=True)
class CodeSales:
    """What a code did in one currency: what came off, and what the orders with it came to. Minor units.

    `orders` and `tickets` are paid ones, `waiting` are orders that wait for their money.
    """

    currency: str
    orders: int
    tickets: int
    off_minor: int
    total_minor: int
    waiting: int


@dataclass(frozen=True, slots=True)
class ListedCode:
    """A code and what it did, by currency."""

    promotion: Promotion
    sales: tuple[CodeSales, ...]


@dataclass(frozen=True, slots=True)
class ListedBatch:
    """Codes made at once. `left` were not deleted, `used` of them were redeemed, `paused` are paused."""

    id: UUID
    prefix: str
    made: int
    left: int
    used: int
    paused: int
    created_at: datetime


_SALES = """
    SELECT {what} AS id, r.currency,
        count(DISTINCT o.id) FILTER (WHERE r.state = 'used') AS orders,
        coalesce(sum(r.tickets) FILTER (WHERE r.state = 'used'), 0)::bigint AS tickets,
        coalesce(sum(r.off_minor) FILTER (WHERE r.state = 'used'), 0)::bigint AS off_minor,
        coalesce(sum(o.total_minor) FILTER (WHERE r.state = 'used'), 0)::bigint AS total_minor,
        count(*) FILTER (WHERE r.state = 'reserved') AS waiting
    FROM promotions_code AS c JOIN promotions_redemption AS r ON r.code_id = c.id
    JOIN orders_order AS o ON o.id = r.order_id
    WHERE {what} = ANY(:ids) AND r.state <> 'given_back'
    GROUP BY {what}, r.currency ORDER BY {what}, r.currency
    """
_IDS = bindparam("ids", type_=ARRAY(Uuid))
_BY_CODE = text(_SALES.format(what="c.id")).bindparams(_IDS)
_BY_BATCH = text(_SALES.format(what="c.batch_id")).bindparams(_IDS)
_BATCHES = text(
    """
    SELECT b.id, b.prefix, b.quantity AS made, b.created_at, count(c.id) AS left_over,
        count(c.id) FILTER (WHERE c.uses > 0) AS used, count(c.id) FILTER (WHERE c.state = 'paused') AS paused
    FROM promotions_batch AS b LEFT JOIN promotions_code AS c ON c.batch_id = b.id
    WHERE b.organiser_id = :organiser_id AND (CAST(:batch_id AS uuid) IS NULL OR b.id = :batch_id)
    GROUP BY b.id ORDER BY b.created_at DESC, b.id DESC LIMIT :limit
    """
).bindparams(bindparam("batch_id", type_=Uuid))


async def promo_codes(
    reader: Reader,
    actor: Actor,
    organiser_id: UUID,
    *,
    part: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ListedCode]:
    """The codes that are in no batch, newest first. Raises `Forbidden`, `BadCursor`, `BadLimit`."""
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
    wanted = paging.checked_limit(limit)
    before = None if cursor is None else _id_of(cursor)
    found = await promotions.listed(reader, organiser_id, part=part, before=before, limit=wanted + 1)
    shown = found[:wanted]
    sales = await _sales(reader, [one.id for one in shown])
    return Page(
        tuple(ListedCode(one, sales.get(one.id, ())) for one in shown),
        paging.encode(str(shown[-1].id)) if len(found) > wanted else None,
    )


def _id_of(cursor: str) -> UUID:
    (found,) = paging.decode(cursor, (str,))
    try:
        return UUID(str(found))
    except ValueError:
        raise paging.BadCursor(field="cursor") from None


async def promo_code(reader: Reader, actor: Actor, organiser_id: UUID, promotion_id: UUID) -> ListedCode:
    """One code. Raises `Forbidden`, `CodeNotFound`."""
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
    found = await promotions.by_id(reader, organiser_id, promotion_id)
    return ListedCode(found, (await _sales(reader, [found.id])).get(found.id, ()))


async def promo_batches(reader: Reader, actor: Actor, organiser_id: UUID) -> list[ListedBatch]:
    """The newest batches. Raises `Forbidden`."""
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
    return await _batches(reader, organiser_id, None)


async def promo_batch(
    reader: Reader, actor: Actor, organiser_id: UUID, batch_id: UUID
) -> tuple[ListedBatch, tuple[CodeSales, ...]]:
    """One batch and what its codes did. Raises `Forbidden`, `BatchNotFound`."""
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
    found = await _batches(reader, organiser_id, batch_id)
    if not found:
        raise promotions.BatchNotFound
    rows = await reader.execute(_BY_BATCH, {"ids": [batch_id]})
    return found[0], tuple(CodeSales(*list(row)[1:]) for row in rows)


async def _batches(reader: Reader, organiser_id: UUID, batch_id: UUID | None) -> list[ListedBatch]:
    asked = {"organiser_id": organiser_id, "batch_id": batch_id, "limit": BATCHES_MOST}
    rows = await reader.execute(_BATCHES, asked)
    return [
        ListedBatch(row.id, row.prefix, row.made, row.left_over, row.used, row.paused, row.created_at)
        for row in rows
    ]


async def _sales(reader: Reader, ids: Collection[UUID]) -> Mapping[UUID, tuple[CodeSales, ...]]:
    found: dict[UUID, tuple[CodeSales, ...]] = {}
    for row in await reader.execute(_BY_CODE, {"ids": list(ids)}):
        found[row.id] = (*found.get(row.id, ()), CodeSales(*list(row)[1:]))
    return found
