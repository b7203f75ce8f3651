"""Runs of reconciliation: one at a time for each account, each beginning somewhat before the last one ended."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from admitone.payments.books import store
from admitone.payments.books.refusals import ReconciliationRuns
from admitone.payments.books.store import Run
from admitone.plumbing.database import Transaction
from admitone.values.ids import uuid7

# Lines and lists of providers come late: PayPal's up to three hours. What was seen before changes nothing.
OVERLAP = timedelta(days=1)
# How far back the first run looks: what happened is kept for thirty days by Stripe and by PayPal.
FIRST = timedelta(days=29)
STALE = timedelta(minutes=30)


async def begin_run(tx: Transaction, account_id: UUID, *, now: datetime) -> Run:
    """Begin looking at an account. Raises `ReconciliationRuns` while somebody does so."""
    await store.give_up_stale(tx, account_id, now - STALE, now)
    last = await store.last_done(tx, account_id)
    since = now - FIRST
    if last is not None:
        # Back to what was missing, too: its line may have come since, with the day on which the money moved.
        until, missing_since = last
        since = max(since, min(until, missing_since or until) - OVERLAP)
    run = Run(uuid7(), account_id, since, now, is_first=last is None)
    if not await store.begin(tx, run):
        raise ReconciliationRuns
    return run


async def end_run(
    tx: Transaction,
    run: Run,
    *,
    counts: Mapping[str, int],
    differences: Mapping[str, object],
    balances: Mapping[str, object],
    error: str | None,
    now: datetime,
) -> None:
    """Keep what was found; `error` says why it could not be finished."""
    await store.end(tx, run, counts=counts, differences=differences, balances=balances, error=error, now=now)
