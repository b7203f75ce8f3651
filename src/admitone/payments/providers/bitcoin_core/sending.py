"""Money sent from a Bitcoin Core wallet: a transaction is signed and stored before anybody hears of it.

What is stored (`signing`) is then given to the network, again and again if need be, which is always the same
transaction. When it waits for too many blocks its fee is raised, by another one that spends the same (`psbtbumpfee`),
stored in its place first; at the most it may cost it waits on.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import structlog

from admitone.payments.account_status import ProviderAway
from admitone.payments.bitcoin import DUST_SAT, Outgoing, Rail, SendOutcome, SendStatus
from admitone.payments.bitcoin.chain import ChainAway, ChainRefused, OutgoingBook, OwnTransaction
from admitone.payments.providers.bitcoin_core.chain import (
    NETWORKS,
    confirmations_of,
    count_of,
    sat_of,
    standing_of,
)
from admitone.payments.providers.bitcoin_core.rpc import (
    IN_CHAIN,
    NOT_THERE,
    REJECTED,
    SPENT,
    Rpc,
    RpcNo,
)
from admitone.payments.providers.bitcoin_core.signing import FEE_DEFAULT, WITHIN_BLOCKS, Signing
from admitone.payments.roles import TransactionLook
from admitone.plumbing.database import require_no_transaction
from admitone.values.currencies import MSAT_PER_SAT

log = structlog.get_logger(__name__)
FEE_AT_MOST: Final = "fee_as_high_as_it_may_be"
"""Why it waits: its fee is as high as it may be, and the network wants more."""
LOST_DEPTH: Final = 6
"""What another transaction spent so deep is spent for good."""

# No answer, or one without what it should have.
_NO_ANSWER: Final = (
    ChainAway,
    ChainRefused,
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
)


class CoreSender:
    """Implements `Sender` with a node's wallet. `fee_default` is in satoshi for each virtual byte."""

    rail = Rail.ONCHAIN

    def __init__(
        self, account_id: UUID, rpc: Rpc, book: OutgoingBook, *, fee_default: int = FEE_DEFAULT
    ) -> None:
        self._account_id = account_id
        self._rpc = rpc
        self._book = book
        self._signing = Signing(rpc, book, fee_default)

    async def network(self) -> str:
        """As `Sender.network`."""
        try:
            return NETWORKS[(await self._rpc.call("getblockchaininfo"))["chain"]].value
        except _NO_ANSWER:
            raise ConnectionError("no answer") from None

    async def send(self, out: Outgoing) -> SendStatus:
        """As `Sender.send`."""
        return await self.create_transaction(
            out.key,
            out.destination,
            out.amount_msat // MSAT_PER_SAT,
            fee_most_sat=out.fee_most_msat // MSAT_PER_SAT,
        )

    async def look(self, out: Outgoing) -> SendStatus:
        """As `Sender.look`. What waits is told to the network again, and its fee is raised when it waits too long."""
        require_no_transaction("the chain")
        known = await self._book.find(self._account_id, out.key, out.destination)
        if known is None or known.raw is None:
            # Without a signature nobody can have sent it.
            return SendStatus(SendOutcome.NOT_FOUND)
        try:
            return await self._stands(known, out.fee_most_msat // MSAT_PER_SAT, may_give_first=False)
        except _NO_ANSWER:
            raise ConnectionError("no answer") from None

    async def block_height(self) -> int:
        """The height of the last block. Raises `ChainAway`, `ChainRefused`."""
        try:
            return count_of(await self._rpc.call("getblockcount"))
        except ValueError:
            raise ChainAway("unreadable") from None

    async def transaction_status(self, txid: str) -> TransactionLook | None:
        """As `KnowsTransactions.transaction_status`."""
        require_no_transaction("the chain")
        try:
            found = await self._rpc.call("gettransaction", txid)
        except RpcNo as no:
            if no.number == NOT_THERE:
                return None
            raise ProviderAway from None
        except (ChainAway, ChainRefused):
            raise ProviderAway from None
        try:
            fee = None if found.get("fee") is None else -sat_of(found["fee"])
            return TransactionLook(
                txid, confirmations_of(found["confirmations"]), found.get("blockhash"), fee
            )
        except (ChainAway, KeyError, TypeError, AttributeError, ValueError):
            raise ProviderAway from None

    async def create_transaction(
        self, key: UUID, address: str, amount_sat: int, *, fee_most_sat: int | None = None
    ) -> SendStatus:
        """Send so many satoshi to this address, once for this key; fees come on top, at most so much in all where that
        is said. Raises `ConnectionError` when nobody knows: the same again says what became of it.
        """
        require_no_transaction("the chain")
        if amount_sat < DUST_SAT:
            return SendStatus(SendOutcome.FAILED, reason="too_small")
        try:
            return await self._create(key, address, amount_sat, fee_most_sat)
        except RpcNo as no:
            return SendStatus(SendOutcome.UNKNOWN, reason=no.code)
        except _NO_ANSWER:
            raise ConnectionError("no answer") from None

    async def _create(self, key: UUID, address: str, amount_sat: int, fee_most_sat: int | None) -> SendStatus:
        if not (await self._rpc.call("validateaddress", address))["isvalid"]:
            return SendStatus(SendOutcome.FAILED, reason="bad_address")
        wanted = await self._book.want(self._account_id, key, address, amount_sat * MSAT_PER_SAT)
        if wanted.amount_msat != amount_sat * MSAT_PER_SAT:
            return SendStatus(SendOutcome.UNKNOWN, reason="another_amount")
        if wanted.raw is None:
            return await self._sign_and_give(wanted, fee_most_sat)
        return await self._stands(wanted, fee_most_sat)

    async def _sign_and_give(self, wanted: OwnTransaction, fee_most_sat: int | None) -> SendStatus:
        signed = await self._signing.sign(wanted, fee_most_sat)
        return signed if isinstance(signed, SendStatus) else await self._give(signed)

    async def _stands(
        self, own: OwnTransaction, fee_most_sat: int | None, *, may_give_first: bool = True
    ) -> SendStatus:
        """Where a signed transaction stands; one nobody has mined is given to the network again, and one it was never
        given only if that may be.
        """
        found = await self._found(own)
        if found is None:
            may_give = may_give_first or own.sent_at is not None
            return (
                await self._give_first(own, fee_most_sat) if may_give else SendStatus(SendOutcome.NOT_FOUND)
            )
        if confirmations_of(found["confirmations"]) > 0:
            return await self._mined(own, found)
        standing = standing_of(found)
        if standing.lost_by:
            earlier = await self._earlier(found)
            if earlier is not None:
                return await self._mined(own, earlier)
            if standing.lost_by >= LOST_DEPTH:
                await self._signing.release(own)
                return SendStatus(SendOutcome.FAILED, reason="spent_otherwise")
            return SendStatus(SendOutcome.UNKNOWN, reason="spent_otherwise")
        height = await self.block_height()
        if own.height is not None and height - own.height >= WITHIN_BLOCKS:
            raised = await self._signing.raised(own, height, fee_most_sat)
            if raised is None:
                return await self._give(own, FEE_AT_MOST)
            own = raised
        return await self._give(own)

    async def _found(self, own: OwnTransaction) -> Mapping[str, Any] | None:
        """What the wallet knows of it; None when it has never heard of it, and none before it was mined instead."""
        assert own.txid is not None, "it is signed"
        for txid in (own.txid, *reversed(own.earlier_txids)):
            try:
                found: Mapping[str, Any] = await self._rpc.call("gettransaction", txid)
            except RpcNo as no:
                if no.number != NOT_THERE:
                    raise
                continue
            if txid == own.txid or confirmations_of(found["confirmations"]) > 0:
                return found
        return None

    async def _mined(self, own: OwnTransaction, found: Mapping[str, Any]) -> SendStatus:
        await self._book.sent(own)
        fee_msat = None if found.get("fee") is None else -sat_of(found["fee"]) * MSAT_PER_SAT
        return SendStatus(SendOutcome.SENT, str(found["txid"]), fee_msat=fee_msat)

    async def _earlier(self, found: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """One with a lower fee, in whose place this was meant to come, that was mined all the same."""
        while (txid := found.get("replaces_txid")) is not None:
            found = await self._rpc.call("gettransaction", txid)
            if confirmations_of(found["confirmations"]) > 0:
                return found
        return None

    async def _give_first(self, own: OwnTransaction, fee_most_sat: int | None) -> SendStatus:
        """Give one to the network that the wallet has never heard of: we died after it was signed."""
        try:
            return await self._give(own)
        except RpcNo as no:
            if no.number != SPENT or own.sent_at is not None:
                raise
            # What it was to spend was spent meanwhile, so this one was never sent and never can be.
            return await self._sign_and_give(own, fee_most_sat)

    async def _give(self, own: OwnTransaction, waits: str = "waits_for_block") -> SendStatus:
        try:
            await self._rpc.call("sendrawtransaction", own.raw)
        except RpcNo as no:
            if no.number == REJECTED:
                # The network asks for more than it pays, or holds with an earlier one of ours, for now.
                log.warning("bitcoin_core.not_passed_on", key=str(own.key), said=no.said[:80])
                return SendStatus(SendOutcome.IN_FLIGHT, reason="not_passed_on")
            if no.number != IN_CHAIN:
                raise
        await self._book.sent(own)
        return SendStatus(SendOutcome.IN_FLIGHT, own.txid, reason=waits)
