"""What a provider says about an account with it, and the ways it says no to its keys."""

from dataclasses import dataclass

from admitone.values.refusals import Busy, Invalid


class BadCredentials(Invalid):
    """The provider does not accept these keys, or they belong to the other mode. `reason` is the provider's word."""

    code = "payments.bad_credentials"
    text = "The provider does not accept these keys. Please copy them again, for the mode you have chosen."


class NodeRefusesKeys(BadCredentials):
    """A node of the organiser's own cannot be used with what was typed; the sentence says why."""

    code = "payments.node_refuses_keys"
    text = "This cannot be used: {reason}."


class ProviderAway(Busy):
    """The provider did not answer in time, or not in words we can read."""

    code = "payments.provider_away"
    text = "The payment provider does not answer at the moment. Please try again in a minute."


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """`ref` names the account there. `missing` are the provider's words for what it still wants to know."""

    ref: str
    can_take: bool
    can_pay_out: bool = False
    country: str | None = None
    currencies: frozenset[str] | None = None
    is_live: bool = False
    label: str = ""
    missing: tuple[str, ...] = ()
