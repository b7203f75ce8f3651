"""Lines on a real database: each is there once, its money is for one order, and every change is written down."""

import asyncio
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from admitone import statements
from admitone.plumbing.database import Database
from admitone.statements import Imported, Kind, Line, LineState, Match, ReadStatement, StatementLine
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.payments_rows import START, facts, new_attempt, open_one, put_order

pytestmark = pytest.mark.asyncio
ACTOR = "person:1"


def line(words: str = "7K3M9QX2V", amount: int = 2500, day: int = 20, payer: str = "Ada") -> StatementLine:
    raw = {"Betrag": "25,00", "Name": payer}
    return StatementLine(None, date(2026, 11, day), "EUR", amount, payer, None, words, raw)


def statement(*lines: StatementLine, account: str = "DE89370400440532013000") -> ReadStatement:
    return ReadStatement(Kind.CSV, account, "EUR", lines, 1, "utf-8")


async def put(db: Database, organiser: UUID, read: ReadStatement) -> Imported:
    return await db.run(
        lambda tx: statements.import_statement(
            tx, read, organiser_id=organiser, file_name="a.csv", data=b"x", now=START, actor=ACTOR
        )
    )


async def opened(db: Database, organiser: UUID) -> list[Line]:
    async with db.reading() as reader:
        return await statements.open_lines(reader, organiser)


async def one_open(db: Database) -> tuple[UUID, UUID, Line]:
    """(order, organiser, an open line of 25.00)."""
    order, organiser = await put_order(db)
    await put(db, organiser, statement(line()))
    return order, organiser, (await opened(db, organiser))[0]


async def match(db: Database, organiser: UUID, *wanted: Match) -> list[Line | Refusal]:
    return await db.run(lambda tx: statements.match(tx, organiser, wanted, now=START, actor=ACTOR))


async def look(db: Database, organiser: UUID, line_id: UUID) -> Line:
    async with db.reading() as reader:
        return (await statements.read_lines(reader, organiser, [line_id]))[line_id]


async def history(db: Database, line_id: UUID) -> list[tuple[int, str | None, str, UUID | None]]:
    async with db.reading() as reader:
        rows = await reader.execute(
            text(
                "SELECT version, from_state, to_state, order_id FROM statements_change "
                "WHERE line_id = :id ORDER BY version"
            ),
            {"id": line_id},
        )
        return [(row.version, row.from_state, row.to_state, row.order_id) for row in rows]


async def test_the_same_file_again_adds_nothing(db: Database) -> None:
    _, organiser = await put_order(db)
    read = statement(line(), line("other", -490), line("third", 100, 19))
    first, second = await put(db, organiser, read), await put(db, organiser, read)
    assert (first.new, first.known, first.skipped) == (3, 0, 1)
    assert (second.new, second.known, second.new_ids) == (0, 3, {})
    assert [(one.amount_minor, one.text) for one in await opened(db, organiser)] == [
        (100, "third"),
        (2500, "7K3M9QX2V"),
    ]
    assert await facts(db, "statements.imported") == [
        {"lines_new": 3, "lines_known": 0},
        {"lines_new": 0, "lines_known": 3},
    ]


async def test_a_file_that_overlaps_adds_what_is_new_in_any_order(db: Database) -> None:
    _, organiser = await put_order(db)
    await put(db, organiser, statement(line(day=19), line("b", day=20)))
    again = await put(db, organiser, statement(line("c", day=21), line("b", day=20), line(day=19)))
    assert (again.new, again.known) == (1, 2)
    [new] = [one for one in await opened(db, organiser) if one.text == "c"]
    assert tuple(again.new_ids.values()) == (new.id,)


async def test_two_who_pay_alike_on_one_day_are_two_lines(db: Database) -> None:
    _, organiser = await put_order(db)
    assert (await put(db, organiser, statement(line(), line()))).new == 2
    assert (await put(db, organiser, statement(line(), line(), line()))).new == 1
    assert (await put(db, organiser, statement(line(payer="Grace"), line()))).new == 1


async def test_spaces_and_case_do_not_make_another_line(db: Database) -> None:
    _, organiser = await put_order(db)
    await put(db, organiser, statement(line("Order 7K3M9 QX2V")))
    assert (await put(db, organiser, statement(line("ORDER\n7k3m9qx2v")))).known == 1


async def test_other_accounts_and_organisers_have_lines_of_their_own(db: Database) -> None:
    _, organiser = await put_order(db)
    _, other = await put_order(db)
    for owner, account in ((organiser, "one"), (organiser, "two"), (other, "one")):
        assert (await put(db, owner, statement(line(), account=account))).new == 1


