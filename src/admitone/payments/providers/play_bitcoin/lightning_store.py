"""The SQL of the play network's invoices and payments, on its own tables only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from admitone.plumbing.database import Reader, Transaction

_COLUMNS = """payment_hash, node_id, bolt11, amount_msat, is_hold, preimage, state, expires_at, created_at, paid_at,
    change_no"""


@dataclass(frozen=True, slots=True)
class PlayInvoice:
    """An invoice in the books. `preimage` is there where the node knows it."""

    payment_hash: str
    node_id: UUID
    bolt11: str
    amount_msat: int
    is_hold: bool
    preimage: bytes | None
    state: str
    expires_at: datetime
    created_at: datetime
    paid_at: datetime | None
    change_no: int


@dataclass(frozen=True, slots=True)
class PlaySent:
    """A payment that was made."""

    payment_hash: str
    node_id: UUID
    amount_msat: int
    preimage: bytes
    sent_at: datetime


def _invoice(row: RowMapping | None) -> PlayInvoice | None:
    fields: dict[str, Any] | None = None if row is None else dict(row)
    return None if fields is None else PlayInvoice(**fields)


async def make(tx: Transaction, new: PlayInvoice) -> None:
    """Write it, unless there is one with this hash."""
    await tx.execute(
        text(
            f"INSERT INTO play_bitcoin_invoice ({_COLUMNS}) VALUES (:payment_hash, :node_id, :bolt11, :amount_msat,"
            " :is_hold, :preimage, :state, :expires_at, :created_at, :paid_at, nextval('play_bitcoin_change'))"
            " ON CONFLICT (payment_hash) DO NOTHING"
        ),
        {name: getattr(new, name) for name in PlayInvoice.__slots__ if name != "change_no"},
    )


async def invoice(reader: Reader, payment_hash: str) -> PlayInvoice | None:
    """The invoice with this hash."""
    found = await reader.execute(
        text(f"SELECT {_COLUMNS} FROM play_bitcoin_invoice WHERE payment_hash = :hash"),
        {"hash": payment_hash},
    )
    return _invoice(found.mappings().one_or_none())


_PAY = text(
    f"""
    UPDATE play_bitcoin_invoice
    SET state = CASE WHEN is_hold THEN 'held' ELSE 'paid' END, paid_at = :now,
        change_no = nextval('play_bitcoin_change')
    WHERE payment_hash = :hash AND state = 'open' AND expires_at > :now
    RETURNING {_COLUMNS}
    """
)


async def pay(tx: Transaction, payment_hash: str, now: datetime) -> PlayInvoice | None:
    """It is paid, or held; None when it cannot be any more."""
    return _invoice((await tx.execute(_PAY, {"hash": payment_hash, "now": now})).mappings().one_or_none())


_MOVE = text(
    """
    UPDATE play_bitcoin_invoice
    SET state = :state, preimage = coalesce(:preimage, preimage), change_no = nextval('play_bitcoin_change')
    WHERE payment_hash = :hash AND state = ANY(:was) RETURNING payment_hash
    """
)


async def move(
    tx: Transaction, payment_hash: str, was: tuple[str, ...], state: str, preimage: bytes | None = None
) -> bool:
    """From one of these states to that one; whether it was in one of them."""
    params = {"hash": payment_hash, "was": list(was), "state": state, "preimage": preimage}
    return (await tx.execute(_MOVE, params)).one_or_none() is not None


async def end(tx: Transaction, payment_hash: str, now: datetime) -> None:
    """An open invoice runs out now."""
    await tx.execute(
        text(
            "UPDATE play_bitcoin_invoice SET expires_at = :now, change_no = nextval('play_bitcoin_change')"
            " WHERE payment_hash = :hash AND state = 'open' AND expires_at > :now"
        ),
        {"hash": payment_hash, "now": now},
    )


async def changed(reader: Reader, node_id: UUID, since: int, most: int) -> list[tuple[str, int]]:
    """(payment hash, change number) of a node's invoices that changed after this change, oldest change first."""
    rows = await reader.execute(
        text(
            "SELECT payment_hash, change_no FROM play_bitcoin_invoice"
            " WHERE node_id = :id AND change_no > :since ORDER BY change_no LIMIT :most"
        ),
        {"id": node_id, "since": since, "most": most},
    )
    return [(row.payment_hash, row.change_no) for row in rows]


async def send(tx: Transaction, new: PlaySent) -> None:
    """Write a payment."""
    await tx.execute(
        text(
            "INSERT INTO play_bitcoin_sent (payment_hash, node_id, amount_msat, preimage, sent_at)"
            " VALUES (:payment_hash, :node_id, :amount_msat, :preimage, :sent_at)"
        ),
        {name: getattr(new, name) for name in PlaySent.__slots__},
    )


async def sent(reader: Reader, node_id: UUID, payment_hash: str) -> PlaySent | None:
    """The payment with this hash, made by this node."""
    found = await reader.execute(
        text(
            "SELECT payment_hash, node_id, amount_msat, preimage, sent_at FROM play_bitcoin_sent"
            " WHERE node_id = :id AND payment_hash = :hash"
        ),
        {"id": node_id, "hash": payment_hash},
    )
    row = found.mappings().one_or_none()
    return None if row is None else PlaySent(**row)


async def lies(reader: Reader, node_id: UUID) -> int:
    """What came in to a node without what it sent, in msat."""
    found = await reader.execute(
        text(
            "SELECT (SELECT coalesce(sum(amount_msat), 0) FROM play_bitcoin_invoice"
            " WHERE node_id = :id AND state = 'paid')"
            " - (SELECT coalesce(sum(amount_msat), 0) FROM play_bitcoin_sent WHERE node_id = :id)"
        ),
        {"id": node_id},
    )
    return int(found.scalar_one())
