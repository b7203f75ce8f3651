"""Many payments are asked about at once: it costs the database as much as one, and no payment pays for another."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from admitone import migrations, orders, payments
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.flows.settlement import Heard
from admitone.payments import SANDBOX_ACCOUNT, Outcome, Roles, Status
from admitone.payments.providers.sandbox import Decision
from admitone.settings import Settings
from admitone.values.clock import FrozenClock, SystemClock
from tests.support.onsale import OnSale, TypeOnSale, must_hold, place, put_on_sale
from tests.support.said_to_database import said_to
from tests.support.sandbox_rig import sandbox_wire


@dataclass
class Telling:
    """The sandbox as a provider that tells of many payments at once; `ill` are those of which it tells nonsense."""

    site: Assembly
    questions: list[int] = field(default_factory=list)
    ill: set[str] = field(default_factory=set)

    async def statuses(self, asked: Mapping[UUID, str]) -> Mapping[UUID, Status]:
        self.questions.append(len(asked))
        wire = sandbox_wire(self.site)
        said = {one: await wire.status(one, ref) for one, ref in asked.items()}
        return {
            # More than any ledger counts.
            one: replace(status, paid_minor=10**30) if asked[one] in self.ill else status
            for one, status in said.items()
        }


@pytest.fixture
async def site(database_url: str, settings: Settings) -> AsyncIterator[Assembly]:
    """A site whose time stands still: nothing kept in memory gets old during a test."""
    clock = FrozenClock(SystemClock().now())
    built = await assemble(settings, OpenDatabase(database_url, None), migrations.APP_ROLE, clock=clock)
    yield built
    await built.close()


@pytest.fixture
def telling(site: Assembly) -> Telling:
    """What it asked of the sandbox, which tells of many."""
    role = Telling(site)
    sandbox_wire(site).roles = Roles(tells_many=role)
    return role


async def prompted(site: Assembly, show: OnSale, many: int) -> list[payments.Attempt]:
    """Buyers who are at the bank's page."""
    return [
        (await site.payment.pay((await place(site, show)).id, "sandbox:card")).attempt for _ in range(many)
    ]


async def pay_all(site: Assembly, attempts: list[payments.Attempt]) -> list[str]:
    """They pay there; the references of their payments."""
    refs = [one.provider_ref for one in attempts if one.provider_ref is not None]
    assert site.sandbox is not None
    for ref in refs:
        await site.sandbox.decide(ref, Decision(pays=True, copies=0))
    return refs


async def states(site: Assembly, attempts: list[payments.Attempt]) -> list[str]:
    """The states of their orders."""
    async with site.database.reading() as reader:
        return [(await orders.by_id(reader, one.order_id)).state for one in attempts]


async def test_settling_many_takes_as_many_messages_as_settling_few(site: Assembly, telling: Telling) -> None:
    show = await put_on_sale(site, TypeOnSale("Stalls", 2500, 100))
    costs: dict[int, int] = {}
    # The first of them learns what is kept in memory afterwards.
    for many in (1, 3, 30):
        attempts = await prompted(site, show, many)
        refs = await pay_all(site, attempts)
        with said_to(site.database) as said:
            await site.settlement.ask_by_refs(SANDBOX_ACCOUNT, refs)
        # What the bank of the sandbox reads of its own book is not ours.
        ours = [one for one in said if "sandbox_" not in one and "READ ONLY" not in one and one != "COMMIT"]
        costs[many] = len(ours)
        assert await states(site, attempts) == ["paid"] * many
    assert costs[3] == costs[30] <= 22, costs
    assert telling.questions == [1, 3, 30]
    await must_hold(site.database)


async def test_what_says_nothing_new_is_not_settled(site: Assembly, telling: Telling) -> None:
    show = await put_on_sale(site, TypeOnSale("Stalls", 2500, 100))
    attempts = await prompted(site, show, 5)
    with said_to(site.database) as said:
        await site.settlement.ask_all(SANDBOX_ACCOUNT, attempts)
    assert telling.questions == [5]
    assert not any("FOR UPDATE" in one or "UPDATE orders" in one for one in said)
    assert await states(site, attempts) == ["pending"] * 5


async def test_a_payment_that_cannot_be_settled_leaves_the_others_their_tickets(
    site: Assembly, telling: Telling
) -> None:
    show = await put_on_sale(site, TypeOnSale("Stalls", 2500, 100))
    attempts = await prompted(site, show, 6)
    refs = await pay_all(site, attempts)
    telling.ill = {refs[2]}
    with pytest.raises(DBAPIError):
        await site.settlement.ask_by_refs(SANDBOX_ACCOUNT, [*refs, "of-somebody-else"])
    assert await states(site, attempts) == [*["paid"] * 2, "pending", *["paid"] * 3]
    telling.ill = set()
    await site.settlement.ask_by_refs(SANDBOX_ACCOUNT, refs)
    assert await states(site, attempts) == ["paid"] * 6
    await must_hold(site.database)


async def test_the_timetable_asks_one_question_about_many_and_starts_anew_who_has_no_prompt(
    site: Assembly, telling: Telling
) -> None:
    show = await put_on_sale(site, TypeOnSale("Stalls", 2500, 100))
    attempts = await prompted(site, show, 4)
    await pay_all(site, attempts)
    assert isinstance(site.clock, FrozenClock)
    site.clock.set(attempts[-1].ask_at)
    assert await site.payment.ask_due() == 4
    assert telling.questions == [4]
    assert await states(site, attempts) == ["paid"] * 4
    await must_hold(site.database)


async def test_news_are_weighed_against_the_attempt_under_its_lock_and_not_as_it_was_read(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly)
    [now] = await prompted(assembly, show, 1)
    before = replace(now, state=payments.AttemptState.OPENED, provider_ref=None)
    other = Status("another-payment", Outcome.PAID, paid_minor=2500, currency="EUR")
    heard = await assembly.settlement.hear_at_once(Heard(now.id, other), before)
    assert (heard.attempt.state, heard.order_state) == (payments.AttemptState.PROMPTED, "pending")
    await pay_all(assembly, [now])
    await asyncio.gather(*(assembly.settlement.ask(before) for _ in range(3)))
    assert await states(assembly, [now]) == ["paid"]
    await must_hold(assembly.database)
