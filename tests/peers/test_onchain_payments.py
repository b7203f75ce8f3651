"""Payments to addresses on a real chain: exact, less, more, in parts, late, replaced, with a node that restarts."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from sqlalchemy import text

from admitone.payments import NOT_FOUND, REPLACED, Outcome
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7
from tests.support.bitcoind import Bitcoind, private_node
from tests.support.core_account import SAT_PER_CENT, CoreAccount, core_account
from tests.support.core_wire import Fault

ASKED = 2500 * SAT_PER_CENT


@pytest.fixture
async def shop(bitcoind: Bitcoind, db: Database) -> AsyncIterator[CoreAccount]:
    """An organiser's account."""
    async with core_account(bitcoind, db) as account:
        yield account


async def test_seen_is_not_paid_and_a_block_makes_it_so(shop: CoreAccount) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    assert address.startswith("bcrt1q")
    assert (await shop.provider.status(ask.attempt_id, address)).outcome is Outcome.PENDING
    shop.pay(address, ASKED)
    seen = await shop.provider.status(ask.attempt_id, address)
    assert (seen.outcome, seen.paid_minor, seen.currency) == (Outcome.SEEN, 2500, "EUR")
    shop.node.mine()
    paid = await shop.provider.status(ask.attempt_id, address)
    assert (paid.outcome, paid.paid_minor, paid.attempt_id) == (Outcome.PAID, 2500, ask.attempt_id)
    shop.node.mine(3)
    assert await shop.provider.status(ask.attempt_id, address) == paid
    assert await shop.provider.found() == []


