"""The SQL of store credit. Lock order: credits by id. Their uses are locked by their orders."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, text

from admitone.payments.store import IDS
from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A credit as stored (`tables.Credit`). Amounts are minor units of `currency`. `is_expired`: by database time.

    `taken_minor`: what banks have taken of the payments that became it; it ends as soon as it is there. `latest_at`: it
    is never usable from then on, however often it comes back; None when it has no last day.
    """

    id: UUID
    organiser_id: UUID
    currency: str
    is_test: bool
    source: str
    funding: str
    state: str
    given_minor: int
    balance_minor: int
    ended_minor: int
    expires_at: datetime | None
    email: str | None
    note: str
    batch_id: UUID | None
    order_id: UUID | None
    cause_id: UUID | None
    code_digest: bytes
    created_by: str
    created_at: datetime
    voided_at: datetime | None
    voided_by: str | None
    is_expired: bool
    taken_minor: int = 0
    latest_at: datetime | None = None

    @property
    def is_gift(self) -> bool:
        """Handed out by the organiser; else it is a refund that a buyer left with them."""
        return self.source == "gift"

    @property
    def standing(self) -> Literal["open", "used", "expired", "void"]:
        """How it stands for people."""
        if self.state == "void" or (self.ended_minor and not self.is_gift and not self.balance_minor):
            return "void"
        if self.is_expired:
            return "expired"
        return "open" if self.balance_minor else "used"


@dataclass(frozen=True, slots=True)
class CreditUse:
    """A use as stored (`tables.CreditUse`), with its credit's `funding`."""

    id: UUID
    credit_id: UUID
    order_id: UUID
    amount_minor: int
    returned_minor: int
    state: str
    set_aside_at: datetime
    ended_at: datetime | None
    funding: str

    @property
    def left_minor(self) -> int:
        """What of it has not come back."""
        return self.amount_minor - self.returned_minor


_COLUMNS = """id, organiser_id, currency, is_test, source, funding, state, given_minor, balance_minor, ended_minor,
    expires_at, email, note, batch_id, order_id, cause_id, code_digest, created_by, created_at, voided_at, voided_by,
    coalesce(expires_at <= clock_timestamp(), false) AS is_expired, taken_minor, latest_at"""
_USE_COLUMNS = """u.id, u.credit_id, u.order_id, u.amount_minor, u.returned_minor, u.state, u.set_aside_at, u.ended_at,
    c.funding"""
_INSERT = text(
    """
    INSERT INTO payments_credit (id, organiser_id, currency, is_test, source, funding, given_minor, balance_minor,
        expires_at, latest_at, email, note, batch_id, order_id, cause_id, code_digest, created_by, created_at)
    SELECT n.id, n.organiser_id, n.currency, n.is_test, n.source, n.funding, n.given_minor, n.given_minor,
        n.expires_at, n.latest_at, n.email, n.note, n.batch_id, n.order_id, n.cause_id, decode(n.code_digest, 'hex'),
        n.created_by, n.created_at
    FROM jsonb_to_recordset(CAST(:doc AS jsonb)) AS n (id uuid, organiser_id uuid, currency text, is_test boolean,
        source text, funding text, given_minor bigint, expires_at timestamptz, latest_at timestamptz,
        email text, note text, batch_id uuid,
        order_id uuid, cause_id uuid, code_digest text, created_by text, created_at timestamptz)
    ORDER BY n.id ON CONFLICT DO NOTHING RETURNING id
    """
)
_PARTS = text(
    """
    INSERT INTO payments_credit_part (credit_id, attempt_id, amount_minor)
    SELECT :credit_id, * FROM unnest(:attempts, CAST(:minors AS bigint[]))
    """
).bindparams(bindparam("attempts", type_=IDS))


async def insert(tx: Transaction, credits: Sequence[Mapping[str, object]]) -> set[UUID]:
    """Write new credits; those that were new: the same id, cause or code is there once. Their digests are hex."""
    made = await tx.execute(_INSERT, {"doc": msgspec.json.encode(credits).decode()})
    return set(made.scalars())


