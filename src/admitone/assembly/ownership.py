"""The flows of whose something is: proofs that a ticket is one's own, passing it on, wallets that sign in."""

from collections.abc import Mapping
from dataclasses import dataclass

from admitone.accounts import KnownDevices
from admitone.assembly.ground import Ground
from admitone.flows.pass_on_ticket import PassingOn
from admitone.flows.prove_ownership import ProvingOwnership
from admitone.flows.reactions import React
from admitone.flows.sign_in_by_wallet import WalletSignIn


@dataclass(frozen=True, slots=True)
class OwnershipFlows:
    """What pages, REST and reactions reach for."""

    proving: ProvingOwnership
    passing_on: PassingOn
    wallet_sign_in: WalletSignIn


def ownership_flows(ground: Ground, devices: KnownDevices) -> OwnershipFlows:
    """Build them."""
    site_url = ground.settings.site_url

    return OwnershipFlows(
        proving=ProvingOwnership(
            ground.database, ground.clock, ground.payment_accounts, ground.links, ground.limiter, site_url
        ),
        passing_on=PassingOn(
            ground.database,
            ground.clock,
            ground.keys.ring,
            ground.links,
            ground.post,
            ground.documents,
            ground.ticket_url,
        ),
        wallet_sign_in=WalletSignIn(
            ground.database, ground.clock, ground.links, ground.limiter, devices, site_url
        ),
    )


def ownership_reactions(flows: OwnershipFlows) -> Mapping[str, React]:
    """The reactions that belong to them, by name."""
    return {"tell_passed_on": flows.passing_on.tell, "tell_owner_gone": flows.passing_on.tell_gone}
