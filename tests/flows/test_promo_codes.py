"""Promo codes from what is typed to what is redeemed, given back and redeemed again."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import promotions
from admitone.assembly import Assembly
from admitone.flows.order_wish import OrderWish
from admitone.flows.promo_codes import WRONG_CODES
from admitone.flows.purchase import HoldWish
from admitone.orders import OrderRow
from admitone.promotions import PromoTerms
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden, Problems, TooMany
from tests.flows.test_settlement import let_expire, pay_at_bank, started
from tests.support.onsale import OnSale, TypeOnSale, must_hold, put_on_sale
from tests.support.promo import code, counters, place_with, redemptions


async def refused(site: Assembly, show: OnSale, *codes: str, visitor: str = "eve") -> str:
    """The refusal's code when these are typed."""
    with pytest.raises((promotions.UnknownCode, promotions.NotValidNow, promotions.UsedUp, TooMany)) as no:
        await site.purchase.hold(HoldWish(show.event_id, ((show.types[0], 1),), codes=codes, visitor=visitor))
    return no.value.code


async def place_held(site: Assembly, hold_id: UUID) -> OrderRow:
    """Order what is held."""
    return await site.purchase.place(OrderWish(hold_id, "ada@example.org", "Ada Obi"))


async def test_a_code_takes_off_what_it_says_and_is_used_when_paid(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    made = await code(assembly, show)
    order = await place_with(assembly, show, "Summer20", quantity=2)
    assert order.total_minor == 4000
    assert await redemptions(assembly, made.id) == [("reserved", True)]
    await assembly.payment.pay(order.id, "sandbox:push")
    assert await redemptions(assembly, made.id) == [("used", True)]
    assert await counters(assembly, made.id) == (1, 2)
    await must_hold(assembly.database)


async def test_a_free_order_uses_its_code_at_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    made = await code(assembly, show, "PRESS", "free", total_limit=1)
    order = await place_with(assembly, show, "press")
    assert (order.state, order.total_minor) == ("paid", 0)
    assert await redemptions(assembly, made.id) == [("used", True)]
    assert await refused(assembly, show, "PRESS") == "promotions.used_up"
    await must_hold(assembly.database)


async def test_an_order_that_runs_out_gives_its_code_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    made = await code(assembly, show, total_limit=1, per_person_limit=1)
    first = await place_with(assembly, show, "SUMMER20", email="ada@example.org")
    assert await refused(assembly, show, "SUMMER20") == "promotions.used_up"
    await let_expire(assembly, first.id)
    await assembly.expiry.expire_orders()
    assert await counters(assembly, made.id) == (0, 0)
    again = await place_with(assembly, show, "SUMMER20", email="ada@example.org")
    assert again.total_minor == 2000
    assert await redemptions(assembly, made.id) == [("given_back", False), ("reserved", True)]
    await must_hold(assembly.database)


async def test_late_money_counts_again_while_there_is_room(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    made = await code(assembly, show, total_limit=1)
    order = await place_with(assembly, show, "SUMMER20")
    attempt = await started(assembly, order)
    await let_expire(assembly, order.id)
    await assembly.expiry.expire_orders()
    await pay_at_bank(assembly, attempt)
    await assembly.settlement.ask_about_order(order.id)
    assert await redemptions(assembly, made.id) == [("used", True)]
    assert await counters(assembly, made.id) == (1, 1)
    await must_hold(assembly.database)


async def test_late_money_keeps_its_price_when_the_code_is_used_up(assembly: Assembly) -> None:
    """The buyer was shown the price; the code does not count them, and its limit still holds."""
    show = await put_on_sale(assembly)
    made = await code(assembly, show, total_limit=1)
    late = await place_with(assembly, show, "SUMMER20")
    attempt = await started(assembly, late)
    await let_expire(assembly, late.id)
    await assembly.expiry.expire_orders()
    await place_with(assembly, show, "SUMMER20")
    await pay_at_bank(assembly, attempt)
    await assembly.settlement.ask_about_order(late.id)
    assert sorted(await redemptions(assembly, made.id)) == [("reserved", True), ("used", False)]
    assert await counters(assembly, made.id) == (1, 1)
    await must_hold(assembly.database)


async def test_late_money_without_places_gives_the_code_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 1))
    made = await code(assembly, show)
    late = await place_with(assembly, show, "SUMMER20")
    attempt = await started(assembly, late)
    await let_expire(assembly, late.id)
    await assembly.expiry.expire_orders()
    await place_with(assembly, show)
    await pay_at_bank(assembly, attempt)
    await assembly.settlement.ask_about_order(late.id)
    assert await redemptions(assembly, made.id) == [("given_back", False)]
    assert await counters(assembly, made.id) == (0, 0)
    await must_hold(assembly.database)


