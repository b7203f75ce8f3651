"""Which ways of paying a buyer is shown: only those that can take this amount, in this currency, with an account of
this country. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from admitone.payments.account_store import Account
from admitone.payments.provider import Capabilities, Method, Provider
from admitone.payments.refusals import MethodNotOffered


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """A payment account and the provider that acts for it."""

    account: Account
    provider: Provider


@dataclass(frozen=True, slots=True)
class Choice:
    """A method and the account behind it. `key` (`provider:method`) is what a form or the API sends back."""

    provider: str
    method: Method
    capabilities: Capabilities
    opened: OpenAccount

    @property
    def key(self) -> str:
        """`provider:method`."""
        return f"{self.provider}:{self.method.id}"


def fits(
    capabilities: Capabilities,
    account: Account,
    currency: str,
    amount_minor: int,
    until_start: timedelta | None = None,
) -> bool:
    """Say whether a method can take `amount_minor` whole minor units of `currency` into this account, so long before
    the event begins (None: whenever that is).
    """
    closes = capabilities.closes_before
    if closes is not None and until_start is not None and until_start < closes:
        return False
    if capabilities.currencies is not None and currency not in capabilities.currencies:
        return False
    if account.currencies is not None and currency not in account.currencies:
        return False
    if capabilities.countries is not None and account.country not in capabilities.countries:
        return False
    least = capabilities.amount_min_minor_in.get(currency, capabilities.amount_min_minor)
    most = capabilities.amount_max_minor
    if amount_minor % capabilities.amount_step_minor_in.get(currency, 1):
        return False
    return amount_minor >= max(least, 1) and (most is None or amount_minor <= most)


def step_minor(opened: OpenAccount, method: str, currency: str) -> int:
    """What every amount of a method is a whole multiple of, in minor units, there and back: 1 unless its provider takes
    no decimals of a currency that has them.
    """
    capabilities = opened.provider.capabilities.get(method)
    return 1 if capabilities is None else capabilities.amount_step_minor_in.get(currency, 1)


def choices(
    accounts: Sequence[OpenAccount], currency: str, amount_minor: int, until_start: timedelta | None = None
) -> tuple[Choice, ...]:
    """What may be shown, in the order of the accounts and of their methods; each way once, by the first account."""
    found: dict[str, Choice] = {}
    for opened in accounts:
        name = opened.account.provider
        for method in opened.provider.methods:
            choice = Choice(name, method, opened.provider.capabilities[method.id], opened)
            if fits(choice.capabilities, opened.account, currency, amount_minor, until_start):
                found.setdefault(choice.key, choice)
    return tuple(found.values())


def choose(
    accounts: Sequence[OpenAccount],
    currency: str,
    amount_minor: int,
    key: str,
    until_start: timedelta | None = None,
) -> Choice:
    """The choice with this key (`provider:method`). Raises `MethodNotOffered` when there is none."""
    for choice in choices(accounts, currency, amount_minor, until_start):
        if choice.key == key:
            return choice
    raise MethodNotOffered(field="method")
