"""A node at Lightspark as a `LightningNode`.

Lightspark chooses preimages itself and holds nothing back: an invoice is paid or not. Its notices (`notices.py`) say
when; there is no connection to watch. Source: Lightspark's API reference (docs.lightspark.com) and its SDK 2.10.1.
"""

import re
from collections.abc import AsyncGenerator
from datetime import UTC
from math import ceil
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag

from admitone.payments.providers.lightning.node import (
    Abilities,
    BadNodeKeys,
    Balance,
    Invoice,
    InvoiceState,
    Network,
    NewInvoice,
    NodeInfo,
    NodeRefused,
    SendState,
    Sent,
)
from admitone.payments.providers.lightspark.calls import LightsparkCalls
from admitone.values.clock import Clock
from admitone.values.currencies import MSAT_PER_BTC, MSAT_PER_SAT

if TYPE_CHECKING:
    from lightspark import LightsparkSyncClient
    from lightspark.objects.CurrencyAmount import CurrencyAmount
    from lightspark.objects.Invoice import Invoice as SdkInvoice
    from lightspark.objects.LightsparkNode import LightsparkNode as SdkNode
    from lightspark.objects.OutgoingPayment import OutgoingPayment

ABILITIES: Final = Abilities(own_preimage=False, holds=False, description_hash=True, pays=True, watches=False)
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MSAT: Final = {"MILLISATOSHI": 1, "SATOSHI": MSAT_PER_SAT, "BITCOIN": MSAT_PER_BTC}


class LightsparkNode:
    """`node_id` is Lightspark's name of the node; `password` opens its signing key, needed to pay, None: it cannot."""

    def __init__(self, calls: LightsparkCalls, clock: Clock, node_id: str, password: str | None) -> None:
        self._calls = calls
        self._clock = clock
        self._node_id = node_id
        self._password = password
        self._can_sign = False

    @property
    def abilities(self) -> Abilities:
        """As `LightningNode.abilities`."""
        return ABILITIES

    async def create(self, new: NewInvoice) -> Invoice:
        """As `LightningNode.create`, but every call makes another: the caller shows one of them only."""
        seconds = max(ceil((new.expires_at - self._clock.now()).total_seconds()), 1)

        def do(client: "LightsparkSyncClient") -> Invoice:
            if new.description_hash is None:
                made = client.create_invoice(self._node_id, new.amount_msat, new.memo, expiry_secs=seconds)
                return self._read(made)
            return self._read(_with_hash(client, self._node_id, new, seconds))

        return await self._calls.call("create invoice", do)

    async def look_up(self, payment_hash: str) -> Invoice | None:
        """As `LightningNode.look_up`."""

        def do(client: "LightsparkSyncClient") -> Invoice | None:
            found = _find(client, payment_hash)
            return None if found is None else self._read(found)

        return await self._calls.call("look up invoice", do)

    def _read(self, made: "SdkInvoice") -> Invoice:
        data = made.data
        expires_at = data.expires_at.astimezone(UTC)
        asked = _msat(data.amount)
        # Not from `incoming_payments_for_invoice`: the SDK's query names a variable it does not declare.
        came = 0 if made.amount_paid is None else _msat(made.amount_paid)
        state = InvoiceState.OPEN
        if came:
            state = InvoiceState.PAID
        elif made.status.value == "CLOSED":
            state = InvoiceState.CANCELLED
        elif self._clock.now() >= expires_at:
            state = InvoiceState.EXPIRED
        return Invoice(
            payment_hash=data.payment_hash.lower(),
            bolt11=data.encoded_payment_request,
            amount_msat=asked,
            state=state,
            received_msat=came,
            expires_at=expires_at,
            paid_at=made.updated_at.astimezone(UTC) if came else None,
        )

    async def take(self, preimage: bytes) -> None:
        """As `LightningNode.take`: nothing is ever held here."""
        raise NodeRefused("unable", "Lightspark holds no payments")

    async def cancel(self, payment_hash: str) -> None:
        """As `LightningNode.cancel`."""

        def do(client: "LightsparkSyncClient") -> None:
            found = _find(client, payment_hash)
            if found is None:
                return
            if self._read(found).state is InvoiceState.PAID:
                raise NodeRefused("paid")
            if found.status.value != "CLOSED":
                client.cancel_invoice(found.id)

        await self._calls.call("cancel invoice", do)

    async def pay(self, bolt11: str, *, amount_msat: int, fee_most_msat: int, seconds: int) -> Sent:
        """As `LightningNode.pay`: the invoice itself is Lightspark's idempotency key."""
        if self._password is None:
            raise NodeRefused("unable", "without the node's password nothing can be paid")

        def do(client: "LightsparkSyncClient") -> Sent:
            self._sign(client)
            has_amount = _msat(client.get_decoded_payment_request(bolt11).amount) > 0
            payment = client.pay_invoice(
                self._node_id,
                bolt11,
                timeout_secs=seconds,
                maximum_fees_msats=fee_most_msat,
                amount_msats=None if has_amount else amount_msat,
                idempotency_key=bolt11[:255],
            )
            return _sent(payment)

        return await self._calls.call("pay", do)

    def _sign(self, client: "LightsparkSyncClient") -> None:
        if not self._can_sign:
            assert self._password is not None, "asked for before"
            try:
                client.recover_node_signing_key(self._node_id, self._password)
            except (InvalidTag, ValueError, KeyError, TypeError):
                raise BadNodeKeys("the node's password does not open its key", field="password") from None
            self._can_sign = True

    async def sent(self, payment_hash: str) -> Sent:
        """As `LightningNode.sent`. Of several payments of one hash the one that says most counts."""

        def do(client: "LightsparkSyncClient") -> Sent:
            found = [_sent(one) for one in client.outgoing_payments_for_payment_hash(payment_hash)]
            if not found:
                return Sent(SendState.NOT_FOUND, payment_hash)
            order = (SendState.FAILED, SendState.UNKNOWN, SendState.IN_FLIGHT, SendState.SENT)
            return max(found, key=lambda one: order.index(one.state))

        return await self._calls.call("look for payment", do)

    async def watch(self, cursor: str | None) -> AsyncGenerator[tuple[str, str | None], None]:
        """As `LightningNode.watch`, and ends at once: Lightspark sends notices instead."""
        nothing: tuple[tuple[str, str | None], ...] = ()
        for one in nothing:
            yield one

    async def balance(self) -> Balance:
        """As `LightningNode.balance`."""

        def do(client: "LightsparkSyncClient") -> Balance:
            node = self._node(client)
            balances = node.balances
            local = node.local_balance if balances is None else balances.available_to_send_balance
            remote = node.remote_balance
            return Balance(
                local_msat=0 if local is None else _msat(local),
                remote_msat=None if remote is None else _msat(remote),
            )

        return await self._calls.call("balance", do)

    async def info(self) -> NodeInfo:
        """As `LightningNode.info`."""

        def do(client: "LightsparkSyncClient") -> NodeInfo:
            node = self._node(client)
            if self._password is not None:
                self._sign(client)
            return NodeInfo(
                pubkey=node.public_key or "",
                alias=node.alias or node.display_name,
                network=Network(node.bitcoin_network.value.lower()),
                version="",
                is_synced=node.status is None or node.status.value == "READY",
            )

        return await self._calls.call("node", do)

    def _node(self, client: "LightsparkSyncClient") -> "SdkNode":
        from lightspark.objects.LightsparkNode import LightsparkNode as SdkNode  # noqa: PLC0415 - as the SDK: only where it is used

        found = client.get_entity(self._node_id, SdkNode)
        if found is None:
            raise BadNodeKeys("there is no such node in this account", field="node_id")
        return found

    async def pay_in_test_mode(self, bolt11: str) -> None:
        """Let Lightspark pay an invoice of this node with play money. Only nodes on its test network can."""
        await self._calls.call(
            "test payment", lambda client: client.create_test_mode_payment(self._node_id, bolt11)
        )

    async def hash_of(self, entity_id: str) -> str | None:
        """The payment hash of the invoice that this incoming payment (by Lightspark's id) paid; None when of none."""

        def do(client: "LightsparkSyncClient") -> str | None:
            from lightspark.objects.IncomingPayment import IncomingPayment  # noqa: PLC0415 - as the SDK
            from lightspark.objects.Invoice import Invoice as SdkInvoice  # noqa: PLC0415

            payment = client.get_entity(entity_id, IncomingPayment)
            if payment is None or payment.payment_request_id is None:
                return None
            invoice = client.get_entity(payment.payment_request_id, SdkInvoice)
            return None if invoice is None else str(invoice.data.payment_hash).lower()

        return await self._calls.call("look for what was paid", do)


