"""What stands in lists to choose from: currencies by their English names, and the old names of time zones."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from babel.core import get_global
from babel.numbers import get_currency_name

from admitone.values import currencies

# Most asked for, first. By share of international payments, then by the places the first sites are in.
_COMMON: Final = ("EUR", "USD", "GBP", "JPY", "CHF", "CAD", "AUD", "INR", "BRL", "MXN", "NGN", "KES", "ZAR")
# In ISO 4217, but nobody is asked for a price in them: units of funds, of account and of indexes, and one
# that its country replaced by the US dollar. An event that has one keeps it.
_NOBODY_SELLS_IN: Final = frozenset(
    {"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "SVC", "USN", "UYI", "UYW", "VED", "XAD", "XXX"}
)
_NAMES: Final = {currencies.BITCOIN: "Bitcoin, in satoshi"}
"""Where the Unicode data has no name, or not the one of the unit people type."""


def currency_words(code: str) -> str:
    """`Euro (EUR)`; the code alone when nothing is known about it."""
    name = _NAMES.get(code) or str(get_currency_name(code, locale="en"))
    return code if name == code else f"{name} ({code})"


@cache
def currencies_to_choose() -> tuple[tuple[str, str], ...]:
    """Code and words of every currency something is sold in: the common ones, then the others by name."""
    others = currencies.EXPONENTS.keys() - _NOBODY_SELLS_IN - set(_COMMON)
    named = sorted(((code, currency_words(code)) for code in others), key=lambda pair: pair[1].casefold())
    return (*((code, currency_words(code)) for code in _COMMON), *named)


@cache
def zone_aliases() -> Mapping[str, str]:
    """Old name of a zone -> its name today: `Asia/Calcutta` -> `Asia/Kolkata`. Browsers still say the old ones.

    Source: the Unicode data (`timezone.xml`), without names that are no place, such as `EST`.
    """
    found: Mapping[str, str] = get_global("zone_aliases")
    return MappingProxyType(
        {old: new for old, new in found.items() if "/" in old and "Etc/" not in old + new}
    )
