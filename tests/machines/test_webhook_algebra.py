"""Webhooks in any order, however often, however late, between forged ones: the end is the same as for each once.

Two organisers have accounts of their own at the same provider. Buyers pay, decline, go to their banks; orders are taken
back. What the provider tells of it is delivered as drawn, in one world, and each once and in order in another: orders,
tickets, refunds, disputes and what everybody is owed end alike.
"""

import asyncio
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from admitone import migrations, payments
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.flows.notices import NoticeDesk
from admitone.payments import About, AccountSheet, BadSignature, Provider
from admitone.plumbing import journal
from admitone.settings import Settings
from tests.support import database as databases
from tests.support.onsale import OnSale, TypeOnSale, must_hold, place, put_on_sale
from tests.support.provider_shop import Process, Wired, open_account
from tests.support.telling_ends import ENDS, TOO_OLD, End, Notice

ORDERS = 2
PRICE = 5_000
EXAMPLES = int(os.environ.get("ADMITONE_ALGEBRA_EXAMPLES", "8"))
# An example is a whole life of two shops: what fails is small enough to read.
NOT_SMALLER = (Phase.explicit, Phase.reuse, Phase.generate)


class BothWired(Wired):
    """The kind of the provider: an account of it is the end of whose it is."""

    def __init__(self, ends: Sequence[End]) -> None:
        super().__init__(ends[0])  # type: ignore[arg-type]
        self._ends = {end.sheet.id: end for end in ends}

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> Provider:
        return self._ends[sheet.id].open()


@dataclass
class Tenant:
    """An organiser, their orders and attempts' references, and the provider where they have an account."""

    end: End
    show: OnSale
    codes: list[str]
    refs: list[str]
    ids: list[UUID]


class World:
    """Two tenants, one program."""

    def __init__(self, site: Assembly, tenants: list[Tenant]) -> None:
        self.site = site
        self.tenants = tenants
        ends = [one.end for one in tenants]
        self.process = Process(site, ends[0], BothWired(ends))  # type: ignore[arg-type]
        self.desk = NoticeDesk(site.database, ends[0].clock, self.process.accounts)

    async def deliver(self, at: int, notice: Notice, *, to: int | None = None) -> None:
        """A genuine notice of this tenant's provider; what follows of it is done at once."""
        headers, body = notice
        before = await self._last_fact()
        sheet = self.tenants[at if to is None else to].end.sheet
        await self.desk.take(self.tenants[at].end.provider.name, headers, body, sheet.id)
        async with self.site.database.reading() as reader:
            new = text("SELECT id FROM journal_fact WHERE id > :before AND kind = :kind ORDER BY id")
            spoke = {"before": before, "kind": payments.ProviderSpoke.kind}
            ids = list((await reader.execute(new, spoke)).scalars())
            entries = [await journal.read_one(reader, one) for one in ids]
        for entry in entries:
            assert entry is not None
            await self._follow(entry)

    async def _last_fact(self) -> int:
        async with self.site.database.reading() as reader:
            return int(
                (await reader.execute(text("SELECT coalesce(max(id), 0) FROM journal_fact"))).scalar_one()
            )

    async def _follow(self, entry: journal.Entry) -> None:
        fact = entry.read_as(payments.ProviderSpoke)
        if fact.about == About.PAYMENT:
            await self.process.settlement.ask_by_ref(fact.account_id, fact.provider_ref)
        elif fact.about == About.REFUND:
            await self.process.reconciling.refund_spoken_of(entry)
        elif fact.about == About.DISPUTE:
            await self.process.disputing.spoken_of(entry)

    async def refused(self, at: int, headers: Mapping[str, str], body: bytes) -> None:
        """Not genuine for this tenant's account: refused, counted, nothing kept."""
        sheet, name = self.tenants[at].end.sheet, self.tenants[at].end.provider.name
        kept, count = await self._kept(), self.desk.refused[name, BadSignature.code]
        with pytest.raises(BadSignature):
            await self.desk.take(name, headers, body, sheet.id)
        assert self.desk.refused[name, BadSignature.code] == count + 1
        assert await self._kept() == kept

    async def _kept(self) -> int:
        async with self.site.database.reading() as reader:
            return int((await reader.execute(text("SELECT count(*) FROM payments_notice"))).scalar_one())

    async def ends(self) -> list[object]:
        """How things stand for each tenant."""
        return [await self._end(one) for one in self.tenants]

    async def _end(self, tenant: Tenant) -> object:
        found: list[object] = []
        async with self.site.database.reading() as reader:
            for order_id in tenant.ids:
                rows = (await reader.execute(_ORDER, {"id": order_id})).one()
                found.append(tuple(rows))
            name = f"organiser:{tenant.show.organiser_id}:%"
            owed = (await reader.execute(_OWED, {"name": name, "account": f"%{tenant.end.sheet.id}"})).all()
        return found, [tuple(one) for one in owed]


