"""Our clearing account beside the provider's own books: what each holds, and what one has that the other has not.

Two sums have to agree in every currency. Theirs: the balance is what lay there before us and all lines since. Ours: the
clearing account is all lines that are explained, and what we know of that they have not written down yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone.payments import ExplainedAs
from admitone.plumbing.database import Reader

MISSING_MOST = 500


@dataclass(frozen=True, slots=True)
class MirrorLine:
    """A currency at a provider, in minor units. `there_minor` None: the balance moved while it was read.

    `opening_minor` None: not known yet. `others_minor` is in lines that are not ours, or not explained;
    `under_way_minor` counts here and is not in their lines, `off_minor` is by how much lines differ from what we were
    told.
    """

    currency: str
    there_minor: int | None
    opening_minor: int | None
    explained_minor: int
    others_minor: int
    under_way_minor: int
    off_minor: int
    clearing_minor: int

    @property
    def lines_minor(self) -> int:
        """All lines but the opening."""
        return self.explained_minor + self.others_minor

    @property
    def lag_minor(self) -> int | None:
        """By how much their balance is more than what lay there and their lines; None when that cannot be said."""
        if self.there_minor is None or self.opening_minor is None:
            return None
        return self.there_minor - self.opening_minor - self.lines_minor

    @property
    def difference_minor(self) -> int:
        """What nothing explains: always 0."""
        return self.clearing_minor - self.explained_minor - self.under_way_minor - self.off_minor


@dataclass(frozen=True, slots=True)
class Missing:
    """Money one side has and the other has not: `what` is attempt, refund or payout (then without an order). What is
    negative left the account by our books and not yet by theirs, or came back only there.

    `is_wrong_amount`: both have it, by so much apart.
    """

    what: str
    id: UUID
    order_code: str
    currency: str
    amount_minor: int
    since: datetime
    is_wrong_amount: bool = False


@dataclass(frozen=True, slots=True)
class Mirror:
    """An account held against the provider's books."""

    lines: tuple[MirrorLine, ...]
    missing: tuple[Missing, ...]


# One statement, so that all of it is seen at the same moment.
_LOOK = text(
    """
    SELECT (
        SELECT jsonb_agg(jsonb_build_array(currency, as_what, minor)) FROM (
            SELECT currency, coalesce(explained_as, '') AS as_what, sum(amount_minor - fee_minor) AS minor
            FROM payments_movement WHERE account_id = :account_id GROUP BY 1, 2
        ) AS line
    ) AS lines, (
        SELECT jsonb_object_agg(a.currency, b.debits_minor - b.credits_minor) FROM ledger_account a
        JOIN ledger_balance b ON b.account_id = a.id WHERE a.name = :name AND a.is_test = :is_test
    ) AS clearing, (
        SELECT min(since) FROM payments_reconciliation WHERE account_id = :account_id
    ) AS first, (
        SELECT jsonb_agg(jsonb_build_array(what, ours.id, o.code, ours.currency, minor, since) ORDER BY since, ours.id)
        FROM (
            SELECT 'attempt' AS what, a.id, a.order_id, a.paid_currency AS currency, a.paid_minor AS minor,
                a.closed_at AS since
            FROM payments_attempt a WHERE a.account_id = :account_id AND a.state = 'paid'
            UNION ALL
            SELECT 'refund', r.id, r.order_id, r.currency, -r.amount_minor, r.done_at
            FROM payments_refund r JOIN payments_attempt a ON a.id = r.attempt_id
            WHERE a.account_id = :account_id AND r.state = 'done' AND coalesce(r.provider_ref, '') NOT LIKE 'dispute:%'
        ) AS ours JOIN orders_order o ON o.id = ours.order_id
        WHERE NOT EXISTS (
            SELECT FROM payments_movement m WHERE m.explained_id = ours.id AND m.explained_as = ours.what
        )
    ) AS missing, (
        SELECT jsonb_agg(jsonb_build_array(told.what, told.id, o.code, mine.currency, mine.minor - told.minor, told.at)
            ORDER BY told.at, told.id)
        FROM (
            SELECT explained_as AS what, explained_id AS id, sum(amount_minor) AS minor, max(at) AS at
            FROM payments_movement WHERE account_id = :account_id AND explained_as IN ('attempt', 'refund')
            GROUP BY 1, 2
        ) AS told
        JOIN LATERAL (
            SELECT a.order_id, a.paid_currency AS currency, a.paid_minor AS minor FROM payments_attempt a
            WHERE told.what = 'attempt' AND a.id = told.id
            UNION ALL
            SELECT r.order_id, r.currency, -r.amount_minor FROM payments_refund r
            WHERE told.what = 'refund' AND r.id = told.id
        ) AS mine ON mine.minor <> told.minor
        JOIN orders_order o ON o.id = mine.order_id
    ) AS off, (
        SELECT jsonb_agg(jsonb_build_array('payout', p.id, '', p.currency, mine.minor - coalesce(told.minor, 0),
            coalesce(told.at, p.ended_at, p.asked_at)) ORDER BY p.asked_at, p.id)
        FROM payouts_payout p
        JOIN LATERAL (SELECT CASE WHEN p.state = 'done' THEN -p.amount_minor ELSE 0 END AS minor) AS mine ON true
        LEFT JOIN (
            SELECT explained_id AS id, sum(amount_minor) AS minor, max(at) AS at
            FROM payments_movement WHERE account_id = :account_id AND explained_as = 'payout' GROUP BY 1
        ) AS told ON told.id = p.id
        WHERE p.account_id = :account_id AND mine.minor <> coalesce(told.minor, 0)
    ) AS paid_out
    """
)


