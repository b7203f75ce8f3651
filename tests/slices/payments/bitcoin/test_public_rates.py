"""What a bitcoin costs: the median of those who agree, and no price rather than a wrong one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from admitone.assembly.bitcoin import bitcoin_ground
from admitone.payments.bitcoin import FixedRates, NoRate
from admitone.payments.providers.rates import SOURCES, PublicRates, Source
from admitone.payments.providers.rates.sources import UnreadableRate
from admitone.plumbing.database import Database
from admitone.plumbing.public_fetch import PublicFetch
from admitone.settings import RateSource, Settings
from admitone.values.clock import FrozenClock

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
TICKER = [1, 2, 3, 4, 5, 6, 80123.5, 8, 9, 10]

# What each exchange answers for EUR, as its documents show it, and the price in it.
ANSWERS: dict[str, tuple[object, str]] = {
    "coinbase": ({"data": {"amount": "80123.455", "base": "BTC", "currency": "EUR"}}, "80123.455"),
    "kraken": (
        {"error": [], "result": {"XXBTZEUR": {"a": ["1", "1", "1"], "c": ["80124.10000", "0.0004"]}}},
        "80124.10000",
    ),
    "bitstamp": ({"timestamp": str(SECONDS), "last": "80125", "bid": "1"}, "80125"),
    "bitfinex": (TICKER, "80123.5"),
    "coingecko": ({"bitcoin": {"eur": 80126, "last_updated_at": SECONDS - 20}}, "80126"),
    "bitpay": ({"data": {"code": "EUR", "name": "Eurozone Euro", "rate": 80122.99}}, "80122.99"),
}


def test_every_source_is_tested_and_can_be_set() -> None:
    assert set(ANSWERS) == set(SOURCES) == set(get_args(RateSource))


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_is_read_to_the_last_digit(name: str) -> None:
    answer, price = ANSWERS[name]
    assert SOURCES[name].said(json.dumps(answer).encode(), "EUR").price == Decimal(price)
    assert SOURCES[name].url("EUR").startswith("https://")


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'"80000"',
        b"[1,2,3,4,5,6,true,8,9,10]",
        b"[1,2,3,4,5,6,NaN,8,9,10]",
        b"[1,2,3,4,5,6,-1,8,9,10]",
        b"[1,2,3,4,5,6,1e99,8,9,10]",
        b'{"data": {"amount": "80000", "base": "ETH", "currency": "EUR", "code": "USD", "rate": 1}}',
        b'{"data": {"amount": "NaN", "base": "BTC", "currency": "EUR", "code": "EUR", "rate": Infinity}}',
        b'{"data": {"amount": 0, "base": "BTC", "currency": "EUR", "code": "EUR", "rate": 0}}',
        b'{"error": ["EGeneral:Internal error"], "result": {}}',
        b'{"error": [], "result": {"A": {"c": ["1"]}, "B": {"c": ["1"]}}}',
        b'{"error": [], "result": []}',
        b'{"timestamp": "soon", "last": "80000"}',
        b'{"bitcoin": {"eur": null, "last_updated_at": 1}}',
        b'{"bitcoin": []}',
        b"[" * 5000,
    ],
)
def test_an_answer_of_another_shape_is_no_price(name: str, body: bytes) -> None:
    with pytest.raises(UnreadableRate):
        SOURCES[name].said(body, "EUR")


class Market:
    """All exchanges on one machine: `says` is what each answers, None nothing."""

    def __init__(self) -> None:
        self.says: dict[str, bytes | None] = {}
        self.asked = 0

    def prices(self, **prices: str) -> None:
        """These exchanges, each in Coinbase's format."""
        self.says = {
            name: json.dumps({"data": {"amount": price, "base": "BTC", "currency": "EUR"}}).encode()
            for name, price in prices.items()
        }

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        body = self.says.get(head.split(b" ")[1].decode().split("/")[1])
        if body is not None:
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
            )
            await writer.drain()
        writer.close()

    @asynccontextmanager
    async def open(self, clock: FrozenClock, least: int = 3) -> AsyncIterator[PublicRates]:
        """Rates over these exchanges."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        sources = [
            replace(SOURCES["coinbase"], name=name, base_url=f"http://127.0.0.1:{port}/{name}")
            for name in ("one", "two", "three", "four")
        ]
        sources.append(
            Source("never", "http://127.0.0.1:1", lambda _: "/", SOURCES["kraken"].read, frozenset({"USD"}))
        )
        async with server:
            yield PublicRates(sources, PublicFetch(loopback=True), clock, spread_bps=200, least=least)


async def test_the_price_is_the_median_and_says_who_said_it() -> None:
    market = Market()
    market.prices(one="80000", two="80100.5", three="80200", four="80050")
    async with market.open(FrozenClock(NOW)) as asked:
        price = await asked.price("EUR")
    assert price.price == Decimal("80075.25")
    assert dict(price.sources) == {
        "one": Decimal(80000),
        "two": Decimal("80100.5"),
        "three": Decimal(80200),
        "four": Decimal(80050),
    }
    assert (price.currency, price.at) == ("EUR", NOW)


async def test_one_that_lies_does_not_count_and_is_not_named() -> None:
    market = Market()
    market.prices(one="80000", two="80100", three="80200", four="160000")
    async with market.open(FrozenClock(NOW)) as asked:
        price = await asked.price("EUR")
    assert price.price == Decimal(80100)
    assert "four" not in dict(price.sources)


@pytest.mark.parametrize(
    "said",
    [
        {"one": "80000", "two": "80100"},
        {"one": "80000", "two": "80100", "three": "90000"},
        {"one": "80000", "two": "81000", "three": "82000", "four": "83000"},
        {},
    ],
)
async def test_too_few_that_agree_give_no_price(said: dict[str, str]) -> None:
    market = Market()
    market.prices(**said)
    async with market.open(FrozenClock(NOW)) as asked:
        with pytest.raises(NoRate):
            await asked.price("EUR")


async def test_a_crowd_asks_once_and_a_price_is_kept_for_half_a_minute() -> None:
    market, clock = Market(), FrozenClock(NOW)
    market.prices(one="80000", two="80000", three="80000", four="80000")
    async with market.open(clock) as asked:
        await asyncio.gather(*(asked.price("EUR") for _ in range(20)))
        assert market.asked == 4
        market.prices(one="90000", two="90000", three="90000", four="90000")
        clock.move(seconds=29)
        assert (await asked.price("EUR")).price == 80000
        clock.move(seconds=2)
        assert (await asked.price("EUR")).price == 90000
        assert market.asked == 8


async def test_a_price_is_given_out_for_a_minute_at_most_when_nobody_answers() -> None:
    market, clock = Market(), FrozenClock(NOW)
    market.prices(one="80000", two="80000", three="80000")
    async with market.open(clock) as asked:
        await asked.price("EUR")
        market.says = {}
        clock.move(seconds=59)
        assert (await asked.price("EUR")).price == 80000
        clock.move(seconds=1)
        with pytest.raises(NoRate):
            await asked.price("EUR")


async def test_a_source_that_says_its_price_is_old_does_not_count() -> None:
    market = Market()
    market.prices(one="80000", two="80000")
    async with market.open(FrozenClock(NOW)) as asked:
        stamped = replace(asked._sources[2], read=SOURCES["bitstamp"].read)
        asked._sources = (*asked._sources[:2], stamped)
        for age, is_price in ((59, True), (61, False), (-61, False)):
            at = NOW - timedelta(seconds=age)
            market.says["three"] = json.dumps(
                {"timestamp": str(int(at.timestamp())), "last": "80000"}
            ).encode()
            asked._kept.clear()
            if is_price:
                assert len((await asked.price("EUR")).sources) == 3
            else:
                with pytest.raises(NoRate):
                    await asked.price("EUR")


async def test_a_currency_nobody_has_costs_no_time() -> None:
    market = Market()
    async with market.open(FrozenClock(NOW)) as asked:
        asked._sources = asked._sources[4:]
        with pytest.raises(NoRate):
            await asked.price("EUR")
    assert market.asked == 0


def test_real_money_never_costs_play_prices_and_play_money_only_where_that_is_said(
    tmp_path: Path, db: Database
) -> None:
    def rates_of(**changed: Any) -> list[type]:
        book = bitcoin_ground(Settings(home=tmp_path, **changed), db, FrozenClock(NOW), bytes(32)).book
        return [type(book._rates), type(book._live_rates)]

    play, public = [FixedRates, PublicRates], [PublicRates, PublicRates]
    assert rates_of(development=True) == play
    assert rates_of(development=True, bitcoin_rates="public") == public
    assert rates_of(development=False) == public
    assert rates_of(development=False, payments_sandbox=True) == public
    assert rates_of(development=False, bitcoin_rates="play") == play
    with pytest.raises(ValidationError):
        rates_of(bitcoin_rate_sources=("coinbase", "mtgox"))
