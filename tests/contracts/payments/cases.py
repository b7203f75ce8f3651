"""What every provider promises, as named cases. A new adapter adds a rig and runs them all; see the recipe.

A rig is the adapter and the other end of its wire, which can be told to pay, to decline, to lose an answer, to sign.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from admitone.payments import (
    NOT_FOUND,
    Ask,
    BadSignature,
    Outcome,
    Prompt,
    Provider,
    RefundAsk,
    RefundOutcome,
)
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7


class Trouble(StrEnum):
    """What can go wrong on the wire. `ANSWER_LOST` and `GARBAGE`: the work was done all the same."""

    NEVER_ARRIVED = "never_arrived"
    SERVER_ERROR = "server_error"
    ANSWER_LOST = "answer_lost"
    GARBAGE = "garbage"


class Rig(Protocol):
    """An adapter and the other end of its wire."""

    provider: Provider
    database: Database
    method: str
    currency: str

    def now(self) -> datetime:
        """The time at the provider."""
        ...

    def trouble(self, verb: str, *troubles: Trouble) -> None:
        """Let the next calls of `start`, `status`, `refund` or `refund_status` go wrong in these ways."""
        ...

    async def pay(self, provider_ref: str) -> None:
        """The buyer pays."""
        ...

    async def decline(self, provider_ref: str) -> None:
        """The payment fails for good."""
        ...

    async def payments_made(self) -> int:
        """How many payments the other end has."""
        ...

    async def sent_back_minor(self, provider_ref: str) -> int:
        """How much the other end has sent back, in whole minor units."""
        ...

    def notice(self, provider_ref: str, at: datetime) -> tuple[Mapping[str, str], bytes]:
        """A genuine webhook about this payment, signed at this moment: headers and raw body."""
        ...


@runtime_checkable
class Opens(Protocol):
    """A rig whose other end is a server of its own."""

    async def open(self) -> None:
        """It answers from now on."""
        ...

    async def close(self) -> None:
        """It is gone."""
        ...


Case = Callable[[Rig], Awaitable[None]]
CASES: dict[str, Case] = {}


def case(run: Case) -> Case:
    """Add a case to the table."""
    CASES[run.__name__] = run
    return run


def ask_of(rig: Rig, amount_minor: int = 2500) -> Ask:
    """A new ask in the rig's currency."""
    return Ask(
        attempt_id=uuid7(),
        method=rig.method,
        currency=rig.currency,
        amount_minor=amount_minor,
        description="Order 7K3M9QXYZ",
        return_url="https://tickets.example/orders/abc",
        pay_until=rig.now() + timedelta(minutes=15),
        buyer_email="ada@example.org",
        order_id=uuid7(),
    )