async def provider_mirror(
    reader: Reader, account_id: UUID, books: str, *, is_test: bool, balances: Mapping[str, int | None]
) -> Mirror:
    """Hold the account, named `books` in the ledger, against the lines kept of it and these balances."""
    params = {"account_id": account_id, "name": f"clearing:{books}", "is_test": is_test}
    row = (await reader.execute(_LOOK, params)).one()
    sums: dict[str, dict[str, int]] = {}
    for currency, why, minor in row.lines or ():
        sums.setdefault(currency, {})[why] = int(minor)
    clearing = {currency: int(minor) for currency, minor in (row.clearing or {}).items()}
    first: datetime | None = row.first
    missing = [_missing(*one) for one in (*(row.missing or ()), *(row.paid_out or ()))]
    off = [_missing(*one, is_wrong_amount=True) for one in row.off or ()]
    currencies = sorted({*sums, *clearing, *(name for name, minor in balances.items() if minor)})
    lines = tuple(
        _line(name, sums.get(name, {}), balances.get(name), clearing.get(name, 0), missing, off)
        for name in currencies
    )
    # What was paid before the first look is in nobody's list: it lay there already.
    shown = [one for one in missing if first is None or one.since >= first]
    return Mirror(lines, (*off, *shown)[:MISSING_MOST])


def _line(
    currency: str,
    sums: Mapping[str, int],
    there: int | None,
    clearing: int,
    missing: list[Missing],
    off: list[Missing],
) -> MirrorLine:
    apart = (ExplainedAs.OPENING.value, ExplainedAs.CONNECTED.value, "")
    return MirrorLine(
        currency=currency,
        there_minor=there,
        opening_minor=sums.get(ExplainedAs.OPENING.value),
        explained_minor=sum(minor for name, minor in sums.items() if name not in apart),
        others_minor=sums.get("", 0) + sums.get(ExplainedAs.CONNECTED.value, 0),
        under_way_minor=sum(one.amount_minor for one in missing if one.currency == currency),
        off_minor=sum(one.amount_minor for one in off if one.currency == currency),
        clearing_minor=clearing,
    )


def _missing(
    what: str, ours: str, code: str, currency: str, minor: int, since: str, *, is_wrong_amount: bool = False
) -> Missing:
    at = datetime.fromisoformat(since)
    return Missing(what, UUID(ours), code, currency, int(minor), at, is_wrong_amount)
