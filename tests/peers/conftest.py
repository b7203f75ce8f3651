"""A real Bitcoin network for the tests in this folder, of the machine's own.

`tools/need_bitcoin_peers.sh` fetches its programs. Without it these tests fail and say so; with
ADMITONE_WITHOUT_BITCOIN_PEERS=1 they are left out.
"""

import asyncio
from collections.abc import Iterator

import pytest
from nostr_sdk import LocalRelay, LocalRelayBuilder

from tests.support.bitcoind import WITHOUT, Bitcoind, private_node
from tests.support.electrum import LightningPair

collect_ignore_glob = ["test_*.py"] if WITHOUT else []


@pytest.fixture(scope="session")
def bitcoind() -> Iterator[Bitcoind]:
    """A node with a funded miner's wallet, for all tests of this process that do not mind each other's blocks."""
    with private_node() as node:
        yield node


@pytest.fixture(scope="session")
def lightning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LightningPair]:
    """Two Lightning nodes with a channel between them, on a chain of their own, and a relay for their connections.

    Takes 20 to 40 seconds: tests that want it are in the group `lightning`, so that one process starts it.
    """
    relay: LocalRelay = LocalRelayBuilder().addr("127.0.0.1").build()

    async def start() -> str:
        await relay.run()
        return str(await relay.url())

    pair = LightningPair(tmp_path_factory.mktemp("lightning"), asyncio.run(start()))
    yield pair
    pair.stop()
    relay.shutdown()
