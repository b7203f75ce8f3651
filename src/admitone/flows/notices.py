"""A webhook comes in: check its signature, keep it, say that the provider spoke. Nothing is believed and
nothing done.

What follows (ask the provider, settle) is the reaction to `ProviderSpoke`. Notices that come in at the same
moment share one transaction, and a provider is told "received" only after the commit.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from admitone import payments
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import SANDBOX_ACCOUNT, NewNotice
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.group_commit import GroupCommit
from admitone.values.clock import Clock
from admitone.values.ids import uuid7


class NoticeDesk:
    """Takes what providers send us."""

    def __init__(self, database: Database, clock: Clock, accounts: PaymentAccounts) -> None:
        self._clock = clock
        self._accounts = accounts
        self._desk: GroupCommit[NewNotice, bool] = GroupCommit(
            database, self._store_batch, failpoint="notice"
        )

    async def take(
        self, provider: str, headers: Mapping[str, str], body: bytes, account_id: UUID = SANDBOX_ACCOUNT
    ) -> bool:
        """Keep a genuine notice; False when there was nothing new to keep. `headers` have lower-case names.

        Raises `ProviderNotFound` or `BadSignature` (then nothing is stored), or a busy refusal (then the
        provider has to send it again).
        """
        opened = await self._accounts.find(account_id)
        if opened is None or opened.account.provider != provider:
            raise payments.ProviderNotFound
        read = await opened.provider.read_notice(headers, body)
        if read is None:
            return False
        return await self._desk.ask(
            NewNotice(uuid7(), provider, read.notice_id, read.provider_ref, body, account_id, read.about)
        )

    async def _store_batch(self, tx: Transaction, notices: Sequence[NewNotice]) -> list[bool]:
        return await payments.store_notices(tx, notices, now=self._clock.now())
