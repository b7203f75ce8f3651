"""A webhook comes in: check its signature, keep it, say that the provider spoke. Nothing is believed and
nothing done.

What follows (ask the provider, settle) is the reaction to `ProviderSpoke`. Notices that come in at the same
moment share one transaction, and a provider is told "received" only after the commit.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

import structlog

from admitone import payments
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import SANDBOX_ACCOUNT, NewNotice
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.group_commit import GroupCommit
from admitone.values.clock import Clock
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal

log = structlog.get_logger(__name__)


class NoticeDesk:
    """Takes what providers send us."""

    def __init__(self, database: Database, clock: Clock, accounts: PaymentAccounts) -> None:
        self._clock = clock
        self._accounts = accounts
        # Refused notices by (provider, code), of this process: nothing is stored of what strangers send.
        self.refused: Counter[tuple[str, str]] = Counter()
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
            self._count("unknown", payments.ProviderNotFound.code)
            raise payments.ProviderNotFound
        try:
            read = await opened.provider.read_notice(headers, body)
        except Refusal as refusal:
            self._count(provider, refusal.code)
            raise
        if read is None:
            return False
        return await self._desk.ask(
            NewNotice(uuid7(), provider, read.notice_id, read.provider_ref, body, account_id, read.about)
        )

    def _count(self, provider: str, code: str) -> None:
        self.refused[provider, code] += 1
        count = self.refused[provider, code]
        # A flood is a line now and then: at 1, 2, 4, 8 and so on.
        if count & (count - 1) == 0:
            log.warning("notice.refused", provider=provider, code=code, count=count)

    async def _store_batch(self, tx: Transaction, notices: Sequence[NewNotice]) -> list[bool]:
        return await payments.store_notices(tx, notices, now=self._clock.now())
