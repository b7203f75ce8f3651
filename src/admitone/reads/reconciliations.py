"""The last comparison of each of an organiser's payment accounts with its provider's books."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone import accounts
from admitone.plumbing.database import Reader
from admitone.values.actor import Action, Actor


@dataclass(frozen=True, slots=True)
class CurrencyCompared:
    """A currency, in minor units: what is there, what our books say, what is on its way, what nothing explains."""

    currency: str
    there_minor: int | None
    clearing_minor: int
    under_way_minor: int
    others_minor: int
    opening_minor: int | None
    difference_minor: int


@dataclass(frozen=True, slots=True)
class Compared:
    """An account and its last run; `until` None: never. `missing` are differences by id; `cases` how many are open."""

    account_id: UUID
    provider: str
    label: str
    is_test: bool
    state: str | None
    until: datetime | None
    error: str | None
    counts: Mapping[str, int]
    currencies: tuple[CurrencyCompared, ...]
    missing: tuple[Mapping[str, object], ...]
    cases: int


_LAST = text(
    """
    SELECT a.id AS account_id, a.provider, a.label, a.mode = 'test' AS is_test, run.state, run.until, run.error,
        coalesce(run.counts, '{}') AS counts, coalesce(run.balances, '{}') AS balances,
        coalesce(run.differences -> 'missing', '[]') AS missing,
        (SELECT count(*) FROM payments_case c WHERE c.account_id = a.id AND c.closed_at IS NULL) AS cases
    FROM payments_account a LEFT JOIN LATERAL (
        SELECT * FROM payments_reconciliation r WHERE r.account_id = a.id ORDER BY r.until DESC LIMIT 1
    ) AS run ON true
    WHERE a.organiser_id = :organiser_id AND (a.state <> 'closed' OR run.until IS NOT NULL)
        AND a.options ->> 'stands_for' IS DISTINCT FROM 'no'
    ORDER BY a.mode, a.position, a.id
    """
)


async def reconciliations(reader: Reader, actor: Actor, organiser_id: UUID) -> tuple[Compared, ...]:
    """The organiser's accounts. Raises `Forbidden`."""
    accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
    rows = await reader.execute(_LAST, {"organiser_id": organiser_id})
    return tuple(
        Compared(
            account_id=row.account_id,
            provider=row.provider,
            label=row.label,
            is_test=row.is_test,
            state=row.state,
            until=row.until,
            error=row.error,
            counts=row.counts,
            currencies=tuple(_compared(one) for _, one in sorted(row.balances.items())),
            missing=tuple(row.missing),
            cases=row.cases,
        )
        for row in rows
    )


def _compared(kept: Mapping[str, object]) -> CurrencyCompared:
    return CurrencyCompared(
        currency=str(kept["currency"]),
        there_minor=_minor(kept["there_minor"]),
        clearing_minor=_minor(kept["clearing_minor"]) or 0,
        under_way_minor=_minor(kept["under_way_minor"]) or 0,
        others_minor=_minor(kept["others_minor"]) or 0,
        opening_minor=_minor(kept["opening_minor"]),
        difference_minor=(_minor(kept["difference_minor"]) or 0) + (_minor(kept["lag_minor"]) or 0),
    )


def _minor(value: object) -> int | None:
    return value if isinstance(value, int) else None
