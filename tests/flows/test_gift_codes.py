"""Gift codes: made once, above a limit by two, ending by their date, and usable again when an order is taken back."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import accounts, orders, payments
from admitone.accounts import ApprovalLimit
from admitone.assembly import Assembly
from admitone.flows.approvals import ApprovalNeeded
from admitone.flows.credit_desk import GiftWish
from admitone.flows.reversal_plan import RefundWish
from admitone.payments import SANDBOX_ACCOUNT
from admitone.payments.credit import (
    BadGift,
    BadGiftCount,
    BadGiftCurrency,
    BadGiftExpiry,
    CreditCodes,
    CreditNotFound,
    GiftNoteTooLong,
    NotAGift,
    OneGiftPerAddress,
    digest_of,
)
from admitone.plumbing.database import Transaction
from admitone.pricing import PRICE_MAX_MINOR
from admitone.values.actor import Actor, Role
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden, Problems
from tests.support.credits import balance_of, code_of, gift, now_of
from tests.support.onsale import OnSale, buy, must_hold, person, place, put_on_sale


async def second_member(site: Assembly, show: OnSale) -> Actor:
    async def story(tx: Transaction) -> UUID:
        other = await person(tx, site, f"second-{uuid7().hex}@example.org")
        await accounts.add_member(tx, show.organiser_id, other, Role.MANAGER, site.clock.now())
        return other

    return Actor.person(await site.database.run(story), roles=((show.organiser_id, Role.MANAGER),))


async def run_out(site: Assembly, credit_id: UUID) -> None:
    async with site.database.transaction() as tx:
        late = "UPDATE payments_credit SET expires_at = clock_timestamp() - interval '1 day' WHERE id = :id"
        await tx.execute(text(late), {"id": credit_id})


def test_a_code_is_as_a_person_types_it_and_belongs_to_one_key() -> None:
    credit_id = uuid7()
    code = CreditCodes(b"k" * 32).code(credit_id)
    assert len(code.replace("-", "")) == 16
    assert digest_of(code.lower().replace("-", " ")) == digest_of(code)
    assert digest_of(code.replace("0", "O").replace("1", "l")) == digest_of(code)
    assert CreditCodes(b"l" * 32).code(credit_id) != code
    assert digest_of(code[:-1]) is None
    assert digest_of("not a code at all!") is None


async def test_the_same_request_makes_codes_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    desk, batch = assembly.money.credit_desk, uuid7()
    made = await desk.make(show.owner, show.organiser_id, GiftWish("EUR", 500, 1000), batch)
    assert await desk.make(show.owner, show.organiser_id, GiftWish("EUR", 500, 1000), batch) == made
    assert len({desk.code(one) for one in made}) == 1000
    assert await balance_of(assembly, f"organiser:{show.organiser_id}:gifts") == -500_000
    await must_hold(assembly.database)


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        (GiftWish("EUR", 0), BadGift),
        (GiftWish("EUR", PRICE_MAX_MINOR), BadGift),
        (GiftWish("XXQ", 100), BadGiftCurrency),
        (GiftWish("EUR", 100, 1001), BadGiftCount),
        (GiftWish("EUR", 100, note="x" * 501), GiftNoteTooLong),
        (GiftWish("EUR", 100, 2, email="zoe@example.org"), OneGiftPerAddress),
    ],
)
async def test_codes_that_cannot_be_are_refused(
    assembly: Assembly, wish: GiftWish, refusal: type[Exception]
) -> None:
    show = await put_on_sale(assembly)
    with pytest.raises(Problems) as caught:
        await assembly.money.credit_desk.make(show.owner, show.organiser_id, wish, uuid7())
    assert [type(one) for one in caught.value.problems] == [refusal]
    past = GiftWish("EUR", 100, expires_at=assembly.clock.now() - timedelta(days=1))
    with pytest.raises(Problems) as caught:
        await assembly.money.credit_desk.make(show.owner, show.organiser_id, past, uuid7())
    assert isinstance(caught.value.problems[0], BadGiftExpiry)
    with pytest.raises(Forbidden):
        await assembly.money.credit_desk.make(show.door, show.organiser_id, GiftWish("EUR", 100), uuid7())


async def test_above_the_limit_a_second_member_says_yes_and_the_codes_are_made_once(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly)
    desk, approvals, batch = assembly.money.credit_desk, assembly.money.approvals, uuid7()
    await approvals.set_limit(show.owner, show.organiser_id, ApprovalLimit("EUR", 3000, None))
    await desk.make(show.owner, show.organiser_id, GiftWish("EUR", 1500, 2), uuid7())
    wish = GiftWish("EUR", 1500, 3, expires_at=assembly.clock.now() + timedelta(days=9), note="Press")
    with pytest.raises(ApprovalNeeded):
        await desk.make(show.owner, show.organiser_id, wish, batch)
    assert await desk.batch(show.owner, show.organiser_id, batch) == []
    second = await second_member(assembly, show)
    [asked] = [one for one in await approvals.waiting(second, show.organiser_id) if one.subject == str(batch)]
    await approvals.approve(second, show.organiser_id, asked.id)
    made = await desk.batch(show.owner, show.organiser_id, batch)
    assert [(one.given_minor, one.note, one.expires_at) for one in made] == [
        (1500, "Press", wish.expires_at)
    ] * 3
    await must_hold(assembly.database)


async def test_of_gifts_made_in_one_moment_those_above_the_limit_wait_for_a_second_member(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly)
    await assembly.money.approvals.set_limit(show.owner, show.organiser_id, ApprovalLimit("EUR", 3000, None))
    desk = assembly.money.credit_desk
    made = await asyncio.gather(
        *(desk.make(show.owner, show.organiser_id, GiftWish("EUR", 1500), uuid7()) for _ in range(8)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, ApprovalNeeded) for one in made) == 6
    assert sum(isinstance(one, list) for one in made) == 2
    waiting = await assembly.money.approvals.waiting(show.owner, show.organiser_id)
    assert len(waiting) == 6
    await must_hold(assembly.database)


async def test_a_gift_that_ran_out_ends_once_and_its_organiser_bears_nothing(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 1000)
    await run_out(assembly, given.id)
    assert [await assembly.money.credit_desk.end_due() for _ in range(2)] == [1, 0]
    after = await now_of(assembly, given.id)
    assert (after.balance_minor, after.ended_minor, after.standing) == (0, 1000, "expired")
    assert await balance_of(assembly, f"organiser:{show.organiser_id}:gifts") == 0
    await must_hold(assembly.database)


async def test_what_comes_back_to_a_gift_taken_away_ends_as_taken_away(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 2500)
    order = await place(assembly, show)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor="v")
    await assembly.money.credit_desk.void(show.owner, show.organiser_id, given.id)
    await assembly.refunding.take_back(show.owner, show.organiser_id, order.code)
    assert [await assembly.money.credit_desk.end_due() for _ in range(2)] == [1, 0]
    after = await now_of(assembly, given.id)
    assert (after.balance_minor, after.ended_minor, after.standing) == (0, 2500, "void")
    async with assembly.database.reading() as reader:
        ended = text("SELECT body ->> 'reason' FROM journal_fact WHERE kind = 'payments.credit_ended'")
        assert list((await reader.execute(ended)).scalars()) == ["void"]
    await must_hold(assembly.database)


async def test_what_comes_back_to_a_gift_that_ran_out_can_be_used_for_a_while(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 2500)
    order = await place(assembly, show)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor="v")
    await run_out(assembly, given.id)
    await assembly.refunding.take_back(show.owner, show.organiser_id, order.code)
    after = await now_of(assembly, given.id)
    assert (after.balance_minor, after.standing) == (2500, "open")
    assert after.expires_at is not None
    assert after.expires_at > assembly.clock.now() + timedelta(days=29)
    assert await assembly.money.credit_desk.end_due() == 0
    await must_hold(assembly.database)


async def test_a_refund_kept_is_its_buyers_and_another_organisers_credit_is_not_there(
    assembly: Assembly,
) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly)
    order_id = (await buy(assembly, show)).attempt.order_id
    async with assembly.database.reading() as reader:
        code = (await orders.by_id(reader, order_id)).code
    reversal_id, wish = uuid7(), RefundWish((), 900, cancels=False, to="credit")
    await assembly.money.cancel_tickets.refund(show.owner, show.organiser_id, code, wish, reversal_id)
    async with assembly.database.reading() as reader:
        kept = await payments.credit.by_cause(reader, reversal_id)
    assert kept is not None
    desk = assembly.money.credit_desk
    with pytest.raises(NotAGift):
        await desk.void(show.owner, show.organiser_id, kept.id)
    with pytest.raises(CreditNotFound):
        await desk.void(other.owner, other.organiser_id, kept.id)
    assert (await now_of(assembly, kept.id)).balance_minor == 900


async def test_money_in_an_organisers_own_account_stays_theirs_by_way_of_credit(assembly: Assembly) -> None:
    """Sold into their own account, kept as credit, used for a sale through the site: never the site's to pay out."""
    show = await put_on_sale(assembly)
    order_id = (await buy(assembly, show)).attempt.order_id
    own, direct, pending = (
        uuid7(),
        f"organiser:{show.organiser_id}:direct",
        f"organiser:{show.organiser_id}:pending",
    )
    async with assembly.database.transaction() as tx:
        # As if it had been sold into an account of their own.
        copy = (
            "INSERT INTO payments_account "
            "SELECT (jsonb_populate_record(a, jsonb_build_object('id', CAST(:own AS text), "
            "'organiser_id', CAST(:organiser AS text), 'state', 'closed'))).* FROM payments_account a WHERE id = :site"
        )
        await tx.execute(
            text(copy), {"own": str(own), "organiser": str(show.organiser_id), "site": SANDBOX_ACCOUNT}
        )
        await tx.execute(text("UPDATE payments_attempt SET account_id = :own"), {"own": own})
    async with assembly.database.reading() as reader:
        code = (await orders.by_id(reader, order_id)).code
    reversal_id, wish = uuid7(), RefundWish((), 2500, cancels=False, to="credit")
    await assembly.money.cancel_tickets.refund(show.owner, show.organiser_id, code, wish, reversal_id)
    async with assembly.database.reading() as reader:
        kept = await payments.credit.by_cause(reader, reversal_id)
    assert kept is not None
    assert (kept.funding, await balance_of(assembly, direct)) == ("direct", -2500)
    order = await place(assembly, show, 2)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, kept), visitor="v")
    await assembly.payment.pay(order.id, "sandbox:push")
    assert await balance_of(assembly, direct) == 0
    # 25.00 of the first sale stand in `pending` from before this test moved its payment, and 25.00 came now.
    assert await balance_of(assembly, pending) == 5000
    await assembly.refunding.take_back(show.owner, show.organiser_id, order.code)
    assert (await now_of(assembly, kept.id)).balance_minor == 2500
    assert (await balance_of(assembly, direct), await balance_of(assembly, pending)) == (-2500, 2500)
