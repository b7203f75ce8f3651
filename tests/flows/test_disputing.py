"""Disputes: held, taken, won or lost, in whatever order they are heard of; one loss; nothing sent back besides."""

import itertools
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import text

from admitone import ledger, payments, tickets
from admitone.assembly import Assembly
from admitone.flows.admit import Said, ScanIn
from admitone.flows.payment import Paying
from admitone.payments import (
    SANDBOX_ACCOUNT,
    DisputeDecided,
    DisputeNotAnswerable,
    DisputeState,
    DisputeStatus,
    Evidence,
    Mirrored,
    Movement,
    MovementKind,
    PaymentDisputed,
    ProviderAway,
    Roles,
)
from admitone.plumbing.jobs import Reaction
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden
from tests.support.onsale import OnSale, buy, must_hold, put_on_sale
from tests.support.sandbox_rig import sandbox_wire
from tests.support.site import bearer, browser


@dataclass
class Court:
    """A bank's disputes, and its books with what it took because of them."""

    books: Mirrored
    disputes: dict[str, DisputeStatus] = field(default_factory=dict)
    taken: list[Movement] = field(default_factory=list)
    answers: list[Evidence] = field(default_factory=list)
    loses_answer: bool = False

    async def balances(self) -> Mapping[str, int]:
        return {
            "EUR": (await self.books.balances()).get("EUR", 0)
            + sum(x.amount_minor - x.fee_minor for x in self.taken)
        }

    async def movements(self, since: datetime) -> AsyncIterator[Movement]:
        async for line in self.books.movements(since):
            yield line
        for line in self.taken:
            yield line

    async def dispute(self, ref: str) -> DisputeStatus | None:
        return self.disputes.get(ref)

    async def answer(self, dispute_ref: str, evidence: Evidence) -> DisputeStatus:
        self.answers.append(evidence)
        self.disputes[dispute_ref] = replace(self.disputes[dispute_ref], state=DisputeState.ANSWERED)
        if self.loses_answer:
            raise ProviderAway
        return self.disputes[dispute_ref]

    async def recent_disputes(self, since: datetime) -> AsyncIterator[DisputeStatus]:
        for one in list(self.disputes.values()):
            yield one


@dataclass(frozen=True)
class Case:
    """A paid order, and the bank that may dispute it."""

    site: Assembly
    show: OnSale
    paid: Paying
    court: Court

    def status(self, state: DisputeState, reason: str = "fraudulent") -> DisputeStatus:
        assert self.paid.attempt.provider_ref is not None
        return DisputeStatus("dp_1", self.paid.attempt.provider_ref, state, "EUR", 2500, 1500, reason)

    async def hear(self, state: DisputeState, reason: str = "fraudulent") -> None:
        opened = await self.site.payment_accounts.find(SANDBOX_ACCOUNT)
        assert opened is not None
        await self.site.money.disputing.hear(opened, self.status(state, reason))

    async def tell_all(self) -> list[tuple[str, int]]:
        """Run the reaction to each move twice; the letters there are then."""
        async with self.site.database.reading() as reader:
            wanted = text("SELECT id FROM journal_fact WHERE kind = 'payments.dispute_moved' ORDER BY id")
            facts = list((await reader.execute(wanted)).scalars())
        for fact_id in (*facts, *facts):
            await self.site.reactions.react(Reaction(fact_id, "tell_dispute"))
        letters = text(
            "SELECT template, count(*) FROM messaging_letter WHERE cause LIKE 'dispute:%' GROUP BY 1 ORDER BY 1"
        )
        async with self.site.database.reading() as reader:
            return [(str(row[0]), int(row[1])) for row in await reader.execute(letters)]

    def take(self, ref: str, amount: int, fee: int = 0) -> None:
        at = self.site.clock.now()
        self.court.taken.append(Movement(ref, MovementKind.DISPUTE, "EUR", amount, fee, "dp_1", at))

    async def code(self) -> str:
        async with self.site.database.reading() as reader:
            return str((await reader.execute(text("SELECT code FROM orders_order"))).scalar_one())

    async def sums(self) -> tuple[int, int, int]:
        """What the organiser has, what is held, what lies at the bank."""
        name = f"organiser:{self.show.organiser_id}:pending"
        async with self.site.database.reading() as reader:
            return (
                await ledger.balance(reader, name, "EUR"),
                await ledger.balance(reader, "disputes", "EUR"),
                -await ledger.balance(reader, "clearing:sandbox", "EUR"),
            )


