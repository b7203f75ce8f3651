"""Store credit made of a payment that a bank wants back: frozen until it is decided, and lost once."""

import pytest
from sqlalchemy import text

from admitone import orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.credit_letters import LINK
from admitone.flows.exchange_plan import ChangeWish
from admitone.flows.reversal_plan import RefundWish, TooMuchBack
from admitone.orders import OrderRow
from admitone.payments import SANDBOX_ACCOUNT, CreditRow, DisputeState, DisputeStatus, PaymentTakenBack
from admitone.payments.credit import CreditDisputed, CreditUsedUp
from admitone.reads.needs_you import Kind, Waiting, needs_you
from admitone.values.ids import uuid7
from tests.support.changing import DOWN, Changeable, changeable
from tests.support.credits import balance_of, code_of, now_of
from tests.support.onsale import must_hold, place
from tests.support.site import bearer, browser

WHO = "visitor"


async def bank_says(mine: Changeable, state: DisputeState, minor: int, ref: str = "dp_1") -> None:
    """The bank of whoever paid the first order wants so much back."""
    async with mine.site.database.reading() as reader:
        [attempt] = await payments.of_orders(reader, [mine.order.id])
    assert attempt.provider_ref is not None
    opened = await mine.site.payment_accounts.find(SANDBOX_ACCOUNT)
    assert opened is not None
    status = DisputeStatus(ref, attempt.provider_ref, state, "EUR", minor, 0, "fraudulent")
    await mine.site.money.disputing.hear(opened, status)


async def as_credit(mine: Changeable, count: int = 1) -> CreditRow:
    """The first so many tickets of the order become store credit."""
    owner, whose, wish = (
        mine.show.owner,
        mine.show.organiser_id,
        RefundWish(tuple(mine.ids[:count]), to="credit"),
    )
    await mine.site.money.cancel_tickets.refund(owner, whose, mine.order.code, wish, uuid7())
    async with mine.site.database.reading() as reader:
        credit_id = (await reader.execute(text("SELECT id FROM payments_credit"))).scalar_one()
    return await now_of(mine.site, credit_id)


async def used(mine: Changeable, credit: CreditRow, at: int = 0) -> OrderRow:
    """An order of one ticket, paid with the credit."""
    order = await place(mine.site, mine.show, at=at)
    return (await mine.site.money.store_credit.apply(order.id, code_of(mine.site, credit), visitor=WHO)).order


async def owed(mine: Changeable, credit: CreditRow) -> tuple[int, int, int]:
    """What is left of the credit, what the ledger owes its holder, and what the organiser has."""
    row = await now_of(mine.site, credit.id)
    return row.balance_minor, await balance_of(mine.site, f"credit:{credit.id}"), await mine.earned()


async def waiting(mine: Changeable) -> list[Waiting]:
    async with mine.site.database.reading() as reader:
        found = await needs_you(reader, mine.show.owner, mine.show.organiser_id, now=mine.site.clock.now())
    return [one for one in found if one.kind is Kind.CREDIT_DISPUTED]


async def test_credit_is_frozen_while_the_bank_decides_and_free_when_it_is_won(assembly: Assembly) -> None:
    mine = await changeable(assembly, 1)
    credit = await as_credit(mine)
    url = links.credit(assembly.links.make(LINK, credit.id))
    for state in (DisputeState.OPEN, DisputeState.ANSWERED):
        await bank_says(mine, state, 2500)
        with pytest.raises(CreditDisputed):
            await used(mine, credit)
        async with browser(assembly) as client:
            assert "Until that is decided, it cannot be used." in (await client.get(url)).text
        assert (await owed(mine, credit))[:2] == (2500, 2500)
    await bank_says(mine, DisputeState.WON, 2500)
    async with browser(assembly) as client:
        assert "Until that is decided" not in (await client.get(url)).text
    assert (await used(mine, credit)).state == "paid"
    await must_hold(assembly.database)


async def test_credit_ends_when_the_bank_takes_its_payment_and_the_organiser_loses_it_once(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly, 1)
    credit = await as_credit(mine)
    before = await mine.earned()
    await bank_says(mine, DisputeState.OPEN, 2500)
    for _ in range(2):
        await bank_says(mine, DisputeState.LOST, 2500)
    # What the credit was worth is the organiser's again, and the bank has as much.
    assert await owed(mine, credit) == (0, 0, before - 2500 + 2500)
    row = await now_of(assembly, credit.id)
    assert (row.taken_minor, row.ended_minor, row.standing) == (2500, 2500, "void")
    with pytest.raises(CreditUsedUp):
        await used(mine, credit)
    async with browser(assembly) as client:
        page = (await client.get(links.credit(assembly.links.make(LINK, credit.id)))).text
    assert "the bank has taken the payment behind it back" in page
    await must_hold(assembly.database)


