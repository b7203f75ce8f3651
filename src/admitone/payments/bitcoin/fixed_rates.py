"""What one bitcoin costs where nobody is asked: in tests and demos, which must not depend on a market or a network."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from admitone.payments.bitcoin.quotes import Price
from admitone.payments.bitcoin.refusals import NoRate
from admitone.values.clock import Clock

PLAY_PRICES: Final[Mapping[str, Decimal]] = MappingProxyType(
    {
        "EUR": Decimal(50_000),
        "USD": Decimal(55_000),
        "GBP": Decimal(43_000),
        "CHF": Decimal(48_000),
        "NGN": Decimal(80_000_000),
        "JPY": Decimal(8_000_000),
        "KWD": Decimal(17_000),
    }
)
"""Round prices in major units, for the currencies of the demo's events and their neighbours."""


class FixedRates:
    """Implements `Rates`: always the same prices, in the currencies there are."""

    def __init__(self, clock: Clock, prices: Mapping[str, Decimal] = PLAY_PRICES) -> None:
        self._clock = clock
        self._prices = prices

    async def price(self, currency: str) -> Price:
        """As `Rates.price`."""
        fixed = self._prices.get(currency)
        if fixed is None:
            raise NoRate
        return Price(currency, fixed, (("fixed", fixed),), self._clock.now())