@pytest.fixture
async def case(assembly: Assembly) -> Case:
    show = await put_on_sale(assembly)
    paid = await buy(assembly, show)
    wire = sandbox_wire(assembly)
    assert wire.roles.mirrored is not None
    court = Court(wire.roles.mirrored)
    wire.roles = Roles(mirrored=court, disputes=court)
    return Case(assembly, show, paid, court)


async def test_a_dispute_is_held_taken_and_won(case: Case) -> None:
    await case.hear(DisputeState.OPEN)
    assert await case.sums() == (0, 2500, 2500)
    case.take("d_out", -2500, 1500)
    assert (await case.site.money.reconciling.run(SANDBOX_ACCOUNT)).agrees
    assert await case.sums() == (0, 0, -1500)
    await case.hear(DisputeState.WON)
    case.take("d_in", 2500)
    assert (await case.site.money.reconciling.run(SANDBOX_ACCOUNT)).agrees
    assert await case.sums() == (2500, 0, 1000)
    await must_hold(case.site.database)


async def test_a_dispute_is_lost_once_also_when_a_refund_was_owed(case: Case) -> None:
    await case.site.refunding.take_back(case.show.owner, case.show.organiser_id, await case.code())
    await case.hear(DisputeState.OPEN)
    # Nothing is sent while the bank wants the same money.
    assert await case.site.refunding.send_due() == 0
    await case.hear(DisputeState.LOST)
    case.take("d_out", -2500)
    assert (await case.site.money.reconciling.run(SANDBOX_ACCOUNT)).agrees
    assert await case.sums() == (0 - 2500 + 2500, 0, 0)
    assert await case.site.refunding.send_due() == 0
    async with case.site.database.reading() as reader:
        assert list((await reader.execute(text("SELECT amount_minor FROM sandbox_refund"))).scalars()) == []
        [refund] = await payments.refunds_of(reader, [case.paid.attempt.order_id])
        assert await ledger.balance(reader, "refunds_due", "EUR") == 0
    assert (refund.state, refund.provider_ref) == ("done", "dispute:dp_1")
    await must_hold(case.site.database)


async def test_a_disputed_payment_is_not_refunded_by_hand(case: Case) -> None:
    await case.hear(DisputeState.OPEN)
    with pytest.raises(PaymentDisputed):
        await case.site.refunding.take_back(case.show.owner, case.show.organiser_id, await case.code())
    await case.hear(DisputeState.WON)
    await case.site.refunding.take_back(case.show.owner, case.show.organiser_id, await case.code())
    assert await case.site.refunding.send_due() == 1
    await must_hold(case.site.database)


async def test_the_door_does_not_let_in_who_disputes_unless_it_did_before(case: Case) -> None:
    second = await buy(case.site, case.show)
    async with case.site.database.reading() as reader:
        [ticket] = await tickets.by_order(reader, case.paid.attempt.order_id)
        [inside] = await tickets.by_order(reader, second.attempt.order_id)

    async def scan(one: tickets.Ticket) -> Said:
        code = tickets.code_of(one, case.site.ring)
        return await case.site.admit.scan(case.show.door, ScanIn(uuid7(), case.show.event_id, code, "Main"))

    assert (await scan(inside)).answer.verdict == "admitted"
    await case.hear(DisputeState.OPEN)
    refused = await scan(ticket)
    assert (refused.answer.verdict, refused.answer.reason) == ("not_valid", "disputed")
    assert refused.words.sentence == "Not valid: payment disputed"
    assert (await scan(inside)).answer.verdict == "already_used"
    await case.hear(DisputeState.WON)
    assert (await scan(ticket)).answer.verdict == "admitted"
    await must_hold(case.site.database)


END = {DisputeState.WON: (2500, 0, 2500), DisputeState.LOST: (0, 2500, 2500)}


@pytest.mark.parametrize("end", END)
@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[::2])
async def test_any_order_ends_the_same(case: Case, end: DisputeState, order: tuple[int, ...]) -> None:
    states = [DisputeState.OPEN, DisputeState.ANSWERED, end]
    for at in (*order, *order):
        await case.hear(states[at])
    assert await case.sums() == END[end]
    await must_hold(case.site.database)


