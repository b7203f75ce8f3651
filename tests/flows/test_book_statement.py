"""A statement is shown before it is booked: looking changes nothing, a yes does what was shown, a no leaves nothing."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from admitone import payments, statements
from admitone.assembly import Assembly
from admitone.flows.book_statement import Booked as Done
from admitone.flows.book_statement import BookStatement, Preview
from admitone.plumbing.database import Transaction
from admitone.statements import Fate
from admitone.values.clock import FrozenClock
from admitone.values.refusals import Forbidden
from tests.flows.test_received_money import now_is, open_ids, refunds_of, tickets_of
from tests.support.bank_desk import Booked, bank_account, by_transfer, csv_file
from tests.support.onsale import OnSale, must_hold, put_on_sale

TABLES = (
    "statements_draft",
    "statements_statement",
    "statements_line",
    "payments_received",
    "tickets_ticket",
)


async def rows(site: Assembly) -> dict[str, int]:
    """How many rows there are of what booking writes."""
    async with site.database.reading() as reader:
        return {
            table: (await reader.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            for table in TABLES
        }


async def drafted(site: Assembly, show: OnSale, account: UUID, *lines: Booked) -> UUID:
    return await site.money.book_statement.draft(
        show.owner, show.organiser_id, account, "november.csv", csv_file(lines)
    )


async def seen(site: Assembly, show: OnSale, draft_id: UUID) -> Preview:
    _, shown = await site.money.book_statement.show_draft(show.owner, show.organiser_id, draft_id)
    return shown


def ticked(shown: Preview) -> list[str]:
    return [one.token for one in shown.proposals if one.is_wanted]


async def booked(site: Assembly, show: OnSale, draft_id: UUID, tokens: list[str]) -> Done:
    return await site.money.book_statement.book_draft(show.owner, show.organiser_id, draft_id, tokens)


async def test_looking_changes_nothing_and_a_yes_does_what_was_shown(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    whole, part, much = [await by_transfer(assembly, show) for _ in range(3)]
    before = await rows(assembly)
    draft_id = await drafted(
        assembly,
        show,
        account,
        Booked(2500, whole.code, day=19),
        Booked(1000, part.code),
        Booked(3000, much.code),
        Booked(700, "A gift"),
        Booked(-1200, "Rent", day=22),
    )
    shown = await seen(assembly, show, draft_id)
    assert await rows(assembly) == {**before, "statements_draft": 1}
    assert [await tickets_of(assembly, one) for one in (whole, part, much)] == [0, 0, 0]
    assert [one.fate for one in shown.proposals] == [Fate.WHOLE, Fate.PART, Fate.TOO_MUCH, None, None]
    assert [one.order.code for one in shown.proposals if one.order] == [whole.code, part.code, much.code]
    assert (shown.new, shown.known, shown.in_minor) == (5, 0, 7200)
    assert shown.period is not None
    assert [day.day for day in shown.period] == [19, 22]

    done = await booked(assembly, show, draft_id, ticked(shown))
    assert (done.imported.new, done.settled, done.changed) == (5, 3, 0)
    assert [await tickets_of(assembly, one) for one in (whole, part, much)] == [1, 0, 1]
    assert (await now_is(assembly, part)).due_minor == 1500
    assert await refunds_of(assembly, much) == [("overpaid", 500, payments.RefundState.WANTED)]
    assert len(await open_ids(assembly, show)) == 1
    assert (await rows(assembly))["statements_draft"] == 0
    again = await seen(
        assembly, show, await drafted(assembly, show, account, Booked(2500, whole.code, day=19))
    )
    assert (again.new, again.known) == (0, 1)
    await must_hold(assembly.database)


async def test_a_line_left_out_waits_for_somebody(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    yes, no = await by_transfer(assembly, show), await by_transfer(assembly, show)
    draft_id = await drafted(assembly, show, account, Booked(2500, yes.code), Booked(2500, no.code))
    tokens = ticked(await seen(assembly, show, draft_id))
    done = await booked(assembly, show, draft_id, tokens[:1])
    assert (done.imported.new, done.settled, done.changed) == (2, 1, 0)
    assert [(await now_is(assembly, one)).state for one in (yes, no)] == ["paid", "pending"]
    assert len(await open_ids(assembly, show)) == 1
    await must_hold(assembly.database)


async def test_a_line_whose_order_was_paid_meanwhile_waits_for_a_person(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    draft_id = await drafted(assembly, show, account, Booked(2500, order.code))
    tokens = ticked(await seen(assembly, show, draft_id))
    money = assembly.money.received_money
    other = csv_file([Booked(2500, order.code, day=20)])
    await money.import_file(show.owner, show.organiser_id, account, "other.csv", other)
    assert await money.settle_certain(show.owner, show.organiser_id) == 1
    done = await booked(assembly, show, draft_id, tokens)
    assert (done.imported.new, done.settled, done.changed) == (1, 0, 1)
    assert await tickets_of(assembly, order) == 1
    assert await refunds_of(assembly, order) == [], "nothing was paid twice that nobody said yes to"
    assert len(await open_ids(assembly, show)) == 1
    await must_hold(assembly.database)


async def test_the_second_half_alone_is_not_what_was_shown(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show, 2)
    draft_id = await drafted(
        assembly, show, account, Booked(2000, order.code), Booked(3000, order.code, day=22)
    )
    first, second = (await seen(assembly, show, draft_id)).proposals
    assert (first.fate, second.fate, second.due_minor) == (Fate.PART, Fate.WHOLE, 3000)
    done = await booked(assembly, show, draft_id, [second.token])
    assert (done.settled, done.changed) == (0, 1)
    assert (await now_is(assembly, order)).due_minor == 5000
    await must_hold(assembly.database)


async def test_two_yeses_at_once_book_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    draft_id = await drafted(assembly, show, account, Booked(2500, order.code))
    tokens = ticked(await seen(assembly, show, draft_id))
    answers = await asyncio.gather(
        *(booked(assembly, show, draft_id, tokens) for _ in range(4)), return_exceptions=True
    )
    won = [one for one in answers if isinstance(one, Done)]
    assert [(one.imported.new, one.settled) for one in won] == [(1, 1)]
    assert sum(isinstance(one, statements.DraftNotFound) for one in answers) == 3
    assert await refunds_of(assembly, order) == []
    await must_hold(assembly.database)


async def test_thrown_away_or_a_day_old_nothing_is_left(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    before = await rows(assembly)
    desk = assembly.money.book_statement
    first = await drafted(assembly, show, account, Booked(2500, "x"))
    again = await drafted(assembly, show, account, Booked(2500, "x"))
    assert [one.id for one in await desk.drafts(show.owner, show.organiser_id)] == [again]
    with pytest.raises(statements.DraftNotFound):
        await seen(assembly, show, first)
    await desk.throw_away(show.owner, show.organiser_id, again)
    with pytest.raises(statements.DraftNotFound):
        await booked(assembly, show, again, [])
    with pytest.raises(statements.DraftNotFound):
        await desk.throw_away(show.owner, show.organiser_id, again)
    await drafted(assembly, show, account, Booked(2500, "x"))
    assert await desk.forget_old() == 0
    later = FrozenClock(assembly.clock.now())
    later.move(seconds=86_401)
    assert await BookStatement(assembly.database, later, assembly.money.received_money).forget_old() == 1
    assert await rows(assembly) == before


async def test_of_many_files_the_newest_ten_are_kept_and_nobody_elses_go(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly, title="Another")
    account, theirs = await bank_account(assembly, show), await bank_account(assembly, other)
    kept = await drafted(assembly, other, theirs, Booked(1, "theirs"))
    made = [await drafted(assembly, show, account, Booked(100 + one, "x")) for one in range(12)]
    desk = assembly.money.book_statement
    assert [one.id for one in await desk.drafts(show.owner, show.organiser_id)] == made[:1:-1]
    assert [one.id for one in await desk.drafts(other.owner, other.organiser_id)] == [kept]


async def test_nobody_else_sees_books_or_throws_away(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly, title="Another")
    account = await bank_account(assembly, show)
    draft_id = await drafted(assembly, show, account, Booked(2500, "x"))
    desk, ours = assembly.money.book_statement, show.organiser_id
    for who in (show.door, other.owner):
        for asked in (
            desk.draft(who, ours, account, "a.csv", csv_file([Booked(1, "y")])),
            desk.drafts(who, ours),
            desk.show_draft(who, ours, draft_id),
            desk.book_draft(who, ours, draft_id, []),
            desk.throw_away(who, ours, draft_id),
        ):
            with pytest.raises(Forbidden):
                await asked
    for refused in (
        desk.show_draft(other.owner, other.organiser_id, draft_id),
        desk.book_draft(other.owner, other.organiser_id, draft_id, []),
        desk.throw_away(other.owner, other.organiser_id, draft_id),
    ):
        with pytest.raises(statements.DraftNotFound):
            await refused
    assert [one.id for one in await desk.drafts(show.owner, ours)] == [draft_id]


async def test_a_draft_larger_than_a_file_may_be_cannot_be_stored(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    await drafted(assembly, show, account, Booked(1, "x"))

    async def story(tx: Transaction) -> None:
        await tx.execute(text("UPDATE statements_draft SET data = decode(repeat('00', 5242881), 'hex')"))

    with pytest.raises(IntegrityError, match="ck_statements_draft_size"):
        await assembly.database.run(story)


async def test_of_two_files_booked_in_one_moment_only_one_pays_an_order(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    ids = [await drafted(assembly, show, account, Booked(2500, order.code, day=day)) for day in (20, 21)]
    tokens = [ticked(await seen(assembly, show, one)) for one in ids]
    pairs = zip(ids, tokens, strict=True)
    done = await asyncio.gather(*(booked(assembly, show, one, said) for one, said in pairs))
    assert sorted((one.settled, one.changed) for one in done) == [(0, 1), (1, 0)]
    assert await tickets_of(assembly, order) == 1
    assert await refunds_of(assembly, order) == []
    assert len(await open_ids(assembly, show)) == 1
    await must_hold(assembly.database)
