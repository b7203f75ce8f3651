"""Whose node it is, and whether it can do its work.

An account is a wallet on a chain, wherever its node stands: it is named by the descriptor its addresses come from, so a
node that moves, or a wallet that is restored on another one, is the same account, and what was paid into it is found.
"""

import hashlib
from typing import Any, Final

from admitone.payments.account_status import AccountStatus, NodeAwayAt, NodeRefusesKeys, ProviderAway
from admitone.payments.bitcoin.chain import ChainAway, ChainRefused, Network
from admitone.payments.providers.bitcoin_core.chain import NETWORKS, count_of
from admitone.payments.providers.bitcoin_core.rpc import NO_LABEL, NO_WALLET, Rpc, RpcNo

VERSION_LEAST: Final = 280_000
"""From 28 on a node says which payments of those that wait were replaced (`mempoolconflicts`)."""
OWN_LABEL: Final = "admitone"
"""The label of the one address by which we know the wallet again. Nobody is asked to pay to it."""
_NO_WALLET_NAMED: Final = -19
_STARTING: Final = "starting"
_NOES: Final = {
    "not_encrypted": ("url", "it has to begin with https://"),
    "bad_keys": ("password", "the node does not accept this user and password"),
    "forbidden": ("password", "this user may not call all that is needed"),
}


async def looked(rpc: Rpc, *, is_live: bool) -> AccountStatus:
    """What the account is and may do now. Raises `NodeRefusesKeys`, `ProviderAway`: `NodeAwayAt` when there is no
    answer a node would give, whatever listens there.
    """
    try:
        info, holds, node = await rpc.batch(
            [("getblockchaininfo", ()), ("getwalletinfo", ()), ("getnetworkinfo", ())]
        )
        for said in (info, holds, node):
            if isinstance(said, RpcNo):
                raise said
        _try_chain(info, is_live=is_live)
        return _status(info, holds, node, await _descriptor(rpc))
    except RpcNo as no:
        if no.number in (NO_WALLET, _NO_WALLET_NAMED):
            raise NodeRefusesKeys(field="wallet", reason="no wallet of this name is loaded") from None
        raise ProviderAway(reason=no.code) from None
    except ChainRefused as no:
        field, reason = _NOES.get(no.code, ("password", no.code))
        raise NodeRefusesKeys(field=field, reason=reason) from None
    except ChainAway as away:
        if str(away) == _STARTING:
            raise ProviderAway(reason=_STARTING) from None
        raise NodeAwayAt(field="url", place=rpc.where) from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NodeAwayAt(field="url", place=rpc.where) from None


def _try_chain(info: Any, *, is_live: bool) -> None:  # noqa: ANN401 - JSON, as the node has it
    network = NETWORKS[info["chain"]]
    if (network is Network.MAINNET) != is_live:
        raise NodeRefusesKeys(field="url", reason=f"the node is on {network.value}")


async def _descriptor(rpc: Rpc) -> str:
    """What the wallet's addresses come from, without its checksum."""
    try:
        address = min(await rpc.call("getaddressesbylabel", OWN_LABEL))
    except RpcNo as no:
        if no.number != NO_LABEL:
            raise
        try:
            address = await rpc.call("getnewaddress", OWN_LABEL, "bech32")
        except RpcNo:
            raise NodeRefusesKeys(field="wallet", reason="it has no addresses to give") from None
    found = (await rpc.call("getaddressinfo", address)).get("parent_desc")
    if not isinstance(found, str):
        raise NodeRefusesKeys(field="wallet", reason="it is no wallet of descriptors")
    return found.partition("#")[0].replace("'", "h")


def _status(info: Any, holds: Any, node: Any, descriptor: str) -> AccountStatus:  # noqa: ANN401
    network = NETWORKS[info["chain"]]
    name = str(holds["walletname"])
    wanted = {
        "a_newer_version": count_of(node["version"]) >= VERSION_LEAST,
        "synchronising": not info["initialblockdownload"],
        "keys_to_send_with": bool(holds["private_keys_enabled"]),
    }
    missing = tuple(word for word, is_there in wanted.items() if not is_there)
    return AccountStatus(
        ref=f"{info['chain']}:{hashlib.sha256(descriptor.encode()).hexdigest()[:32]}",
        # Who only watches cannot send back by itself, and can take all the same.
        can_take=not set(missing) - {"keys_to_send_with"},
        is_live=network is Network.MAINNET,
        label=f"Bitcoin Core, {name or 'its wallet'} ({network.value})",
        missing=missing,
    )
