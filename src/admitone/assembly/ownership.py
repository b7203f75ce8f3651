"""The flows of whose something is: proofs that a ticket is one's own, passing it on, wallets that sign in."""

from collections.abc import Mapping
from dataclasses import dataclass

from admitone.accounts import KnownDevices
from admitone.assembly.ground import Ground
from admitone.flows.fresh_proof import FreshProof
from admitone.flows.pass_on_ticket import PassingOn
from admitone.flows.prove_ownership import ProvingOwnership
from admitone.flows.reactions import React
from admitone.flows.sign_in_by_wallet import WalletSignIn
from admitone.flows.wallet_key_letters import WalletKeyLetters


@dataclass(frozen=True, slots=True)
class OwnershipFlows:
    """What pages, REST and reactions reach for."""

    proving: ProvingOwnership
    passing_on: PassingOn
    wallet_sign_in: WalletSignIn
    wallet_key_letters: WalletKeyLetters


def ownership_flows(ground: Ground, devices: KnownDevices, proof: FreshProof) -> OwnershipFlows:
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
            ground.order_url,
            ground.ticket_url,
        ),
        wallet_sign_in=WalletSignIn(
            ground.database, ground.clock, ground.links, ground.limiter, devices, proof, site_url
        ),
        wallet_key_letters=WalletKeyLetters(ground.database, ground.post, f"{site_url}/account"),
    )


def ownership_reactions(flows: OwnershipFlows) -> Mapping[str, React]:
    """The reactions that belong to them, by name."""
    return {
        "tell_passed_on": flows.passing_on.tell,
        "tell_owner_gone": flows.passing_on.tell_gone,
        "tell_wallet_linked": flows.wallet_key_letters.tell_linked,
        "tell_wallet_removed": flows.wallet_key_letters.tell_removed,
    }
