"""Payments that arrive held: ours while the order waits, else the buyer's again; decided once, whatever dies."""

from uuid import UUID

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.flows.cancel_order import cancel_unpaid
from admitone.payments import Attempt, BeingTaken, held_decisions
from admitone.payments.held_store import decide_held
from admitone.reads import invariants
from tests.support.bitcoin_desk import invoice_of, payer_of, takes_bitcoin
from tests.support.held_wire import hold_everything
from tests.support.onsale import OnSale, must_hold, place, put_on_sale

_ORDER = text(
    "SELECT state, pay_until > clock_timestamp() + interval '14 minutes' FROM orders_order WHERE id = :id"
)
_SOON_OVER = text(
    "UPDATE orders_order SET pay_until = clock_timestamp() + interval '1 minute' WHERE id = :id"
)
_OVER = text("UPDATE orders_order SET pay_until = clock_timestamp() WHERE id = :id")


async def started(site: Assembly, show: OnSale) -> Attempt:
    order = await place(site, show)
    return (await site.payment.pay(order.id, "sandbox:card")).attempt


async def order_of(site: Assembly, attempt: Attempt) -> tuple[str, bool]:
    """Its state, and whether it waits longer than it did."""
    async with site.database.reading() as reader:
        row = (await reader.execute(_ORDER, {"id": attempt.order_id})).one()
    return str(row[0]), bool(row[1])


async def run_out(site: Assembly, attempt: Attempt) -> None:
    async with site.database.transaction() as tx:
        await tx.execute(_OVER, {"id": attempt.order_id})
    await site.expiry.expire_orders()


async def refunds(site: Assembly) -> int:
    async with site.database.reading() as reader:
        return int((await reader.execute(text("SELECT count(*) FROM payments_refund"))).scalar_one())


async def decision(site: Assembly, attempt: Attempt) -> tuple[bool, str | None]:
    async with site.database.reading() as reader:
        found = (await held_decisions(reader, [attempt.id]))[attempt.id]
    return found.is_taken, found.outcome


async def test_what_is_held_for_an_order_that_waits_is_taken_and_becomes_tickets(assembly: Assembly) -> None:
    desk, show = hold_everything(assembly), await put_on_sale(assembly)
    attempt = await started(assembly, show)
    desk.pays(attempt)
    await assembly.settlement.ask(attempt)
    assert (await order_of(assembly, attempt))[0] == "paid"
    assert (desk.taken, desk.gone) == ([attempt.provider_ref], [])
    assert await decision(assembly, attempt) == (True, "taken")
    await must_hold(assembly.database)


async def test_what_is_held_for_an_order_that_ran_out_goes_back_and_needs_no_refund(
    assembly: Assembly,
) -> None:
    desk, show = hold_everything(assembly), await put_on_sale(assembly)
    attempt = await started(assembly, show)
    await run_out(assembly, attempt)
    desk.pays(attempt)
    await assembly.settlement.ask(attempt)
    assert (await order_of(assembly, attempt))[0] == "expired"
    assert (desk.taken, desk.gone) == ([], [attempt.provider_ref])
    assert await refunds(assembly) == 0
    await must_hold(assembly.database)


async def test_less_than_the_price_is_let_go(assembly: Assembly) -> None:
    desk, show = hold_everything(assembly), await put_on_sale(assembly)
    attempt = await started(assembly, show)
    desk.pays(attempt, attempt.amount_minor - 1)
    await assembly.settlement.ask(attempt)
    assert (await order_of(assembly, attempt))[0] == "pending"
    assert desk.gone == [attempt.provider_ref]


async def test_an_order_paid_in_the_moment_of_its_end_is_asked_about_and_waits_on(assembly: Assembly) -> None:
    desk, show = hold_everything(assembly), await put_on_sale(assembly)
    attempt = await started(assembly, show)
    desk.pays(attempt)
    # The node does not say for a while what became of it: nobody else gets the places meanwhile.
    desk.away = 1
    await run_out(assembly, attempt)
    assert (await order_of(assembly, attempt))[0] == "paid"
    assert await refunds(assembly) == 0
    await must_hold(assembly.database)


async def test_while_the_node_is_away_the_order_waits_and_takes_no_other_payment(assembly: Assembly) -> None:
    desk, show = hold_everything(assembly), await put_on_sale(assembly)
    first = await started(assembly, show)
    second = (await assembly.payment.pay(first.order_id, "sandbox:card")).attempt
    async with assembly.database.transaction() as tx:
        await tx.execute(_SOON_OVER, {"id": first.order_id})
    desk.pays(first)
    desk.unreachable = True
    await assembly.settlement.ask(first)
    assert await order_of(assembly, first) == ("pending", True)
    desk.pays(second)
    await assembly.settlement.ask(second)
    assert await decision(assembly, second) == (False, "gone")
    desk.unreachable = False
    await assembly.settlement.ask(first)
    assert (await order_of(assembly, first))[0] == "paid"
    assert (desk.taken, desk.gone) == ([first.provider_ref], [second.provider_ref])
    assert await refunds(assembly) == 0
    await must_hold(assembly.database)


