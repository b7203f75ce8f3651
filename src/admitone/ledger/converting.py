"""Money that changes its currency: two transfers that belong together, and what rounding leaves over. Pure.

Each currency balances by itself. `conversions` holds what was given in one and taken in the other, so its two balances
are the position that the provider's rate closed.
"""

from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from admitone.ledger import chart
from admitone.ledger.chart import AccountName
from admitone.ledger.posting import NewTransfer, transfers

CONVERSIONS = AccountName("conversions")


@dataclass(frozen=True, slots=True)
class Side:
    """So much of a currency, in minor units, out of or into this account."""

    account: AccountName
    currency: str
    amount_minor: int


def converted(
    *, cause: str, group_id: UUID, out_of: Side, into: Side, rate: Fraction, is_test: bool
) -> list[NewTransfer]:
    """`out_of` became `into`. `rate`: minor units of the second for one of the first, exactly.

    What arrived and what the rate gives, rounded half to even, differ by at most one minor unit: that is posted to
    `rounding`. A larger difference is no rounding, and stops the program.
    """
    assert out_of.currency != into.currency, "two currencies"
    fair = round(out_of.amount_minor * rate)
    over = into.amount_minor - fair
    assert abs(over) <= 1, f"{over} minor units are no rounding"
    given = [("conversion", out_of.account, CONVERSIONS, out_of.amount_minor)]
    taken = [
        ("conversion", CONVERSIONS, into.account, fair + min(over, 0)),
        ("rounding", chart.ROUNDING, into.account, max(over, 0)),
        ("rounding_lost", CONVERSIONS, chart.ROUNDING, max(-over, 0)),
    ]
    return [
        *transfers(f"{cause}:{out_of.currency}", group_id, out_of.currency, given, is_test=is_test),
        *transfers(f"{cause}:{into.currency}", group_id, into.currency, taken, is_test=is_test),
    ]
