"""Many callers, one transaction: each gets its own verdict, and nobody pays for a neighbour."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from admitone.plumbing.database import Database, DatabaseBusy, Transaction
from admitone.plumbing.group_commit import GroupCommit, QueueFull
from admitone.values.refusals import Conflict, Refusal
from tests.support.hang_up import hang_up


class Unwelcome(Conflict):
    """The number is refused."""

    code = "test.unwelcome"
    text = "Not this number."


class Book:
    """A table of numbers, written down in batches. Negative numbers are refused, zero is a bug of ours.

    While `gate` is closed the batch under way does not end, so that the next one gathers.
    """

    def __init__(self, db: Database, **limits: int) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.desk: GroupCommit[int, str] = GroupCommit(db, self._write, failpoint="hold", **limits)

    async def _write(self, tx: Transaction, numbers: Sequence[int]) -> list[str | Refusal]:
        self.batches.append(list(numbers))
        self.begun.set()
        if 0 in numbers:
            raise ZeroDivisionError("a bug")
        written = [number for number in numbers if number > 0]
        for number in written:
            await tx.execute(text("INSERT INTO book (number) VALUES (:number)"), {"number": number})
        await self.gate.wait()
        return [f"wrote {number}" if number > 0 else Unwelcome() for number in numbers]

    async def first_and_waiting(self, first: int, *others: int) -> list[asyncio.Task[str]]:
        """`first` is being written while the others wait behind it."""
        self.gate.clear()
        tasks = [asyncio.create_task(self.desk.ask(first))]
        await self.begun.wait()
        tasks += [asyncio.create_task(self.desk.ask(number)) for number in others]
        await asyncio.sleep(0)
        return tasks


@pytest.fixture
async def book(db: Database) -> Database:
    """A database with an empty book."""
    owner = Database(db.url, pool_size=1)
    async with owner.transaction() as tx:
        await tx.execute(text("CREATE TABLE book (at serial, number int PRIMARY KEY)"))
        await tx.execute(text("GRANT ALL ON book, book_at_seq TO admitone_app"))
    await owner.close()
    return db


async def numbers(db: Database) -> list[int]:
    """The book, in the order of writing."""
    async with db.reading() as reader:
        return list((await reader.execute(text("SELECT number FROM book ORDER BY at"))).scalars())


async def test_a_lone_caller_waits_for_nobody(book: Database) -> None:
    made = Book(book)
    assert await made.desk.ask(7) == "wrote 7"
    assert made.batches == [[7]]
    assert await numbers(book) == [7]


async def test_while_one_batch_commits_the_next_one_gathers_in_order_of_arrival(book: Database) -> None:
    made = Book(book)
    tasks = await made.first_and_waiting(5, 9, 1, 4)
    made.gate.set()
    assert await asyncio.gather(*tasks) == ["wrote 5", "wrote 9", "wrote 1", "wrote 4"]
    assert made.batches == [[5], [9, 1, 4]]
    assert await numbers(book) == [5, 9, 1, 4]


async def test_a_batch_has_a_greatest_size(book: Database) -> None:
    made = Book(book, batch_max=2)
    tasks = await made.first_and_waiting(1, 2, 3, 4)
    made.gate.set()
    await asyncio.gather(*tasks)
    assert made.batches == [[1], [2, 3], [4]]


async def test_the_refusal_of_one_is_nobody_elses(book: Database) -> None:
    made = Book(book)
    tasks = await made.first_and_waiting(1, 2, -3, 4)
    made.gate.set()
    said = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in said] == [str, str, Unwelcome, str]
    assert made.batches == [[1], [2, -3, 4]]
    assert await numbers(book) == [1, 2, 4]


async def test_a_bug_in_one_request_is_found_by_running_each_alone(book: Database) -> None:
    made = Book(book)
    tasks = await made.first_and_waiting(1, 2, 0, 4)
    made.gate.set()
    said = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in said] == [str, str, ZeroDivisionError, str]
    assert made.batches == [[1], [2, 0, 4], [2], [0], [4]]
    assert await numbers(book) == [1, 2, 4]
    assert await made.desk.ask(8) == "wrote 8"


async def test_beyond_the_limit_callers_are_turned_away_at_once(book: Database) -> None:
    made = Book(book, queue_max=2)
    tasks = await made.first_and_waiting(1, 2, 3)
    with pytest.raises(QueueFull) as refused:
        await made.desk.ask(4)
    assert refused.value.data == {"retry_after_seconds": 2}
    made.gate.set()
    await asyncio.gather(*tasks)
    assert await numbers(book) == [1, 2, 3]
    assert await made.desk.ask(4) == "wrote 4"


async def test_a_caller_that_went_away_takes_no_place(book: Database) -> None:
    made = Book(book)
    tasks = await made.first_and_waiting(1, 2, 3)
    tasks[1].cancel()
    await asyncio.sleep(0)
    made.gate.set()
    assert [await tasks[0], await tasks[2]] == ["wrote 1", "wrote 3"]
    assert made.batches == [[1], [3]]
    assert await numbers(book) == [1, 3]


async def test_a_caller_that_goes_away_during_the_commit_harms_nobody(book: Database) -> None:
    made = Book(book)
    tasks = await made.first_and_waiting(1, 2)
    tasks[0].cancel()
    made.gate.set()
    assert await tasks[1] == "wrote 2"
    assert await numbers(book) == [1, 2]


async def test_when_the_connection_is_lost_nobody_is_told_yes_and_nothing_is_run_again(
    book: Database,
) -> None:
    made = Book(book)
    tasks = await made.first_and_waiting(1, 2, 3)
    assert await hang_up(book) >= 1
    made.gate.set()
    said = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in said] == [DatabaseBusy, str, str]
    assert made.batches == [[1], [2, 3]]
    assert await numbers(book) == [2, 3]


async def test_when_the_connection_is_lost_in_the_commit_nobody_is_told_yes(book: Database) -> None:
    """The answer to COMMIT never comes: whether it happened is unknown, so the answer is neither yes nor no."""
    owner = Database(book.url, pool_size=1)
    async with owner.transaction() as tx:
        await tx.execute(
            text(
                "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
                "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$"
            )
        )
        await tx.execute(
            text(
                "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON book DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW WHEN (NEW.number = 13) EXECUTE FUNCTION die()"
            )
        )
    await owner.close()
    made = Book(book)
    tasks = await made.first_and_waiting(1, 12, 13, 14)
    made.gate.set()
    said = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in said] == [str, DatabaseBusy, DatabaseBusy, DatabaseBusy]
    assert made.batches == [[1], [12, 13, 14]]
    assert await numbers(book) == [1]
    assert await made.desk.ask(15) == "wrote 15"


async def test_a_pool_without_a_free_connection_is_a_refusal_for_the_batch_once(book: Database) -> None:
    small = Database(book.url, pool_size=1, name="small")
    batches = small.for_batches()
    batches.engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    made = Book(small)
    async with batches.transaction():
        said = await asyncio.gather(
            *(made.desk.ask(number) for number in range(1, 20)), return_exceptions=True
        )
    assert {type(one) for one in said} == {DatabaseBusy}
    assert made.batches == []
    assert await made.desk.ask(1) == "wrote 1"
    await small.close()


@pytest.mark.parametrize(("pool_size", "for_batches"), [(2, 2), (12, 8), (100, 8)])
def test_batches_take_few_connections_more_however_large_the_pool(pool_size: int, for_batches: int) -> None:
    made = Database("postgresql+psycopg:///nowhere", pool_size=pool_size)
    pools = [database.engine.pool for database in (made, made.for_batches())]
    assert [pool.size() for pool in pools] == [pool_size, for_batches]  # type: ignore[attr-defined]


async def test_a_server_that_is_away_is_a_refusal_and_not_a_bug(db: Database) -> None:
    away = Database(str(db.url).replace("clone_", "nowhere_"), pool_size=1)
    with pytest.raises(DatabaseBusy):
        await Book(away).desk.ask(1)
    await away.close()


async def test_whoever_asks_in_the_moment_a_batch_ends_is_answered(book: Database) -> None:
    made = Book(book)

    async def in_turn(first: int) -> None:
        for number in range(first, first + 40):
            assert await made.desk.ask(number) == f"wrote {number}"

    async with asyncio.timeout(20):
        await asyncio.gather(in_turn(100), in_turn(200), in_turn(300))
    assert sorted(await numbers(book)) == [*range(100, 140), *range(200, 240), *range(300, 340)]


async def test_a_second_batch_begins_beside_the_first_when_enough_wait(book: Database) -> None:
    made = Book(book, second_at=3)
    tasks = await made.first_and_waiting(1, 2, 3)
    assert made.batches == [[1]]
    tasks.append(asyncio.create_task(made.desk.ask(4)))
    while len(made.batches) < 2:
        made.begun.clear()
        await made.begun.wait()
    assert made.batches == [[1], [2, 3, 4]]
    made.gate.set()
    assert await asyncio.gather(*tasks) == ["wrote 1", "wrote 2", "wrote 3", "wrote 4"]
