"""What an organiser's accounts did in a period, in each currency: what there was, what came and went, what there is.

`opening + the nets of all movements = closing`, in every part (pending, available, reserve, tax, direct) and in all of
them. Found from the running balances and what was posted since the period began, so a report on last month reads a
month and not all years before it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, text

from admitone import accounts
from admitone.plumbing.database import Reader
from admitone.reads.ledger_exports.rows import TransferType
from admitone.reads.ledger_transfers import OF_ORGANISER, LedgerScope, type_sql
from admitone.values.actor import Action, Actor

# The parts that are not the organiser's own: store credit, owed to whoever holds it, and the gift codes among it that
# nobody paid for. A gift counts when it pays for a sale: then what was earned is less by as much.
CREDIT = "credit"
GIFTS = "gifts"


@dataclass(frozen=True, slots=True)
class Movement:
    """What transfers of one type did to accounts: how much they were credited and debited, in minor units.

    `postings` are counted by account: a transfer between two of them is two.
    """

    type: TransferType
    postings: int
    credited_minor: int
    debited_minor: int

    @property
    def net_minor(self) -> int:
        """Positive: the accounts have more than before."""
        return self.credited_minor - self.debited_minor


@dataclass(frozen=True, slots=True)
class PartReport:
    """One part of what an organiser has: `pending`, `available`, `reserve`, `tax`, `direct`; or `credit`, which buyers
    hold with them.
    """

    part: str
    opening_minor: int
    movements: tuple[Movement, ...]
    closing_minor: int


@dataclass(frozen=True, slots=True)
class TaxReport:
    """Tax of one rate, sales less refunds, in minor units. `rate_bps` None: a part of an order with several rates."""

    rate_bps: int | None
    net_minor: int


@dataclass(frozen=True, slots=True)
class SiteMovement:
    """What the organiser's sales, refunds and payouts did to an account of the site's: `fees`, `clearing:...`."""

    account: str
    credited_minor: int
    debited_minor: int


@dataclass(frozen=True, slots=True)
class CurrencyReport:
    """One currency. Sums are over the organiser's own parts; `credit` is apart, it belongs to buyers.

    Money moved between two parts of the same organiser is in both columns of its movement and nets to nothing.
    """

    currency: str
    parts: tuple[PartReport, ...]
    credit: PartReport | None
    tax: tuple[TaxReport, ...]
    site: tuple[SiteMovement, ...]

    @property
    def opening_minor(self) -> int:
        """What there was when the period began."""
        return sum(part.opening_minor for part in self.parts)

    @property
    def closing_minor(self) -> int:
        """What there was when it ended."""
        return sum(part.closing_minor for part in self.parts)

    @property
    def movements(self) -> tuple[Movement, ...]:
        """All parts together, by type."""
        return _joined(movement for part in self.parts for movement in part.movements)

    def net_minor(self, *types: TransferType) -> int:
        """What transfers of these types came to: `report.net_minor(TransferType.REFUND)` is negative."""
        return sum(movement.net_minor for movement in self.movements if movement.type in types)

    @property
    def fees_kept_minor(self) -> int:
        """What the site kept of these sales, less what it gave back, whoever bore it."""
        return sum(one.credited_minor - one.debited_minor for one in self.site if one.account == "fees")


_MOVED = text(
    f"""
    WITH own AS MATERIALIZED (
        SELECT id, currency, CASE WHEN starts_with(name, 'organiser:') THEN split_part(name, ':', 3)
            ELSE split_part(name, ':', 1) END AS part
        FROM ledger_account
        WHERE organiser_id = :organiser_id AND is_test = :is_test
            AND (CAST(:currency AS text) IS NULL OR currency = :currency)
    ), sides AS (
        SELECT id, debit_id AS own_id, kind, debit_id, credit_id, at, 0 AS credited, amount_minor AS debited
        FROM ledger_transfer WHERE at >= :from_at AND debit_id IN (SELECT id FROM own)
        UNION ALL
        SELECT id, credit_id, kind, debit_id, credit_id, at, amount_minor, 0
        FROM ledger_transfer WHERE at >= :from_at AND credit_id IN (SELECT id FROM own)
    ), moved AS (
        SELECT own.currency, own.part, s.at < :until_at AS is_within, {type_sql("s.kind", "d.name", "c.name")} AS type,
            count(*) AS postings, sum(s.credited) AS credited, sum(s.debited) AS debited
        FROM sides s
        JOIN own ON own.id = s.own_id
        JOIN ledger_account d ON d.id = s.debit_id
        JOIN ledger_account c ON c.id = s.credit_id
        GROUP BY 1, 2, 3, 4
    ), now AS (
        SELECT own.currency, own.part, sum(b.credits_minor - b.debits_minor) AS minor
        FROM own JOIN ledger_balance b ON b.account_id = own.id GROUP BY 1, 2
    )
    SELECT now.currency, now.part, now.minor, moved.is_within, moved.type, moved.postings, moved.credited,
        moved.debited
    FROM now LEFT JOIN moved ON moved.currency = now.currency AND moved.part = now.part
    ORDER BY now.currency, now.part, moved.type
    """  # noqa: S608 - joined from constants
)
_TAXED = tuple(
    one.value for one in (TransferType.TAX, TransferType.SALE, TransferType.REFUND, TransferType.DISPUTE)
)
# An order whose lines have one rate has its tax at that rate. With several, the tax of the whole order is known by
# line; a part of it, taken back, is not.
_TAX = text(
    f"""
    WITH own AS MATERIALIZED (
        SELECT id FROM ledger_account
        WHERE organiser_id = :organiser_id AND is_test = :is_test AND split_part(name, ':', 3) = 'tax'
            AND (CAST(:currency AS text) IS NULL OR currency = :currency)
    ), sides AS (
        SELECT t.currency, t.group_id, t.kind, t.debit_id, t.credit_id, -t.amount_minor AS minor FROM ledger_transfer t
        WHERE t.at >= :from_at AND t.at < :until_at AND t.debit_id IN (SELECT id FROM own)
        UNION ALL
        SELECT t.currency, t.group_id, t.kind, t.debit_id, t.credit_id, t.amount_minor FROM ledger_transfer t
        WHERE t.at >= :from_at AND t.at < :until_at AND t.credit_id IN (SELECT id FROM own)
    ), taxed AS MATERIALIZED (
        SELECT s.currency, s.minor, o.id AS order_id
        FROM sides s
        JOIN ledger_account d ON d.id = s.debit_id
        JOIN ledger_account c ON c.id = s.credit_id
        LEFT JOIN payments_attempt a ON a.id = s.group_id
        LEFT JOIN payments_refund r ON r.id = s.group_id
        LEFT JOIN orders_reversal v ON v.id = s.group_id
        LEFT JOIN orders_order o ON o.id = coalesce(a.order_id, r.order_id, v.order_id, s.group_id)
        WHERE {type_sql("s.kind", "d.name", "c.name")} = ANY(CAST(:taxed AS text[]))
    ), rates AS (
        SELECT l.order_id, coalesce(l.tax_bps, CAST(o.quote #>> '{{tax,rate_bps}}' AS integer)) AS bps,
            sum(l.unit_tax_minor * l.quantity) AS minor
        FROM orders_line l JOIN orders_order o ON o.id = l.order_id
        WHERE l.unit_tax_minor <> 0 AND l.order_id IN (SELECT order_id FROM taxed)
        GROUP BY 1, 2
    ), known AS (
        SELECT order_id, bps, minor, count(*) OVER one AS many, sum(minor) OVER one AS whole
        FROM rates WINDOW one AS (PARTITION BY order_id)
    )
    SELECT t.currency, k.bps, sum(CASE WHEN k.many > 1 THEN sign(t.minor) * k.minor ELSE t.minor END) AS net
    FROM taxed t
    LEFT JOIN known k ON k.order_id = t.order_id AND (k.many = 1 OR k.whole = abs(t.minor))
    GROUP BY 1, 2 ORDER BY 1, 2
    """  # noqa: S608 - joined from constants
)
_SITE = text(
    f"""
    WITH rows AS ({OF_ORGANISER}), sides AS (
        SELECT currency, debit AS account, 0 AS credited, amount_minor AS debited FROM rows
        UNION ALL SELECT currency, credit, amount_minor, 0 FROM rows
    )
    SELECT currency, account, sum(credited) AS credited, sum(debited) AS debited FROM sides
    WHERE NOT starts_with(account, 'organiser:') AND NOT starts_with(account, 'credit:')
    GROUP BY 1, 2 ORDER BY 1, 2
    """  # noqa: S608 - joined from constants
)


async def finance_report(reader: Reader, actor: Actor, scope: LedgerScope) -> tuple[CurrencyReport, ...]:
    """The organiser of `scope`, a report for each currency in which they have an account; `types` are not looked at.

    `reader` is one of `Database.reading_long`: there are three statements, of one moment. Raises `Forbidden`.
    """
    assert scope.organiser_id is not None, "a report is about an organiser"
    accounts.permit(actor, Action.SEE_REPORTS, scope.organiser_id)
    parts = _parts(list(await reader.execute(_MOVED, scope.parameters)))
    taxed = {"taxed": list(_TAXED)}
    tax = list(await reader.execute(_TAX, scope.parameters | taxed))
    site = list(await reader.execute(_SITE, scope.parameters))
    return tuple(
        CurrencyReport(
            currency=currency,
            parts=tuple(part for part in found if part.part not in (CREDIT, GIFTS)),
            credit=next((part for part in found if part.part == CREDIT), None),
            tax=tuple(TaxReport(row.bps, int(row.net)) for row in tax if row.currency == currency),
            site=tuple(
                SiteMovement(row.account, int(row.credited), int(row.debited))
                for row in site
                if row.currency == currency
            ),
        )
        for currency, found in parts.items()
    )


def _parts(rows: Iterable[Row[Any]]) -> dict[str, list[PartReport]]:
    made: dict[str, list[PartReport]] = {}
    for (currency, part, now), group in groupby(
        rows, key=lambda row: (row.currency, row.part, int(row.minor))
    ):
        moved = [row for row in group if row.is_within is not None]
        within = tuple(
            Movement(TransferType(row.type), row.postings, int(row.credited), int(row.debited))
            for row in moved
            if row.is_within
        )
        closing = now - sum(int(row.credited - row.debited) for row in moved if not row.is_within)
        opening = closing - sum(movement.net_minor for movement in within)
        made.setdefault(currency, []).append(PartReport(part, opening, within, closing))
    return made


def _joined(movements: Iterable[Movement]) -> tuple[Movement, ...]:
    found: dict[TransferType, Movement] = {}
    for one in movements:
        other = found.get(one.type, Movement(one.type, 0, 0, 0))
        found[one.type] = Movement(
            one.type,
            other.postings + one.postings,
            other.credited_minor + one.credited_minor,
            other.debited_minor + one.debited_minor,
        )
    return tuple(found[kind] for kind in TransferType if kind in found)
