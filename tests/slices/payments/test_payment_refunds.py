"""Refunds on a real database: wanted once, never more than came in, done once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from admitone import payments
from admitone.payments import (
    Applied,
    NewRefund,
    Outcome,
    Refund,
    RefundApplied,
    RefundOutcome,
    RefundStatus,
    RefundTooMuch,
    SettledAs,
    Status,
    Wanted,
)
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.payments_rows import (
    START,
    facts,
    look,
    new_attempt,
    open_one,
    paid,
    paid_attempt,
    put_order,
)

pytestmark = pytest.mark.asyncio


async def want(db: Database, *wanted: NewRefund) -> list[Wanted | Refusal]:
    return await db.run(lambda tx: payments.want_refunds(tx, wanted, now=START, actor="system"))


async def apply(db: Database, refund: Refund, outcome: RefundOutcome, ref: str | None = None) -> bool:
    said = RefundApplied(refund.id, RefundStatus(outcome, ref, None if ref else "bank_says_so"))
    return refund.id in await db.run(lambda tx: payments.apply_refunds(tx, [said], now=START))


async def wanted_refund(db: Database, amount_minor: int = 2500) -> Refund:
    attempt = await paid_attempt(db)
    [verdict] = await want(db, NewRefund(uuid7(), attempt.id, "cancelled", amount_minor))
    assert isinstance(verdict, Wanted)
    return verdict.refund


async def refunds_of(db: Database, order_id: object) -> list[Refund]:
    async with db.reading() as reader:
        return await payments.refunds_of(reader, [order_id])  # type: ignore[list-item]


async def test_a_refund_is_wanted_once_for_a_reason(db: Database) -> None:
    attempt = await paid_attempt(db)
    first = await want(db, NewRefund(uuid7(), attempt.id, "paid_too_late", 2500))
    again = await want(db, NewRefund(uuid7(), attempt.id, "paid_too_late", 2500))
    assert isinstance(first[0], Wanted)
    assert isinstance(again[0], Wanted)
    assert (first[0].is_new, again[0].is_new) == (True, False)
    assert again[0].refund.id == first[0].refund.id
    assert len(await refunds_of(db, attempt.order_id)) == 1
    assert [body["amount_minor"] for body in await facts(db, "payments.refund_wanted")] == [2500]


async def test_never_more_of_the_sites_fee_goes_back_than_was_split_off(db: Database) -> None:
    split = replace(new_attempt(await put_order(db)), fee_split_minor=200)
    attempt = await open_one(db, split)
    news = Applied(attempt.id, paid(f"ref-{attempt.id}"), SettledAs.TICKETS)
    await db.run(lambda tx: payments.apply_many(tx, [news], now=START))
    first = NewRefund(uuid7(), attempt.id, "ticket 1", 1000, split_back_minor=150)
    both = [
        NewRefund(uuid7(), attempt.id, "ticket 2", 900, split_back_minor=150),
        NewRefund(uuid7(), attempt.id, "ticket 3", 600, split_back_minor=150),
    ]
    verdicts = [*await want(db, first), *await want(db, *both)]
    assert [one.refund.split_back_minor for one in verdicts if isinstance(one, Wanted)] == [150, 50, 0]


async def test_of_a_payment_that_was_not_split_nothing_is(db: Database) -> None:
    attempt = await paid_attempt(db)
    [verdict] = await want(db, NewRefund(uuid7(), attempt.id, "cancelled", 1000))
    assert isinstance(verdict, Wanted)
    assert verdict.refund.split_back_minor is None


async def test_twins_in_one_batch_are_one_refund(db: Database) -> None:
    attempt = await paid_attempt(db)
    twins = [NewRefund(uuid7(), attempt.id, "cancelled", 1000) for _ in range(2)]
    verdicts = await want(db, *twins)
    assert [verdict.is_new for verdict in verdicts if isinstance(verdict, Wanted)] == [True, False]
    assert [refund.id for refund in await refunds_of(db, attempt.order_id)] == [twins[0].id]


async def test_parts_together_are_never_more_than_was_paid(db: Database) -> None:
    attempt = await paid_attempt(db)
    verdicts = await want(
        db,
        NewRefund(uuid7(), attempt.id, "line 1", 1500),
        NewRefund(uuid7(), attempt.id, "line 2", 1001),
        NewRefund(uuid7(), attempt.id, "line 3", 1000),
    )
    assert [type(verdict) for verdict in verdicts] == [Wanted, RefundTooMuch, Wanted]
    assert isinstance(verdicts[1], Refusal)
    assert verdicts[1].data == {"left_minor": 1000}
    [last] = await want(db, NewRefund(uuid7(), attempt.id, "line 4", 1))
    assert isinstance(last, RefundTooMuch)
    assert sum(refund.amount_minor for refund in await refunds_of(db, attempt.order_id)) == 2500


async def test_two_people_refunding_everything_at_once_send_it_back_once(db: Database) -> None:
    attempt = await paid_attempt(db)
    verdicts = await asyncio.gather(
        *(want(db, NewRefund(uuid7(), attempt.id, f"by person {number}", 2500)) for number in range(4))
    )
    kinds = [type(verdict[0]) for verdict in verdicts]
    assert kinds.count(Wanted) == 1
    assert kinds.count(RefundTooMuch) == 3
    assert len(await refunds_of(db, attempt.order_id)) == 1


async def test_a_failed_refund_leaves_its_money_to_be_sent_back_otherwise(db: Database) -> None:
    refund = await wanted_refund(db)
    assert await apply(db, refund, RefundOutcome.FAILED)
    [verdict] = await want(db, NewRefund(uuid7(), refund.attempt_id, "by hand", 2500))
    assert isinstance(verdict, Wanted)


async def test_what_has_not_arrived_cannot_go_back(db: Database) -> None:
    attempt = await open_one(db, new_attempt(await put_order(db)))
    seen = Applied(attempt.id, Status("r1", Outcome.SEEN, paid_minor=2500, currency="EUR"))
    await db.run(lambda tx: payments.apply_many(tx, [seen], now=START))
    verdicts = await want(
        db, NewRefund(uuid7(), attempt.id, "early", 2500), NewRefund(uuid7(), uuid7(), "strange", 1)
    )
    assert [type(verdict) for verdict in verdicts] == [payments.NotPaid, payments.AttemptNotFound]
    assert await refunds_of(db, attempt.order_id) == []


async def test_money_in_the_wrong_currency_goes_back_in_that_currency(db: Database) -> None:
    attempt = await open_one(db, new_attempt(await put_order(db)))
    news = Applied(attempt.id, paid("r1", 9_900, "USD"), SettledAs.REFUND)
    await db.run(lambda tx: payments.apply_many(tx, [news], now=START))
    [verdict] = await want(db, NewRefund(uuid7(), attempt.id, "wrong_currency", 9_900))
    assert isinstance(verdict, Wanted)
    assert (verdict.refund.currency, verdict.refund.amount_minor) == ("USD", 9_900)
    assert (await look(db, attempt.id)).amount_minor == 2500


async def test_a_refund_is_done_once_however_often_it_is_heard(db: Database) -> None:
    refund = await wanted_refund(db)
    assert not await apply(db, refund, RefundOutcome.PENDING, "sr_1")
    assert await apply(db, refund, RefundOutcome.UNKNOWN)
    moved = await asyncio.gather(*(apply(db, refund, RefundOutcome.DONE, "sr_1") for _ in range(4)))
    assert sorted(moved) == [False, False, False, True]
    assert not await apply(db, refund, RefundOutcome.FAILED)
    async with db.reading() as reader:
        now = (await payments.read_refunds(reader, [refund.id]))[refund.id]
    assert (now.state, now.provider_ref, now.done_at) == ("done", "sr_1", START)
    assert len(await facts(db, "payments.refund_done")) == 1
    assert await facts(db, "payments.refund_failed") == []


async def test_a_failed_refund_says_why_and_is_announced(db: Database) -> None:
    refund = await wanted_refund(db)
    assert await apply(db, refund, RefundOutcome.FAILED)
    assert [body["error"] for body in await facts(db, "payments.refund_failed")] == ["bank_says_so"]


async def test_refunds_are_due_at_once_and_then_with_growing_pauses(db: Database) -> None:
    refund = await wanted_refund(db)
    async with db.reading() as reader:
        [due] = await payments.due_refunds(reader, START, 9)
    assert (due.refund.id, due.provider, due.method) == (refund.id, "sandbox", "card")
    assert due.payment_ref == f"ref-{refund.attempt_id}"
    assert await db.run(lambda tx: payments.postpone_refunds(tx, [due.refund], now=START)) == {refund.id}
    assert await db.run(lambda tx: payments.postpone_refunds(tx, [due.refund], now=START)) == set()
    async with db.reading() as reader:
        assert await payments.due_refunds(reader, START + timedelta(seconds=9), 9) == []
        assert len(await payments.due_refunds(reader, START + timedelta(seconds=10), 9)) == 1
    await apply(db, refund, RefundOutcome.DONE, "sr_1")
    async with db.reading() as reader:
        assert await payments.due_refunds(reader, START + timedelta(days=1), 9) == []
