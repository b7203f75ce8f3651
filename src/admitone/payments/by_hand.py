"""Money that no machine can be asked about: by transfer, or at the door. People write down that it came, and send it
back themselves.

`HandBook` is the other end of the wire for such providers: it opens transactions of its own, as a company elsewhere
would. The verbs are for flows, inside the transaction in which somebody sees the money.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from admitone.payments import hand_store, refund_store
from admitone.payments.facts import (
    MoneyExpected,
    MoneyReceived,
    MoneySentByHand,
    ReceiverNamed,
    ReceiverWanted,
)
from admitone.payments.hand_store import Expected, Received, Sending
from admitone.payments.refusals import ReceiverKnown, RefundNotFound, SentAlready
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.journal import announce
from admitone.values.clock import Clock

# The labels of instructions for a transfer: pages that know them draw a QR code, and buttons to copy.
HOLDER: Final = "Account holder"
IBAN: Final = "IBAN"
BIC: Final = "BIC"
AMOUNT: Final = "Amount"
REFERENCE: Final = "Reference"
# People are slow: so long after an order has ended nobody is asked about its money any more. It is taken all the same.
STALE_AFTER: Final = timedelta(days=1)


async def expect(tx: Transaction, new: Expected) -> bool:
    """Wait for money, announced by nobody: the caller has seen it. False when this key waits already."""
    return await hand_store.expect(tx, new)


async def record_received(tx: Transaction, new: Received, *, organiser_id: UUID) -> bool:
    """Write down money that came, announced. False when this source, or this attempt, has been written down before."""
    if not await hand_store.receive(tx, new):
        return False
    fact = MoneyReceived(
        subject_id=new.attempt_id,
        organiser_id=organiser_id,
        means=new.means,
        source=new.source,
        currency=new.currency,
        amount_minor=new.amount_minor,
    )
    await announce(tx, [fact], new.received_by)
    return True


async def expected(reader: Reader, attempt_id: UUID) -> Expected | None:
    """What is waited for under this key."""
    return await hand_store.expected(reader, attempt_id)


async def received_for(reader: Reader, attempt_ids: Collection[UUID]) -> dict[UUID, Received]:
    """What came for these attempts, by attempt."""
    return await hand_store.received(reader, attempt_ids)


async def sendings(reader: Reader, refund_ids: Collection[UUID]) -> dict[UUID, Sending]:
    """What people have to send back, or have sent, of these refunds."""
    return await hand_store.sendings(reader, refund_ids)


async def name_receiver(tx: Transaction, refund_id: UUID, *, holder: str, iban: str, bic: str | None) -> None:
    """Say whose account it goes to. Raises `RefundNotFound`, `SentAlready`."""
    if refund_id not in await hand_store.sendings(tx, [refund_id]):
        raise RefundNotFound
    if not await hand_store.name_receiver(tx, refund_id, holder, iban, bic):
        raise SentAlready


async def answer_receiver(
    tx: Transaction, refund_id: UUID, *, organiser_id: UUID, holder: str, sealed: bytes, iban_end: str
) -> None:
    """The buyer says whose account it goes to, once, announced. `sealed` opens for whoever sends it; `iban_end` is what
    is shown. Raises `ReceiverKnown`.
    """
    if not await hand_store.answer_receiver(tx, refund_id, holder=holder, sealed=sealed, iban_end=iban_end):
        raise ReceiverKnown
    await announce(tx, [ReceiverNamed(subject_id=refund_id, organiser_id=organiser_id)], "guest")


async def mark_sent(
    tx: Transaction, organiser_id: UUID, refund_ids: Sequence[UUID], *, now: datetime, actor: str
) -> set[UUID]:
    """Somebody says that these were sent, announced; which were not before."""
    sent = await hand_store.mark_sent(tx, refund_ids, now, actor)
    facts = [MoneySentByHand(subject_id=one, organiser_id=organiser_id) for one in sorted(sent)]
    await announce(tx, facts, actor)
    return sent


class HandBook:
    """What people wrote down, as an adapter asks for it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self.clock = clock

    async def expect(self, new: Expected, organiser_id: UUID | None) -> Expected:
        """Wait for it, announced; what is waited for under this key now, which may be something else."""

        async def story(tx: Transaction) -> Expected:
            if await hand_store.expect(tx, new):
                fact = MoneyExpected(subject_id=new.attempt_id, organiser_id=organiser_id, method=new.method)
                await announce(tx, [fact], "guest")
                return new
            known = await hand_store.expected(tx, new.attempt_id)
            assert known is not None, "the key was there"
            return known

        return await self._database.run(story)

    async def look(self, attempt_id: UUID) -> tuple[Expected | None, Received | None]:
        """What is waited for under this key, and what came."""
        async with self._database.reading() as reader:
            known = await hand_store.expected(reader, attempt_id)
            came = await hand_store.received(reader, [attempt_id])
        return known, came.get(attempt_id)

    async def give_up(self, attempt_id: UUID) -> None:
        """Nobody waits for it any more."""
        now = self.clock.now()
        await self._database.run(lambda tx: hand_store.give_up(tx, attempt_id, now))

    async def since(self, account_id: UUID, since: datetime) -> list[Received]:
        """What came into an account since then."""
        async with self._database.reading() as reader:
            return await hand_store.received_since(reader, account_id, since)

    async def want_sent(self, refund_id: UUID, attempt_id: UUID, currency: str, amount_minor: int) -> str:
        """Put a refund on the list of what people have to send, once; a word why not, or empty."""
        now = self.clock.now()

        async def story(tx: Transaction) -> str:
            known = await hand_store.lock_expected(tx, attempt_id)
            if refund_id in await hand_store.sendings(tx, [refund_id]):
                return ""
            came = (await hand_store.received(tx, [attempt_id])).get(attempt_id)
            if known is None or came is None:
                return "not_received"
            going = sum(one.amount_minor for one in await hand_store.sendings_of(tx, attempt_id))
            if currency != came.currency or going + amount_minor > came.amount_minor:
                return "more_than_received"
            wanted = Sending(
                refund_id=refund_id,
                attempt_id=attempt_id,
                account_id=known.account_id,
                currency=currency,
                amount_minor=amount_minor,
                holder=came.payer_name,
                iban=came.payer_iban,
                bic=None,
                asked_at=now,
                sent_at=None,
                sent_by=None,
            )
            await hand_store.want_sent(tx, wanted)
            if wanted.iban is None and came.means == "transfer" and currency == "EUR":
                refund = (await refund_store.refunds(tx, [refund_id])).get(refund_id)
                if refund is not None:
                    fact = ReceiverWanted(subject_id=refund_id, organiser_id=refund.organiser_id)
                    await announce(tx, [fact], "system")
            return ""

        return await self._database.run(story)

    async def sending(self, refund_id: UUID) -> Sending | None:
        """A refund of the list."""
        async with self._database.reading() as reader:
            return (await hand_store.sendings(reader, [refund_id])).get(refund_id)
