"""A process that hangs in the middle of a transaction holds up nobody for longer than the time-outs."""

import time

from sqlalchemy import text

from admitone.flows.purchase import HoldWish
from admitone.plumbing.database import Database, DatabaseBusy
from tests.crash.conftest import Stage
from tests.support.onsale import must_hold
from tests.support.waiting import eventually_async

LOCK_SECONDS = 3
IDLE_SECONDS = 10
SLACK_SECONDS = 10


async def open_transactions(owner: Database) -> int:
    """How many transactions of the story wait for their next statement. Only an owner may see that."""
    async with owner.reading() as reader:
        wanted = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'story' AND state = 'idle in transaction' "
            "AND state_change < clock_timestamp() - interval '0.5 seconds'"
        )
        return int((await reader.execute(text(wanted))).scalar_one())


async def test_a_buyer_is_told_to_come_back_and_then_gets_the_places_of_one_that_hangs(stage: Stage) -> None:
    """Its transaction holds the pool. Others hear after 3 seconds that we are busy; after 10 it is thrown out."""
    process = stage.start("bought", fail="hold.before_commit:hang")
    database, purchase = stage.site.database, stage.site.purchase
    owner = Database(database.url, pool_size=1)
    try:
        await eventually_async(lambda: open_transactions(owner), 60)
        begun = time.monotonic()
        refused = 0
        while True:
            try:
                held = await purchase.hold(wish_of(stage))
                break
            except DatabaseBusy:
                refused += 1
        waited = time.monotonic() - begun
    finally:
        await owner.close()
        process.kill()
        process.join()
        process.close()
    assert held.quote.lines[0].quantity == 2
    assert 1 <= refused <= 1 + IDLE_SECONDS // LOCK_SECONDS
    assert waited <= IDLE_SECONDS + SLACK_SECONDS
    await must_hold(database)


async def test_a_process_that_hangs_after_its_commit_holds_up_nobody(stage: Stage) -> None:
    process = stage.start("bought", fail="payment.after_provider:hang")
    database = stage.site.database
    try:
        await eventually_async(lambda: opened_payments(database), 60)
        assert await stage.site.expiry.expire_orders() == 0
        async with database.transaction() as tx:
            await tx.execute(text("UPDATE orders_order SET pay_until = clock_timestamp()"))
        assert await stage.site.expiry.expire_orders() == 1
        # A lock that waits for it would be refused as busy.
        await stage.site.purchase.hold(wish_of(stage))
    finally:
        process.kill()
        process.join()
        process.close()
    await must_hold(database)


async def opened_payments(database: Database) -> int:
    """How many payments the bank knows."""
    async with database.reading() as reader:
        return int((await reader.execute(text("SELECT count(*) FROM sandbox_payment"))).scalar_one())


def wish_of(stage: Stage) -> HoldWish:
    """Both places."""
    return HoldWish(stage.plan.event_id, ((stage.plan.type_id, stage.plan.quantity),))
