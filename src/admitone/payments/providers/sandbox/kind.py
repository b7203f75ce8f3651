"""The sandbox bank as a kind of provider: one account, the site's own, for play money."""

from collections.abc import Mapping

from admitone.payments.kinds import AccountSheet, Credential
from admitone.payments.providers.sandbox.adapter import METHODS, SandboxProvider
from admitone.payments.providers.sandbox.bank import Bank


class SandboxKind:
    """Implements `Kind`. `origin` is where the bank's page is: this site."""

    name = "sandbox"
    is_watched = False
    is_played = True
    label = "Sandbox bank"
    methods = METHODS
    credentials: tuple[Credential, ...] = ()
    redirect_origins: frozenset[str] = frozenset()

    def __init__(self, bank: Bank, origin: str) -> None:
        # One for all: what a test lets go wrong on the wire is planned there.
        self.provider = SandboxProvider(bank, origin)

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> SandboxProvider:
        """As `Kind.open`."""
        return self.provider
