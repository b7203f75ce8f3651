"""Money that comes early, late, twice, wrong or not at all ends in exactly one of tickets, refund, or nothing."""

import asyncio
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from admitone import inventory, ledger, orders, payments, tickets
from admitone.assembly import Assembly
from admitone.flows.settlement import Heard
from admitone.payments import Outcome, Status
from admitone.payments.providers.sandbox import Decision
from admitone.reads import invariants
from admitone.values.clock import SystemClock
from tests.support.onsale import PAID, OnSale, TypeOnSale, buy, must_hold, place, put_on_sale


async def started(site: Assembly, order: orders.OrderRow) -> payments.Attempt:
    """A card payment that waits for its buyer at the bank."""
    return (await site.payment.pay(order.id, "sandbox:card")).attempt


async def pay_at_bank(site: Assembly, attempt: payments.Attempt) -> None:
    """The buyer pays on the bank's page; we have not heard of it yet."""
    assert site.sandbox is not None
    assert attempt.provider_ref is not None
    await site.sandbox.decide(attempt.provider_ref, Decision(pays=True))


async def let_expire(site: Assembly, order_id: UUID) -> None:
    """The order's deadline passes."""
    async with site.database.transaction() as tx:
        await tx.execute(
            text("UPDATE orders_order SET pay_until = clock_timestamp() WHERE id = :id"), {"id": order_id}
        )


async def state(site: Assembly, order_id: UUID) -> tuple[str, int]:
    """The order's state and how many valid tickets it has."""
    async with site.database.reading() as reader:
        order = await orders.by_id(reader, order_id)
        valid = [one for one in await tickets.by_order(reader, order_id) if one.state == "valid"]
    return order.state, len(valid)


async def refunds(site: Assembly, order_id: UUID) -> list[tuple[str, int, str]]:
    """Why, how much, how far."""
    async with site.database.reading() as reader:
        return [
            (one.reason, one.amount_minor, one.state.value)
            for one in await payments.refunds_of(reader, [order_id])
        ]


async def test_a_card_payment_becomes_tickets_when_the_provider_is_asked(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show, 2)
    attempt = await started(assembly, order)
    assert await state(assembly, order.id) == ("pending", 0)
    await pay_at_bank(assembly, attempt)
    await assembly.settlement.ask_about_order(order.id)
    assert await state(assembly, order.id) == ("paid", 2)
    await must_hold(assembly.database)


async def test_before_an_order_expires_its_provider_is_asked(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    await pay_at_bank(assembly, await started(assembly, order))
    await let_expire(assembly, order.id)
    assert await assembly.expiry.expire_orders() == 0
    assert await state(assembly, order.id) == ("paid", 1)
    await must_hold(assembly.database)


async def test_late_money_gets_its_tickets_while_places_remain(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show, 2)
    attempt = await started(assembly, order)
    await let_expire(assembly, order.id)
    assert await assembly.expiry.expire_orders() == 1
    assert await state(assembly, order.id) == ("expired", 0)
    await must_hold(assembly.database)
    await pay_at_bank(assembly, attempt)
    await assembly.settlement.ask_about_order(order.id)
    assert await state(assembly, order.id) == ("paid", 2)
    assert await refunds(assembly, order.id) == []
    await must_hold(assembly.database)


async def test_late_money_goes_back_when_the_places_are_gone(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 2))
    order = await place(assembly, show, 2)
    attempt = await started(assembly, order)
    await let_expire(assembly, order.id)
    await assembly.expiry.expire_orders()
    await buy(assembly, show, 1)
    await pay_at_bank(assembly, attempt)
    await assembly.settlement.ask_about_order(order.id)
    assert await state(assembly, order.id) == ("expired", 0)
    assert await refunds(assembly, order.id) == [("paid_too_late", 5000, "wanted")]
    await must_hold(assembly.database)
    await assembly.refunding.send_due()
    assert await refunds(assembly, order.id) == [("paid_too_late", 5000, "done")]
    async with assembly.database.reading() as reader:
        assert await ledger.balance(reader, "clearing:sandbox", "EUR") == -2500
        assert await ledger.balance(reader, "refunds_due", "EUR") == 0
    await must_hold(assembly.database)


