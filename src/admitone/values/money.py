"""Money: a currency and a whole number of its minor units, with arithmetic that cannot lose one.

There is no multiplication by fractions and no division: a percentage is the business of `pricing`, a split is
`share`, and both say where the rounding goes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Only the shape is checked here: an old row in a currency that was since withdrawn must stay readable.
_CURRENCY = re.compile(r"[A-Z]{3}")


class CurrencyMismatch(TypeError):
    """Two currencies met in one sum or comparison: a mistake in our code, never a user's."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"cannot mix {left} and {right}")
        self.left = left
        self.right = right


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` whole minor units of `currency` (EUR cents, JPY yen, BTC millisatoshi); negative is allowed.

    Raises TypeError for anything but an `int` (a bool or float is never money), ValueError for a malformed
    code. Falsy exactly at zero. Equality works across currencies (different ones are just unequal), ordering
    does not.
    """

    currency: str
    minor: int

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are whole: int expected, got {type(self.minor).__name__}")
        if type(self.currency) is not str:
            raise TypeError(f"currency is a code: str expected, got {type(self.currency).__name__}")
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError(f"not a currency code: {self.currency!r}")

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Return nothing of `currency`: what a sum starts from."""
        return cls(currency, 0)

    def _minor_of(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.minor

    def add(self, other: "Money") -> "Money":
        """Return the sum. Raises CurrencyMismatch."""
        return Money(self.currency, self.minor + self._minor_of(other))

    def subtract(self, other: "Money") -> "Money":
        """Return the difference, which may be negative. Raises CurrencyMismatch."""
        return Money(self.currency, self.minor - self._minor_of(other))

    def times(self, count: int) -> "Money":
        """Return `count` times this. Raises TypeError unless `count` is an int."""
        if type(count) is not int:
            raise TypeError(f"money is multiplied by whole numbers only, got {type(count).__name__}")
        return Money(self.currency, self.minor * count)

    def negate(self) -> "Money":
        """Return the same amount the other way round."""
        return Money(self.currency, -self.minor)

    def share(self, weights: Sequence[int]) -> tuple["Money", ...]:
        """Split into one part per weight, adding up to exactly this amount (largest remainder method).

        Each part is within one unit of its exact proportion; left-over units go to the largest remainders,
        earlier parts first on a tie. A negative amount is split as its positive and negated. Weights are
        whole, none negative and not all zero, else TypeError or ValueError.
        """
        if any(type(weight) is not int for weight in weights):
            raise TypeError("weights are whole numbers")
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise ValueError("weights must not be negative, and not all zero")
        amount = abs(self.minor)
        parts = [amount * weight // whole for weight in weights]
        by_remainder = sorted(range(len(parts)), key=lambda at: -(amount * weights[at] % whole))
        for at in by_remainder[: amount - sum(parts)]:
            parts[at] += 1
        assert sum(parts) == amount
        sign = -1 if self.minor < 0 else 1
        return tuple(Money(self.currency, sign * part) for part in parts)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._minor_of(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._minor_of(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._minor_of(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._minor_of(other)
