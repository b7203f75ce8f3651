"""The SQL of connected wallets and of what they were asked to pay."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from admitone.payments.nwc.wire import Budget, Look, Told, WalletPaymentState
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct


@dataclass(frozen=True, slots=True)
class Connection:
    """A wallet that a person has connected. `sealed` None: it has ended, and nobody can open it any more.

    `used_at`: when it last paid. `person_id` None: their account is deleted.
    """

    id: UUID
    person_id: UUID | None
    sealed: bytes | None = field(repr=False)
    alias: str
    relay_host: str
    network: str | None
    methods: Sequence[str]
    budget: Budget | None
    looked_at: datetime
    connected_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class WalletPayment:
    """An invoice that a connected wallet was asked to pay, for one attempt of an order."""

    attempt_id: UUID
    order_id: UUID
    connection_id: UUID
    bolt11: str
    payment_hash: str
    amount_msat: int
    state: WalletPaymentState
    reason: str | None
    fees_msat: int | None
    fallback_address: str | None
    asked_at: datetime
    begun_at: datetime | None
    ask_at: datetime
    expires_at: datetime

    @property
    def is_open(self) -> bool:
        """Nobody knows yet what becomes of it."""
        return self.state in (WalletPaymentState.ASKING, WalletPaymentState.UNKNOWN)


_CONNECTION = """id, person_id, sealed, alias, relay_host, network, methods, budget_msat, budget_used_msat,
    budget_period, budget_renews_at, looked_at, connected_at, used_at"""
_PAYMENT = """attempt_id, order_id, connection_id, bolt11, payment_hash, amount_msat, state, reason, fees_msat,
    fallback_address, asked_at, begun_at, ask_at, expires_at"""
_INSERT = text(
    f"""
    INSERT INTO payments_wallet_connection ({_CONNECTION}, ended_at)
    VALUES (:id, :person_id, :sealed, :alias, :relay_host, :network, :methods, :budget_msat, :budget_used_msat,
            :budget_period, :budget_renews_at, :now, :now, NULL, NULL)
    """
).bindparams(bindparam("methods", type_=ARRAY(Text)))
_LOOKED = text(
    """
    UPDATE payments_wallet_connection
    SET alias = :alias, network = :network, methods = :methods, budget_msat = :budget_msat,
        budget_used_msat = :budget_used_msat, budget_period = :budget_period, budget_renews_at = :budget_renews_at,
        looked_at = :now
    WHERE id = :id AND ended_at IS NULL
    """
).bindparams(bindparam("methods", type_=ARRAY(Text)))
_END = text(
    """
    UPDATE payments_wallet_connection SET sealed = NULL, ended_at = :now
    WHERE person_id = :person_id AND ended_at IS NULL
    RETURNING id
    """
)


def _connection(row: RowMapping) -> Connection:
    said = dict(row)
    total, used = said.pop("budget_msat"), said.pop("budget_used_msat")
    period, renews_at = said.pop("budget_period"), said.pop("budget_renews_at")
    budget = None if total is None else Budget(total, used, renews_at, period)
    return Connection(**said, budget=budget)


def _said(look: Look) -> dict[str, object]:
    budget = look.budget
    return {
        "alias": look.alias,
        "network": look.network,
        "methods": list(look.methods),
        "budget_msat": None if budget is None else budget.total_msat,
        "budget_used_msat": None if budget is None else budget.used_msat,
        "budget_period": None if budget is None else budget.period,
        "budget_renews_at": None if budget is None else budget.renews_at,
    }


async def lock_person(tx: Transaction, person_id: UUID) -> None:
    """Whoever changes this person's connection goes alone."""
    await tx.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('wallet connection ' || :id, 0))"),
        {"id": str(person_id)},
    )


async def insert(
    tx: Transaction, new_id: UUID, person_id: UUID, sealed: bytes, relay_host: str, look: Look, now: datetime
) -> None:
    """Store a connection; the one before must have ended."""
    kept = {"id": new_id, "person_id": person_id, "sealed": sealed, "relay_host": relay_host, "now": now}
    await tx.execute(_INSERT, {**kept, **_said(look)})


async def end(tx: Transaction, person_id: UUID, now: datetime) -> UUID | None:
    """The person's connection ends and what it was sealed with is gone; which it was, None if there was none."""
    ended: UUID | None = (await tx.execute(_END, {"person_id": person_id, "now": now})).scalar_one_or_none()
    return ended


async def keep_look(tx: Transaction, connection_id: UUID, look: Look, now: datetime) -> None:
    """What the wallet says of itself now."""
    await tx.execute(_LOOKED, {"id": connection_id, "now": now, **_said(look)})


async def of_person(reader: Reader, person_id: UUID) -> Connection | None:
    """The wallet this person has connected."""
    found = await reader.execute(
        text(
            f"SELECT {_CONNECTION} FROM payments_wallet_connection WHERE person_id = :id AND ended_at IS NULL"
        ),
        {"id": person_id},
    )
    row = found.mappings().one_or_none()
    return None if row is None else _connection(row)


async def by_id(reader: Reader, connection_id: UUID) -> Connection | None:
    """The connection with this id, also one that has ended."""
    found = await reader.execute(
        text(f"SELECT {_CONNECTION} FROM payments_wallet_connection WHERE id = :id"), {"id": connection_id}
    )
    row = found.mappings().one_or_none()
    return None if row is None else _connection(row)


