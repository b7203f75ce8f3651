"""The SQL of our own transactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text

from admitone.payments.store import WORDS
from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class OwnTransaction:
    """A transaction of ours; the columns of its table (`tables.BitcoinOutgoing`)."""

    key: UUID
    account_id: UUID
    address: str
    amount_msat: int
    txid: str | None
    raw: str | None
    fee_msat: int | None
    height: int | None
    coins: tuple[str, ...]
    earlier_txids: tuple[str, ...]
    wanted_at: datetime
    signed_at: datetime | None
    sent_at: datetime | None


_COLUMNS = """key, account_id, address, amount_msat, txid, raw, fee_msat, height, coins, earlier_txids, wanted_at,
    signed_at, sent_at"""


async def find(reader: Reader, account_id: UUID, key: UUID, address: str) -> OwnTransaction | None:
    """The transaction with this key to this address."""
    found = await reader.execute(
        text(
            f"SELECT {_COLUMNS} FROM payments_bitcoin_outgoing"
            " WHERE key = :key AND address = :address AND account_id = :account_id"
        ),
        {"key": key, "address": address, "account_id": account_id},
    )
    row = found.mappings().one_or_none()
    if row is None:
        return None
    lists = {name: tuple(row[name]) for name in ("coins", "earlier_txids")}
    return OwnTransaction(**{**row, **lists})


async def want(tx: Transaction, new: OwnTransaction) -> None:
    """It is going to be made, unless it is there already."""
    await tx.execute(
        text(
            """
            INSERT INTO payments_bitcoin_outgoing (key, account_id, address, amount_msat, wanted_at)
            VALUES (:key, :account_id, :address, :amount_msat, :wanted_at) ON CONFLICT (key, address) DO NOTHING
            """
        ),
        {name: getattr(new, name) for name in ("key", "account_id", "address", "amount_msat", "wanted_at")},
    )


_RESERVE = text(
    "UPDATE payments_bitcoin_outgoing SET coins = :coins WHERE key = :key AND address = :address"
).bindparams(bindparam("coins", type_=WORDS))


async def reserve(tx: Transaction, one: OwnTransaction, coins: Sequence[str]) -> None:
    """These coins are about to be set aside for it, and no others."""
    await tx.execute(_RESERVE, {"key": one.key, "address": one.address, "coins": list(coins)})


_OWN_COINS = text(
    """
    SELECT unnest(coins) AS coin FROM payments_bitcoin_outgoing WHERE key = :key AND address = :address
    EXCEPT
    SELECT unnest(coins) FROM payments_bitcoin_outgoing
    WHERE account_id = :account_id AND (key, address) <> (:key, :address) AND sent_at IS NULL
    """
)


async def own_coins(reader: Reader, one: OwnTransaction) -> set[str]:
    """The coins that were to be set aside for it, but for those of others that are not sent yet."""
    params = {"key": one.key, "address": one.address, "account_id": one.account_id}
    return set((await reader.execute(_OWN_COINS, params)).scalars())


async def signed(tx: Transaction, new: OwnTransaction, instead_of: str | None) -> bool:
    """It was signed, in place of the one with that id (None: the first time); False when another one was meanwhile."""
    done = await tx.execute(
        text(
            """
            UPDATE payments_bitcoin_outgoing
            SET txid = :txid, raw = :raw, fee_msat = :fee_msat, height = :height, signed_at = :signed_at,
                earlier_txids = :earlier_txids
            WHERE key = :key AND address = :address AND txid IS NOT DISTINCT FROM :instead_of
            """
        ).bindparams(bindparam("earlier_txids", type_=WORDS)),
        {
            "key": new.key,
            "address": new.address,
            "txid": new.txid,
            "raw": new.raw,
            "fee_msat": new.fee_msat,
            "height": new.height,
            "signed_at": new.signed_at,
            "earlier_txids": list(new.earlier_txids),
            "instead_of": instead_of,
        },
    )
    return done.rowcount == 1


async def sent(tx: Transaction, key: UUID, address: str, now: datetime) -> None:
    """The network has it."""
    await tx.execute(
        text(
            "UPDATE payments_bitcoin_outgoing SET sent_at = coalesce(sent_at, :now)"
            " WHERE key = :key AND address = :address"
        ),
        {"key": key, "address": address, "now": now},
    )
