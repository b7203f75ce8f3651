"""Every request to a provider goes wrong once, in every way; the timetable alone puts it right.

A story sells two orders through a provider, gives part of one back, pays the organiser out, answers a dispute and holds
both sides' books together. One request of it is refused, answered with nothing, an error or rubbish after the work was
done, or our process dies before it has heard. Whichever it is: two payments there, one refund, one payout, and books
that agree to the minor unit.
"""

import contextlib
import os
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import orders, payments, payouts
from admitone.assembly import Assembly
from admitone.entrypoints.standins.paypal import Choice
from admitone.entrypoints.standins.stripe import finish_account
from admitone.flows.payout_receivers import ReceiverWish
from admitone.flows.release_balances import ReleaseBalances
from admitone.flows.reversal_plan import RefundWish
from admitone.orders import OrderRow
from admitone.payments import Attempt, AttemptState, DisputeState, RefundState
from admitone.payouts import PayoutState, Purse
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.support.onsale import OnSale, TypeOnSale, must_hold, place, put_on_sale
from tests.support.provider_shop import (
    TRAPPED,
    Break,
    End,
    Killed,
    Process,
    Trap,
    TrappedPayPal,
    TrappedPaystack,
    TrappedStripe,
    bank_disputes,
    open_account,
)

T = TypeVar("T")
PRICE = 250_000
BACK = 100_000
OUT = 150_000
PATIENCE = 14


@dataclass
class Story:
    """One run: a shop at a provider, and the process of the moment."""

    site: Assembly
    end: End
    show: OnSale
    process: Process

    async def survive(self, work: Callable[[Process], Awaitable[T]]) -> T | None:
        """Do it; a process that dies of it is followed by another. What a person was refused they try again later."""
        try:
            return await work(self.process)
        except Killed:
            self.process = Process(self.site, self.end)
        except payments.ProviderAway:
            pass
        return None

    async def insist(self, work: Callable[[Process], Awaitable[T]]) -> T:
        """Somebody does it until it is done."""
        for _ in range(3):
            found = await self.survive(work)
            if found is not None:
                return found
            self.end.clock.move(seconds=180)
        raise AssertionError("a person tried three times")

    async def until(self, is_done: Callable[[], Awaitable[bool]], *, seconds: float = 60) -> None:
        """The timetable goes on until it is so."""
        for _ in range(PATIENCE):
            for work in (
                lambda process: process.payment.ask_due(),
                lambda process: process.refunding.send_due(),
                lambda process: process.paying_out.send_due(),
            ):
                await self.survive(work)
            self.end.advance()
            if await is_done():
                return
            self.end.clock.move(seconds=seconds)
            seconds = min(seconds * 2, 3600)
        raise AssertionError("the timetable did not put it right")

    async def sold(self) -> tuple[OrderRow, Attempt]:
        """An order, paid at the provider."""
        order, attempt_id = await place(self.site, self.show), uuid7()
        way = f"{self.end.provider.name}:{self.end.method}"
        await self.survive(lambda process: process.payment.pay(order.id, way, attempt_id))
        if (await self.attempts(order.id)) == []:
            await self.survive(lambda process: process.payment.pay(order.id, way, attempt_id))

        async def is_prompted() -> bool:
            [attempt] = await self.attempts(order.id)
            return attempt.provider_ref is not None

        await self.until(is_prompted, seconds=15)
        [attempt] = await self.attempts(order.id)
        assert attempt.provider_ref is not None
        await buyer_pays(self.end, attempt.provider_ref)

        async def is_settled() -> bool:
            [found] = await self.attempts(order.id)
            return found.state is AttemptState.PAID

        await self.until(is_settled, seconds=15)
        return order, attempt

    async def attempts(self, order_id: UUID) -> list[Attempt]:
        wanted = text("SELECT id FROM payments_attempt WHERE order_id = :order_id")
        async with self.site.database.reading() as reader:
            ids = list((await reader.execute(wanted, {"order_id": order_id})).scalars())
            return list((await payments.read_many(reader, ids)).values())

    async def give_back(self, order: OrderRow) -> None:
        """Part of the price goes back to the buyer."""
        wish = RefundWish((), BACK, with_fees=False, cancels=False, keeps_places=False)
        show = self.show
        await self.process.cancel_tickets.refund(show.owner, show.organiser_id, order.code, wish, uuid7())

        async def is_back() -> bool:
            async with self.site.database.reading() as reader:
                [refund] = await payments.refunds_of(reader, [order.id])
            return refund.state is RefundState.DONE

        await self.until(is_back)

    async def pay_out(self) -> UUID:
        """The event is over, and its organiser is paid out."""
        over = FrozenClock(self.end.clock.now() + timedelta(days=30))
        assert await ReleaseBalances(self.site.database, over).of_organiser(self.show.organiser_id) == 1
        owner, organiser_id = self.show.owner, self.show.organiser_id
        purse = Purse(organiser_id, self.end.currency, is_test=True)
        wish = await self.receiver()
        await self.insist(lambda process: process.receivers.set(owner, purse, wish))
        asked = await self.process.paying_out.ask(owner, purse, uuid7(), OUT)
        await self.process.paying_out.approve(owner, organiser_id, asked.id, OUT)

        async def has_arrived() -> bool:
            async with self.site.database.reading() as reader:
                found = await payouts.payout(reader, asked.id)
            return found is not None and found.state is PayoutState.DONE

        await self.until(has_arrived)
        return asked.id

    async def receiver(self) -> ReceiverWish:
        """Where the organiser's money goes; at Stripe, an account opened under the site's."""
        if isinstance(self.end, TrappedPaystack):
            details = {"account_number": "0123456785", "bank_code": "040100"}
            return ReceiverWish(self.end.sheet.id, "Mill Lane Events", "GH", details)
        if isinstance(self.end, TrappedPayPal):
            return ReceiverWish(
                self.end.sheet.id, "Foundry Presents", "DE", {"email": "money@foundry.example"}
            )
        assert isinstance(self.end, TrappedStripe)
        account_id = uuid7()

        async def invite(process: Process) -> str:
            opened = await process.accounts.find(self.end.sheet.id)
            assert opened is not None
            onboards = opened.provider.roles.onboards
            assert onboards is not None
            back = "https://x.test/back"
            made = await onboards.invite(
                account_id, None, email="ada@example.org", country="DE", return_url=back
            )
            return made.account_ref

        account = await self.insist(invite)
        finish_account(self.end.stand_in.books, account)
        assert len(list(self.end.stand_in.books.all("account"))) == 2, "the site's and this one"
        return ReceiverWish(self.end.sheet.id, "Foundry Presents", "DE", {"account": account})

    async def answer_dispute(self, ref: str) -> None:
        """A buyer goes to their bank; it is heard of at night, and answered."""
        bank_disputes(self.end, ref)

        async def is_heard_of() -> bool:
            await self.reconcile()
            return bool(await self.disputes())

        await self.until(is_heard_of)
        [dispute] = await self.disputes()

        async def answered(process: Process) -> bool:
            with contextlib.suppress(payments.DisputeDecided):
                await process.disputing.answer(self.show.owner, self.show.organiser_id, dispute.id)
            return True

        await self.insist(answered)

        async def is_answered() -> bool:
            await self.reconcile()
            async with self.site.database.reading() as reader:
                found = await payments.own_dispute(reader, self.show.organiser_id, dispute.id)
            return found.state is DisputeState.ANSWERED

        await self.until(is_answered)

    async def disputes(self) -> list[payments.Dispute]:
        async with self.site.database.reading() as reader:
            return list(await payments.undecided_disputes(reader, self.end.sheet.id))

    async def reconcile(self) -> bool:
        """The nightly look; whether both sides agree."""
        self.end.clock.move(seconds=7200)
        self.end.advance()
        found = await self.survive(lambda process: process.reconciling.run(self.end.sheet.id))
        return found is not None and found.agrees


