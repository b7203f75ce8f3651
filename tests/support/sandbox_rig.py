"""A sandbox bank on a test's database, with a clock that the test moves."""

from collections.abc import Mapping
from dataclasses import dataclass

from admitone.assembly import Assembly
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import AccountSheet, Provider
from admitone.payments.providers.sandbox import Bank, Habits, NoticeSecret, SandboxKind, SandboxProvider
from admitone.plumbing.database import Database
from admitone.plumbing.sealing import Sealer
from admitone.values.clock import Clock, FrozenClock
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


class Wired(SandboxKind):
    """The sandbox as a kind of provider, with a wire of the test's own."""

    def __init__(self, wire: Provider) -> None:
        self.wire = wire

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> Provider:  # type: ignore[override]
        return self.wire


def wired(database: Database, clock: Clock, wire: Provider | None) -> PaymentAccounts:
    """Payment accounts of a site whose sandbox is reached by this wire; None: of a site that has none."""
    kinds = {} if wire is None else {"sandbox": Wired(wire)}
    return PaymentAccounts(database, clock, Sealer({1: bytes(32)}, active=1), kinds, "http://testserver")


def sandbox_wire(assembly: Assembly) -> SandboxProvider:
    """The wire to the sandbox bank of a whole site."""
    kind = assembly.payment_accounts.kinds["sandbox"]
    assert isinstance(kind, SandboxKind)
    return kind.provider
