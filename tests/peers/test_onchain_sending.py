"""Bitcoin sent from a real wallet: once for a key, found after a lost answer, with a fee that is raised."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import httpx2
import pytest

from admitone.payments.bitcoin import Outgoing, OutgoingBook, SendOutcome
from admitone.payments.providers.bitcoin_core.rpc import Place, Rpc
from admitone.payments.providers.bitcoin_core.sending import CoreSender
from admitone.plumbing.database import Database
from admitone.plumbing.node_addresses import NodeAddresses
from admitone.values.ids import uuid7
from tests.support.bitcoind import PASSWORD, USER, Bitcoind
from tests.support.core_account import CoreAccount, core_account
from tests.support.core_wire import Fault

AMOUNT_SAT = 40_000
BOTH_COINS_SAT = 1_500_000


@pytest.fixture
async def shop(bitcoind: Bitcoind, db: Database) -> AsyncIterator[CoreAccount]:
    """An organiser's account, with money in its wallet."""
    async with core_account(bitcoind, db) as account:
        for _ in range(2):
            account.pay(bitcoind.rpc("getnewaddress", purse=account.purse), 1_000_000)
        bitcoind.mine()
        assert bitcoind.rpc("getbalances", purse=account.purse)["mine"]["trusted"] == Decimal("0.02")
        yield account


def sender(shop: CoreAccount, client: httpx2.AsyncClient | None = None) -> CoreSender:
    """What sends from its wallet."""
    rpc = Rpc(
        client or shop.client,
        NodeAddresses(own_network=True),
        Place(shop.node.url, shop.purse, USER, PASSWORD),
    )
    return CoreSender(shop.sheet.id, rpc, OutgoingBook(shop.database, shop.clock))


def buyers(shop: CoreAccount, fee_most_sat: int = 5_000, amount_sat: int = AMOUNT_SAT) -> Outgoing:
    """Something to send to an address of somebody else's."""
    address = shop.node.rpc("getnewaddress", purse=shop.node.miner)
    return Outgoing(uuid7(), address, amount_sat * 1000, fee_most_sat * 1000)


def set_aside(shop: CoreAccount) -> list[object]:
    """The coins nobody else may spend."""
    return list(shop.node.rpc("listlockunspent", purse=shop.purse))


def arrived_sat(shop: CoreAccount, out: Outgoing, depth: int = 0) -> int:
    """What came to its address."""
    got = shop.node.rpc("getreceivedbyaddress", out.destination, depth, purse=shop.node.miner)
    return int(got * 100_000_000)