_ASK = text(
    f"""
    INSERT INTO payments_wallet_payment ({_PAYMENT})
    VALUES (:attempt_id, :order_id, :connection_id, :bolt11, :payment_hash, :amount_msat, 'asking', NULL, NULL,
            :fallback_address, :now, NULL, :now, :expires_at)
    ON CONFLICT (attempt_id) DO UPDATE
    SET state = 'asking', reason = NULL, connection_id = excluded.connection_id, asked_at = excluded.asked_at,
        begun_at = NULL, ask_at = excluded.ask_at, fallback_address = excluded.fallback_address
    WHERE payments_wallet_payment.state = 'refused'
    RETURNING attempt_id
    """
)


async def ask(
    tx: Transaction,
    *,
    attempt_id: UUID,
    order_id: UUID,
    connection_id: UUID,
    bolt11: str,
    payment_hash: str,
    amount_msat: int,
    fallback_address: str | None,
    expires_at: datetime,
    now: datetime,
) -> bool:
    """Write down that the wallet is to pay this; False when it is being asked already, or has paid.

    One that was refused may be asked again: with the invoice that was stored first.
    """
    asked = await tx.execute(
        _ASK,
        {
            "attempt_id": attempt_id,
            "order_id": order_id,
            "connection_id": connection_id,
            "bolt11": bolt11,
            "payment_hash": payment_hash,
            "amount_msat": amount_msat,
            "fallback_address": fallback_address,
            "expires_at": expires_at,
            "now": now,
        },
    )
    return asked.scalar_one_or_none() is not None


async def read(reader: Reader, attempt_id: UUID) -> WalletPayment | None:
    """What was asked for this attempt."""
    found = await reader.execute(
        text(f"SELECT {_PAYMENT} FROM payments_wallet_payment WHERE attempt_id = :id"), {"id": attempt_id}
    )
    row = found.mappings().one_or_none()
    return None if row is None else _payment(row)


async def of_order(reader: Reader, order_id: UUID) -> list[WalletPayment]:
    """What was asked for this order, newest first."""
    found = await reader.execute(
        text(
            f"SELECT {_PAYMENT} FROM payments_wallet_payment AS payment WHERE attempt_id IN"
            " (SELECT id FROM payments_attempt WHERE order_id = :id) ORDER BY asked_at DESC, attempt_id"
        ),
        {"id": order_id},
    )
    return [_payment(row) for row in found.mappings()]


def _payment(row: RowMapping) -> WalletPayment:
    return WalletPayment(**{**row, "state": WalletPaymentState(row["state"])})


_TAKE = text(
    f"""
    UPDATE payments_wallet_payment SET ask_at = :later, begun_at = coalesce(begun_at, :now)
    WHERE attempt_id = :attempt_id AND state IN ('asking', 'unknown') AND ask_at <= :now
    RETURNING {_PAYMENT}, (SELECT was.begun_at FROM payments_wallet_payment AS was
                           WHERE was.attempt_id = :attempt_id) AS begun_before
    """
)


async def take(
    tx: Transaction, attempt_id: UUID, now: datetime, later: datetime
) -> tuple[WalletPayment, bool] | None:
    """Take it on: nobody else does until `later`. None when it is decided, or somebody else has it.

    With it: whether the wallet may have been asked before.
    """
    taken = await tx.execute(_TAKE, {"attempt_id": attempt_id, "now": now, "later": later})
    row = taken.mappings().one_or_none()
    if row is None:
        return None
    said = dict(row)
    was_begun = said.pop("begun_before") is not None
    return WalletPayment(**{**said, "state": WalletPaymentState(said["state"])}), was_begun


async def tell(tx: Transaction, attempt_id: UUID, told: Told, now: datetime, ask_at: datetime) -> bool:
    """Keep what the wallet said; True when that changed the state. What is decided stays decided."""
    moved = await tx.execute(
        text(
            """
            WITH was AS (SELECT state FROM payments_wallet_payment WHERE attempt_id = :attempt_id FOR UPDATE)
            UPDATE payments_wallet_payment SET state = :state, reason = :reason, fees_msat = :fees, ask_at = :ask_at
            FROM was
            WHERE attempt_id = :attempt_id AND was.state IN ('asking', 'unknown')
            RETURNING was.state <> :state
            """
        ),
        {
            "attempt_id": attempt_id,
            "state": told.state.value,
            "reason": told.reason,
            "fees": told.fees_msat,
            "ask_at": ask_at,
        },
    )
    is_news = bool(moved.scalar_one_or_none())
    if told.state is WalletPaymentState.PAID and is_news:
        # What is left of the budget is what the wallet says when it is looked at; until then it is less by this.
        await tx.execute(
            text(
                """
                UPDATE payments_wallet_connection AS connection
                SET used_at = :now, budget_used_msat = budget_used_msat + paid.amount_msat + coalesce(:fees, 0)
                FROM payments_wallet_payment AS paid
                WHERE paid.attempt_id = :attempt_id AND connection.id = paid.connection_id
                """
            ),
            {"attempt_id": attempt_id, "now": now, "fees": told.fees_msat},
        )
    return is_news


_DUE = Direct(
    text(
        "SELECT attempt_id FROM payments_wallet_payment"
        " WHERE state IN ('asking', 'unknown') AND ask_at <= :now ORDER BY ask_at LIMIT :most"
    )
)


async def due(reader: Reader, now: datetime, most: int) -> list[UUID]:
    """Attempts about which a wallet is to be asked (again), longest due first."""
    return [row.attempt_id for row in (await _DUE.run(reader, {"now": now, "most": most})).rows]
