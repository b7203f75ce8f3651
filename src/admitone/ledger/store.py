"""The ledger's SQL. Balances are locked in the order of account ids, last of all locks."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import text

from admitone.ledger.posting import NewTransfer
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct

_ACCOUNTS = Direct(
    text(
        """
    INSERT INTO ledger_account (name, organiser_id, currency, is_test, guard)
    SELECT w.name, w.organiser_id, w.currency, w.is_test, w.guard
    FROM jsonb_to_recordset(CAST(:doc AS jsonb)) AS w (name text, organiser_id uuid, currency text, is_test boolean,
        guard text)
    WHERE NOT EXISTS (
        SELECT FROM ledger_account a WHERE a.name = w.name AND a.currency = w.currency AND a.is_test = w.is_test
    )
    ORDER BY w.name, w.currency, w.is_test
    ON CONFLICT (name, currency, is_test) DO NOTHING
    """
    )
)

_POST = Direct(
    text(
        """
    WITH posted AS (
        INSERT INTO ledger_transfer (id, fact_key, group_id, debit_id, credit_id, currency, amount_minor, kind)
        SELECT t.id, t.fact_key, t.group_id, d.id, c.id, t.currency, t.amount_minor, t.kind
        FROM jsonb_to_recordset(CAST(:doc AS jsonb)) AS t (id uuid, fact_key text, group_id uuid, debit text,
            credit text, currency text, amount_minor numeric, kind text, is_test boolean)
        JOIN ledger_account d ON d.name = t.debit AND d.currency = t.currency AND d.is_test = t.is_test
        JOIN ledger_account c ON c.name = t.credit AND c.currency = t.currency AND c.is_test = t.is_test
        ON CONFLICT (fact_key) DO NOTHING
        RETURNING id, debit_id, credit_id, amount_minor
    ), sums AS (
        SELECT account_id, sum(debit) AS debits, sum(credit) AS credits
        FROM (
            SELECT debit_id AS account_id, amount_minor AS debit, 0 AS credit FROM posted
            UNION ALL SELECT credit_id, 0, amount_minor FROM posted
        ) AS sides GROUP BY account_id
    ), moved AS (
        INSERT INTO ledger_balance AS b (account_id, debits_minor, credits_minor)
        SELECT account_id, debits, credits FROM sums ORDER BY account_id
        ON CONFLICT (account_id) DO UPDATE SET debits_minor = b.debits_minor + EXCLUDED.debits_minor,
            credits_minor = b.credits_minor + EXCLUDED.credits_minor
        RETURNING account_id, debits_minor, credits_minor
    )
    SELECT (SELECT array_agg(id) FROM posted) AS posted, (
        SELECT array_agg(a.name || ' ' || a.currency) FROM moved m JOIN ledger_account a ON a.id = m.account_id
        WHERE (a.guard = 'debits<=credits' AND m.debits_minor > m.credits_minor)
           OR (a.guard = 'credits<=debits' AND m.credits_minor > m.debits_minor)
    ) AS broken
    """
    )
)


async def post(tx: Transaction, transfers: Sequence[NewTransfer]) -> set[UUID]:
    """Write the transfers whose cause is new and move their balances; which ones were new.

    A guarded account that would go below zero stops the transaction: that is a bug, not a buyer's mistake.
    """
    if not transfers:
        return set()
    names = {
        (side.name, side.organiser_id, t.currency, t.is_test, side.guard)
        for t in transfers
        for side in (t.debit, t.credit)
    }
    keys = ("name", "organiser_id", "currency", "is_test", "guard")
    await _ACCOUNTS.run(
        tx, {"doc": msgspec.json.encode([dict(zip(keys, one, strict=True)) for one in names]).decode()}
    )
    documents = [
        {
            "id": t.id,
            "fact_key": t.fact_key,
            "group_id": t.group_id,
            "debit": t.debit.name,
            "credit": t.credit.name,
            "currency": t.currency,
            "amount_minor": t.amount_minor,
            "kind": t.kind,
            "is_test": t.is_test,
        }
        for t in transfers
    ]
    (row,) = (await _POST.run(tx, {"doc": msgspec.json.encode(documents).decode()})).rows
    assert not row.broken, f"a guarded account would go below zero: {row.broken}"
    return set(row.posted or ())


async def balances(reader: Reader, organiser_id: UUID, *, is_test: bool = True) -> dict[tuple[str, str], int]:
    """What we owe the organiser, in minor units, by (account name, currency); of play money unless told otherwise."""
    rows = await reader.execute(
        text(
            "SELECT a.name, a.currency, b.credits_minor - b.debits_minor AS minor FROM ledger_account a "
            "JOIN ledger_balance b ON b.account_id = a.id WHERE a.organiser_id = :organiser_id AND a.is_test = :is_test"
        ),
        {"organiser_id": organiser_id, "is_test": is_test},
    )
    return {(row.name, row.currency): int(row.minor) for row in rows}


async def balance(reader: Reader, name: str, currency: str, *, is_test: bool = True) -> int:
    """Credits minus debits of one account, in minor units; zero when it was never used."""
    found = await reader.execute(
        text(
            "SELECT b.credits_minor - b.debits_minor FROM ledger_account a JOIN ledger_balance b "
            "ON b.account_id = a.id WHERE a.name = :name AND a.currency = :currency AND a.is_test = :is_test"
        ),
        {"name": name, "currency": currency, "is_test": is_test},
    )
    return int(found.scalar_one_or_none() or 0)


async def earned_direct(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, bool]:
    """For these orders, paid in parts or with credit: was the organiser's part earned in an account of their own?

    Orders of which the organiser earned nothing are left out.
    """
    rows = await reader.execute(
        text(
            "SELECT t.group_id, split_part(a.name, ':', 3) = 'direct' AS is_direct FROM ledger_transfer t "
            "JOIN ledger_account a ON a.id = t.credit_id WHERE t.fact_key = ANY(:keys)"
        ),
        {"keys": [f"order:{order_id}:sale" for order_id in order_ids]},
    )
    return {row.group_id: row.is_direct for row in rows}
