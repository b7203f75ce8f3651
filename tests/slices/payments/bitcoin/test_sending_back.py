"""Bitcoin goes back once, never more than came, and what nobody could answer is asked about and not sent elsewhere."""

import asyncio
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from admitone.payments import SANDBOX_ACCOUNT, RefundAsk, RefundOutcome, RefundStatus
from admitone.payments.bitcoin import (
    Came,
    Destination,
    DestinationKnown,
    Outgoing,
    Rail,
    Sending,
    SendingState,
    SendOutcome,
    SendsBack,
    SendStatus,
    name_destination,
    sending_store,
    sendings,
)
from admitone.payments.bitcoin.sending_back import BUSY, _of_what_came
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.support.payments_rows import paid_attempt

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PREIMAGE = b"p" * 32
HASH = hashlib.sha256(PREIMAGE).hexdigest()
INVOICE = Destination("lnbcrt1theirs", HASH, NOW + timedelta(hours=1))
SENT = SendStatus(SendOutcome.SENT, HASH, PREIMAGE, 1000)


_DISPUTED = text(
    """
    INSERT INTO payments_dispute (id, account_id, ref, attempt_id, order_id, organiser_id, state, currency,
        amount_minor, fee_minor, reason, opened_at, heard_at, held_minor)
    SELECT :id, account_id, 'reorg', id, order_id, organiser_id, 'open', currency, 2500, 0, '', now(), now(), 0
    FROM payments_attempt WHERE id = :attempt_id
    """
)


@dataclass
class Node:
    """A sender that answers as planned; what it has really sent, by key."""

    rail: Rail = Rail.LIGHTNING
    says: list[SendStatus | Exception] = field(default_factory=list)
    sent: Counter[UUID] = field(default_factory=Counter)
    asked: list[Outgoing] = field(default_factory=list)
    is_away: bool = False
    gate: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def network(self) -> str:
        if self.is_away:
            raise ConnectionError
        return "regtest"

    async def send(self, out: Outgoing) -> SendStatus:
        self.asked.append(out)
        self.reached.set()
        if self.gate is not None:
            await self.gate.wait()
        said = self.says.pop(0) if self.says else SENT
        is_sent = not isinstance(said, SendStatus) or said.outcome in (
            SendOutcome.SENT,
            SendOutcome.IN_FLIGHT,
        )
        # As a node does: what it has sent under this key is not sent again.
        if is_sent and not self.sent[out.key]:
            self.sent[out.key] += 1
        if isinstance(said, Exception):
            raise said
        return said

    async def look(self, out: Outgoing) -> SendStatus:
        if self.says:
            said = self.says.pop(0)
            if isinstance(said, Exception):
                raise said
            return said
        return SENT if self.sent[out.key] else SendStatus(SendOutcome.NOT_FOUND)


@dataclass
class Desk:
    """A payment of 25 euros for 50,000 satoshi, whose refunds go back by `node`."""

    db: Database
    clock: FrozenClock
    node: Node
    came: Came = field(default_factory=lambda: Came(uuid7(), "EUR", 2500, 50_000_000))
    forgets: bool = False

    @property
    def back(self) -> SendsBack:
        return SendsBack(self.db, self.clock, SANDBOX_ACCOUNT, self.node, forgets=self.forgets)

    async def refund(self, minor: int = 2500, refund_id: UUID | None = None) -> tuple[UUID, RefundStatus]:
        ask = RefundAsk(refund_id or uuid7(), HASH, "EUR", minor, "cancelled")
        return ask.refund_id, await self.back.refund(ask, self.came)

    async def named(self, destination: Destination = INVOICE) -> UUID:
        """A refund whose buyer has said where to."""
        refund_id, _ = await self.refund()
        await self.name(refund_id, destination)
        return refund_id

    async def name(self, refund_id: UUID, destination: Destination = INVOICE, round_: int = 1) -> None:
        await self.db.run(
            lambda tx: name_destination(
                tx, refund_id, round_, destination, named_as=None, organiser_id=uuid7(), now=self.clock.now()
            )
        )

    async def row(self, refund_id: UUID) -> Sending:
        async with self.db.reading() as reader:
            return (await sendings(reader, [refund_id]))[refund_id]


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db, FrozenClock(NOW), Node())


