"""The exchanges that are asked, how, and how their answers are read: strictly, so that a changed format is no price.

Public tickers, without keys, as documented by each:
Bitfinex https://docs.bitfinex.com/reference/rest-public-ticker, BitPay https://developer.bitpay.com/reference/rates,
Bitstamp https://www.bitstamp.net/api/, Coinbase https://docs.cdp.coinbase.com/coinbase-app/docs/api-prices,
CoinGecko https://docs.coingecko.com/reference/simple-price, Kraken https://docs.kraken.com/api/docs/rest-api.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from admitone.plumbing.strict_numbers import decimal_of, moment

PRICE_MOST: Final = Decimal(10) ** 15
_Object = dict[str, Any]


class UnreadableRate(ValueError):
    """The answer is not what the source documents."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a source said: major units for one bitcoin; `at` where it says as of when."""

    price: Decimal
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """An exchange. `path` and `read` take the currency's code; `currencies` None: it is asked for any."""

    name: str
    base_url: str
    path: Callable[[str], str]
    read: Callable[[Any, str], Said]
    currencies: frozenset[str] | None = None

    def url(self, currency: str) -> str:
        """Where to ask."""
        return f"{self.base_url}{self.path(currency)}"

    def said(self, body: bytes, currency: str) -> Said:
        """The price in an answer. Raises `UnreadableRate`."""
        try:
            answer = json.loads(body, parse_float=decimal_of, parse_int=decimal_of, parse_constant=_no_number)
            return self.read(answer, currency)
        except (LookupError, AttributeError, ArithmeticError, TypeError, ValueError, RecursionError) as error:
            raise UnreadableRate(self.name) from error


def _no_number(_name: str) -> Decimal:
    raise UnreadableRate("no number")


def _price(said: object) -> Decimal:
    """A price as text or number, above nothing and finite."""
    if not isinstance(said, str | Decimal):
        raise UnreadableRate("no price")
    try:
        price = decimal_of(said) if isinstance(said, str) else said
    except ValueError:
        raise UnreadableRate("no price") from None
    if not 0 < price < PRICE_MOST:
        raise UnreadableRate("no price")
    return price


def _moment(said: object) -> datetime:
    return moment(int(_price(said)))


def _coinbase(answer: _Object, currency: str) -> Said:
    found = answer["data"]
    if found["base"] != "BTC" or found["currency"] != currency:
        raise UnreadableRate("of another pair")
    return Said(_price(found["amount"]))


def _kraken(answer: _Object, _currency: str) -> Said:
    if answer["error"]:
        raise UnreadableRate("an error")
    [pair] = answer["result"].values()
    return Said(_price(pair["c"][0]))


def _bitstamp(answer: _Object, _currency: str) -> Said:
    return Said(_price(answer["last"]), _moment(answer["timestamp"]))


def _bitfinex(answer: list[Any], _currency: str) -> Said:
    if len(answer) != 10:
        raise UnreadableRate("no ticker")
    return Said(_price(answer[6]))


def _coingecko(answer: _Object, currency: str) -> Said:
    found = answer["bitcoin"]
    return Said(_price(found[currency.lower()]), _moment(found["last_updated_at"]))


def _bitpay(answer: _Object, currency: str) -> Said:
    found = answer["data"]
    if found["code"] != currency:
        raise UnreadableRate("of another currency")
    return Said(_price(found["rate"]))


_KNOWN: Final = (
    Source("coinbase", "https://api.coinbase.com", lambda one: f"/v2/prices/BTC-{one}/spot", _coinbase),
    Source(
        "kraken",
        "https://api.kraken.com",
        lambda one: f"/0/public/Ticker?pair=XBT{one}",
        _kraken,
        frozenset({"USD", "EUR", "GBP", "CHF", "CAD", "AUD", "JPY"}),
    ),
    Source(
        "bitstamp",
        "https://www.bitstamp.net",
        lambda one: f"/api/v2/ticker/btc{one.lower()}/",
        _bitstamp,
        frozenset({"USD", "EUR", "GBP"}),
    ),
    Source(
        "bitfinex",
        "https://api-pub.bitfinex.com",
        lambda one: f"/v2/ticker/tBTC{one}",
        _bitfinex,
        frozenset({"USD", "EUR", "GBP", "JPY"}),
    ),
    Source(
        "coingecko",
        "https://api.coingecko.com",
        lambda one: (
            f"/api/v3/simple/price?ids=bitcoin&vs_currencies={one.lower()}&include_last_updated_at=true"
        ),
        _coingecko,
    ),
    Source("bitpay", "https://bitpay.com", lambda one: f"/rates/BTC/{one}", _bitpay),
)
SOURCES: Final[Mapping[str, Source]] = MappingProxyType({one.name: one for one in _KNOWN})
"""By name, as settings name them."""
