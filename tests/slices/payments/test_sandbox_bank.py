"""The sandbox bank keeps its books as a real one does."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy import table as table_named

from admitone.payments.providers.sandbox import (
    BankRefused,
    Decision,
    Habits,
    Opening,
    Payment,
    PaymentNotFound,
)
from admitone.payments.providers.sandbox.bank import BadDecision
from admitone.plumbing.database import Database
from tests.support.payments_rows import START
from tests.support.sandbox_rig import SandboxRig, sandbox_rig

pytestmark = pytest.mark.asyncio
OPENING = Opening("key-1", "card", "EUR", 2500, "Order ABC", "https://tickets.example/orders/1")


async def count(db: Database, table: str) -> int:
    async with db.reading() as reader:
        return int((await reader.execute(select(func.count()).select_from(table_named(table)))).scalar_one())


async def told(db: Database) -> list[tuple[str, int]]:
    """The kinds of webhooks waiting and in how many seconds each is due, soonest first."""
    async with db.reading() as reader:
        rows = await reader.execute(
            text(
                "SELECT convert_from(body, 'UTF8')::jsonb ->> 'type' AS kind, due_at "
                "FROM sandbox_delivery ORDER BY 2, 1"
            )
        )
        return [(row.kind, int((row.due_at - START).total_seconds())) for row in rows]


async def paid_payment(rig: SandboxRig) -> Payment:
    return await rig.bank.open(replace(OPENING, method="push"))


async def test_the_same_key_is_the_same_payment_even_at_the_same_moment(db: Database) -> None:
    rig = sandbox_rig(db)
    opened = await asyncio.gather(*(rig.bank.open(OPENING) for _ in range(10)))
    other = sandbox_rig(db)
    assert {payment.ref for payment in opened} == {(await other.bank.open(OPENING)).ref}
    assert await count(db, "sandbox_payment") == 1


@pytest.mark.parametrize("change", [{"amount_minor": 2501}, {"currency": "USD"}, {"method": "push"}], ids=str)
async def test_a_key_with_another_request_is_refused(db: Database, change: dict[str, object]) -> None:
    rig = sandbox_rig(db)
    first = await rig.bank.open(OPENING)
    with pytest.raises(BankRefused) as refused:
        await rig.bank.open(replace(OPENING, **change))  # type: ignore[arg-type]
    assert refused.value.data == {"reason": "key_reused"}
    assert await rig.bank.payment(first.ref) == first
    assert await count(db, "sandbox_payment") == 1


async def test_a_refusal_in_a_batch_is_nobody_elses(db: Database) -> None:
    rig = sandbox_rig(db)
    await rig.bank.open(OPENING)
    answers = await asyncio.gather(
        rig.bank.open(replace(OPENING, merchant_key="key-2")),
        rig.bank.open(replace(OPENING, amount_minor=1)),
        rig.bank.open(replace(OPENING, merchant_key="key-3")),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [Payment, BankRefused, Payment]


async def test_nothing_to_pay_is_refused(db: Database) -> None:
    with pytest.raises(BankRefused):
        await sandbox_rig(db).bank.open(replace(OPENING, amount_minor=0))
    assert await count(db, "sandbox_payment") == 0


@pytest.mark.parametrize(
    ("method", "state", "webhooks"),
    [
        ("card", "open", []),
        ("push", "paid", [("payment.paid", 0)]),
        ("slow", "seen", [("payment.seen", 0), ("payment.paid", 20)]),
        ("failing", "failed", [("payment.failed", 0)]),
    ],
)
async def test_each_method_begins_in_its_own_way(
    db: Database, method: str, state: str, webhooks: list[tuple[str, int]]
) -> None:
    payment = await sandbox_rig(db).bank.open(replace(OPENING, method=method))
    assert payment.state == state
    assert await told(db) == webhooks


@pytest.mark.parametrize(
    ("decision", "state", "webhooks"),
    [
        (Decision(True), "paid", [("payment.paid", 0)]),
        (Decision(False), "failed", [("payment.failed", 0)]),
        (Decision(True, copies=2), "paid", [("payment.paid", 0), ("payment.paid", 2)]),
        (Decision(True, copies=0), "paid", []),
        (Decision(True, delay_seconds=30), "seen", [("payment.seen", 0), ("payment.paid", 30)]),
        (Decision(True, is_mixed_up=True), "paid", [("payment.paid", 0), ("payment.seen", 5)]),
        (
            Decision(True, delay_seconds=30, is_mixed_up=True),
            "seen",
            [("payment.paid", 30), ("payment.seen", 35)],
        ),
    ],
    ids=str,
)
async def test_the_payer_decides_once(
    db: Database, decision: Decision, state: str, webhooks: list[tuple[str, int]]
) -> None:
    rig = sandbox_rig(db)
    payment = await rig.bank.open(OPENING)
    assert (await rig.bank.decide(payment.ref, decision)).state == state
    again = await rig.bank.decide(payment.ref, Decision(not decision.pays))
    assert again.state == state
    assert await told(db) == webhooks


async def test_the_banks_habits_double_delay_and_mix_up_webhooks(db: Database) -> None:
    rig = sandbox_rig(db, Habits(copies=2, delay_seconds=60, is_mixed_up=True, slow_seconds=10))
    await rig.bank.open(replace(OPENING, method="slow"))
    assert await told(db) == [
        ("payment.paid", 70),
        ("payment.paid", 72),
        ("payment.seen", 75),
        ("payment.seen", 77),
    ]


async def test_a_slow_payment_arrives_when_its_time_has_come(db: Database) -> None:
    rig = sandbox_rig(db)
    payment = await rig.bank.open(replace(OPENING, method="slow"))
    rig.clock.move(seconds=19)
    assert await rig.bank.arrive_due() == 0
    assert (await rig.bank.payment(payment.ref)).state == "seen"
    rig.clock.move(seconds=1)
    assert await rig.bank.arrive_due() == 1
    assert await rig.bank.arrive_due() == 0
    arrived = await rig.bank.payment(payment.ref)
    assert (arrived.state, arrived.decided_at) == ("paid", START + timedelta(seconds=20))


async def test_a_payment_that_is_not_there_is_refused(db: Database) -> None:
    rig = sandbox_rig(db)
    with pytest.raises(PaymentNotFound):
        await rig.bank.payment("sb_nothing")
    with pytest.raises(PaymentNotFound):
        await rig.bank.decide("sb_nothing", Decision(True))


@pytest.mark.parametrize(
    "wrong", [{"delay_seconds": -1}, {"delay_seconds": 86_401}, {"copies": -1}, {"copies": 11}], ids=str
)
async def test_a_decision_out_of_range_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(BadDecision):
        Decision(True, **wrong)  # type: ignore[arg-type]


async def test_a_refund_key_sends_money_back_once(db: Database) -> None:
    rig = sandbox_rig(db)
    payment = await paid_payment(rig)
    made = await asyncio.gather(*(rig.bank.refund("r-1", payment.ref, "EUR", 1000) for _ in range(4)))
    assert {one.ref for one in made} == {made[0].ref}
    assert (await rig.bank.payment(payment.ref)).refunded_minor == 1000


async def test_parts_at_the_same_moment_are_never_more_than_was_paid(db: Database) -> None:
    rig = sandbox_rig(db)
    payment = await paid_payment(rig)
    answers = await asyncio.gather(
        *(rig.bank.refund(f"r-{part}", payment.ref, "EUR", 1000) for part in range(4)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, BankRefused)]
    assert [one.data["reason"] for one in refused] == ["more_than_was_paid"] * 2
    assert (await rig.bank.payment(payment.ref)).refunded_minor == 2000
    assert await count(db, "sandbox_refund") == 2


@pytest.mark.parametrize(
    ("currency", "amount_minor", "method", "reason"),
    [
        ("EUR", 2501, "push", "more_than_was_paid"),
        ("EUR", 0, "push", "more_than_was_paid"),
        ("EUR", -1, "push", "more_than_was_paid"),
        ("USD", 100, "push", "wrong_currency"),
        ("EUR", 100, "card", "not_paid"),
        ("EUR", 100, "slow", "not_paid"),
        ("EUR", 100, "failing", "not_paid"),
    ],
)
async def test_a_refund_that_cannot_be_is_refused_and_sends_nothing(
    db: Database, currency: str, amount_minor: int, method: str, reason: str
) -> None:
    rig = sandbox_rig(db)
    payment = await rig.bank.open(replace(OPENING, method=method))
    with pytest.raises(BankRefused) as refused:
        await rig.bank.refund("r-1", payment.ref, currency, amount_minor)
    assert refused.value.data == {"reason": reason}
    assert await count(db, "sandbox_refund") == 0
    assert (await rig.bank.payment(payment.ref)).refunded_minor == 0


async def test_a_refund_key_with_another_request_is_refused(db: Database) -> None:
    rig = sandbox_rig(db)
    payment = await paid_payment(rig)
    await rig.bank.refund("r-1", payment.ref, "EUR", 1000)
    with pytest.raises(BankRefused) as refused:
        await rig.bank.refund("r-1", payment.ref, "EUR", 900)
    assert refused.value.data == {"reason": "key_reused"}
    with pytest.raises(BankRefused) as unknown:
        await rig.bank.refund("r-2", "sb_nothing", "EUR", 900)
    assert unknown.value.data == {"reason": "no_such_payment"}


async def test_everything_changed_since_is_listed_once_over_several_pages(db: Database) -> None:
    rig = sandbox_rig(db)
    old = [await rig.bank.open(replace(OPENING, merchant_key=f"old-{number}")) for number in range(2)]
    rig.clock.move(seconds=60)
    since = rig.clock.now()
    new = await asyncio.gather(
        *(
            rig.bank.open(replace(OPENING, merchant_key=f"new-{number}", method="push"))
            for number in range(450)
        )
    )
    await rig.bank.decide(old[0].ref, Decision(True))
    seen = [payment.ref async for payment in rig.bank.changed_since(since)]
    assert sorted(seen) == sorted([old[0].ref, *(payment.ref for payment in new)])