async def test_it_waits_for_the_buyer_and_nothing_is_sent(desk: Desk) -> None:
    refund_id, status = await desk.refund()
    assert (status.outcome, status.reason, status.provider_ref) == (
        RefundOutcome.PENDING,
        "waits_for_buyer",
        None,
    )
    assert await desk.back.refund_status(refund_id) == status
    assert (await desk.row(refund_id)).amount_msat == 50_000_000
    assert desk.node.asked == []


async def test_what_was_named_is_sent_by_the_next_refund_and_once(desk: Desk) -> None:
    refund_id = await desk.named()
    looked = await desk.back.refund_status(refund_id)
    assert (looked.outcome, looked.reason) == (RefundOutcome.UNKNOWN, "not_found")
    said = await asyncio.gather(*(desk.refund(refund_id=refund_id) for _ in range(8)))
    assert {status.outcome for _, status in said} <= {RefundOutcome.DONE, RefundOutcome.PENDING}
    assert len(desk.node.asked) == 1
    assert desk.node.asked[0] == Outgoing(refund_id, INVOICE.value, 50_000_000, 500_000)
    status = await desk.back.refund_status(refund_id)
    assert (status.outcome, status.provider_ref) == (RefundOutcome.DONE, HASH)
    row = await desk.row(refund_id)
    assert (row.state, row.proof, row.fee_msat, row.ended_at) == (SendingState.SENT, PREIMAGE, 1000, NOW)


async def test_a_lost_answer_is_asked_about_and_never_named_or_sent_again(desk: Desk) -> None:
    refund_id = await desk.named()
    desk.node.says = [ConnectionError(), ConnectionError()]
    _, status = await desk.refund(refund_id=refund_id)
    assert status.outcome is RefundOutcome.UNKNOWN
    with pytest.raises(DestinationKnown):
        await desk.name(refund_id, Destination("lnbcrt1other", "00" * 32, INVOICE.send_until))
    assert (await desk.back.refund_status(refund_id)).outcome is RefundOutcome.UNKNOWN
    assert (await desk.row(refund_id)).state is SendingState.UNKNOWN
    assert (await desk.back.refund_status(refund_id)).outcome is RefundOutcome.DONE
    assert (len(desk.node.asked), desk.node.sent[refund_id]) == (1, 1)


async def test_what_never_arrived_is_sent_again_to_the_same_place(desk: Desk) -> None:
    refund_id = await desk.named()
    desk.node.says = [SendStatus(SendOutcome.UNKNOWN, reason="no_answer")]
    await desk.refund(refund_id=refund_id)
    assert (await desk.refund(refund_id=refund_id))[1].outcome is RefundOutcome.DONE
    assert [one.destination for one in desk.node.asked] == [INVOICE.value] * 2
    assert desk.node.sent[refund_id] == 1


async def test_what_never_arrived_and_ran_out_is_asked_for_anew(desk: Desk) -> None:
    refund_id = await desk.named()
    desk.node.says = [SendStatus(SendOutcome.UNKNOWN, reason="no_answer")]
    await desk.refund(refund_id=refund_id)
    desk.clock.move(seconds=3600)
    _, status = await desk.refund(refund_id=refund_id)
    row = await desk.row(refund_id)
    assert (status.reason, row.state, row.round) == ("waits_for_buyer", SendingState.FAILED, 2)
    assert len(desk.node.asked) == 1


async def test_a_wallet_that_forgets_is_not_believed_that_nothing_is_on_its_way(desk: Desk) -> None:
    desk.forgets = True
    refund_id = await desk.named()
    desk.node.says = [SendStatus(SendOutcome.UNKNOWN, reason="no_answer")]
    await desk.refund(refund_id=refund_id)
    # The first is on its way and not listed, and has used up the budget.
    desk.node.says = [
        SendStatus(SendOutcome.NOT_FOUND),
        SendStatus(SendOutcome.LATER, reason="quota_exceeded"),
    ]
    _, status = await desk.refund(refund_id=refund_id)
    assert (status.outcome, status.reason) == (RefundOutcome.UNKNOWN, "quota_exceeded")
    desk.clock.move(seconds=3600)
    await desk.refund(refund_id=refund_id)
    desk.clock.move(seconds=13 * 86_400)
    await desk.refund(refund_id=refund_id)
    assert ((await desk.row(refund_id)).state, (await desk.row(refund_id)).round) == (SendingState.UNKNOWN, 1)
    with pytest.raises(DestinationKnown):
        await desk.name(refund_id, Destination("lnbcrt1other", "00" * 32, None))
    desk.clock.move(seconds=86_400)
    _, status = await desk.refund(refund_id=refund_id)
    row = await desk.row(refund_id)
    assert (status.reason, row.state, row.round) == ("waits_for_buyer", SendingState.FAILED, 2)
    assert len(desk.node.asked) == 2


