"""Webhooks as they come in: genuine ones are kept once, the rest leaves no trace."""

import asyncio

import pytest
from sqlalchemy import text

from admitone import payments
from admitone.flows.notices import NoticeDesk
from admitone.payments.providers.sandbox.notices import write_body
from admitone.plumbing.database import Database
from tests.support.payments_rows import START, facts
from tests.support.sandbox_rig import SECRET, sandbox_rig, wired

pytestmark = pytest.mark.asyncio
BODY = write_body("payment.paid", "sb_1")


def desk(db: Database) -> NoticeDesk:
    rig = sandbox_rig(db)
    return NoticeDesk(db, rig.clock, wired(db, rig.clock, rig.provider))


async def kept(db: Database) -> list[tuple[str, bytes]]:
    async with db.reading() as reader:
        rows = await reader.execute(text("SELECT notice_id, body FROM payments_notice ORDER BY notice_id"))
        return [(row.notice_id, row.body) for row in rows]


async def test_a_notice_sent_many_times_is_kept_once_as_it_came(db: Database) -> None:
    door = desk(db)
    headers = SECRET.sign("evt_1", START, BODY)
    answers = await asyncio.gather(*(door.take("sandbox", headers, BODY) for _ in range(20)))
    assert sorted(answers) == [False] * 19 + [True]
    assert await door.take("sandbox", headers, BODY) is False
    assert await kept(db) == [("evt_1", BODY)]
    assert len(await facts(db, "payments.provider_spoke")) == 1


async def test_a_copy_signed_again_later_is_still_the_same_notice(db: Database) -> None:
    rig = sandbox_rig(db)
    door = NoticeDesk(db, rig.clock, wired(db, rig.clock, rig.provider))
    assert await door.take("sandbox", SECRET.sign("evt_1", START, BODY), BODY)
    rig.clock.move(seconds=86_400)
    assert not await door.take("sandbox", SECRET.sign("evt_1", rig.clock.now(), BODY), BODY)
    assert len(await kept(db)) == 1


async def test_a_forged_notice_leaves_no_trace(db: Database) -> None:
    asked = desk(db)
    with pytest.raises(payments.BadSignature):
        await asked.take("sandbox", SECRET.sign("evt_1", START, BODY), BODY + b" ")
    assert await kept(db) == []
    assert asked.refused == {("sandbox", "payments.bad_signature"): 1}
    assert await facts(db, "payments.provider_spoke") == []


async def test_a_provider_that_is_not_set_up_is_not_found(db: Database) -> None:
    with pytest.raises(payments.ProviderNotFound):
        await desk(db).take("stripe", SECRET.sign("evt_1", START, BODY), BODY)
    assert await kept(db) == []
