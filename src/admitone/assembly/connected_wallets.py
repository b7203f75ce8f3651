"""Wallets that people connect: the flows that make connections, and that have orders paid by them."""

from dataclasses import dataclass

from admitone.assembly.ground import Ground
from admitone.flows.pay_from_wallet import Fallback, PayFromWallet
from admitone.flows.wallet_connections import WalletConnections
from admitone.payments.providers.nwc import NwcWallets
from admitone.plumbing.public_fetch import PublicFetch


@dataclass(frozen=True, slots=True)
class ConnectedWalletFlows:
    """`connections` makes and ends them, `paying` has invoices paid."""

    connections: WalletConnections
    paying: PayFromWallet


def connected_wallet_flows(ground: Ground, fallback: Fallback | None = None) -> ConnectedWalletFlows:
    """Build them. In development a relay on this machine is fine."""
    is_development = ground.settings.is_development
    asked = NwcWallets(PublicFetch(loopback=is_development), ground.clock)
    connections = WalletConnections(
        ground.database, ground.clock, ground.sealer, asked, ground.limiter, loopback=is_development
    )
    paying = PayFromWallet(
        ground.database, ground.clock, connections, asked, ground.settlement, ground.limiter, fallback
    )
    return ConnectedWalletFlows(connections, paying)
