"""The chart of accounts: what each account's name means. Pure.

Credit-normal accounts hold what we owe (organisers, tax, buyers waiting for a refund or holding credit) or earned
(fees); a clearing account is debit-normal and mirrors what lies at a provider. Play money has the same names in
accounts of its own (`is_test`).
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Guard = Literal["none", "debits<=credits", "credits<=debits"]


@dataclass(frozen=True, slots=True)
class AccountName:
    """One line of the chart. Each currency has its own account of that name."""

    name: str
    organiser_id: UUID | None = None
    guard: Guard = "none"


def clearing(books: str) -> AccountName:
    """Money that lies in an account with a provider. `books`: `sandbox`, else `<provider>:<payment account id>`."""
    return AccountName(f"clearing:{books}")


def bank(books: str) -> AccountName:
    """What a provider has paid out by itself to the bank account of whoever owns the account: here, the site."""
    return AccountName(f"bank:{books}")


def organiser_pending(organiser_id: UUID) -> AccountName:
    """What an organiser has earned through the site's accounts and cannot be paid out yet."""
    return AccountName(f"organiser:{organiser_id}:pending", organiser_id)


def organiser_available(organiser_id: UUID) -> AccountName:
    """What can be paid out to an organiser."""
    return AccountName(f"organiser:{organiser_id}:available", organiser_id)


def organiser_reserve(organiser_id: UUID) -> AccountName:
    """What is kept back of an organiser's money for refunds and disputes to come."""
    return AccountName(f"organiser:{organiser_id}:reserve", organiser_id, guard="debits<=credits")


def organiser_direct(organiser_id: UUID) -> AccountName:
    """What an organiser has earned in an account of their own with a provider: they have it already."""
    return AccountName(f"organiser:{organiser_id}:direct", organiser_id)


def organiser_gifts(organiser_id: UUID) -> AccountName:
    """Gift codes an organiser handed out that are not yet used: below zero by as much."""
    return AccountName(f"organiser:{organiser_id}:gifts", organiser_id)


def organiser_tax(organiser_id: UUID) -> AccountName:
    """Tax collected for an organiser, who owes it to the state."""
    return AccountName(f"organiser:{organiser_id}:tax", organiser_id)


def credit(credit_id: UUID, organiser_id: UUID) -> AccountName:
    """Store credit somebody holds with an organiser: a gift, or a refund they chose to keep here."""
    return AccountName(f"credit:{credit_id}", organiser_id, guard="debits<=credits")


def earned(organiser_id: UUID, *, is_direct: bool) -> AccountName:
    """Where an organiser's part of a sale goes."""
    return organiser_direct(organiser_id) if is_direct else organiser_pending(organiser_id)


FEES = AccountName("fees")
# Money we hold for buyers who will get it back: it can never go below zero.
REFUNDS_DUE = AccountName("refunds_due", guard="debits<=credits")
# Parts of an order's price that have come, and store credit set aside for it, until the order is paid or ends.
DEPOSITS = AccountName("deposits", guard="debits<=credits")
# Left the site's accounts, and not known to have arrived.
PAYOUTS_IN_TRANSIT = AccountName("payouts_in_transit", guard="debits<=credits")
# What providers keep of each payment.
PROCESSING_COSTS = AccountName("costs:processing")
DISPUTE_LOSSES = AccountName("losses:dispute")
# Disputed money: held from the organiser, less what the provider has taken already. Zero when all is decided.
DISPUTES = AccountName("disputes")
# What is over when money is split or converted: a few minor units either way.
ROUNDING = AccountName("rounding")
