"""What arrived held is taken or let go (`roles.HoldsMoney`), never later than the network allows."""

from uuid import UUID

import structlog

from admitone.payments.providers.lightning.node import (
    Invoice,
    InvoiceState,
    LightningNode,
    NodeAway,
    NodeRefused,
)
from admitone.payments.providers.lightning.preimages import Preimages
from admitone.payments.providers.lightning.standing import must_go
from admitone.payments.roles import HeldOutcome
from admitone.plumbing.database import require_no_transaction

log = structlog.get_logger(__name__)


async def overstays(node: LightningNode, invoice: Invoice | None) -> bool:
    """It is held, and so close to the block by which the network takes it that it has to be let go at once.

    Raises `NodeAway`, `NodeRefused`.
    """
    if invoice is None or invoice.state is not InvoiceState.HELD or invoice.held_until_height is None:
        return False
    return must_go(invoice, (await node.info()).block_height)


class Holding:
    """Implements `HoldsMoney` over a node."""

    def __init__(self, account_id: UUID, node: LightningNode, preimages: Preimages) -> None:
        self._account_id = account_id
        self._node = node
        self._preimages = preimages

    async def take(self, attempt_id: UUID, provider_ref: str) -> HeldOutcome:
        """As `HoldsMoney.take`. GONE when it had to be let go because the network was about to take it."""
        require_no_transaction("lightning")
        try:
            if await overstays(self._node, await self._node.look_up(provider_ref)):
                await self._node.cancel(provider_ref)
                log.warning("lightning.held_too_long", attempt_id=str(attempt_id))
                return HeldOutcome.GONE
            await self._node.take(self._preimages.of(self._account_id, attempt_id))
        except NodeRefused as no:
            return {"gone": HeldOutcome.GONE, "paid": HeldOutcome.TAKEN}.get(no.code, HeldOutcome.UNKNOWN)
        except NodeAway:
            return HeldOutcome.UNKNOWN
        return HeldOutcome.TAKEN

    async def let_go(self, attempt_id: UUID, provider_ref: str) -> HeldOutcome:
        """As `HoldsMoney.let_go`."""
        require_no_transaction("lightning")
        try:
            await self._node.cancel(provider_ref)
        except NodeRefused as no:
            return HeldOutcome.TAKEN if no.code == "paid" else HeldOutcome.UNKNOWN
        except NodeAway:
            return HeldOutcome.UNKNOWN
        return HeldOutcome.GONE
