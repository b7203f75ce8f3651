"""Accounts that were closed: watched on for a while and while something is open, then looked at now and then."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints import watchers
from admitone.payments import SANDBOX_ACCOUNT, Found, Roles
from admitone.payments.accounts import WATCHED_ON
from tests.flows.test_watchers import News, watched
from tests.support.onsale import buy, place, put_on_sale
from tests.support.sandbox_rig import sandbox_wire


async def stands(site: Assembly, state: str, *, since: timedelta = timedelta()) -> None:
    """The account is in this state, since then."""
    async with site.database.transaction() as tx:
        await tx.execute(
            text("UPDATE payments_account SET state = :state, updated_at = :at WHERE id = :id"),
            {"state": state, "at": site.clock.now() - since, "id": SANDBOX_ACCOUNT},
        )
    site.payment_accounts.forget()


async def is_watched(site: Assembly) -> bool:
    async with site.database.reading() as reader:
        found = await payments.accounts_to_watch(reader, ["sandbox"], site.clock.now())
    return found == [SANDBOX_ACCOUNT]


LONG = WATCHED_ON + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "since", "wanted"),
    [
        ("active", LONG, True),
        ("paused", LONG, True),
        ("onboarding", timedelta(), False),
        ("closed", WATCHED_ON - timedelta(minutes=1), True),
        ("closed", LONG, False),
    ],
    ids=["active", "paused", "onboarding", "just-closed", "closed-long-ago"],
)
async def test_where_nothing_is_open_an_account_is_watched_as_long_as_money_may_come(
    assembly: Assembly, state: str, since: timedelta, wanted: bool
) -> None:
    await buy(assembly, await put_on_sale(assembly))
    await stands(assembly, state, since=since)
    assert await is_watched(assembly) is wanted


@pytest.mark.parametrize("state", ["closed", "onboarding"])
async def test_while_an_attempt_is_open_its_account_is_watched(assembly: Assembly, state: str) -> None:
    show = await put_on_sale(assembly)
    attempt = (await assembly.payment.pay((await place(assembly, show)).id, "sandbox:card")).attempt
    await stands(assembly, state, since=LONG)
    assert attempt.is_open
    assert await is_watched(assembly)


async def test_while_a_dispute_is_open_its_account_is_watched(assembly: Assembly) -> None:
    attempt = (await buy(assembly, await put_on_sale(assembly))).attempt
    assert attempt.provider_ref is not None
    told = payments.DisputeStatus(
        "d_1", attempt.provider_ref, payments.DisputeState.OPEN, "EUR", 2500, 0, payments.UNDONE
    )
    news = News([], {"d_1": told})
    with watched(assembly, news):
        await assembly.money.disputing.ask(SANDBOX_ACCOUNT, "d_1")
    await stands(assembly, "closed", since=LONG)
    assert await is_watched(assembly)


async def test_the_watch_of_an_account_that_was_closed_long_ago_ends(assembly: Assembly) -> None:
    news = News([])
    with watched(assembly, news) as watching:
        await watching.look()
        assert list(watching.watching) == [SANDBOX_ACCOUNT]
        await stands(assembly, "closed")
        await watching.look()
        assert list(watching.watching) == [SANDBOX_ACCOUNT]
        await stands(assembly, "closed", since=LONG)
        await watching.look()
        assert list(watching.watching) == []


def test_a_watch_that_ends_at_once_begins_later_each_time_and_of_a_closed_account_much_later() -> None:
    for is_closed, most in (
        (False, watchers.AGAIN_SECONDS_MOST),
        (True, watchers.AGAIN_CLOSED_SECONDS_MOST),
    ):
        pause, pauses = watchers.AGAIN_SECONDS, []
        for _ in range(12):
            pause = watchers.pause_after(pause, 0.1, is_closed=is_closed)
            pauses.append(pause)
        assert pauses == sorted(pauses)
        assert (pauses[0], pauses[-1]) == (2 * watchers.AGAIN_SECONDS, most)
        assert watchers.pause_after(pause, 3600, is_closed=is_closed) == watchers.AGAIN_SECONDS


class Looked:
    """Counts who looks for money, and finds none."""

    def __init__(self) -> None:
        self.times = 0

    async def found(self) -> Sequence[Found]:
        self.times += 1
        return []

    async def give(self, source: str, attempt_id: UUID) -> None:
        raise AssertionError


async def test_money_that_came_to_a_closed_account_is_looked_for_now_and_then(assembly: Assembly) -> None:
    looked, found_money = Looked(), assembly.money.found_money
    with watched(assembly, News([])):
        for state, everywhere, at_closed in (("active", 1, 0), ("closed", 0, 1)):
            await stands(assembly, state)
            sandbox_wire(assembly).roles = Roles(finds=looked)
            assert await found_money.look_everywhere() == everywhere
            assert looked.times == 1 - at_closed
            assert await found_money.look_at_closed() == at_closed
            assert looked.times == 1
            looked.times = 0
