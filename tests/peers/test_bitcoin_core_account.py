"""An organiser's node is looked at: whose, on which chain; its news are heard; nothing of its password is told."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from admitone.payments import BadCredentials, Hint, Mode, Outcome, ProviderAway
from admitone.payments.bitcoin import BitcoinBook, ChainBook, FixedRates, OutgoingBook
from admitone.payments.providers.bitcoin_core import BitcoinCoreKind
from admitone.payments.providers.onchain import METHOD, Onchain, OnchainProvider
from admitone.plumbing.database import Database
from admitone.plumbing.node_addresses import NodeAddresses
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.support.bitcoind import PASSWORD, Bitcoind
from tests.support.core_account import SAT_PER_CENT, CoreAccount, core_account

ASKED = 2500 * SAT_PER_CENT
HALF = 1250


@pytest.fixture
async def shop(bitcoind: Bitcoind, db: Database) -> AsyncIterator[CoreAccount]:
    """An organiser's account."""
    async with core_account(bitcoind, db) as account:
        yield account


async def test_a_look_says_which_chain_and_which_wallet(shop: CoreAccount) -> None:
    found = await shop.provider.look()
    assert (found.can_take, found.is_live, found.missing) == (True, False, ())
    assert re.fullmatch(r"regtest:[0-9a-f]{32}", found.ref)
    assert found.label == f"Bitcoin Core, {shop.purse} (regtest)"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"user": "nobody"}, "password"),
        ({"wallet": "no-such"}, "wallet"),
        ({"url": "ftp://127.0.0.1"}, "url"),
        ({"url": "http://user:pass@127.0.0.1:8332"}, "url"),
        ({"url": "http://127.0.0.1:8332/wallet/x"}, "url"),
        ({"url": "http://93.184.215.14:8332"}, "url"),
        ({"url": "http://127.0.0.1:99999"}, "url"),
        ({"user": "a:b"}, "user"),
        ({"two_from_sat": "1000001"}, "two_from_sat"),
        ({"six_from_sat": "many"}, "six_from_sat"),
        ({"least_confirmations": "101"}, "least_confirmations"),
        ({"zmq": "ipc:///etc/passwd"}, "zmq"),
        ({"zmq": "tcp://127.0.0.1"}, "zmq"),
        ({"fee_sat_vb": "-1"}, "fee_sat_vb"),
    ],
)
async def test_what_was_typed_wrong_is_said_at_its_field(
    shop: CoreAccount, changed: Mapping[str, str], field: str
) -> None:
    provider = shop.opened(changed)
    with capture_logs() as logs, pytest.raises(BadCredentials) as refused:
        await provider.look()
    assert refused.value.field == field
    assert PASSWORD not in f"{refused.value!r} {refused.value} {logs} {provider.chain!r}"


async def test_an_account_that_cannot_be_opened_offers_nothing(shop: CoreAccount) -> None:
    for changed in ({"url": ""}, {"zmq": "nonsense"}, {"least_confirmations": "x"}):
        assert shop.opened(changed).capabilities[METHOD.id].currencies == frozenset()
    assert shop.opened().capabilities[METHOD.id].currencies is None


async def test_a_node_nobody_answers_at_is_away_and_its_payments_are_unknown(shop: CoreAccount) -> None:
    away = shop.opened({"url": "http://127.0.0.1:1"})
    with capture_logs() as logs:
        with pytest.raises(ProviderAway):
            await away.look()
        prompt = await away.start(shop.ask())
        with pytest.raises(ProviderAway):
            [one async for one in away.recent(shop.clock.now())]
    assert (prompt.provider_ref, prompt.status.outcome) == (None, Outcome.UNKNOWN)
    assert PASSWORD not in str(logs)


async def test_an_account_for_real_money_takes_none_with_a_node_of_a_test_chain(shop: CoreAccount) -> None:
    clock = FrozenClock(shop.clock.now())
    rates = FixedRates(clock)
    book = ChainBook(
        shop.database, BitcoinBook(shop.database, clock, rates, live_rates=rates), fresh_seconds=0.0
    )
    kind = BitcoinCoreKind(
        Onchain(shop.database, book),
        shop.client,
        NodeAddresses(own_network=True),
        OutgoingBook(shop.database, clock),
    )
    given = {"url": shop.node.url, "wallet": shop.purse, "user": "tests", "password": PASSWORD}
    provider = kind.open(replace(shop.sheet, mode=Mode.LIVE), given)
    with pytest.raises(BadCredentials) as refused:
        await provider.look()
    assert refused.value.field == "url"
    prompt = await provider.start(shop.ask())
    assert (prompt.provider_ref, prompt.status.outcome) == (None, Outcome.UNKNOWN)


