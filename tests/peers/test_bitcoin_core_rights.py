"""What the document lets a user of the node call is all that is called, and nothing else."""

import hashlib
import hmac
import re

from admitone.payments import Outcome
from admitone.payments.bitcoin import Outgoing, OutgoingBook, SendOutcome
from admitone.payments.providers.bitcoin_core.rpc import Place, Rpc
from admitone.payments.providers.bitcoin_core.sending import CoreSender
from admitone.plumbing.database import Database
from admitone.plumbing.node_addresses import NodeAddresses
from admitone.values.ids import uuid7
from tests.support.bitcoind import private_node
from tests.support.core_account import SAT_PER_CENT, CoreAccount, core_account
from tests.support.source_files import REPOSITORY

SECRET = "another-password-of-the-tests"


def whitelist() -> str:
    """As the document has it."""
    page = (REPOSITORY / "docs" / "bitcoin-core.md").read_text("utf-8")
    [found] = re.findall(r"rpcwhitelist=admitone:([a-z,]+)", page)
    return str(found)


def login() -> str:
    """A line for `rpcauth`, as Bitcoin Core's own script makes it."""
    salt = "00112233445566778899aabbccddeeff"
    return f"admitone:{salt}${hmac.new(salt.encode(), SECRET.encode(), hashlib.sha256).hexdigest()}"


async def sells_and_is_undone(shop: CoreAccount) -> None:
    """A payment that is final, undone, and final again."""
    ask = shop.ask()
    address = await shop.started(ask)
    assert (await shop.provider.start(ask)).provider_ref == address
    txid = shop.pay(address, 2500 * SAT_PER_CENT)
    [block] = shop.node.mine()
    assert (await shop.provider.status(ask.attempt_id, address)).outcome is Outcome.PAID
    assert shop.provider.roles.knows_payers is not None
    assert await shop.provider.roles.knows_payers.payers(address, 1250)
    shop.node.mine_only()
    await shop.provider.status(ask.attempt_id, address)
    shop.node.undo(block)
    await shop.provider.status(ask.attempt_id, address)
    shop.node.mine_only()
    await shop.provider.status(ask.attempt_id, address)
    shop.node.mine_only(txid)
    await shop.provider.status(ask.attempt_id, address)


async def sends_with_a_higher_fee(shop: CoreAccount) -> None:
    """A transaction of ours that waits too long."""
    shop.pay(shop.node.rpc("getnewaddress", purse=shop.purse), 1_000_000)
    shop.node.mine()
    rpc = Rpc(
        shop.client, NodeAddresses(own_network=True), Place(shop.node.url, shop.purse, "admitone", SECRET)
    )
    sender = CoreSender(shop.sheet.id, rpc, OutgoingBook(shop.database, shop.clock))
    out = Outgoing(uuid7(), shop.node.rpc("getnewaddress", purse=shop.node.miner), 40_000_000, 5_000_000)
    first = await sender.send(out)
    for _ in range(6):
        shop.node.mine_only()
    assert (await sender.look(out)).ref not in (None, first.ref)
    shop.node.mine()
    assert (await sender.look(out)).outcome is SendOutcome.SENT


async def test_the_rights_of_the_document_are_enough_and_not_more(db: Database) -> None:
    options = (f"-rpcauth={login()}", f"-rpcwhitelist=admitone:{whitelist()}", "-rpcwhitelistdefault=0")
    with private_node(*options) as node:
        async with core_account(node, db, options={"user": "admitone", "password": SECRET}) as shop:
            assert (await shop.provider.look()).can_take
            assert shop.provider.roles.shows_node is not None
            await shop.provider.roles.shows_node.node()
            await sells_and_is_undone(shop)
            await sends_with_a_higher_fee(shop)
            assert set(shop.wire.asked) == set(whitelist().split(","))
