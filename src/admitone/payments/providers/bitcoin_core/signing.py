"""Transactions of a Bitcoin Core wallet as they are made and signed, for no more than they may cost; nothing is sent.

A wallet sets coins aside in its memory only, and does not say for whom. So which coins a transaction spends is stored
first, then they are set aside, and only what is stored as signed is ever sent: whoever comes after somebody who died
in between gives the coins back that were stored, and leaves all others alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import structlog

from admitone.payments.bitcoin import SendOutcome, SendStatus
from admitone.payments.bitcoin.chain import OutgoingBook, OwnTransaction
from admitone.payments.providers.bitcoin_core.chain import count_of, sat_of
from admitone.payments.providers.bitcoin_core.rpc import NOT_THERE, POOR, Rpc, RpcNo
from admitone.values.currencies import MSAT_PER_SAT, SAT_PER_BTC

log = structlog.get_logger(__name__)
FEE_DEFAULT: Final = 5
"""Satoshi for each virtual byte when the node has no estimate: it has just begun, or its chain is a test's."""
FEE_MOST: Final = 500
WITHIN_BLOCKS: Final = 6
"""A transaction is meant to be mined within so many blocks; after as many more its fee is raised."""
FEE_TOO_HIGH: Final = "network_fee_too_high"
_TRIES: Final = 3
# A rate has so many places after its point.
_RATE_STEP: Final = Decimal("0.001")
_A_LITTLE_LESS: Final = Decimal("0.99")


@dataclass(frozen=True, slots=True)
class _Signed:
    txid: str
    raw: str
    coins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rates:
    """In satoshi for each virtual byte: what is wanted, and below which nobody passes a transaction on."""

    wanted: Decimal
    least: Decimal