async def test_a_process_that_dies_while_sending_is_followed_by_one_that_looks(desk: Desk) -> None:
    refund_id = await desk.named()
    desk.node.gate = asyncio.Event()
    dying = asyncio.create_task(desk.refund(refund_id=refund_id))
    await desk.node.reached.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    desk.node.sent[refund_id] += 1
    assert (await desk.row(refund_id)).state is SendingState.SENDING
    _, status = await desk.refund(refund_id=refund_id)
    assert (status.outcome, status.reason) == (RefundOutcome.PENDING, "on_its_way")
    desk.clock.move(seconds=BUSY.total_seconds())
    assert (await desk.refund(refund_id=refund_id))[1].outcome is RefundOutcome.DONE
    assert len(desk.node.asked) == 1


@pytest.mark.parametrize("said", [SendStatus(SendOutcome.FAILED, reason="no_route"), SENT], ids=["no", "yes"])
async def test_whoever_took_too_long_does_not_say_how_it_ended(desk: Desk, said: SendStatus) -> None:
    refund_id = await desk.named()
    desk.node.gate, desk.node.says = asyncio.Event(), [said]
    slow = asyncio.create_task(desk.refund(refund_id=refund_id))
    await desk.node.reached.wait()
    desk.clock.move(seconds=BUSY.total_seconds())
    async with desk.db.transaction() as tx:
        # Somebody else has it from here on.
        assert (
            await sending_store.begin(tx, refund_id, now=desk.clock.now(), until=NOW + 2 * BUSY) is not None
        )
    desk.node.gate.set()
    _, status = await slow
    assert (status.outcome, status.reason) == (RefundOutcome.PENDING, "on_its_way")
    row = await desk.row(refund_id)
    assert (row.state, row.round, row.busy_until) == (SendingState.SENDING, 1, NOW + 2 * BUSY)


async def test_what_was_begun_and_never_sent_waits_while_its_payment_is_in_doubt(db: Database) -> None:
    attempt = await paid_attempt(db)
    desk = Desk(db, FrozenClock(NOW), Node(), Came(attempt.id, "EUR", 2500, 50_000_000))
    refund_id = await desk.named()
    desk.node.says = [SendStatus(SendOutcome.UNKNOWN, reason="no_answer")]
    await desk.refund(refund_id=refund_id)
    async with desk.db.transaction() as tx:
        await tx.execute(_DISPUTED, {"id": uuid7(), "attempt_id": attempt.id})
    _, status = await desk.refund(refund_id=refund_id)
    assert (status.outcome, status.reason) == (RefundOutcome.LATER, "payment_disputed")
    assert (len(desk.node.asked), desk.node.sent[refund_id]) == (1, 0)
    async with desk.db.transaction() as tx:
        await tx.execute(text("UPDATE payments_dispute SET state = 'won'"))
    assert (await desk.refund(refund_id=refund_id))[1].outcome is RefundOutcome.DONE
    assert desk.node.sent[refund_id] == 1


async def test_whoever_says_it_paid_without_the_proof_of_it_is_not_believed(desk: Desk) -> None:
    refund_id = await desk.named()
    desk.node.says = [SendStatus(SendOutcome.SENT, HASH, b"x" * 32)]
    _, status = await desk.refund(refund_id=refund_id)
    assert (status.outcome, status.reason) == (RefundOutcome.UNKNOWN, "false_proof")
    assert (await desk.row(refund_id)).state is SendingState.UNKNOWN


async def test_too_little_money_there_is_tried_again_and_the_place_stays(desk: Desk) -> None:
    refund_id = await desk.named()
    desk.node.says = [SendStatus(SendOutcome.LATER, reason="insufficient_balance")]
    _, status = await desk.refund(refund_id=refund_id)
    assert (status.outcome, status.reason) == (RefundOutcome.LATER, "insufficient_balance")
    assert (await desk.row(refund_id)).state is SendingState.NAMED
    assert (await desk.refund(refund_id=refund_id))[1].outcome is RefundOutcome.DONE


