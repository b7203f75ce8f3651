"""Above a limit, money goes back when a second member has said yes, once, and not before."""

import asyncio

import pytest
from sqlalchemy import text

from admitone import accounts, orders
from admitone.accounts import ApprovalLimit
from admitone.assembly import Assembly
from admitone.flows import publish_event
from admitone.flows.approvals import AlreadyDecided, ApprovalNeeded, ApprovalNotFound, NotYourOwn
from admitone.flows.reversal_plan import RefundWish
from admitone.orders import RunState, RunWish
from admitone.plumbing.database import Transaction
from admitone.values.actor import Actor, Role
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden
from tests.support.onsale import OnSale, TypeOnSale, buy, must_hold, person, put_on_sale


async def limited(site: Assembly, limit_minor: int = 3000) -> tuple[OnSale, Actor]:
    """An event whose organiser wants four eyes above the limit, and the second member."""
    show = await put_on_sale(site, TypeOnSale("Stalls", 2500, 50))

    async def story(tx: Transaction) -> Actor:
        other = await person(tx, site, f"second-{uuid7().hex}@example.org")
        for who, role in ((show.owner.person_id, Role.OWNER), (other, Role.MANAGER)):
            assert who is not None
            if role is Role.MANAGER:
                await accounts.add_member(tx, show.organiser_id, who, role, site.clock.now())
        return Actor.person(other, roles=((show.organiser_id, Role.MANAGER),))

    second = await site.database.run(story)
    limit = ApprovalLimit("EUR", limit_minor, None)
    await site.money.approvals.set_limit(show.owner, show.organiser_id, limit)
    with pytest.raises(Forbidden):
        await site.money.approvals.set_limit(second, show.organiser_id, limit)
    return show, second


async def bought(site: Assembly, show: OnSale, quantity: int) -> str:
    """The code of a paid order."""
    order_id = (await buy(site, show, quantity)).attempt.order_id
    async with site.database.reading() as reader:
        return (await orders.by_id(reader, order_id)).code


async def back(site: Assembly) -> int:
    """What goes back in all."""
    async with site.database.reading() as reader:
        wanted = text("SELECT coalesce(sum(amount_minor), 0) FROM payments_refund")
        return int((await reader.execute(wanted)).scalar_one())


async def a_day_passes(site: Assembly) -> None:
    """What members gave back alone was more than 24 hours ago."""
    moved = text("UPDATE accounts_given_alone SET at = at - interval '25 hours'")
    await site.database.run(lambda tx: tx.execute(moved))


async def asked(site: Assembly, show: OnSale) -> accounts.Approval:
    """The newest question."""
    return (await site.money.approvals.waiting(show.owner, show.organiser_id))[0]


async def test_an_order_above_the_limit_waits_for_a_second_member_and_is_taken_back_once(
    assembly: Assembly,
) -> None:
    show, second = await limited(assembly)
    flow, organiser_id = assembly.money.approvals, show.organiser_id
    small, large = await bought(assembly, show, 1), await bought(assembly, show, 2)
    await assembly.refunding.take_back(show.owner, organiser_id, small)
    for _ in range(2):
        with pytest.raises(ApprovalNeeded):
            await assembly.refunding.take_back(show.owner, organiser_id, large)
    assert await back(assembly) == 2500
    assert len(await flow.waiting(second, organiser_id)) == 1, "the same question is asked once"
    question = await asked(assembly, show)
    with pytest.raises(NotYourOwn):
        await flow.approve(show.owner, organiser_id, question.id)
    with pytest.raises(Forbidden):
        await flow.approve(show.door, organiser_id, question.id)
    with pytest.raises(ApprovalNotFound):
        await flow.approve(second, organiser_id, uuid7())
    said = await asyncio.gather(
        *(flow.approve(second, organiser_id, question.id) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, AlreadyDecided) for one in said) == 3
    assert (await asked(assembly, show)).state == "done"
    assert await back(assembly) == 7500
    assert await flow.carry_due() == 0
    await must_hold(assembly.database)


