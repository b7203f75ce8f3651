"""LND's messages in the words of `lightning.node`. Raises `NodeAway` for what contradicts itself. Pure."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from admitone.payments.bitcoin.bolt11 import MSAT_MOST
from admitone.payments.providers.lightning.node import (
    Invoice,
    InvoiceState,
    Network,
    NodeAway,
    NodeInfo,
    SendState,
    Sent,
)
from admitone.payments.providers.lnd.vendor import lightning_pb2
from admitone.plumbing.strict_numbers import moment, whole

_STATES = {
    lightning_pb2.Invoice.OPEN: InvoiceState.OPEN,
    lightning_pb2.Invoice.SETTLED: InvoiceState.PAID,
    lightning_pb2.Invoice.CANCELED: InvoiceState.CANCELLED,
    lightning_pb2.Invoice.ACCEPTED: InvoiceState.HELD,
}
_NETWORKS = {
    "mainnet": Network.MAINNET,
    "testnet": Network.TESTNET,
    "testnet4": Network.TESTNET,
    "signet": Network.SIGNET,
    "regtest": Network.REGTEST,
}


# No invoice is open for longer; a node's own are for a day.
_EXPIRY_MOST: Final = 10 * 366 * 86_400


def invoice_of(said: lightning_pb2.Invoice, payment_hash: bytes) -> Invoice:
    """The invoice we asked about by this hash."""
    if said.r_hash != payment_hash or said.state not in _STATES:
        raise NodeAway("about another invoice")
    state = _STATES[said.state]
    if said.r_preimage and hashlib.sha256(said.r_preimage).digest() != payment_hash:
        raise NodeAway("a preimage that is none")
    if state is InvoiceState.PAID and not said.r_preimage:
        raise NodeAway("paid without a preimage")
    try:
        return _read(said, state, payment_hash)
    except ValueError:
        raise NodeAway("numbers that cannot be") from None


def _read(said: lightning_pb2.Invoice, state: InvoiceState, payment_hash: bytes) -> Invoice:
    held = [one for one in said.htlcs if one.state == lightning_pb2.ACCEPTED]
    received = whole(said.amt_paid_msat or sum(one.amt_msat for one in held), 0, MSAT_MOST)
    return Invoice(
        payment_hash=payment_hash.hex(),
        bolt11=said.payment_request,
        amount_msat=whole(said.value_msat, 0, MSAT_MOST),
        state=state,
        received_msat=received if state in (InvoiceState.PAID, InvoiceState.HELD) else 0,
        expires_at=_ends_at(said),
        paid_at=moment(said.settle_date) if said.settle_date else None,
        preimage=bytes(said.r_preimage) or None,
        held_until_height=min((one.expiry_height for one in held), default=None),
    )


def _ends_at(said: lightning_pb2.Invoice) -> datetime:
    try:
        return moment(said.creation_date) + timedelta(seconds=whole(said.expiry, 0, _EXPIRY_MOST))
    except OverflowError:  # past the last year there is
        raise ValueError("no time") from None


def sent_of(said: lightning_pb2.Payment, payment_hash: str) -> Sent:
    """How a payment of ours stands. One that says it arrived and cannot prove it is unknown."""
    if said.payment_hash != payment_hash:
        raise NodeAway("about another payment")
    if said.status == lightning_pb2.Payment.SUCCEEDED:
        preimage = _preimage(said.payment_preimage)
        if preimage is None or hashlib.sha256(preimage).hexdigest() != payment_hash:
            return Sent(SendState.UNKNOWN, payment_hash, reason="no_proof")
        if not 0 <= said.fee_msat <= MSAT_MOST:
            raise NodeAway("a fee that cannot be")
        return Sent(SendState.SENT, payment_hash, preimage, said.fee_msat)
    if said.status == lightning_pb2.Payment.FAILED:
        name = lightning_pb2.PaymentFailureReason.Name(said.failure_reason)
        return Sent(SendState.FAILED, payment_hash, reason=name.removeprefix("FAILURE_REASON_").lower())
    if said.status in (lightning_pb2.Payment.IN_FLIGHT, lightning_pb2.Payment.INITIATED):
        return Sent(SendState.IN_FLIGHT, payment_hash)
    return Sent(SendState.UNKNOWN, payment_hash)


def _preimage(said: str) -> bytes | None:
    try:
        return bytes.fromhex(said)
    except ValueError:
        return None


def info_of(said: lightning_pb2.GetInfoResponse) -> NodeInfo:
    """Which node it is."""
    network = _NETWORKS.get(said.chains[0].network) if said.chains else None
    if network is None:
        raise NodeAway("on a chain we do not know")
    return NodeInfo(
        pubkey=said.identity_pubkey,
        alias=said.alias,
        network=network,
        version=said.version,
        block_height=said.block_height,
        is_synced=said.synced_to_chain,
        channels_open=said.num_active_channels + said.num_inactive_channels,
    )
