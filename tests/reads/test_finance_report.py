"""The report against a model in plain Python, on random ledgers; and exact numbers where money is told apart."""

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from admitone import migrations
from admitone.assembly import Assembly
from admitone.plumbing.database import Database
from admitone.reads.finance_report import CurrencyReport, SiteMovement, TaxReport, finance_report
from admitone.reads.ledger_exports.rows import TransferType
from admitone.reads.ledger_transfers import LedgerScope
from admitone.values.actor import SYSTEM, Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden
from tests.support import database as databases
from tests.support.event_makers import make_team
from tests.support.ledger_rows import Moved, write
from tests.support.onsale import place, put_on_sale

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
PARTS = ("pending", "available", "reserve", "tax", "direct")
OTHERS = ("clearing:sandbox", "fees", "refunds_due", "payouts_in_transit", "losses:dispute")
KINDS = {
    "sale": TransferType.SALE,
    "refund_sale": TransferType.REFUND,
    "payout": TransferType.PAYOUT,
    "fee": TransferType.FEE,
    "tax": TransferType.TAX,
    "dispute": TransferType.DISPUTE,
    "conversion": TransferType.OTHER,
}
accounts = st.sampled_from([*PARTS, *OTHERS])
drawn = st.builds(
    Moved,
    kind=st.sampled_from(sorted(KINDS)),
    debit=accounts,
    credit=accounts,
    minor=st.one_of(st.integers(1, 500), st.integers(10**14, 10**15)),
    at=st.one_of(
        st.sampled_from([MARCH, APRIL, MARCH - timedelta(microseconds=1), APRIL - timedelta(microseconds=1)]),
        st.integers(-28, 61).map(lambda days: MARCH + timedelta(days=days)),
    ),
    currency=st.sampled_from(["EUR", "JPY"]),
    is_test=st.booleans(),
).filter(lambda one: one.debit != one.credit)


async def report(
    db: Database, organiser_id: UUID, *, is_test: bool = True, actor: Actor = SYSTEM
) -> dict[str, CurrencyReport]:
    """March, by currency."""
    async with db.reading_long() as reader:
        found = await finance_report(reader, actor, LedgerScope(MARCH, APRIL, is_test, organiser_id))
    return {one.currency: one for one in found}


def placed(moves: list[Moved], organiser_id: UUID) -> list[Moved]:
    """With the organiser's account names."""
    names = {part: f"organiser:{organiser_id}:{part}" for part in PARTS}
    return [
        replace(one, debit=names.get(one.debit, one.debit), credit=names.get(one.credit, one.credit))
        for one in moves
    ]


def test_opening_and_movements_are_closing_as_a_model_in_plain_python_says(template: str) -> None:
    with databases.clone(template) as url, asyncio.Runner() as runner:
        db = Database(url, pool_size=2, role=migrations.APP_ROLE, name="test")

        @settings(max_examples=40)
        @given(mine=st.lists(drawn, max_size=25), theirs=st.lists(drawn, max_size=5))
        def is_as_the_model_says(mine: list[Moved], theirs: list[Moved]) -> None:
            # Organisers are new for each example: the ledger of those before is somebody else's.
            runner.run(written_and_compared(db, mine, theirs))

        try:
            is_as_the_model_says()
        finally:
            runner.run(db.close())


async def written_and_compared(db: Database, mine: list[Moved], theirs: list[Moved]) -> None:
    """One random ledger."""
    ours, other = await make_team(db), await make_team(db)
    await write(db, [*placed(mine, ours.id), *placed(theirs, other.id)])
    for is_test in (True, False):
        found = await report(db, ours.id, is_test=is_test)
        used = {
            one.currency for one in mine if one.is_test is is_test and {one.debit, one.credit} & set(PARTS)
        }
        assert set(found) == used
        for currency, one in found.items():
            compare(one, [move for move in mine if (move.currency, move.is_test) == (currency, is_test)])


def compare(found: CurrencyReport, moves: list[Moved]) -> None:
    """Every number of the report with sums made here."""
    opening: dict[str, int] = defaultdict(int)
    closing: dict[str, int] = defaultdict(int)
    credited: dict[tuple[str, TransferType], int] = defaultdict(int)
    debited: dict[tuple[str, TransferType], int] = defaultdict(int)
    for one in moves:
        for part, sign in ((one.debit, -1), (one.credit, 1)):
            if part in PARTS and one.at < APRIL:
                closing[part] += sign * one.minor
                if one.at < MARCH:
                    opening[part] += sign * one.minor
                else:
                    (credited if sign > 0 else debited)[part, KINDS[one.kind]] += one.minor
    assert {part.part for part in found.parts} == {p for one in moves for p in (one.debit, one.credit)} & set(
        PARTS
    )
    for told in found.parts:
        assert (told.opening_minor, told.closing_minor) == (opening[told.part], closing[told.part])
        for movement in told.movements:
            assert movement.credited_minor == credited.pop((told.part, movement.type), 0)
            assert movement.debited_minor == debited.pop((told.part, movement.type), 0)
        assert (
            told.opening_minor + sum(movement.net_minor for movement in told.movements) == told.closing_minor
        )
    # Nothing that moved is missing from the report.
    assert (credited, debited) == ({}, {})
    net = sum(movement.net_minor for movement in found.movements)
    assert found.opening_minor + net == found.closing_minor
    assert found.closing_minor == sum(closing.values())