async def insert_parts(tx: Transaction, credit_id: UUID, by_attempt: Mapping[UUID, int]) -> None:
    """So much of each payment (locked by the caller) became this credit."""
    await tx.execute(
        _PARTS,
        {"credit_id": credit_id, "attempts": list(by_attempt), "minors": list(by_attempt.values())},
    )


_CREDITED = text(
    "SELECT attempt_id, sum(amount_minor)::bigint AS minor FROM payments_credit_part "
    "WHERE attempt_id = ANY(:ids) GROUP BY attempt_id"
).bindparams(bindparam("ids", type_=IDS))


async def credited_of(reader: Reader, attempt_ids: Collection[UUID]) -> dict[UUID, int]:
    """What of these payments became credit, by attempt id, without those of which nothing did."""
    rows = await reader.execute(_CREDITED, {"ids": list(attempt_ids)})
    return {row.attempt_id: row.minor for row in rows}


_BY_IDS = text(f"SELECT {_COLUMNS} FROM payments_credit WHERE id = ANY(:ids)").bindparams(
    bindparam("ids", type_=IDS)
)
_LOCK = text(
    f"SELECT {_COLUMNS} FROM payments_credit WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"
).bindparams(bindparam("ids", type_=IDS))
_BY_DIGEST = text(f"SELECT {_COLUMNS} FROM payments_credit WHERE code_digest = :digest")
_BY_CAUSE = text(f"SELECT {_COLUMNS} FROM payments_credit WHERE cause_id = :cause_id")
_BY_BATCH = text(
    f"SELECT {_COLUMNS} FROM payments_credit WHERE organiser_id = :organiser_id AND batch_id = :batch_id ORDER BY id"
)


async def by_ids(reader: Reader, ids: Collection[UUID]) -> dict[UUID, CreditRow]:
    """The credits with these ids."""
    return {row.id: CreditRow(*row) for row in await reader.execute(_BY_IDS, {"ids": list(ids)})}


async def lock(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, CreditRow]:
    """The credits as they are now, locked until the transaction ends, in the order of their ids."""
    return {row.id: CreditRow(*row) for row in await tx.execute(_LOCK, {"ids": list(ids)})}


async def by_digest(reader: Reader, digest: bytes) -> CreditRow | None:
    """The credit whose code has this digest."""
    row = (await reader.execute(_BY_DIGEST, {"digest": digest})).one_or_none()
    return None if row is None else CreditRow(*row)


async def by_cause(reader: Reader, cause_id: UUID) -> CreditRow | None:
    """The credit made for this reversal, if there is one."""
    row = (await reader.execute(_BY_CAUSE, {"cause_id": cause_id})).one_or_none()
    return None if row is None else CreditRow(*row)


async def by_batch(reader: Reader, organiser_id: UUID, batch_id: UUID) -> list[CreditRow]:
    """The gifts of an organiser that were made at once."""
    rows = await reader.execute(_BY_BATCH, {"organiser_id": organiser_id, "batch_id": batch_id})
    return [CreditRow(*row) for row in rows]


_GIFTS_BY = text(
    """
    SELECT batch_id, CAST(sum(given_minor) AS bigint) AS minor FROM payments_credit
    WHERE organiser_id = :organiser_id AND created_at > :since AND created_by = :by AND source = 'gift'
      AND currency = :currency AND is_test = :is_test GROUP BY batch_id
    """
)


async def gifts_by(
    reader: Reader, organiser_id: UUID, by: str, currency: str, since: datetime, *, is_test: bool
) -> dict[UUID, int]:
    """What the gift codes are worth that somebody has made since then, by batch, in minor units."""
    asked = {
        "organiser_id": organiser_id,
        "by": by,
        "currency": currency,
        "since": since,
        "is_test": is_test,
    }
    return {row.batch_id: row.minor for row in await reader.execute(_GIFTS_BY, asked)}


_TAKE = text(
    """
    UPDATE payments_credit SET balance_minor = balance_minor - :minor
    WHERE id = :id AND state = 'open' AND balance_minor >= :minor
      AND (expires_at IS NULL OR expires_at > clock_timestamp())
    RETURNING id
    """
)
_USE = text(
    """
    INSERT INTO payments_credit_use (id, credit_id, order_id, amount_minor, state, set_aside_at)
    VALUES (:use_id, :id, :order_id, :minor, 'set_aside', :now)
    """
)