async def test_an_order_paid_twice_keeps_one_payment_and_sends_the_other_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    first, second = await started(assembly, order), await started(assembly, order)
    await asyncio.gather(pay_at_bank(assembly, first), pay_at_bank(assembly, second))
    await asyncio.gather(*(assembly.settlement.ask(one) for one in (first, second)))
    assert await state(assembly, order.id) == ("paid", 1)
    assert await refunds(assembly, order.id) == [("paid_twice", 2500, "wanted")]
    await must_hold(assembly.database)


def came(attempt: payments.Attempt, minor: int, currency: str = "EUR") -> Heard:
    return Heard(attempt.id, Status(attempt.provider_ref, Outcome.PAID, paid_minor=minor, currency=currency))


async def test_too_little_waits_for_the_rest_and_becomes_tickets_with_it(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    await assembly.settlement.hear(came(await started(assembly, order), 2000))
    assert await state(assembly, order.id) == ("pending", 0)
    assert await refunds(assembly, order.id) == []
    await must_hold_without_bank(assembly)
    rest = await started(assembly, order)
    assert rest.amount_minor == 500
    await assembly.settlement.hear(came(rest, 500))
    assert await state(assembly, order.id) == ("paid", 1)
    async with assembly.database.reading() as reader:
        assert await ledger.balance(reader, "deposits", "EUR") == 0
        assert await ledger.balance(reader, "clearing:sandbox", "EUR") == -2500
    await must_hold_without_bank(assembly)


async def test_both_parts_of_a_price_in_one_moment_are_enough(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    first, second = await started(assembly, order), await started(assembly, order)
    await asyncio.gather(
        assembly.settlement.hear(came(first, 1500)), assembly.settlement.hear(came(second, 1000))
    )
    assert await state(assembly, order.id) == ("paid", 1)
    assert await refunds(assembly, order.id) == []
    await must_hold_without_bank(assembly)


async def test_a_part_goes_back_when_the_rest_never_came(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    await assembly.settlement.hear(came(await started(assembly, order), 2499))
    await let_expire(assembly, order.id)
    await assembly.expiry.expire_orders()
    assert await state(assembly, order.id) == ("expired", 0)
    assert await refunds(assembly, order.id) == [("paid_in_part", 2499, "wanted")]
    async with assembly.database.reading() as reader:
        assert await ledger.balance(reader, "deposits", "EUR") == 0
        assert await ledger.balance(reader, "refunds_due", "EUR") == 2499
    await must_hold_without_bank(assembly)


async def test_too_much_becomes_tickets_and_the_excess_goes_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    await assembly.settlement.hear(came(await started(assembly, order), 3000))
    assert await state(assembly, order.id) == ("paid", 1)
    assert await refunds(assembly, order.id) == [("overpaid", 500, "wanted")]
    await must_hold_without_bank(assembly)


async def test_another_currency_goes_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    await assembly.settlement.hear(came(await started(assembly, order), 2500, "USD"))
    assert await state(assembly, order.id) == ("pending", 0)
    assert await refunds(assembly, order.id) == [("wrong_currency", 2500, "wanted")]
    await must_hold_without_bank(assembly)


async def test_too_little_too_late_goes_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    attempt = await started(assembly, order)
    await let_expire(assembly, order.id)
    await assembly.expiry.expire_orders()
    await assembly.settlement.hear(came(attempt, 2000))
    assert await state(assembly, order.id) == ("expired", 0)
    assert await refunds(assembly, order.id) == [("wrong_amount", 2000, "wanted")]
    await must_hold_without_bank(assembly)


async def test_a_failed_payment_gives_its_buyer_time_three_times(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    waits = []
    for _ in range(4):
        async with assembly.database.transaction() as tx:
            soon = text(
                "UPDATE orders_order SET pay_until = clock_timestamp() + interval '20 s' WHERE id = :id"
            )
            await tx.execute(soon, {"id": order.id})
        await assembly.payment.pay(order.id, "sandbox:failing")
        async with assembly.database.reading() as reader:
            left = (await orders.by_id(reader, order.id)).pay_until - SystemClock().now()
        waits.append(round(left.total_seconds() / 60))
    assert waits == [10, 10, 10, 0]


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_payment_of_another_order_is_not_taken_for_this_one(
    assembly: Assembly, at_once: bool
) -> None:
    show = await put_on_sale(assembly)
    mine, theirs = await place(assembly, show), await place(assembly, show)
    attempt, other = await started(assembly, mine), await started(assembly, theirs)
    swapped = Status(attempt.provider_ref, Outcome.PAID, paid_minor=2500, currency="EUR", attempt_id=other.id)
    if at_once:
        await assembly.settlement.hear_at_once(Heard(attempt.id, swapped), attempt, show.event_id)
    else:
        await assembly.settlement.hear(Heard(attempt.id, swapped))
    assert await state(assembly, mine.id) == ("pending", 0)
    assert await state(assembly, theirs.id) == ("pending", 0)
    assert await refunds(assembly, mine.id) == []
    await must_hold_without_bank(assembly)


async def test_a_failed_payment_leaves_the_order_waiting_and_another_method_works(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    failed = await assembly.payment.pay(order.id, "sandbox:failing")
    assert (failed.attempt.state, failed.order_state) == (payments.AttemptState.FAILED, "pending")
    paid = await assembly.payment.pay(order.id, "sandbox:push")
    assert paid.order_state == "paid"
    await must_hold(assembly.database)


NEWS = st.lists(
    st.sampled_from(
        [Outcome.PENDING, Outcome.SEEN, Outcome.UNKNOWN, Outcome.FAILED, Outcome.PAID, Outcome.PAID]
    ),
    min_size=1,
    max_size=8,
)


@given(news=NEWS, expired=st.booleans(), at_once=st.booleans())
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_any_order_and_repetition_of_news_ends_in_the_same_state(
    assembly: Assembly, news: list[Outcome], expired: bool, at_once: bool
) -> None:
    show = await put_on_sale(assembly, PAID)
    order = await place(assembly, show)
    attempt = await started(assembly, order)
    if expired:
        await let_expire(assembly, order.id)
        await assembly.expiry.expire_orders()
    heard = [Heard(attempt.id, said(attempt, outcome)) for outcome in news]
    if at_once:
        await asyncio.gather(*(assembly.settlement.hear(one) for one in heard))
    else:
        for one in heard:
            await assembly.settlement.hear(one)
    paid = Outcome.PAID in news
    expected = ("paid", 1) if paid else ("expired" if expired else "pending", 0)
    assert await state(assembly, order.id) == expected
    await must_hold_without_bank(assembly)


def said(attempt: payments.Attempt, outcome: Outcome) -> Status:
    """News of one kind about an attempt."""
    if outcome is Outcome.PAID:
        return Status(attempt.provider_ref, outcome, paid_minor=2500, currency="EUR")
    return Status(attempt.provider_ref, outcome)


async def must_hold_without_bank(site: Assembly) -> None:
    """Every invariant except the bank's mirror: these tests put words into the provider's mouth."""
    async with site.database.reading() as reader:
        broken = await invariants.broken(reader)
    assert [one for one in broken if not one.invariant.name.startswith("I-20")] == []


async def test_1000_payments_meet_the_expiry_of_their_orders_at_the_same_moment(assembly: Assembly) -> None:
    """Each ends as tickets or as a refund of all its money, never both, never neither (INV-11)."""
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 100, 1000, per_person_limit=10))
    placed = await asyncio.gather(*(place(assembly, show) for _ in range(250)))
    for round_ in range(4):
        batch = placed if round_ == 0 else await asyncio.gather(*(place(assembly, show) for _ in range(250)))
        await race(assembly, list(batch), show)
    await must_hold_without_bank(assembly)


async def race(site: Assembly, batch: list[orders.OrderRow], show: OnSale) -> None:
    """Pay and expire all of them at once."""
    attempts = await asyncio.gather(*(started(site, order) for order in batch))
    async with site.database.transaction() as tx:
        await tx.execute(
            text("UPDATE orders_order SET pay_until = clock_timestamp() WHERE state = 'pending'")
        )
    news = [
        site.settlement.hear(
            Heard(one.id, Status(one.provider_ref, Outcome.PAID, paid_minor=100, currency="EUR"))
        )
        for one in attempts
    ]
    await asyncio.gather(*news, *(site.expiry.expire_orders() for _ in range(4)))
    async with site.database.reading() as reader:
        paid = await payments.read_many(reader, [one.id for one in attempts])
        levels = await inventory.levels(reader, show.event_id)
    assert all(one.settled_as is not None for one in paid.values())
    assert all(level.held == 0 for level in levels.values())
