"""Money goes back: by a rule (it came too late, twice, wrong) or because the organiser takes an order back.

Wanting a refund and sending it are two steps: the first is part of the transaction that decides, the second asks the
provider with no transaction open, with the refund's id as key, again and again until it is decided. What the provider
refuses for good is still owed: it stays in `refunds_due`, is shown to the organiser, and can be sent again by hand.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from admitone import accounts, ledger, orders, payments
from admitone.flows.approvals import Approvals, NeedsYes, Question
from admitone.flows.given_alone import may_give_alone
from admitone.flows.left_to_return import left_to_give
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.taking_back import end_orders
from admitone.payments import NOT_FOUND, DueRefund, RefundAsk, RefundOutcome, RefundState, RefundStatus
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.group_commit import GroupCommit
from admitone.plumbing.side_by_side import AT_ONCE, SideBySide
from admitone.values import formats
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock

log = structlog.get_logger(__name__)
NOT_SET_UP = "provider_not_set_up"
NO_ANSWER = "no_answer"
TAKE_BACK = "take_back"
MOST = 128


@dataclass(frozen=True, slots=True)
class _Said:
    """What a provider says of a refund it was just asked for or about."""

    due: DueRefund
    status: RefundStatus
    is_direct: bool


@dataclass(frozen=True, slots=True)
class _Moved:
    """The state a refund has come to by this; None when it stayed as it was."""

    state: RefundState | None


def _refunded(said: _Said, done: payments.Refund) -> list[ledger.NewTransfer]:
    due = said.due
    if (done.provider_ref or "").startswith(payments.KEPT):
        return ledger.kept(
            refund_id=done.id,
            organiser_id=done.organiser_id,
            currency=done.currency,
            amount_minor=done.amount_minor,
            is_direct=said.is_direct,
            is_test=due.is_test,
        )
    return ledger.refunded(
        refund_id=due.refund.id,
        books=payments.books_of(due.provider, due.account_id),
        currency=due.refund.currency,
        amount_minor=due.refund.amount_minor,
        is_test=due.is_test,
    )


class Refunding:
    """Sends what is owed, and takes paid orders back."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: PaymentAccounts,
        approvals: Approvals | None = None,
    ) -> None:
        self._approvals = approvals
        if approvals is not None:
            approvals.carry(TAKE_BACK, self._carry)
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._sending = SideBySide("refund")
        self._desk: GroupCommit[_Said, _Moved] = GroupCommit(database, self._record, failpoint="refund")

    async def send(self, refund_id: UUID) -> None:
        """Ask the provider for this refund, unless it is decided or somebody asks just now; record what it says.

        It is new or wanted anew, so its time has come. If that has moved on, whoever moved it asks at this moment or
        has asked, and the timetable goes on from there.
        """
        async with self._database.reading() as reader:
            due = await payments.open_refund(reader, refund_id)
        if due is not None and due.refund.ask_at <= self._clock.now():
            await self._send([due])

    async def ask_now(self, refund_id: UUID) -> None:
        """Ask about this refund before its time: somebody has just said that it was sent."""
        async with self._database.reading() as reader:
            due = await payments.open_refund(reader, refund_id)
        if due is not None:
            await self._send([due])

    async def send_due(self, most: int = MOST) -> int:
        """Ask for refunds that are not decided and whose time has come, accounts side by side; how many."""
        async with self._database.reading() as reader:
            due = await payments.due_refunds(reader, self._clock.now(), most, not_of=self._sending.busy)
        by_account: dict[UUID, list[DueRefund]] = {}
        for one in due:
            by_account.setdefault(one.account_id, []).append(one)
        await self._sending.run({one: self._send(mine) for one, mine in by_account.items()})
        return len(due)

    async def _send(self, due: Sequence[DueRefund]) -> None:
        """Ask for these refunds of one account."""
        now = self._clock.now()
        # Noted before the provider is asked: if this process dies now, the next one knows that there may be an answer.
        # Whoever has been asking since a refund was read has noted it too, and this one stands back.
        refunds = [one.refund for one in due]
        claimed = await self._database.run(lambda tx: payments.postpone_refunds(tx, refunds, now=now))
        if not claimed:
            return
        await hit("refund.after_claim")
        lane = asyncio.Semaphore(AT_ONCE)
        mine = [one for one in due if one.refund.id in claimed]
        said = await asyncio.gather(*(self._send_one(one, lane) for one in mine), return_exceptions=True)
        for one in said:
            if isinstance(one, BaseException):
                raise one

    async def _send_one(self, due: DueRefund, lane: asyncio.Semaphore) -> None:
        async with lane:
            status = await self._ask(due)
        await hit("refund.after_provider")
        is_direct = await self._accounts.is_direct(due.account_id)
        moved = await self._desk.ask(_Said(due, status, is_direct))
        if moved.state is RefundState.FAILED:
            log.error(
                "refund.failed", refund_id=str(due.refund.id), provider=due.provider, reason=status.reason
            )

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

    async def _record(self, tx: Transaction, said: Sequence["_Said"]) -> list["_Moved"]:
        """What became of these refunds, in one transaction; the state of those that moved."""
        applied = [payments.RefundApplied(one.due.refund.id, one.status) for one in said]
        moved = await payments.apply_refunds(tx, applied, now=self._clock.now())
        done = [one for one in moved.values() if one.state is RefundState.DONE]
        by_id = {one.due.refund.id: one for one in said}
        await ledger.post(tx, [transfer for one in done for transfer in _refunded(by_id[one.id], one)])
        return [
            _Moved(moved[one.due.refund.id].state if one.due.refund.id in moved else None) for one in said
        ]

    async def send_again(
        self, actor: Actor, organiser_id: UUID, code: str, refund_id: UUID
    ) -> payments.Refund:
        """Send a refund that its provider had refused, once more: the reason for it may be gone.

        Raises `Forbidden`, `OrderNotFound`, `RefundNotFound`, `RefundNotFailed`, `RefundTooMuch`.
        """
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)

        async def story(tx: Transaction) -> payments.Refund:
            order = await orders.by_code(tx, organiser_id, code)
            # What was taken back of one order may have been given by the payments of its family.
            family = (await orders.families(tx, [order.id]))[order.id]
            if refund_id not in {one.id for one in await payments.refunds_of(tx, family)}:
                raise payments.RefundNotFound
            return await payments.want_again(tx, refund_id, now=self._clock.now(), actor=actor_name(actor))

        return await self._database.run(story)

    async def take_back(
        self,
        actor: Actor,
        organiser_id: UUID,
        code: str,
        *,
        reason: str = "organiser",
        is_approved: bool = False,
    ) -> orders.OrderRow:
        """Cancel a paid order: its tickets die, its places return to sale, all its money goes back, less what the
        buyer's bank has taken of it.

        Raises `Forbidden`, `OrderNotFound`, `OrderNotPaid`, `ApprovalNeeded`, and `PaymentDisputed` while the buyer's
        bank wants the money back. The same again changes nothing and answers the same.
        """
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)

        async def story(tx: Transaction) -> orders.OrderRow:
            order, by = await orders.by_code(tx, organiser_id, code), actor_name(actor)
            order = (await orders.lock(tx, [order.id]))[order.id]
            if order.state == orders.OrderState.PAID:
                await payments.refuse_undecided(tx, (await orders.families(tx, [order.id]))[order.id])
                # What went back before is not asked about again, and counts when nobody else has said yes to it.
                left_minor = (await left_to_give(tx, order)).total_minor
                if not is_approved and not await may_give_alone(self._approvals, tx, order, left_minor, by):
                    raise NeedsYes(_question(order, left_minor))
            return await self.undo(tx, order.id, reason=reason, actor=by)

        try:
            return await self._database.run(story)
        except NeedsYes as needs:
            assert self._approvals is not None, "they said so"
            raise await self._approvals.ask(actor, organiser_id, needs.question) from None

    async def _carry(
        self, asker: Actor, organiser_id: UUID, intent: Mapping[str, Any], is_approved: bool
    ) -> None:
        """What a second member has said to taking an order back."""
        if is_approved:
            await self.take_back(asker, organiser_id, intent["code"], is_approved=True)

    async def undo(self, tx: Transaction, order_id: UUID, *, reason: str, actor: str) -> orders.OrderRow:
        """`take_back` inside a transaction of the caller."""
        order = (await orders.lock(tx, [order_id]))[order_id]
        if order.state == orders.OrderState.CANCELLED:
            return order
        if order.state != orders.OrderState.PAID:
            raise orders.OrderNotPaid
        await end_orders(tx, self._accounts, [order], reason, now=self._clock.now(), actor=actor)
        return await orders.by_id(tx, order.id)


def _question(order: orders.OrderRow, left_minor: int) -> Question:
    return Question(
        kind=TAKE_BACK,
        subject=order.code,
        words=f"Cancel order {order.code} and refund {formats.money(left_minor, order.currency)}",
        intent={"code": order.code},
        currency=order.currency,
        amount_minor=left_minor,
    )


def actor_name(actor: Actor) -> str:
    """How the journal names who did it: by id, never by name."""
    return f"person:{actor.person_id}" if actor.person_id is not None else actor.kind