async def take(
    tx: Transaction, credit_id: UUID, order_id: UUID, use_id: UUID, amount_minor: int, now: datetime
) -> bool:
    """Set so much aside for an order (locked by the caller), if the credit is open and has it."""
    fields = {
        "id": credit_id,
        "order_id": order_id,
        "use_id": use_id,
        "minor": amount_minor,
        "now": now,
    }
    if (await tx.execute(_TAKE, fields)).one_or_none() is None:
        return False
    await tx.execute(_USE, fields)
    return True


# What is put back onto a credit whose payment a bank has taken ends at once, as far as that goes: `cut`. Who gets back
# what they had paid with a gift that ran out meanwhile can use it for a while, up to its last day of all. What never
# ran out has none after that either: `greatest` alone would take the null for less than any.
_BACK = text(
    """
    UPDATE payments_credit AS c SET balance_minor = c.balance_minor + back.minor - back.cut,
        ended_minor = c.ended_minor + back.cut,
        expires_at = CASE WHEN c.expires_at IS NOT NULL AND CAST(:days AS int) IS NOT NULL
            THEN greatest(c.expires_at, least(clock_timestamp() + make_interval(days => :days), c.latest_at))
            ELSE c.expires_at END
    FROM (
        SELECT was.id, minor, CASE was.source WHEN 'refund' THEN least(minor, was.taken_minor - was.ended_minor)
            ELSE 0 END AS cut
        FROM payments_credit AS was JOIN unnest(:ids, CAST(:minors AS bigint[])) AS back (id, minor) USING (id)
    ) AS back WHERE c.id = back.id RETURNING c.id, back.cut
    """
).bindparams(bindparam("ids", type_=IDS))


async def put_back(
    tx: Transaction, by_credit: Mapping[UUID, int], days: int | None = None
) -> dict[UUID, int]:
    """So much comes back to each of these credits (locked by the caller); `days`: to be used for so long at least, but
    not beyond its `latest_at`. What of it ended at once, because a bank has taken the payment behind it, by credit id.
    """
    params = {"ids": list(by_credit), "minors": list(by_credit.values()), "days": days}
    made = {row.id: row.cut for row in await tx.execute(_BACK, params)}
    assert made.keys() == by_credit.keys(), "the credits are there"
    return {credit_id: cut for credit_id, cut in made.items() if cut}


_USES = text(
    f"""
    SELECT {_USE_COLUMNS} FROM payments_credit_use AS u JOIN payments_credit AS c ON c.id = u.credit_id
    WHERE u.order_id = ANY(:ids) ORDER BY u.order_id, u.set_aside_at, u.id
    """
).bindparams(bindparam("ids", type_=IDS))
_USE_BY_ID = text(
    f"SELECT {_USE_COLUMNS} FROM payments_credit_use AS u JOIN payments_credit AS c ON c.id = u.credit_id "
    "WHERE u.id = :id"
)
_MARK_USED = text(
    """
    UPDATE payments_credit_use SET state = 'used', ended_at = :now
    WHERE order_id = ANY(:ids) AND state = 'set_aside' RETURNING id
    """
).bindparams(bindparam("ids", type_=IDS))
_MARK_RETURNED = text(
    """
    UPDATE payments_credit_use SET state = 'returned', returned_minor = amount_minor, ended_at = :now
    WHERE id = ANY(:ids) AND state = 'set_aside' RETURNING id
    """
).bindparams(bindparam("ids", type_=IDS))
_RETURN_OF = text(
    """
    UPDATE payments_credit_use AS u SET returned_minor = u.returned_minor + back.minor
    FROM unnest(:ids, CAST(:minors AS bigint[])) AS back (id, minor)
    WHERE u.id = back.id AND u.state = 'used' AND u.returned_minor + back.minor <= u.amount_minor RETURNING u.id
    """
).bindparams(bindparam("ids", type_=IDS))


