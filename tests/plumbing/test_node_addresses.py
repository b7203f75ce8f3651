"""Nodes that organisers name: public ones over TLS, those of one's own network only where the site permits it."""

import asyncio
import ipaddress
from collections.abc import Sequence

import pytest

from admitone.plumbing import node_addresses
from admitone.plumbing.node_addresses import NodeAddresses, NodeUnreachable, NotEncrypted
from admitone.plumbing.public_addresses import Address
from admitone.values.ids import uuid7
from tests.plumbing.test_public_fetch import PRIVATE
from tests.support.names import Names

OWN = ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd12::1"]
NEVER = [
    "0.0.0.0",  # noqa: S104 - nobody listens here
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.8",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
]
NAME = "node.example"


def shown(found: Sequence[Address]) -> list[str]:
    return [str(one) for one in found]


@pytest.mark.parametrize("address", [*PRIVATE, "100.100.100.200", "fd00:ec2::254"])
async def test_where_strangers_register_no_node_lies_at_a_private_address(address: str) -> None:
    for answer in ([address], ["8.8.8.8", address], [address, "2606:4700::1"]):
        with pytest.raises(NodeUnreachable):
            await NodeAddresses(own_network=False, resolve=Names(answer)).of(NAME, 8332, is_encrypted=True)
    with pytest.raises(NodeUnreachable):
        await NodeAddresses(own_network=False).of(address, 8332, is_encrypted=True)


@pytest.mark.parametrize("address", OWN)
async def test_where_it_is_permitted_a_node_may_lie_on_ones_own_network_also_without_tls(
    address: str,
) -> None:
    known = NodeAddresses(own_network=True, resolve=Names([address]))
    for host in (NAME, address):
        for is_encrypted in (True, False):
            assert shown(await known.of(host, 8332, is_encrypted=is_encrypted)) == [address]


@pytest.mark.parametrize("address", NEVER)
async def test_where_clouds_keep_keys_and_in_disguise_no_node_ever_lies(address: str) -> None:
    known = NodeAddresses(own_network=True, resolve=Names([address]))
    for host in (NAME, address, f"{address}%1" if ":" in address else address):
        with pytest.raises(NodeUnreachable):
            await known.of(host, 8332, is_encrypted=True)


@pytest.mark.parametrize("answer", [["10.0.0.1", "8.8.8.8"], ["10.0.0.1", "169.254.169.254"]])
async def test_of_a_name_with_two_kinds_of_addresses_none_is_asked(answer: list[str]) -> None:
    with pytest.raises(NodeUnreachable):
        await NodeAddresses(own_network=True, resolve=Names(answer)).of(NAME, 8332, is_encrypted=True)


async def test_over_the_internet_nothing_goes_without_tls() -> None:
    public = Names(["8.8.8.8", "8.8.8.8", "2606:4700::1", "8.8.4.4", "9.9.9.9"])
    for own_network in (True, False):
        known = NodeAddresses(own_network=own_network, resolve=public)
        with pytest.raises(NotEncrypted):
            await known.of(NAME, 8332, is_encrypted=False)
        found = await known.of(NAME, 8332, is_encrypted=True)
        assert shown(found) == ["8.8.8.8", "2606:4700::1", "8.8.4.4"]


async def test_without_tls_nothing_is_even_looked_up_where_no_node_may_be_private() -> None:
    names = Names(["10.0.0.1"])
    with pytest.raises(NotEncrypted):
        await NodeAddresses(own_network=False, resolve=names).of("db.internal", 80, is_encrypted=False)
    assert names.asked == []


async def test_a_number_in_disguise_is_judged_by_the_address_it_means() -> None:
    for host in ("127.1", "2130706433", "0x7f000001", "localhost"):
        with pytest.raises(NodeUnreachable):
            await NodeAddresses(own_network=False).of(host, 8332, is_encrypted=True)


async def test_whoever_runs_the_site_may_name_their_own_nodes_all_the_same() -> None:
    closed = NodeAddresses(own_network=False, resolve=Names(["10.0.0.1"]))
    assert shown(await closed.for_account(None).of(NAME, 8332, is_encrypted=False)) == ["10.0.0.1"]
    with pytest.raises(NodeUnreachable):
        await closed.for_account(uuid7()).of(NAME, 8332, is_encrypted=True)


async def test_every_failure_is_told_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_addresses, "RESOLVE_SECONDS", 0.05)

    async def slow(_host: str, _port: int) -> Sequence[Address]:
        await asyncio.Event().wait()
        return []

    async def nobody(_host: str, _port: int) -> Sequence[Address]:
        raise OSError

    said = []
    for resolve in (slow, nobody, Names([]), Names(["10.0.0.1"]), Names(["169.254.169.254", "8.8.8.8"])):
        with pytest.raises(NodeUnreachable) as refused:
            await NodeAddresses(own_network=False, resolve=resolve).of(NAME, 8332, is_encrypted=True)
        said.append((str(refused.value), refused.value.__cause__))
    assert set(said) == {("unreachable", None)}


async def test_a_name_is_asked_for_anew_each_time() -> None:
    names = Names(["8.8.8.8"], ["10.0.0.1"])
    known = NodeAddresses(own_network=False, resolve=names)
    assert await known.of(NAME, 8332, is_encrypted=True) == [ipaddress.ip_address("8.8.8.8")]
    with pytest.raises(NodeUnreachable):
        await known.of(NAME, 8332, is_encrypted=True)