async def test_a_month_is_told_by_what_happened_in_it(db: Database) -> None:
    team, other = await make_team(db), await make_team(db)
    pending, available = f"organiser:{team.id}:pending", f"organiser:{team.id}:available"
    sale, refund = uuid7(), uuid7()
    await write(
        db,
        [
            Moved("sale", "clearing:sandbox", pending, 9_000, MARCH - timedelta(days=9)),
            Moved("sale", "clearing:sandbox", pending, 2_000, MARCH, group_id=sale),
            Moved("fee", "clearing:sandbox", "fees", 100, MARCH, group_id=sale),
            Moved("fee", "clearing:sandbox", "fees", 7_777, MARCH),
            Moved("refund_sale", pending, "refunds_due", 500, MARCH, group_id=refund),
            Moved("refund_fee", "fees", "refunds_due", 25, MARCH, group_id=refund),
            Moved("release", pending, available, 6_000, MARCH),
            Moved("payout", available, "payouts_in_transit", 4_000, MARCH),
            Moved("credit_given", "refunds_due", f"credit:{team.id}", 300, MARCH),
            Moved("sale", "clearing:sandbox", f"organiser:{other.id}:pending", 1, MARCH),
            Moved("sale", "clearing:sandbox", pending, 50, APRIL),
        ],
    )
    euros = (await report(db, team.id))["EUR"]
    assert (euros.opening_minor, euros.closing_minor) == (9_000, 6_500)
    nets = {one.type: one.net_minor for one in euros.movements}
    assert nets == {
        TransferType.SALE: 2_000,
        TransferType.REFUND: -500,
        TransferType.PAYOUT: -4_000,
        TransferType.OTHER: 0,
    }
    assert euros.net_minor(TransferType.SALE, TransferType.REFUND) == 1_500
    assert [(part.part, part.opening_minor, part.closing_minor) for part in euros.parts] == [
        ("available", 0, 2_000),
        ("pending", 9_000, 4_500),
    ]
    assert euros.credit is not None
    assert (euros.credit.opening_minor, euros.credit.closing_minor) == (0, 300)
    assert euros.fees_kept_minor == 75
    assert SiteMovement("clearing:sandbox", 0, 2_100) in euros.site


async def test_tax_is_told_by_rate_where_it_is_known(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, tax_bps=1900)
    orders = [await place(assembly, show) for _ in range(3)]
    db = assembly.database
    # One order of one rate, one of two, and one whose part was taken back.
    await set_lines(db, orders[0].id, [(1900, 399)])
    await set_lines(db, orders[1].id, [(700, 70), (1900, 190)])
    await set_lines(db, orders[2].id, [(700, 7), (1900, 19)])
    tax = f"organiser:{show.organiser_id}:tax"
    await write(
        db,
        [
            Moved("tax", "deposits", tax, 399, MARCH, group_id=orders[0].id),
            Moved("refund_tax", tax, "refunds_due", 99, MARCH, group_id=orders[0].id),
            Moved("tax", "deposits", tax, 260, MARCH, group_id=orders[1].id),
            Moved("tax", "deposits", tax, 26, MARCH, group_id=orders[2].id),
            Moved("refund_tax", tax, "refunds_due", 5, MARCH, group_id=orders[2].id),
            Moved("tax", "deposits", tax, 11, MARCH),
            Moved("payout", tax, "payouts_in_transit", 200, MARCH, group_id=orders[0].id),
        ],
    )
    euros = (await report(db, show.organiser_id))["EUR"]
    assert euros.tax == (TaxReport(700, 77), TaxReport(1900, 300 + 190 + 19), TaxReport(None, 11 - 5))
    assert sum(one.net_minor for one in euros.tax) == euros.net_minor(TransferType.TAX, TransferType.REFUND)


async def set_lines(db: Database, order_id: UUID, taxed: list[tuple[int, int]]) -> None:
    """An order with one line for each (rate, tax), written over what it had."""
    columns = "event_id, ticket_type_id, name, unit_price_minor, unit_fee_minor, attendee_names"
    async with db.transaction() as tx:
        for number, (rate, minor) in enumerate(taxed, start=2):
            await tx.execute(
                text(
                    f"INSERT INTO orders_line (id, order_id, number, quantity, unit_tax_minor, unit_total_minor, "
                    f"total_minor, tax_bps, {columns}) SELECT :id, order_id, :number, 1, :minor, unit_total_minor, "
                    f"unit_total_minor, :rate, {columns} FROM orders_line WHERE order_id = :order AND number = 1"
                ),
                {"id": uuid7(), "order": order_id, "number": number, "rate": rate, "minor": minor},
            )
        await tx.execute(
            text("DELETE FROM orders_line WHERE order_id = :order AND number = 1"), {"order": order_id}
        )


async def test_a_report_is_for_those_who_may_see_reports(db: Database) -> None:
    team, stranger = await make_team(db), await make_team(db)
    for actor in (team.door, stranger.owner):
        with pytest.raises(Forbidden):
            await report(db, team.id, actor=actor)
    assert await report(db, team.id, actor=team.owner) == {}


async def test_gift_codes_count_when_they_are_used_and_not_before(db: Database) -> None:
    team = await make_team(db)
    gifts, credit = f"organiser:{team.id}:gifts", f"credit:{team.id}"
    pending = f"organiser:{team.id}:pending"
    await write(db, [Moved("gift", gifts, credit, 1_000, MARCH)])
    euros = (await report(db, team.id))["EUR"]
    assert (euros.opening_minor, euros.closing_minor, euros.parts) == (0, 0, ())
    assert euros.credit is not None
    assert euros.credit.closing_minor == 1_000
    await write(
        db,
        [
            Moved("credit_used", credit, "deposits", 1_000, MARCH),
            Moved("sale", "deposits", pending, 2_500, MARCH),
            Moved("credit_funded", pending, gifts, 1_000, MARCH),
        ],
    )
    euros = (await report(db, team.id))["EUR"]
    assert euros.closing_minor == 1_500
    assert euros.net_minor(TransferType.CREDIT) == -1_000
