"""Bank transfer and paying at the door for the contract suite: the other end of the wire is the hand book.

People pay and people send back; the book between us and them is what can lose an answer here.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from admitone import payments
from admitone.payments import AccountSheet, Expected, HandBook, Kind, Mode, Provider, Received, Sending
from admitone.payments.providers.bank import BankKind
from admitone.payments.providers.door import DoorKind
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.contracts.payments.cases import Trouble
from tests.support.payments_rows import START

BANK = {"holder": "Foundry Presents", "iban": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX"}
_VERBS = {"start": "expect", "status": "look", "refund": "want_sent", "refund_status": "sending"}


class LossyBook(HandBook):
    """A hand book whose answers get lost as planned: before it was written in, or after."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        super().__init__(database, clock)
        self.planned: dict[str, deque[Trouble]] = {}

    def _trouble(self, verb: str) -> Trouble | None:
        waiting = self.planned.get(verb)
        trouble = waiting.popleft() if waiting else None
        if trouble in (Trouble.NEVER_ARRIVED, Trouble.SERVER_ERROR):
            raise ConnectionError(trouble)
        return trouble

    async def expect(self, new: Expected, organiser_id: UUID | None) -> Expected:
        trouble = self._trouble("expect")
        found = await super().expect(new, organiser_id)
        if trouble is not None:
            raise ConnectionError(trouble)
        return found

    async def look(self, attempt_id: UUID) -> tuple[Expected | None, Received | None]:
        trouble = self._trouble("look")
        found = await super().look(attempt_id)
        if trouble is not None:
            raise ConnectionError(trouble)
        return found

    async def want_sent(self, refund_id: UUID, attempt_id: UUID, currency: str, amount_minor: int) -> str:
        trouble = self._trouble("want_sent")
        found = await super().want_sent(refund_id, attempt_id, currency, amount_minor)
        if trouble is not None:
            raise ConnectionError(trouble)
        return found

    async def sending(self, refund_id: UUID) -> Sending | None:
        trouble = self._trouble("sending")
        found = await super().sending(refund_id)
        if trouble is not None:
            raise ConnectionError(trouble)
        return found


class HandEnd:
    """People with a hand book as the other end of the wire."""

    currency = "EUR"

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self._clock = FrozenClock(START)
        self._book = LossyBook(database, self._clock)
        kind: Kind = BankKind(self._book) if name == "bank" else DoorKind(self._book)
        self.account_id = uuid7()
        sheet = AccountSheet(self.account_id, uuid7(), name, Mode.TEST, None, None, "https://a.example/", {})
        self.provider: Provider = kind.open(sheet, BANK if name == "bank" else {})
        self.method = kind.methods[0].id

    def now(self) -> datetime:
        return self._clock.now()

    def trouble(self, verb: str, *troubles: Trouble) -> None:
        self._book.planned = {_VERBS[verb]: deque(troubles)}

    async def pay(self, provider_ref: str) -> None:
        """Somebody sees the whole price come in, and writes it down."""
        async with self.database.transaction() as tx:
            waiting = await payments.expected(tx, UUID(provider_ref))
            assert waiting is not None
            came = Received(
                id=uuid7(),
                attempt_id=waiting.attempt_id,
                account_id=waiting.account_id,
                currency=waiting.currency,
                amount_minor=waiting.amount_minor,
                means="transfer",
                source=f"a line for {provider_ref}",
                payer_name="Ada Obi",
                payer_iban=None,
                received_by="person:1",
                received_at=self._clock.now(),
            )
            assert await payments.record_received(tx, came, organiser_id=uuid7())

    async def decline(self, provider_ref: str) -> None:
        """Nobody pays, until long after the order has ended."""
        self._clock.move(seconds=timedelta(days=2).total_seconds())

    async def payments_made(self) -> int:
        return await self._count("SELECT count(*) FROM payments_expected")

    async def sent_back_minor(self, provider_ref: str) -> int:
        """What is on the list of what people have to send."""
        return await self._count(
            "SELECT coalesce(sum(amount_minor), 0) FROM payments_sending WHERE attempt_id = :id", provider_ref
        )

    async def _count(self, query: str, provider_ref: str | None = None) -> int:
        async with self.database.reading() as reader:
            return int((await reader.execute(text(query), {"id": provider_ref})).scalar_one())

    def notice(self, provider_ref: str, at: datetime) -> tuple[Mapping[str, str], bytes]:
        """What a stranger may send: people send no notices."""
        return {}, f'{{"paid": "{provider_ref}"}}'.encode()


def bank_end(database: Database) -> HandEnd:
    """Bank transfer."""
    return HandEnd(database, "bank")


def door_end(database: Database) -> HandEnd:
    """At the door."""
    return HandEnd(database, "door")
