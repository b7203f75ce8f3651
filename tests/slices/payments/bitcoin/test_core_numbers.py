"""Numbers in the answer of a node that wishes us ill: they cost nothing, and nobody can read them."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import httpx2
import pytest

from admitone.payments import ProviderAway
from admitone.payments.bitcoin.chain import ChainAway
from admitone.payments.providers.bitcoin_core.chain import CoreChain
from admitone.payments.providers.bitcoin_core.looking import looked
from admitone.payments.providers.bitcoin_core.rpc import Place, Rpc
from admitone.payments.providers.bitcoin_core.sending import CoreSender
from admitone.plumbing.node_addresses import NodeAddresses
from admitone.plumbing.strict_numbers import decimal_of, moment, read_json

TXID, BLOCK = "ab" * 32, "cd" * 32
LOOK = {
    "getblockchaininfo": '{"chain": "regtest", "initialblockdownload": false}',
    "getwalletinfo": '{"walletname": "shop", "private_keys_enabled": true}',
    "getnetworkinfo": '{"version": 280000}',
    "getaddressesbylabel": '["bcrt1q"]',
    "getaddressinfo": '{"parent_desc": "wpkh(x)#a"}',
}
PAYMENT = {
    "category": '"receive"',
    "txid": f'"{TXID}"',
    "vout": "0",
    "address": '"bcrt1q"',
    "amount": "0.00050000",
    "confirmations": "1",
    "blockhash": f'"{BLOCK}"',
    "blockheight": "101",
    "blocktime": "1790000000",
    "timereceived": "1790000000",
}
EVIL = {
    "large": "2.8E+400000",
    "large nought": "0E+400000",
    "fine": "1E-400000",
    "long": "9" * 4_000,
    "longer": "9" * 5_000,
    "infinite": "Infinity",
    "none": "NaN",
    "text": '"2.8E+400000"',
    "million": "1E+18",
    "truth": "true",
    "nothing": "null",
    "list": "[]",
}
evil = pytest.mark.parametrize("number", EVIL.values(), ids=EVIL)


def node(answers: dict[str, str]) -> Rpc:
    """What asks a node that answers so, by method."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked = json.loads(request.content)
        said = [f'{{"id": {one["id"]}, "error": null, "result": {answers[one["method"]]}}}' for one in asked]
        return httpx2.Response(200, content=f"[{','.join(said)}]".encode())

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    return Rpc(client, NodeAddresses(own_network=True), Place("http://127.0.0.1:8332", "", "shop", "x"))


def news(**changed: str) -> Rpc:
    """What asks a node with one payment, some of which is otherwise."""
    one = ", ".join(f'"{name}": {said}' for name, said in {**PAYMENT, **changed}.items())
    since = f'{{"lastblock": "{BLOCK}", "transactions": [{{{one}}}], "removed": []}}'
    return node(
        {"listsinceblock": since, "getblockheader": '{"height": 101}', "gettransaction": f"{{{one}}}"}
    )


