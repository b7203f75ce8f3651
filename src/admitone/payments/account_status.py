"""What a provider says about an account with it, and the ways it says no to its keys."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from admitone.values.refusals import Busy, Invalid


class BadCredentials(Invalid):
    """The provider does not accept these keys, or they belong to the other mode. `reason` is the provider's word."""

    code = "payments.bad_credentials"
    text = "The provider does not accept these keys. Please copy them again, for the mode you have chosen."


class NodeRefusesKeys(BadCredentials):
    """A node of the organiser's own cannot be used with what was typed; the sentence says why."""

    code = "payments.node_refuses_keys"
    text = "This cannot be used: {reason}."


class SettingRefused(BadCredentials):
    """Something else than a key cannot be as it was typed, whoever is asked; the sentence says what it has to be."""

    code = "payments.setting_refused"
    text = "This cannot be used: it has to be {reason}."


class ConnectionRefused(BadCredentials):
    """The connection to a wallet cannot be as it was pasted; `said` is what buyers read of theirs."""

    code = "payments.connection_refused"
    text = "{said}"


class ProviderAway(Busy):
    """The provider did not answer in time, or not in words we can read."""

    code = "payments.provider_away"
    text = "The payment provider does not answer at the moment. Please try again in a minute."


class NodeAwayAt(ProviderAway):
    """No node answers at the `place` that its organiser typed. Whether anything else does is not said."""

    code = "payments.node_away"
    text = (
        "No node answers at {place}. Please check that it runs, that host and port are right, and that it can be "
        "reached from here. If it is only starting, try again in a minute."
    )


class ConnectedAway(ProviderAway):
    """No wallet answers by the relay (`place`) that its connection names."""

    code = "payments.connected_away"
    text = (
        "No wallet answers by the relay {place}. Please check that the wallet is on and online, and that this "
        "connection was not deleted there."
    )


@runtime_checkable
class SaysWhereItIs(Protocol):
    """A node whose place its organiser typed."""

    def away(self) -> ProviderAway:
        """That nothing answers there, with the place and what to check."""
        ...


def away(node: object) -> ProviderAway:
    """What whoever set the account up is told when its node gives no answer."""
    return node.away() if isinstance(node, SaysWhereItIs) else ProviderAway()


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
