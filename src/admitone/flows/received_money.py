"""Money that people see come in: bank statements are read and their lines settled, money is taken at the door.

Somebody says whose money it is (transaction 1: the line, an attempt of its own, and what came are written together,
once for each line); then settlement hears of it like of any payment (transaction 2). If the process dies in between,
the timetable asks about the attempt, and the hand book says that it is paid.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from admitone import accounts, orders, payments, statements
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.settlement import Heard, Settled, Settlement
from admitone.payments import NewAttempt, Outcome, Received, Status
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.reads.received_money import transfer_candidates
from admitone.statements import CsvReading, Imported, Match, ReadStatement, Reason
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import derived_id, normalise_code, uuid7
from admitone.values.refusals import Invalid, Refusal

BANK: Final = "bank"
DOOR: Final = "door"
MEANS: Final = ("cash", "card")
# So long after an order was placed its code is still looked for.
KNOWN_FOR: Final = timedelta(days=180)
# So many lines are settled at the same time: their settlements share transactions.
_AT_ONCE: Final = 4


class BadMeans(Invalid):
    """Not a way people pay at a door."""

    code = "payments.bad_means"
    text = "Say whether it was cash or a card."


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line of money that is for nobody yet, with the orders it may pay, likeliest first."""

    line: statements.Line
    suggestions: tuple[statements.Suggestion, ...]

    @property
    def certain(self) -> statements.Suggestion | None:
        """The order whose code is there, whole and alone, with its exact price."""
        first = self.suggestions[0] if self.suggestions else None
        is_certain = first is not None and first.is_certain and Reason.AMOUNT in first.reasons
        return first if is_certain else None


