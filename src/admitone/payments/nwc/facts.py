"""What happens with connected wallets. Ids and words only: never an address of a relay, never a key."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletConnected(Fact):
    """A person connected a wallet; the subject is the connection."""

    kind: ClassVar[str] = "payments.wallet_connected"
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletDisconnected(Fact):
    """A person took a connection away, or put another in its place; the subject is the connection."""

    kind: ClassVar[str] = "payments.wallet_disconnected"
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletPaymentAsked(Fact):
    """A person wants an invoice paid by their connected wallet; the subject is the attempt it belongs to."""

    kind: ClassVar[str] = "payments.wallet_payment_asked"
    connection_id: UUID
    order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletPaymentMoved(Fact):
    """What is known of such a payment changed (`state`); the subject is the attempt. `reason`: the wallet's word."""

    kind: ClassVar[str] = "payments.wallet_payment_moved"
    connection_id: UUID
    order_id: UUID
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayAtOnceWished(Fact):
    """A buyer wants their order paid by itself, now that it stands; the subject is the order."""

    kind: ClassVar[str] = "payments.pay_at_once_wished"
