"""The SQL of the play chain, on its own tables only. Whoever changes the chain holds its lock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction

PAYER: Final = UUID(int=0)
"""Whose addresses and invoices the play payer's are."""
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('play bitcoin chain', 0))")


@dataclass(frozen=True, slots=True)
class PlayBlock:
    """A block of the chain."""

    block_hash: str
    height: int


@dataclass(frozen=True, slots=True)
class PlayTransaction:
    """A transaction and where it stands: `height` and `mined_at` when it is mined, `lost_at` when it never will be."""

    txid: str
    address: str
    amount_sat: int
    block_hash: str | None
    height: int | None
    was_in: str | None
    lost_at: int | None
    created_at: datetime
    mined_at: datetime | None = None


async def lock(tx: Transaction) -> None:
    """Nobody else changes the chain until the transaction ends."""
    await tx.execute(_LOCK)


async def tip(reader: Reader) -> PlayBlock | None:
    """The last block; None before there is one."""
    found = await reader.execute(
        text(
            "SELECT block_hash, height FROM play_bitcoin_block WHERE NOT is_orphan ORDER BY height DESC LIMIT 1"
        )
    )
    row = found.mappings().one_or_none()
    return None if row is None else PlayBlock(**row)


async def height(reader: Reader) -> int:
    """How high the chain is."""
    last = await tip(reader)
    return 0 if last is None else last.height


async def block(reader: Reader, block_hash: str) -> tuple[PlayBlock, bool] | None:
    """This block, and whether it is an orphan."""
    found = await reader.execute(
        text("SELECT block_hash, height, is_orphan FROM play_bitcoin_block WHERE block_hash = :hash"),
        {"hash": block_hash},
    )
    row = found.one_or_none()
    return None if row is None else (PlayBlock(row.block_hash, row.height), row.is_orphan)


async def hashes(reader: Reader, heights: Collection[int]) -> dict[int, str]:
    """The hashes of the chain's blocks at these heights."""
    rows = await reader.execute(
        text(
            "SELECT height, block_hash FROM play_bitcoin_block WHERE NOT is_orphan AND height = ANY(:heights)"
        ),
        {"heights": list(heights)},
    )
    return {row.height: row.block_hash for row in rows}


async def add_block(tx: Transaction, new: PlayBlock, now: datetime) -> None:
    """Put a block on the chain (locked by the caller), with all that waits in it."""
    await tx.execute(
        text(
            "INSERT INTO play_bitcoin_block (block_hash, height, is_orphan, mined_at)"
            " VALUES (:hash, :height, false, :now)"
        ),
        {"hash": new.block_hash, "height": new.height, "now": now},
    )
    await tx.execute(
        text(
            "UPDATE play_bitcoin_transaction SET block_hash = :hash"
            " WHERE block_hash IS NULL AND lost_at IS NULL"
        ),
        {"hash": new.block_hash},
    )


async def orphan(tx: Transaction, block_hash: str) -> None:
    """Take a block off the chain (locked by the caller): what was in it waits again."""
    await tx.execute(
        text("UPDATE play_bitcoin_block SET is_orphan = true WHERE block_hash = :hash"), {"hash": block_hash}
    )
    await tx.execute(
        text(
            "UPDATE play_bitcoin_transaction SET block_hash = NULL, was_in = :hash WHERE block_hash = :hash"
        ),
        {"hash": block_hash},
    )


async def lose(tx: Transaction, txid: str, at_height: int) -> bool:
    """What it spends was spent otherwise; whether it was still waiting for a block."""
    lost = await tx.execute(
        text(
            "UPDATE play_bitcoin_transaction SET lost_at = :height"
            " WHERE txid = :txid AND block_hash IS NULL AND lost_at IS NULL RETURNING txid"
        ),
        {"txid": txid, "height": at_height},
    )
    return lost.one_or_none() is not None


