"""Play money pays an invoice of a test account: a buyer who is always there (`roles.PlaysBuyers`)."""

from admitone.payments.account_status import ProviderAway
from admitone.payments.providers.lightning.node import NodeAway, NodeRefused, PaysInTestMode
from admitone.plumbing.database import require_no_transaction


class PlayedBuyer:
    """Implements `PlaysBuyers` over a node."""

    def __init__(self, node: PaysInTestMode) -> None:
        self._node = node

    async def pay_as_buyer(self, bolt11: str) -> None:
        """As `PlaysBuyers.pay_as_buyer`."""
        require_no_transaction("a test payment")
        try:
            await self._node.pay_in_test_mode(bolt11)
        except (NodeAway, NodeRefused):
            raise ProviderAway from None
