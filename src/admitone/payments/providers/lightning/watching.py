"""News of a node's invoices (`roles.Watches`), from where the last watch left off."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final
from uuid import UUID

from admitone.payments.bitcoin import BitcoinBook
from admitone.payments.providers.lightning.node import LightningNode
from admitone.payments.roles import Hint
from admitone.plumbing.database import require_no_transaction

CURSOR: Final = "lightning"


class Watching:
    """Implements `Watches` over a node."""

    def __init__(self, account_id: UUID, node: LightningNode, book: BitcoinBook) -> None:
        self._account_id = account_id
        self._node = node
        self._book = book

    async def watch(self) -> AsyncGenerator[Hint, None]:
        """As `Watches.watch`. The cursor is moved when the next piece of news is asked for."""
        require_no_transaction("lightning")
        cursor = await self._book.cursor(self._account_id, CURSOR)
        async with aclosing(self._node.watch(cursor)) as news:
            async for payment_hash, moved in news:
                yield Hint(payment_hash)
                if moved is not None and moved != cursor:
                    await self._book.move_cursor(self._account_id, CURSOR, moved)
                    cursor = moved
