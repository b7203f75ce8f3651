"""The SQL of what came beside the first payment to an address, and which attempt it settles."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import bindparam, text

from admitone.payments.bitcoin.chain import store
from admitone.payments.bitcoin.chain.credits import Credit
from admitone.payments.store import IDS
from admitone.plumbing.database import Reader, Transaction

# What came to an address together, in the order in which it was certain. The first names it, so the order never
# changes; a height would, with the chain.
_IN_ORDER = "ORDER BY final_at, txid, vout"


async def given_to(reader: Reader, account_id: UUID, attempt_id: UUID) -> list[Credit]:
    """The credits that settle this attempt; the first names it."""
    found = await reader.execute(
        text(
            f"SELECT {store.CREDIT_COLUMNS} FROM payments_bitcoin_credit"
            f" WHERE given_to = :attempt_id AND account_id = :account_id {_IN_ORDER}"
        ),
        {"account_id": account_id, "attempt_id": attempt_id},
    )
    return [store.credit_of(row) for row in found.mappings()]


async def found(reader: Reader, account_id: UUID) -> list[Credit]:
    """What is final, and nobody's attempt yet."""
    rows = await reader.execute(
        text(
            f"SELECT {store.CREDIT_COLUMNS} FROM payments_bitcoin_credit WHERE account_id = :account_id"
            f" AND final_at IS NOT NULL AND given_to IS NULL {_IN_ORDER}"
        ),
        {"account_id": account_id},
    )
    return [store.credit_of(row) for row in rows.mappings()]


async def times_found(reader: Reader, account_id: UUID, attempt_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many attempts what came beside the first has been given to so far, by the attempt asked for."""
    rows = await reader.execute(
        text(
            """
            SELECT attempt_id, count(DISTINCT given_to) AS times FROM payments_bitcoin_credit
            WHERE account_id = :account_id AND attempt_id = ANY(:ids) AND given_to <> attempt_id GROUP BY attempt_id
            """
        ).bindparams(bindparam("ids", type_=IDS)),
        {"account_id": account_id, "ids": list(attempt_ids)},
    )
    return {row.attempt_id: row.times for row in rows}


_GIVE = text(
    """
    UPDATE payments_bitcoin_credit
    SET given_to = :attempt_id, change_no = nextval('payments_bitcoin_change')
    WHERE account_id = :account_id AND final_at IS NOT NULL AND given_to IS NULL AND attempt_id = (
        SELECT attempt_id FROM payments_bitcoin_credit
        WHERE account_id = :account_id AND txid = :txid AND vout = :vout AND final_at IS NOT NULL AND given_to IS NULL
    )
    """
)


async def give(tx: Transaction, credit: Credit, attempt_id: UUID) -> None:
    """It settles this attempt, and with it all that came to its address and settles none, unless it settles one already
    or is not final any more.
    """
    await store.lock_read(tx, credit.account_id)
    await tx.execute(
        _GIVE,
        {
            "account_id": credit.account_id,
            "txid": credit.txid,
            "vout": credit.vout,
            "attempt_id": attempt_id,
        },
    )


async def brought(reader: Reader, attempt_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many msat came on the chain for each of these attempts and counted for it; those without are left out."""
    rows = await reader.execute(
        text(
            "SELECT given_to, CAST(sum(amount_msat) AS bigint) AS msat FROM payments_bitcoin_credit"
            " WHERE given_to = ANY(:ids) GROUP BY given_to"
        ).bindparams(bindparam("ids", type_=IDS)),
        {"ids": list(attempt_ids)},
    )
    return {row.given_to: row.msat for row in rows}


async def lies_beside(reader: Reader, attempt_ids: Collection[UUID]) -> int:
    """How many msat came for these attempts beside what settled them and lie there, too little to be sent back."""
    rows = await reader.execute(
        text(
            "SELECT coalesce(sum(amount_msat), 0) FROM payments_bitcoin_credit"
            " WHERE attempt_id = ANY(:ids) AND final_at IS NOT NULL AND given_to IS NULL"
        ).bindparams(bindparam("ids", type_=IDS)),
        {"ids": list(attempt_ids)},
    )
    return int(rows.scalar_one())
