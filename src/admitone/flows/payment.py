"""Ask to be paid for an order: open an attempt, ask the provider with no transaction open, record what it said.

If the process dies in between, the attempt is on the timetable: the provider is asked again with the same key and
answers with the same payment.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from admitone import orders, payments
from admitone.flows.offer_book import OfferBook
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.settlement import Heard, Settled, Settlement
from admitone.payments import Ask, NewAttempt, Split
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.group_commit import GroupCommit
from admitone.plumbing.side_by_side import SideBySide, few_at_once
from admitone.reads.orders_waiting import orders_waiting
from admitone.values.clock import Clock
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class _Opening:
    attempt_id: UUID
    order_id: UUID
    method: str


@dataclass(frozen=True, slots=True)
class _Opened:
    attempt: payments.Attempt
    order: orders.OrderRow


@dataclass(frozen=True, slots=True)
class Paying:
    """Where the buyer goes on: `redirect_url`, or instructions to show, or nothing when `order_state` is paid."""

    attempt: payments.Attempt
    order_state: str
    redirect_url: str | None
    instructions: Mapping[str, str]


class Payment:
    """`return_url` gives the address a buyer comes back to, by order id."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: PaymentAccounts,
        offers: OfferBook,
        settlement: Settlement,
        return_url: Callable[[UUID], str],
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._offers = offers
        self._settlement = settlement
        self._return_url = return_url
        self._asking = SideBySide("payment")
        self._opening: GroupCommit[_Opening, _Opened] = GroupCommit(
            database, self._open_batch, failpoint="payment_open"
        )

    async def choices(
        self,
        organiser_id: UUID,
        currency: str,
        amount_minor: int,
        *,
        is_test: bool,
        starts_at: datetime | None = None,
    ) -> tuple[payments.Choice, ...]:
        """The ways of paying this organiser so much of this currency, in play money or real, for an event that begins
        then.
        """
        accounts = await self._accounts.for_sale(organiser_id, is_test=is_test)
        until_start = None if starts_at is None else starts_at - self._clock.now()
        return payments.choices(accounts, currency, amount_minor, until_start)

    async def choices_for(self, order: orders.OrderRow) -> tuple[payments.Choice, ...]:
        """The ways of paying what is due of this order; of one with nothing due, the ways its total could be paid."""
        offer = (await self._offers.current(order.event_id)).offer
        return await self.choices(
            order.organiser_id,
            order.currency,
            order.due_minor or order.total_minor,
            is_test=order.is_test,
            starts_at=offer.starts_at,
        )

    async def pay(
        self,
        order_id: UUID,
        method: str,
        attempt_id: UUID | None = None,
        *,
        description_hash: bytes | None = None,
    ) -> Paying:
        """Start paying. `method` is a choice's key; `attempt_id` is derived from an idempotency key, or None.

        The same id again gives the attempt as it stands, also when the order has moved on since, perhaps by this very
        payment. Raises `OrderNotFound`, `OrderNotPending`, `OrderExpired`, `MethodNotOffered`, `TooManyAttempts`.
        """
        try:
            return await self._pay(order_id, method, attempt_id, description_hash)
        except (orders.OrderNotPending, orders.OrderExpired):
            known = None if attempt_id is None else await self._asked_before(order_id, attempt_id)
            if known is None:
                raise
            return known

    async def _asked_before(self, order_id: UUID, attempt_id: UUID) -> Paying | None:
        async with self._database.reading() as reader:
            attempt = (await payments.read_many(reader, [attempt_id])).get(attempt_id)
            order = await orders.by_id(reader, order_id)
        if attempt is None or attempt.order_id != order_id:
            return None
        return Paying(attempt, order.state, attempt.redirect_url, attempt.instructions or {})

    async def _pay(
        self, order_id: UUID, method: str, attempt_id: UUID | None, description_hash: bytes | None
    ) -> Paying:
        opened = await self._opening.ask(_Opening(attempt_id or uuid7(), order_id, method))
        attempt, order = opened.attempt, opened.order
        await hit("payment.after_open")
        if not attempt.needs_prompt:
            return Paying(attempt, order.state, attempt.redirect_url, attempt.instructions or {})
        settled = await self._prompt(attempt, order, description_hash)
        return Paying(
            settled.attempt,
            settled.order_state,
            settled.attempt.redirect_url,
            settled.attempt.instructions or {},
        )

    async def _prompt(
        self, attempt: payments.Attempt, order: orders.OrderRow, description_hash: bytes | None = None
    ) -> Settled:
        opened = await self._accounts.find(attempt.account_id)
        assert opened is not None, "the attempt was opened with an account of a provider we know"
        split = None
        if attempt.fee_split_minor is not None and opened.account.ref is not None:
            split = Split(opened.account.ref, attempt.fee_split_minor)
        prompt = await opened.provider.start(
            Ask(
                attempt_id=attempt.id,
                method=attempt.method,
                currency=attempt.currency,
                amount_minor=attempt.amount_minor,
                description=f"Order {order.code}",
                return_url=self._return_url(order.id),
                pay_until=order.pay_until,
                buyer_email=order.email,
                buyer_name=order.name,
                order_code=order.code,
                split=split,
                order_id=order.id,
                description_hash=description_hash,
            )
        )
        await hit("payment.after_provider")
        settled = await self._settlement.hear_at_once(
            Heard(attempt.id, prompt.status, prompt), attempt, order.event_id
        )
        await hit("payment.after_prompt")
        return settled

    async def ask_due(self, most: int = 100) -> int:
        """Ask about attempts that have waited long enough, accounts side by side; how many.

        An attempt whose prompt never arrived, because something died, is started again with the same key while its
        order still waits; every other is asked about.
        """
        now = self._clock.now()
        async with self._database.reading() as reader:
            due = await payments.due(reader, now, most, not_of=self._asking.busy)
        if not due:
            return 0
        # Those that somebody else has postponed since they were read are being asked about there.
        ours = await self._database.run(lambda tx: payments.postpone(tx, due, now=now))
        by_account: dict[UUID, list[payments.Attempt]] = {}
        for attempt in due:
            if attempt.id in ours:
                by_account.setdefault(attempt.account_id, []).append(attempt)
        await self._asking.run({one: self._ask_all(one, mine) for one, mine in by_account.items()})
        return len(ours)

    async def _ask_all(self, account_id: UUID, mine: Sequence[payments.Attempt]) -> None:
        """Start those anew whose provider may not have been reached, and ask about the others, many at once."""
        try:
            await few_at_once([one for one in mine if one.needs_prompt], self._ask)
        finally:
            await self._settlement.ask_all(account_id, [one for one in mine if not one.needs_prompt])

    async def ask_about(self, attempt: payments.Attempt) -> None:
        """Ask about this attempt now, or start it again where nobody knows whether its provider was reached."""
        await self._ask(attempt)

    async def _ask(self, attempt: payments.Attempt) -> None:
        if not (attempt.needs_prompt and await self._resume(attempt)):
            await self._settlement.ask(attempt)

    async def _resume(self, attempt: payments.Attempt) -> bool:
        async with self._database.reading() as reader:
            order = await orders.by_id(reader, attempt.order_id)
        if (
            order.state != orders.OrderState.PENDING
            or order.is_due
            or await self._accounts.find(attempt.account_id) is None
        ):
            return False
        await self._prompt(attempt, order)
        return True

    async def _open_batch(self, tx: Transaction, asked: Sequence[_Opening]) -> list[_Opened | Refusal]:
        locked = await orders.lock(tx, {one.order_id for one in asked})
        verdicts: dict[int, _Opened | Refusal] = {}
        wanted: dict[int, NewAttempt] = {}
        until: dict[UUID, datetime] = {}
        for place, one in enumerate(asked):
            try:
                order = _payable(locked.get(one.order_id))
                choice = await self._choose(tx, order, one.method)
                await _refuse_when_full(tx, order, choice, wanted.values(), locked)
            except Refusal as refusal:
                verdicts[place] = refusal
                continue
            wanted[place] = _attempt(one.attempt_id, order, choice)
            if choice.capabilities.pay_within is not None:
                until[order.id] = await self._deadline(order, choice.capabilities.pay_within)
        opened = await payments.open_many(tx, list(wanted.values()), now=self._clock.now(), actor="guest")
        await orders.wait_until(tx, until)
        for place, attempt in zip(wanted, opened, strict=True):
            if isinstance(attempt, Refusal):
                verdicts[place] = attempt
            else:
                order = locked[asked[place].order_id]
                pay_until = until.get(order.id)
                # A copy of an order costs as much as reading one.
                if pay_until is not None and pay_until > order.pay_until:
                    order = replace(order, pay_until=pay_until)
                verdicts[place] = _Opened(attempt, order)
        return [verdicts[place] for place in range(len(asked))]

    async def _choose(self, tx: Transaction, order: orders.OrderRow, method: str) -> payments.Choice:
        accounts = await self._accounts.for_sale_in(tx, order.organiser_id, is_test=order.is_test)
        choice = payments.choose(accounts, order.currency, order.due_minor, method)
        closes = choice.capabilities.closes_before
        if closes is not None:
            offer = (await self._offers.current(order.event_id)).offer
            if offer.starts_at - self._clock.now() < closes:
                raise payments.MethodNotOffered(field="method")
        return choice

    async def _deadline(self, order: orders.OrderRow, within: timedelta) -> datetime:
        """How long an order waits whose buyer takes a slow way: not beyond the event's end."""
        offer = (await self._offers.current(order.event_id)).offer
        return min(self._clock.now() + within, offer.ends_at)