async def at_once(ask: Callable[[], Awaitable[object]]) -> None:
    """It is asked, and nobody else waits for it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await ask()
    finally:
        assert loop.time() - began < 1


@evil
async def test_a_version_nobody_can_have_is_no_answer(number: str) -> None:
    rpc = node({**LOOK, "getnetworkinfo": f'{{"version": {number}}}'})
    with pytest.raises(ProviderAway):
        await at_once(lambda: looked(rpc, is_live=False))


@evil
@pytest.mark.parametrize(
    "where", ["vout", "amount", "confirmations", "blockheight", "blocktime", "timereceived"]
)
async def test_news_with_a_number_nobody_can_mean_are_no_news(where: str, number: str) -> None:
    with pytest.raises(ChainAway, match="unreadable"):
        await at_once(lambda: CoreChain(news(**{where: number}), is_live=False).since(BLOCK))


@pytest.mark.parametrize("where", ["blocktime", "timereceived"])
@pytest.mark.parametrize("seconds", [10**12, 10**17, 2**63, 10**24, -(10**17)])
async def test_a_moment_beyond_all_calendars_is_no_news(where: str, seconds: int) -> None:
    with pytest.raises(ChainAway, match="unreadable"):
        await CoreChain(news(**{where: f"{seconds}"}), is_live=False).since(BLOCK)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        pytest.param("txid", '"\\u0000"', id="a transaction that no table keeps"),
        pytest.param("txid", '"\\ud800"', id="a transaction that is no text"),
        pytest.param("txid", f'"{"ab" * 33}"', id="a transaction of too many signs"),
        pytest.param("blockhash", '"\\u0000"', id="a block that no table keeps"),
        pytest.param("address", '"\\u0000"', id="an address that no table keeps"),
        pytest.param("amount", "21000000.00000001", id="more than there will ever be"),
        pytest.param("amount", "0.000000001", id="less than a satoshi"),
        pytest.param("vout", "2147483648", id="an output that no table keeps"),
        pytest.param("blockheight", "-1", id="a block before the first"),
    ],
)
async def test_what_cannot_be_of_bitcoins_chain_is_no_news(where: str, said: str) -> None:
    with pytest.raises(ChainAway, match="unreadable"):
        await CoreChain(news(**{where: said}), is_live=False).since(BLOCK)


async def test_news_as_a_node_says_them_are_read() -> None:
    said = await CoreChain(news(), is_live=False).since(BLOCK)
    [output] = said.outputs
    assert (output.txid, output.amount_sat, output.standing.height) == (TXID, 50_000, 101)


@pytest.mark.parametrize("many", [1, 2_000])
async def test_news_of_thousands_are_read_as_those_of_one_are(many: int) -> None:
    one = ", ".join(f'"{name}": {said}' for name, said in PAYMENT.items() if name != "vout")
    came = ", ".join(f'{{{one}, "vout": {number}}}' for number in range(many))
    bad = f'{{{one}, "vout": 1E+400000}}'
    answers = {"getblockheader": '{"height": 101}'}
    for last, is_read in ((came, True), (f"{came}, {bad}", False)):
        since = f'{{"lastblock": "{BLOCK}", "transactions": [{last}], "removed": [{came}]}}'
        chain = CoreChain(node({**answers, "listsinceblock": since}), is_live=False)
        if is_read:
            said = await chain.since(BLOCK)
            assert [one.vout for one in said.outputs] == [*range(many)]
            assert said.removed == {f"{TXID}:{number}" for number in range(many)}
        else:
            with pytest.raises(ChainAway, match="unreadable"):
                await chain.since(BLOCK)


@evil
async def test_a_balance_nobody_can_have_is_no_balance(number: str) -> None:
    chain = CoreChain(node({"getbalances": f'{{"mine": {{"trusted": {number}}}}}'}), is_live=False)
    with pytest.raises(ChainAway, match="unreadable"):
        await at_once(chain.balance)


@evil
async def test_a_payment_sent_whose_depth_nobody_can_read_has_no_status(number: str) -> None:
    # The book is not asked: nothing is sent here.
    sender = CoreSender(None, news(confirmations=number), None)  # type: ignore[arg-type]
    with pytest.raises(ProviderAway):
        await at_once(lambda: sender.transaction_status(TXID))


@pytest.mark.parametrize("text", ["1E+21", "1E-21", "0E+400000", "Infinity", "NaN", "x", "", "1" * 41])
def test_a_number_of_no_use_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        decimal_of(text)


@pytest.mark.parametrize("raw", ["9" * 26, "1e999", "NaN", "-Infinity", "[1, 2E+400000]"])
def test_json_with_a_number_of_no_use_is_not_read(raw: str) -> None:
    with pytest.raises(ValueError, match="number"):
        read_json(raw)


@pytest.mark.parametrize("seconds", [True, 1.5, "7", None, 10**12, 2**63, 10**30])
def test_what_is_no_moment_is_none(seconds: object) -> None:
    with pytest.raises(ValueError, match=r"time|year"):
        moment(seconds)
