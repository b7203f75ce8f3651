"""Strangers' addresses: none of the known tricks reaches a machine that is not public."""

import asyncio
import gzip
import ipaddress
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from admitone.plumbing import public_fetch
from admitone.plumbing.fetch_shares import CLIENT_AT_ONCE, HOST_AT_ONCE, HOST_WAITING, ClientBusy
from admitone.plumbing.public_addresses import Address, is_public
from admitone.plumbing.public_fetch import AddressRefused, HostBusy, NoUsableAnswer, PublicFetch
from tests.support.names import Names, certificate_for
from tests.support.raw_server import json_answer, raw_server
from tests.support.waiting import eventually_async

TRICKS = [
    "http://wallet.example/",
    "ftp://wallet.example/",
    "file:///etc/passwd",
    "gopher://wallet.example/",
    "//wallet.example/",
    "wallet.example",
    "",
    "https://",
    "https:///path",
    "https://localhost/",
    "https://that/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.0x1/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://8.8.8.8/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://[2001:4860:4860::8888]/",
    "https://[::1/",
    "https://user:password@wallet.example/",
    "https://wallet.example@127.0.0.1/",
    "https://@wallet.example/",
    "https://wallet.example:22/",
    "https://wallet.example:8443/",
    "https://wallet.example:0/",
    "https://wallet.example:99999/",
    "https://wallet.example:x/",
    "https://wallet.example\\@127.0.0.1/",
    "https://wallet.example/ a",
    "https://wallet.example/\r\nHost: inside",
    "https://wal\tlet.example/",
    "https://１２７.０.０.１/",
    "https://ⓦallet.example/",
    "https://wallet。example/",
    "https://%31%32%37.0.0.1/",
    "https://wallet..example/",
    "https://.wallet.example/",
    "https://wallet.example./",
    "https://-wallet.example/",
    "https://wallet.1/",
    "https://" + "a" * 64 + ".example/",
    "https://" + "a." * 130 + "example/",
    "https://wallet.example/" + "a" * 2048,
]
PRIVATE = [
    "0.0.0.0",  # noqa: S104 - nobody listens here
    "10.1.2.3",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("url", TRICKS)
async def test_a_trick_is_refused_before_anything_is_resolved(url: str) -> None:
    names = Names(["127.0.0.1"])
    with pytest.raises(AddressRefused) as refused:
        await PublicFetch(resolve=names).get(url)
    assert names.asked == []
    assert refused.value.data["host"] in ("that", "wallet.example")


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_with_an_address_that_is_not_public_is_refused(address: str) -> None:
    for answer in ([address], ["8.8.8.8", address], [address, "2606:4700::1"]):
        with pytest.raises(AddressRefused):
            await PublicFetch(resolve=Names(answer)).get("https://wallet.example/")


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1", "64:ff9b::8.8.8.8"]
)
async def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
    assert list(await PublicFetch(resolve=Names([address])).addresses("wallet.example")) == [
        ipaddress.ip_address(address)
    ]


async def test_our_own_machine_is_not_asked_outside_development_whatever_its_name() -> None:
    async with raw_server(json_answer(b"{}")) as server:
        with pytest.raises(AddressRefused):
            await PublicFetch().get(f"http://127.0.0.1:{server.port}/")
        with pytest.raises(AddressRefused):
            await PublicFetch(resolve=Names(["127.0.0.1"])).get("https://wallet.example/")
    assert server.heard == []


async def test_in_development_other_private_machines_are_refused_all_the_same() -> None:
    fetch = PublicFetch(loopback=True, resolve=Names(["127.0.0.1", "10.0.0.1"]))
    with pytest.raises(AddressRefused):
        await fetch.get("https://wallet.example/")
    with pytest.raises(AddressRefused):
        await PublicFetch(loopback=True).get("http://10.0.0.1/")
    with pytest.raises(AddressRefused):
        await PublicFetch(loopback=True, resolve=Names(["8.8.8.8"])).get("http://wallet.example/")
    with pytest.raises(AddressRefused):
        await PublicFetch(loopback=True, resolve=Names(["8.8.8.8"])).get("https://wallet.example:8443/")


async def test_the_name_is_resolved_once_and_the_address_that_was_judged_is_the_one_connected_to() -> None:
    # Whoever says a harmless address first and an inner one when it counts is asked only once.
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    async with raw_server(json_answer(b'{"tag":"payRequest"}')) as server:
        url = f"http://wallet.example:{server.port}/.well-known/lnurlp/ada?x=%241"
        assert await PublicFetch(loopback=True, resolve=names).get_json(url) == {"tag": "payRequest"}
    assert names.asked == [("wallet.example", server.port)]
    head = server.heard[0].decode()
    assert head.startswith("GET /.well-known/lnurlp/ada?x=%241 HTTP/1.1\r\n")
    assert f"\r\nhost: wallet.example:{server.port}\r\n" in head.lower()
    assert "cookie" not in head.lower()


async def test_another_address_of_the_same_name_is_tried_when_nobody_is_at_the_first() -> None:
    async with raw_server(json_answer(b"{}")) as server:
        fetch = PublicFetch(loopback=True, resolve=Names(["::1", "127.0.0.1"]))
        assert (await fetch.get(f"http://wallet.example:{server.port}/")).status == 200