def is_payment_hash(ref: str) -> bool:
    """Whether this is a payment hash, and not Lightspark's id of something."""
    return _HASH.fullmatch(ref) is not None


def _find(client: "LightsparkSyncClient", payment_hash: str) -> "SdkInvoice | None":
    """As the SDK's `invoice_for_payment_hash`, which stumbles over "there is none"."""
    from lightspark.objects.Invoice import from_json  # noqa: PLC0415 - as the SDK: only where it is used
    from lightspark.scripts.invoice_for_payment_hash import INVOICE_FOR_PAYMENT_HASH_QUERY  # noqa: PLC0415

    requester = client._requester
    answer = requester.execute_graphql(INVOICE_FOR_PAYMENT_HASH_QUERY, {"payment_hash": payment_hash})
    found = (answer.get("invoice_for_payment_hash") or {}).get("invoice")
    return None if found is None else from_json(requester, found)


def _with_hash(client: "LightsparkSyncClient", node_id: str, new: NewInvoice, seconds: int) -> "SdkInvoice":
    """As the SDK's `create_lnurl_invoice`, which takes the text and hashes it itself."""
    from lightspark.objects.Invoice import from_json  # noqa: PLC0415 - as the SDK: only where it is used
    from lightspark.scripts.create_lnurl_invoice import CREATE_LNURL_INVOICE_MUTATION  # noqa: PLC0415

    assert new.description_hash is not None, "asked for before"
    told = {
        "amount_msats": new.amount_msat,
        "node_id": node_id,
        "metadata_hash": new.description_hash.hex(),
        "expiry_secs": seconds,
    }
    requester = client._requester
    answer = requester.execute_graphql(CREATE_LNURL_INVOICE_MUTATION, told)
    return from_json(requester, answer["create_lnurl_invoice"]["invoice"])


def _sent(payment: "OutgoingPayment") -> Sent:
    state = {
        "SUCCESS": SendState.SENT,
        "FAILED": SendState.FAILED,
        "PENDING": SendState.IN_FLIGHT,
    }.get(payment.status.value, SendState.UNKNOWN)
    preimage = payment.payment_preimage
    reason = payment.failure_reason
    return Sent(
        state=state,
        payment_hash=(payment.transaction_hash or "").lower(),
        preimage=None if not preimage else bytes.fromhex(preimage),
        fee_msat=0 if payment.fees is None else _msat(payment.fees),
        reason=None if reason is None else reason.value.lower(),
    )


def _msat(amount: "CurrencyAmount") -> int:
    """A `CurrencyAmount` in msat. Raises ValueError for units that are no bitcoin."""
    unit = amount.original_unit.value
    if unit not in _MSAT:
        raise ValueError(f"an amount in {unit}")
    return int(amount.original_value) * _MSAT[unit]
