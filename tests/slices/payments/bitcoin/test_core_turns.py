"""Slow nodes of one organiser hold up nobody else's: each account and each host has a share of what is asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from admitone.payments.bitcoin.chain import ChainAway
from admitone.payments.providers.bitcoin_core.rpc import Place, Rpc
from admitone.payments.providers.bitcoin_core.turns import ACCOUNT_AT_ONCE, ACCOUNT_WAITING, NodeTurns
from admitone.plumbing.fetch_shares import HOST_AT_ONCE
from admitone.plumbing.node_addresses import NodeAddresses
from admitone.plumbing.outgoing import Client, open_node_client
from admitone.values.ids import uuid7
from tests.support.raw_server import RawServer, json_answer, raw_server
from tests.support.waiting import eventually_async

OWN = NodeAddresses(own_network=True)
HEIGHT = json_answer(json.dumps([{"id": 0, "result": 7, "error": None}]).encode())
SILENT = b""


class Site:
    """What asks nodes, each of its questions for one account."""

    def __init__(self, client: Client) -> None:
        self.client, self.turns = client, NodeTurns()
        self.asking: list[asyncio.Task[object]] = []

    def rpc(self, account_id: UUID, server: RawServer, seconds: float = 20.0) -> Rpc:
        place = Place(f"http://127.0.0.1:{server.port}", "", "shop", "x")
        return Rpc(self.client, OWN, place, seconds, turn=lambda: self.turns.turn(account_id, place))

    def ask(self, account_id: UUID, server: RawServer, times: int) -> None:
        """So many questions, whose answers nobody gives."""
        rpc = self.rpc(account_id, server)
        self.asking += [asyncio.create_task(rpc.call("getblockcount")) for _ in range(times)]


@asynccontextmanager
async def opened() -> AsyncIterator[Site]:
    async with open_node_client() as client:
        site = Site(client)
        yield site
        for task in site.asking:
            task.cancel()
        await asyncio.gather(*site.asking, return_exceptions=True)


async def are_heard(server: RawServer, count: int) -> None:
    """The server was asked by so many, and by no more."""

    async def were_heard() -> bool:
        return len(server.heard) >= count

    assert await eventually_async(were_heard)
    assert len(server.heard) == count


async def test_one_accounts_slow_node_has_four_questions_at_once_and_takes_no_others_turn() -> None:
    async with opened() as site, raw_server(SILENT) as slow, raw_server(HEIGHT) as quick:
        site.ask(uuid7(), slow, 200)
        await are_heard(slow, ACCOUNT_AT_ONCE)
        async with asyncio.timeout(2):
            assert await site.rpc(uuid7(), quick).call("getblockcount") == 7


async def test_accounts_that_name_the_same_slow_host_share_what_it_is_asked() -> None:
    async with opened() as site, raw_server(SILENT) as slow, raw_server(HEIGHT) as quick:
        for _ in range(10):
            site.ask(uuid7(), slow, ACCOUNT_AT_ONCE)
        await are_heard(slow, HOST_AT_ONCE)
        async with asyncio.timeout(2):
            assert await site.rpc(uuid7(), quick).call("getblockcount") == 7


async def test_so_many_slow_nodes_as_there_may_be_leave_connections_for_others() -> None:
    async with opened() as site, raw_server(HEIGHT) as quick, raw_server(SILENT) as slow:
        place = Place(f"http://127.0.0.1:{slow.port}", "", "shop", "x")
        for _ in range(120):
            rpc = Rpc(site.client, OWN, place)
            site.asking.append(asyncio.create_task(rpc.call("getblockcount")))
        await are_heard(slow, 120)
        async with asyncio.timeout(2):
            assert await site.rpc(uuid7(), quick).call("getblockcount") == 7


async def test_a_question_waits_for_its_turn_no_longer_than_for_an_answer() -> None:
    account_id = uuid7()
    async with opened() as site, raw_server(SILENT) as slow:
        site.ask(account_id, slow, ACCOUNT_AT_ONCE)
        await are_heard(slow, ACCOUNT_AT_ONCE)
        with pytest.raises(ChainAway, match="time_out"):
            await site.rpc(account_id, slow, seconds=0.05).call("getblockcount")


async def test_more_than_may_wait_are_told_at_once_that_the_node_is_busy() -> None:
    account_id = uuid7()
    async with opened() as site, raw_server(SILENT) as slow:
        site.ask(account_id, slow, ACCOUNT_AT_ONCE + ACCOUNT_WAITING)
        await are_heard(slow, ACCOUNT_AT_ONCE)
        with pytest.raises(ChainAway, match="too_busy"):
            await site.rpc(account_id, slow).call("getblockcount")
        # Nothing is left over of those who gave up.
        for task in site.asking:
            task.cancel()
        await asyncio.gather(*site.asking, return_exceptions=True)
        site.ask(account_id, slow, 1)
        await are_heard(slow, ACCOUNT_AT_ONCE + 1)
