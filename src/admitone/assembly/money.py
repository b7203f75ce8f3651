"""The flows of money beyond being paid: a line each in `MoneyFlows`, in `money_flows`, and in `money_reactions`."""

from collections.abc import Mapping
from dataclasses import dataclass

from admitone.assembly.ground import Ground
from admitone.flows.cancel_tickets import CancelTickets
from admitone.flows.reactions import React


@dataclass(frozen=True, slots=True)
class MoneyFlows:
    """Everything about money that pages, REST, chores and reactions reach for."""

    cancel_tickets: CancelTickets


def money_flows(ground: Ground) -> MoneyFlows:
    """Build them."""
    return MoneyFlows(
        cancel_tickets=CancelTickets(ground.database, ground.clock, ground.payment_accounts),
    )


def money_reactions(money: MoneyFlows) -> Mapping[str, React]:
    """The reactions that belong to them, by name; `flows/reactions.REACTIONS` says what causes each."""
    del money
    return {}
