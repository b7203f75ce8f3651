"""An order's invoice paid by its buyer's connected wallet: once, by proof, and never by another invoice."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from admitone import orders
from admitone.assembly import Assembly
from admitone.flows import pay_from_wallet
from admitone.payments.nwc import NotConnected, NothingToPay, WalletPaymentState
from admitone.reads import invariants
from admitone.values.refusals import Invalid
from tests.support.bitcoin_desk import payer_of
from tests.support.nwc_wallet import a_relay, a_wallet
from tests.support.onsale import must_hold, place
from tests.support.wallet_payer import Paying, about_to_pay, somebody

PAID, REFUSED, UNKNOWN = WalletPaymentState.PAID, WalletPaymentState.REFUSED, WalletPaymentState.UNKNOWN


@pytest.fixture
async def paying(assembly: Assembly) -> AsyncIterator[Paying]:
    """Ada is about to pay."""
    async with a_relay() as relay, a_wallet(relay) as theirs:
        yield await about_to_pay(assembly, theirs)


async def state_of(paying: Paying) -> str:
    """The state of the order."""
    async with paying.site.database.reading() as reader:
        return (await orders.by_id(reader, paying.order.id)).state


async def test_a_wallet_that_pays_ends_with_tickets(paying: Paying) -> None:
    asked = await paying.ask()
    assert (asked.state, asked.amount_msat) == (WalletPaymentState.ASKING, 50_000_000)
    assert paying.theirs.asked == [], "the worker asks, not who pressed"
    assert paying.request.payment_hash is not None
    await payer_of(paying.site).pay_invoice(paying.request.payment_hash)
    assert await paying.flow.ask_due() == 1
    stands = await paying.stands()
    assert (stands.state, stands.fees_msat, stands.reason) == (PAID, 1000, None)
    assert await state_of(paying) == "paid"
    assert paying.asked("pay_invoice") == [paying.request.bolt11]
    known = await paying.site.connected_wallets.connections.current(paying.ada)
    assert known is not None
    assert known.used_at is not None
    assert await paying.flow.ask_due() == 0
    await must_hold(paying.site.database)


async def test_the_wallets_word_alone_makes_no_ticket(paying: Paying) -> None:
    await paying.ask()
    await paying.flow.ask_due()
    assert (await paying.stands()).state is PAID
    assert await state_of(paying) == "pending", "our own node has seen nothing"


async def test_pressing_again_while_it_is_under_way_changes_nothing(paying: Paying) -> None:
    first = await paying.ask()
    assert await asyncio.gather(*(paying.ask() for _ in range(4))) == [first] * 4
    await paying.flow.ask_due()
    await paying.ask()
    assert len(paying.asked("pay_invoice")) == 1


async def test_of_many_workers_one_asks(paying: Paying) -> None:
    await paying.ask()
    await asyncio.gather(*(paying.flow.carry(paying.request.attempt_id) for _ in range(5)))
    assert len(paying.asked("pay_invoice")) == 1
    assert (await paying.stands()).state is PAID


async def test_an_answer_that_is_lost_is_unknown_and_the_same_invoice_is_looked_up(
    paying: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pay_from_wallet, "PAY_SECONDS", 1)
    paying.theirs.silent["pay_invoice"] = 1
    await paying.ask()
    await paying.flow.carry(paying.request.attempt_id)
    stands = await paying.stands()
    assert (stands.state, stands.reason) == (UNKNOWN, "silent")
    assert (await paying.ask()).state is UNKNOWN, "what is unknown is not asked for anew"
    await paying.is_due_again()
    await paying.flow.carry(paying.request.attempt_id)
    assert (await paying.stands()).state is PAID
    assert paying.asked("pay_invoice") == [paying.request.bolt11]
    assert paying.asked("lookup_invoice") == [paying.request.payment_hash]


async def test_a_no_to_the_second_question_is_none_to_the_first(
    paying: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pay_from_wallet, "PAY_SECONDS", 1)
    paying.theirs.troubles["pay_invoice"] = deque(["deaf"])
    await paying.ask()
    await paying.flow.carry(paying.request.attempt_id)
    # It is on its way there and not listed, so its budget is used up.
    paying.theirs.noes["pay_invoice"] = "QUOTA_EXCEEDED"
    await paying.is_due_again()
    await paying.flow.carry(paying.request.attempt_id)
    stands = await paying.stands()
    assert (stands.state, stands.reason) == (UNKNOWN, "QUOTA_EXCEEDED")
    assert paying.asked("pay_invoice") == [paying.request.bolt11] * 2


async def test_who_died_between_asking_and_the_answer_is_followed_by_one_who_looks_it_up(
    paying: Paying,
) -> None:
    has_paid = asyncio.Event()

    def say(method: str, result: dict[str, Any]) -> dict[str, Any]:
        if method == "pay_invoice":
            has_paid.set()
        return result

    paying.theirs.say, paying.theirs.silent["pay_invoice"] = say, 1
    await paying.ask()
    dying = asyncio.create_task(paying.flow.carry(paying.request.attempt_id))
    await has_paid.wait()
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying
    assert (await paying.stands()).state is WalletPaymentState.ASKING, "nobody wrote down what was said"
    assert await paying.flow.ask_due() == 0, "it is left to who took it on, for as long as they may live"
    await paying.is_due_again()
    assert await paying.flow.ask_due() == 1
    assert (await paying.stands()).state is PAID
    assert paying.asked("pay_invoice") == [paying.request.bolt11]
    assert paying.asked("lookup_invoice") == [paying.request.payment_hash]


async def test_who_died_before_asking_is_followed_by_one_who_asks_with_the_same_invoice(
    paying: Paying,
) -> None:
    await paying.ask()
    async with paying.site.database.transaction() as tx:
        await tx.execute(text("UPDATE payments_wallet_payment SET begun_at = now()"))
    await paying.flow.carry(paying.request.attempt_id)
    assert (await paying.stands()).state is PAID
    assert paying.asked("lookup_invoice") == [paying.request.payment_hash], "it may have been asked before"
    assert paying.asked("pay_invoice") == [paying.request.bolt11]


async def test_a_no_may_be_tried_again_and_asks_for_the_same_invoice(paying: Paying) -> None:
    paying.theirs.balance_msat = 10
    await paying.ask()
    await paying.flow.ask_due()
    stands = await paying.stands()
    assert (stands.state, stands.reason) == (REFUSED, "INSUFFICIENT_BALANCE")
    paying.theirs.balance_msat = 10**9
    assert (await paying.ask()).state is WalletPaymentState.ASKING
    await paying.flow.ask_due()
    assert (await paying.stands()).state is PAID
    assert paying.asked("pay_invoice") == [paying.request.bolt11] * 2


async def test_a_connection_that_ended_pays_nothing_more(paying: Paying) -> None:
    await paying.ask()
    await paying.site.connected_wallets.connections.disconnect(paying.ada)
    await paying.flow.ask_due()
    stands = await paying.stands()
    assert (stands.state, stands.reason, paying.theirs.asked) == (REFUSED, "disconnected", [])
    with pytest.raises(NotConnected):
        await paying.ask()


async def test_an_order_paid_otherwise_meanwhile_asks_no_wallet(paying: Paying) -> None:
    await paying.ask()
    assert paying.request.payment_hash is not None
    await payer_of(paying.site).pay_invoice(paying.request.payment_hash)
    await paying.site.settlement.ask_about_order(paying.order.id)
    await paying.flow.ask_due()
    assert (await paying.stands()).state is PAID
    assert paying.theirs.asked == []
    with pytest.raises(NothingToPay):
        await paying.ask()


async def test_there_is_nothing_to_pay_for_an_order_nobody_pays_by_lightning(paying: Paying) -> None:
    other = await place(paying.site, paying.show)
    with pytest.raises(NothingToPay):
        await paying.flow.ask(paying.ada, other.id)
    tunde = await somebody(paying.site, "tunde@example.org")
    with pytest.raises(NotConnected):
        await paying.flow.ask(tunde, paying.order.id)
    assert await paying.flow.of_order(paying.order.id) is None


async def test_another_invoice_than_the_attempts_is_reported(paying: Paying) -> None:
    await paying.ask()
    await must_hold(paying.site.database)
    async with paying.site.database.transaction() as tx:
        await tx.execute(text("UPDATE payments_wallet_payment SET bolt11 = 'lnbcrt1another'"))
    async with paying.site.database.reading() as reader:
        assert [one.invariant.name for one in await invariants.broken(reader)] == ["paid by a wallet"]


async def test_an_address_to_fall_back_to_that_is_none_is_refused(paying: Paying) -> None:
    with pytest.raises(Invalid):
        await paying.ask("ada@example.org")
    assert await paying.flow.of_order(paying.order.id) is None
