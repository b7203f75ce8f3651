"""`reconcile`: hold what providers say against what we know, now."""

import asyncio
from uuid import UUID

from rich.console import Console
from rich.table import Table

from admitone.assembly import assemble
from admitone.entrypoints.commands.boot import read_settings, ready_database, set_up_logs
from admitone.flows.reconcile import Reconciled
from admitone.reads.provider_mirror import MirrorLine
from admitone.values import formats

console = Console()


def reconcile(account: UUID | None = None) -> None:
    """Every account in use, or one (`--account`). Exit code 0: both sides agree. 1: they do not, and this is how."""
    settings = read_settings()
    set_up_logs(settings)
    with ready_database(settings) as (opened, role):

        async def main() -> list[Reconciled]:
            assembly = await assemble(settings, opened, role, name="admitone reconcile")
            try:
                return await assembly.money.reconciling.run_all(account)
            finally:
                await assembly.close()

        done = asyncio.run(main())
    for one in done:
        show(one)
    if not done:
        console.print("Nothing was looked at: there is no such account, or somebody looks at it just now.")
    if not all(one.agrees for one in done):
        raise SystemExit(1)


def show(one: Reconciled) -> None:
    """Print what a run found: sums by currency, then every difference by its id."""
    account = one.account
    console.print(
        f"[bold]{account.provider}[/] {account.mode} {account.id} "
        + ("[green]agrees[/]" if one.agrees else "[red]needs a look[/]")
    )
    counted = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in one.counts.items() if count)
    console.print(f"    {counted or 'nothing new'}")
    if one.error is not None:
        console.print(f"    [red]stopped: {one.error}[/]")
    if one.mirror is not None:
        table = Table(
            "currency", "there", "of it before us", "not ours", "on its way", "our books", "difference"
        )
        for line in one.mirror.lines:
            table.add_row(*_row(line))
        console.print(table)
        for missing in one.mirror.missing:
            amount = formats.money(missing.amount_minor, missing.currency)
            why = "differs by" if missing.is_wrong_amount else "is not there yet:"
            order = f" of order {missing.order_code}" if missing.order_code else ""
            console.print(f"    {missing.what} {missing.id}{order} {why} {amount}")
    for case in one.cases:
        console.print(f"    {case.kind} {case.ref}: {case.detail}")


def _row(line: MirrorLine) -> list[str]:
    sums = (
        line.there_minor,
        line.opening_minor,
        line.others_minor,
        line.under_way_minor,
        line.clearing_minor,
        line.difference_minor + (line.lag_minor or 0),
    )
    return [line.currency, *("?" if one is None else formats.money(one, line.currency) for one in sums)]