def ref_of(prompt: Prompt) -> str:
    """The reference of a prompt that has one."""
    assert prompt.provider_ref is not None
    return prompt.provider_ref


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that has arrived, and what was asked."""

    ask: Ask
    ref: str

    def refund(self, amount_minor: int) -> RefundAsk:
        """Ask to send some of it back."""
        return RefundAsk(uuid7(), self.ref, self.ask.currency, amount_minor, "cancelled")


async def paid(rig: Rig, amount_minor: int = 2500) -> Paid:
    """Start and pay."""
    ask = ask_of(rig, amount_minor)
    ref = ref_of(await rig.provider.start(ask))
    await rig.pay(ref)
    return Paid(ask, ref)


@case
async def a_start_shows_how_to_pay_and_nothing_has_arrived(rig: Rig) -> None:
    prompt = await rig.provider.start(ask_of(rig))
    assert prompt.status.outcome is Outcome.PENDING
    assert prompt.redirect_url or prompt.instructions
    assert (prompt.redirect_url is not None) == rig.provider.capabilities[rig.method].needs_redirect


@case
async def a_buyer_is_sent_only_where_the_capabilities_say(rig: Rig) -> None:
    ask = ask_of(rig)
    prompt = await rig.provider.start(ask)
    if prompt.redirect_url is not None:
        ours, theirs = urlsplit(ask.return_url), urlsplit(prompt.redirect_url)
        origin = f"{theirs.scheme}://{theirs.netloc}"
        declared = rig.provider.capabilities[rig.method].redirect_origins
        assert origin in declared or theirs[:2] == ours[:2], "browsers would not go there"


@case
async def a_payment_is_seen_as_paid_with_what_arrived(rig: Rig) -> None:
    done = await paid(rig)
    status = await rig.provider.status(done.ask.attempt_id, done.ref)
    assert (status.outcome, status.paid_minor, status.currency) == (Outcome.PAID, 2500, rig.currency)
    assert status.attempt_id in (None, done.ask.attempt_id)


@case
async def a_declined_payment_fails_with_a_reason(rig: Rig) -> None:
    ask = ask_of(rig)
    ref = ref_of(await rig.provider.start(ask))
    await rig.decline(ref)
    status = await rig.provider.status(ask.attempt_id, ref)
    assert status.outcome is Outcome.FAILED
    assert status.reason


@case
async def the_same_key_starts_one_payment(rig: Rig) -> None:
    ask = ask_of(rig)
    prompts = await asyncio.gather(*(rig.provider.start(ask) for _ in range(5)))
    assert len({(prompt.provider_ref, prompt.redirect_url) for prompt in prompts}) == 1
    assert await rig.payments_made() == 1


@case
async def the_same_key_with_another_amount_starts_nothing_and_is_not_taken_for_failed(rig: Rig) -> None:
    ask = ask_of(rig)
    ref = ref_of(await rig.provider.start(ask))
    other = await rig.provider.start(replace(ask, amount_minor=9_999))
    assert (other.provider_ref, other.status.outcome) == (None, Outcome.UNKNOWN)
    assert await rig.payments_made() == 1
    await rig.pay(ref)
    assert (await rig.provider.status(ask.attempt_id, None)).paid_minor == 2500


@case
async def a_payment_is_found_by_its_key_alone(rig: Rig) -> None:
    done = await paid(rig)
    by_key = await rig.provider.status(done.ask.attempt_id, None)
    assert (by_key.provider_ref, by_key.outcome) == (done.ref, Outcome.PAID)


@case
async def a_key_nobody_used_is_unknown_and_not_found(rig: Rig) -> None:
    status = await rig.provider.status(uuid7(), None)
    assert (status.outcome, status.reason) == (Outcome.UNKNOWN, NOT_FOUND)


async def _start_again(rig: Rig, trouble: Trouble, made_meanwhile: int) -> None:
    ask = ask_of(rig)
    rig.trouble("start", trouble)
    lost = await rig.provider.start(ask)
    assert (lost.provider_ref, lost.status.outcome) == (None, Outcome.UNKNOWN)
    assert lost.status.reason != NOT_FOUND
    assert await rig.payments_made() == made_meanwhile
    found = await rig.provider.start(ask)
    assert found.status.outcome is Outcome.PENDING
    assert await rig.payments_made() == 1
    assert (await rig.provider.status(ask.attempt_id, None)).provider_ref == found.provider_ref


@case
async def a_start_that_never_arrived_is_unknown_and_can_be_asked_again(rig: Rig) -> None:
    await _start_again(rig, Trouble.NEVER_ARRIVED, 0)


@case
async def a_start_answered_with_an_error_is_unknown_and_can_be_asked_again(rig: Rig) -> None:
    await _start_again(rig, Trouble.SERVER_ERROR, 0)


@case
async def a_start_whose_answer_was_lost_is_found_again_with_the_same_key(rig: Rig) -> None:
    await _start_again(rig, Trouble.ANSWER_LOST, 1)


@case
async def a_start_whose_answer_nobody_can_read_is_found_again_with_the_same_key(rig: Rig) -> None:
    await _start_again(rig, Trouble.GARBAGE, 1)


@case
async def a_status_without_an_answer_is_unknown_and_known_the_next_time(rig: Rig) -> None:
    done = await paid(rig)
    rig.trouble("status", *Trouble)
    outcomes = [(await rig.provider.status(done.ask.attempt_id, done.ref)).outcome for _ in range(5)]
    assert outcomes == [Outcome.UNKNOWN] * 4 + [Outcome.PAID]


@case
async def a_refund_sends_back_what_was_asked_once(rig: Rig) -> None:
    done = await paid(rig)
    ask = done.refund(2500)
    answers = await asyncio.gather(*(rig.provider.refund(ask) for _ in range(4)))
    assert {answer.outcome for answer in answers} <= {RefundOutcome.DONE, RefundOutcome.PENDING}
    assert len({answer.provider_ref for answer in answers}) == 1
    assert await rig.sent_back_minor(done.ref) == 2500


@case
async def parts_are_sent_back_up_to_what_was_paid(rig: Rig) -> None:
    if not rig.provider.capabilities[rig.method].partial_refunds:
        return
    done = await paid(rig)
    outcomes = [(await rig.provider.refund(done.refund(part))).outcome for part in (1000, 1500, 1)]
    assert outcomes[2] is RefundOutcome.FAILED
    assert RefundOutcome.FAILED not in outcomes[:2]
    assert await rig.sent_back_minor(done.ref) == 2500


@case
async def more_than_was_paid_is_not_sent_back(rig: Rig) -> None:
    done = await paid(rig)
    answer = await rig.provider.refund(done.refund(2501))
    assert answer.outcome is RefundOutcome.FAILED
    assert answer.reason
    assert await rig.sent_back_minor(done.ref) == 0


@case
async def a_refund_of_what_has_not_arrived_fails(rig: Rig) -> None:
    ask = ask_of(rig)
    ref = ref_of(await rig.provider.start(ask))
    assert (await rig.provider.refund(Paid(ask, ref).refund(100))).outcome is RefundOutcome.FAILED


async def _refund_again(rig: Rig, trouble: Trouble, sent_meanwhile: int) -> None:
    done = await paid(rig)
    ask = done.refund(2500)
    rig.trouble("refund", trouble)
    assert (await rig.provider.refund(ask)).outcome is RefundOutcome.UNKNOWN
    assert await rig.sent_back_minor(done.ref) == sent_meanwhile
    looked = await rig.provider.refund_status(ask.refund_id, done.ref, None)
    assert (looked.outcome is RefundOutcome.UNKNOWN) == (sent_meanwhile == 0)
    again = await rig.provider.refund(ask)
    assert again.outcome in (RefundOutcome.DONE, RefundOutcome.PENDING)
    assert await rig.sent_back_minor(done.ref) == 2500


@case
async def a_refund_that_never_arrived_is_unknown_and_can_be_asked_again(rig: Rig) -> None:
    await _refund_again(rig, Trouble.NEVER_ARRIVED, 0)


@case
async def a_refund_whose_answer_was_lost_is_found_by_its_key_and_not_sent_twice(rig: Rig) -> None:
    await _refund_again(rig, Trouble.ANSWER_LOST, 2500)


@case
async def a_refund_whose_answer_nobody_can_read_is_not_sent_twice(rig: Rig) -> None:
    await _refund_again(rig, Trouble.GARBAGE, 2500)


@case
async def a_refund_status_without_an_answer_is_unknown(rig: Rig) -> None:
    done = await paid(rig)
    ask = done.refund(2500)
    made = await rig.provider.refund(ask)
    rig.trouble("refund_status", *Trouble)
    outcomes = [
        (await rig.provider.refund_status(ask.refund_id, done.ref, made.provider_ref)).outcome
        for _ in range(5)
    ]
    assert outcomes[4] is made.outcome
    # Who has kept the proof that it was sent asks nobody again.
    assert outcomes[:4] == [RefundOutcome.UNKNOWN] * 4 or outcomes == [RefundOutcome.DONE] * 5


@case
async def a_genuine_notice_names_the_payment_and_is_the_same_each_time(rig: Rig) -> None:
    done = await paid(rig)
    headers, body = rig.notice(done.ref, rig.now())
    is_watched = rig.provider.roles.watches is not None
    if is_watched or rig.provider.capabilities[rig.method].confirmed_by_people:
        # People write into our own book, and nodes are listened to: whoever sends a notice is a stranger.
        with pytest.raises(BadSignature):
            await rig.provider.read_notice(headers, body)
        return
    first = await rig.provider.read_notice(headers, body)
    again = await rig.provider.read_notice(headers, body)
    assert first is not None
    assert first == again
    # By its reference, or by another name that the provider knows it by.
    asked = await rig.provider.status(UUID(int=0), first.provider_ref)
    assert (asked.provider_ref, asked.outcome) == (done.ref, Outcome.PAID)


@case
async def a_notice_changed_by_one_byte_is_refused(rig: Rig) -> None:
    headers, body = rig.notice("any", rig.now())
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 1
        with pytest.raises(BadSignature):
            await rig.provider.read_notice(headers, bytes(changed))


@case
async def a_notice_without_its_headers_is_refused(rig: Rig) -> None:
    _, body = rig.notice("any", rig.now())
    with pytest.raises(BadSignature):
        await rig.provider.read_notice({}, body)


@case
async def recent_lists_what_was_paid_and_whose_key_it_has(rig: Rig) -> None:
    done = await paid(rig)
    found = [status async for status in rig.provider.recent(rig.now() - timedelta(minutes=5))]
    assert [(status.provider_ref, status.outcome) for status in found] == [(done.ref, Outcome.PAID)]
    later = [status async for status in rig.provider.recent(rig.now() + timedelta(minutes=5))]
    assert later == []


@case
async def nothing_is_asked_inside_a_transaction(rig: Rig) -> None:
    ask = ask_of(rig)
    refund = RefundAsk(uuid7(), "any", rig.currency, 1, "cancelled")

    async def list_recent() -> None:
        async for _ in rig.provider.recent(rig.now()):
            raise AssertionError("something was listed")

    async with rig.database.transaction():
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: rig.provider.start(ask),
            lambda: rig.provider.status(UUID(int=1), "any"),
            lambda: rig.provider.refund(refund),
            lambda: rig.provider.refund_status(UUID(int=1), "any", None),
            lambda: rig.provider.cancel(UUID(int=1), "any"),
            list_recent,
        ]
        for call in calls:
            with pytest.raises(AssertionError, match="inside a transaction"):
                await call()
    assert await rig.payments_made() == 0
