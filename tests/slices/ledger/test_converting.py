"""Money that changes its currency: nothing is made, and rounding is at most one minor unit."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from admitone import ledger
from admitone.ledger import NewTransfer, Side, converted
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7
from tests.support.onsale import must_hold

THERE, HERE = ledger.clearing("stripe:a"), ledger.clearing("stripe:b")


def moved(out_minor: int, into_minor: int, rate: Fraction) -> list[NewTransfer]:
    out_of, into = Side(THERE, "EUR", out_minor), Side(HERE, "JPY", into_minor)
    return converted(cause="c", group_id=uuid7(), out_of=out_of, into=into, rate=rate, is_test=True)


def net(made: list[NewTransfer], account: str, currency: str) -> int:
    return sum(
        one.amount_minor * ((one.credit.name == account) - (one.debit.name == account))
        for one in made
        if one.currency == currency
    )


@given(
    st.integers(1, 10**15),
    st.fractions(min_value=Fraction(1, 1000), max_value=1000),
    st.integers(-1, 1),
)
def test_what_went_and_what_came_is_what_was_said_and_rounding_is_one_at_most(
    out_minor: int, rate: Fraction, over: int
) -> None:
    fair = round(out_minor * rate)
    assume(fair + over > 0)
    made = moved(out_minor, fair + over, rate)
    assert net(made, "clearing:stripe:a", "EUR") == -out_minor
    assert net(made, "clearing:stripe:b", "JPY") == fair + over
    assert net(made, "rounding", "JPY") == -over
    # What the site holds between the currencies is what the rate says, however it was rounded.
    assert net(made, "conversions", "EUR") == out_minor
    assert net(made, "conversions", "JPY") == -fair


def test_more_than_rounding_is_no_rounding() -> None:
    with pytest.raises(AssertionError, match="no rounding"):
        moved(100, 16_002, Fraction(160))


async def test_it_is_posted_once_and_both_currencies_balance(db: Database) -> None:
    made = moved(1000, 1601, Fraction(16, 10))
    for new in (3, 0):
        assert len(await db.run(lambda tx: ledger.post(tx, made))) == new
    async with db.reading() as reader:
        assert await ledger.balance(reader, "conversions", "EUR") == 1000
        assert await ledger.balance(reader, "conversions", "JPY") == -1600
        assert await ledger.balance(reader, "rounding", "JPY") == -1
    await must_hold(db)
