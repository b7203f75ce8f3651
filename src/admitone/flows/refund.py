"""Money goes back: by a rule (it came too late, twice, wrong) or because the organiser takes an order back.

Wanting a refund and sending it are two steps: the first is part of the transaction that decides, the second asks the
provider with no transaction open, with the refund's id as key, again and again until it is decided. What the provider
refuses for good is still owed: it stays in `refunds_due`, is shown to the organiser, and can be sent again by hand.
"""

from uuid import UUID

import structlog

from admitone import accounts, inventory, ledger, orders, payments, tickets
from admitone.flows.giving_back import Owed, give_back
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.returned_parts import rest_of
from admitone.payments import NOT_FOUND, DueRefund, RefundAsk, RefundOutcome, RefundState, RefundStatus
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock

log = structlog.get_logger(__name__)
NOT_SET_UP = "provider_not_set_up"
NO_ANSWER = "no_answer"


class Refunding:
    """Sends what is owed, and takes paid orders back."""

    def __init__(self, database: Database, clock: Clock, accounts: PaymentAccounts) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts

    async def send(self, refund_id: UUID) -> None:
        """Ask the provider for this refund, unless it is decided or somebody asks just now; record what it says.

        It is new or wanted anew, so its time has come. If that has moved on, whoever moved it asks at this moment or
        has asked, and the timetable goes on from there.
        """
        async with self._database.reading() as reader:
            due = await payments.open_refund(reader, refund_id)
        if due is not None and due.refund.ask_at <= self._clock.now():
            await self._send(due)

    async def _send(self, due: DueRefund) -> None:
        refund, now = due.refund, self._clock.now()
        # Noted before the provider is asked: if this process dies now, the next one knows that there may be an answer.
        # Whoever has been asking since this refund was read has noted it too, and this one stands back.
        if not await self._database.run(lambda tx: payments.postpone_refunds(tx, [refund], now=now)):
            return
        await hit("refund.after_claim")
        status = await self._ask(due)
        await hit("refund.after_provider")
        moved = await self._database.run(lambda tx: self._record(tx, due, status))
        if moved is RefundState.FAILED:
            log.error("refund.failed", refund_id=str(refund.id), provider=due.provider, reason=status.reason)

    async def _ask(self, due: DueRefund) -> RefundStatus:
        """What became of it, if it was asked for before; else, and when the provider has no such refund, ask for it.

        Only looking is tried first, because providers forget keys after a day or so and refunds take longer.
        """
        opened, refund = await self._accounts.find(due.account_id), due.refund
        if opened is None:
            return RefundStatus(RefundOutcome.UNKNOWN, reason=NOT_SET_UP)
        provider = opened.provider
        try:
            if refund.asked:
                known = await provider.refund_status(refund.id, due.payment_ref, refund.provider_ref)
                is_there = known.outcome is not RefundOutcome.UNKNOWN or known.reason != NOT_FOUND
                if is_there or refund.provider_ref is not None:
                    return known
            return await provider.refund(
                RefundAsk(
                    refund.id,
                    due.payment_ref,
                    refund.currency,
                    refund.amount_minor,
                    refund.reason,
                    refund.split_back_minor,
                )
            )
        except AssertionError:
            raise
        except Exception:
            # An adapter answers with an outcome. If one has a fault all the same, its refunds wait; no other does.
            log.exception("refund.no_answer", refund_id=str(refund.id), provider=due.provider)
            return RefundStatus(RefundOutcome.UNKNOWN, reason=NO_ANSWER)

    async def _record(self, tx: Transaction, due: DueRefund, status: RefundStatus) -> RefundState | None:
        refund_id = due.refund.id
        applied = [payments.RefundApplied(refund_id, status)]
        moved = await payments.apply_refunds(tx, applied, now=self._clock.now())
        done = [one for one in moved.values() if one.state is RefundState.DONE]
        for refund in done:
            await ledger.post(
                tx,
                ledger.refunded(
                    refund_id=refund.id,
                    books=payments.books_of(due.provider, due.account_id),
                    currency=refund.currency,
                    amount_minor=refund.amount_minor,
                    is_test=due.is_test,
                ),
            )
        await hit("refund.before_commit")
        return moved[refund_id].state if refund_id in moved else None

    async def send_due(self, most: int = 50) -> int:
        """Ask for refunds that are not decided and have waited long enough; how many."""
        async with self._database.reading() as reader:
            due = await payments.due_refunds(reader, self._clock.now(), most)
        for one in due:
            await self._send(one)
        return len(due)

    async def send_again(
        self, actor: Actor, organiser_id: UUID, code: str, refund_id: UUID
    ) -> payments.Refund:
        """Send a refund that its provider had refused, once more: the reason for it may be gone.

        Raises `Forbidden`, `OrderNotFound`, `RefundNotFound`, `RefundNotFailed`, `RefundTooMuch`.
        """
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)

        async def story(tx: Transaction) -> payments.Refund:
            order = await orders.by_code(tx, organiser_id, code)
            if refund_id not in {one.id for one in await payments.refunds_of(tx, [order.id])}:
                raise payments.RefundNotFound
            return await payments.want_again(tx, refund_id, now=self._clock.now(), actor=actor_name(actor))

        return await self._database.run(story)

    async def take_back(
        self, actor: Actor, organiser_id: UUID, code: str, *, reason: str = "organiser"
    ) -> orders.OrderRow:
        """Cancel a paid order: its tickets die, its places return to sale, all its money goes back.

        Raises `Forbidden`, `OrderNotFound`, `OrderNotPaid`. The same again changes nothing and answers the same.
        """
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)

        async def story(tx: Transaction) -> orders.OrderRow:
            order = await orders.by_code(tx, organiser_id, code)
            return await self.undo(tx, order.id, reason=reason, actor=actor_name(actor))

        return await self._database.run(story)

    async def undo(self, tx: Transaction, order_id: UUID, *, reason: str, actor: str) -> orders.OrderRow:
        """`take_back` inside a transaction of the caller."""
        order = (await orders.lock(tx, [order_id]))[order_id]
        if order.state == orders.OrderState.CANCELLED:
            return order
        if order.state != orders.OrderState.PAID:
            raise orders.OrderNotPaid
        lines = (await orders.lines(tx, [order.id]))[order.id]
        rest = (await rest_of(tx, [order], {order.id: lines}))[order.id]
        owed = Owed(order, cause=reason, cause_id=order.id, reason=reason, parts=rest)
        posted = await give_back(tx, self._accounts, [owed], now=self._clock.now(), actor=actor)
        await orders.mark_cancelled(tx, [order.id], orders.OrderState.PAID, reason)
        await tickets.cancel(tx, [order.id])
        await orders.count_orders(tx, [order], {order.id: lines}, again=False)
        await inventory.return_many(tx, [order.hold_id])
        fact = orders.OrderCancelled(
            subject_id=order.id, organiser_id=order.organiser_id, event_id=order.event_id, reason=reason
        )
        await journal.announce(tx, [fact], actor)
        await ledger.post(tx, posted)
        return await orders.by_id(tx, order.id)


def actor_name(actor: Actor) -> str:
    """How the journal names who did it: by id, never by name."""
    return f"person:{actor.person_id}" if actor.person_id is not None else actor.kind
