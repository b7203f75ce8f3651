"""The rows of accounts that the contract's cases run on."""

from datetime import datetime
from uuid import UUID

from admitone.payments import Account


def open_account(account_id: UUID, provider: str, label: str, at: datetime) -> Account:
    """The site's own account in test mode, which takes payments."""
    return Account(
        id=account_id,
        organiser_id=None,
        provider=provider,
        mode="test",
        label=label,
        state="active",
        ref=None,
        country=None,
        currencies=None,
        sealed=None,
        options={},
        missing=(),
        can_pay_out=False,
        position=0,
        updated_at=at,
    )
