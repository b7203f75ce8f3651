"""Documents as files: one as PDF or XML; a period as a ZIP of PDFs, or as a CSV list for the tax adviser.

A period is written as it is read, because a festival has ten thousand documents: a file of them needs the memory of
one. Rendering runs in a thread.
"""

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from admitone import accounts, invoices
from admitone.invoices import Document, Line, Party, Sold
from admitone.plumbing.database import Database
from admitone.reads.documents_list import DocumentsWanted, all_documents, checked_kind
from admitone.reads.ledger_exports.comma import BYTE_ORDER_MARK, guarded
from admitone.values import currencies
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import uuid7

CSV_COLUMNS: Final = (
    "number",
    "kind",
    "date",
    "cancels",
    "order",
    "event",
    "event_date",
    "buyer",
    "company",
    "country",
    "vat_id",
    "currency",
    "tax_category",
    "tax_rate_percent",
    "net",
    "tax",
    "gross",
    "paid_on",
    "is_test",
)


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """`name` is plain ASCII. `chunks` can be read once; whoever stops in the middle closes it."""

    name: str
    media_type: str
    chunks: AsyncGenerator[bytes, None]


async def as_pdf(document: Document) -> bytes:
    """With the XML inside where there is one."""
    return await asyncio.to_thread(invoices.render_pdf, document)


async def as_xml(document: Document) -> bytes:
    """Raises `NoMachineForm`."""
    return await asyncio.to_thread(invoices.render_xml, document)


async def zip_of(
    database: Database, actor: Actor, organiser_id: UUID, wanted: DocumentsWanted
) -> DocumentFile:
    """Every document of the period as PDF, with the list. Raises `Forbidden`, `BadKind`."""
    accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
    chunks = _zipped(database, organiser_id, checked_kind(wanted))
    return DocumentFile(f"{_stem(wanted)}.zip", "application/zip", chunks)


async def csv_of(
    database: Database, actor: Actor, organiser_id: UUID, wanted: DocumentsWanted
) -> DocumentFile:
    """A row for each document and rate of tax; credit notes are below zero. Raises `Forbidden`, `BadKind`."""
    accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
    return DocumentFile(
        f"{_stem(wanted)}.csv",
        "text/csv; charset=utf-8",
        _listed(database, organiser_id, checked_kind(wanted)),
    )


async def sample_pdf(
    database: Database, clock: Clock, actor: Actor, organiser_id: UUID, currency: str = "EUR"
) -> bytes:
    """How the organiser's invoices look now: an invented sale, marked as a test. Raises `Forbidden`."""
    accounts.permit(actor, Action.MANAGE_ORGANISER, organiser_id)
    async with database.reading() as reader:
        seller = await invoices.seller_of(reader, organiser_id)
    now = clock.now()
    buyer = Party(
        "Ada Obi", "ada@example.org", address_lines=("Kastanienallee 1", "10435 Berlin"), country="DE"
    )
    is_taxed = not seller.is_small_business
    unit = 10 ** currencies.exponent(currency)
    sold = [
        Sold(
            "General admission",
            2,
            119 * unit // 10,
            19 * unit // 10 if is_taxed else 0,
            1900 if is_taxed else 0,
        )
    ]
    paid_minor = sum(one.unit_total_minor * one.quantity for one in sold)
    said: dict[str, Any] = {
        "currency": currency,
        "issued_on": now.date(),
        "order_code": "EXAMPLE",
        "occasion": invoices.Occasion("Example event", now.date()),
        "payment": invoices.Payment("This is an example. Nothing was sold.", paid_minor, paid_on=now.date()),
    }
    try:
        content = invoices.invoice(seller, buyer, sold, **said)
    except invoices.SellerIncomplete:
        party = seller.party() if seller.legal_name else Party("Your legal name")
        content = invoices.receipt(party, buyer, sold, footer=seller.footer, **said)
    draft = invoices.Draft(
        f"sample:{organiser_id}", organiser_id, uuid7(), now, content, is_test=True, prefix=seller.prefix
    )
    return await as_pdf(draft.numbered(1))


