"""The connection to an LND: to an address that was looked at, found again when it moves, given back when unused."""

from collections.abc import Awaitable, Callable

import pytest

from admitone.payments.providers.lightning.node import NodeAway
from admitone.payments.providers.lnd import connection
from admitone.payments.providers.lnd.node import LndNode
from admitone.plumbing.node_addresses import NodeAddresses
from tests.contracts.payments.rig_lnd import LndEnd
from tests.slices.payments.lightning.test_lnd_watch import listener
from tests.support.names import Names
from tests.support.waiting import eventually_async


async def nobody() -> list[str]:
    """Nothing is waited for."""
    return []


def node_at(end: LndEnd, host: str, *answers: list[str], own_network: bool = True) -> tuple[LndNode, Names]:
    """The node by this name, which means these addresses, a list for each time it is asked."""
    names = Names(*answers)
    keys = {**end.server.credentials, "host": f"{host}:{end.server.port}"}
    return LndNode(keys, end.clock, nobody, NodeAddresses(own_network=own_network, resolve=names)), names


def becomes(node: LndNode, *, is_open: bool) -> Callable[[], Awaitable[bool]]:
    """Whether its connection is there, or is not, as one can wait for."""

    async def look() -> bool:
        return node.connection.is_open is is_open

    return look


async def test_the_name_is_looked_up_once_for_a_connection_and_its_certificate_held_against_it(
    end: LndEnd,
) -> None:
    node, names = node_at(end, "localhost", ["127.0.0.1"], ["10.0.0.1"])
    for _ in range(3):
        await node.info()
    assert names.asked == [("localhost", end.server.port)]
    await node.close()
    other, _ = node_at(end, "other.example", ["127.0.0.1"])
    calls = len(end.server.calls)
    with pytest.raises(NodeAway):
        await other.info()
    assert len(end.server.calls) == calls
    await other.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_where_strangers_register_nobody_on_our_network_is_connected_to(end: LndEnd, host: str) -> None:
    node, _ = node_at(end, host, ["127.0.0.1"], own_network=False)
    calls = len(end.server.calls)
    with pytest.raises(NodeAway) as refused:
        await node.info()
    assert (len(end.server.calls), node.connection.is_open) == (calls, False)
    nowhere, _ = node_at(end, "localhost", [])
    with pytest.raises(NodeAway) as away:
        await nowhere.info()
    assert str(refused.value) == str(away.value)


async def test_a_node_that_moved_is_found_after_a_call_without_an_answer(end: LndEnd) -> None:
    node, names = node_at(end, "localhost", ["127.0.0.2"], ["127.0.0.1"])
    with pytest.raises(NodeAway):
        await node.info()
    assert (await node.info()).pubkey
    assert len(names.asked) == 2
    await node.close()


async def test_a_name_that_now_means_what_is_not_asked_leads_nowhere(end: LndEnd) -> None:
    node, _ = node_at(end, "localhost", ["127.0.0.2"], ["169.254.169.254"])
    for _ in range(3):
        with pytest.raises(NodeAway):
            await node.info()
    await node.close()


async def test_of_several_addresses_the_next_is_tried_after_the_first_gave_no_answer(end: LndEnd) -> None:
    node, _ = node_at(end, "localhost", ["127.0.0.2", "127.0.0.1"])
    with pytest.raises(NodeAway):
        await node.info()
    assert (await node.info()).pubkey
    await node.close()


async def test_a_connection_nobody_uses_is_given_back_and_begun_again(
    end: LndEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "IDLE_SECONDS", 0.01)
    for _ in range(2):
        assert await eventually_async(becomes(end.node, is_open=False))
        await end.node.info()
        assert await eventually_async(becomes(end.node, is_open=False))


async def test_a_watch_keeps_its_connection_until_it_ends(
    end: LndEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "IDLE_SECONDS", 0.01)
    async with listener(end) as hears:
        await hears.streams(1)
        await hears.node.info()
        # As long as it takes until one that is not watched over is given back.
        await end.node.info()
        assert await eventually_async(becomes(end.node, is_open=False))
        assert hears.node.connection.is_open
    assert await eventually_async(becomes(hears.node, is_open=False))
