"""A Bitcoin Core node as `payments.bitcoin.chain.Chain`: its words become ours.

What was learned from real nodes: a payment that was replaced keeps `walletconflicts` empty and says so in
`mempoolconflicts`, and once the other is mined it has negative confirmations and `listsinceblock` does not name it
any more; after a reorganisation that call lists under `removed` what was in blocks that are gone.
"""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from admitone.payments.account_status import NodeAwayAt
from admitone.payments.bitcoin.chain import ChainAway, ChainRefused, Network, News, Output, Standing, Tip
from admitone.payments.providers.bitcoin_core.rpc import NO_LABEL, NOT_THERE, WRONG_PARAMETER, Rpc, RpcNo
from admitone.plumbing.strict_numbers import moment, whole
from admitone.values.currencies import SAT_PER_BTC

NETWORKS: Final = {
    "main": Network.MAINNET,
    "test": Network.TESTNET,
    "testnet4": Network.TESTNET,
    "signet": Network.SIGNET,
    "regtest": Network.REGTEST,
}
_RECEIVED: Final = frozenset({"receive", "generate"})
_BITCOIN_MOST: Final = 21_000_000
# Heights and confirmations, and an output's place: what a table can keep, which is far more than there will be.
COUNT_MOST: Final = 2**31 - 1
# So many payments are read at once; more of them beside everybody else.
_READ_AT_ONCE: Final = 500
_HASH: Final = re.compile("[0-9a-f]{64}")
_ADDRESS: Final = re.compile("[0-9A-Za-z]{1,120}")


def sat_of(bitcoin: object) -> int:
    """Whole satoshi of an amount as the node says it. Raises `ChainAway` for a part of one, for more than there can be,
    and for what is no number.
    """
    if isinstance(bitcoin, bool) or not isinstance(bitcoin, Decimal | int):
        raise ChainAway("unreadable")
    if not -_BITCOIN_MOST <= bitcoin <= _BITCOIN_MOST:
        raise ChainAway("unreadable")
    sat = Decimal(bitcoin) * SAT_PER_BTC
    if sat != int(sat):
        raise ChainAway("unreadable")
    return int(sat)


def count_of(said: object) -> int:
    """A height or another count as the node says it. Raises ValueError for what is none."""
    return whole(said, 0, COUNT_MOST)


def confirmations_of(said: object) -> int:
    """How many blocks are on a transaction; of one that another has replaced, with a minus, how many are on that one.
    Raises ValueError for what is no such number.
    """
    return whole(said, -COUNT_MOST, COUNT_MOST)