def file_name(document: Document, ending: str) -> str:
    """`INV-2026-000123.pdf`: a number is letters, digits and hyphens."""
    return f"{document.number_text}.{ending}"


def _stem(wanted: DocumentsWanted) -> str:
    days = [day.isoformat() for day in (wanted.from_day, wanted.until_day) if day is not None]
    return "_".join(["documents", *days, *(["test"] if wanted.is_test else [])])


class _Pipe(io.RawIOBase):
    """What a ZIP is written to and taken from, piece by piece. It cannot seek, so sizes stand behind each file."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        # The base class is typed for buffers, which have a name in Python 3.12 only.
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """All since the last time."""
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole


async def _zipped(
    database: Database, organiser_id: UUID, wanted: DocumentsWanted
) -> AsyncGenerator[bytes, None]:
    pipe, rows = _Pipe(), io.StringIO()
    rows.write(_header())
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as file:
        async with aclosing(all_documents(database, organiser_id, wanted)) as batches:
            async for batch in batches:
                for one in batch:
                    made = await as_pdf(one)
                    file.writestr(_entry(one, file_name(one, "pdf")), made)
                    yield pipe.taken()
                rows.write(_rows(batch))
        # Last, because it is known last; small, unlike the files before it.
        file.writestr("list.csv", rows.getvalue().encode())
    yield pipe.taken()


def _entry(document: Document, name: str) -> zipfile.ZipInfo:
    """At its own time, so that the same documents make the same file."""
    folder = "test/" if document.is_test else ""
    return zipfile.ZipInfo(f"{folder}{document.content.kind}/{name}", document.issued_at.timetuple()[:6])


async def _listed(
    database: Database, organiser_id: UUID, wanted: DocumentsWanted
) -> AsyncGenerator[bytes, None]:
    yield BYTE_ORDER_MARK + _header().encode()
    async with aclosing(all_documents(database, organiser_id, wanted)) as batches:
        async for batch in batches:
            yield _rows(batch).encode()


def _header() -> str:
    return ",".join(CSV_COLUMNS) + "\r\n"


def _rows(documents: Sequence[Document]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(row for one in documents for row in _rows_of(one))
    return written.getvalue()


def _rows_of(document: Document) -> Iterator[tuple[str, ...]]:
    said = document.content
    sign = -1 if said.takes_back else 1
    occasion, buyer = said.occasion, said.buyer
    start = (
        document.number_text,
        said.kind,
        said.issued_on.isoformat(),
        said.cancels.number_text if said.cancels else "",
        said.order_code,
        guarded(occasion.title) if occasion else "",
        occasion.on.isoformat() if occasion else "",
        guarded(buyer.name),
        guarded(buyer.company or ""),
        buyer.country or "",
        guarded(buyer.vat_id or ""),
        said.currency,
    )
    end = (
        said.payment.paid_on.isoformat() if said.payment.paid_on else "",
        "yes" if document.is_test else "no",
    )
    for category, bps, net_minor, tax_minor in _sums(said.lines):
        amounts = (net_minor, tax_minor, net_minor + tax_minor)
        percent = "" if category == "" else f"{bps // 100}.{bps % 100:02}"
        yield (
            *start,
            category,
            percent,
            *(currencies.major_text(said.currency, sign * minor) for minor in amounts),
            *end,
        )


def _sums(lines: Sequence[Line]) -> list[tuple[str, int, int, int]]:
    """(category, rate, net, tax): one for each rate; a receipt has one without a category."""
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for line in lines:
        key = (line.category or "", line.tax_bps)
        net_minor, tax_minor = found.get(key, (0, 0))
        found[key] = (net_minor + line.net_minor, tax_minor + line.tax_minor)
    return [(category, bps, *sums) for (category, bps), sums in found.items()]
