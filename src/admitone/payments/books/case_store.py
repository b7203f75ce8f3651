"""The SQL of cases: what of money waits for a person. Each thing is a case once, closed by a person or by itself."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text

from admitone.payments.books.store import Case, CaseKind
from admitone.payments.store import AMOUNTS, IDS, WORDS
from admitone.plumbing.database import Transaction

_OPEN = text(
    """
    INSERT INTO payments_case (id, account_id, organiser_id, kind, ref, currency, amount_minor, detail, opened_at)
    SELECT wanted.id, :account_id, account.organiser_id, wanted.kind, wanted.ref, wanted.currency, wanted.amount,
           wanted.detail, :now
    FROM unnest(:ids, :kinds, :refs, :currencies, :amounts, :details)
         AS wanted (id, kind, ref, currency, amount, detail),
         (SELECT organiser_id FROM payments_account WHERE id = :account_id) AS account
    ORDER BY wanted.kind, wanted.ref
    ON CONFLICT (account_id, kind, ref) DO UPDATE
        SET amount_minor = EXCLUDED.amount_minor, detail = EXCLUDED.detail, closed_at = NULL, closed_by = NULL
        WHERE payments_case.closed_by IN ('system') OR payments_case.detail <> EXCLUDED.detail
    RETURNING id
    """
).bindparams(
    bindparam("ids", type_=IDS),
    *(bindparam(name, type_=WORDS) for name in ("kinds", "refs", "currencies", "details")),
    bindparam("amounts", type_=AMOUNTS),
)
_CLOSE_OTHERS = text(
    """
    UPDATE payments_case SET closed_at = :now, closed_by = 'system'
    WHERE account_id = :account_id AND closed_at IS NULL AND kind = ANY(:kinds)
      AND NOT (kind || ' ' || ref = ANY(:still)) RETURNING id
    """
).bindparams(bindparam("kinds", type_=WORDS), bindparam("still", type_=WORDS))
_CLOSE = text(
    """
    UPDATE payments_case SET closed_at = :now, closed_by = :by
    WHERE id = :id AND organiser_id IS NOT DISTINCT FROM CAST(:organiser_id AS uuid) RETURNING kind, ref, account_id
    """
)


async def open_cases(
    tx: Transaction, account_id: UUID, cases: Sequence[tuple[UUID, Case]], now: datetime
) -> int:
    """Open those that are new, or were closed by themselves, or say something else now; how many."""
    rows = await tx.execute(
        _OPEN,
        {
            "account_id": account_id,
            "ids": [case_id for case_id, _ in cases],
            "kinds": [one.kind.value for _, one in cases],
            "refs": [one.ref for _, one in cases],
            "currencies": [one.currency for _, one in cases],
            "amounts": [one.amount_minor for _, one in cases],
            "details": [one.detail for _, one in cases],
            "now": now,
        },
    )
    return len(rows.all())


async def close_others(
    tx: Transaction,
    account_id: UUID,
    kinds: Collection[CaseKind],
    still: Collection[tuple[CaseKind, str]],
    now: datetime,
) -> int:
    """Close the account's open cases of these kinds that are not among `still`; how many."""
    rows = await tx.execute(
        _CLOSE_OTHERS,
        {
            "account_id": account_id,
            "kinds": [kind.value for kind in kinds],
            "still": [f"{kind.value} {ref}" for kind, ref in still],
            "now": now,
        },
    )
    return len(rows.all())


async def close(tx: Transaction, organiser_id: UUID | None, case_id: UUID, by: str, now: datetime) -> bool:
    """A person has looked at it; False when there is no such case of this organiser."""
    params = {"id": case_id, "organiser_id": organiser_id, "by": by, "now": now}
    return (await tx.execute(_CLOSE, params)).one_or_none() is not None
