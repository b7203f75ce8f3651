"""Stripe's minor units against ISO's, and what cannot be said in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.payments.providers.stripe.amounts import NotPayable, decimals, from_stripe, to_stripe
from admitone.payments.providers.stripe.sheet import CURRENCIES, LEAST
from admitone.values import currencies


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [
        ("EUR", 1099, 1099),
        ("JPY", 500, 500),
        ("HUF", 17500, 17500),
        # No decimals anywhere, and hundredths at Stripe.
        ("ISK", 5, 500),
        ("UGX", 5, 500),
        # Two decimals by ISO 4217, none at Stripe.
        ("MGA", 500, 5),
        ("KWD", 5120, 5120),
    ],
)
def test_amounts_are_counted_as_stripe_counts_them(currency: str, ours: int, theirs: int) -> None:
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency) == ours


@pytest.mark.parametrize(("currency", "amount"), [("KWD", 5124), ("MGA", 501)])
def test_an_amount_between_two_of_stripes_is_refused(currency: str, amount: int) -> None:
    with pytest.raises(NotPayable):
        to_stripe(amount, currency)


def test_an_amount_between_two_of_ours_is_refused() -> None:
    with pytest.raises(NotPayable):
        from_stripe(550, "ISK")


@given(currency=st.sampled_from(sorted(CURRENCIES)), amount=st.integers(0, 10**9))
def test_what_can_be_sent_comes_back_as_it_was(currency: str, amount: int) -> None:
    try:
        sent = to_stripe(amount, currency)
    except NotPayable:
        assert decimals(currency) == 3 or decimals(currency) < currencies.exponent(currency)
        return
    assert from_stripe(sent, currency) == amount
    # The same money: as many whole units, however the rest is counted.
    assert sent * 10 ** currencies.exponent(currency) == amount * 10 ** decimals(currency)


def test_every_least_amount_is_of_a_currency_that_is_taken() -> None:
    assert set(LEAST) <= CURRENCIES
    assert len(CURRENCIES) > 120
