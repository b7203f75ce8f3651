"""The ledger's transfers of a period, read in batches by a cursor on the server: a million rows in little memory.

Whose: of the whole site, or of one organiser. An organiser's are those with one of their accounts on either side, and
the other transfers of the same cause (`group_id`), so that a sale is seen whole: what came in, the fee, the tax. The
others are shown only when no other organiser has a part in that cause: a payout run shows each their own leg.

A transfer belongs to the period by its own time, and to an organiser by what was posted before the period's end: the
same period gives the same rows for ever. Play money and real money are never read together.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from admitone.plumbing.database import Reader
from admitone.reads.ledger_exports.rows import LedgerRow, TransferType
from admitone.values.refusals import Invalid

BATCH_ROWS = 4_000
_NO_DOCUMENT = (None, None)
_TYPES = {one.value: one for one in TransferType}

# What a kind means: the first that its name begins with. Kinds that are not here are known by the accounts they move
# money between, so a new kind needs no change here.
_BY_KIND = (
    ("refund", TransferType.REFUND),
    # What was earned by tickets that were changed; the new ones are a sale.
    ("exchange_moved", TransferType.OTHER),
    ("exchange", TransferType.REFUND),
    ("dispute", TransferType.DISPUTE),
    ("payout", TransferType.PAYOUT),
    ("credit", TransferType.CREDIT),
    ("gift", TransferType.CREDIT),
    ("fee", TransferType.FEE),
    ("processing", TransferType.FEE),
    ("tax", TransferType.TAX),
    ("sale", TransferType.SALE),
    ("deposit", TransferType.OTHER),
    ("rounding", TransferType.OTHER),
    ("conversion", TransferType.OTHER),
)
_BY_ACCOUNT = (
    ("losses:dispute", TransferType.DISPUTE),
    ("payouts_in_transit", TransferType.PAYOUT),
    ("refunds_due", TransferType.REFUND),
    ("credit:", TransferType.CREDIT),
    ("fees", TransferType.FEE),
    ("costs:processing", TransferType.FEE),
)


def type_sql(kind: str, debit: str, credit: str) -> str:
    """SQL for the `TransferType` of a transfer, given SQL for its kind and the names of its accounts."""
    cases = [f"WHEN starts_with({kind}, '{begin}') THEN '{of}'" for begin, of in _BY_KIND]
    cases += [
        f"WHEN starts_with({debit}, '{begin}') OR starts_with({credit}, '{begin}') THEN '{of}'"
        for begin, of in _BY_ACCOUNT
    ]
    # The third part of `organiser:<id>:tax`.
    cases.append(
        f"WHEN 'tax' IN (split_part({debit}, ':', 3), split_part({credit}, ':', 3)) THEN '{TransferType.TAX}'"
    )
    return f"CASE {' '.join(cases)} ELSE '{TransferType.OTHER}' END"


class BadPeriod(Invalid):
    """A period that ends before it begins."""

    code = "ledger.bad_period"
    text = "The last day comes before the first. Choose them the other way round."


@dataclass(frozen=True, slots=True)
class LedgerScope:
    """Which transfers: from `from_at` to before `until_at`; of one organiser or (None) of the site; of play money or
    real money; of one currency or (None) of all; of these types or (empty) of all. Raises BadPeriod.
    """

    from_at: datetime
    until_at: datetime
    is_test: bool
    organiser_id: UUID | None = None
    currency: str | None = None
    types: frozenset[TransferType] = field(default=frozenset())

    def __post_init__(self) -> None:
        assert self.from_at.tzinfo is not None, "a time without a zone is a guess"
        assert self.until_at.tzinfo is not None, "a time without a zone is a guess"
        if self.from_at >= self.until_at:
            raise BadPeriod(field="period")

    @property
    def parameters(self) -> dict[str, object]:
        """For statements of this file."""
        return {
            "from_at": self.from_at,
            "until_at": self.until_at,
            "is_test": self.is_test,
            "organiser_id": self.organiser_id,
            "currency": self.currency,
            "types": sorted(one.value for one in self.types),
        }


@dataclass(frozen=True, slots=True)
class TransferCount:
    """How many transfers of a currency there are in a scope, and the largest amount, in minor units."""

    currency: str
    transfers: int
    largest_minor: int


_ROW = f"""
    SELECT t.id, t.at, t.kind, {type_sql("t.kind", "d.name", "c.name")} AS type, d.name AS debit, c.name AS credit,
        t.currency, t.amount_minor, t.group_id
    FROM ledger_transfer t
    JOIN ledger_account d ON d.id = t.debit_id
    JOIN ledger_account c ON c.id = t.credit_id
    WHERE t.at >= :from_at AND t.at < :until_at AND d.is_test = :is_test
        AND (CAST(:currency AS text) IS NULL OR t.currency = :currency)
