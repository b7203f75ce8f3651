"""Bank transfer and the door as kinds: what an organiser may set, and what is said of it."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from admitone.payments import AccountSheet, BadCredentials, HandBook, Mode
from admitone.payments.providers.bank import BankKind
from admitone.payments.providers.door import DoorKind
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7

BANK = {"holder": "Foundry Presents", "iban": "DE89 3704 0044 0532 0130 00"}


def sheet(provider: str) -> AccountSheet:
    """An account in play money."""
    return AccountSheet(uuid7(), uuid7(), provider, Mode.TEST, None, None, "https://a.example/", {})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"holder": " "}, "holder"),
        ({"iban": "DE89 3704 0044 0532 0130 01"}, "iban"),
        ({"bic": "COBA"}, "bic"),
        ({"currency": "euros"}, "currency"),
        ({"days_to_pay": "soon"}, "days_to_pay"),
        ({"days_before": "-1"}, "days_before"),
        ({"days_to_pay": "61"}, "days_to_pay"),
    ],
)
async def test_a_bank_account_set_wrong_is_named_and_offers_nothing(
    db: Database, clock: FrozenClock, wrong: Mapping[str, str], field: str
) -> None:
    provider = BankKind(HandBook(db, clock)).open(sheet("bank"), {**BANK, **wrong})
    with pytest.raises(BadCredentials) as refused:
        await provider.look()
    assert refused.value.field == field
    if field not in ("holder", "iban", "bic"):
        assert provider.capabilities["transfer"].currencies == frozenset()


async def test_a_bank_account_says_whose_it_is(db: Database, clock: FrozenClock) -> None:
    provider = BankKind(HandBook(db, clock)).open(sheet("bank"), {**BANK, "days_to_pay": "3"})
    seen = await provider.look()
    assert (seen.ref, seen.country, seen.can_take, seen.is_live) == (
        "DE89370400440532013000",
        "DE",
        True,
        False,
    )
    assert seen.currencies == frozenset({"EUR"})
    can = provider.capabilities["transfer"]
    assert (can.pay_within, can.closes_before) == (timedelta(days=3), timedelta(days=5))
    assert can.partial_payments
    assert can.confirmed_by_people


async def test_the_door_takes_as_much_as_is_set_in_the_currencys_own_units(
    db: Database, clock: FrozenClock
) -> None:
    kind = DoorKind(HandBook(db, clock))
    for currency, most in (("EUR", 20_000), ("JPY", 200), ("KWD", 200_000)):
        provider = kind.open(sheet("door"), {"currency": currency, "order_most": "200"})
        assert provider.capabilities["cash_or_card"].amount_max_minor == most
        assert (await provider.look()).currencies == frozenset({currency})
    with pytest.raises(BadCredentials):
        await kind.open(sheet("door"), {"waiting_most": "many"}).look()