async def test_an_order_taken_back_gives_its_code_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    made = await code(assembly, show)
    order = await place_with(assembly, show, "SUMMER20")
    await assembly.payment.pay(order.id, "sandbox:push")
    await assembly.refunding.take_back(show.owner, show.organiser_id, order.code)
    assert await redemptions(assembly, made.id) == [("given_back", False)]
    await must_hold(assembly.database)


async def test_a_code_of_other_events_is_like_one_that_does_not_exist(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly)
    await code(assembly, other, "OTHERS")
    await code(assembly, show, "DOLLARS", "off_ticket", amount_minor=100, currency="USD")
    for typed in ("OTHERS", "DOLLARS", "NEVER", "x" * 5000):
        assert await refused(assembly, show, typed) == "promotions.unknown_code"


async def test_only_wrong_codes_are_counted(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 1000, 500))
    await code(assembly, show)
    wish = HoldWish(show.event_id, ((show.types[0], 1),), codes=("SUMMER20",), visitor="eve")
    for _ in range(WRONG_CODES.most + 1):
        await assembly.purchase.hold(wish)
    for _ in range(WRONG_CODES.most):
        assert await refused(assembly, show, "GUESS") == "promotions.unknown_code"
    assert await refused(assembly, show, "SUMMER20") == "too_many"
    await assembly.purchase.hold(replace(wish, visitor="ada"))


async def test_the_window_and_the_pause(assembly: Assembly) -> None:
    show, now = await put_on_sale(assembly), assembly.clock.now()
    await code(assembly, show, "LATER", valid_from=now + timedelta(hours=1))
    await code(assembly, show, "OVER", valid_until=now - timedelta(seconds=1))
    paused = await code(assembly, show, "PAUSED", valid_from=now - timedelta(hours=1))
    held = await assembly.purchase.hold(
        HoldWish(show.event_id, ((show.types[0], 1),), codes=("PAUSED",), visitor="ada")
    )
    await assembly.money.promo_desk.set_paused(show.owner, show.organiser_id, paused.id, is_paused=True)
    for typed in ("LATER", "OVER", "PAUSED"):
        assert await refused(assembly, show, typed) == "promotions.not_valid_now"
    # Who has it in the basket already is refused too, and keeps neither a use nor an allowance.
    with pytest.raises(promotions.NotValidNow):
        await place_held(assembly, held.hold_id)
    assert await counters(assembly, paused.id) == (0, 0)
    await must_hold(assembly.database)
    await assembly.money.promo_desk.set_paused(show.owner, show.organiser_id, paused.id, is_paused=False)
    await place_held(assembly, held.hold_id)
    assert await counters(assembly, paused.id) == (1, 1)
    await must_hold(assembly.database)


