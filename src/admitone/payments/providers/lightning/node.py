"""The port: what a Lightning node, wherever it stands, must be able to do for us.

One provider (`providers/lightning`) sells tickets with any of them; LND, Lightspark and wallets reached by Nostr Wallet
Connect implement this. Amounts are whole millisatoshi (msat). Every call may raise `NodeAway` (no answer, or one nobody
can read: whether it happened is unknown), `NodeRefused` (the node's own no, and nothing happened), and nothing else.
Sources: BOLT 2, 4 and 11 (https://github.com/lightning/bolts).
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable


class NodeAway(Exception):
    """The node gave no answer that can be read. The message says what was asked and never contains a secret."""


class NodeRefused(Exception):
    """The node said no. `code` is our word for it, or `refused`; the message never contains a secret."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class BadNodeKeys(NodeRefused):
    """The node does not accept what we prove ourselves with, or it may not do what is asked. `is_sentence`: the
    message is a whole one, for whoever typed the keys; else it goes on after "This cannot be used:".
    """

    def __init__(self, message: str = "", field: str | None = None, *, is_sentence: bool = False) -> None:
        super().__init__("bad_keys", message)
        self.field = field
        self.is_sentence = is_sentence


class Network(StrEnum):
    """The chain a node is on; `prefix` is what its invoices begin with (BOLT 11)."""

    MAINNET = "mainnet"
    TESTNET = "testnet"
    SIGNET = "signet"
    REGTEST = "regtest"

    @property
    def prefix(self) -> str:
        """`lnbc`, `lntb`, `lntbs` or `lnbcrt`."""
        return {"mainnet": "lnbc", "testnet": "lntb", "signet": "lntbs", "regtest": "lnbcrt"}[self.value]


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """An invoice to make. `preimage` (32 bytes, of ours) is given where the node lets us choose it (`Abilities`).

    `is_hold`: keep what arrives held until we say so. `description_hash` (SHA-256) replaces `memo`, for LNURL and UMA.
    """

    amount_msat: int
    memo: str
    expires_at: datetime
    preimage: bytes | None = None
    is_hold: bool = False
    description_hash: bytes | None = None


class InvoiceState(StrEnum):
    """`HELD`: all of it has arrived and waits for our word. `EXPIRED` and `CANCELLED`: it cannot be paid any more."""

    OPEN = "open"
    HELD = "held"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as the node knows it. `payment_hash` is 64 hexadecimal digits, `received_msat` what came (HELD, PAID).

    `held_until_height`: the block by which the network takes what is held back from us, where the node says so.
    """

    payment_hash: str
    bolt11: str
    amount_msat: int
    state: InvoiceState
    received_msat: int = 0
    expires_at: datetime | None = None
    paid_at: datetime | None = None
    preimage: bytes | None = None
    held_until_height: int | None = None


class SendState(StrEnum):
    """`NOT_FOUND`: the node has never heard of it. `UNKNOWN`: it may have been sent; ask again, never send another."""

    NOT_FOUND = "not_found"
    IN_FLIGHT = "in_flight"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of a payment we make. `preimage` proves it (SENT); `reason` is the node's word (FAILED)."""

    state: SendState
    payment_hash: str
    preimage: bytes | None = None
    fee_msat: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What lies there, in msat: `local` can be sent, `remote` received, `onchain` is in its wallet (confirmed)."""

    local_msat: int
    remote_msat: int | None = None
    onchain_msat: int | None = None


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """Which node it is. `pubkey` names it; `block_height` and `is_synced` say whether it keeps up with the chain."""

    pubkey: str
    alias: str
    network: Network
    version: str
    block_height: int | None = None
    is_synced: bool = True
    channels_open: int | None = None


@dataclass(frozen=True, slots=True)
class Abilities:
    """What this kind of node can do: choose the preimage, hold payments, take a description hash, pay, be watched.

    `remembers`: what it was asked to pay it knows from that moment on, so that "not found" says that nothing was sent.
    """

    own_preimage: bool
    holds: bool
    description_hash: bool
    pays: bool
    watches: bool
    remembers: bool = True


class LightningNode(Protocol):
    """A node. All verbs talk to the network, none while a transaction is open (`require_no_transaction`)."""

    @property
    def abilities(self) -> Abilities:
        """What it can do."""
        ...

    async def create(self, new: NewInvoice) -> Invoice:
        """Make an invoice. With the preimage of an invoice it has made before: that invoice, as it is now."""
        ...

    async def look_up(self, payment_hash: str) -> Invoice | None:
        """The invoice with this payment hash; None when the node has never heard of it."""
        ...

    async def take(self, preimage: bytes) -> None:
        """What is held for this preimage is ours. Again: nothing happens. `NodeRefused("gone")` when it went back."""
        ...

    async def cancel(self, payment_hash: str) -> None:
        """Let it no longer be paid; what is held goes back. Again, or unknown there: nothing happens.

        `NodeRefused("paid")` when it is ours already; `NodeRefused("unable")` when the node cannot.
        """
        ...

    async def pay(self, bolt11: str, *, amount_msat: int, fee_most_msat: int, seconds: int) -> Sent:
        """Pay an invoice once: the payment hash is the idempotency key. `amount_msat` is what leaves us without fees,
        and must be the invoice's where that has one. Answers what is known after at most `seconds`.
        """
        ...

    async def sent(self, payment_hash: str) -> Sent:
        """What is known of a payment made by us."""
        ...

    def watch(self, cursor: str | None) -> AsyncGenerator[tuple[str, str | None], None]:
        """(payment hash, new cursor) of invoices that changed since `cursor`, as they do. Raises `NodeAway` when the
        connection ends.
        """
        ...

    async def balance(self) -> Balance:
        """What lies there."""
        ...

    async def info(self) -> NodeInfo:
        """Which node it is. Raises `BadNodeKeys` when it does not accept us."""
        ...


@runtime_checkable
class PaysInTestMode(Protocol):
    """A node whose network has play money that pays its invoices."""

    async def pay_in_test_mode(self, bolt11: str) -> None:
        """Let play money pay this invoice of the node's."""
        ...


@runtime_checkable
class TriesPermissions(Protocol):
    """A node whose keys may permit some of its verbs and not others."""

    async def try_permissions(self) -> None:
        """Raises `BadNodeKeys` naming what they do not permit. Changes nothing there."""
        ...
