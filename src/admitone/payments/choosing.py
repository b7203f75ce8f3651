"""Which ways of paying a buyer is shown: only those that can take this amount in this currency; and where paying
may lead. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from admitone.payments.provider import Capabilities, Method, Provider
from admitone.payments.refusals import MethodNotOffered


@dataclass(frozen=True, slots=True)
class Choice:
    """A method and the provider behind it. `key` (`provider:method`) is what a form or the API sends back."""

    provider: str
    method: Method
    capabilities: Capabilities

    @property
    def key(self) -> str:
        """`provider:method`."""
        return f"{self.provider}:{self.method.id}"


def fits(capabilities: Capabilities, currency: str, amount_minor: int) -> bool:
    """Say whether a method can take `amount_minor` whole minor units of `currency`."""
    if capabilities.currencies is not None and currency not in capabilities.currencies:
        return False
    least = capabilities.amount_min_minor_in.get(currency, capabilities.amount_min_minor)
    most = capabilities.amount_max_minor
    return amount_minor >= max(least, 1) and (most is None or amount_minor <= most)


def choices(providers: Mapping[str, Provider], currency: str, amount_minor: int) -> tuple[Choice, ...]:
    """What may be shown, in the order of the providers and of their methods."""
    return tuple(
        Choice(name, method, provider.capabilities[method.id])
        for name, provider in providers.items()
        for method in provider.methods
        if fits(provider.capabilities[method.id], currency, amount_minor)
    )


def choose(providers: Mapping[str, Provider], currency: str, amount_minor: int, key: str) -> Choice:
    """The choice with this key (`provider:method`). Raises `MethodNotOffered` when there is none."""
    for choice in choices(providers, currency, amount_minor):
        if choice.key == key:
            return choice
    raise MethodNotOffered(field="method")


def redirect_origins(providers: Mapping[str, Provider]) -> tuple[str, ...]:
    """Every place beside this site that a buyer may be sent to in order to pay, each once, sorted."""
    found = {
        origin
        for provider in providers.values()
        for capabilities in provider.capabilities.values()
        for origin in capabilities.redirect_origins
    }
    return tuple(sorted(found))
