"""The chart of accounts: what each account's name means. Pure.

Credit-normal accounts hold what we owe (organisers, tax, buyers waiting for a refund) or earned (fees); a clearing
account is debit-normal and mirrors what lies at a provider.
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


def clearing(provider: str) -> AccountName:
    """Money that lies at a payment provider."""
    return AccountName(f"clearing:{provider}")


def organiser_pending(organiser_id: UUID) -> AccountName:
    """What an organiser has earned and cannot be paid out yet."""
    return AccountName(f"organiser:{organiser_id}:pending", organiser_id)


def organiser_tax(organiser_id: UUID) -> AccountName:
    """Tax collected for an organiser, who owes it to the state."""
    return AccountName(f"organiser:{organiser_id}:tax", organiser_id)


FEES = AccountName("fees")
# Money we hold for buyers who will get it back: it can never go below zero.
REFUNDS_DUE = AccountName("refunds_due", guard="debits<=credits")
