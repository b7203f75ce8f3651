"""Everybody has the same promo code in the same moment: it is redeemed as often as it may be, and not once more."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from admitone.assembly import Assembly
from admitone.orders import OrderRow
from admitone.values.refusals import Refusal
from tests.support.onsale import OnSale, TypeOnSale, must_hold, put_on_sale
from tests.support.promo import code, counters, place_with, redemptions

BUYERS = 100


async def room(site: Assembly) -> OnSale:
    """An event with places enough for everybody."""
    return await put_on_sale(site, TypeOnSale("Stalls", 1000, 500))


def sorted_out(said: Sequence[OrderRow | BaseException]) -> tuple[list[OrderRow], Counter[str]]:
    """The orders, and how often each refusal was given."""
    refused = Counter(one.code for one in said if isinstance(one, Refusal))
    wrong = [one for one in said if isinstance(one, BaseException) and not isinstance(one, Refusal)]
    assert wrong == []
    return [one for one in said if isinstance(one, OrderRow)], refused


async def test_100_buyers_for_10_uses(assembly: Assembly, twin: Assembly) -> None:
    show = await room(assembly)
    limited = await code(assembly, show, total_limit=10)
    sites = [assembly, twin] * (BUYERS // 2)
    said = await asyncio.gather(
        *(place_with(site, show, "summer20") for site in sites), return_exceptions=True
    )
    placed, refused = sorted_out(said)
    assert (len(placed), refused) == (10, {"promotions.used_up": BUYERS - 10})
    assert {order.total_minor for order in placed} == {800}
    assert await counters(assembly, limited.id) == (10, 10)
    await must_hold(assembly.database)


async def test_ten_tickets_for_buyers_of_three(assembly: Assembly, twin: Assembly) -> None:
    show = await room(assembly)
    limited = await code(assembly, show, total_limit=10, limit_unit="tickets")
    said = await asyncio.gather(
        *(place_with(site, show, "SUMMER20", quantity=3) for site in [assembly, twin] * 10),
        return_exceptions=True,
    )
    placed, refused = sorted_out(said)
    assert (len(placed), refused) == (3, {"promotions.used_up": 17})
    assert await counters(assembly, limited.id) == (3, 9)
    await must_hold(assembly.database)


async def test_one_person_in_many_places_at_once(assembly: Assembly, twin: Assembly) -> None:
    show = await room(assembly)
    personal = await code(assembly, show, per_person_limit=2)
    spellings = ["Ada@example.org", "ada@example.org", "ada@EXAMPLE.org"] * 4
    said = await asyncio.gather(
        *(
            place_with(site, show, "SUMMER20", email=email)
            for site, email in zip([assembly, twin] * 6, spellings, strict=True)
        ),
        return_exceptions=True,
    )
    placed, refused = sorted_out(said)
    assert (len(placed), refused) == (2, {"promotions.over_personal_limit": 10})
    assert await counters(assembly, personal.id) == (2, 2)
    other = await place_with(assembly, show, "SUMMER20", email="eve@example.org")
    assert other.total_minor == 800
    await must_hold(assembly.database)


async def test_orders_of_two_codes_have_both_or_none(assembly: Assembly, twin: Assembly) -> None:
    """Whatever order the codes are typed in, nobody waits for anybody for ever, and no use is lost."""
    show = await room(assembly)
    one = await code(assembly, show, "ONE", total_limit=5, is_combinable=True)
    two = await code(
        assembly, show, "TWO", "off_ticket", amount_minor=100, currency="EUR", is_combinable=True
    )
    said = await asyncio.gather(
        *(place_with(site, show, "one", "two") for site in [assembly, twin] * 8),
        *(place_with(site, show, "two", "one") for site in [assembly, twin] * 8),
        return_exceptions=True,
    )
    placed, refused = sorted_out(said)
    assert (len(placed), refused) == (5, {"promotions.used_up": 27})
    assert {order.total_minor for order in placed} == {700}
    assert (await counters(assembly, one.id), await counters(assembly, two.id)) == ((5, 5), (5, 5))
    assert await redemptions(assembly, two.id) == [("reserved", True)] * 5
    await must_hold(assembly.database)
