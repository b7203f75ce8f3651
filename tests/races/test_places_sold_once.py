"""Everybody wants the same places in the same moment: each is sold once, and who gets none is told so."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest
from sqlalchemy import text

from admitone import inventory, orders
from admitone.assembly import Assembly
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import HeldOffer, HoldWish
from admitone.inventory import Held, HoldRequest
from admitone.orders import OrderRow
from admitone.plumbing.database import Transaction
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.onsale import OnSale, TypeOnSale, buy, must_hold, place, put_on_sale, wish

T = TypeVar("T")
BUYERS = 64
PLACES = 10
REPEATS = 30


async def all_at_once(asked: Sequence[Awaitable[T]]) -> tuple[list[T], list[BaseException]]:
    """What was answered, and what was refused."""
    said = await asyncio.gather(*asked, return_exceptions=True)
    refused = [one for one in said if isinstance(one, BaseException)]
    return [one for one in said if not isinstance(one, BaseException)], refused


def kinds(refused: Sequence[BaseException]) -> Counter[str]:
    """How often each refusal was given."""
    return Counter(type(one).__name__ for one in refused)


async def level(site: Assembly, show: OnSale, at: int = 0) -> tuple[int, int]:
    """(held, sold) of a pool."""
    async with site.database.reading() as reader:
        found = (await inventory.levels(reader, show.event_id))[show.pools[at]]
    return found.held, found.sold


def stalls(limit: int = 10) -> TypeOnSale:
    """A type with so many places as there are."""
    return TypeOnSale("Stalls", 1000, PLACES, per_person_limit=limit)


async def test_64_buyers_for_10_places_30_times(assembly: Assembly) -> None:
    for _ in range(REPEATS):
        show = await put_on_sale(assembly, stalls())
        held, refused = await all_at_once([assembly.purchase.hold(wish(show)) for _ in range(BUYERS)])
        assert (len(held), kinds(refused)) == (PLACES, {"SoldOut": BUYERS - PLACES})
        assert await level(assembly, show) == (PLACES, 0)
    await must_hold(assembly.database)


async def test_two_processes_share_10_places_between_64_buyers_30_times(
    assembly: Assembly, twin: Assembly
) -> None:
    for _ in range(REPEATS):
        show = await put_on_sale(assembly, stalls())
        sites = [assembly, twin] * (BUYERS // 2)
        held, refused = await all_at_once([site.purchase.hold(wish(show)) for site in sites])
        assert (len(held), kinds(refused)) == (PLACES, {"SoldOut": BUYERS - PLACES})
        assert await level(assembly, show) == (PLACES, 0)
    await must_hold(assembly.database)


async def test_groups_of_one_to_four_get_all_their_places_or_none(assembly: Assembly, twin: Assembly) -> None:
    """Nobody is turned away who would still have fitted in when all was over."""
    for _ in range(REPEATS):
        show = await put_on_sale(assembly, stalls())
        sizes = [1 + secrets.randbelow(4) for _ in range(BUYERS)]
        sites = [assembly, twin] * (BUYERS // 2)
        said = await asyncio.gather(
            *(site.purchase.hold(wish(show, size)) for site, size in zip(sites, sizes, strict=True)),
            return_exceptions=True,
        )
        got = [size for size, one in zip(sizes, said, strict=True) if isinstance(one, HeldOffer)]
        lost = [size for size, one in zip(sizes, said, strict=True) if isinstance(one, inventory.SoldOut)]
        assert len(got) + len(lost) == BUYERS
        assert await level(assembly, show) == (sum(got), 0)
        assert sum(got) <= PLACES
        assert all(size > PLACES - sum(got) for size in lost)
    await must_hold(assembly.database)


async def test_types_with_pools_of_their_own_and_a_shared_one_never_oversell_either(
    assembly: Assembly, twin: Assembly
) -> None:
    for _ in range(REPEATS // 3):
        types = TypeOnSale("Stalls", 1000, 6), TypeOnSale("Circle", 1000, 6), TypeOnSale("Any", 900, None)
        show = await put_on_sale(assembly, *types, shared=10)
        asked = [
            site.purchase.hold(wish(show, 1 + secrets.randbelow(2), at=number % 3))
            for number, site in enumerate([assembly, twin] * (BUYERS // 2))
        ]
        held, refused = await all_at_once(asked)
        assert set(kinds(refused)) == {"SoldOut"}
        assert len(held) + len(refused) == BUYERS
        async with assembly.database.reading() as reader:
            levels = await inventory.levels(reader, show.event_id)
        shared, *own = [levels[pool_id] for pool_id in show.pools]
        assert shared.held == sum(one.quote.lines[0].quantity for one in held)
        assert shared.held in (9, 10)
        assert all(one.held <= 6 for one in own)
    await must_hold(assembly.database)


async def test_a_basket_of_two_types_takes_both_or_neither(assembly: Assembly, twin: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 1000, 5), TypeOnSale("Circle", 1000, 9))
    basket = HoldWish(show.event_id, ((show.types[0], 1), (show.types[1], 1)))
    held, refused = await all_at_once([site.purchase.hold(basket) for site in [assembly, twin] * 16])
    assert (len(held), kinds(refused)) == (5, {"SoldOut": 27})
    assert [await level(assembly, show, at) for at in (0, 1)] == [(5, 0), (5, 0)]
    await must_hold(assembly.database)


async def test_50_orders_of_one_address_stay_inside_its_limit(assembly: Assembly, twin: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 1000, 100, per_person_limit=4))
    asked = [place(site, show, email="Ada@Example.org") for site in [assembly, twin] * 25]
    placed, refused = await all_at_once(asked)
    assert (len(placed), kinds(refused)) == (4, {"OverLimit": 46})
    said = {"limit": 4, "already": 4, "ticket_type_id": str(show.types[0])}
    assert all(one.data == said for one in refused if isinstance(one, orders.OverLimit))
    await must_hold(assembly.database)


async def test_a_hold_becomes_one_order_at_two_desks_at_once(assembly: Assembly, twin: Assembly) -> None:
    show = await put_on_sale(assembly, stalls())
    for _ in range(5):
        held = await assembly.purchase.hold(wish(show, 2))
        asked = OrderWish(held.hold_id, "ada@example.org", "Ada Obi")
        placed, refused = await all_at_once([site.purchase.place(asked) for site in [assembly, twin] * 8])
        assert refused == []
        assert len({one.id for one in placed}) == 1
    await must_hold(assembly.database)


async def test_a_hold_wanted_by_two_people_is_the_orders_of_one_of_them(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, stalls())
    held = await assembly.purchase.hold(wish(show, 2))
    asked = [
        site.purchase.place(OrderWish(held.hold_id, f"{who}@example.org", "Ada Obi"))
        for site, who in zip([assembly, twin] * 8, ["ada", "mallory", "mallory", "ada"] * 4, strict=True)
    ]
    placed, refused = await all_at_once(asked)
    assert len({(one.id, one.email) for one in placed}) == 1
    assert kinds(refused) == {"HoldGone": 8}
    await must_hold(assembly.database)


async def run_out(site: Assembly, what: str = "inventory_hold SET held_until") -> None:
    """All deadlines are now."""
    async with site.database.transaction() as tx:
        await tx.execute(text(f"UPDATE {what} = clock_timestamp()"))


async def test_a_hold_that_runs_out_while_it_is_ordered_is_an_order_or_gone(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 1000, 100))
    for _ in range(10):
        held = [await assembly.purchase.hold(wish(show)) for _ in range(8)]
        asked = [
            assembly.purchase.place(OrderWish(one.hold_id, f"{one.hold_id}@example.org", "Ada Obi"))
            for one in held
        ]
        said, *_ = await asyncio.gather(
            all_at_once(asked), run_out(twin), twin.expiry.expire_holds(), twin.expiry.expire_holds()
        )
        placed, refused = said
        assert set(kinds(refused)) <= {"HoldGone"}
        assert len(placed) + len(refused) == 8
        await twin.expiry.expire_holds()
        await must_hold(assembly.database)
        await end_all(assembly)
    assert await level(assembly, show) == (0, 0)


async def end_all(site: Assembly) -> None:
    """Every order and hold that is open runs out."""
    await run_out(site, "orders_order SET pay_until")
    await site.expiry.expire_orders()
    await run_out(site)
    await site.expiry.expire_holds()


async def test_places_that_ran_out_are_sold_again_on_demand_to_as_many_as_there_are(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, stalls())
    for _ in range(PLACES):
        await assembly.purchase.hold(wish(show))
    await run_out(assembly)
    asked = [site.purchase.hold(wish(show)) for site in [assembly, twin] * 16]
    held, refused = await all_at_once(asked)
    assert (len(held), kinds(refused)) == (PLACES, {"SoldOut": 32 - PLACES})
    assert await level(assembly, show) == (PLACES, 0)
    await must_hold(assembly.database)


async def test_a_pool_is_resized_while_it_is_sold_and_never_below_what_is_taken(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 1000, 40))

    async def resize(capacity: int) -> int:
        await twin.database.run(
            lambda tx: inventory.resize_pool(tx, show.organiser_id, show.pools[0], capacity)
        )
        return capacity

    wanted = [20, 5, 60, 10, 50, 0, 30]
    sold = all_at_once([assembly.purchase.hold(wish(show)) for _ in range(BUYERS)])
    resized = all_at_once([resize(capacity) for capacity in wanted])
    (held, refused), (done, too_small) = await asyncio.gather(sold, resized)
    assert set(kinds(refused)) <= {"SoldOut"}
    assert set(kinds(too_small)) <= {"CapacityBelowSold"}
    assert len(done) + len(too_small) == len(wanted)
    assert await level(assembly, show) == (len(held), 0)
    await must_hold(assembly.database)


async def test_the_last_places_are_bought_released_expired_and_taken_back_all_at_once(
    assembly: Assembly, twin: Assembly
) -> None:
    """Whole purchases against the sweeps and an organiser who takes orders back: the counters are right after all."""
    show = await put_on_sale(assembly, stalls())

    async def bought(site: Assembly) -> OrderRow:
        paying = await buy(site, show, 1 + secrets.randbelow(3))
        async with site.database.reading() as reader:
            order = await orders.by_id(reader, paying.attempt.order_id)
        return await site.refunding.take_back(show.owner, show.organiser_id, order.code)

    async def released(site: Assembly) -> None:
        held = await site.purchase.hold(wish(show, 2))
        await site.purchase.release(held.hold_id)

    asked: list[Awaitable[object]] = []
    for site in [assembly, twin] * 12:
        asked += [bought(site), released(site), site.expiry.expire_holds(), site.expiry.expire_orders()]
    _, refused = await all_at_once(asked)
    assert set(kinds(refused)) <= {"SoldOut"}, refused
    assert await level(assembly, show) == (0, 0)
    await must_hold(assembly.database)


@pytest.mark.parametrize("digest", [b"same", None])
async def test_the_same_key_at_two_desks_holds_once(
    assembly: Assembly, twin: Assembly, digest: bytes | None
) -> None:
    """Without a key each is a hold of its own."""
    show = await put_on_sale(assembly, stalls())
    for number in range(5):
        key = None if digest is None else (await assembly.purchase.hold(wish(show))).hold_id
        asked = HoldWish(
            show.event_id, ((show.types[0], 1),), key and type(key)(int=key.int ^ (1 << number)), digest
        )
        held, refused = await all_at_once([site.purchase.hold(asked) for site in [assembly, twin] * 4])
        distinct = {one.hold_id for one in held}
        assert set(kinds(refused)) <= (set() if digest else {"SoldOut"})
        assert len(distinct) == (1 if digest else len(held))
        await end_all(assembly)
    assert await level(assembly, show) == (0, 0)
    await must_hold(assembly.database)


async def test_one_key_in_many_batches_at_once_is_one_hold_and_breaks_no_batch(
    assembly: Assembly, twin: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: list[Exception] = []
    take = inventory.take_many

    async def watched(tx: Transaction, requests: Sequence[HoldRequest]) -> list[Held | Refusal]:
        try:
            return await take(tx, requests)
        except Exception as error:
            broken.append(error)
            raise

    for site in (assembly, twin):
        monkeypatch.setattr(site.purchase._holds, "_run", watched)
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 1000, 10_000))
    for _ in range(REPEATS):
        same = replace(wish(show), hold_id=uuid7(), digest=b"d" * 32)
        asked = [site.purchase.hold(one) for one in (same, wish(show)) * 20 for site in (assembly, twin)]
        held, refused = await all_at_once(asked)
        assert refused == []
        assert len({one.hold_id for one in held}) == 41
    assert broken == []
    await must_hold(assembly.database)
