"""The port: what a wallet that is reached by Nostr Wallet Connect is asked, and the words it answers in (NIP-47).

The adapter is `providers/nwc`. Amounts are msat. What a wallet says of a payment is a hint: our own node is asked.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from admitone.payments.nwc.uri import ConnectionUri

PAY_INVOICE = "pay_invoice"
GET_BUDGET = "get_budget"


class WalletPaymentState(StrEnum):
    """`ASKING`: we are about to ask, or have. `PAID`: its proof fits. `REFUSED`: it said no, and paid nothing.

    `UNKNOWN`: it may have paid: it is asked about this very invoice again, and never given another one.
    """

    ASKING = "asking"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Told:
    """What a wallet says of a payment. `reason` is its word for why not (`INSUFFICIENT_BALANCE`), or ours."""

    state: WalletPaymentState
    fees_msat: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """What a connection may spend in a period (`daily`, `monthly`, `never` renewed), where the wallet says so."""

    total_msat: int
    used_msat: int
    renews_at: datetime | None = None
    period: str | None = None

    @property
    def left_msat(self) -> int:
        """What may still be spent until it is renewed."""
        return max(0, self.total_msat - self.used_msat)


@dataclass(frozen=True, slots=True)
class Look:
    """What a wallet says of itself to this connection. `network` is `mainnet`, `testnet`, `signet` or `regtest`."""

    alias: str
    network: str | None
    methods: tuple[str, ...]
    budget: Budget | None = None

    @property
    def can_pay(self) -> bool:
        """It pays invoices."""
        return PAY_INVOICE in self.methods


class ConnectedWallets(Protocol):
    """Asks wallets. Every verb talks to the network, so no transaction may be open."""

    async def look(self, uri: ConnectionUri) -> Look:
        """What it says of itself. Raises `ConnectedWalletAway`, `ConnectedWalletRefused`, `RelayNotPublic`."""
        ...

    async def pay(self, uri: ConnectionUri, bolt11: str, payment_hash: str, *, seconds: int) -> Told:
        """Pay this invoice; what is known after at most so many seconds. `PAID` only with a preimage that fits."""
        ...

    async def look_up(self, uri: ConnectionUri, bolt11: str, payment_hash: str) -> Told:
        """What it says of an invoice that it was asked to pay; `UNKNOWN` with `NOT_FOUND` when it knows none."""
        ...
