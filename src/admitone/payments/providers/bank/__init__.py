"""Bank transfer to an account of the organiser's: the buyer is told where to, people read the bank's statement."""

from admitone.payments.providers.bank.kind import NAME, BankKind

__all__ = ["NAME", "BankKind"]
