"""Payments the network takes back: blocks that are no longer part of the chain, with and without another payment."""

from collections.abc import AsyncIterator

import pytest

from admitone.payments import UNDONE, DisputeState, DisputeStatus, Outcome
from admitone.plumbing.database import Database
from tests.support.bitcoind import private_node
from tests.support.core_account import SAT_PER_CENT, CoreAccount, core_account

ASKED = 2500 * SAT_PER_CENT


@pytest.fixture
async def shop(db: Database) -> AsyncIterator[CoreAccount]:
    """An account at a node of its own: blocks of others would be taken back with its."""
    with private_node() as node:
        async with core_account(node, db) as account:
            yield account


async def disputes(shop: CoreAccount) -> list[DisputeStatus]:
    """All there are."""
    role = shop.provider.roles.disputes
    assert role is not None
    found = [one async for one in role.recent_disputes(shop.clock.now())]
    for one in found:
        assert await role.dispute(one.ref) == one
    return found


async def paid(shop: CoreAccount) -> tuple[str, str, str]:
    """A payment with one confirmation: the address, the transaction, the block."""
    ask = shop.ask()
    address = await shop.started(ask)
    txid = shop.pay(address, ASKED)
    [block] = shop.node.mine()
    assert (await shop.provider.status(ask.attempt_id, address)).outcome is Outcome.PAID
    assert await disputes(shop) == []
    return address, txid, block


async def test_a_double_spend_after_a_confirmation_is_a_dispute_that_is_lost(shop: CoreAccount) -> None:
    address, txid, block = await paid(shop)
    shop.node.undo(block)
    shop.node.spend_elsewhere(txid)
    [taken] = await disputes(shop)
    assert taken.ref == f"reorg:{txid}:{taken.ref.split(':')[2]}:{block}"
    assert (taken.payment_ref, taken.state, taken.reason) == (address, DisputeState.OPEN, UNDONE)
    assert (taken.currency, taken.amount_minor) == ("EUR", 2500)
    shop.node.mine(2)
    [lost] = await disputes(shop)
    assert (lost.ref, lost.state) == (taken.ref, DisputeState.LOST)
    shop.node.mine(20)
    assert await disputes(shop) == [lost]


async def test_a_double_spend_nobody_saw_happen_is_found_all_the_same(shop: CoreAccount) -> None:
    address, txid, block = await paid(shop)
    shop.node.undo(block)
    shop.node.spend_elsewhere(txid)
    shop.node.mine(3)
    [lost] = await disputes(shop)
    assert (lost.payment_ref, lost.state) == (address, DisputeState.LOST)


async def test_a_payment_mined_again_at_once_is_no_dispute(shop: CoreAccount) -> None:
    _, _, block = await paid(shop)
    shop.node.undo(block)
    shop.node.mine(2)
    assert await disputes(shop) == []


async def test_a_payment_that_waits_again_and_is_mined_again_is_a_dispute_that_is_won(
    shop: CoreAccount,
) -> None:
    _, txid, block = await paid(shop)
    shop.node.undo(block)
    [taken] = await disputes(shop)
    assert taken.state is DisputeState.OPEN
    shop.node.mine_only()
    assert [one.state for one in await disputes(shop)] == [DisputeState.OPEN]
    again = shop.node.mine_only(txid)
    [won] = await disputes(shop)
    assert (won.ref, won.state) == (taken.ref, DisputeState.WON)
    # The same once more is another one.
    shop.node.undo(again)
    [_, second] = await disputes(shop)
    assert second.ref != taken.ref
    assert second.state is DisputeState.OPEN


async def test_what_was_undone_and_had_settled_nothing_is_not_found_before_it_is_final_again(
    shop: CoreAccount,
) -> None:
    address, _, _ = await paid(shop)
    second = shop.pay(address, ASKED)
    [block] = shop.node.mine()
    assert [one.amount_minor for one in await shop.provider.found()] == [2500]
    shop.node.undo(block)
    assert await shop.provider.found() == []
    assert await disputes(shop) == []
    shop.node.mine_only(second)
    assert [one.amount_minor for one in await shop.provider.found()] == [2500]


async def test_what_the_network_forgot_is_told_to_it_again_while_it_may_still_come(shop: CoreAccount) -> None:
    _, txid, block = await paid(shop)
    shop.node.undo(block)
    assert len(await disputes(shop)) == 1
    # A node that begins anew with an empty memory.
    shop.node.stop()
    (shop.node.folder / "regtest" / "mempool.dat").unlink(missing_ok=True)
    shop.node.start()
    shop.node.rpc("loadwallet", shop.purse)
    shop.node.rpc("loadwallet", shop.node.miner)
    shop.node.mine_only()
    assert [one.state for one in await disputes(shop)] == [DisputeState.OPEN]
    assert txid in shop.node.rpc("getrawmempool")