async def next_hint(news: AsyncIterator[Hint]) -> Hint:
    """What is told next."""
    async with asyncio.timeout(30):
        return await anext(news)


def watch(provider: OnchainProvider) -> AsyncIterator[Hint]:
    """A watch that begins where the last one left off."""
    role = provider.roles.watches
    assert role is not None
    return role.watch()


async def test_a_watch_tells_of_what_was_seen_and_of_its_block_once_each(shop: CoreAccount) -> None:
    provider = shop.opened({"zmq": shop.node.zmq})
    ask, other = shop.ask(), shop.ask()
    prompts = [await provider.start(one) for one in (ask, other)]
    news = watch(provider)
    first = asyncio.create_task(next_hint(news))
    assert prompts[0].provider_ref is not None
    shop.pay(prompts[0].provider_ref, ASKED)
    hint = await first
    assert (hint.ref, hint.is_dispute) == (prompts[0].provider_ref, False)
    second = asyncio.create_task(next_hint(news))
    shop.node.mine()
    assert (await second).ref == prompts[0].provider_ref
    assert prompts[1].provider_ref is not None
    third = asyncio.create_task(next_hint(news))
    shop.pay(prompts[1].provider_ref, ASKED)
    assert (await third).ref == prompts[1].provider_ref
    # What was told when the watch ended is told again by the next: it may not have been heard.
    again = watch(shop.opened())
    assert (await next_hint(again)).ref == prompts[1].provider_ref


async def test_what_somebody_else_has_read_from_the_chain_is_told_all_the_same(shop: CoreAccount) -> None:
    ask = shop.ask()
    address = await shop.started(ask)
    shop.pay(address, ASKED)
    shop.node.mine()
    assert (await shop.opened().status(ask.attempt_id, address)).outcome is Outcome.PAID
    assert (await next_hint(watch(shop.provider))).ref == address


async def test_who_paid_is_known_by_the_addresses_that_were_spent(shop: CoreAccount) -> None:
    address = await shop.started(shop.ask())
    txid = shop.pay(address, ASKED)
    role = shop.provider.roles.knows_payers
    assert role is not None
    assert await role.payers(address, HALF) == []
    shop.node.mine()
    [credit] = [one async for one in shop.provider.recent(shop.clock.now())]
    assert credit.provider_ref == address
    raw = shop.node.rpc("getrawtransaction", txid, 2)
    spent = {one["prevout"]["scriptPubKey"]["address"] for one in raw["vin"]}
    assert set(await role.payers(address, HALF)) == spent
    # A stranger's dust to the same address makes them nobody.
    stranger = await purse_of_a_stranger(shop)
    shop.node.rpc("sendtoaddress", address, "0.000006", purse=stranger)
    shop.node.mine(2)
    assert [one async for one in shop.provider.recent(shop.clock.now())]
    assert set(await role.payers(address, HALF)) == spent
    assert await role.payers(f"{txid}:99", HALF) == []
    assert await role.payers(str(uuid7()), HALF) == []


async def test_dust_that_was_final_first_makes_nobody_a_payer_alone_or_with_the_rest(
    shop: CoreAccount,
) -> None:
    address, stranger = await shop.started(shop.ask()), await purse_of_a_stranger(shop)
    role, finds = shop.provider.roles.knows_payers, shop.provider.roles.finds
    assert role is not None
    assert finds is not None
    shop.node.rpc("sendtoaddress", address, "0.000006", purse=stranger)
    shop.node.mine()
    [dust] = [one async for one in shop.provider.recent(shop.clock.now())]
    assert (dust.provider_ref, dust.paid_minor) == (address, 30)
    assert await role.payers(address, 30) != []
    assert await role.payers(address, HALF) == []
    # More of it comes with what the buyer sends for the rest: both settle one attempt, and one of them paid.
    shop.node.rpc("sendtoaddress", address, "0.000006", purse=stranger)
    txid = shop.pay(address, ASKED - 600)
    shop.node.mine(2)
    await shop.provider.status(uuid7(), address)
    [rest] = await finds.found()
    given = uuid7()
    await finds.give(rest.source, given)
    assert rest.amount_minor == 2500
    raw = shop.node.rpc("getrawtransaction", txid, 2)
    spent = {one["prevout"]["scriptPubKey"]["address"] for one in raw["vin"]}
    assert set(await role.payers(rest.source, HALF)) == spent
    assert len(await role.payers(rest.source, 1)) > len(spent)


async def purse_of_a_stranger(shop: CoreAccount) -> str:
    purse = shop.node.new_purse("stranger")
    shop.node.rpc("sendtoaddress", shop.node.rpc("getnewaddress", purse=purse), "0.01", purse=shop.node.miner)
    shop.node.mine()
    return purse