_ORDER = text(
    """
    SELECT (SELECT state FROM orders_order WHERE id = :id),
        (SELECT string_agg(state, ',' ORDER BY state) FROM tickets_ticket WHERE order_id = :id),
        (SELECT string_agg(state || ' ' || coalesce(settled_as, ''), ',') FROM payments_attempt WHERE order_id = :id),
        (SELECT string_agg(reason || ' ' || state || ' ' || amount_minor, ',') FROM payments_refund
            WHERE order_id = :id),
        (SELECT string_agg(d.state || ' ' || d.amount_minor, ',') FROM payments_dispute d
            JOIN payments_attempt a ON a.id = d.attempt_id WHERE a.order_id = :id)
    """
)
_OWED = text(
    """
    SELECT kept.name, kept.minor::bigint FROM (
        SELECT CASE WHEN a.name LIKE 'clearing:%' THEN 'clearing' ELSE split_part(a.name, ':', 3) END AS name,
            b.credits_minor - b.debits_minor AS minor
        FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
        WHERE a.name LIKE :name OR a.name LIKE :account
    ) kept WHERE kept.minor <> 0 ORDER BY 1
    """
)


async def world(site: Assembly, name: str) -> World:
    """Both tenants with so many orders each, whose buyers are on the provider's page."""
    tenants = []
    for which in "12":
        end = ENDS[name](site.database, which)
        show = await put_on_sale(site, TypeOnSale("Stalls", PRICE, 10), currency=end.currency)
        await open_account(site, end, show.organiser_id)  # type: ignore[arg-type]
        tenants.append(Tenant(end, show, [], [], []))
    made = World(site, tenants)
    for tenant in tenants:
        for _ in range(ORDERS):
            order = await place(site, tenant.show)
            paying = await made.process.payment.pay(order.id, f"{name}:{tenant.end.method}")
            assert paying.attempt.provider_ref is not None
            tenant.codes.append(order.code)
            tenant.ids.append(order.id)
            tenant.refs.append(paying.attempt.provider_ref)
    return made


FATES = ("paid", "declined", "taken back", "disputed", "nothing")
fates = st.lists(st.sampled_from(FATES), min_size=2 * ORDERS, max_size=2 * ORDERS).map(tuple)


@dataclass(frozen=True)
class Drawn:
    """How notices are delivered: seeds of an order, how often, and what strangers send in between."""

    order: int
    copies: tuple[int, ...]
    forged: tuple[str, ...]
    late: int


FORGERIES = ("a byte", "another body", "written anew", "other tenant", "no headers", "too old")
drawn = st.builds(
    Drawn,
    order=st.integers(0, 10**6),
    copies=st.lists(st.integers(1, 3), min_size=1, max_size=5).map(tuple),
    forged=st.lists(st.sampled_from(FORGERIES), max_size=5).map(tuple),
    late=st.integers(0, 10**6),
)


async def lived(made: World, chosen: tuple[str, ...], how: Drawn | None) -> list[object]:
    """The provider's happenings and our own, told of as drawn, or once each and in order."""
    whose = [(at, place) for at in range(2) for place in range(ORDERS)]
    # Whoever pays is first: waiting until a payment has failed takes longer than others may pay.
    for (at, place_), fate in sorted(zip(whose, chosen, strict=True), key=lambda one: one[1] == "declined"):
        end, ref = made.tenants[at].end, made.tenants[at].refs[place_]
        if fate == "declined":
            await end.decline(ref)
        elif fate != "nothing":
            end.buyer_pays(ref)
    first = told(made)
    await spread(made, first, how)
    for (at, place_), fate in zip(whose, chosen, strict=True):
        tenant = made.tenants[at]
        if fate == "taken back":
            await made.process.refunding.take_back(
                tenant.show.owner, tenant.show.organiser_id, tenant.codes[place_]
            )
    while await made.process.refunding.send_due():
        pass
    for (at, place_), fate in zip(whose, chosen, strict=True):
        if fate == "disputed":
            made.tenants[at].end.disputes(made.tenants[at].refs[place_])
    for tenant in made.tenants:
        tenant.end.advance()
    everything = told(made)
    later = [one for one in everything if one not in first]
    if how is not None:
        # Some of what was told before is told again, days late.
        later += [one for number, one in enumerate(first) if (how.late >> number) & 1]
    await spread(made, later, how)
    return await made.ends()