async def address_for(tx: Transaction, node_id: UUID, label: str, wanted: str) -> str:
    """The address of this label: `wanted`, or the one it has."""
    await tx.execute(
        text(
            "INSERT INTO play_bitcoin_address (address, node_id, label) VALUES (:address, :id, :label)"
            " ON CONFLICT DO NOTHING"
        ),
        {"address": wanted, "id": node_id, "label": label},
    )
    found = await tx.execute(
        text("SELECT address FROM play_bitcoin_address WHERE node_id = :id AND label = :label"),
        {"id": node_id, "label": label},
    )
    return str(found.scalar_one())


async def is_address(reader: Reader, address: str) -> bool:
    """Somebody has this address."""
    found = await reader.execute(
        text("SELECT FROM play_bitcoin_address WHERE address = :address"), {"address": address}
    )
    return found.one_or_none() is not None


async def send(tx: Transaction, new: PlayTransaction, from_id: UUID, key: UUID | None = None) -> str:
    """Write a transaction; its id, or that of the one this key sent before."""
    await tx.execute(
        text(
            "INSERT INTO play_bitcoin_transaction (txid, address, amount_sat, from_id, key, created_at)"
            " VALUES (:txid, :address, :amount_sat, :from_id, :key, :now) ON CONFLICT DO NOTHING"
        ),
        {
            "txid": new.txid,
            "address": new.address,
            "amount_sat": new.amount_sat,
            "from_id": from_id,
            "key": key,
            "now": new.created_at,
        },
    )
    return new.txid if key is None else await sent_by(tx, key) or new.txid


async def sent_by(reader: Reader, key: UUID) -> str | None:
    """The transaction this key sent."""
    found = await reader.execute(
        text("SELECT txid FROM play_bitcoin_transaction WHERE key = :key"), {"key": key}
    )
    txid = found.scalar_one_or_none()
    return None if txid is None else str(txid)


async def lies(reader: Reader, node_id: UUID) -> int:
    """What came in blocks to a node's addresses without what it sent, in satoshi."""
    found = await reader.execute(
        text(
            "SELECT (SELECT coalesce(sum(t.amount_sat), 0) FROM play_bitcoin_transaction t"
            " JOIN play_bitcoin_address a ON a.address = t.address AND a.node_id = :id"
            " WHERE t.block_hash IS NOT NULL)"
            " - (SELECT coalesce(sum(amount_sat), 0) FROM play_bitcoin_transaction"
            " WHERE from_id = :id AND lost_at IS NULL)"
        ),
        {"id": node_id},
    )
    return int(found.scalar_one())


_READ: Final = """
    SELECT t.txid, t.address, t.amount_sat, t.block_hash, b.height, t.was_in, t.lost_at, t.created_at,
           b.mined_at
    FROM play_bitcoin_transaction t LEFT JOIN play_bitcoin_block b ON b.block_hash = t.block_hash
"""


async def paying(reader: Reader, node_id: UUID, above: int) -> list[PlayTransaction]:
    """What pays a node's addresses and is in a block above this height, or in none; oldest first."""
    rows = await reader.execute(
        text(
            f"{_READ} JOIN play_bitcoin_address a ON a.address = t.address AND a.node_id = :id"
            " WHERE b.height IS NULL OR b.height > :above ORDER BY t.created_at, t.txid"
        ),
        {"id": node_id, "above": above},
    )
    return [PlayTransaction(**row) for row in rows.mappings()]


async def to_address(reader: Reader, address: str) -> list[PlayTransaction]:
    """What pays this address, oldest first."""
    rows = await reader.execute(
        text(f"{_READ} WHERE t.address = :address ORDER BY t.created_at, t.txid"), {"address": address}
    )
    return [PlayTransaction(**row) for row in rows.mappings()]


async def transactions(reader: Reader, txids: Collection[str]) -> list[PlayTransaction]:
    """These transactions."""
    rows = await reader.execute(text(f"{_READ} WHERE t.txid = ANY(:txids)"), {"txids": list(txids)})
    return [PlayTransaction(**row) for row in rows.mappings()]