async def test_what_was_used_of_it_is_named_to_the_organiser_and_ends_when_it_comes_back(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly, 2)
    credit = await as_credit(mine, 2)
    bought = await used(mine, credit, at=DOWN)  # €20 of €50
    assert await waiting(mine) == []
    await bank_says(mine, DisputeState.OPEN, 5000)
    [told] = await waiting(mine)
    assert (told.amount_minor, told.order_code) == (bought.total_minor, bought.code)
    assert told.title.endswith("with store credit whose money a bank wants back")
    await bank_says(mine, DisputeState.LOST, 5000)
    left, _, earned = await owed(mine, credit)
    assert (left, (await now_of(assembly, credit.id)).ended_minor) == (0, 5000 - bought.total_minor)
    [told] = await waiting(mine)
    assert told.title.endswith("with store credit whose money a bank has taken back")
    assert mine.show.owner.person_id is not None
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, mine.show.owner.person_id))
        page = (await client.get(links.needs_you(f"o-{mine.show.organiser_id.hex}"))).text
    assert f"orders/{bought.code}" in page
    await assembly.refunding.take_back(mine.show.owner, mine.show.organiser_id, bought.code)
    assert await waiting(mine) == []
    row = await now_of(assembly, credit.id)
    assert (row.balance_minor, row.ended_minor) == (0, 5000)
    # The tickets' price was never money after the bank took it: giving it up changes nothing but the site's fee.
    assert await mine.earned() == earned + bought.total_minor - bought.organiser_minor
    assert await mine.back() == []
    await must_hold(assembly.database)


async def test_tickets_changed_for_those_bought_with_it_are_named_too(assembly: Assembly) -> None:
    mine = await changeable(assembly, 1)
    bought = await used(mine, await as_credit(mine))
    async with assembly.database.reading() as reader:
        wanted = text("SELECT id FROM tickets_ticket WHERE order_id = :id")
        ids = tuple((await reader.execute(wanted, {"id": bought.id})).scalars())
    to = ChangeWish(ids, mine.show.event_id, mine.show.types[DOWN])
    changed = await assembly.exchanging.change(bought.id, to, uuid7())
    await bank_says(mine, DisputeState.OPEN, 2500)
    assert [one.order_code for one in await waiting(mine)] == [changed.order.code]
    await bank_says(mine, DisputeState.WON, 2500)
    assert await waiting(mine) == []


async def test_a_disputed_part_is_what_became_credit_and_the_rest_can_go_back(assembly: Assembly) -> None:
    mine = await changeable(assembly, 2)
    credit = await as_credit(mine)
    await bank_says(mine, DisputeState.LOST, 2500)
    assert (await owed(mine, credit))[0] == 0
    owner, whose, code = mine.show.owner, mine.show.organiser_id, mine.order.code
    wish = RefundWish((mine.ids[1],))
    await assembly.money.cancel_tickets.refund(owner, whose, code, wish, uuid7())
    assert await mine.back() == [2500]
    await must_hold(assembly.database)


async def test_used_credit_whose_payment_was_taken_leaves_so_much_less_to_go_back(assembly: Assembly) -> None:
    mine = await changeable(assembly, 2)
    credit = await as_credit(mine)
    bought = await used(mine, credit)
    await bank_says(mine, DisputeState.LOST, 2500)
    owner, whose, code = mine.show.owner, mine.show.organiser_id, mine.order.code
    flow, wish = assembly.money.cancel_tickets, RefundWish((mine.ids[1],))
    # The buyer has €25 from the bank, and a ticket for the €25 of the credit.
    with pytest.raises(PaymentTakenBack):
        await flow.refund(owner, whose, code, wish, uuid7())
    await assembly.refunding.take_back(owner, whose, bought.code)
    await flow.refund(owner, whose, code, wish, uuid7())
    assert await mine.back() == [2500]
    assert (await owed(mine, credit))[0] == 0
    await must_hold(assembly.database)


async def test_what_is_left_of_credit_after_a_part_was_taken_can_be_used(assembly: Assembly) -> None:
    mine = await changeable(assembly, 2)
    credit = await as_credit(mine, 2)
    await bank_says(mine, DisputeState.LOST, 2000)
    assert (await owed(mine, credit))[:2] == (3000, 3000)
    order = await used(mine, credit)
    assert (order.state, (await owed(mine, credit))[0]) == ("paid", 3000 - order.total_minor)
    await assembly.refunding.take_back(mine.show.owner, mine.show.organiser_id, order.code)
    assert (await owed(mine, credit))[:2] == (3000, 3000)
    await must_hold(assembly.database)


async def test_credit_set_aside_when_its_payment_was_taken_ends_when_it_comes_back(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly, 1)
    credit = await as_credit(mine)
    order = await place(assembly, mine.show, at=1)  # dearer: the rest waits
    flow = assembly.money.store_credit
    taken = await flow.apply(order.id, code_of(assembly, credit), visitor=WHO)
    assert taken.order.state == orders.OrderState.PENDING
    await bank_says(mine, DisputeState.LOST, 2500)
    await flow.remove(order.id, taken.use.id)
    assert (await owed(mine, credit))[:2] == (0, 0)
    await must_hold(assembly.database)


async def test_more_than_is_left_is_refused_with_what_is(assembly: Assembly) -> None:
    mine = await changeable(assembly, 2)
    await as_credit(mine)
    await bank_says(mine, DisputeState.LOST, 3000)
    owner, whose, code = mine.show.owner, mine.show.organiser_id, mine.order.code
    flow = assembly.money.cancel_tickets
    with pytest.raises(TooMuchBack, match="20"):
        await flow.refund(owner, whose, code, RefundWish((), 2001, cancels=False), uuid7())
    await flow.refund(owner, whose, code, RefundWish((), 2000, cancels=False), uuid7())
    assert await mine.back() == [2000]
    await must_hold(assembly.database)
