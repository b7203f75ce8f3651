"""`payout`: what whoever runs the site does by hand about payouts to bank accounts."""

import asyncio
from pathlib import Path
from typing import Literal
from uuid import UUID

from rich.console import Console

from admitone import payouts
from admitone.assembly import Assembly, assemble
from admitone.entrypoints.commands.boot import read_settings, ready_database, set_up_logs
from admitone.flows.payout_file import payout_file
from admitone.statements import Debtor
from admitone.values import formats
from admitone.values.refusals import Problems, Refusal

Verb = Literal["list", "verify", "file", "sent"]
console = Console()
MOST = 1_000


def payout(
    verb: Verb = "list", about: str = "", name: str = "", iban: str = "", to: Path = Path("payouts.xml")
) -> None:
    """List what waits for a person; `verify` a receiver by its id; write those to send to a SEPA `file` (`--name` and
    `--iban` of your account, `--to` a path); say that the payout of this id was `sent`.
    """
    settings = read_settings()
    set_up_logs(settings)
    with ready_database(settings) as (opened, role):

        async def story() -> bytes | None:
            assembly = await assemble(settings, opened, role, name="admitone payout")
            try:
                return await _do(assembly, verb, about, Debtor(name, iban))
            finally:
                await assembly.close()

        try:
            content = asyncio.run(story())
        except Refusal as refusal:
            problems = refusal.problems if isinstance(refusal, Problems) else (refusal,)
            raise SystemExit("\n".join(f"{one.field or verb}: {one.sentence}" for one in problems)) from None
    if content is not None:
        to.write_bytes(content)
        console.print(f"Written to {to}. Give it to your bank, then say `sent` for each payout.")


async def _do(assembly: Assembly, verb: Verb, about: str, debtor: Debtor) -> bytes | None:
    money = assembly.money
    content = None
    if verb == "verify":
        await money.payout_receivers.verify(_id(about), "site")
    elif verb == "sent":
        await money.paying_out.mark_sent(_id(about), "site")
    elif verb == "file":
        now = assembly.clock.now()
        content = (await payout_file(assembly.database, money.payout_receivers, debtor, now)).content
    await _list(assembly)
    return content


async def _list(assembly: Assembly) -> None:
    async with assembly.database.reading() as reader:
        receivers = await payouts.unverified(reader, MOST)
        waiting = await payouts.to_transfer(reader, MOST)
    for one in receivers:
        iban = assembly.money.payout_receivers.iban_of(one)
        _say(f"receiver to verify: {one.id}, {one.holder}, {iban}, of organiser {one.organiser_id}")
    for each in waiting:
        amount = formats.money(each.amount_minor, each.currency)
        _say(f"payout to send: {each.id}, {amount}, of organiser {each.organiser_id}")
    if not receivers and not waiting:
        _say("Nothing waits for a person.")


def _say(line: str) -> None:
    """A line as it is: ids are copied from it."""
    console.print(line, soft_wrap=True, markup=False, highlight=False)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise payouts.ReceiverNotFound from None