class CoreChain:
    """Implements `Chain`. `is_live`: its addresses are given to nobody unless it is on the main chain."""

    def __init__(self, rpc: Rpc, *, is_live: bool) -> None:
        self._rpc = rpc
        self._is_live = is_live

    def away(self) -> NodeAwayAt:
        """As `SaysWhereItIs.away`."""
        return NodeAwayAt(field="url", place=self._rpc.where)

    async def tip(self) -> Tip:
        """As `Chain.tip`."""
        return _tip(await self._rpc.call("getblockchaininfo"))

    async def since(self, block_hash: str) -> News:
        """As `Chain.since`."""
        try:
            said = await self._rpc.call("listsinceblock", block_hash, 1, False, True)
        except RpcNo as no:
            if no.number != NOT_THERE:
                raise
            # Another node than before, or one that began anew: everything is read again.
            said = await self._rpc.call("listsinceblock", "", 1, False, True)
        with _Reading():
            last = _hash(said["lastblock"])
            if len(said["transactions"]) + len(said["removed"]) <= _READ_AT_ONCE:
                outputs, removed = _payments(said)
            else:
                outputs, removed = await asyncio.to_thread(_payments, said)
        header = await self._rpc.call("getblockheader", last)
        with _Reading():
            return News(outputs, removed, Tip(last, count_of(header["height"])))

    async def standings(self, txids: Collection[str]) -> Mapping[str, Standing]:
        """As `Chain.standings`."""
        asked = sorted(txids)
        said = await self._rpc.batch([("gettransaction", (txid,)) for txid in asked])
        found: dict[str, Standing] = {}
        for txid, one in zip(asked, said, strict=True):
            if isinstance(one, RpcNo):
                if one.number != NOT_THERE:
                    raise one
                continue
            with _Reading():
                found[txid] = standing_of(one)
        return found

    async def blocks(self, heights: Collection[int]) -> Mapping[int, str]:
        """As `Chain.blocks`."""
        asked = sorted(heights)
        said = await self._rpc.batch([("getblockhash", (height,)) for height in asked])
        found: dict[int, str] = {}
        for height, one in zip(asked, said, strict=True):
            if isinstance(one, RpcNo):
                if one.number != WRONG_PARAMETER:
                    raise one
                continue
            found[height] = str(one)
        return found

    async def address(self, label: str) -> str:
        """As `Chain.address`. Raises `ChainRefused("other_network")` when it is not the chain of this account, and
        `ChainAway` while the node does not keep up with it.
        """
        info, known = await self._rpc.batch([("getblockchaininfo", ()), ("getaddressesbylabel", (label,))])
        if isinstance(info, RpcNo):
            raise info
        with _Reading():
            if (NETWORKS[info["chain"]] is Network.MAINNET) != self._is_live:
                raise ChainRefused("other_network")
            if info["initialblockdownload"]:
                raise ChainAway("synchronising")
        if not isinstance(known, RpcNo):
            with _Reading():
                return _address(min(known))
        if known.number != NO_LABEL:
            raise known
        made = await self._rpc.call("getnewaddress", label, "bech32")
        with _Reading():
            return _address(made)
        raise ChainAway("unreadable")

    async def resend(self, txid: str) -> None:
        """As `Chain.resend`."""
        try:
            known = await self._rpc.call("gettransaction", txid)
            await self._rpc.call("sendrawtransaction", known["hex"])
        except RpcNo:
            # It is there already, or the network holds with another one.
            return

    async def balance(self) -> int:
        """As `Chain.balance`."""
        said = await self._rpc.call("getbalances")
        with _Reading():
            return sat_of(said["mine"]["trusted"])
        raise ChainAway("unreadable")

    async def payers(self, txid: str) -> Sequence[str]:
        """As `Chain.payers`. A block's undo data has what was spent, so no index is needed; a pruned one has none."""
        try:
            known = await self._rpc.call("gettransaction", txid)
            with _Reading():
                block_hash = known.get("blockhash")
            decoded = await self._rpc.call(
                "getrawtransaction", txid, 2, *([block_hash] if block_hash else [])
            )
        except RpcNo:
            return []
        with _Reading():
            spent = [
                one["prevout"]["scriptPubKey"].get("address") for one in decoded["vin"] if "prevout" in one
            ]
        return sorted({str(address) for address in spent if address})


class _Reading:
    """What an answer does not have, or has otherwise than was expected: nobody can read it."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KeyError | TypeError | ValueError | AttributeError | ArithmeticError):
            raise ChainAway("unreadable") from None


def _tip(info: Any) -> Tip:  # noqa: ANN401 - JSON, as the node has it
    with _Reading():
        return Tip(_hash(info["bestblockhash"]), count_of(info["blocks"]))
    raise ChainAway("unreadable")


def _payments(said: Mapping[str, Any]) -> tuple[list[Output], frozenset[str]]:
    """What came, and what was in blocks that are gone, by outpoint."""
    outputs = [_output(one) for one in said["transactions"] if _is_ours(one)]
    return outputs, frozenset(f"{one['txid']}:{one['vout']}" for one in said["removed"] if _is_ours(one))


def _is_ours(one: Mapping[str, Any]) -> bool:
    return one["category"] in _RECEIVED and "address" in one


def _hash(said: object) -> str:
    return _matching(_HASH, said)


def _address(said: object) -> str:
    return _matching(_ADDRESS, said)


def _matching(form: re.Pattern[str], said: object) -> str:
    """A text that is as this form says, so that it can be kept. Raises ValueError for anything else."""
    if not isinstance(said, str) or form.fullmatch(said) is None:
        raise ValueError("no hash or address")
    return said


def _output(one: Mapping[str, Any]) -> Output:
    received = moment(one["timereceived"])
    if "blocktime" in one:
        received = min(received, moment(one["blocktime"]))
    return Output(
        _hash(one["txid"]),
        count_of(one["vout"]),
        _address(one["address"]),
        sat_of(one["amount"]),
        standing_of(one),
        received,
    )


def standing_of(one: Mapping[str, Any]) -> Standing:
    """Where a transaction of the wallet stands. Raises KeyError, TypeError, ValueError when that cannot be read."""
    confirmations = confirmations_of(one["confirmations"])
    if confirmations > 0:
        block_hash, height = _hash(one["blockhash"]), count_of(one["blockheight"])
        return Standing(block_hash, height, mined_at=moment(one["blocktime"]))
    if confirmations < 0:
        return Standing(is_replaced=True, lost_by=-confirmations)
    return Standing(is_replaced=bool(one.get("mempoolconflicts")))
