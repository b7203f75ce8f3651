"""A wire to the sandbox bank on which what buyers pay arrives held, until it is taken or let go."""

from dataclasses import dataclass, field
from uuid import UUID

from admitone.assembly import Assembly
from admitone.payments import Attempt, HeldOutcome, Outcome, Roles, Status
from admitone.payments.providers.sandbox import Bank, Decision, SandboxProvider
from tests.support.sandbox_rig import sandbox_wire


@dataclass
class HeldAtBank:
    """Payments by reference: held, taken or gone. `away`: so many answers to `take` and `let_go` get lost, after they
    were done. `unreachable`: nothing is done. `went_back_by_itself`: the network was faster.
    """

    bank: Bank
    wire: SandboxProvider
    held: dict[str, Status] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    away: int = 0
    unreachable: bool = False
    went_back_by_itself: bool = False

    async def take(self, attempt_id: UUID, provider_ref: str) -> HeldOutcome:
        """As `HoldsMoney.take`."""
        if self.unreachable:
            return HeldOutcome.UNKNOWN
        if self.went_back_by_itself:
            self.gone.append(provider_ref)
            return HeldOutcome.GONE
        if provider_ref not in self.taken:
            self.taken.append(provider_ref)
            await self.bank.decide(provider_ref, Decision(pays=True, copies=0))
        return self._answer(HeldOutcome.TAKEN)

    async def let_go(self, attempt_id: UUID, provider_ref: str) -> HeldOutcome:
        """As `HoldsMoney.let_go`."""
        if provider_ref not in self.gone:
            self.gone.append(provider_ref)
            await self.bank.decide(provider_ref, Decision(pays=False, copies=0))
        return self._answer(HeldOutcome.GONE)

    def _answer(self, outcome: HeldOutcome) -> HeldOutcome:
        if self.away:
            self.away -= 1
            return HeldOutcome.UNKNOWN
        return outcome

    def pays(self, attempt: Attempt, amount_minor: int | None = None) -> None:
        """The buyer pays: all of it arrives, held."""
        assert attempt.provider_ref is not None
        self.held[attempt.provider_ref] = Status(
            attempt.provider_ref,
            Outcome.SEEN,
            amount_minor or attempt.amount_minor,
            attempt.currency,
            attempt_id=attempt.id,
            is_held=True,
        )

    def said(self, provider_ref: str | None) -> Status | None:
        """What is said of a payment that is held; None of every other."""
        if provider_ref is None or provider_ref in self.taken:
            return None
        if provider_ref in self.gone:
            return Status(provider_ref, Outcome.FAILED, reason="cancelled")
        return self.held.get(provider_ref)


class HeldWire(SandboxProvider):
    """The adapter, with a bank that holds."""

    desk: HeldAtBank

    async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.status`."""
        return self.desk.said(provider_ref) or await super().status(attempt_id, provider_ref)


def hold_everything(*sites: Assembly) -> HeldAtBank:
    """From now on payments at these sites (processes of one) arrive held; the desk that holds them."""
    bank = sites[0].sandbox
    assert bank is not None
    desk = HeldAtBank(bank, sandbox_wire(sites[0]))
    for site in sites:
        wire = sandbox_wire(site)
        wire.__class__ = HeldWire
        assert isinstance(wire, HeldWire)
        wire.desk = desk
        wire.roles = Roles(holds_money=desk)
    return desk
