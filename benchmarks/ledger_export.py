"""A month of a million transfers as files: how long, and how much memory this process takes for it.

The ledger is written in a few statements: 333,333 sales of three legs and one rounding, of ten organisers, spread
evenly over a month. It is exported as a web process would send it, the pieces thrown away. By itself:
`python -m benchmarks.ledger_export`.
"""

import resource
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import psycopg
from sqlalchemy import make_url

from admitone.assembly import Assembly
from admitone.reads.finance_report import finance_report
from admitone.reads.ledger_exports.datev import DatevBooks
from admitone.reads.ledger_files import Csv, Form, Spreadsheet, open_file
from admitone.reads.ledger_transfers import LedgerScope
from admitone.values.actor import SYSTEM
from benchmarks.report import say
from benchmarks.seed import on
from benchmarks.site import Site, running

ORGANISERS = 10
SALES = 333_333
MONTH = LedgerScope(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC), is_test=True)
BOOKS = DatevBooks(
    consultant=1001,
    client=1,
    fiscal_year_from=date(2026, 1, 1),
    first_day=date(2026, 3, 1),
    last_day=date(2026, 3, 31),
    made_at=datetime(2026, 4, 1, tzinfo=UTC),
    zone="UTC",
)
_SEED = """
INSERT INTO accounts_organiser (id, slug, name, contact_email, created_at)
SELECT gen_random_uuid(), 'ledger-bench-' || n, 'Bench', 'b@example.org', now()
FROM generate_series(1, %(organisers)s) n;
INSERT INTO ledger_account (name, organiser_id, currency, is_test, guard)
SELECT 'organiser:' || id || ':' || part, id, 'EUR', true, 'none'
FROM accounts_organiser, unnest(ARRAY['pending', 'available', 'tax']) part WHERE slug LIKE 'ledger-bench-%%';
INSERT INTO ledger_account (name, organiser_id, currency, is_test, guard)
SELECT name, NULL, 'EUR', true, 'none' FROM unnest(ARRAY['clearing:bench', 'fees', 'rounding']) name
ON CONFLICT DO NOTHING;
CREATE TEMPORARY TABLE bench_organiser AS
SELECT row_number() OVER (ORDER BY o.id) - 1 AS number, p.id AS pending, t.id AS tax
FROM accounts_organiser o
JOIN ledger_account p ON p.name = 'organiser:' || o.id || ':pending'
JOIN ledger_account t ON t.name = 'organiser:' || o.id || ':tax' WHERE o.slug LIKE 'ledger-bench-%%';
INSERT INTO ledger_transfer (id, fact_key, group_id, debit_id, credit_id, currency, amount_minor, kind, at)
SELECT gen_random_uuid(), 'bench:' || s.n || leg.kind, s.cause,
    (SELECT id FROM ledger_account WHERE name = 'clearing:bench'),
    CASE leg.kind WHEN 'sale' THEN o.pending WHEN 'tax' THEN o.tax
        ELSE (SELECT id FROM ledger_account WHERE name = 'fees') END,
    'EUR', leg.minor + s.n %% 1000, leg.kind, s.at
FROM (
    SELECT n, gen_random_uuid() AS cause, n %% %(organisers)s AS owner,
        timestamptz '2026-03-01 00:00:00+00' + (n - 1) * (interval '31 days' / %(sales)s) AS at
    FROM generate_series(1, %(sales)s) n
) s
JOIN bench_organiser o ON o.number = s.owner
CROSS JOIN (VALUES ('sale', 2000), ('fee', 100), ('tax', 399)) AS leg (kind, minor)
ORDER BY s.at;
INSERT INTO ledger_transfer (id, fact_key, group_id, debit_id, credit_id, currency, amount_minor, kind, at)
SELECT gen_random_uuid(), 'bench:rounding', gen_random_uuid(), r.id, f.id, 'EUR', 1, 'rounding', '2026-03-15Z'
FROM ledger_account r, ledger_account f WHERE r.name = 'rounding' AND f.name = 'fees';
INSERT INTO ledger_balance (account_id, debits_minor, credits_minor)
SELECT id, sum(debit), sum(credit) FROM (
    SELECT debit_id AS id, amount_minor AS debit, 0 AS credit FROM ledger_transfer WHERE fact_key LIKE 'bench:%%'
    UNION ALL SELECT credit_id, 0, amount_minor FROM ledger_transfer WHERE fact_key LIKE 'bench:%%'
) sides GROUP BY id
ON CONFLICT (account_id) DO UPDATE SET debits_minor = ledger_balance.debits_minor + EXCLUDED.debits_minor,
    credits_minor = ledger_balance.credits_minor + EXCLUDED.credits_minor;
"""


@dataclass(frozen=True)
class Taken:
    """What one file took."""

    seconds: float
    cpu_seconds: float
    written_bytes: int
    longest_pause_seconds: float


def ledger_export(site: Site, *, sales: int = SALES) -> None:
    """Every figure; the CSV first, so that the peak before the workbook is the CSV's."""
    begin = time.perf_counter()
    organiser_id = seed(site, sales)
    say("ledger export: seed", transfers=3 * sales + 1, seconds=round(time.perf_counter() - begin, 1))
    forms: tuple[tuple[str, LedgerScope, Form], ...] = (
        ("CSV, site", MONTH, Csv()),
        ("CSV, one of ten organisers", replace(MONTH, organiser_id=organiser_id), Csv()),
        ("DATEV, site", MONTH, BOOKS),
        ("XLSX, site", MONTH, Spreadsheet()),
    )
    for name, scope, form in forms:
        before = _peak_mb()
        taken = on(site, lambda built, scope=scope, form=form: _export(built, scope, form))  # type: ignore[misc]
        say(
            f"ledger export: {name}",
            seconds=round(taken.seconds, 1),
            cpu_seconds=round(taken.cpu_seconds, 1),
            megabytes=round(taken.written_bytes / 1e6, 1),
            longest_pause_seconds=round(taken.longest_pause_seconds, 2),
            peak_rss_mb_before=before,
            peak_rss_mb=_peak_mb(),
        )
    begin = time.perf_counter()
    on(site, lambda built: _report(built, replace(MONTH, organiser_id=organiser_id)))
    say("finance report, one of ten organisers", seconds=round(time.perf_counter() - begin, 2))


def seed(site: Site, sales: int = SALES) -> UUID:
    """The month with so many sales, and one of its organisers."""
    conninfo = make_url(site.opened.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(_SEED, {"organisers": ORGANISERS, "sales": sales})
        connection.execute("VACUUM (ANALYZE) ledger_transfer")
        connection.execute("ANALYZE ledger_account")
        found = connection.execute(
            "SELECT id FROM accounts_organiser WHERE slug = 'ledger-bench-1'"
        ).fetchone()
    assert found is not None
    return UUID(str(found[0]))


async def _export(built: Assembly, scope: LedgerScope, form: Form) -> Taken:
    begin = last = time.perf_counter()
    cpu = time.process_time()
    total, longest = 0, 0.0
    file = await open_file(built.database, SYSTEM, scope, form)
    async for piece in file.chunks:
        now = time.perf_counter()
        total, longest, last = total + len(piece), max(longest, now - last), now
    return Taken(time.perf_counter() - begin, time.process_time() - cpu, total, longest)


async def _report(built: Assembly, scope: LedgerScope) -> None:
    async with built.database.reading_long() as reader:
        await finance_report(reader, SYSTEM, scope)


def _peak_mb() -> int:
    """The most memory this process has had so far."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return round(int(peak.split()[1]) / 1024)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    with running() as own_site:
        ledger_export(own_site)