class ReceivedMoney:
    """Imports, suggests, settles; takes money at the door."""

    def __init__(
        self, database: Database, clock: Clock, accounts_: PaymentAccounts, settlement: Settlement
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts_
        self._settlement = settlement

    async def bank_accounts(self, actor: Actor, organiser_id: UUID) -> list[payments.Account]:
        """The organiser's own accounts for transfers. Raises `Forbidden`."""
        accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            return await self._bank_accounts(reader, organiser_id)

    async def _bank_accounts(self, reader: Reader, organiser_id: UUID) -> list[payments.Account]:
        return [one for one in await payments.accounts_of(reader, organiser_id) if one.provider == BANK]

    def told(self, account: payments.Account) -> Mapping[str, str]:
        """What an organiser set for their account: its holder, IBAN, currency."""
        return self._accounts.credentials(account)

    async def read_file(
        self,
        actor: Actor,
        organiser_id: UUID,
        account_id: UUID,
        data: bytes,
        reading: CsvReading | None = None,
    ) -> ReadStatement:
        """A bank statement of this account; nothing is stored.

        Raises `Forbidden`, `AccountNotFound`, and what `statements.read_statement` raises.
        """
        known = {one.id: one for one in await self.bank_accounts(actor, organiser_id)}
        account = known.get(account_id)
        if account is None:
            raise payments.AccountNotFound(field="account")
        told = self.told(account)
        return await asyncio.to_thread(
            statements.read_statement,
            data,
            account=told.get("iban", ""),
            currency=told.get("currency", "").strip().upper() or "EUR",
            reading=reading,
        )

    async def import_file(
        self,
        actor: Actor,
        organiser_id: UUID,
        account_id: UUID,
        file_name: str,
        data: bytes,
        reading: CsvReading | None = None,
    ) -> Imported:
        """Read a bank statement of this account; lines read before are not there twice, and all new ones wait.

        Raises as `read_file`.
        """
        read = await self.read_file(actor, organiser_id, account_id, data, reading)
        return await self._database.run(
            lambda tx: statements.import_statement(
                tx,
                read,
                organiser_id=organiser_id,
                file_name=file_name,
                data=data,
                now=self._clock.now(),
                actor=actor.label,
            )
        )

    async def open_lines(self, actor: Actor, organiser_id: UUID) -> list[OpenLine]:
        """The lines that are for nobody yet, oldest first, with suggestions. Raises `Forbidden`."""
        accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            lines = await statements.open_lines(reader, organiser_id)
            since = self._clock.now() - KNOWN_FOR
            candidates = await transfer_candidates(reader, organiser_id, since) if lines else []

        def suggest() -> list[OpenLine]:
            matcher = statements.Matcher(candidates)
            return [OpenLine(line, tuple(matcher.suggest(line))) for line in lines]

        return await asyncio.to_thread(suggest)

    async def settle_line(
        self,
        actor: Actor,
        organiser_id: UUID,
        line_id: UUID,
        code: str,
        *,
        shown: statements.Proposal | None = None,
    ) -> Settled:
        """This line's money is for this order: tickets, a part that waits, or money to send back, as for any payment.

        `shown`: what somebody was told would become of it. The same again answers the same. Raises `Forbidden`,
        `OrderNotFound`, `AccountNotFound`, `LineNotFound`, `LineNotOpen`, `LineNotIncoming`, `TooManyAttempts`, and
        `PreviewChanged` when the order is not as shown.
        """
        accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)
        wanted = normalise_code(code[:64])

        async def story(tx: Transaction) -> Received:
            order = await orders.by_code(tx, organiser_id, wanted)
            line = (await statements.read_lines(tx, organiser_id, [line_id])).get(line_id)
            if line is None:
                raise statements.LineNotFound
            if line.order_id == order.id and line.attempt_id is not None:
                return (await payments.received_for(tx, [line.attempt_id]))[line.attempt_id]
            if not line.is_incoming:
                raise statements.LineNotIncoming
            written = await self._write_line(tx, actor, order, line)
            # Lines are locked before orders.
            if shown is not None and not await _is_as_shown(tx, order.id, shown, written):
                raise statements.PreviewChanged
            return written

        came = await self._database.run(story)
        return await self._hear(came)

    async def _write_line(
        self, tx: Transaction, actor: Actor, order: orders.OrderRow, line: statements.Line
    ) -> Received:
        """The line, its attempt and what came, together. Whoever is second with the line waits for the first here."""
        now = self._clock.now()
        new = NewAttempt(
            id=derived_id("payments.line", line.id.bytes),
            order_id=order.id,
            organiser_id=order.organiser_id,
            provider=BANK,
            method="transfer",
            currency=line.currency,
            amount_minor=line.amount_minor,
            account_id=await self._account_of(tx, order),
        )
        [opened] = await payments.open_many(tx, [new], now=now, actor=actor.label)
        if isinstance(opened, Refusal):
            raise opened
        match = Match(line.id, order.id, opened.id)
        [verdict] = await statements.match(tx, order.organiser_id, [match], now=now, actor=actor.label)
        if isinstance(verdict, Refusal):
            raise verdict
        came = Received(
            id=uuid7(),
            attempt_id=opened.id,
            account_id=new.account_id,
            currency=line.currency,
            amount_minor=line.amount_minor,
            means="transfer",
            source=f"line:{line.id}",
            payer_name=line.payer_name,
            payer_iban=line.payer_iban,
            received_by=actor.label,
            received_at=now,
        )
        await payments.expect(tx, _expected(came, order))
        written = await payments.record_received(tx, came, organiser_id=order.organiser_id)
        assert written, "an open line has not been written down"
        # What is written down is settled, whatever happens to this process: nobody takes the line back from here on.
        await statements.mark_settled(tx, [line.id], now=now)
        return came

    async def _account_of(self, tx: Transaction, order: orders.OrderRow) -> UUID:
        """The account the buyer was told of, else the organiser's of the order's mode."""
        told = [one for one in await payments.of_orders(tx, [order.id]) if one.provider == BANK]
        if told:
            return told[-1].account_id
        for account in await self._bank_accounts(tx, order.organiser_id):
            if account.is_test == order.is_test:
                return account.id
        raise payments.AccountNotFound

    async def settle_certain(self, actor: Actor, organiser_id: UUID) -> int:
        """Settle every line whose order is certain and whose amount is exact; how many. Raises `Forbidden`."""
        found = await self.open_lines(actor, organiser_id)
        wanted = [(one.line.id, one.certain.code) for one in found if one.certain is not None]
        gate = asyncio.Semaphore(_AT_ONCE)

        async def settle(line_id: UUID, code: str) -> int:
            async with gate:
                try:
                    await self.settle_line(actor, organiser_id, line_id, code)
                except Refusal:
                    return 0  # a colleague was faster, or the order changed: a person looks at it, the others go on
                return 1

        return sum(await asyncio.gather(*(settle(*one) for one in wanted)))

    async def ignore_line(self, actor: Actor, organiser_id: UUID, line_id: UUID) -> None:
        """Put an open line aside. Raises `Forbidden`, `LineNotFound`, `LineNotOpen`."""
        accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)

        async def story(tx: Transaction) -> Sequence[statements.Line | Refusal]:
            now = self._clock.now()
            return await statements.ignore(tx, organiser_id, [line_id], now=now, actor=actor.label)

        _raise_refused(await self._database.run(story))

    async def reopen_line(self, actor: Actor, organiser_id: UUID, line_id: UUID) -> None:
        """Undo `ignore_line`. Raises `Forbidden`, `LineNotFound`, `LineNotMatched`, `LineSettled`."""
        accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)

        async def story(tx: Transaction) -> Sequence[statements.Line | Refusal]:
            now = self._clock.now()
            return await statements.unmatch(tx, organiser_id, [line_id], now=now, actor=actor.label)

        _raise_refused(await self._database.run(story))

    async def take_at_door(
        self, actor: Actor, organiser_id: UUID, event_id: UUID, code: str, means: str
    ) -> Settled:
        """Somebody at the door has received what an order still costs, in cash or by card.

        Raises `Forbidden`, `OrderNotFound`, `BadMeans`, `NotAwaited`, `ReceivedAlready`.
        """
        accounts.permit(actor, Action.RECEIVE_MONEY, organiser_id)
        if means not in MEANS:
            raise BadMeans(field="means")
        wanted = normalise_code(code[:64])

        async def story(tx: Transaction) -> Received:
            found = await orders.by_code(tx, organiser_id, wanted)
            order = (await orders.lock(tx, [found.id]))[found.id]
            if order.event_id != event_id:
                raise orders.OrderNotFound
            tried = [one for one in await payments.of_orders(tx, [order.id]) if one.provider == DOOR]
            if await payments.received_for(tx, [one.id for one in tried]):
                raise payments.ReceivedAlready
            waiting = next((one for one in reversed(tried) if one.is_open), None)
            is_pending = order.state == orders.OrderState.PENDING
            if not is_pending or waiting is None or await payments.expected(tx, waiting.id) is None:
                raise payments.NotAwaited(state=order.state)
            came = Received(
                id=uuid7(),
                attempt_id=waiting.id,
                account_id=waiting.account_id,
                currency=order.currency,
                amount_minor=order.due_minor,
                means=means,
                source=f"door:{waiting.id}",
                payer_name=None,
                payer_iban=None,
                received_by=actor.label,
                received_at=self._clock.now(),
            )
            if not await payments.record_received(tx, came, organiser_id=organiser_id):
                raise payments.ReceivedAlready
            return came

        came = await self._database.run(story)
        return await self._hear(came)

    async def _hear(self, came: Received) -> Settled:
        status = Status(
            str(came.attempt_id), Outcome.PAID, came.amount_minor, came.currency, attempt_id=came.attempt_id
        )
        return await self._settlement.hear(Heard(came.attempt_id, status))


