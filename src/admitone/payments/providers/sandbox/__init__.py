"""The sandbox bank: a pretended payment company that behaves as badly as real ones do, for demos and tests.

`bank` is the company (its books are its own tables, another database in spirit), `adapter` is our side of the
wire.
"""

from admitone.payments.providers.sandbox.adapter import Fault, Faults, SandboxProvider
from admitone.payments.providers.sandbox.bank import (
    Bank,
    BankRefused,
    Decision,
    Habits,
    Opening,
    Payment,
    PaymentNotFound,
    PaymentState,
)
from admitone.payments.providers.sandbox.deliveries import deliver_due
from admitone.payments.providers.sandbox.kind import SandboxKind
from admitone.payments.providers.sandbox.notices import NoticeSecret

__all__ = [
    "Bank",
    "BankRefused",
    "Decision",
    "Fault",
    "Faults",
    "Habits",
    "NoticeSecret",
    "Opening",
    "Payment",
    "PaymentNotFound",
    "PaymentState",
    "SandboxKind",
    "SandboxProvider",
    "deliver_due",
]
