"""`payment-account`: the site's own accounts with payment providers, set up by whoever runs the site."""

import asyncio
import getpass
import os
import sys
from typing import Literal

from rich.console import Console
from rich.table import Table

from admitone import payments
from admitone.assembly import Assembly, assemble
from admitone.entrypoints.commands.boot import read_settings, ready_database, set_up_logs
from admitone.payments import Account, Mode
from admitone.values.actor import SYSTEM
from admitone.values.refusals import Problems, Refusal

Verb = Literal["list", "add", "keys", "look", "pause", "resume", "close"]
console = Console()


def payment_account(verb: Verb = "list", provider: str = "", mode: Literal["test", "live"] = "live") -> None:
    """List, add, look at, pause, resume or close the site's own accounts, or change their keys.

    Keys are asked for one by one and not shown; where nobody can type, they are read from `PAYMENT_<NAME>`.
    """
    settings = read_settings()
    set_up_logs(settings)
    with ready_database(settings) as (opened, role):

        async def story() -> None:
            assembly = await assemble(settings, opened, role, name="admitone payment-account")
            try:
                if verb != "list":
                    await _do(assembly, verb, provider, Mode(mode))
                await _list(assembly)
            finally:
                await assembly.close()

        try:
            asyncio.run(story())
        except Refusal as refusal:
            problems = refusal.problems if isinstance(refusal, Problems) else (refusal,)
            raise SystemExit(
                "\n".join(f"{one.field or provider}: {one.sentence}" for one in problems)
            ) from None


async def _do(assembly: Assembly, verb: Verb, provider: str, mode: Mode) -> None:
    setup, kind = assembly.money.payment_setup, assembly.payment_accounts.kinds.get(provider)
    if kind is None:
        raise payments.ProviderNotFound
    if verb == "add":
        addable = await setup.addable(SYSTEM, None, mode)
        new = next((one for one in addable if one.kind.name == provider), None)
        if new is None:
            raise payments.AccountExists
        console.print(f"Webhook address: {new.notice_url}", soft_wrap=True)
        await setup.add(SYSTEM, None, provider, mode, _typed(kind))
        return
    account = await _own(assembly, provider, mode)
    if verb == "keys":
        await setup.change_keys(SYSTEM, None, account.id, _typed(kind))
    elif verb == "look":
        await setup.look(SYSTEM, None, account.id)
    elif verb == "pause":
        await setup.pause(SYSTEM, None, account.id)
    elif verb == "resume":
        await setup.resume(SYSTEM, None, account.id)
    else:
        await setup.close(SYSTEM, None, account.id)


async def _own(assembly: Assembly, provider: str, mode: Mode) -> Account:
    async with assembly.database.reading() as reader:
        own = await payments.accounts_of(reader, None)
    found = next((one for one in own if (one.provider, one.mode) == (provider, mode.value)), None)
    if found is None:
        raise payments.AccountNotFound
    return found


def _typed(kind: payments.Kind) -> dict[str, str]:
    keys = {}
    for one in kind.credentials:
        given = os.environ.get(f"PAYMENT_{one.name.upper()}")
        if given is None and one.is_optional and not sys.stdin.isatty():
            given = ""
        elif given is None:
            wanted = f"{one.label}{' (optional)' if one.is_optional else ''}: "
            given = getpass.getpass(wanted) if one.is_secret else input(wanted)
        keys[one.name] = given
    return keys


async def _list(assembly: Assembly) -> None:
    async with assembly.database.reading() as reader:
        own = await payments.accounts_of(reader, None)
    table = Table("provider", "mode", "state", "still wants to know", "keys end with", "webhook address")
    for one in own:
        hints = assembly.money.payment_setup.hints(one)
        ends = ", ".join(f"{name} {last}" for name, last in hints.items())
        url = assembly.money.payment_setup.notice_url(one)
        table.add_row(one.provider, one.mode, one.state, ", ".join(one.missing), ends, url)
    console.print(table)
