"""Notices on a real database: each counts once."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import payments
from admitone.payments import SANDBOX_ACCOUNT, NewNotice
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7
from tests.support.payments_rows import START, facts

pytestmark = pytest.mark.asyncio


def notice(notice_id: str = "evt_1", account_id: UUID = SANDBOX_ACCOUNT) -> NewNotice:
    return NewNotice(uuid7(), "sandbox", notice_id, "sb_1", b'{"type":"payment.paid"}', account_id)


async def keep(db: Database, one: NewNotice) -> bool:
    return await db.run(lambda tx: payments.store_notice(tx, one, now=START))


async def stored(db: Database) -> int:
    async with db.reading() as reader:
        return int((await reader.execute(text("SELECT count(*) FROM payments_notice"))).scalar_one())


async def test_a_notice_is_kept_and_announced_once(db: Database) -> None:
    assert [await keep(db, notice()) for _ in range(3)] == [True, False, False]
    assert await stored(db) == 1
    assert await facts(db, "payments.provider_spoke") == [
        {
            "provider": "sandbox",
            "provider_ref": "sb_1",
            "notice_id": "evt_1",
            "account_id": str(SANDBOX_ACCOUNT),
            "about": "payment",
        }
    ]


async def test_the_same_id_in_another_account_is_another_notice(db: Database) -> None:
    assert await keep(db, notice())
    assert await keep(db, notice(account_id=uuid7()))
    assert await stored(db) == 2


async def test_copies_in_one_batch_count_once(db: Database) -> None:
    batch = [notice(), notice("evt_2"), notice()]
    kept = await db.run(lambda tx: payments.store_notices(tx, batch, now=START))
    assert sorted(kept) == [False, True, True]
    assert len(await facts(db, "payments.provider_spoke")) == 2


async def test_copies_at_the_same_moment_count_once(db: Database) -> None:
    kept = await asyncio.gather(*(keep(db, replace(notice(), id=uuid7())) for _ in range(6)))
    assert sorted(kept) == [False] * 5 + [True]
    assert len(await facts(db, "payments.provider_spoke")) == 1