async def test_a_part_above_the_limit_is_refunded_as_it_was_asked_for_or_not_at_all(
    assembly: Assembly,
) -> None:
    show, second = await limited(assembly)
    flow, organiser_id = assembly.money.approvals, show.organiser_id
    code = await bought(assembly, show, 4)
    wish, part = RefundWish(amount_minor=4000, cancels=False, note="Sorry."), assembly.money.cancel_tickets
    with pytest.raises(ApprovalNeeded):
        await part.refund(show.owner, organiser_id, code, wish, uuid7())
    await flow.decline(second, organiser_id, (await asked(assembly, show)).id)
    assert await back(assembly) == 0
    reversal_id = uuid7()
    with pytest.raises(ApprovalNeeded):
        await part.refund(show.owner, organiser_id, code, wish, reversal_id)
    await flow.approve(second, organiser_id, (await asked(assembly, show)).id)
    assert await back(assembly) == 4000
    done = await part.refund(show.owner, organiser_id, code, wish, reversal_id)
    assert (done.is_repeat, done.reversal.note) == (True, "Sorry.")
    await must_hold(assembly.database)


async def test_a_yes_whose_process_died_is_carried_out_by_the_timetable(assembly: Assembly) -> None:
    show, second = await limited(assembly)
    code = await bought(assembly, show, 2)
    with pytest.raises(ApprovalNeeded):
        await assembly.refunding.take_back(show.owner, show.organiser_id, code)
    async with assembly.database.transaction() as tx:
        await tx.execute(
            text(
                "UPDATE accounts_approval SET state = 'approved', decided_by = :by, "
                "decided_at = now() - interval '1 minute'"
            ),
            {"by": second.person_id},
        )
    assert await assembly.money.approvals.carry_due() == 1
    assert (await back(assembly), (await asked(assembly, show)).state) == (5000, "done")
    assert await assembly.money.approvals.carry_due() == 0
    await must_hold(assembly.database)


async def test_a_run_above_the_limit_waits_and_a_cancelled_event_sells_nothing_meanwhile(
    assembly: Assembly,
) -> None:
    show, second = await limited(assembly)
    for _ in range(2):
        await bought(assembly, show, 1)
    runs, flow = assembly.money.bulk_runs, assembly.money.approvals
    run = await runs.start(show.owner, show.organiser_id, show.event_id, RunWish(amount_minor=2000), uuid7())
    assert run.state is RunState.WAITING
    assert await runs.work() == 0
    await flow.decline(second, show.organiser_id, (await asked(assembly, show)).id)
    await publish_event.cancel(
        assembly.database, assembly.clock, show.owner, show.organiser_id, show.event_id
    )
    await assembly.cancelling.react(show.event_id)
    assert await runs.work() == 0
    assert await back(assembly) == 0
    await flow.approve(second, show.organiser_id, (await asked(assembly, show)).id)
    while await runs.work():
        pass
    assert await back(assembly) == 5000
    await must_hold(assembly.database)


async def test_what_went_back_before_is_not_asked_about_again_and_counts(assembly: Assembly) -> None:
    show, second = await limited(assembly)
    organiser_id, code = show.organiser_id, await bought(assembly, show, 3)
    flow = assembly.money.cancel_tickets
    await flow.refund(show.owner, organiser_id, code, RefundWish((), 2000, cancels=False), uuid7())
    with pytest.raises(ApprovalNeeded):
        await assembly.refunding.take_back(show.owner, organiser_id, code)
    question = await asked(assembly, show)
    assert question.amount_minor == 5500
    assert question.words == f"Cancel order {code} and refund €55"
    await assembly.money.approvals.decline(show.owner, organiser_id, question.id)
    # €20 and €10 are the limit together; one cent more is above it, whoever is asked for it.
    await flow.refund(show.owner, organiser_id, code, RefundWish((), 1000, cancels=False), uuid7())
    with pytest.raises(ApprovalNeeded):
        await flow.refund(show.owner, organiser_id, code, RefundWish((), 1, cancels=False), uuid7())
    with pytest.raises(ApprovalNeeded):
        await assembly.refunding.take_back(second, organiser_id, code)
    # What a second member agreed to does not count.
    other = await bought(assembly, show, 2)
    with pytest.raises(ApprovalNeeded):
        await flow.refund(show.owner, organiser_id, other, RefundWish((), 3500, cancels=False), uuid7())
    await assembly.money.approvals.approve(second, organiser_id, (await asked(assembly, show)).id)
    await a_day_passes(assembly)
    await flow.refund(show.owner, organiser_id, other, RefundWish((), 1500, cancels=False), uuid7())
    assert await back(assembly) == 3000 + 5000
    await must_hold(assembly.database)
