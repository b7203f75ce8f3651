"""`check`, `parked`, `settings`, `rotate-key`: looking after a running site."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from admitone import tickets
from admitone.assembly import master_key
from admitone.entrypoints.commands.boot import read_settings, ready_database, set_up_logs
from admitone.plumbing import relay
from admitone.plumbing.database import Database
from admitone.plumbing.sealing import Sealer
from admitone.reads import invariants
from admitone.reads.refunds_stuck import StuckRefund, all_refunds_stuck, count_refunds_stuck
from admitone.settings import Settings
from admitone.values import formats
from admitone.values.clock import SystemClock

T = TypeVar("T")
console = Console()


def _on_database(story: Callable[[Settings, Database], Awaitable[T]]) -> T:
    settings = read_settings()
    set_up_logs(settings)
    with ready_database(settings) as (opened, role):

        async def main() -> T:
            database = Database(opened.url, pool_size=2, role=role, name="admitone care", planner="")
            try:
                return await story(settings, database)
            finally:
                await database.close()

        return asyncio.run(main())


def check() -> None:
    """Ask the database every promise as a question. Exit code 0: all hold. 1: some do not, and these rows show it."""

    async def story(_: Settings, database: Database) -> list[invariants.Broken]:
        async with database.reading() as reader:
            return await invariants.broken(reader)

    found = _on_database(story)
    for one in found:
        console.print(f"[bold red]broken[/] {one.invariant.name}: {one.invariant.promise}")
        for row in one.rows:
            console.print(f"    {row}")
    held = len(invariants.ALL) - len(found)
    console.print(f"{held} of {len(invariants.ALL)} promises hold.")
    if found:
        raise SystemExit(1)


def parked(*, resolve: int | None = None, reaction: str = "relay") -> None:
    """List what the relay or a job has set aside, and refunds that are stuck; or mark a parked reaction as dealt with
    (`--resolve FACT --reaction NAME`)."""

    async def story(_: Settings, database: Database) -> tuple[list[relay.Parked], list[StuckRefund], int]:
        if resolve is not None:
            await database.run(lambda tx: relay.resolve(tx, resolve, reaction))
        now = SystemClock().now()
        async with database.reading() as reader:
            return (
                await relay.parked(reader),
                list(await all_refunds_stuck(reader, now=now)),
                await count_refunds_stuck(reader, now=now),
            )

    rows, refunds, count = _on_database(story)
    table = Table("fact", "reaction", "why", title=f"{len(rows)} parked")
    for row in rows:
        table.add_row(str(row.fact_id), row.reaction, row.error)
    console.print(table)
    table = Table(
        "order", "amount", "wanted", "why", title=f"{formats.count(count, 'refund', 'refunds')} stuck"
    )
    for refund in refunds:
        why = f"{'refused' if refund.is_refused else 'asked again'}: {refund.error or 'no answer yet'}"
        amount = formats.money(refund.amount_minor, refund.currency)
        table.add_row(refund.order_code, amount, refund.wanted_at.isoformat(timespec="minutes"), why)
    if count:
        console.print(table)


def settings() -> None:
    """Every option with its value; secrets are masked."""
    found = read_settings()
    table = Table("option", "value", "what it is")
    for name, field in Settings.model_fields.items():
        option = "DATABASE_URL" if name == "database_url" else f"ADMITONE_{name.upper()}"
        table.add_row(option, str(getattr(found, name)), field.description or "")
    console.print(table)


def rotate_key() -> None:
    """Make a new signing key for the tickets sold from now on; tickets already sold stay valid. Nothing has to be
    restarted."""

    async def story(options: Settings, database: Database) -> int:
        sealer = Sealer({1: master_key(options)}, active=1)
        return await database.run(lambda tx: tickets.rotate(tx, sealer))

    console.print(f"New tickets are signed with key {_on_database(story)}, everywhere in a few seconds.")
