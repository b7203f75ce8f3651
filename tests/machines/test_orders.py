"""Orders and money against a model in plain Python: paid in time, late, twice or wrong, failed, expired, refunded."""

import os
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, rule

from admitone import ledger, payments
from admitone.flows.cancel_order import cancel_unpaid
from admitone.flows.settlement import Heard
from admitone.payments import Outcome, Status
from admitone.payments.providers.sandbox import Decision, Fault, Faults, SandboxProvider
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.machines import SiteMachine, run_machine
from tests.support.onsale import OnSale, TypeOnSale, place, put_on_sale
from tests.support.orders_model import (
    LIMIT,
    PLACES,
    PRICE,
    Model,
    ModelAttempt,
    ModelOrder,
    refund_id,
)
from tests.support.sandbox_rig import sandbox_wire

# So many steps from one look at all promises to the next: it costs more than the step.
EVERY = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "night" else 5
WORKED = (Fault.NONE, Fault.TIME_OUT_AFTER, Fault.GARBAGE)
faults = st.sampled_from([Fault.NONE, Fault.NONE, *Fault])
buyers = st.sampled_from(["ada", "grace", "mary"])


class OrdersMachine(SiteMachine):
    """The flows, with a bank that answers badly now and then."""

    placed = Bundle("placed")
    tried = Bundle("tried")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.steps = 0
        self.show: OnSale
        provider = sandbox_wire(self.site)
        assert isinstance(provider, SandboxProvider)
        self.wire = provider

    @initialize()
    def begin(self) -> None:
        """Few places, and fewer for each."""
        self.show = self.do(
            put_on_sale(self.site, TypeOnSale("Stalls", PRICE, PLACES, per_person_limit=LIMIT))
        )

    def heard(self, story: Coroutine[Any, Any, object]) -> str:
        """The kind of what was refused, or "yes"."""
        try:
            self.do(story)
        except Refusal as refusal:
            return type(refusal).__name__
        return "yes"

    @rule(target=placed, buyer=buyers, quantity=st.integers(1, 3))
    def place(self, buyer: str, quantity: int) -> Any:
        """Hold and order."""
        email = f"{buyer}@example.org"
        expected = "yes"
        if quantity > self.model.left():
            expected = "SoldOut"
        elif self.model.has(buyer) + quantity > LIMIT:
            expected = "OverLimit"
        placing = place(self.site, self.show, quantity, email=email)
        if expected != "yes":
            assert self.heard(placing) == expected
            if expected == "OverLimit":
                self.release_the_hold()
            return multiple()
        order = self.do(placing)
        self.model.orders[order.id] = ModelOrder(order.code, buyer, quantity)
        return order.id

    def release_the_hold(self) -> None:
        """Whoever is over the limit gives the places back."""
        for (hold_id,) in self.rows("SELECT id FROM inventory_hold WHERE state = 'active'"):
            self.do(self.site.purchase.release(hold_id))

    @rule(target=tried, order_id=placed, fault=faults)
    def begin_to_pay(self, order_id: UUID, fault: Fault) -> Any:
        """By card: the buyer is sent to the bank."""
        order = self.model.orders[order_id]
        attempt_id = uuid7()
        self.wire.suffer(Faults(start=(fault,)))
        said = self.heard(self.site.payment.pay(order_id, "sandbox:card", attempt_id))
        if order.state != "pending":
            assert said == "OrderNotPending"
            return multiple()
        assert said == "yes"
        at_bank = "open" if fault in WORKED else None
        self.model.attempts[attempt_id] = ModelAttempt(
            order_id, order.total_minor - order.received_minor, at_bank, fault is Fault.NONE
        )
        return attempt_id

    @rule(target=tried, order_id=placed)
    def pay(self, order_id: UUID) -> Any:
        """All of it at once: begin, pay at the bank, and we hear of it. Several may have begun before."""
        attempt_id = self.begin_to_pay(order_id, Fault.NONE)
        if isinstance(attempt_id, UUID):
            self.decide_at_bank(attempt_id, True)
            self.ask(attempt_id, Fault.NONE)
        return attempt_id

    @rule(target=tried, order_id=placed)
    def pay_when_it_has_run_out(self, order_id: UUID) -> Any:
        """Begin, let the deadline pass, pay at the bank all the same."""
        attempt_id = self.begin_to_pay(order_id, Fault.NONE)
        self.run_out(order_id)
        if isinstance(attempt_id, UUID):
            self.decide_at_bank(attempt_id, True)
        return attempt_id

    @rule(target=tried, order_id=placed)
    def pay_twice(self, order_id: UUID) -> Any:
        """In two windows at once."""
        both = [self.begin_to_pay(order_id, Fault.NONE) for _ in range(2)]
        if not all(isinstance(one, UUID) for one in both):
            return multiple()
        for attempt_id in both:
            self.decide_at_bank(attempt_id, True)
        return multiple(*both)

    @rule(attempt_id=tried)
    def begin_again(self, attempt_id: UUID) -> None:
        """The buyer's browser, or the timetable, starts the same payment again."""
        attempt = self.model.attempts[attempt_id]
        order = self.model.orders[attempt.order_id]
        self.wire.suffer(Faults())
        assert self.heard(self.site.payment.pay(attempt.order_id, "sandbox:card", attempt_id)) == "yes"
        if attempt.is_known or attempt.heard is not None or order.state != "pending":
            return
        attempt.is_known = True
        if attempt.at_bank is None:
            attempt.at_bank = "open"
        self.take_in(attempt_id)

    def take_in(self, attempt_id: UUID) -> None:
        """What the bank says is heard."""
        attempt = self.model.attempts[attempt_id]
        if attempt.at_bank == "paid":
            self.model.hear_paid(attempt_id, attempt.minor)
        elif attempt.at_bank == "failed" and attempt.heard is None:
            attempt.heard = "failed"

    @rule(attempt_id=tried, pays=st.booleans())
    def decide_at_bank(self, attempt_id: UUID, pays: bool) -> None:
        """The buyer pays, or does not."""
        attempt = self.model.attempts[attempt_id]
        assert self.site.sandbox is not None
        payment = self.do(self.site.sandbox.payment_by_key(str(attempt_id)))
        assert (payment is None) == (attempt.at_bank is None)
        if payment is None:
            return
        self.do(self.site.sandbox.decide(payment.ref, Decision(pays=pays, copies=0)))
        if attempt.at_bank == "open":
            attempt.at_bank = "paid" if pays else "failed"

    @rule(attempt_id=tried, fault=faults)
    def ask(self, attempt_id: UUID, fault: Fault) -> None:
        """A webhook came, or it was time to ask."""
        attempt = self.model.attempts[attempt_id]
        self.wire.suffer(Faults(status=(fault,)))
        self.do(self.site.settlement.ask(self.do(self.attempt(attempt_id))))
        if fault is Fault.NONE:
            if attempt.at_bank in ("paid", "failed"):
                attempt.is_known = True
            self.take_in(attempt_id)

    @rule(attempts=st.lists(tried, max_size=6))
    def ask_about_several(self, attempts: list[UUID]) -> None:
        """The timetable asks."""
        for attempt_id in attempts:
            self.ask(attempt_id, Fault.NONE)

    async def attempt(self, attempt_id: UUID) -> payments.Attempt:
        """As stored."""
        async with self.db.reading() as reader:
            return await payments.read(reader, attempt_id)

    @rule(attempt_id=tried, off_by=st.sampled_from([-1, 1]))
    def hear_of_the_wrong_amount(self, attempt_id: UUID, off_by: int) -> None:
        """The provider says that something else came in than was asked for."""
        attempt = self.model.attempts[attempt_id]
        stored = self.do(self.attempt(attempt_id))
        if attempt.at_bank != "open" or stored.provider_ref is None or attempt.heard is not None:
            return
        minor = attempt.minor + off_by
        said = Status(stored.provider_ref, Outcome.PAID, paid_minor=minor, currency="EUR")
        self.do(self.site.settlement.hear(Heard(attempt_id, said)))
        self.model.words_in_mouth = attempt.is_made_up = True
        self.model.hear_paid(attempt_id, minor)

    @rule(order_id=placed)
    def run_out(self, order_id: UUID) -> None:
        """Its deadline passes: its attempts are asked about once more, then it goes."""
        order = self.model.orders[order_id]
        self.wire.suffer(Faults())
        self.change("UPDATE orders_order SET pay_until = clock_timestamp() WHERE id = :id", id=order_id)
        gone = self.do(self.site.expiry.expire_orders())
        if order.state != "pending":
            assert gone == 0
            return
        mine = [one for one, attempt in self.model.attempts.items() if attempt.order_id == order_id]
        for attempt_id in mine:
            if self.model.attempts[attempt_id].heard is None:
                if self.model.attempts[attempt_id].at_bank in ("paid", "failed"):
                    self.model.attempts[attempt_id].is_known = True
                self.take_in(attempt_id)
        assert gone == (order.state == "pending")
        if order.state == "pending":
            self.model.end(order_id, "expired", "paid_in_part")

    @rule(order_id=placed)
    def cancel_unpaid(self, order_id: UUID) -> None:
        """The buyer changes their mind."""
        order = self.model.orders[order_id]
        said = self.heard(cancel_unpaid(self.db, self.site.clock, order_id))
        assert said == ("yes" if order.state in ("pending", "cancelled") else "OrderNotPending")
        if order.state == "pending":
            self.model.end(order_id, "cancelled", "buyer")

    @rule(order_id=placed)
    def take_back(self, order_id: UUID) -> None:
        """The organiser takes a paid order back."""
        order = self.model.orders[order_id]
        taken = self.site.refunding.take_back(self.show.owner, self.show.organiser_id, order.code)
        assert self.heard(taken) == ("yes" if order.state in ("paid", "cancelled") else "OrderNotPaid")
        if order.state == "paid":
            self.model.take_back(order_id)

    @rule(attempt_id=tried, fault=faults, looking=faults)
    def send_refund(self, attempt_id: UUID, fault: Fault, looking: Fault) -> None:
        """Once, twice, put off, with the answer lost: one refund at the bank, or none and a no for good."""
        refund = self.model.refunds.get(refund_id(attempt_id))
        if self.model.attempts[attempt_id].is_made_up:
            return  # the bank never had that money
        self.wire.suffer(Faults(refund=(fault,), refund_status=(looking,)))
        self.change("UPDATE payments_refund SET ask_at = wanted_at WHERE id = :id", id=refund_id(attempt_id))
        self.do(self.site.refunding.send(refund_id(attempt_id)))
        if refund is None or refund.is_done or refund.is_failed:
            return
        if refund.was_asked and (looking is not Fault.NONE or refund.is_sent):
            refund.is_done = looking is Fault.NONE
            return
        refund.was_asked = True
        refund.is_sent = fault in WORKED
        refund.is_done = fault is Fault.NONE
        refund.is_failed = fault is Fault.REFUSED

    @rule(attempt_id=tried)
    def send_refund_again(self, attempt_id: UUID) -> None:
        """What was refused for good may be sent again by hand, and nothing else."""
        refund = self.model.refunds.get(refund_id(attempt_id))
        order = self.model.orders[self.model.attempts[attempt_id].order_id]
        again = self.site.refunding.send_again(
            self.show.owner, self.show.organiser_id, order.code, refund_id(attempt_id)
        )
        if refund is None:
            assert self.heard(again) == "RefundNotFound"
        else:
            assert self.heard(again) == ("yes" if refund.is_failed else "RefundNotFailed")
            if refund.is_failed:
                refund.is_failed = refund.was_asked = False

    @invariant()
    def orders_and_money_are_the_models(self) -> None:
        """States, tickets, refunds here and at the bank, the ledger, the places."""
        if not hasattr(self, "show"):
            return
        self.orders_are_the_models()
        self.money_is_the_models()
        # All promises are asked about now and then, and at the end.
        self.steps += 1
        if self.steps % EVERY == 0:
            self.promises_hold()

    def teardown(self) -> None:
        """The last look."""
        try:
            if hasattr(self, "show"):
                self.promises_hold()
        finally:
            super().teardown()

    def promises_hold(self) -> None:
        """All of them, but for the mirror when words were put into the bank's mouth."""
        broken = self.broken()
        if self.model.words_in_mouth:
            broken.pop("I-20 sandbox mirror", None)
        assert broken == {}

    def orders_are_the_models(self) -> None:
        """Orders, tickets and places."""
        rows = self.rows(
            "SELECT o.id, o.state, count(t.id) FILTER (WHERE t.state = 'valid') "
            "FROM orders_order o LEFT JOIN tickets_ticket t ON t.order_id = o.id GROUP BY o.id, o.state"
        )
        assert {order_id: (state, valid) for order_id, state, valid in rows} == {
            order_id: (order.state, order.quantity if order.state == "paid" else 0)
            for order_id, order in self.model.orders.items()
        }
        [(left,)] = self.rows("SELECT capacity - held - sold FROM inventory_pool")
        assert left == self.model.left()

    def money_is_the_models(self) -> None:
        """Attempts, refunds and the ledger."""
        rows = self.rows("SELECT id, settled_as, paid_minor FROM payments_attempt")
        assert {one: (as_what, minor) for one, as_what, minor in rows} == {
            one: (attempt.settled_as, attempt.paid_minor) for one, attempt in self.model.attempts.items()
        }
        stored = self.rows(
            "SELECT id, reason, amount_minor, state = 'done', state = 'failed' FROM payments_refund"
        )
        assert {one: tuple(rest) for one, *rest in stored} == {
            one: (refund.reason, refund.minor, refund.is_done, refund.is_failed)
            for one, refund in self.model.refunds.items()
        }
        at_bank = self.rows("SELECT merchant_key, amount_minor FROM sandbox_refund")
        assert {UUID(key): minor for key, minor in at_bank} == {
            one: refund.minor for one, refund in self.model.refunds.items() if refund.is_sent
        }
        came_in = sum(attempt.paid_minor or 0 for attempt in self.model.attempts.values())
        sent = sum(refund.minor for refund in self.model.refunds.values() if refund.is_done)
        due = sum(refund.minor for refund in self.model.refunds.values() if not refund.is_done)
        assert self.balance("clearing:sandbox") == sent - came_in
        assert self.balance("refunds_due") == due
        assert self.balance("deposits") == sum(
            order.received_minor for order in self.model.orders.values() if order.state == "pending"
        )

    def balance(self, name: str) -> int:
        """Credits minus debits."""

        async def read() -> int:
            async with self.db.reading() as reader:
                return await ledger.balance(reader, name, "EUR")

        return self.do(read())


def test_orders_and_money_do_what_the_model_says(template: str) -> None:
    run_machine(OrdersMachine, template)
