"""The wire to a Bitcoin Core: to the address that was looked at, with one answer for whatever is no node."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from admitone.payments import BadCredentials, ProviderAway
from admitone.payments.account_status import NodeAwayAt
from admitone.payments.bitcoin.chain import ChainAway, ChainRefused
from admitone.payments.providers.bitcoin_core.hearing import addressed, hearing
from admitone.payments.providers.bitcoin_core.looking import looked
from admitone.payments.providers.bitcoin_core.rpc import Place, Rpc
from admitone.plumbing.node_addresses import NodeAddresses, NodeUnreachable
from admitone.plumbing.outgoing import Client, open_node_client
from tests.support.names import Names, certificate_for
from tests.support.raw_server import json_answer, raw_server

OWN = NodeAddresses(own_network=True)
STRANGERS = NodeAddresses(own_network=False)
HEIGHT = json_answer(json.dumps([{"id": 0, "result": 7, "error": None}]).encode())


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with open_node_client() as opened:
        yield opened


def rpc(client: Client, url: str, addresses: NodeAddresses = OWN) -> Rpc:
    return Rpc(client, addresses, Place(url, "", "shop", "a password"), answer_seconds=5)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        json_answer(b"<html>", "200 OK"),
        json_answer(b"[]", "200 OK"),
        json_answer(b"{}", "200 OK"),
        json_answer(b"[" * 60_000, "200 OK"),
        json_answer(b"no", "401 Unauthorized", 'www-authenticate: Basic realm="router"\r\n'),
        json_answer(b"no", "403 Forbidden"),
        json_answer(b"no", "404 Not Found"),
        json_answer(b"", "302 Found", "location: http://127.0.0.1/\r\n"),
        json_answer(b"", "500 Internal Server Error"),
        json_answer(b"", "503 Service Unavailable"),
    ],
    ids=[
        "nobody",
        "ssh",
        "silence",
        "html",
        "list",
        "object",
        "deep",
        "401",
        "403",
        "404",
        "302",
        "500",
        "503",
    ],
)
async def test_whatever_listens_there_and_is_no_node_is_told_of_in_one_way(
    client: Client, answer: bytes | None
) -> None:
    async with raw_server(answer or b"") as server:
        port = server.port if answer is not None else 1
        asked = Rpc(client, OWN, Place(f"http://127.0.0.1:{port}", "", "shop", "x"), answer_seconds=0.5)
        with pytest.raises(ProviderAway) as away:
            await looked(asked, is_live=False)
    told = NodeAwayAt(field="url", place=f"127.0.0.1:{port}")
    assert (away.value.data, away.value.sentence) == (told.data, told.sentence)


async def test_a_nodes_own_no_is_told(client: Client) -> None:
    no = json_answer(b"", "401 Unauthorized", 'www-authenticate: Basic realm="jsonrpc"\r\n')
    async with raw_server(no) as server:
        with pytest.raises(BadCredentials) as refused:
            await looked(rpc(client, f"http://127.0.0.1:{server.port}"), is_live=False)
    assert refused.value.field == "password"
    assert refused.value.sentence == "This cannot be used: the node does not accept this user and password."


async def test_where_strangers_register_nobody_on_our_network_hears_anything(client: Client) -> None:
    async with raw_server(HEIGHT) as server:
        for host in ("127.0.0.1", "localhost", "127.1"):
            with pytest.raises(ChainRefused) as plain:
                await rpc(client, f"http://{host}:{server.port}", STRANGERS).call("getblockcount")
            assert plain.value.code == "not_encrypted"
            with pytest.raises(ChainAway) as away:
                await rpc(client, f"https://{host}:{server.port}", STRANGERS).call("getblockcount")
            assert str(away.value) == "no_answer"
        assert server.heard == []
        assert await rpc(client, f"http://127.0.0.1:{server.port}").call("getblockcount") == 7


async def test_the_address_that_was_judged_is_the_one_connected_to_each_time(client: Client) -> None:
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    async with raw_server(HEIGHT) as server:
        asked = rpc(
            client, f"http://node.example:{server.port}", NodeAddresses(own_network=True, resolve=names)
        )
        assert await asked.call("getblockcount") == 7
        assert f"\r\nhost: node.example:{server.port}\r\n" in server.heard[0].decode().lower()
        with pytest.raises(ChainAway):
            await asked.call("getblockcount")
    assert len(names.asked) == 2


async def test_another_address_is_tried_when_nobody_is_at_the_first(client: Client) -> None:
    both = NodeAddresses(own_network=True, resolve=Names(["::1", "127.0.0.1"]))
    async with raw_server(HEIGHT) as server:
        assert await rpc(client, f"http://node.example:{server.port}", both).call("getblockcount") == 7


async def test_tls_is_held_against_the_name_on_a_connection_for_this_name_only(tmp_path: Path) -> None:
    serving, pem = certificate_for(tmp_path, "node.example")
    here = NodeAddresses(own_network=True, resolve=Names(["127.0.0.1"]))
    async with (
        raw_server(HEIGHT, tls=serving) as server,
        httpx2.AsyncClient(verify=ssl.create_default_context(cafile=pem), trust_env=False) as trusting,
    ):
        for _ in range(2):
            there = rpc(trusting, f"https://node.example:{server.port}", here)
            assert await there.call("getblockcount") == 7
        with pytest.raises(ChainAway):
            await rpc(trusting, f"https://other.example:{server.port}", here).call("getblockcount")
    assert server.names == ["node.example", "node.example", "other.example"]
    assert [b"connection: close" in head.lower() for head in server.heard] == [True, True]


@pytest.mark.parametrize(
    "endpoint", ["tcp://127.0.0.1:28332", "tcp://localhost:28332", "tcp://[::1]:28332", "tcp://8.8.8.8:99999"]
)
async def test_publishers_on_our_network_are_not_listened_to_where_strangers_register(endpoint: str) -> None:
    with pytest.raises(NodeUnreachable):
        await addressed(endpoint, STRANGERS)
    async with hearing([endpoint], STRANGERS)() as waker, asyncio.timeout(5):
        await waker.wait(0.01)  # nobody is heard, and the clock goes on


async def test_a_publisher_is_connected_to_by_its_address() -> None:
    for answer, wanted in (("127.0.0.1", "tcp://127.0.0.1:28332"), ("fd12::1", "tcp://[fd12::1]:28332")):
        known = NodeAddresses(own_network=True, resolve=Names([answer]))
        assert await addressed("tcp://node.example:28332", known) == wanted