def _is_beside(
    other: NewAttempt,
    order: orders.OrderRow,
    choice: payments.Choice,
    locked: Mapping[UUID, orders.OrderRow],
) -> bool:
    """Another order of the same event is about to wait in the same way."""
    is_another = other.order_id != order.id and locked[other.order_id].event_id == order.event_id
    return is_another and other.account_id == choice.opened.account.id


async def _refuse_when_full(
    tx: Transaction,
    order: orders.OrderRow,
    choice: payments.Choice,
    wanted: Iterable[NewAttempt],
    locked: Mapping[UUID, orders.OrderRow],
) -> None:
    """Raises `TooManyWaiting` when as many orders as may wait for money in this way do, with those `wanted` now."""
    most = choice.capabilities.waiting_most
    # Most ways have no such limit, and a crowd would be compared with itself, each with each.
    if most is None:
        return
    beside = {other.order_id for other in wanted if _is_beside(other, order, choice, locked)}
    if await orders_waiting(tx, order, choice.opened.account.id) + len(beside) >= most:
        raise payments.TooManyWaiting(most=most, field="method")


def _payable(order: orders.OrderRow | None) -> orders.OrderRow:
    """The order, if it waits for money. Raises why it does not."""
    if order is None:
        raise orders.OrderNotFound
    if order.state != orders.OrderState.PENDING:
        raise orders.OrderNotPending(state=order.state)
    if order.is_due:
        raise orders.OrderExpired
    return order


def _attempt(attempt_id: UUID, order: orders.OrderRow, choice: payments.Choice) -> NewAttempt:
    return NewAttempt(
        id=attempt_id,
        order_id=order.id,
        organiser_id=order.organiser_id,
        provider=choice.provider,
        method=choice.method.id,
        currency=order.currency,
        amount_minor=order.due_minor,
        account_id=choice.opened.account.id,
        # The site's part of what was paid before, and of exchanged tickets, was taken then.
        fee_split_minor=order.fee_minor * order.due_minor // order.total_minor
        if choice.opened.account.is_connected
        else None,
    )
