"""What happens to money, as the journal remembers it. Amounts are whole minor units."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptOpened(Fact):
    """A try at being paid began; the subject is the attempt."""

    kind: ClassVar[str] = "payments.attempt_opened"
    order_id: UUID
    provider: str
    method: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptMoved(Fact):
    """An attempt was seen, failed or paid (`state`); the subject is the attempt."""

    kind: ClassVar[str] = "payments.attempt_moved"
    order_id: UUID
    was: str
    state: str
    settled_as: str | None
    paid_minor: int | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpoke(Fact):
    """A genuine notice came in: ask the provider about what it names. The subject is the notice.

    `about` is a `provider.About`: payment, refund, dispute, payout or account.
    """

    kind: ClassVar[str] = "payments.provider_spoke"
    provider: str
    provider_ref: str
    notice_id: str
    account_id: UUID
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWanted(Fact):
    """Money has to go back; the subject is the refund."""

    kind: ClassVar[str] = "payments.refund_wanted"
    order_id: UUID
    attempt_id: UUID
    reason: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDone(Fact):
    """Money went back; the subject is the refund."""

    kind: ClassVar[str] = "payments.refund_done"
    order_id: UUID
    attempt_id: UUID
    reason: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed(Fact):
    """The provider will not send the money back: somebody has to look. The subject is the refund."""

    kind: ClassVar[str] = "payments.refund_failed"
    order_id: UUID
    attempt_id: UUID
    reason: str
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Fact):
    """A payment account was set up, changed or closed (`what`); the subject is the account. Never any key of it."""

    kind: ClassVar[str] = "payments.account_changed"
    provider: str
    mode: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyExpected(Fact):
    """A buyer chose a way of paying that only people see: they are told how. The subject is the attempt."""

    kind: ClassVar[str] = "payments.money_expected"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyReceived(Fact):
    """Somebody saw money come in, by `means` (transfer, cash, card); the subject is the attempt it is for."""

    kind: ClassVar[str] = "payments.money_received"
    means: str
    source: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverWanted(Fact):
    """People have to send euros back and do not know where to: the buyer is asked. The subject is the refund."""

    kind: ClassVar[str] = "payments.receiver_wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverNamed(Fact):
    """The buyer has said where to; the subject is the refund."""

    kind: ClassVar[str] = "payments.receiver_named"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySentByHand(Fact):
    """Somebody says that they sent money back; the subject is the refund."""

    kind: ClassVar[str] = "payments.money_sent_by_hand"
