"""Minor units as Stripe counts them. Source: docs.stripe.com/currencies, "Minor units in API amounts".

Most currencies agree with ISO 4217. MGA has no decimals at Stripe; ISK and UGX have none anywhere, and Stripe still
counts them in hundredths; the currencies of three decimals must end in a nought.
"""

from admitone.values import currencies

_NO_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD JOD KWD OMR TND"
_NONE = frozenset(_NO_DECIMALS.split())
_THREE = frozenset(_THREE_DECIMALS.split())


class NotPayable(ValueError):
    """An amount that Stripe cannot count to."""


def decimals(currency: str) -> int:
    """How many decimals Stripe gives this currency."""
    if currency in _NONE:
        return 0
    return 3 if currency in _THREE else 2


def to_stripe(amount_minor: int, currency: str) -> int:
    """Our minor units as Stripe's. Raises `NotPayable` when nothing is exactly this amount there."""
    amount = _shift(amount_minor, decimals(currency) - currencies.exponent(currency))
    if currency in _THREE and amount % 10:
        raise NotPayable(f"{amount} {currency} does not end in a nought")
    return amount


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's minor units as ours; `currency` in upper case. Raises `NotPayable` when we have no such amount."""
    return _shift(amount, currencies.exponent(currency) - decimals(currency))


def _shift(amount: int, places: int) -> int:
    if places >= 0:
        return int(amount * 10**places)
    shifted, rest = divmod(amount, int(10**-places))
    if rest:
        raise NotPayable(f"{amount} is no whole number {-places} places lower")
    return shifted