async def test_what_failed_may_be_named_anew_in_the_next_round_only(desk: Desk) -> None:
    refund_id = await desk.named()
    desk.node.says = [SendStatus(SendOutcome.FAILED, reason="no_route")]
    await desk.refund(refund_id=refund_id)
    row = await desk.row(refund_id)
    assert (row.state, row.round, row.reason) == (SendingState.FAILED, 2, "no_route")
    other = Destination("lnbcrt1other", "00" * 32, INVOICE.send_until)
    with pytest.raises(DestinationKnown):
        await desk.name(refund_id, other)
    await desk.name(refund_id, other, round_=2)
    desk.node.says = [SendStatus(SendOutcome.SENT, "00" * 32)]
    assert (await desk.refund(refund_id=refund_id))[1].outcome is RefundOutcome.DONE
    assert desk.node.asked[-1].destination == "lnbcrt1other"


async def test_what_is_in_flight_is_pending_until_it_arrives(desk: Desk) -> None:
    refund_id = await desk.named()
    flying = SendStatus(SendOutcome.IN_FLIGHT)
    desk.node.says = [flying, flying]
    assert (await desk.refund(refund_id=refund_id))[1].outcome is RefundOutcome.PENDING
    assert (await desk.back.refund_status(refund_id)).outcome is RefundOutcome.PENDING
    assert (await desk.back.refund_status(refund_id)).outcome is RefundOutcome.DONE


async def test_never_more_goes_back_than_came(desk: Desk) -> None:
    parts = [(await desk.refund(minor))[1].outcome for minor in (1000, 1499, 1)]
    assert parts == [RefundOutcome.PENDING] * 3
    _, more = await desk.refund(1)
    assert (more.outcome, more.reason) == (RefundOutcome.FAILED, "more_than_received")
    back, nothing = desk.back, RefundAsk(uuid7(), HASH, "USD", 1, "cancelled")
    assert (await back.refund(nothing, desk.came)).outcome is RefundOutcome.FAILED
    assert (await back.refund(nothing, None)).reason == "not_received"


async def test_many_refunds_of_one_payment_at_once_are_counted_one_after_the_other(desk: Desk) -> None:
    said = await asyncio.gather(*(desk.refund(500) for _ in range(8)))
    outcomes = Counter(status.outcome for _, status in said)
    assert outcomes == {RefundOutcome.PENDING: 5, RefundOutcome.FAILED: 3}


async def test_what_no_address_takes_is_kept_and_promised_to_nobody(db: Database) -> None:
    desk = Desk(db, FrozenClock(NOW), Node(rail=Rail.ONCHAIN))
    for _ in range(2):
        _, small = await desk.refund(27, UUID(int=1))
        assert (small.outcome, small.provider_ref) == (RefundOutcome.DONE, "kept:too_small_to_send")
    assert (await desk.refund(28))[1].outcome is RefundOutcome.PENDING


async def test_a_node_that_is_away_is_asked_again_and_nothing_is_kept(desk: Desk) -> None:
    desk.node.is_away = True
    refund_id, status = await desk.refund()
    assert (status.outcome, status.reason) == (RefundOutcome.UNKNOWN, "no_answer")
    assert (await desk.back.refund_status(refund_id)).reason == "not_found"


async def test_another_account_does_not_know_it(desk: Desk) -> None:
    refund_id, _ = await desk.refund()
    other = SendsBack(desk.db, desk.clock, uuid7(), desk.node)
    assert (await other.refund_status(refund_id)).reason == "not_found"


@given(
    msat=st.integers(1, 10**15),
    parts=st.lists(st.integers(1, 10**6), min_size=1, max_size=12),
)
def test_parts_are_whole_satoshi_and_make_up_what_came(msat: int, parts: list[int]) -> None:
    came = Came(UUID(int=1), "EUR", sum(parts), msat)
    at, shares = 0, []
    for part in parts:
        shares.append(_of_what_came(came, at + part) - _of_what_came(came, at))
        at += part
    assert all(share >= 0 and share % 1000 == 0 for share in shares)
    assert sum(shares) == msat // 1000 * 1000
