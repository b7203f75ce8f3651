"""A sandbox bank on a test's database, with a clock that the test moves."""

from dataclasses import dataclass

from admitone.payments.providers.sandbox import Bank, Habits, NoticeSecret, SandboxProvider
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock
from tests.support.payments_rows import START

SECRET = NoticeSecret(bytes(range(32)))


@dataclass(frozen=True, slots=True)
class SandboxRig:
    """The bank, our adapter to it, and the time there."""

    bank: Bank
    provider: SandboxProvider
    clock: FrozenClock


def sandbox_rig(database: Database, habits: Habits | None = None) -> SandboxRig:
    """A bank with these habits; its page is below https://tickets.example."""
    clock = FrozenClock(START)
    bank = Bank(database, clock, SECRET, habits)
    return SandboxRig(bank, SandboxProvider(bank, "https://tickets.example/"), clock)
