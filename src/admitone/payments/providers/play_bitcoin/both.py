"""One account with both rails: Lightning by its node, the chain by its chain, each asked about what is its own.

References tell them apart: a payment hash is 64 hexadecimal digits, an address or an outpoint is not.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from admitone.payments.account_status import AccountStatus, ProviderAway
from admitone.payments.kinds import AccountSheet
from admitone.payments.provider import (
    NOT_FOUND,
    Ask,
    BadSignature,
    Capabilities,
    NoticeRead,
    Prompt,
    RefundAsk,
    RefundStatus,
    Status,
)
from admitone.payments.providers.lightning import LightningProvider
from admitone.payments.providers.onchain import OnchainProvider
from admitone.payments.roles import Hint, NodeLook, Roles, Watches

_PAYMENT_HASH: Final = re.compile(r"[0-9a-f]{64}")


class BothRails:
    """Implements `Provider`, `Watches` and `ShowsNode` over two of them."""

    def __init__(self, sheet: AccountSheet, lightning: LightningProvider, onchain: OnchainProvider) -> None:
        self.name = sheet.provider
        self.methods = (*lightning.methods, *onchain.methods)
        self.capabilities: Mapping[str, Capabilities] = MappingProxyType(
            {**lightning.capabilities, **onchain.capabilities}
        )
        self.lightning = lightning
        self.onchain = onchain
        self.roles = Roles(
            watches=self,
            holds_money=lightning.roles.holds_money,
            finds=onchain.roles.finds,
            disputes=onchain.roles.disputes,
            knows_payers=onchain.roles.knows_payers,
            shows_node=self,
            plays_buyers=lightning.roles.plays_buyers,
        )

    def _rail(self, ref: str) -> LightningProvider | OnchainProvider:
        return self.lightning if _PAYMENT_HASH.fullmatch(ref) else self.onchain

    async def start(self, ask: Ask) -> Prompt:
        """As `Provider.start`."""
        is_lightning = ask.method in self.lightning.capabilities
        return await (self.lightning if is_lightning else self.onchain).start(ask)

    async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.status`."""
        if provider_ref is not None:
            return await self._rail(provider_ref).status(attempt_id, provider_ref)
        found = await self.lightning.status(attempt_id, None)
        return await self.onchain.status(attempt_id, None) if found.reason == NOT_FOUND else found

    async def cancel(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.cancel`."""
        if provider_ref is not None:
            return await self._rail(provider_ref).cancel(attempt_id, provider_ref)
        found = await self.lightning.cancel(attempt_id, None)
        return await self.onchain.cancel(attempt_id, None) if found.reason == NOT_FOUND else found

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        """As `Provider.refund`."""
        return await self._rail(ask.provider_ref).refund(ask)

    async def refund_status(self, refund_id: UUID, payment_ref: str, refund_ref: str | None) -> RefundStatus:
        """As `Provider.refund_status`."""
        return await self._rail(payment_ref).refund_status(refund_id, payment_ref, refund_ref)

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> NoticeRead | None:
        """As `Provider.read_notice`: neither sends any, so none is genuine."""
        raise BadSignature

    async def recent(self, since: datetime) -> AsyncIterator[Status]:
        """As `Provider.recent`."""
        async for status in self.lightning.recent(since):
            yield status
        async for status in self.onchain.recent(since):
            yield status

    async def look(self) -> AccountStatus:
        """As `Provider.look`: the node says who it is."""
        return await self.lightning.look()

    async def node(self) -> NodeLook:
        """As `ShowsNode.node`: both wallets of one node."""
        by_lightning, on_chain = self.lightning.roles.shows_node, self.onchain.roles.shows_node
        assert by_lightning is not None, "each rail shows its node"
        assert on_chain is not None, "each rail shows its node"
        return replace(await by_lightning.node(), onchain_msat=(await on_chain.node()).onchain_msat)

    def away(self) -> ProviderAway:
        """As `ShowsNode.away`: it is part of this site."""
        return ProviderAway()

    async def watch(self) -> AsyncGenerator[Hint, None]:
        """As `Watches.watch`: both at once. Ends with the first that ends."""
        news: asyncio.Queue[Hint | None] = asyncio.Queue(maxsize=1)
        watched = [role for role in (self.lightning.roles.watches, self.onchain.roles.watches) if role]
        tasks = [asyncio.create_task(_pass_on(role, news)) for role in watched]
        try:
            while (hint := await news.get()) is not None:
                yield hint
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error


async def _pass_on(role: Watches, news: "asyncio.Queue[Hint | None]") -> None:
    try:
        async with aclosing(role.watch()) as heard:
            async for hint in heard:
                await news.put(hint)
    finally:
        # Whoever listens is told that this is over, also when they listen to nothing any more.
        while news.full():
            news.get_nowait()
        news.put_nowait(None)