"""  # noqa: S608 - joined from constants
OF_SITE = _ROW
# SQL for `LedgerRow`s without order and event, with the parameters of `LedgerScope`.
# Two halves, each with a plan of its own: an organiser's own legs by their accounts, the others by their cause.
OF_ORGANISER = f"""
    WITH own AS MATERIALIZED (
        SELECT id FROM ledger_account WHERE organiser_id = :organiser_id AND is_test = :is_test
    ), causes AS MATERIALIZED (
        SELECT group_id FROM ledger_transfer WHERE debit_id IN (SELECT id FROM own) AND at < :until_at
        UNION SELECT group_id FROM ledger_transfer WHERE credit_id IN (SELECT id FROM own) AND at < :until_at
    )
    {_ROW} AND (t.debit_id IN (SELECT id FROM own) OR t.credit_id IN (SELECT id FROM own))
    UNION ALL
    {_ROW} AND t.group_id IN (SELECT group_id FROM causes) AND d.organiser_id IS NULL AND c.organiser_id IS NULL
        AND NOT EXISTS (
            SELECT FROM ledger_transfer other
            JOIN ledger_account a ON a.id IN (other.debit_id, other.credit_id)
            WHERE other.group_id = t.group_id AND a.organiser_id <> :organiser_id
        )
"""  # noqa: S608 - joined from constants
_CHOSEN = "(cardinality(CAST(:types AS text[])) = 0 OR type = ANY(CAST(:types AS text[])))"
_DOCUMENTS = text(
    """
    SELECT cause.id, o.code, e.title
    FROM unnest(CAST(:group_ids AS uuid[])) AS cause (id)
    LEFT JOIN payments_attempt a ON a.id = cause.id
    LEFT JOIN payments_refund r ON r.id = cause.id
    LEFT JOIN orders_reversal v ON v.id = cause.id
    JOIN orders_order o ON o.id = coalesce(a.order_id, r.order_id, v.order_id, cause.id)
    JOIN events_event e ON e.id = o.event_id
    """
)


async def ledger_transfers(
    reader: Reader, scope: LedgerScope, *, batch_rows: int = BATCH_ROWS
) -> AsyncGenerator[Sequence[LedgerRow], None]:
    """Batches of at most `batch_rows`, oldest first, none empty. `reader` is one of `Database.reading_long`, else the
    rows are not those of one moment.
    """
    statement = _statement("SELECT * FROM ({rows}) AS moved WHERE {chosen} ORDER BY at, id", scope)
    found = await reader.stream(statement, scope.parameters, execution_options={"yield_per": batch_rows})
    try:
        async for batch in found.partitions(batch_rows):
            documents = await _documents(reader, {row[8] for row in batch})
            yield [_row(row, documents) for row in batch]
    finally:
        await found.close()


async def ledger_counts(reader: Reader, scope: LedgerScope) -> tuple[TransferCount, ...]:
    """What a scope holds, by currency."""
    statement = _statement(
        "SELECT currency, count(*) AS transfers, max(amount_minor) AS largest FROM ({rows}) AS moved "
        "WHERE {chosen} GROUP BY currency ORDER BY currency",
        scope,
    )
    rows = await reader.execute(statement, scope.parameters)
    return tuple(TransferCount(row.currency, row.transfers, int(row.largest)) for row in rows)


def _statement(form: str, scope: LedgerScope) -> TextClause:
    rows = OF_SITE if scope.organiser_id is None else OF_ORGANISER
    return text(form.format(rows=rows, chosen=_CHOSEN))


async def _documents(reader: Reader, group_ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    rows = await reader.execute(_DOCUMENTS, {"group_ids": list(group_ids)})
    return {row.id: (row.code, row.title) for row in rows}


def _row(row: Sequence[Any], documents: dict[UUID, tuple[str, str]]) -> LedgerRow:
    # Taken apart at once: by name each column would be looked up, a million times.
    id_, at, kind, type_, debit, credit, currency, minor, group_id = row
    code, title = documents.get(group_id, _NO_DOCUMENT)
    return LedgerRow(id_, at, kind, _TYPES[type_], debit, credit, currency, int(minor), group_id, code, title)
