"""The SQL of credit whose payment a bank wants back, or has taken. The attempt is locked before the credits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, text

from admitone.payments.store import IDS
from admitone.plumbing.database import Reader, Transaction

_DISPUTED = text(
    "SELECT EXISTS (SELECT FROM payments_credit_part AS part JOIN payments_dispute AS dispute USING (attempt_id) "
    "WHERE part.credit_id = :id AND dispute.state IN ('open', 'answered'))"
)


async def is_disputed(reader: Reader, credit_id: UUID) -> bool:
    """Does a bank want back a payment that became this credit, and has not decided? Until then nobody uses it."""
    return bool((await reader.execute(_DISPUTED, {"id": credit_id})).scalar_one())


@dataclass(frozen=True, slots=True)
class CreditPart:
    """So much of a payment became this credit, and no bank has taken it."""

    credit_id: UUID
    left_minor: int


_PARTS_LEFT = text(
    """
    SELECT part.credit_id, part.amount_minor - part.taken_minor FROM payments_credit_part AS part
    JOIN payments_credit AS credit ON credit.id = part.credit_id
    WHERE part.attempt_id = :attempt_id AND part.amount_minor > part.taken_minor
    ORDER BY credit.balance_minor DESC, credit.id
    """
)
_TAKE_PARTS = text(
    """
    UPDATE payments_credit_part AS part SET taken_minor = part.taken_minor + taken.minor
    FROM unnest(:ids, CAST(:minors AS bigint[])) AS taken (id, minor)
    WHERE part.attempt_id = :attempt_id AND part.credit_id = taken.id RETURNING part.credit_id
    """
).bindparams(bindparam("ids", type_=IDS))
_TAKE_CREDITS = text(
    """
    UPDATE payments_credit AS c SET taken_minor = c.taken_minor + taken.minor,
        balance_minor = c.balance_minor - taken.cut, ended_minor = c.ended_minor + taken.cut
    FROM (
        SELECT was.id, minor, least(was.balance_minor, was.taken_minor + minor - was.ended_minor) AS cut
        FROM payments_credit AS was JOIN unnest(:ids, CAST(:minors AS bigint[])) AS taken (id, minor) USING (id)
    ) AS taken WHERE c.id = taken.id RETURNING c.id, taken.cut
    """
).bindparams(bindparam("ids", type_=IDS))


async def credits_of_payment(reader: Reader, attempt_id: UUID) -> set[UUID]:
    """The credits that some of this payment became."""
    wanted = text("SELECT credit_id FROM payments_credit_part WHERE attempt_id = :id")
    return set((await reader.execute(wanted, {"id": attempt_id})).scalars())


async def parts_left(reader: Reader, attempt_id: UUID) -> list[CreditPart]:
    """What of this payment became credit and was not taken by a bank; what is still there to be used first."""
    rows = await reader.execute(_PARTS_LEFT, {"attempt_id": attempt_id})
    return [CreditPart(*row) for row in rows]


async def take_by_bank(tx: Transaction, attempt_id: UUID, by_credit: Mapping[UUID, int]) -> dict[UUID, int]:
    """A bank has taken so much of what this payment became, by credit id (locked by the caller). It ends as far as it
    was not used: how much, by credit id.
    """
    params = {"attempt_id": attempt_id, "ids": list(by_credit), "minors": list(by_credit.values())}
    made = await tx.execute(_TAKE_PARTS, params)
    assert set(made.scalars()) == by_credit.keys(), "parts of this payment"
    rows = await tx.execute(_TAKE_CREDITS, {"ids": params["ids"], "minors": params["minors"]})
    return {row.id: row.cut for row in rows if row.cut}


_ARE_SPLIT = text(
    """
    SELECT count(*) = cardinality(CAST(:ids AS uuid[])) FROM payments_credit AS credit
    WHERE credit.id = ANY(:ids) AND credit.funding = 'direct' AND NOT EXISTS (
        SELECT FROM payments_credit_part AS part JOIN payments_attempt AS attempt ON attempt.id = part.attempt_id
        WHERE part.credit_id = credit.id AND attempt.fee_split_minor IS NULL
    )
    """
).bindparams(bindparam("ids", type_=IDS))


async def are_split(reader: Reader, credit_ids: Collection[UUID]) -> bool:
    """Did all of these come from payments that were split between the organiser's account and the site's fee?"""
    return bool((await reader.execute(_ARE_SPLIT, {"ids": list(credit_ids)})).scalar_one())
