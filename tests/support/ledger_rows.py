"""Transfers written straight into the tables, at any time and of any kind; and rows without tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Database, Transaction
from admitone.reads.ledger_exports.rows import LedgerRow, TransferType
from admitone.values.ids import uuid7

AT = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moved:
    """A transfer to write. `group_id` None: a cause of its own."""

    kind: str
    debit: str
    credit: str
    minor: int
    at: datetime = AT
    currency: str = "EUR"
    is_test: bool = True
    group_id: UUID | None = None


def row(**changes: Any) -> LedgerRow:
    """A sale of 25.00 EUR, half an hour after midnight in Berlin, with changes."""
    given: dict[str, Any] = {
        "id": UUID(int=1),
        "at": AT,
        "kind": "sale",
        "type": TransferType.SALE,
        "debit": "clearing:sandbox",
        "credit": "organiser:01a1ff60-d17b-7031-8f3c-2f42e4178223:pending",
        "currency": "EUR",
        "amount_minor": 2500,
        "group_id": UUID("01a1ff60-d17b-7031-8f3c-2f42e4178200"),
        "order_code": "K7PQ2M4XA",
        "event_title": "Furnace Night",
    }
    return LedgerRow(**{**given, **changes})


async def write(db: Database, moves: Sequence[Moved]) -> list[UUID]:
    """Write them, in this order; their ids."""

    async def story(tx: Transaction) -> list[UUID]:
        found: dict[tuple[str, str, bool], int] = {}
        for one in moves:
            for name in (one.debit, one.credit):
                if (name, one.currency, one.is_test) not in found:
                    found[name, one.currency, one.is_test] = await _account(tx, name, one)
        return [await _write(tx, one, found) for one in moves]

    return await db.run(story)


async def _write(tx: Transaction, one: Moved, accounts: dict[tuple[str, str, bool], int]) -> UUID:
    debit, credit = (accounts[name, one.currency, one.is_test] for name in (one.debit, one.credit))
    made = uuid7()
    await tx.execute(
        text(
            "INSERT INTO ledger_transfer (id, fact_key, group_id, debit_id, credit_id, currency, amount_minor, kind, "
            "at) VALUES (:id, :key, :group, :debit, :credit, :currency, :minor, :kind, :at)"
        ),
        {
            "id": made,
            "key": f"test:{made}",
            "group": one.group_id or uuid7(),
            "debit": debit,
            "credit": credit,
            "currency": one.currency,
            "minor": one.minor,
            "kind": one.kind,
            "at": one.at,
        },
    )
    for account, debits, credits in ((debit, one.minor, 0), (credit, 0, one.minor)):
        await tx.execute(
            text(
                "INSERT INTO ledger_balance AS b (account_id, debits_minor, credits_minor) VALUES (:id, :d, :c) "
                "ON CONFLICT (account_id) DO UPDATE SET debits_minor = b.debits_minor + :d, "
                "credits_minor = b.credits_minor + :c"
            ),
            {"id": account, "d": debits, "c": credits},
        )
    return made


async def _account(tx: Transaction, name: str, one: Moved) -> int:
    """The id of an account. Those of an organiser are named after them; so are credits here: `credit:<organiser>`."""
    parts = name.split(":")
    organiser_id = UUID(parts[1]) if parts[0] in ("organiser", "credit") else None
    values = {"name": name, "organiser": organiser_id, "currency": one.currency, "is_test": one.is_test}
    await tx.execute(
        text(
            "INSERT INTO ledger_account (name, organiser_id, currency, is_test, guard) "
            "VALUES (:name, :organiser, :currency, :is_test, 'none') ON CONFLICT DO NOTHING"
        ),
        values,
    )
    found = await tx.execute(
        text(
            "SELECT id FROM ledger_account WHERE name = :name AND currency = :currency AND is_test = :is_test"
        ),
        values,
    )
    return int(found.scalar_one())
