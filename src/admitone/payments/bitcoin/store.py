"""The SQL of quotes, requests and cursors."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, text

from admitone.payments.bitcoin.quotes import Quote
from admitone.payments.store import IDS
from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Request:
    """An attempt on a Bitcoin rail. `price` is the quote's: major units of `currency` for one bitcoin.

    `given_up_at`: nobody waits for it any more since then. What comes all the same is worth what the price says.
    """

    attempt_id: UUID
    account_id: UUID
    order_id: UUID
    quote_id: UUID
    rail: str
    currency: str
    amount_minor: int
    amount_msat: int
    payment_hash: str | None
    bolt11: str | None
    address: str | None
    is_hold: bool
    expires_at: datetime
    given_up_at: datetime | None
    created_at: datetime
    price: Decimal


_QUOTE = "id, order_id, currency, price, sources, quoted_at, until"
_REQUEST = """attempt_id, account_id, order_id, quote_id, rail, currency, amount_minor, amount_msat, payment_hash,
    bolt11, address, is_hold, expires_at, given_up_at, created_at"""
_READ = f"""
    SELECT {", ".join(f"request.{name.strip()}" for name in _REQUEST.split(","))}, quote.price
    FROM payments_bitcoin_request request JOIN payments_bitcoin_quote quote ON quote.id = request.quote_id
"""
_BY_ATTEMPT = text(f"{_READ} WHERE request.attempt_id = ANY(:ids)").bindparams(bindparam("ids", type_=IDS))

_LOCK_ORDER = text("SELECT pg_advisory_xact_lock(hashtextextended('bitcoin quote ' || :order_id, 0))")
_INSERT_QUOTE = text(
    f"INSERT INTO payments_bitcoin_quote ({_QUOTE})"
    " VALUES (:id, :order_id, :currency, :price, CAST(:sources AS jsonb), :quoted_at, :until)"
)
_CURRENT = f"""
    SELECT {_QUOTE} FROM payments_bitcoin_quote
    WHERE order_id = :order_id AND currency = :currency AND until > :now
    ORDER BY quoted_at DESC LIMIT 1
    """


async def quote_once(tx: Transaction, wanted: Quote) -> Quote:
    """The order's quote as it stands then, else `wanted`, stored: whoever is second gets the first's."""
    await tx.execute(_LOCK_ORDER, {"order_id": str(wanted.order_id)})
    known = await current_quote(tx, wanted.order_id, wanted.currency, wanted.quoted_at)
    if known is not None:
        return known
    await _insert_quote(tx, wanted)
    return wanted


async def _insert_quote(tx: Transaction, new: Quote) -> None:
    sources = json.dumps({name: str(said) for name, said in new.sources})
    params = {name: getattr(new, name) for name in Quote.__slots__}
    await tx.execute(_INSERT_QUOTE, params | {"sources": sources})


async def keep_late_price(tx: Transaction, heard: Quote) -> Quote:
    """Keep what a bitcoin cost when a late payment was heard of; what is kept under this id, perhaps from before."""
    await tx.execute(_LOCK_ORDER, {"order_id": str(heard.order_id)})
    known = await quote_by_id(tx, heard.id)
    if known is not None:
        return known
    await _insert_quote(tx, heard)
    return heard


async def quote_by_id(reader: Reader, quote_id: UUID) -> Quote | None:
    """This quote, whether it has ended or not."""
    return await _quote(
        reader, f"SELECT {_QUOTE} FROM payments_bitcoin_quote WHERE id = :id", {"id": quote_id}
    )


async def current_quote(reader: Reader, order_id: UUID, currency: str, now: datetime) -> Quote | None:
    """The order's quote that has not ended."""
    return await _quote(reader, _CURRENT, {"order_id": order_id, "currency": currency, "now": now})


async def _quote(reader: Reader, statement: str, params: Mapping[str, object]) -> Quote | None:
    row = (await reader.execute(text(statement), params)).mappings().one_or_none()
    if row is None:
        return None
    sources = tuple((name, Decimal(str(said))) for name, said in row["sources"].items())
    return Quote(**{**row, "sources": sources})


_INSERT = text(
    f"""
    INSERT INTO payments_bitcoin_request ({_REQUEST})
    VALUES (:attempt_id, :account_id, :order_id, :quote_id, :rail, :currency, :amount_minor, :amount_msat,
            :payment_hash, :bolt11, :address, :is_hold, :expires_at, NULL, :created_at)
    ON CONFLICT (attempt_id) DO NOTHING
    """
)