async def test_imports_in_the_same_moment_add_each_line_once(db: Database) -> None:
    _, organiser = await put_order(db)
    lines = [line(f"text {number}") for number in range(40)]
    files = [statement(*lines), statement(*reversed(lines)), statement(*lines[20:], *lines[:20])]
    done = await asyncio.gather(*(put(db, organiser, read) for read in files * 2))
    assert sum(one.new for one in done) == 40
    assert len(await opened(db, organiser)) == 40


async def test_what_was_read_is_what_is_kept(db: Database) -> None:
    _, organiser, kept = await one_open(db)
    assert (kept.organiser_id, kept.account, kept.version) == (organiser, "DE89370400440532013000", 1)
    assert (kept.booked_on, kept.payer_name, kept.text) == (date(2026, 11, 20), "Ada", "7K3M9QX2V")
    assert kept.raw == {"Betrag": "25,00", "Name": "Ada"}
    assert await history(db, kept.id) == [(1, None, "open", None)]


async def test_a_matched_line_has_its_order_and_is_announced(db: Database) -> None:
    order, organiser = await put_order(db)
    attempt = await open_one(db, new_attempt((order, organiser)))
    await put(db, organiser, statement(line()))
    [found] = await opened(db, organiser)
    [now] = await match(db, organiser, Match(found.id, order, attempt.id))
    assert isinstance(now, Line)
    assert (now.state, now.order_id, now.attempt_id) == (LineState.MATCHED, order, attempt.id)
    assert await opened(db, organiser) == []
    assert await history(db, found.id) == [(1, None, "open", None), (2, "open", "matched", order)]
    assert await facts(db, "statements.line_matched") == [
        {"order_id": str(order), "attempt_id": str(attempt.id), "currency": "EUR", "amount_minor": 2500}
    ]
    async with db.reading() as reader:
        assert await statements.lines_of_orders(reader, [order]) == [now]


async def test_a_line_is_for_one_order_however_many_want_it(db: Database) -> None:
    order, organiser, found = await one_open(db)
    wanted = [Match(found.id, order) for _ in range(6)]
    verdicts = await asyncio.gather(*(match(db, organiser, one) for one in wanted))
    codes = sorted(one.code if isinstance(one, Refusal) else "ok" for [one] in verdicts)
    assert codes == ["ok", *["statements.line_not_open"] * 5]
    assert len(await facts(db, "statements.line_matched")) == 1
    assert len(await history(db, found.id)) == 2


async def test_each_line_of_a_batch_has_its_own_verdict(db: Database) -> None:
    order, organiser = await put_order(db)
    await put(db, organiser, statement(line("a"), line("b"), line("c", -100)))
    first, second = await opened(db, organiser)
    async with db.reading() as reader:
        rows = await reader.execute(text("SELECT id FROM statements_line WHERE amount_minor < 0"))
        went: UUID = rows.scalar_one()
    wanted = [Match(went, order), Match(first.id, order), Match(uuid7(), order), Match(first.id, order)]
    verdicts = await match(db, organiser, *wanted)
    assert [one.code if isinstance(one, Refusal) else one.id for one in verdicts] == [
        "statements.line_not_incoming",
        first.id,
        "statements.line_not_found",
        "statements.line_not_open",
    ]
    assert (await look(db, organiser, second.id)).state is LineState.OPEN


async def test_another_organisers_line_is_not_found_and_stays_as_it_is(db: Database) -> None:
    _, organiser, found = await one_open(db)
    order, other = await put_order(db)
    [verdict] = await match(db, other, Match(found.id, order))
    assert isinstance(verdict, statements.LineNotFound)
    for verb in (statements.ignore, statements.unmatch, statements.mark_returned):
        [verdict] = await db.run(lambda tx, verb=verb: verb(tx, other, [found.id], now=START, actor=ACTOR))  # type: ignore[misc]
        assert isinstance(verdict, statements.LineNotFound)
    assert await look(db, organiser, found.id) == found


async def test_a_mistake_is_undone_until_the_money_is_settled(db: Database) -> None:
    order, organiser, found = await one_open(db)

    async def unmatch() -> Line | Refusal:
        [verdict] = await db.run(
            lambda tx: statements.unmatch(tx, organiser, [found.id], now=START, actor=ACTOR)
        )
        return verdict

    assert isinstance(await unmatch(), statements.LineNotMatched)
    await match(db, organiser, Match(found.id, order))
    again = await unmatch()
    assert isinstance(again, Line)
    assert (again.state, again.order_id, again.version) == (LineState.OPEN, None, 3)
    assert await facts(db, "statements.line_reopened") == [{"was": "matched", "order_id": str(order)}]
    await match(db, organiser, Match(found.id, order))
    settled = [await db.run(lambda tx: statements.mark_settled(tx, [found.id], now=START)) for _ in range(2)]
    assert settled == [{found.id}, set()]
    before = await look(db, organiser, found.id)
    assert isinstance(await unmatch(), statements.LineSettled)
    assert await look(db, organiser, found.id) == before
    assert [step[1:3] for step in await history(db, found.id)] == [
        (None, "open"),
        ("open", "matched"),
        ("matched", "open"),
        ("open", "matched"),
    ]


