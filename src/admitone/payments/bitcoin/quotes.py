"""What a price is in bitcoin, and what bitcoin that came is worth, at one frozen rate. Pure.

A buyer is asked for the price rounded up to a whole msat (a whole satoshi on the chain), so that what was asked for is
never worth less than the price. What comes beside that is worth what the rate says, rounded down.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from admitone.values.currencies import BITCOIN, EXPONENTS, MSAT_PER_BTC, MSAT_PER_SAT

DUST_SAT: Final = 546
"""What no address takes less of (Bitcoin Core's dust limit for the oldest kind; others take a little less): an output
below it costs more to spend than it is worth, and nodes pass it on to nobody.
"""
RATE_HOLDS: Final = timedelta(minutes=20)
"""So long a rate holds at most, from the moment it was heard: else it would be a free bet on it."""
RATE_HOLDS_LEAST: Final = timedelta(minutes=1)


def rate_until(now: datetime, pay_until: datetime) -> datetime:
    """Until when a rate of now holds for an order that waits until `pay_until`."""
    return max(min(pay_until, now + RATE_HOLDS), now + RATE_HOLDS_LEAST)


@dataclass(frozen=True, slots=True)
class Price:
    """What one bitcoin costs, in major units of `currency`: the median of `sources` (name and what it said), asked `at`
    that time, UTC.
    """

    currency: str
    price: Decimal
    sources: tuple[tuple[str, Decimal], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one bitcoin at which an order may be paid until then. One order has one at a time in a currency."""

    id: UUID
    order_id: UUID
    currency: str
    price: Decimal
    sources: tuple[tuple[str, Decimal], ...]
    quoted_at: datetime
    until: datetime


def _msat_per_minor(currency: str, price: Decimal) -> Fraction:
    assert price > 0, "a rate is above nothing"
    return Fraction(MSAT_PER_BTC) / (Fraction(price) * Fraction(10 ** EXPONENTS[currency]))


def msat_of(amount_minor: int, currency: str, price: Decimal, *, whole_sats: bool = False) -> int:
    """The msat to ask for, for so many minor units: rounded up, to whole satoshi where only those can be sent.

    Bitcoin itself (`BTC`, in msat) costs what it is, whatever the price.
    """
    exact = Fraction(amount_minor)
    if currency != BITCOIN:
        exact *= _msat_per_minor(currency, price)
    step = MSAT_PER_SAT if whole_sats else 1
    return -(-exact.numerator // (exact.denominator * step)) * step


def worth_of(msat: int, currency: str, price: Decimal) -> int:
    """What so much is worth in whole minor units, rounded down."""
    return msat if currency == BITCOIN else int(msat / _msat_per_minor(currency, price))


def minor_of(came_msat: int, asked_msat: int, asked_minor: int, currency: str, price: Decimal) -> int:
    """What `came_msat` is worth in minor units, when `asked_msat` had been asked for `asked_minor`.

    Exactly what was asked is worth exactly the price; less is worth less than the price, and more at least the price.
    """
    if came_msat == asked_msat:
        return asked_minor
    if currency == BITCOIN:
        # What was rounded up to a whole satoshi is not too much: nobody can send it back.
        over = came_msat - asked_msat
        return asked_minor + over if over > 0 else min(came_msat, asked_minor - 1)
    per_minor = _msat_per_minor(currency, price)
    if came_msat > asked_msat:
        return asked_minor + int((came_msat - asked_msat) / per_minor)
    return min(int(came_msat / per_minor), asked_minor - 1)
