"""How a Lightning node stands, for its owner (`roles.ShowsNode`)."""

from admitone.payments.account_status import (
    BadCredentials,
    ConnectionRefused,
    NodeRefusesKeys,
    ProviderAway,
    away,
)
from admitone.payments.providers.lightning.node import BadNodeKeys, LightningNode, NodeAway, NodeRefused
from admitone.payments.roles import NodeLook
from admitone.plumbing.database import require_no_transaction


def not_accepted(bad: BadNodeKeys) -> BadCredentials:
    """What they are told when it cannot be used as it was typed."""
    if bad.is_sentence:
        return ConnectionRefused(field=bad.field, said=str(bad))
    return NodeRefusesKeys(field=bad.field, reason=str(bad))


class Looking:
    """Implements `ShowsNode` over a node."""

    def __init__(self, node: LightningNode) -> None:
        self._node = node

    def away(self) -> ProviderAway:
        """As `ShowsNode.away`."""
        return away(self._node)

    async def node(self) -> NodeLook:
        """As `ShowsNode.node`."""
        require_no_transaction("lightning")
        try:
            info, balance = await self._node.info(), await self._node.balance()
        except BadNodeKeys as bad:
            raise not_accepted(bad) from None
        except (NodeAway, NodeRefused):
            raise away(self._node) from None
        return NodeLook(
            alias=info.alias or info.pubkey[:12],
            network=info.network.value,
            version=info.version,
            block_height=info.block_height,
            is_synced=info.is_synced,
            sends_msat=balance.local_msat,
            receives_msat=balance.remote_msat,
            onchain_msat=balance.onchain_msat,
        )