def _expected(came: Received, order: orders.OrderRow) -> payments.Expected:
    """What came without having been waited for under this key."""
    return payments.Expected(
        attempt_id=came.attempt_id,
        account_id=came.account_id,
        method="transfer",
        order_code=order.code,
        currency=came.currency,
        amount_minor=came.amount_minor,
        instructions={},
        wait_until=order.pay_until,
        expected_at=came.received_at,
    )


def _raise_refused(verdicts: Sequence[statements.Line | Refusal]) -> None:
    for verdict in verdicts:
        if isinstance(verdict, Refusal):
            raise verdict


async def _is_as_shown(
    tx: Transaction, order_id: UUID, shown: statements.Proposal, written: Received
) -> bool:
    """Is as much due for the order, locked here, as was shown, and no other money for it written and not settled?"""
    order = (await orders.lock(tx, [order_id]))[order_id]
    is_waiting = order.state in (orders.OrderState.PENDING, orders.OrderState.EXPIRED)
    due_minor = order.due_minor if is_waiting else 0
    assert shown.order is not None, "what is settled has an order"
    is_late = order.state == orders.OrderState.EXPIRED
    if due_minor != shown.due_minor or (due_minor and is_late != shown.order.is_late):
        return False
    waiting = {one.id for one in await payments.of_orders(tx, [order_id]) if one.is_open}
    return not await payments.received_for(tx, waiting - {written.attempt_id})
