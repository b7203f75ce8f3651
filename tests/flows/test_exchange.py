"""Tickets are changed for others: another type, another date. The difference is paid, or goes back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import orders, payments, tickets
from admitone.assembly import Assembly
from admitone.flows import publish_event
from admitone.flows.admit import ScanIn
from admitone.flows.cancel_order import cancel_unpaid
from admitone.flows.exchange import BeingChanged, DifferenceChanged
from admitone.flows.exchange_done import PaymentIsDisputed
from admitone.flows.exchange_plan import (
    ChangesNotOffered,
    ChangeWish,
    NotATarget,
    SameTicket,
    TooLateToChange,
)
from admitone.flows.reversal_plan import RefundWish, TicketUsed
from admitone.inventory import SoldOut
from admitone.invoices import Seller
from admitone.payments.providers.sandbox import Decision
from admitone.pricing import ChangePolicy, as_change_record
from admitone.reads.payable import money_of_events
from admitone.values.ids import uuid7
from tests.support.changing import DOWN, GRATIS, UP, Changeable, another_date, changeable
from tests.support.letters_kept import kept
from tests.support.onsale import must_hold, put_on_sale, wish
from tests.support.sandbox_rig import sandbox_wire

FEE: dict[str, Any] = {"fee_bps": 0, "fee_fixed_minor": 100, "tax_bps": 1900}


async def admit(mine: Changeable, ticket_id: UUID) -> None:
    async with mine.site.database.reading() as reader:
        ticket = await tickets.by_id(reader, ticket_id)
    code = tickets.code_of(ticket, mine.site.ring)
    await mine.site.admit.scan(mine.show.door, ScanIn(uuid7(), mine.show.event_id, code, "Mill Lane"))


async def test_a_dearer_ticket_is_paid_for_and_only_then_the_old_one_dies(assembly: Assembly) -> None:
    mine = await changeable(assembly, **FEE)
    seen = await assembly.exchanging.preview(mine.order.id, mine.wish(UP))
    assert (seen.worth_minor, seen.price_minor, seen.difference_minor) == (2600, 3100, 500)
    changed = await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7(), shown_minor=500)
    child = changed.order
    assert (child.state, child.due_minor, child.root_id) == ("pending", 500, mine.order.id)
    assert await mine.valid() == mine.ids
    assert await mine.sold() == [2, 0, 0, 0]
    await must_hold(assembly.database)
    paying = await assembly.payment.pay(child.id, "sandbox:push")
    assert (paying.order_state, paying.attempt.amount_minor) == ("paid", 500)
    assert await mine.valid() == mine.ids[1:]
    assert len(await mine.valid(child.id)) == 1
    assert await mine.sold() == [1, 1, 0, 0]
    assert await mine.back() == []
    assert await mine.books("clearing:sandbox") == -(2 * 2600 + 500)
    assert (await mine.books("deposits"), await mine.books("fees")) == (0, 200)
    await must_hold(assembly.database)


async def test_a_cheaper_ticket_is_there_at_once_and_the_difference_goes_back(assembly: Assembly) -> None:
    mine = await changeable(assembly, **FEE)
    changed = await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7(), shown_minor=-500)
    assert (changed.order.state, changed.exchange.state) == ("paid", "done")
    assert await mine.valid() == mine.ids[1:]
    assert len(await mine.valid(changed.order.id)) == 1
    assert await mine.sold() == [1, 0, 1, 0]
    assert await mine.back() == [500]
    await must_hold(assembly.database)
    for one in await mine.refunds():
        await assembly.refunding.send(one.id)
    assert await mine.books("clearing:sandbox") == -(2 * 2600 - 500)
    assert await mine.books("refunds_due") == 0
    await must_hold(assembly.database)


async def test_the_last_ticket_changed_ends_its_order_and_a_free_one_gives_all_back(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly)
    changed = await assembly.exchanging.change(
        mine.order.id, mine.wish(GRATIS, 2), uuid7(), shown_minor=-5000
    )
    assert (changed.order.state, changed.order.total_minor) == ("paid", 0)
    assert (await mine.now()).state == "cancelled"
    assert await mine.sold() == [0, 0, 0, 2]
    assert await mine.back() == [5000]
    assert await mine.earned() == 0
    await must_hold(assembly.database)


async def test_the_change_fee_stays_with_the_organiser_and_they_may_waive_it(assembly: Assembly) -> None:
    policy = as_change_record(ChangePolicy(48, fee_minor=200))
    mine = await changeable(assembly, change_policy=policy)
    changed = await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7(), shown_minor=-300)
    assert changed.exchange.fee_minor == 200
    assert await mine.back() == [300]
    assert await mine.earned() == 2 * 2500 - 300
    await must_hold(assembly.database)
    other = await changeable(assembly, change_policy=policy)
    await assembly.exchanging.change_for(
        other.show.owner,
        other.show.organiser_id,
        other.order.code,
        other.wish(DOWN, with_fee=False),
        uuid7(),
        shown_minor=-500,
    )
    assert await other.back() == [500]
    await must_hold(assembly.database)


async def test_another_date_is_offered_only_if_the_organiser_said_so(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    foreign = await put_on_sale(assembly)
    with pytest.raises(NotATarget):
        await assembly.exchanging.preview(mine.order.id, mine.wish(0, show=foreign))
    policy = as_change_record(ChangePolicy(48, types=False, event_ids=(foreign.event_id,)))
    other = await changeable(assembly, change_policy=policy)
    with pytest.raises(NotATarget):
        await assembly.exchanging.preview(other.order.id, other.wish(0, show=foreign))
    with pytest.raises(NotATarget):
        await assembly.exchanging.preview(other.order.id, other.wish(UP))


async def test_who_may_change_and_until_when_is_frozen_with_the_order(assembly: Assembly) -> None:
    mine = await changeable(assembly, change_policy=None)
    with pytest.raises(ChangesNotOffered):
        await assembly.exchanging.change(mine.order.id, mine.wish(), uuid7())
    start = assembly.clock.now() + timedelta(hours=47)
    late = await changeable(assembly, starts_at=start, doors_at=start, ends_at=start + timedelta(hours=2))
    with pytest.raises(TooLateToChange):
        await assembly.exchanging.change(late.order.id, late.wish(), uuid7())
    same = await changeable(assembly)
    with pytest.raises(SameTicket):
        await assembly.exchanging.change(same.order.id, same.wish(0), uuid7())
    with pytest.raises(DifferenceChanged):
        await assembly.exchanging.change(same.order.id, same.wish(UP), uuid7(), shown_minor=1)
    with pytest.raises(tickets.TicketNotFound):
        await assembly.exchanging.change(
            same.order.id, ChangeWish((uuid7(),), same.show.event_id, same.show.types[UP]), uuid7()
        )
    assert await same.valid() == same.ids
    async with assembly.database.reading() as reader:
        count = await reader.execute(text("SELECT count(*) FROM orders_order"))
        assert count.scalar_one() == 3
    await must_hold(assembly.database)


async def test_the_same_request_again_is_the_same_change(assembly: Assembly) -> None:
    mine, request_id = await changeable(assembly), uuid7()
    first = await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), request_id)
    again = await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), request_id)
    assert again.is_repeat
    assert again.order.id == first.order.id
    assert await mine.back() == [500]
    await must_hold(assembly.database)


async def test_a_ticket_is_in_one_exchange_at_a_time(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    first = await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7())
    with pytest.raises(BeingChanged):
        await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7())
    assert await mine.valid() == mine.ids
    await cancel_unpaid(assembly.database, assembly.clock, first.order.id)
    await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7())
    assert await mine.valid() == mine.ids[1:]
    await must_hold(assembly.database)


async def test_a_ticket_let_in_before_the_rest_is_paid_stays_and_the_money_goes_back(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7())).order
    await admit(mine, mine.ids[0])
    paying = await assembly.payment.pay(child.id, "sandbox:push")
    assert paying.order_state in ("pending", "cancelled")
    assert (await mine.now(child.id)).state == "cancelled"
    assert await mine.valid() == mine.ids
    assert await mine.valid(child.id) == []
    assert await mine.sold() == [2, 0, 0, 0]
    [refund] = await mine.refunds()
    assert (refund.amount_minor, refund.reason) == (500, "exchange_gone")
    with pytest.raises(TicketUsed):
        await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7())
    await must_hold(assembly.database)


async def test_a_ticket_given_back_before_the_rest_is_paid_is_not_exchanged(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7())).order
    await assembly.money.cancel_tickets.refund(
        mine.show.owner, mine.show.organiser_id, mine.order.code, RefundWish((mine.ids[0],)), uuid7()
    )
    await assembly.payment.pay(child.id, "sandbox:push")
    assert (await mine.now(child.id)).state == "cancelled"
    assert await mine.back() == [500, 2500]
    await must_hold(assembly.database)


async def test_goodwill_for_an_old_ticket_ends_its_exchange(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7())).order
    goodwill = RefundWish((mine.ids[0],), amount_minor=300, cancels=False)
    await assembly.money.cancel_tickets.refund(
        mine.show.owner, mine.show.organiser_id, mine.order.code, goodwill, uuid7()
    )
    await assembly.payment.pay(child.id, "sandbox:push")
    assert (await mine.now(child.id)).state == "cancelled"
    assert await mine.valid() == mine.ids
    await must_hold(assembly.database)


async def test_what_runs_out_unpaid_leaves_the_old_tickets_as_they_are(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7())).order
    await expire(assembly, child.id)
    assert await mine.valid() == mine.ids
    assert await mine.sold() == [2, 0, 0, 0]
    await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7())
    await must_hold(assembly.database)


async def call_off(site: Assembly, mine: Changeable) -> None:
    show = mine.show
    await publish_event.cancel(site.database, site.clock, show.owner, show.organiser_id, show.event_id)
    await site.cancelling.take_all_back(show.event_id)


async def expire(site: Assembly, order_id: UUID) -> None:
    async def story(tx: object) -> None:
        await tx.execute(  # type: ignore[attr-defined]
            text(
                "UPDATE orders_order SET pay_until = clock_timestamp() - interval '1 second' WHERE id = :id"
            ),
            {"id": order_id},
        )

    await site.database.run(story)
    await site.expiry.expire_orders()


async def test_money_that_comes_after_the_exchange_ran_out_goes_back(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7())).order
    paying = await assembly.payment.pay(child.id, "sandbox:card")
    assert paying.order_state == "pending"
    await expire(assembly, child.id)
    assert assembly.sandbox is not None
    await assembly.sandbox.decide(paying.attempt.provider_ref or "", Decision(pays=True, copies=0))
    await assembly.settlement.ask(paying.attempt)
    assert (await mine.now(child.id)).state == "expired"
    [refund] = await mine.refunds()
    assert (refund.amount_minor, refund.reason) == (500, "exchange_gone")
    assert await mine.valid() == mine.ids
    await must_hold(assembly.database)


async def test_what_was_changed_can_be_given_back_by_its_familys_payments(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(UP, 2), uuid7())).order
    await assembly.payment.pay(child.id, "sandbox:push")
    assert (await mine.now()).state == "cancelled"
    given = await mine.valid(child.id)
    await assembly.money.cancel_tickets.refund(
        mine.show.owner, mine.show.organiser_id, child.code, RefundWish(tuple(given)), uuid7()
    )
    assert await mine.back() == [1000, 5000]
    assert await mine.earned() == 0
    await must_hold(assembly.database)


async def test_a_called_off_event_gives_each_order_of_a_family_its_own(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    changed = await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7())
    again = await assembly.exchanging.change(
        changed.order.id,
        ChangeWish(tuple(await mine.valid(changed.order.id)), mine.show.event_id, mine.show.types[0]),
        uuid7(),
    )
    assert (again.order.due_minor, again.order.root_id) == (500, mine.order.id)
    await assembly.payment.pay(again.order.id, "sandbox:push")
    await must_hold(assembly.database)
    async with assembly.database.reading() as reader:
        family = await orders.family(reader, mine.order.id)
    assert family == [mine.order.id, changed.order.id, again.order.id]
    await call_off(assembly, mine)
    # 5000 came first, 500 went back for the cheaper ticket, 500 came for the dearer one: 5000 are left.
    assert await mine.back() == [500, 500, 2000, 2500]
    assert await mine.earned() == 0


async def test_sold_out_changes_nothing(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    await assembly.purchase.hold(wish(mine.show, 10, UP))
    with pytest.raises(SoldOut):
        await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7())
    assert await mine.valid() == mine.ids
    async with assembly.database.reading() as reader:
        assert await orders.exchanges_from(reader, mine.order.id) == []
    await must_hold(assembly.database)


async def test_letters_and_documents_say_what_was_changed(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7())).order
    who = Seller(
        mine.show.organiser_id,
        legal_name="Foundry Nights GmbH",
        address_lines=("14 Foundry Road", "10115 Berlin"),
        country="DE",
        vat_id="DE136695976",
    )
    await assembly.money.invoicing.save_seller(mine.show.owner, who)
    await assembly.letters.tickets(child.id, f"paid:{child.id}")
    [letter] = await kept(assembly, "tickets")
    assert f"They stand for those of order {mine.order.code} that you changed." in letter.plain
    documents = await assembly.money.invoicing.write([mine.order.id, child.id])
    notes = [one.content.payment.text for one in documents if one.content.kind == "credit_note"]
    assert notes == [
        f"€20 counts towards order {child.code}, for which tickets were changed. €5 goes back as it was paid."
    ]
    assert sorted(one.content.kind for one in documents) == ["credit_note", "invoice", "invoice"]
    await must_hold(assembly.database)


async def test_another_date_takes_what_was_earned_along_to_its_event(assembly: Assembly) -> None:
    mine = await changeable(assembly, 2, **FEE)
    again = await another_date(assembly, mine.show)
    flow, owner, organiser_id = assembly.exchanging, mine.show.owner, mine.show.organiser_id
    seen = await flow.choices_for(owner, organiser_id, mine.order.code, mine.ids[:1])
    assert {one.offer.event_id for one in seen} == {mine.show.event_id, again.event_id}
    changed = await flow.change_for(
        owner, organiser_id, mine.order.code, mine.wish(0, 2, show=again), uuid7(), shown_minor=-200
    )
    child = changed.order
    assert (child.state, child.event_id, child.policy is not None) == ("paid", again.event_id, True)
    assert (await mine.now()).state == "cancelled"
    assert await mine.sold() == [0, 0, 0, 0]
    assert await earned_by(assembly, mine) == {mine.show.event_id: 0, again.event_id: 5000}
    await must_hold(assembly.database)
    [ticket, _] = await mine.valid(child.id)
    wish_back = RefundWish((ticket,))
    await assembly.money.cancel_tickets.refund(owner, organiser_id, child.code, wish_back, uuid7())
    # The payment was the old order's; what it earned is the new event's.
    assert await earned_by(assembly, mine) == {mine.show.event_id: 0, again.event_id: 2500}
    assert await mine.back() == [200, 2500]
    await must_hold(assembly.database)


async def earned_by(site: Assembly, mine: Changeable) -> dict[UUID, int]:
    async with site.database.reading() as reader:
        found = await money_of_events(reader, mine.show.organiser_id)
    return {one.event_id: one.earned_minor + one.tax_minor for one in found}


async def test_a_disputed_payment_stops_changes_until_it_is_won(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7())).order
    wire = sandbox_wire(assembly)
    async with assembly.database.reading() as reader:
        [paid] = await payments.of_orders(reader, [mine.order.id])
    opened = await assembly.payment_accounts.find(paid.account_id)
    assert opened is not None
    assert opened.provider is wire

    async def hear(state: payments.DisputeState) -> None:
        ref = paid.provider_ref or ""
        status = payments.DisputeStatus("dp_1", ref, state, "EUR", 5000, 0, "fraudulent")
        await assembly.money.disputing.hear(opened, status)

    await hear(payments.DisputeState.OPEN)
    with pytest.raises(PaymentIsDisputed):
        await assembly.exchanging.change(
            mine.order.id, ChangeWish((mine.ids[1],), *target(mine, DOWN)), uuid7()
        )
    await assembly.payment.pay(child.id, "sandbox:push")
    assert (await mine.now(child.id)).state == "cancelled"
    assert await mine.back() == [500]
    await hear(payments.DisputeState.WON)
    await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7())
    assert await mine.back() == [500, 500]
    await must_hold(assembly.database)


def target(mine: Changeable, at: int) -> tuple[UUID, UUID]:
    return mine.show.event_id, mine.show.types[at]
