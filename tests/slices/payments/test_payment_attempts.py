"""Attempts on a real database: opened once, prompted once, paid once, whatever comes twice or at the same
moment.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from admitone import payments
from admitone.payments import (
    SANDBOX_ACCOUNT,
    Applied,
    Outcome,
    Prompt,
    Prompted,
    SettledAs,
    Status,
    TooManyAttempts,
)
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7
from tests.support.payments_rows import START, facts, look, new_attempt, open_one, paid, put_order

pytestmark = pytest.mark.asyncio


def prompt(ref: str | None, outcome: Outcome = Outcome.PENDING) -> Prompt:
    return Prompt(
        ref, None if ref is None else f"https://bank.example/{ref}", {"IBAN": "DE00"}, Status(ref, outcome)
    )


async def test_attempts_of_an_order_are_numbered_and_announced(db: Database) -> None:
    one, other = await put_order(db), await put_order(db)
    wanted = [new_attempt(one), new_attempt(other), new_attempt(one, method="push")]
    opened = await db.run(lambda tx: payments.open_many(tx, wanted, now=START, actor="guest"))
    assert [(got.id, got.number, got.state) for got in opened if isinstance(got, payments.Attempt)] == [
        (wanted[0].id, 1, "opened"),
        (wanted[1].id, 1, "opened"),
        (wanted[2].id, 2, "opened"),
    ]
    announced = await facts(db, "payments.attempt_opened")
    assert sorted(str(body["method"]) for body in announced) == ["card", "card", "push"]
    assert {body["amount_minor"] for body in announced} == {2500}


async def test_the_same_id_again_gives_the_attempt_it_opened(db: Database) -> None:
    wanted = new_attempt(await put_order(db))
    first = await open_one(db, wanted)
    assert await open_one(db, wanted) == first
    assert len(await facts(db, "payments.attempt_opened")) == 1


async def test_the_twenty_first_attempt_of_an_order_is_refused(db: Database) -> None:
    order = await put_order(db)
    wanted = [new_attempt(order) for _ in range(21)]
    opened = await db.run(lambda tx: payments.open_many(tx, wanted, now=START, actor="guest"))
    assert [got.number for got in opened[:20] if isinstance(got, payments.Attempt)] == list(range(1, 21))
    assert isinstance(opened[20], TooManyAttempts)
    again = await db.run(lambda tx: payments.open_many(tx, [new_attempt(order)], now=START, actor="guest"))
    assert isinstance(again[0], TooManyAttempts)
    async with db.reading() as reader:
        assert len(await payments.of_orders(reader, [order[0]])) == 20


async def test_tries_at_the_same_moment_get_different_numbers(db: Database) -> None:
    order = await put_order(db)
    opened = await asyncio.gather(*(open_one(db, new_attempt(order)) for _ in range(8)))
    assert sorted(got.number for got in opened) == list(range(1, 9))


async def test_a_prompt_is_kept_and_the_first_one_stays(db: Database) -> None:
    attempt = await open_one(db, new_attempt(await put_order(db)))
    kept = await db.run(lambda tx: payments.record_prompts(tx, [Prompted(attempt.id, prompt("r1"))]))
    other = await db.run(lambda tx: payments.record_prompts(tx, [Prompted(attempt.id, prompt("r2"))]))
    assert (kept, other) == ({attempt.id}, set())
    now = await look(db, attempt.id)
    assert (now.state, now.provider_ref, now.redirect_url) == ("prompted", "r1", "https://bank.example/r1")
    assert now.instructions == {"IBAN": "DE00"}


async def test_an_unknown_prompt_is_asked_for_again_with_the_same_key(db: Database) -> None:
    attempt = await open_one(db, new_attempt(await put_order(db)))
    await db.run(
        lambda tx: payments.record_prompts(tx, [Prompted(attempt.id, prompt(None, Outcome.UNKNOWN))])
    )
    unknown = await look(db, attempt.id)
    assert (unknown.state, unknown.needs_prompt, unknown.redirect_url) == ("unknown", True, None)
    await db.run(lambda tx: payments.record_prompts(tx, [Prompted(attempt.id, prompt("r1"))]))
    assert (await look(db, attempt.id)).state == "prompted"


async def test_a_reference_belongs_to_one_attempt_only(db: Database) -> None:
    first = await open_one(db, new_attempt(await put_order(db)))
    second = await open_one(db, new_attempt(await put_order(db)))
    await db.run(lambda tx: payments.record_prompts(tx, [Prompted(first.id, prompt("r1"))]))
    kept = await db.run(lambda tx: payments.record_prompts(tx, [Prompted(second.id, prompt("r1"))]))
    assert kept == set()
    assert (await look(db, second.id)).provider_ref is None
    async with db.reading() as reader:
        found = await payments.find_by_ref(reader, SANDBOX_ACCOUNT, "r1")
        assert found is not None
        assert found.id == first.id
        assert await payments.find_by_ref(reader, uuid7(), "r1") is None


async def test_a_prompt_that_comes_after_the_money_changes_no_state(db: Database) -> None:
    attempt = await open_one(db, new_attempt(await put_order(db)))
    await db.run(
        lambda tx: payments.apply_many(tx, [Applied(attempt.id, paid("r1"), SettledAs.TICKETS)], now=START)
    )
    await db.run(lambda tx: payments.record_prompts(tx, [Prompted(attempt.id, prompt("r1"))]))
    now = await look(db, attempt.id)
    assert (now.state, now.redirect_url) == ("paid", "https://bank.example/r1")


NEWS = {
    "pending": Applied(uuid7(), Status("r1", Outcome.PENDING)),
    "seen": Applied(uuid7(), Status("r1", Outcome.SEEN)),
    "failed": Applied(uuid7(), Status("r1", Outcome.FAILED, reason="declined")),
    "paid": Applied(uuid7(), paid("r1"), SettledAs.TICKETS),
}


@pytest.mark.parametrize("order_of_news", list(permutations(NEWS)), ids="-".join)
async def test_news_in_any_order_and_doubled_ends_the_same(
    db: Database, order_of_news: tuple[str, ...]
) -> None:
    attempt = await open_one(db, new_attempt(await put_order(db)))
    for at, name in enumerate((*order_of_news, *order_of_news)):
        news = replace(NEWS[name], attempt_id=attempt.id)
        later = START + timedelta(seconds=at)
        await db.run(lambda tx, news=news, later=later: payments.apply_many(tx, [news], now=later))  # type: ignore[misc]
    now = await look(db, attempt.id)
    assert (now.state, now.settled_as, now.paid_minor, now.paid_currency) == ("paid", "tickets", 2500, "EUR")
    assert (now.provider_ref, now.reason) == ("r1", None)
    assert now.closed_at == START + timedelta(seconds=order_of_news.index("paid"))
    moves = await facts(db, "payments.attempt_moved")
    assert [body["state"] for body in moves].count("paid") == 1


async def test_two_workers_with_the_same_news_have_one_effect(db: Database) -> None:
    attempts = [await open_one(db, new_attempt(await put_order(db))) for _ in range(5)]
    news = [Applied(one.id, paid(f"r{one.id}"), SettledAs.TICKETS) for one in attempts]
    backwards = list(reversed(news))
    moved = await asyncio.gather(
        *(
            db.run(lambda tx, mine=mine: payments.apply_many(tx, mine, now=START))  # type: ignore[misc]
            for mine in (news, backwards, news, backwards)
        )
    )
    assert sorted(one for each in moved for one in each) == sorted(one.id for one in attempts)
    assert len(await facts(db, "payments.attempt_moved")) == 5


async def test_several_news_of_one_attempt_in_a_batch_count_as_the_one_that_says_most(db: Database) -> None:
    attempt = await open_one(db, new_attempt(await put_order(db)))
    news = [
        Applied(attempt.id, paid("r1"), SettledAs.REFUND),
        Applied(attempt.id, Status("r1", Outcome.SEEN)),
        Applied(attempt.id, Status("r1", Outcome.FAILED)),
    ]
    moved = await db.run(lambda tx: payments.apply_many(tx, news, now=START))
    assert (moved[attempt.id].was, moved[attempt.id].state) == ("opened", "paid")
    assert (await look(db, attempt.id)).settled_as == "refund"


async def test_what_is_paid_must_be_settled_as_something() -> None:
    with pytest.raises(AssertionError, match="tickets or a refund"):
        Applied(uuid7(), paid("r1"))
    with pytest.raises(AssertionError, match="tickets or a refund"):
        Applied(uuid7(), Status("r1", Outcome.SEEN), SettledAs.TICKETS)


async def test_open_attempts_are_asked_about_with_growing_pauses(db: Database) -> None:
    attempt = await open_one(db, new_attempt(await put_order(db)))
    closed = await open_one(db, new_attempt(await put_order(db)))
    gone = Applied(closed.id, Status("r9", Outcome.FAILED))
    await db.run(lambda tx: payments.apply_many(tx, [gone], now=START))
    waits = []
    now = START
    for _ in range(5):
        async with db.reading() as reader:
            assert (
                await payments.due(reader, (await look(db, attempt.id)).ask_at - timedelta(seconds=1), 9)
                == []
            )
            now = (await look(db, attempt.id)).ask_at
            due = await payments.due(reader, now, 9)
        assert [one.id for one in due] == [attempt.id]
        waits.append((now - START).total_seconds())
        assert await db.run(lambda tx, due=due, now=now: payments.postpone(tx, due, now=now)) == {attempt.id}  # type: ignore[misc]
        # A second worker that asked about the same attempt postpones nothing more.
        assert await db.run(lambda tx, due=due, now=now: payments.postpone(tx, due, now=now)) == set()  # type: ignore[misc]
    assert waits == [5, 15, 35, 75, 135]


async def test_an_attempt_that_is_not_there_is_refused(db: Database) -> None:
    async with db.reading() as reader:
        with pytest.raises(payments.AttemptNotFound):
            await payments.read(reader, uuid7())
