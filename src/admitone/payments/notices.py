"""Notices: genuine webhooks, kept as they came and each counted once, before anybody acts on them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from admitone.payments import notice_store
from admitone.payments.facts import ProviderSpoke
from admitone.payments.notice_store import NewNotice
from admitone.plumbing.database import Transaction
from admitone.plumbing.journal import announce


async def store_notices(tx: Transaction, notices: Sequence[NewNotice], *, now: datetime) -> list[bool]:
    """Keep those not seen before and announce `ProviderSpoke` for each; whether it was new, in the order
    given.
    """
    new: set[UUID] = await notice_store.keep_notices(tx, notices, now) if notices else set()
    facts = [
        ProviderSpoke(
            subject_id=one.id,
            provider=one.provider,
            provider_ref=one.provider_ref,
            notice_id=one.notice_id,
            account_id=one.account_id,
            about=one.about.value,
        )
        for one in notices
        if one.id in new
    ]
    await announce(tx, facts, "system")
    return [one.id in new for one in notices]


async def store_notice(tx: Transaction, notice: NewNotice, *, now: datetime) -> bool:
    """Keep one notice; whether it was new."""
    return (await store_notices(tx, [notice], now=now))[0]