async def test_an_open_line_is_not_settled_by_mistake(db: Database) -> None:
    _, organiser, found = await one_open(db)
    assert await db.run(lambda tx: statements.mark_settled(tx, [found.id], now=START)) == set()
    assert await look(db, organiser, found.id) == found


async def test_a_line_put_aside_comes_back_and_is_not_matched_meanwhile(db: Database) -> None:
    order, organiser, found = await one_open(db)
    [aside] = await db.run(lambda tx: statements.ignore(tx, organiser, [found.id], now=START, actor=ACTOR))
    assert isinstance(aside, Line)
    assert aside.state is LineState.IGNORED
    assert await opened(db, organiser) == []
    [verdict] = await match(db, organiser, Match(found.id, order))
    assert isinstance(verdict, statements.LineNotOpen)
    assert verdict.data == {"state": "ignored"}
    await db.run(lambda tx: statements.unmatch(tx, organiser, [found.id], now=START, actor=ACTOR))
    assert [one.id for one in await opened(db, organiser)] == [found.id]


async def test_money_that_went_back_keeps_its_order(db: Database) -> None:
    order, organiser, found = await one_open(db)
    await match(db, organiser, Match(found.id, order))
    await db.run(lambda tx: statements.mark_settled(tx, [found.id], now=START))
    [back] = await db.run(
        lambda tx: statements.mark_returned(tx, organiser, [found.id], now=START, actor=ACTOR)
    )
    assert isinstance(back, Line)
    assert (back.state, back.order_id) == (LineState.RETURNED, order)
    [again] = await db.run(
        lambda tx: statements.mark_returned(tx, organiser, [found.id], now=START, actor=ACTOR)
    )
    assert isinstance(again, statements.LineNotOpen)
    assert await facts(db, "statements.line_returned") == [{"order_id": str(order)}]


async def test_open_lines_come_in_pages_oldest_first(db: Database) -> None:
    _, organiser = await put_order(db)
    await put(db, organiser, statement(*(line(f"{number}", day=1 + number % 3) for number in range(10))))
    seen: list[Line] = []
    async with db.reading() as reader:
        while page := await statements.open_lines(
            reader, organiser, after=seen[-1] if seen else None, most=4
        ):
            seen += page
    assert seen == await opened(db, organiser)
    assert [one.booked_on.day for one in seen] == [1, 1, 1, 1, 2, 2, 2, 3, 3, 3]


@pytest.mark.parametrize(
    "change",
    [
        "state = 'matched'",
        "state = 'lost'",
        "amount_minor = 0",
        "settled_at = now()",
        "order_id = :order",
        "state = 'matched', order_id = :order, amount_minor = -1",
        "account = 'another'",
    ],
)
async def test_the_database_itself_keeps_the_rules_of_a_line(db: Database, change: str) -> None:
    order, organiser, found = await one_open(db)
    wanted = {"order": order} if ":order" in change else {}
    with pytest.raises(IntegrityError):
        async with db.transaction() as tx:
            await tx.execute(text(f"UPDATE statements_line SET {change}"), wanted)
    assert await look(db, organiser, found.id) == found


@pytest.mark.parametrize(
    "change", ["UPDATE statements_change SET actor = 'x'", "DELETE FROM statements_change"]
)
async def test_history_is_not_rewritten(db: Database, change: str) -> None:
    _, _, found = await one_open(db)
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"):
        async with db.transaction() as tx:
            await tx.execute(text(change))
    assert len(await history(db, found.id)) == 1


async def test_a_file_name_is_kept_short_and_printable(db: Database) -> None:
    _, organiser = await put_order(db)
    await db.run(
        lambda tx: statements.import_statement(
            tx,
            replace(statement(), lines=()),
            organiser_id=organiser,
            file_name="a\x00b\n" + "c" * 300,
            data=b"",
            now=START,
            actor=ACTOR,
        )
    )
    async with db.reading() as reader:
        name = (await reader.execute(text("SELECT file_name FROM statements_statement"))).scalar_one()
    assert name == "ab" + "c" * 198