async def test_one_question_about_many_payments_gets_the_answer_of_each(shop: CoreAccount) -> None:
    asks = [shop.ask() for _ in range(5)]
    refs = {ask.attempt_id: await shop.started(ask) for ask in asks}
    waits, less, twice, seen, given_up = refs.values()
    shop.pay(less, ASKED // 2)
    shop.pay(twice, ASKED)
    shop.node.mine()
    shop.pay(twice, ASKED)
    shop.node.mine()
    shop.pay(seen, ASKED)
    await shop.provider.cancel(asks[4].attempt_id, given_up)
    [found] = await shop.provider.found()
    own, nobodys = uuid7(), uuid7()
    await shop.provider.give(found.source, own)
    asked = {**refs, own: found.source, nobodys: waits[:-1] + "x"}
    shop.wire.asked.clear()
    said = await shop.provider.statuses(asked)
    # The node was asked what happened since, once, and where the one stands that waits.
    assert len(shop.wire.asked) <= 4, shop.wire.asked
    assert said == {one: await shop.provider.status(one, ref) for one, ref in asked.items()}
    assert [said[one].outcome for one in asked] == [
        Outcome.PENDING,
        Outcome.PAID,
        Outcome.PAID,
        Outcome.SEEN,
        Outcome.FAILED,
        Outcome.PAID,
        Outcome.UNKNOWN,
    ]
    assert said[nobodys].reason == NOT_FOUND
    shop.wire.faults["listsinceblock"] = deque([Fault.NEVER])
    away = await shop.provider.statuses(asked)
    assert {one.outcome for one in away.values()} == {Outcome.UNKNOWN}


async def test_a_start_again_shows_the_same_address_and_what_came_to_it(shop: CoreAccount) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    shop.pay(address, ASKED)
    shop.node.mine()
    again = await shop.opened().start(ask)
    assert again.provider_ref == address
    assert again.instructions["Amount"] == "0.0005 BTC"
    assert again.status.outcome is Outcome.PAID


@pytest.mark.parametrize(("sat", "minor"), [(ASKED - 1, 2499), (ASKED // 2, 1250), (ASKED + 2_000, 2600)])
async def test_what_really_came_is_said_to_the_minor_unit(shop: CoreAccount, sat: int, minor: int) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    shop.pay(address, sat)
    shop.node.mine()
    status = await shop.provider.status(ask.attempt_id, address)
    assert (status.outcome, status.paid_minor) == (Outcome.PAID, minor)


async def test_two_transactions_are_two_payments_worth_the_price_together(shop: CoreAccount) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    first = shop.pay(address, 17_777)
    shop.node.mine()
    part = await shop.provider.status(ask.attempt_id, address)
    assert (part.outcome, part.paid_minor) == (Outcome.PAID, 888)
    second = shop.pay(address, ASKED - 17_777)
    assert await shop.provider.found() == []
    shop.node.mine()
    [found] = await shop.provider.found()
    assert found.source.startswith(second) and not found.source.startswith(first)
    assert (found.attempt_id, found.currency, found.amount_minor) == (ask.attempt_id, "EUR", 2500 - 888)
    own = uuid7()
    await shop.provider.give(found.source, own)
    await shop.provider.give(found.source, uuid7())
    assert await shop.provider.found() == []
    for ref in (None, found.source):
        status = await shop.provider.status(own, ref)
        assert (status.outcome, status.paid_minor, status.provider_ref) == (Outcome.PAID, 1612, found.source)
    assert (await shop.provider.status(ask.attempt_id, address)).paid_minor == 888


async def test_two_transactions_in_one_block_settle_one_attempt_and_one_is_found(shop: CoreAccount) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    shop.pay(address, 20_000)
    shop.pay(address, 30_000)
    shop.node.mine()
    status = await shop.provider.status(ask.attempt_id, address)
    [found] = await shop.provider.found()
    assert {status.paid_minor, found.amount_minor} == {1000, 1500}


async def test_a_large_payment_waits_for_more_blocks(shop: CoreAccount) -> None:
    careful = shop.opened({"two_from_sat": "40000", "six_from_sat": "60000"})
    ask = shop.ask()
    prompt = await careful.start(ask)
    assert prompt.provider_ref is not None
    shop.pay(prompt.provider_ref, 10_000)
    shop.node.mine()
    # What counts is what was asked: a large payment in small pieces is a large one.
    assert (await careful.status(ask.attempt_id, None)).outcome is Outcome.SEEN
    shop.node.mine()
    assert (await careful.status(ask.attempt_id, None)).outcome is Outcome.PAID
    shop.pay(prompt.provider_ref, 60_000)
    shop.node.mine(5)
    assert await careful.found() == []
    shop.node.mine()
    assert [one.amount_minor for one in await careful.found()] == [3000]


async def test_what_comes_late_is_worth_what_it_costs_then(shop: CoreAccount) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    ended = await shop.provider.cancel(ask.attempt_id, address)
    assert (ended.outcome, ended.reason) == (Outcome.FAILED, "not_paid_in_time")
    shop.clock.move(seconds=3_600)
    assert (await shop.provider.status(ask.attempt_id, address)).outcome is Outcome.FAILED
    shop.pay(address, ASKED)
    del shop.prices["EUR"]
    seen = await shop.provider.status(ask.attempt_id, address)
    assert (seen.outcome, seen.paid_minor) == (Outcome.SEEN, None)
    shop.node.mine()
    unknown = await shop.provider.status(ask.attempt_id, address)
    assert (unknown.outcome, unknown.reason) == (Outcome.UNKNOWN, "no_rate")
    shop.prices["EUR"] = Decimal(60_000)
    late = await shop.provider.status(ask.attempt_id, address)
    assert (late.outcome, late.paid_minor) == (Outcome.PAID, 3000)
    shop.prices["EUR"] = Decimal(10_000)
    assert await shop.provider.status(ask.attempt_id, address) == late


@pytest.mark.parametrize(("seconds", "worth"), [(7_199, 2500), (7_200, 500)])
async def test_what_was_seen_in_time_counts_at_its_rate_if_its_block_comes_soon(
    shop: CoreAccount, seconds: int, worth: int
) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    shop.pay(address, ASKED)
    assert (await shop.provider.status(ask.attempt_id, address)).outcome is Outcome.SEEN
    shop.clock.move(seconds=seconds)
    shop.prices["EUR"] = Decimal(10_000)
    shop.node.mine()
    assert (await shop.provider.status(ask.attempt_id, address)).paid_minor == worth
    shop.prices["EUR"] = Decimal(90_000)
    assert (await shop.provider.status(ask.attempt_id, address)).paid_minor == worth


async def test_a_payment_replaced_by_one_to_somebody_else_will_not_come(shop: CoreAccount) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    txid = shop.pay(address, ASKED)
    assert (await shop.provider.status(ask.attempt_id, address)).outcome is Outcome.SEEN
    shop.node.spend_elsewhere(txid)
    gone = await shop.provider.status(ask.attempt_id, address)
    assert (gone.outcome, gone.reason) == (Outcome.PENDING, REPLACED)
    shop.node.mine(2)
    gone = await shop.provider.status(ask.attempt_id, address)
    assert (gone.outcome, gone.reason) == (Outcome.PENDING, REPLACED)
    shop.pay(address, ASKED)
    shop.node.mine()
    assert (await shop.provider.status(ask.attempt_id, address)).outcome is Outcome.PAID
    assert await shop.provider.found() == []


async def test_a_payment_replaced_and_mined_while_nobody_looked_will_not_come(shop: CoreAccount) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    txid = shop.pay(address, ASKED)
    assert (await shop.provider.status(ask.attempt_id, address)).outcome is Outcome.SEEN
    shop.node.spend_elsewhere(txid)
    shop.node.mine(2)
    gone = await shop.provider.status(ask.attempt_id, address)
    assert (gone.outcome, gone.reason) == (Outcome.PENDING, REPLACED)


async def test_a_payment_replaced_by_one_with_a_higher_fee_to_us_is_one_payment(shop: CoreAccount) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    txid = shop.pay(address, ASKED)
    assert (await shop.provider.status(ask.attempt_id, address)).outcome is Outcome.SEEN
    shop.node.rpc("bumpfee", txid, purse=shop.node.miner)
    shop.node.rpc("syncwithvalidationinterfacequeue")
    seen = await shop.provider.status(ask.attempt_id, address)
    assert (seen.outcome, seen.paid_minor) == (Outcome.SEEN, 2500)
    shop.node.mine()
    assert (await shop.provider.status(ask.attempt_id, address)).paid_minor == 2500
    assert await shop.provider.found() == []


async def test_money_of_the_organisers_own_is_none_of_our_business(shop: CoreAccount) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    shop.pay(shop.node.rpc("getnewaddress", purse=shop.purse), ASKED)
    shop.node.mine()
    assert (await shop.provider.status(ask.attempt_id, address)).outcome is Outcome.PENDING
    assert await shop.provider.found() == []
    status = await shop.provider.status(uuid7(), "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080")
    assert (status.outcome, status.reason) == (Outcome.UNKNOWN, NOT_FOUND)


async def test_an_amount_too_small_for_the_chain_gets_no_address(shop: CoreAccount) -> None:
    prompt = await shop.provider.start(shop.ask(27))
    assert (prompt.provider_ref, prompt.status.outcome, prompt.status.reason) == (
        None,
        Outcome.FAILED,
        "too_small",
    )
    assert shop.node.rpc("listlabels", purse=shop.purse) == []


async def test_without_a_rate_nobody_is_given_an_address(shop: CoreAccount) -> None:
    prompt = await shop.provider.start(shop.ask(currency="BRL"))
    assert (prompt.provider_ref, prompt.status.outcome, prompt.status.reason) == (
        None,
        Outcome.UNKNOWN,
        "no_rate",
    )


async def test_a_node_that_restarts_has_told_us_everything(db: Database) -> None:
    with private_node() as node:
        async with core_account(node, db) as shop:
            ask, late = shop.ask(), shop.ask()
            address, other = await shop.started(ask), await shop.started(late)
            shop.pay(address, ASKED)
            assert (await shop.provider.status(ask.attempt_id, address)).outcome is Outcome.SEEN
            node.stop()
            away = await shop.provider.status(ask.attempt_id, address)
            assert (away.outcome, away.reason) == (Outcome.UNKNOWN, "no_answer")
            node.start()
            for name in (shop.purse, node.miner):
                node.rpc("loadwallet", name)
            shop.pay(other, ASKED)
            node.mine(2)
            for one in (ask, late):
                assert (await shop.provider.status(one.attempt_id, None)).outcome is Outcome.PAID


async def test_processes_that_read_the_same_blocks_at_once_write_each_payment_down_once(
    shop: CoreAccount,
) -> None:
    asks = [shop.ask() for _ in range(8)]
    addresses = [await shop.started(one) for one in asks]
    processes = [shop.opened() for _ in range(4)]
    for number, address in enumerate(addresses):
        shop.pay(address, ASKED)
        if number % 3 == 0:
            shop.node.mine()
        await asyncio.gather(*(one.status(asks[number].attempt_id, address) for one in processes))
    shop.node.mine()
    heard = await asyncio.gather(
        *(process.status(one.attempt_id, None) for process in processes for one in asks)
    )
    assert {(one.outcome, one.paid_minor) for one in heard} == {(Outcome.PAID, 2500)}
    assert await asyncio.gather(*(one.found() for one in processes)) == [[]] * 4
    async with shop.database.reading() as reader:
        count = text("SELECT count(*), count(DISTINCT given_to) FROM payments_bitcoin_credit")
        assert tuple((await reader.execute(count)).one()) == (8, 8)
