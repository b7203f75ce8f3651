"""Which ways of paying a buyer sees."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

import pytest

from admitone.payments import (
    Account,
    Capabilities,
    Method,
    MethodNotOffered,
    OpenAccount,
    Provider,
    choices,
    choose,
)
from admitone.values.ids import uuid7
from tests.support.payments_rows import START


class Shelf:
    """As much of a provider as choosing looks at."""

    def __init__(self, **methods: Capabilities) -> None:
        self.methods = tuple(Method(name, name.title(), "", "card") for name in methods)
        self.capabilities: Mapping[str, Capabilities] = MappingProxyType(methods)


def account(provider: str, country: str | None = None, currencies: list[str] | None = None) -> Account:
    """An account with this provider, of this country, for these currencies."""
    return Account(
        id=uuid7(),
        organiser_id=None,
        provider=provider,
        mode="test",
        label=provider,
        state="active",
        ref=None,
        country=country,
        currencies=currencies,
        sealed=None,
        options={},
        missing=(),
        can_pay_out=False,
        position=0,
        updated_at=START,
    )


def at(shelf: Shelf, opened: Account) -> OpenAccount:
    """The account with its provider."""
    return OpenAccount(opened, cast(Provider, shelf))


CARDS = Shelf(
    visa=Capabilities(frozenset({"EUR", "JPY"}), 50, 99_999, amount_min_minor_in={"JPY": 100}),
    cash=Capabilities(),
)
NODE = Shelf(lightning=Capabilities(frozenset({"BTC"}), 1_000))
ACCOUNTS = (at(CARDS, account("cards")), at(NODE, account("node")))


@pytest.mark.parametrize(
    ("currency", "amount_minor", "keys"),
    [
        ("EUR", 50, ["cards:visa", "cards:cash"]),
        ("EUR", 49, ["cards:cash"]),
        ("EUR", 99_999, ["cards:visa", "cards:cash"]),
        ("EUR", 100_000, ["cards:cash"]),
        ("JPY", 99, ["cards:cash"]),
        ("JPY", 100, ["cards:visa", "cards:cash"]),
        ("USD", 500, ["cards:cash"]),
        ("BTC", 1_000, ["cards:cash", "node:lightning"]),
        ("EUR", 0, []),
        ("EUR", -5, []),
    ],
)
def test_only_methods_that_can_take_the_amount_are_shown(
    currency: str, amount_minor: int, keys: list[str]
) -> None:
    assert [choice.key for choice in choices(ACCOUNTS, currency, amount_minor)] == keys


def test_a_shown_method_can_be_chosen_and_no_other() -> None:
    assert choose(ACCOUNTS, "BTC", 1_000, "node:lightning").method.label == "Lightning"
    for key in ("node:lightning", "cards:gold", "nobody:visa", "visa", ""):
        with pytest.raises(MethodNotOffered) as refused:
            choose(ACCOUNTS, "EUR", 500, key)
        assert refused.value.field == "method"


def test_a_method_of_another_country_or_currency_than_the_accounts_is_not_shown() -> None:
    ideal = Shelf(ideal=Capabilities(countries=frozenset({"NL"})), card=Capabilities())
    dutch, german = at(ideal, account("bank", "NL")), at(ideal, account("bank", "DE"))
    assert [one.key for one in choices((dutch,), "EUR", 500)] == ["bank:ideal", "bank:card"]
    assert [one.key for one in choices((german,), "EUR", 500)] == ["bank:card"]
    assert choices((at(ideal, account("bank", "NL", ["EUR"])),), "USD", 500) == ()


def test_a_way_is_shown_once_and_goes_to_the_first_account_that_can_take_it() -> None:
    own, sites = at(CARDS, account("cards", currencies=["JPY"])), at(CARDS, account("cards"))
    [visa, cash] = choices((own, sites), "EUR", 500)
    assert (visa.opened, cash.opened) == (sites, sites)
    assert [one.opened for one in choices((own, sites), "JPY", 500)] == [own, own]


def test_an_amount_with_decimals_that_a_method_does_not_take_is_not_shown() -> None:
    whole = Capabilities(amount_step_minor_in={"HUF": 100})
    opened = [OpenAccount(account("paypal"), cast(Provider, Shelf(paypal=whole)))]
    assert [len(choices(opened, "HUF", minor)) for minor in (2_500, 2_550, 2_501)] == [1, 0, 0]
    assert len(choices(opened, "EUR", 2_501)) == 1