async def test_what_was_redeemed_stays(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    desk = assembly.money.promo_desk
    made = await code(assembly, show)
    await place_with(assembly, show, "SUMMER20", quantity=2)
    own = (show.owner, show.organiser_id, made.id)
    with pytest.raises(promotions.CodeIsUsed):
        await desk.delete(*own)
    with pytest.raises(promotions.CodeIsUsed):
        await desk.edit(*own, "WINTER20", made.terms)
    with pytest.raises(promotions.LimitBelowUses) as no:
        await desk.edit(*own, "SUMMER20", replace(made.terms, limit_unit="tickets", total_limit=1))
    assert (no.value.field, no.value.data) == ("total_limit", {"used": 2})
    changed = await desk.edit(*own, "SUMMER20", replace(made.terms, percent_bps=5000))
    assert changed.terms.percent_bps == 5000
    await must_hold(assembly.database)


async def test_an_unused_code_is_renamed_and_deleted(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    desk = assembly.money.promo_desk
    made, taken = await code(assembly, show), await code(assembly, show, "TAKEN")
    own = (show.owner, show.organiser_id, made.id)
    with pytest.raises(promotions.CodeTaken):
        await desk.edit(*own, "taken", made.terms)
    with pytest.raises(promotions.CodeTaken):
        await code(assembly, show, "ｔａｋｅｎ")
    assert (await desk.edit(*own, "Summer20", made.terms)).code == "Summer20"
    await desk.delete(*own)
    with pytest.raises(promotions.CodeNotFound):
        await desk.delete(*own)
    assert await refused(assembly, show, "SUMMER20") == "promotions.unknown_code"
    assert taken.code == "TAKEN"


async def test_another_organisers_things(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly)
    desk = assembly.money.promo_desk
    theirs = await code(assembly, other)
    with pytest.raises(promotions.CodeNotFound):
        await desk.edit(show.owner, show.organiser_id, theirs.id, "MINE", theirs.terms)
    with pytest.raises(Forbidden):
        await desk.edit(show.owner, other.organiser_id, theirs.id, "MINE", theirs.terms)
    with pytest.raises(Forbidden):
        await desk.delete(show.door, show.organiser_id, theirs.id)
    for name, ids in (("event_ids", {other.event_id}), ("type_ids", set(other.types))):
        with pytest.raises(Problems) as no:
            await desk.create(
                show.owner,
                show.organiser_id,
                "MINE",
                replace(theirs.terms, **{name: frozenset(ids)}),  # type: ignore[arg-type]
                promotion_id=uuid7(),
            )
        assert {one.field for one in no.value.problems} == {name}
    with pytest.raises(Problems):
        await code(
            assembly,
            show,
            "MINE",
            "off_ticket",
            amount_minor=1,
            currency="USD",
            event_ids=frozenset({show.event_id}),
        )


async def test_a_batch_of_codes_for_one_use_each(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    desk, batch_id = assembly.money.promo_desk, uuid7()
    terms = PromoTerms("percent", 1000, total_limit=1)
    asked = (show.owner, show.organiser_id, "press-", 10_000, terms)
    assert (await desk.generate(*asked, batch_id=batch_id)).quantity == 10_000
    assert (await desk.generate(*asked, batch_id=batch_id)).quantity == 10_000
    async with assembly.database.reading() as reader:
        made = (await reader.execute(text("SELECT code FROM promotions_code"))).scalars().all()
    assert len({promotions.key_of(one) for one in made}) == 10_000
    assert all(one.startswith("PRESS-") and len(one) == 16 for one in made)
    assert (await place_with(assembly, show, made[0])).total_minor == 2250
    assert await refused(assembly, show, made[0]) == "promotions.used_up"
    own = (show.owner, show.organiser_id, batch_id)
    assert await desk.set_batch_paused(*own, is_paused=True) == 10_000
    assert await refused(assembly, show, made[1]) == "promotions.not_valid_now"
    assert await desk.delete_unused(*own) == 9_999
    await must_hold(assembly.database)
    for quantity in (0, 10_001):
        with pytest.raises(promotions.BadCount):
            await desk.generate(show.owner, show.organiser_id, "", quantity, terms, batch_id=uuid7())
