"""Wallets that people connect: the flows that make connections, and that have orders paid by them."""

from collections.abc import Mapping
from dataclasses import dataclass

from admitone.assembly.by_address import ByAddressFlows
from admitone.assembly.ground import Ground
from admitone.flows.pay_at_once import PayAtOnce
from admitone.flows.pay_from_wallet import PayFromWallet
from admitone.flows.payment import Payment
from admitone.flows.reactions import React
from admitone.flows.wallet_connections import WalletConnections
from admitone.payments.providers.nwc import NwcWallets
from admitone.plumbing.public_fetch import PublicFetch


@dataclass(frozen=True, slots=True)
class ConnectedWalletFlows:
    """`connections` makes and ends them, `paying` has invoices paid, `at_once` as soon as an order stands."""

    connections: WalletConnections
    paying: PayFromWallet
    at_once: PayAtOnce


def connected_wallet_flows(
    ground: Ground, payment: Payment, by_address: ByAddressFlows
) -> ConnectedWalletFlows:
    """Build them. In development a relay on this machine is fine."""
    is_development = ground.settings.is_development
    asked = NwcWallets(PublicFetch(loopback=is_development), ground.clock)
    connections = WalletConnections(
        ground.database, ground.clock, ground.sealer, asked, ground.limiter, loopback=is_development
    )
    paying = PayFromWallet(
        ground.database, ground.clock, connections, asked, ground.settlement, ground.limiter
    )
    at_once = PayAtOnce(
        ground.database,
        ground.clock,
        payment,
        by_address.invoices,
        connections,
        paying,
        by_address.requesting,
    )
    return ConnectedWalletFlows(connections, paying, at_once)


def connected_wallet_reactions(flows: ConnectedWalletFlows) -> Mapping[str, React]:
    """The reactions that belong to them, by name."""
    return {"pay_at_once": flows.at_once.follow, "offer_by_uma": flows.at_once.offer}
