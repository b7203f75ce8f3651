"""The ledger against a model in plain Python: the same cause moves money once, a guarded account never goes below."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, rule

from admitone import ledger
from admitone.ledger import NewTransfer
from tests.support.machines import SiteMachine, run_machine
from tests.support.onsale import OnSale, put_on_sale

CURRENCIES = ("EUR", "JPY", "KWD")
# The largest amounts there are must not overflow anywhere.
amounts = st.one_of(st.integers(0, 500), st.integers(10**14, 10**15))
parts = st.tuples(amounts, amounts, amounts)


@dataclass(frozen=True)
class Payment:
    """Money that came in, and what became of it."""

    id: UUID
    currency: str
    total_minor: int
    parts: tuple[int, int, int] | None


class LedgerMachine(SiteMachine):
    """Posts what the flows post, several at once and again and again."""

    payments = Bundle("payments")
    posted = Bundle("posted")

    def __init__(self) -> None:
        super().__init__()
        self.balances: dict[tuple[str, str], int] = {}
        self.causes: set[str] = set()
        self.show: OnSale

    @initialize()
    def begin(self) -> None:
        """Somebody to owe money to."""
        self.show = self.do(put_on_sale(self.site))

    def post(self, transfers: list[NewTransfer]) -> None:
        """Post, and expect what is new to move. A guard that would break stops all of it."""
        fresh = {one.fact_key: one for one in reversed(transfers) if one.fact_key not in self.causes}
        after = dict(self.balances)
        for one in fresh.values():
            debit, credit = (one.debit.name, one.currency), (one.credit.name, one.currency)
            after[debit] = after.get(debit, 0) - one.amount_minor
            after[credit] = after.get(credit, 0) + one.amount_minor
        if any(minor < 0 for (name, _), minor in after.items() if name == "refunds_due"):
            with pytest.raises(AssertionError, match="a guarded account would go below zero"):
                self.do(self.db.run(lambda tx: ledger.post(tx, transfers)))
            return
        new = self.do(self.db.run(lambda tx: ledger.post(tx, transfers)))
        assert new == {one.id for one in fresh.values()}
        self.balances = after
        self.causes |= fresh.keys()

    def _sale(self, payment: Payment) -> list[NewTransfer]:
        assert payment.parts is not None
        organiser, fee, tax = payment.parts
        return ledger.sale(
            attempt_id=payment.id,
            books="sandbox",
            organiser_id=self.show.organiser_id,
            currency=payment.currency,
            parts=ledger.Parts(organiser, fee, tax),
            is_direct=False,
            is_test=True,
        )

    @rule(
        target=payments,
        attempt_id=st.uuids(),
        currency=st.sampled_from(CURRENCIES),
        split=parts,
        times=st.integers(1, 3),
    )
    def sell(self, attempt_id: UUID, currency: str, split: tuple[int, int, int], times: int) -> Payment:
        """A payment becomes tickets, and is heard of so often, in one batch or several."""
        payment = Payment(attempt_id, currency, sum(split), split)
        for _ in range(times):
            self.post(self._sale(payment))
        return payment

    @rule(target=payments, attempt_id=st.uuids(), currency=st.sampled_from(CURRENCIES), minor=amounts)
    def come_too_late(self, attempt_id: UUID, currency: str, minor: int) -> Payment:
        """A payment that could not become tickets."""
        payment = Payment(attempt_id, currency, minor, None)
        unearned = ledger.unearned(
            attempt_id=attempt_id, books="sandbox", currency=currency, amount_minor=minor, is_test=True
        )
        self.post(unearned)
        return payment

    @rule(payment=payments, again=payments)
    def hear_of_two_again(self, payment: Payment, again: Payment) -> None:
        """Old news in one batch."""
        both = [one for one in (payment, again) if one.parts is not None]
        self.post([transfer for one in both for transfer in self._sale(one)])

    @rule(payment=payments)
    def take_back(self, payment: Payment) -> None:
        """A sale is undone: its parts are owed to the buyer."""
        if payment.parts is None:
            return
        organiser, fee, tax = payment.parts
        self.post(
            ledger.sale_undone(
                cause_id=payment.id,
                organiser_id=self.show.organiser_id,
                currency=payment.currency,
                parts=ledger.Parts(organiser, fee, tax),
                is_direct=False,
                is_test=True,
            )
        )

    @rule(payment=payments, extra=st.sampled_from([0, 0, 0, 1]))
    def send_back(self, payment: Payment, extra: int) -> None:
        """The provider sent money back; sometimes more than is due, which must never be written down."""
        sent = ledger.refunded(
            refund_id=payment.id,
            books="sandbox",
            currency=payment.currency,
            amount_minor=payment.total_minor + extra,
            is_test=True,
        )
        self.post(sent)

    @invariant()
    def the_balances_are_the_models(self) -> None:
        """Every account, and the recount of all transfers."""
        rows: list[tuple[Any, ...]] = self.rows(
            "SELECT a.name, a.currency, b.credits_minor - b.debits_minor FROM ledger_account a "
            "JOIN ledger_balance b ON b.account_id = a.id"
        )
        found = {(name, currency): int(minor) for name, currency, minor in rows}
        assert found == self.balances
        assert self.rows("SELECT count(*) FROM ledger_transfer") == [(len(self.causes),)]
        # The others are about what is sold, which this machine has none of.
        assert self.broken("I-17 balanced", "I-17 recount", "I-19 guards") == {}


def test_the_ledger_does_what_the_model_says(template: str) -> None:
    run_machine(LedgerMachine, template)