async def buyer_pays(end: End, ref: str) -> None:
    """On the provider's page; we are told nothing."""
    if isinstance(end, TrappedPayPal):
        # The buyer agrees; the money is taken when we ask.
        end.choose(ref, Choice.PAY)
    else:
        await end.pay(ref)


def sent_out_minor(end: End) -> list[int]:
    """What left the provider for organisers, in minor units."""
    if isinstance(end, TrappedStripe):
        return [int(one["amount"]) for one in end.stand_in.books.all("transfer")]
    if isinstance(end, TrappedPaystack):
        return [one.amount_minor for one in end.company.books.transfers]
    assert isinstance(end, TrappedPayPal)
    made = end.standin.company.state.payouts.values()
    return [int(one["batch_header"]["amount"]["value"].replace(".", "")) for one in made]


async def played(site: Assembly, make: Callable[[Database, Trap], End], trap: Trap) -> None:
    """The story, and what must be true at its end."""
    end = make(site.database, trap)
    show = await put_on_sale(site, TypeOnSale("Stalls", PRICE, 10), currency=end.currency)
    await open_account(site, end, None)
    story = Story(site, end, show, Process(site, end))
    try:
        first, paid = await story.sold()
        second, disputed = await story.sold()
        await story.give_back(first)
        await story.pay_out()
        await story.answer_dispute(disputed.provider_ref or "")
        await story.until(story.reconcile)
        assert await end.payments_made() == 2
        assert await end.sent_back_minor(paid.provider_ref or "") == BACK
        assert sent_out_minor(end) == [OUT]
        async with site.database.reading() as reader:
            found = [await orders.by_id(reader, one.id) for one in (first, second)]
        assert [one.state for one in found] == ["paid", "paid"]
    finally:
        closed = text("UPDATE payments_account SET state = 'closed' WHERE id = :id")
        async with site.database.transaction() as tx:
            await tx.execute(closed, {"id": end.sheet.id})


def chosen(calls: list[str]) -> list[tuple[int, Break]]:
    """Which request breaks how: each in one way, those that change something in each; with CHAOS=1 all in every way.

    Of requests alike in a row (pages, asking again) the first two.
    """
    found, alike = list[tuple[int, Break]](), Counter[str]()
    for at, call in enumerate(calls):
        kind = re.sub(r"[A-Za-z0-9_-]{12,}", "*", call)
        alike[kind] += 1
        if os.environ.get("CHAOS"):
            found += [(at, how) for how in Break]
        elif alike[kind] <= 2:
            is_writing = not call.startswith("GET") and alike[kind] == 1
            found += [(at, how) for how in (Break if is_writing else [list(Break)[at % len(Break)]])]
    return found


@pytest.mark.parametrize("name", TRAPPED)
async def test_whichever_request_breaks_all_ends_as_if_none_had(assembly: Assembly, name: str) -> None:
    trap = Trap()
    await played(assembly, TRAPPED[name], trap)
    await must_hold(assembly.database)
    wanted = chosen(trap.calls)
    assert len(wanted) > 20, "a story asks its provider often"
    for at, how in wanted:
        try:
            await played(assembly, TRAPPED[name], Trap(at, how))
        except Exception as error:
            raise AssertionError(f"request {at}, {trap.calls[at]}, {how.value}") from error
    await must_hold(assembly.database)