async def open_dispute(case: Case) -> UUID:
    """The dispute, open at the bank and known here."""
    case.court.disputes["dp_1"] = case.status(DisputeState.OPEN)
    await case.hear(DisputeState.OPEN)
    async with case.site.database.reading() as reader:
        [dispute] = await payments.disputes_of(reader, [case.paid.attempt.order_id])
    return dispute.id


async def test_the_answer_is_made_of_our_records_and_sent_once(case: Case) -> None:
    dispute_id = await open_dispute(case)
    flow, owner, organiser_id = case.site.money.disputing, case.show.owner, case.show.organiser_id
    prepared = await flow.look(owner, organiser_id, dispute_id)
    held = text(
        "SELECT terms_version FROM inventory_hold JOIN orders_order o ON o.hold_id = inventory_hold.id"
    )
    async with case.site.database.reading() as reader:
        version = (await reader.execute(held)).scalar_one()
    paper = await flow.paper(prepared)
    shown = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(paper))
    shown = " ".join(shown.split())
    for part in (
        await case.code(),
        "Ada Obi",
        "General admission",
        "€25",
        "Full refund until the day before.",
        f"Version {version} of the offer, shown before paying",
    ):
        assert part in shown
    await flow.answer(owner, organiser_id, dispute_id)
    [sent] = case.court.answers
    assert (sent.buyer_name, sent.files["ticket"][:5]) == ("Ada Obi", b"%PDF-")
    with pytest.raises(DisputeDecided):
        await flow.answer(owner, organiser_id, dispute_id)
    with pytest.raises(Forbidden):
        await flow.answer(case.show.door, organiser_id, dispute_id)
    assert len(case.court.answers) == 1
    await must_hold(case.site.database)


async def test_the_team_and_the_buyer_hear_of_it_once(case: Case) -> None:
    await open_dispute(case)
    await case.hear(DisputeState.WON)
    # One member can answer; the buyer hears that their tickets do not work, and that they do again.
    assert await case.tell_all() == [("dispute_opened", 1), ("tickets_suspended", 2)]


async def test_what_the_network_took_back_is_told_to_the_buyer_and_answered_by_nobody(case: Case) -> None:
    await case.hear(DisputeState.OPEN, payments.UNDONE)
    async with case.site.database.reading() as reader:
        [dispute] = await payments.disputes_of(reader, [case.paid.attempt.order_id])
        [ticket] = await tickets.by_order(reader, case.paid.attempt.order_id)
    with pytest.raises(DisputeNotAnswerable):
        await case.site.money.disputing.answer(case.show.owner, case.show.organiser_id, dispute.id)
    assert case.court.answers == []
    assert await case.sums() == (0, 2500, 2500)
    for _ in range(2):
        await case.hear(DisputeState.LOST, payments.UNDONE)
    # No bank says so in its books: what was lost has left the account there.
    assert await case.sums() == (0, 0, 0)
    code = tickets.code_of(ticket, case.site.ring)
    said = await case.site.admit.scan(case.show.door, ScanIn(uuid7(), case.show.event_id, code, "Main"))
    assert said.answer.verdict != "admitted"
    # The buyer hears both times: no bank tells them that it is lost.
    assert await case.tell_all() == [("payment_undone", 2)]
    await must_hold(case.site.database)


async def test_an_answer_whose_receipt_was_lost_is_sent_again_later_only(case: Case) -> None:
    dispute_id = await open_dispute(case)
    flow, owner, organiser_id = case.site.money.disputing, case.show.owner, case.show.organiser_id
    case.court.loses_answer = True
    with pytest.raises(ProviderAway):
        await flow.answer(owner, organiser_id, dispute_id)
    with pytest.raises(DisputeDecided):
        await flow.answer(owner, organiser_id, dispute_id)
    # The bank has it: that is heard of by itself.
    await case.site.money.reconciling.run(SANDBOX_ACCOUNT)
    assert (await flow.look(owner, organiser_id, dispute_id)).dispute.state is DisputeState.ANSWERED
    assert len(case.court.answers) == 1


