"""Which ways of paying a buyer sees."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

import pytest

from admitone.payments import Capabilities, Method, MethodNotOffered, Provider, choices, choose


class Shelf:
    """As much of a provider as choosing looks at."""

    def __init__(self, **methods: Capabilities) -> None:
        self.methods = tuple(Method(name, name.title(), "", "card") for name in methods)
        self.capabilities: Mapping[str, Capabilities] = MappingProxyType(methods)


PROVIDERS = {
    "cards": cast(
        Provider,
        Shelf(
            visa=Capabilities(frozenset({"EUR", "JPY"}), 50, 99_999, amount_min_minor_in={"JPY": 100}),
            cash=Capabilities(),
        ),
    ),
    "node": cast(Provider, Shelf(lightning=Capabilities(frozenset({"BTC"}), 1_000))),
}


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
    assert [choice.key for choice in choices(PROVIDERS, currency, amount_minor)] == keys


def test_a_shown_method_can_be_chosen_and_no_other() -> None:
    assert choose(PROVIDERS, "BTC", 1_000, "node:lightning").method.label == "Lightning"
    for key in ("node:lightning", "cards:gold", "nobody:visa", "visa", ""):
        with pytest.raises(MethodNotOffered) as refused:
            choose(PROVIDERS, "EUR", 500, key)
        assert refused.value.field == "method"
