"""Documents' SQL. Counters are locked in the order of their keys, after everything else a story locks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from admitone.invoices.content import Content, Document, Kind, as_record, from_record
from admitone.invoices.tables import InvoiceDocument
from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True, order=True)
class CounterKey:
    """What is numbered by itself."""

    organiser_id: UUID
    kind: Kind
    year: int
    is_test: bool


_LOCK = text(
    """
    INSERT INTO invoices_counter AS c (organiser_id, kind, year, is_test, last_number)
    SELECT w.organiser_id, w.kind, w.year, w.is_test, 0
    FROM jsonb_to_recordset(CAST(:keys AS jsonb)) AS w (organiser_id uuid, kind text, year integer, is_test boolean)
    ORDER BY w.organiser_id, w.kind, w.year, w.is_test
    ON CONFLICT (organiser_id, kind, year, is_test) DO UPDATE SET last_number = c.last_number
    RETURNING organiser_id, kind, year, is_test, last_number
    """
)


async def lock_counters(tx: Transaction, keys: Collection[CounterKey]) -> dict[CounterKey, int]:
    """The last number of each counter, made if there was none; nobody else has them until the transaction ends."""
    rows = await tx.execute(_LOCK, {"keys": msgspec.json.encode(list(keys)).decode()})
    return {CounterKey(r.organiser_id, r.kind, r.year, r.is_test): r.last_number for r in rows}


_MOVE = text(
    """
    UPDATE invoices_counter AS c SET last_number = w.last_number
    FROM jsonb_to_recordset(CAST(:moved AS jsonb))
        AS w (organiser_id uuid, kind text, year integer, is_test boolean, last_number bigint)
    WHERE (c.organiser_id, c.kind, c.year, c.is_test) = (w.organiser_id, w.kind, w.year, w.is_test)
      AND c.last_number < w.last_number
    """
)


async def move_counters(tx: Transaction, moved: Mapping[CounterKey, int]) -> None:
    """Remember the last numbers given; the counters are locked."""
    asked = [{**msgspec.to_builtins(key), "last_number": last} for key, last in moved.items()]
    result = await tx.execute(_MOVE, {"moved": msgspec.json.encode(asked).decode()})
    assert result.rowcount == len(moved), "a locked counter moves forward"


_INSERT = text(
    """
    INSERT INTO invoices_document (id, cause, organiser_id, kind, series, year, number, number_text, order_id,
        refund_id, cancels_id, issued_at, currency, net_minor, tax_minor, gross_minor, content, is_test)
    SELECT d.* FROM jsonb_to_recordset(CAST(:documents AS jsonb)) AS d (id uuid, cause text, organiser_id uuid,
        kind text, series text, year integer, number bigint, number_text text, order_id uuid, refund_id uuid,
        cancels_id uuid, issued_at timestamptz, currency text, net_minor bigint, tax_minor bigint, gross_minor bigint,
        content jsonb, is_test boolean)
    ON CONFLICT (cause) DO NOTHING
    """
)


async def insert(tx: Transaction, documents: Sequence[Document]) -> bool:
    """Write them in one statement; False when a cause among them has its document already."""
    rows = [_row(document) for document in documents]
    written = await tx.execute(_INSERT, {"documents": msgspec.json.encode(rows).decode()})
    return bool(written.rowcount == len(documents))


def _row(document: Document) -> dict[str, object]:
    row: dict[str, object] = msgspec.to_builtins(document)
    content = document.content
    amounts = {name: getattr(content, name) for name in ("currency", "net_minor", "tax_minor", "gross_minor")}
    return {**row, **amounts, "content": as_record(content)}


@dataclass(frozen=True, slots=True)
class Credited:
    """An invoice and how much of it has been taken back, in minor units."""

    id: UUID
    organiser_id: UUID
    kind: str
    number_text: str
    is_test: bool
    currency: str
    gross_minor: int
    credited_minor: int


_CREDITED = text(
    """
    SELECT i.id, i.organiser_id, i.kind, i.number_text, i.is_test, i.currency, i.gross_minor,
        CAST(COALESCE(sum(c.gross_minor), 0) AS bigint) AS credited_minor
    FROM invoices_document i LEFT JOIN invoices_document c ON c.cancels_id = i.id
    WHERE i.id = ANY(:ids) GROUP BY i.id
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def credited(reader: Reader, invoice_ids: Collection[UUID]) -> dict[UUID, Credited]:
    """What these invoices are worth and what was credited of them, by id."""
    if not invoice_ids:
        return {}
    rows = await reader.execute(_CREDITED, {"ids": list(invoice_ids)})
    return {row.id: Credited(**row._mapping) for row in rows}


_COLUMNS = tuple(getattr(InvoiceDocument, name) for name in Document.__dataclass_fields__)


async def by_ids(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Document]:
    """Those of these documents that exist, by id."""
    rows = await reader.execute(select(*_COLUMNS).where(InvoiceDocument.id.in_(ids)))
    return {row.id: _document(row._mapping) for row in rows}


async def by_orders(reader: Reader, order_ids: Collection[UUID]) -> list[Document]:
    """The documents of these orders, by order, the oldest first."""
    chosen = select(*_COLUMNS).where(InvoiceDocument.order_id.in_(order_ids))
    order = (
        InvoiceDocument.order_id,
        InvoiceDocument.issued_at,
        InvoiceDocument.number,
        InvoiceDocument.kind,
    )
    return [_document(row._mapping) for row in await reader.execute(chosen.order_by(*order))]


def _document(row: Mapping[Any, Any]) -> Document:
    content: Content = from_record(row["content"])
    return Document(**{**row, "content": content})
