"""An organiser's transactions, newest first, a page at a time, as the ledger has them."""

from sqlalchemy import text

from admitone import accounts
from admitone.plumbing.database import Reader
from admitone.reads import by_instant
from admitone.reads.ledger_exports.rows import LedgerRow, TransferType
from admitone.reads.ledger_transfers import OF_ORGANISER, LedgerScope
from admitone.values import paging
from admitone.values.actor import Action, Actor
from admitone.values.paging import Page

_PAGE = text(
    f"""
    SELECT * FROM ({OF_ORGANISER}) AS moved
    WHERE (cardinality(CAST(:types AS text[])) = 0 OR type = ANY(CAST(:types AS text[])))
        AND (CAST(:before_at AS timestamptz) IS NULL
            OR (at, id) < (CAST(:before_at AS timestamptz), CAST(:before_id AS uuid)))
    ORDER BY at DESC, id DESC LIMIT :most
    """  # noqa: S608 - joined from constants
)


async def transactions(
    reader: Reader, actor: Actor, scope: LedgerScope, *, cursor: str | None = None, limit: int = 50
) -> Page[LedgerRow]:
    """A page of the organiser's transfers in a scope. Raises `Forbidden`, `BadCursor`, `BadLimit`."""
    assert scope.organiser_id is not None, "an organiser's"
    accounts.permit(actor, Action.SEE_REPORTS, scope.organiser_id)
    most = paging.checked_limit(limit)
    before_at, before_id = (None, None) if cursor is None else by_instant.read(cursor)
    rows = await reader.execute(
        _PAGE, {**scope.parameters, "before_at": before_at, "before_id": before_id, "most": most + 1}
    )
    found = [
        LedgerRow(
            row.id,
            row.at,
            row.kind,
            TransferType(row.type),
            row.debit,
            row.credit,
            row.currency,
            int(row.amount_minor),
            row.group_id,
            None,
            None,
        )
        for row in rows
    ]
    return Page(tuple(found[:most]), by_instant.following(found, most, lambda row: (row.at, row.id)))