async def test_a_taken_payment_that_went_back_by_itself_pays_nothing_and_the_order_waits(
    assembly: Assembly,
) -> None:
    desk, show = hold_everything(assembly), await put_on_sale(assembly)
    attempt = await started(assembly, show)
    desk.pays(attempt)
    desk.went_back_by_itself = True
    await assembly.settlement.ask(attempt)
    assert await decision(assembly, attempt) == (True, "gone")
    assert (await order_of(assembly, attempt))[0] == "pending"
    await must_hold(assembly.database)


async def test_a_process_that_dies_after_deciding_is_followed_by_one_that_decides_the_same(
    assembly: Assembly,
) -> None:
    desk, show = hold_everything(assembly), await put_on_sale(assembly)
    attempt = await started(assembly, show)
    desk.pays(attempt)
    # What the dead process left: its decision. The order has run out since, and it is taken all the same.
    async with assembly.database.transaction() as tx:
        await decide_held(tx, attempt.id, is_taken=True, now=assembly.clock.now())
    await run_out(assembly, attempt)
    assert desk.taken == [attempt.provider_ref]
    assert desk.gone == []
    await must_hold(assembly.database)


async def test_two_payments_of_one_order_at_once_one_is_taken_and_the_other_goes_back(
    assembly: Assembly,
) -> None:
    desk, show = hold_everything(assembly), await put_on_sale(assembly)
    first = await started(assembly, show)
    second = (await assembly.payment.pay(first.order_id, "sandbox:card")).attempt
    for one in (first, second):
        desk.pays(one)
    await assembly.settlement.ask_about_order(first.order_id)
    await assembly.settlement.ask(second)
    assert (await order_of(assembly, first))[0] == "paid"
    assert (len(desk.taken), len(desk.gone)) == (1, 1)
    assert await refunds(assembly) == 0
    await must_hold(assembly.database)


async def test_a_buyer_cannot_cancel_what_is_just_being_taken(assembly: Assembly) -> None:
    desk, show = hold_everything(assembly), await put_on_sale(assembly)
    attempt = await started(assembly, show)
    desk.pays(attempt)
    desk.unreachable = True
    await assembly.settlement.ask(attempt)
    with pytest.raises(BeingTaken):
        await cancel_unpaid(assembly.database, assembly.clock, attempt.order_id)
    desk.unreachable = False
    await assembly.settlement.ask(attempt)
    assert (await order_of(assembly, attempt))[0] == "paid"
    assert await refunds(assembly) == 0


async def test_the_check_finds_money_that_was_let_go_and_counted(assembly: Assembly) -> None:
    desk, show = hold_everything(assembly), await put_on_sale(assembly)
    attempt = await started(assembly, show)
    desk.pays(attempt)
    await assembly.settlement.ask(attempt)
    await _break(assembly, attempt.id)
    async with assembly.database.reading() as reader:
        assert [one.invariant.name for one in await invariants.broken(reader)] == ["I-27"]


async def _break(site: Assembly, attempt_id: UUID) -> None:
    wrong = "UPDATE payments_held SET is_taken = false, outcome = 'gone' WHERE attempt_id = :id"
    async with site.database.transaction() as tx:
        await tx.execute(text(wrong), {"id": attempt_id})


async def test_the_check_finds_a_decision_that_nobody_carried_out_in_time(assembly: Assembly) -> None:
    desk, show = hold_everything(assembly), await put_on_sale(assembly)
    attempt = await started(assembly, show)
    desk.pays(attempt)
    desk.unreachable = True
    await assembly.settlement.ask(attempt)
    # A node may be away for a while.
    await must_hold(assembly.database)
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE payments_held SET decided_at = decided_at - interval '16 minutes'"))
    assert await _broken(assembly) == [("I-27", f"not carried out: attempt {attempt.id}")]
    desk.unreachable = False
    await assembly.settlement.ask(attempt)
    assert await _broken(assembly) == []


async def test_the_check_finds_a_held_payment_that_nobody_decided_about(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    await payer_of(assembly).pay_invoice(await invoice_of(assembly, order.id))
    # It was heard of in another way than by asking, and nobody asked since.
    async with assembly.database.transaction() as tx:
        seen = "UPDATE payments_attempt SET state = 'seen' WHERE method = 'lightning' RETURNING id"
        attempt_id = (await tx.execute(text(seen))).scalar_one()
    await must_hold(assembly.database)
    async with assembly.database.transaction() as tx:
        ended = "UPDATE payments_bitcoin_request SET expires_at = now() - interval '16 minutes' WHERE is_hold"
        await tx.execute(text(ended))
    assert await _broken(assembly) == [("I-27", f"undecided: attempt {attempt_id}")]
    await assembly.settlement.ask_about_order(order.id)
    assert await _broken(assembly) == []


async def _broken(site: Assembly) -> list[tuple[str, str]]:
    async with site.database.reading() as reader:
        found = await invariants.broken(reader)
    return [(one.invariant.name, example) for one in found for example in one.rows]
