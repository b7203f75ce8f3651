"""PayPal writes amounts as decimal texts, and takes no decimals of three currencies that have them elsewhere.

Source: PayPal's currency codes (HUF, JPY and TWD "does not support decimals"; the forint and the new dollar have two in
ISO 4217). Ours are whole minor units as ISO counts them, so 2500 HUF minor is "25" there, and 2550 cannot be asked for.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from admitone.values.currencies import EXPONENTS

CURRENCIES = frozenset(
    [
        "AUD",
        "BRL",
        "CAD",
        "CHF",
        "CZK",
        "DKK",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "ILS",
        "JPY",
        "MXN",
        "MYR",
        "NOK",
        "NZD",
        "PHP",
        "PLN",
        "SEK",
        "SGD",
        "THB",
        "TWD",
        "USD",
    ]
)
_WITHOUT_DECIMALS = frozenset({"HUF", "JPY", "TWD"})
# The smallest amount that can be written at all, where it is not one minor unit.
LEAST_MINOR: Mapping[str, int] = MappingProxyType({"HUF": 100, "TWD": 100})
# And what every amount is a whole multiple of: no decimals are taken of these.
STEP_MINOR: Mapping[str, int] = LEAST_MINOR
_VALUE = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")


class UnreadableAmount(ValueError):
    """An amount in a currency we do not know, or in fractions of its minor unit."""


def decimals(currency: str) -> int:
    """How many digits PayPal writes behind the point."""
    return 0 if currency in _WITHOUT_DECIMALS else EXPONENTS[currency]


def written(currency: str, minor: int) -> str | None:
    """The amount as PayPal wants it; None when it cannot be written with the decimals it takes."""
    dropped = 10 ** (EXPONENTS[currency] - decimals(currency))
    if minor % dropped:
        return None
    digits = decimals(currency)
    return str(Decimal(minor // dropped).scaleb(-digits)) if digits else str(minor // dropped)


def read(currency: str, value: str) -> int:
    """The amount in our minor units. Raises `UnreadableAmount`."""
    if currency not in EXPONENTS or not _VALUE.fullmatch(value):
        raise UnreadableAmount
    minor = Decimal(value).scaleb(EXPONENTS[currency])
    if minor != minor.to_integral_value():
        raise UnreadableAmount
    return int(minor)