async def test_a_dispute_about_nobodys_payment_is_a_case(case: Case) -> None:
    case.court.disputes["dp_9"] = DisputeStatus("dp_9", "sb_unknown", DisputeState.OPEN, "EUR", 100)
    await case.site.money.reconciling.run(SANDBOX_ACCOUNT)
    await case.site.money.reconciling.run(SANDBOX_ACCOUNT)
    async with case.site.database.reading() as reader:
        rows = await reader.execute(text("SELECT kind, ref, closed_at FROM payments_case"))
        assert [tuple(row) for row in rows] == [("unknown_dispute", "dp_9", None)]


async def test_the_policy_frozen_with_the_order_is_in_the_answer_not_a_later_one(case: Case) -> None:
    frozen = {"steps": [{"hours_before": 48, "terms": {"percent_bps": 5000}}]}
    change = text("UPDATE orders_order SET policy = CAST(:policy AS jsonb)")
    await case.site.database.run(lambda tx: tx.execute(change, {"policy": json.dumps(frozen)}))
    dispute_id = await open_dispute(case)
    prepared = await case.site.money.disputing.look(case.show.owner, case.show.organiser_id, dispute_id)
    assert "50 %" in prepared.records.policy
    assert prepared.records.policy.endswith("Full refund until the day before.")
    assert prepared.records.policy in prepared.records.terms_shown


async def test_suspended_tickets_say_so_to_their_holder_the_organiser_and_the_door(case: Case) -> None:
    site, show = case.site, case.show
    code = await case.code()
    used = await buy(site, show)
    async with site.database.reading() as reader:
        [ticket] = await tickets.by_order(reader, case.paid.attempt.order_id)
        [inside] = await tickets.by_order(reader, used.attempt.order_id)
    scan = ScanIn(uuid7(), show.event_id, tickets.code_of(inside, site.ring), "Main")
    await site.admit.scan(show.door, scan)
    order_url = f"/orders/{site.links.make('order', ticket.order_id)}"
    ticket_url = f"/t/{site.links.make('ticket', ticket.id)}"
    rest_url = f"/api/v1{order_url}/tickets"
    assert show.owner.person_id is not None
    headers = await bearer(site, show.owner.person_id)
    guests = f"/checkin/{show.event_id}/guests?door=Main"
    orders_url = f"/organiser/o-{show.organiser_id.hex}/events/{show.event_id}/orders/{code}"

    async def seen() -> tuple[str, str, bool, str, str]:
        async with browser(site) as client:
            [told] = (await client.get(rest_url)).json()["tickets"]
            assert told["is_suspended"] == (told["code"] == "")
            pages = [(await client.get(url)).text for url in (order_url, ticket_url)]
            client.headers.update(headers)
            pages += [(await client.get(url)).text for url in (guests, orders_url)]
            return pages[0], pages[1], told["is_suspended"], pages[2], pages[3]

    order, held, is_suspended, door, desk = await seen()
    assert ("Suspended" in order + held + desk, is_suspended, "Payment disputed" in door) == (
        False,
        False,
        False,
    )
    await case.hear(DisputeState.OPEN)
    order, held, is_suspended, door, desk = await seen()
    assert "Until that is decided, tickets that were not used let nobody in." in order
    assert "this ticket lets nobody in" in held
    assert "qrbox" not in order + held
    assert is_suspended
    assert door.count("Payment disputed") == 1
    assert "Suspended: payment disputed" in desk
    assert "See the dispute" in desk
    assert "Mail the tickets again" not in desk
    await case.hear(DisputeState.LOST)
    order, held, is_suspended, door, _ = await seen()
    assert "The bank has taken the payment back" in order
    assert "The bank has taken the payment back" in held
    await must_hold(site.database)


async def test_tickets_of_a_dispute_that_was_won_are_as_before(case: Case) -> None:
    async with case.site.database.reading() as reader:
        [ticket] = await tickets.by_order(reader, case.paid.attempt.order_id)
    url = f"/t/{case.site.links.make('ticket', ticket.id)}"
    await case.hear(DisputeState.OPEN)
    await case.hear(DisputeState.WON)
    async with browser(case.site) as client:
        page = (await client.get(url)).text
    assert "qrbox" in page
    assert "Suspended" not in page
