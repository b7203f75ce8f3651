"""An organiser's invoices, credit notes and receipts: the list on its page, and all of a period for bookkeepers.

The period is of the day written on the document. Documents are never changed, so a period that is over gives the same
for ever, and pages of it can be read one after the other.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, or_, select, tuple_

from admitone import accounts, invoices
from admitone.invoices.tables import InvoiceDocument
from admitone.orders.tables import Order
from admitone.plumbing.database import Database, Reader
from admitone.reads import by_instant
from admitone.values import paging
from admitone.values.actor import Action, Actor
from admitone.values.ids import normalise_code
from admitone.values.paging import Page
from admitone.values.refusals import Invalid

KINDS: Final = ("invoice", "credit_note", "receipt", "refund_receipt")
_QUERY_MOST: Final = 200
_BATCH: Final = 100


class BadKind(Invalid):
    """Not a kind of document."""

    code = "invoices.bad_kind"
    text = "A document is one of: {choices}."


@dataclass(frozen=True, slots=True)
class DocumentsWanted:
    """What to look for; None and empty mean everything. `query` is part of a number or of the buyer's name, or an order
    code. `from_day` and `until_day` are both within.
    """

    kind: str | None = None
    query: str = ""
    from_day: date | None = None
    until_day: date | None = None
    is_test: bool | None = None


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document in the list, in whole minor units; what is credited is above zero, as on the paper."""

    id: UUID
    number_text: str
    kind: invoices.Kind
    issued_on: date
    is_test: bool
    order_code: str
    event_id: UUID
    buyer: str
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int


_ISSUED_ON = InvoiceDocument.content["issued_on"].astext
_BUYER = func.coalesce(
    InvoiceDocument.content[("buyer", "company")].astext, InvoiceDocument.content[("buyer", "name")].astext
)


async def documents_list(
    reader: Reader,
    actor: Actor,
    organiser_id: UUID,
    wanted: DocumentsWanted,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ListedDocument]:
    """The organiser's documents, newest first. Raises `Forbidden`, `BadKind`, `BadCursor`, `BadLimit`."""
    accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
    most = paging.checked_limit(limit)
    chosen = (
        select(
            InvoiceDocument.id,
            InvoiceDocument.issued_at,
            InvoiceDocument.number_text,
            InvoiceDocument.kind,
            _ISSUED_ON.label("issued_on"),
            InvoiceDocument.is_test,
            Order.code.label("order_code"),
            Order.event_id,
            _BUYER.label("buyer"),
            InvoiceDocument.currency,
            InvoiceDocument.net_minor,
            InvoiceDocument.tax_minor,
            InvoiceDocument.gross_minor,
        )
        .join(Order, Order.id == InvoiceDocument.order_id)
        .where(*_where(organiser_id, wanted))
        .order_by(InvoiceDocument.issued_at.desc(), InvoiceDocument.id.desc())
        .limit(most + 1)
    )
    if cursor is not None:
        chosen = chosen.where(
            tuple_(InvoiceDocument.issued_at, InvoiceDocument.id) < tuple_(*by_instant.read(cursor))
        )
    rows = (await reader.execute(chosen)).all()
    shown = tuple(_listed(row) for row in rows[:most])
    return Page(shown, by_instant.following(rows, most, lambda row: (row.issued_at, row.id)))


async def documents_count(reader: Reader, actor: Actor, organiser_id: UUID, wanted: DocumentsWanted) -> int:
    """How many documents that are. Raises `Forbidden`, `BadKind`."""
    accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
    counted = (
        select(func.count())
        .select_from(InvoiceDocument)
        .join(Order, Order.id == InvoiceDocument.order_id)
        .where(*_where(organiser_id, wanted))
    )
    return int((await reader.execute(counted)).scalar_one())


async def all_documents(
    database: Database, organiser_id: UUID, wanted: DocumentsWanted
) -> AsyncGenerator[Sequence[invoices.Document], None]:
    """All of them whole, in batches, by kind and number. The caller has asked for permission. Each batch is a read of
    its own: files of many documents take minutes, and nothing may be held so long.
    """
    after: tuple[str, int, bool, int] | None = None
    while True:
        async with database.reading() as reader:
            key = (
                InvoiceDocument.kind,
                InvoiceDocument.year,
                InvoiceDocument.is_test,
                InvoiceDocument.number,
            )
            chosen = (
                select(InvoiceDocument.id, *key)
                .join(Order, Order.id == InvoiceDocument.order_id)
                .where(*_where(organiser_id, wanted))
                .order_by(*key)
                .limit(_BATCH)
            )
            if after is not None:
                chosen = chosen.where(tuple_(*key) > tuple_(*after))
            rows = (await reader.execute(chosen)).all()
            found = await invoices.read_many(reader, [row.id for row in rows])
        if not rows:
            return
        last = rows[-1]
        after = (last.kind, last.year, last.is_test, last.number)
        yield [found[row.id] for row in rows]


async def owned_document(
    reader: Reader, actor: Actor, organiser_id: UUID, document_id: UUID
) -> invoices.Document:
    """One of the organiser's. Raises `Forbidden`, `DocumentNotFound`, also for another organiser's."""
    accounts.permit(actor, Action.SEE_ORDERS, organiser_id)
    found = await invoices.read(reader, document_id)
    if found.organiser_id != organiser_id:
        raise invoices.DocumentNotFound
    return found


def checked_kind(wanted: DocumentsWanted) -> DocumentsWanted:
    """The same. Raises `BadKind`."""
    if wanted.kind and wanted.kind not in KINDS:
        raise BadKind(field="kind", choices=", ".join(KINDS))
    return wanted


def _where(organiser_id: UUID, wanted: DocumentsWanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [InvoiceDocument.organiser_id == organiser_id]
    if wanted.kind:
        conditions.append(InvoiceDocument.kind == checked_kind(wanted).kind)
    if wanted.from_day is not None:
        conditions.append(wanted.from_day.isoformat() <= _ISSUED_ON)
    if wanted.until_day is not None:
        conditions.append(wanted.until_day.isoformat() >= _ISSUED_ON)
    if wanted.is_test is not None:
        conditions.append(InvoiceDocument.is_test == wanted.is_test)
    query = wanted.query.strip()[:_QUERY_MOST]
    if query:
        conditions.append(
            or_(
                InvoiceDocument.number_text.icontains(query, autoescape=True),
                _BUYER.icontains(query, autoescape=True),
                Order.code == normalise_code(query),
            )
        )
    return conditions


def _listed(row: Row[Any]) -> ListedDocument:
    kept = {name: value for name, value in row._mapping.items() if name != "issued_at"}
    return ListedDocument(**{**kept, "issued_on": date.fromisoformat(row.issued_on)})
