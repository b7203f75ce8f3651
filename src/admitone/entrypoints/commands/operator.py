"""`operator`: who runs the site. Nobody becomes one by the site's own pages."""

import asyncio
from typing import Literal

from rich.console import Console

from admitone import accounts
from admitone.assembly import Assembly, assemble
from admitone.entrypoints.commands.boot import read_settings, ready_database, set_up_logs
from admitone.entrypoints.demo_people import OWNER_EMAIL
from admitone.values.actor import SYSTEM
from admitone.values.refusals import Refusal

console = Console()


def operator(verb: Literal["list", "add", "remove"] = "list", email: str = "") -> None:
    """List those who run the site; `add` or `remove` the person with this e-mail address, who has an account here.

    They see every organiser's balance, send payouts, and set what is agreed with organisers.
    """
    settings = read_settings()
    set_up_logs(settings)
    with ready_database(settings) as (opened, role):

        async def story() -> None:
            assembly = await assemble(settings, opened, role, name="admitone operator")
            try:
                await do(assembly, verb, email)
            finally:
                await assembly.close()

        try:
            asyncio.run(story())
        except Refusal as refusal:
            raise SystemExit(refusal.sentence) from None


async def do(assembly: Assembly, verb: str, email: str) -> None:
    """Do it, and list who they are then. Raises `OperatorUnknown`; ends for the demo's owner."""
    if verb == "add" and email.strip().lower() == OWNER_EMAIL and not assembly.settings.is_development:
        raise SystemExit("The demo's owner has a password that everybody knows. Name an account of your own.")
    if verb != "list":
        await assembly.database.run(
            lambda tx: accounts.mark_operator(tx, email, is_operator=verb == "add", by=SYSTEM.label)
        )
    async with assembly.database.reading() as reader:
        found = await accounts.operators(reader)
    for one in found:
        console.print(f"{one.name} <{one.email}>", soft_wrap=True, markup=False, highlight=False)
    if not found:
        console.print("Nobody yet: `admitone operator add EMAIL`.", markup=False)
