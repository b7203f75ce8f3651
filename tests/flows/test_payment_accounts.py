"""Payment accounts in memory: read by one for all, and never kept when they changed while they were read."""

import asyncio
from collections.abc import Callable

from sqlalchemy import event

from admitone.assembly import Assembly
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import SANDBOX_ACCOUNT
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7
from tests.support.sandbox_rig import sandbox_wire, wired


def listening(database: Database, heard: Callable[[], None] = lambda: None) -> list[str]:
    """The statements about payment accounts from now on; `heard` is called before each of them runs."""
    asked: list[str] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM payments_account" in statement:
            asked.append(statement)
            heard()

    return asked


def accounts_of(assembly: Assembly) -> PaymentAccounts:
    """With nothing in memory yet."""
    return wired(assembly.database, assembly.clock, sandbox_wire(assembly))


async def test_a_crowd_that_comes_when_nothing_is_known_reads_once(assembly: Assembly) -> None:
    accounts, organiser_id = accounts_of(assembly), uuid7()
    asked = listening(assembly.database)
    offered = await asyncio.gather(*(accounts.for_sale(organiser_id, is_test=True) for _ in range(20)))
    assert {tuple(one.account.id for one in each) for each in offered} == {(SANDBOX_ACCOUNT,)}
    assert len(asked) == 1
    accounts.forget()
    found = await asyncio.gather(*(accounts.find(SANDBOX_ACCOUNT) for _ in range(20)))
    assert {one and one.account.id for one in found} == {SANDBOX_ACCOUNT}
    assert len(asked) == 2


async def test_what_changed_while_it_was_read_is_read_again(assembly: Assembly) -> None:
    accounts, organiser_id = accounts_of(assembly), uuid7()
    asked = listening(assembly.database, accounts.forget)
    for times in (1, 2):
        await accounts.for_sale(organiser_id, is_test=True)
        assert len(asked) == times
    for times in (3, 4):
        await accounts.find(SANDBOX_ACCOUNT)
        assert len(asked) == times