async def uses_of(reader: Reader, order_ids: Collection[UUID]) -> list[CreditUse]:
    """What these orders took of credits, in the order in which they took it."""
    return [CreditUse(*row) for row in await reader.execute(_USES, {"ids": list(order_ids)})]


async def use_by_id(reader: Reader, use_id: UUID) -> CreditUse | None:
    """The use with this id, if there is one."""
    row = (await reader.execute(_USE_BY_ID, {"id": use_id})).one_or_none()
    return None if row is None else CreditUse(*row)


async def mark_used(tx: Transaction, order_ids: Collection[UUID], now: datetime) -> None:
    """What these orders (locked by the caller) set aside has paid for them."""
    await tx.execute(_MARK_USED, {"ids": list(order_ids), "now": now})


async def mark_returned(tx: Transaction, use_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """These uses end, all of each comes back; which were still set aside."""
    return set((await tx.execute(_MARK_RETURNED, {"ids": list(use_ids), "now": now})).scalars())


async def return_of(tx: Transaction, by_use: Mapping[UUID, int]) -> None:
    """So much comes back of these uses, whose orders are taken back."""
    made = await tx.execute(_RETURN_OF, {"ids": list(by_use), "minors": list(by_use.values())})
    assert set(made.scalars()) == by_use.keys(), "never more comes back than was used"


_DUE_TO_END = text(
    """
    (SELECT id FROM payments_credit
        WHERE balance_minor > 0 AND expires_at <= statement_timestamp() AND source = 'gift'
        ORDER BY expires_at LIMIT :most)
    UNION
    (SELECT id FROM payments_credit WHERE balance_minor > 0 AND state = 'void' AND source = 'gift'
        ORDER BY id LIMIT :most)
    LIMIT :most
    """
)
_END = text(
    """
    WITH locked AS (
        SELECT id, balance_minor FROM payments_credit WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE payments_credit AS c SET ended_minor = c.ended_minor + locked.balance_minor, balance_minor = 0
    FROM locked WHERE c.id = locked.id AND c.source = 'gift' AND locked.balance_minor > 0
      AND (c.state = 'void' OR c.expires_at <= clock_timestamp())
    RETURNING c.id, locked.balance_minor
    """
).bindparams(bindparam("ids", type_=IDS))
_VOID = text(
    """
    UPDATE payments_credit SET state = 'void', voided_at = :now, voided_by = :actor
    WHERE id = :id AND state = 'open' AND source = 'gift' RETURNING id
    """
)
_TERMS = text("SELECT is_offered FROM payments_credit_terms WHERE organiser_id = :organiser_id")
_SET_TERMS = text(
    """
    INSERT INTO payments_credit_terms (organiser_id, is_offered, updated_at) VALUES (:organiser_id, :is_offered, :now)
    ON CONFLICT (organiser_id) DO UPDATE SET is_offered = EXCLUDED.is_offered, updated_at = EXCLUDED.updated_at
    """
)


async def due_to_end(reader: Reader, most: int) -> list[UUID]:
    """Gifts with something left that ran out, by database time, or were taken away."""
    return list((await reader.execute(_DUE_TO_END, {"most": most})).scalars())


async def end(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, int]:
    """What is left of these gifts ends, if they ran out or were taken away; how much it was, by id."""
    return {row.id: row.balance_minor for row in await tx.execute(_END, {"ids": list(ids)})}


async def mark_void(tx: Transaction, credit_id: UUID, actor: str, now: datetime) -> bool:
    """Take a gift away; False when it was before, or is none."""
    made = await tx.execute(_VOID, {"id": credit_id, "actor": actor, "now": now})
    return made.one_or_none() is not None


async def is_offered(reader: Reader, organiser_id: UUID) -> bool:
    """May this organiser's buyers take store credit instead of their money back?"""
    return bool((await reader.execute(_TERMS, {"organiser_id": organiser_id})).scalar_one_or_none())


async def offer(tx: Transaction, organiser_id: UUID, now: datetime, *, is_offered: bool) -> None:
    """Let them, or not."""
    await tx.execute(_SET_TERMS, {"organiser_id": organiser_id, "is_offered": is_offered, "now": now})