async def test_it_is_sent_once_and_done_when_it_is_mined(shop: CoreAccount) -> None:
    one, out = sender(shop), buyers(shop)
    assert await one.network() == "regtest"
    assert (await one.look(out)).outcome is SendOutcome.NOT_FOUND
    sent = [await one.send(out) for _ in range(3)]
    assert {answer.outcome for answer in sent} == {SendOutcome.IN_FLIGHT}
    [txid] = {answer.ref for answer in sent}
    assert txid is not None
    shop.node.mine()
    done = await one.look(out)
    assert (done.outcome, done.ref) == (SendOutcome.SENT, txid)
    assert done.fee_msat is not None and 0 < done.fee_msat < 5_000_000
    assert await one.send(out) == done
    assert arrived_sat(shop, out, 1) == AMOUNT_SAT
    role = shop.provider.roles.knows_transactions
    assert role is not None
    status = await role.transaction_status(txid)
    assert status is not None
    assert (status.confirmations, status.fee_sat) == (1, done.fee_msat // 1000)
    assert await one.block_height() == shop.node.rpc("getblockcount")
    assert await one.transaction_status("00" * 32) is None


@pytest.mark.parametrize(
    "method",
    ["getblockcount", "walletcreatefundedpsbt", "walletprocesspsbt", "lockunspent", "sendrawtransaction"],
)
@pytest.mark.parametrize("fault", list(Fault))
async def test_a_lost_answer_never_sends_twice_and_leaves_no_coin_set_aside(
    shop: CoreAccount, method: str, fault: Fault
) -> None:
    # Both coins of the wallet are needed: one that stayed set aside would be missed.
    one, out = sender(shop), buyers(shop, amount_sat=BOTH_COINS_SAT)
    shop.wire.faults = {method: deque([fault])}
    with pytest.raises(ConnectionError):
        await one.send(out)
    for _ in range(2):
        assert (await one.send(out)).outcome is SendOutcome.IN_FLIGHT
    shop.node.mine()
    assert (await one.look(out)).outcome is SendOutcome.SENT
    assert arrived_sat(shop, out) == BOTH_COINS_SAT
    assert set_aside(shop) == []


async def test_many_at_once_never_spend_the_same_coin(shop: CoreAccount) -> None:
    for _ in range(2):
        shop.pay(shop.node.rpc("getnewaddress", purse=shop.purse), 1_000_000)
    shop.node.mine()
    outs = [buyers(shop) for _ in range(4)]
    said = await asyncio.gather(*(sender(shop).send(out) for out in outs))
    # Who was slower three times over tries again later.
    said = [await sender(shop).send(out) for out in outs]
    assert {answer.outcome for answer in said} == {SendOutcome.IN_FLIGHT}
    shop.node.mine()
    assert [arrived_sat(shop, out, 1) for out in outs] == [AMOUNT_SAT] * 4


async def test_coins_of_one_that_can_never_be_sent_are_given_back_and_no_others(shop: CoreAccount) -> None:
    node, one, out = shop.node, sender(shop), buyers(shop, amount_sat=BOTH_COINS_SAT)
    shop.wire.faults = {"sendrawtransaction": deque([Fault.NEVER])}
    with pytest.raises(ConnectionError):
        raise AssertionError(await one.send(out))
    [spent, _] = coins = node.rpc("listlockunspent", purse=shop.purse)
    assert len(coins) == 2
    # The organiser spends one of the two by hand, and keeps another coin for themselves.
    node.rpc("lockunspent", True, [spent], purse=shop.purse)
    elsewhere = [{node.rpc("getnewaddress", purse=node.miner): "0.0099"}]
    node.rpc("send", elsewhere, None, "unset", 5, {"inputs": [spent]}, purse=shop.purse)
    kept = shop.pay(node.rpc("getnewaddress", purse=shop.purse), 5_000_000)
    shop.pay(node.rpc("getnewaddress", purse=shop.purse), 1_000_000)
    node.mine()
    [vout] = [one["vout"] for one in node.rpc("listunspent", purse=shop.purse) if one["txid"] == kept]
    node.rpc("lockunspent", False, [{"txid": kept, "vout": vout}], purse=shop.purse)
    assert (await one.send(out)).outcome is SendOutcome.IN_FLIGHT
    node.mine()
    assert (await one.look(out)).outcome is SendOutcome.SENT
    assert set_aside(shop) == [{"txid": kept, "vout": vout}]


async def test_what_was_signed_and_never_sent_is_signed_anew_when_its_money_is_gone(
    shop: CoreAccount,
) -> None:
    one, out = sender(shop), buyers(shop)
    shop.wire.faults = {"sendrawtransaction": deque([Fault.NEVER])}
    with pytest.raises(ConnectionError):
        await one.send(out)
    # The organiser empties the wallet by hand, but for what comes after.
    shop.node.rpc("lockunspent", True, purse=shop.purse)
    shop.node.rpc("sendall", [shop.node.rpc("getnewaddress", purse=shop.node.miner)], purse=shop.purse)
    shop.node.mine()
    poor = await one.send(out)
    assert (poor.outcome, poor.reason) == (SendOutcome.LATER, "insufficient_balance")
    shop.pay(shop.node.rpc("getnewaddress", purse=shop.purse), 1_000_000)
    shop.node.mine()
    assert (await one.send(out)).outcome is SendOutcome.IN_FLIGHT
    shop.node.mine()
    assert (await one.look(out)).outcome is SendOutcome.SENT
    assert arrived_sat(shop, out) == AMOUNT_SAT


async def test_a_fee_is_raised_when_it_waits_for_too_many_blocks(shop: CoreAccount) -> None:
    one, out = sender(shop), buyers(shop)
    first = await one.send(out)
    for _ in range(6):
        shop.node.mine_only()
    raised = await one.look(out)
    assert raised.outcome is SendOutcome.IN_FLIGHT
    assert raised.ref != first.ref
    assert (await one.look(out)).ref == raised.ref
    assert raised.ref in shop.node.rpc("getrawmempool")
    assert first.ref not in shop.node.rpc("getrawmempool")
    shop.node.mine()
    assert ((await one.look(out)).outcome, (await one.look(out)).ref) == (SendOutcome.SENT, raised.ref)
    assert arrived_sat(shop, out) == AMOUNT_SAT


async def test_the_one_before_counts_when_it_is_mined_though_its_fee_was_about_to_be_raised(
    shop: CoreAccount,
) -> None:
    one, out = sender(shop), buyers(shop)
    first = await one.send(out)
    assert first.ref is not None
    for _ in range(6):
        shop.node.mine_only()
    shop.wire.faults = {"sendrawtransaction": deque([Fault.NEVER])}
    with pytest.raises(ConnectionError):
        await one.look(out)
    shop.node.mine_only(first.ref)
    done = await one.look(out)
    assert (done.outcome, done.ref) == (SendOutcome.SENT, first.ref)
    assert arrived_sat(shop, out) == AMOUNT_SAT


async def test_it_is_sent_for_no_more_than_it_may_cost(shop: CoreAccount) -> None:
    one, cheap, dear = sender(shop), buyers(shop, fee_most_sat=300), buyers(shop, fee_most_sat=10)
    assert (await one.send(cheap)).outcome is SendOutcome.IN_FLIGHT
    for _ in range(2):
        later = await one.send(dear)
        assert (later.outcome, later.reason) == (SendOutcome.LATER, "network_fee_too_high")
    shop.node.mine()
    done = await one.look(cheap)
    assert done.outcome is SendOutcome.SENT
    assert done.fee_msat is not None and 0 < done.fee_msat <= 300_000
    assert arrived_sat(shop, dear) == 0
    assert set_aside(shop) == []


@pytest.mark.parametrize(("later_sat", "is_raised"), [(1_500, True), (500, False)], ids=["some", "none"])
async def test_a_fee_is_raised_to_what_it_may_be_in_all_and_then_waits(
    shop: CoreAccount, later_sat: int, is_raised: bool
) -> None:
    one, out = sender(shop), buyers(shop, fee_most_sat=500)
    first = await one.send(out)
    out = replace(out, fee_most_msat=later_sat * 1000)
    for _ in range(6):
        shop.node.mine_only()
    second = await one.look(out)
    assert second.outcome is SendOutcome.IN_FLIGHT
    assert (second.ref != first.ref) is is_raised
    for _ in range(6):
        shop.node.mine_only()
    waits = await one.look(out)
    assert (waits.outcome, waits.reason, waits.ref) == (
        SendOutcome.IN_FLIGHT,
        "fee_as_high_as_it_may_be",
        second.ref,
    )
    shop.node.mine()
    done = await one.look(out)
    assert (done.outcome, done.ref) == (SendOutcome.SENT, second.ref)
    assert done.fee_msat is not None and done.fee_msat <= later_sat * 1000
    assert (done.fee_msat > 500_000) is is_raised


@pytest.mark.parametrize(
    ("address", "sat", "outcome", "reason"),
    [
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", AMOUNT_SAT, SendOutcome.FAILED, "bad_address"),
        ("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", AMOUNT_SAT, SendOutcome.FAILED, "bad_address"),
        ("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt081", AMOUNT_SAT, SendOutcome.FAILED, "bad_address"),
        ("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", 545, SendOutcome.FAILED, "too_small"),
        (
            "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
            90_000_000,
            SendOutcome.LATER,
            "insufficient_balance",
        ),
    ],
)
async def test_what_cannot_be_sent_is_not_sent(
    shop: CoreAccount, address: str, sat: int, outcome: SendOutcome, reason: str
) -> None:
    one = sender(shop)
    answer = await one.create_transaction(uuid7(), address, sat)
    assert (answer.outcome, answer.reason) == (outcome, reason)
    assert shop.node.rpc("listlockunspent", purse=shop.purse) == []


async def test_a_locked_wallet_sends_later_and_sets_no_money_aside(shop: CoreAccount) -> None:
    out = buyers(shop)
    shop.node.rpc("encryptwallet", "a long word", purse=shop.purse)
    locked = await sender(shop).send(out)
    assert (locked.outcome, locked.reason) == (SendOutcome.LATER, "wallet_locked")
    assert shop.node.rpc("listlockunspent", purse=shop.purse) == []
    shop.node.rpc("walletpassphrase", "a long word", 60, purse=shop.purse)
    assert (await sender(shop).send(out)).outcome is SendOutcome.IN_FLIGHT