async def test_what_is_posted_arrives_as_json_and_a_no_is_an_answer() -> None:
    async with raw_server(json_answer(b'{"status":"ERROR"}', "409 Conflict")) as server:
        answer = await PublicFetch(loopback=True).post(
            f"http://localhost:{server.port}/pay", {"invoice": "uma1"}
        )
    assert (answer.status, answer.is_success, answer.json()) == (409, False, {"status": "ERROR"})
    assert server.heard[0].endswith(b'\r\n\r\n{"invoice":"uma1"}')
    assert b"content-type: application/json" in server.heard[0].lower()


@pytest.mark.parametrize(
    "answer",
    [
        json_answer(b"", "302 Found", "location: http://127.0.0.1/\r\n"),
        json_answer(b"", "307 Temporary Redirect", "location: https://wallet.example/\r\n"),
        json_answer(gzip.compress(b"{}" * 100_000), headers="content-encoding: gzip\r\n"),
        json_answer(b"x" * (public_fetch.ANSWER_BYTES + 1)),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (public_fetch.ANSWER_BYTES + 1),
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        json_answer(b"not json"),
        json_answer(b"[]"),
        json_answer(b"[" * 60_000),
        json_answer(b"{}", "500 Internal Server Error"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_a_refusal(answer: bytes) -> None:
    async with raw_server(answer) as server:
        with pytest.raises(NoUsableAnswer) as refused:
            await PublicFetch(loopback=True).get_json(f"http://localhost:{server.port}/")
    assert refused.value.data == {"host": "localhost"}


async def test_an_answer_of_just_64_kb_is_read() -> None:
    body = b'{"a":"' + b"x" * (public_fetch.ANSWER_BYTES - 8) + b'"}'
    async with raw_server(json_answer(body)) as server:
        assert len((await PublicFetch(loopback=True).get(f"http://localhost:{server.port}/")).body) == 65_536


async def test_whoever_answers_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_fetch, "ALL_SECONDS", 0.05)
    async with raw_server(b"") as server:
        with pytest.raises(NoUsableAnswer):
            await PublicFetch(loopback=True).get(f"http://localhost:{server.port}/")

    async def never(_host: str, _port: int) -> Sequence[Address]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(NoUsableAnswer):
        await PublicFetch(resolve=never).get("https://wallet.example/")


async def _asked(fetch: PublicFetch, port: int, host: str = "localhost") -> object:
    try:
        return (await fetch.get(f"http://{host}:{port}/")).status
    except (HostBusy, NoUsableAnswer) as refusal:
        return type(refusal)


async def test_a_host_that_never_answers_holds_up_nobody_who_asks_another() -> None:
    async with raw_server(b"") as silent, raw_server(json_answer(b"{}")) as quick:
        fetch = PublicFetch(loopback=True)
        waiting = [
            asyncio.create_task(_asked(fetch, silent.port)) for _ in range(HOST_AT_ONCE + HOST_WAITING)
        ]

        async def full() -> bool:
            return len(silent.heard) >= HOST_AT_ONCE

        await eventually_async(full)
        assert await _asked(fetch, silent.port) is HostBusy, "one more is refused at once"
        assert await _asked(fetch, quick.port) == 200
        assert len(silent.heard) == HOST_AT_ONCE, "the others wait, with no connection of their own"
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await asyncio.gather(*(_asked(fetch, quick.port) for _ in range(40))) == [200] * 40


async def test_a_client_has_a_few_questions_open_and_gets_them_back() -> None:
    fetch = PublicFetch(loopback=True)
    with ExitStack() as open_now:
        for _ in range(CLIENT_AT_ONCE):
            open_now.enter_context(fetch.of_client("198.51.100.7"))
        with pytest.raises(ClientBusy) as refused, fetch.of_client("198.51.100.7"):
            pass
        assert refused.value.retry_after_seconds == 5
        with fetch.of_client("198.51.100.8"), fetch.of_client(None):
            pass
    with pytest.raises(ZeroDivisionError), fetch.of_client("198.51.100.7"):
        raise ZeroDivisionError
    with ExitStack() as again:
        for _ in range(CLIENT_AT_ONCE):
            again.enter_context(fetch.of_client("198.51.100.7"))


async def test_a_name_that_nobody_has_is_no_answer() -> None:
    with pytest.raises(NoUsableAnswer):
        await PublicFetch().get("https://nobody.invalid/")
    with pytest.raises(NoUsableAnswer):
        await PublicFetch(resolve=Names([])).get("https://nobody.example/")


async def test_tls_is_held_against_the_name_though_the_address_is_connected_to(tmp_path: Path) -> None:
    serving, pem = certificate_for(tmp_path, "wallet.example")
    trusting = ssl.create_default_context(cafile=pem)
    fetch = PublicFetch(loopback=True, resolve=Names(["127.0.0.1"]), tls=trusting)
    async with raw_server(json_answer(b"{}"), tls=serving) as server:
        assert (await fetch.get(f"https://wallet.example:{server.port}/")).status == 200
        assert server.names == ["wallet.example"]
        with pytest.raises(NoUsableAnswer):
            await fetch.get(f"https://other.example:{server.port}/")
    assert len(server.heard) == 1