async def insert_request(tx: Transaction, new: Request) -> Request:
    """Store it; the request of this attempt as it is now, which is the first that was stored."""
    params = {name: getattr(new, name) for name in Request.__slots__ if name not in ("given_up_at", "price")}
    await tx.execute(_INSERT, params)
    known = (await requests(tx, [new.attempt_id])).get(new.attempt_id)
    assert known is not None, "it was just stored, or was there"
    return known


async def requests(reader: Reader, attempt_ids: Collection[UUID]) -> dict[UUID, Request]:
    """The requests of these attempts."""
    found = await reader.execute(_BY_ATTEMPT, {"ids": list(attempt_ids)})
    return {row["attempt_id"]: Request(**row) for row in found.mappings()}


async def requests_of_order(reader: Reader, order_id: UUID) -> list[Request]:
    """The requests of an order, oldest first."""
    found = await reader.execute(
        text(f"{_READ} WHERE request.order_id = :id ORDER BY request.created_at, request.attempt_id"),
        {"id": order_id},
    )
    return [Request(**row) for row in found.mappings()]


async def requests_since(reader: Reader, account_id: UUID, rail: str, since: datetime) -> list[Request]:
    """The requests of an account that were made since then, oldest first."""
    found = await reader.execute(
        text(
            f"{_READ} WHERE request.account_id = :account_id AND request.rail = :rail"
            " AND request.created_at >= :since ORDER BY request.created_at, request.attempt_id"
        ),
        {"account_id": account_id, "rail": rail, "since": since},
    )
    return [Request(**row) for row in found.mappings()]


async def hashes_waiting(reader: Reader, account_id: UUID, most: int) -> list[str]:
    """The payment hashes of an account's invoices whose attempts are open, newest first."""
    found = await reader.execute(
        text(
            """
            SELECT request.payment_hash
            FROM payments_bitcoin_request request JOIN payments_attempt attempt ON attempt.id = request.attempt_id
            WHERE attempt.state IN ('opened', 'prompted', 'seen', 'unknown')
                AND request.account_id = :account_id AND request.rail = 'lightning'
            ORDER BY request.created_at DESC LIMIT :most
            """
        ),
        {"account_id": account_id, "most": most},
    )
    return [str(one) for one in found.scalars()]


async def request_by_hash(reader: Reader, account_id: UUID, payment_hash: str) -> Request | None:
    """The request with this invoice."""
    found = await reader.execute(
        text(f"{_READ} WHERE request.account_id = :account_id AND request.payment_hash = :hash"),
        {"account_id": account_id, "hash": payment_hash},
    )
    row = found.mappings().one_or_none()
    return None if row is None else Request(**row)


IS_ASKED_FOR: Final = (
    "SELECT FROM payments_bitcoin_request"
    " WHERE payment_hash = CAST(:payment_hash AS text) OR address = :address LIMIT 1"
)
"""Whoever has the link of a refund asks it as often as they name something: it must not read the whole table."""


async def is_asked_for(reader: Reader, payment_hash: str | None, address: str) -> bool:
    """Whether an order of any account is to be paid by the invoice of this hash, or at this address."""
    rows = await reader.execute(text(IS_ASKED_FOR), {"payment_hash": payment_hash, "address": address})
    return rows.one_or_none() is not None


async def requests_by_address(
    reader: Reader, account_id: UUID, addresses: Collection[str]
) -> dict[str, Request]:
    """The requests with these addresses, by address."""
    found = await reader.execute(
        text(f"{_READ} WHERE request.account_id = :account_id AND request.address = ANY(:addresses)"),
        {"account_id": account_id, "addresses": list(addresses)},
    )
    return {row["address"]: Request(**row) for row in found.mappings()}


async def give_up(tx: Transaction, attempt_id: UUID, now: datetime) -> None:
    """It is not waited for any more."""
    await tx.execute(
        text(
            "UPDATE payments_bitcoin_request SET given_up_at = coalesce(given_up_at, :now) WHERE attempt_id = :id"
        ),
        {"id": attempt_id, "now": now},
    )


async def cursor(reader: Reader, account_id: UUID, name: str) -> str | None:
    """Up to where this was watched."""
    found = await reader.execute(
        text("SELECT value FROM payments_bitcoin_cursor WHERE account_id = :account_id AND name = :name"),
        {"account_id": account_id, "name": name},
    )
    value = found.scalar_one_or_none()
    return None if value is None else str(value)


async def move_cursor(tx: Transaction, account_id: UUID, name: str, value: str, now: datetime) -> None:
    """It was watched up to here."""
    await tx.execute(
        text(
            """
            INSERT INTO payments_bitcoin_cursor (account_id, name, value, moved_at)
            VALUES (:account_id, :name, :value, :now)
            ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value, moved_at = excluded.moved_at
            """
        ),
        {"account_id": account_id, "name": name, "value": value, "now": now},
    )