def told(made: World) -> list[tuple[int, object]]:
    """What each provider has told so far."""
    return [(at, one) for at, tenant in enumerate(made.tenants) for one in tenant.end.told()]


async def spread(made: World, what: list[tuple[int, object]], how: Drawn | None) -> None:
    """Deliver it."""
    if how is None:
        for at, one in what:
            end = made.tenants[at].end
            await made.deliver(at, end.notice_of(one, end.clock.now()))
        return
    several = [one for place_, one in enumerate(what) for _ in range(how.copies[place_ % len(how.copies)])]
    shuffled = sorted(enumerate(several), key=lambda one: (one[0] * 7919 + how.order) * 104_729 % 1_000_003)
    for number, (_, (at, one)) in enumerate(shuffled):
        end = made.tenants[at].end
        if number < len(how.forged):
            await strangers(made, at, one, how.forged[number])
        await made.deliver(at, end.notice_of(one, end.clock.now()))


async def strangers(made: World, at: int, one: object, forgery: str) -> None:
    """Something that looks like this notice, and is not genuine here and now."""
    end = made.tenants[at].end
    headers, body = end.notice_of(one, end.clock.now())
    name = end.provider.name
    if forgery == "a byte":
        await made.refused(at, headers, body[:-2] + bytes([body[-2] ^ 1]) + body[-1:])
    elif forgery == "another body":
        await made.refused(at, headers, b'{"event":"charge.success","data":{"reference":"x"}}')
    elif forgery == "written anew":
        await made.refused(at, headers, json.dumps(json.loads(body), indent=5).encode())
    elif forgery == "other tenant":
        await made.refused(1 - at, headers, body)
    elif forgery == "no headers":
        await made.refused(at, {}, body)
    elif name in TOO_OLD:
        headers, body = end.notice_of(one, end.clock.now() - TOO_OLD[name])
        await made.refused(at, headers, body)


@pytest.fixture
def stage(template: str) -> Iterator[tuple[asyncio.Runner, Assembly]]:
    """A site that all examples share; each has organisers of its own."""
    with (
        databases.clone(template) as url,
        tempfile.TemporaryDirectory() as home,
        asyncio.Runner() as runner,
    ):
        site_settings = Settings(home=Path(home), base_url="http://testserver", pool_size=4, development=True)
        opened = OpenDatabase(url, None)
        site = runner.run(assemble(site_settings, opened, migrations.APP_ROLE, name="algebra"))
        try:
            yield runner, site
            runner.run(must_hold(site.database))
        finally:
            runner.run(site.close())


@pytest.mark.parametrize("name", ENDS)
def test_however_notices_come_the_end_is_as_for_each_once_in_order(
    stage: tuple[asyncio.Runner, Assembly], name: str
) -> None:
    runner, site = stage
    known: dict[tuple[str, ...], list[object]] = {}

    @settings(max_examples=EXAMPLES, phases=NOT_SMALLER)
    @given(fates, drawn)
    def is_the_same(chosen: tuple[str, ...], how: Drawn) -> None:
        if chosen not in known:
            known[chosen] = runner.run(_lived(site, name, chosen, None))
        assert runner.run(_lived(site, name, chosen, how)) == known[chosen]

    is_the_same()


async def _lived(site: Assembly, name: str, chosen: tuple[str, ...], how: Drawn | None) -> list[object]:
    return await lived(await world(site, name), chosen, how)


def test_what_is_compared_tells_fates_apart(stage: tuple[asyncio.Runner, Assembly]) -> None:
    """The comparison above is not of nothing."""
    runner, site = stage
    [first, second] = runner.run(_lived(site, "stripe", ("paid", "declined", "taken back", "disputed"), None))
    orders = [*first[0], *second[0]]  # type: ignore[index]
    assert [one[0] for one in orders] == ["paid", "pending", "cancelled", "paid"]
    assert [one[3] for one in orders] == [None, None, f"organiser done {PRICE}", None]
    assert orders[3][4] == f"open {PRICE}"