class Signing:
    """Makes them with a node's wallet. `fee_default` is in satoshi for each virtual byte."""

    def __init__(self, rpc: Rpc, book: OutgoingBook, fee_default: int) -> None:
        self._rpc = rpc
        self._book = book
        self._fee_default = fee_default

    async def sign(self, wanted: OwnTransaction, fee_most_sat: int | None) -> OwnTransaction | SendStatus:
        """Sign what is wanted, or why it cannot be now; a signature it has must be worth nothing any more. Raises as
        `Rpc.call` does.
        """
        # Asked for first, so that nothing is left to be asked between a signature and its being stored.
        height = count_of(await self._rpc.call("getblockcount"))
        holds = await self._rpc.call("getwalletinfo")
        if not holds["private_keys_enabled"] or holds.get("unlocked_until") == 0:
            return SendStatus(SendOutcome.LATER, reason="wallet_locked")
        await self.release(wanted)
        for _ in range(_TRIES):
            made = await self._funded(wanted, fee_most_sat)
            if isinstance(made, SendStatus):
                return made
            signed = await self._signed(made["psbt"])
            if signed is None:
                return SendStatus(SendOutcome.LATER, reason="cannot_sign")
            if await self._set_aside(wanted, signed.coins):
                return await self._book.signed(
                    wanted,
                    txid=signed.txid,
                    raw=signed.raw,
                    fee_msat=sat_of(made["fee"]) * MSAT_PER_SAT,
                    height=height,
                )
        return SendStatus(SendOutcome.LATER, reason="coins_in_use")

    async def release(self, own: OwnTransaction) -> None:
        """Give back the coins that were set aside for it: it was not sent, and never will be."""
        coins = await self._book.own_coins(own)
        if coins:
            # One at a time: the wallet gives back all or none, and has forgotten them when it began anew.
            await self._rpc.batch([("lockunspent", (True, [_outpoint(one)])) for one in sorted(coins)])
            await self._book.reserve(own, ())

    async def raised(
        self, own: OwnTransaction, height: int, fee_most_sat: int | None
    ) -> OwnTransaction | None:
        """The same with a higher fee, stored in its place; None when that would cost more than it may. Unchanged where
        the wallet cannot make one.
        """
        try:
            made = await self._rpc.call("psbtbumpfee", own.txid)
            if fee_most_sat is not None and sat_of(made["fee"]) > fee_most_sat:
                made = await self._raised_to(own, fee_most_sat)
            if made is None:
                return None
            signed = await self._signed(made["psbt"])
        except RpcNo as no:
            log.warning("bitcoin_core.fee_not_raised", key=str(own.key), said=no.said[:80])
            return own
        if signed is None:
            return own
        return await self._book.signed(
            own, txid=signed.txid, raw=signed.raw, fee_msat=sat_of(made["fee"]) * MSAT_PER_SAT, height=height
        )

    async def _raised_to(self, own: OwnTransaction, fee_most_sat: int) -> Mapping[str, Any] | None:
        """As much higher as it may be; None when that is too little to take the place of the one before."""
        decoded = await self._rpc.call("decoderawtransaction", own.raw)
        rate = (Decimal(fee_most_sat) / count_of(decoded["vsize"])).quantize(_RATE_STEP, "ROUND_FLOOR")
        try:
            made: Mapping[str, Any] = await self._rpc.call("psbtbumpfee", own.txid, {"fee_rate": f"{rate}"})
        except RpcNo as no:
            log.info("bitcoin_core.fee_at_most", key=str(own.key), said=no.said[:80])
            return None
        return made if sat_of(made["fee"]) <= fee_most_sat else None

    async def _funded(
        self, wanted: OwnTransaction, fee_most_sat: int | None
    ) -> Mapping[str, Any] | SendStatus:
        """A transaction without signatures, at the rate of the day, or a lower one where that would cost too much."""
        amount = f"{Decimal(wanted.amount_msat // MSAT_PER_SAT) / SAT_PER_BTC:.8f}"
        rates = await self._rates()
        rate = rates.wanted
        for _ in range(_TRIES):
            options = {"fee_rate": f"{rate}", "replaceable": True}
            try:
                made: Mapping[str, Any] = await self._rpc.call(
                    "walletcreatefundedpsbt", [], [{wanted.address: amount}], 0, options, False
                )
            except RpcNo as no:
                return _not_made(no)
            fee_sat = sat_of(made["fee"])
            if fee_most_sat is None or fee_sat <= fee_most_sat:
                return made
            # Another rate may take other coins, and so cost otherwise than was reckoned: a little less is asked for.
            rate = (rate * fee_most_sat / fee_sat * _A_LITTLE_LESS).quantize(_RATE_STEP, "ROUND_FLOOR")
            if rate < rates.least:
                break
        return SendStatus(SendOutcome.LATER, reason=FEE_TOO_HIGH)

    async def _rates(self) -> _Rates:
        estimate, pool = await self._rpc.batch(
            [("estimatesmartfee", (WITHIN_BLOCKS,)), ("getmempoolinfo", ())]
        )
        rate, least = Decimal(self._fee_default), Decimal(1)
        if isinstance(estimate, Mapping) and estimate.get("feerate"):
            rate = _rate_of(estimate["feerate"])
        if isinstance(pool, Mapping):
            least = _rate_of(pool["mempoolminfee"])
        wanted = max(rate, least, Decimal(1)).to_integral_value(rounding="ROUND_CEILING")
        return _Rates(min(wanted, Decimal(FEE_MOST)), least)

    async def _signed(self, psbt: str) -> _Signed | None:
        """With the wallet's signatures; None when it has not all of them."""
        signed = await self._rpc.call("walletprocesspsbt", psbt)
        whole = await self._rpc.call("finalizepsbt", signed["psbt"])
        if not whole["complete"]:
            return None
        decoded = await self._rpc.call("decoderawtransaction", whole["hex"])
        coins = tuple(f"{one['txid']}:{one['vout']}" for one in decoded["vin"])
        return _Signed(str(decoded["txid"]), str(whole["hex"]), coins)

    async def _set_aside(self, wanted: OwnTransaction, coins: tuple[str, ...]) -> bool:
        """Nobody else spends these coins now; False when somebody else was quicker."""
        await self._book.reserve(wanted, coins)
        try:
            await self._rpc.call("lockunspent", False, [_outpoint(one) for one in coins])
        except RpcNo:
            await self._book.reserve(wanted, ())
            return False
        return True


def _outpoint(coin: str) -> dict[str, str | int]:
    txid, _, vout = coin.partition(":")
    return {"txid": txid, "vout": int(vout)}


def _rate_of(said: object) -> Decimal:
    """Satoshi for each virtual byte, of a rate in bitcoin for a thousand. Raises ValueError for what is no number."""
    if not isinstance(said, Decimal | int):
        raise ValueError("no rate")
    return Decimal(said) * SAT_PER_BTC / 1000


def _not_made(no: RpcNo) -> SendStatus:
    """Why nothing was made, and so nothing sent. "Insufficient funds" comes under a number of many meanings."""
    if no.number == NOT_THERE:
        return SendStatus(SendOutcome.FAILED, reason="bad_address")
    is_poor = no.number == POOR or "nsufficient" in no.said
    return SendStatus(SendOutcome.LATER, reason="insufficient_balance" if is_poor else no.code)
