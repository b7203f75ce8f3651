"""How a node of the chain stands, for its owner (`roles.ShowsNode`)."""

from collections.abc import Awaitable, Callable

from admitone.payments.account_status import AccountStatus, ProviderAway, away
from admitone.payments.bitcoin.chain import Chain, ChainAway, ChainRefused
from admitone.payments.roles import NodeLook
from admitone.plumbing.database import require_no_transaction
from admitone.values.currencies import MSAT_PER_SAT


class Looking:
    """Implements `ShowsNode` over a chain. `look` as `Provider.look`."""

    def __init__(self, chain: Chain, look: Callable[[], Awaitable[AccountStatus]]) -> None:
        self._chain = chain
        self._look = look

    def away(self) -> ProviderAway:
        """As `ShowsNode.away`."""
        return away(self._chain)

    async def node(self) -> NodeLook:
        """As `ShowsNode.node`."""
        require_no_transaction("the chain")
        status = await self._look()
        try:
            tip, balance_sat = await self._chain.tip(), await self._chain.balance()
        except (ChainAway, ChainRefused):
            raise self.away() from None
        return NodeLook(
            alias=status.label or "Bitcoin node",
            network="mainnet" if status.is_live else "test",
            block_height=tip.height,
            is_synced=status.can_take,
            onchain_msat=balance_sat * MSAT_PER_SAT,
        )
