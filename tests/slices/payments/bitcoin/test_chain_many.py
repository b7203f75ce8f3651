"""Thousands of payments to one address: a stranger, or a node that wishes us ill, can make them; nobody waits."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.payments.bitcoin import BitcoinBook, FixedRates
from admitone.payments.bitcoin.chain import ChainBook, Tiers, store
from admitone.payments.bitcoin.chain.applying import Applied, Known, apply
from admitone.payments.bitcoin.chain.book import PART_MOST
from admitone.payments.bitcoin.chain.credits import Credit, CreditState, Undone, UndoneState
from admitone.payments.bitcoin.chain.port import News, Output, Standing, Tip
from admitone.payments.bitcoin.quotes import Price
from tests.slices.payments.bitcoin.test_chain_rules import ACCOUNT, ADDRESS, NOW, request
from tests.support.bitcoin_desk import address_of, takes_bitcoin
from tests.support.onsale import place, put_on_sale

MANY = 1_000
FEW_MORE = 7


class CountedMoment(datetime):
    """A moment that counts how often it was compared."""

    compared = 0

    def __lt__(self, other: date) -> bool:
        CountedMoment.compared += 1
        return bool(super().__lt__(other))  # type: ignore[operator]


class CountedWord(str):
    """A word that counts how often it was compared."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        CountedWord.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def paying(number: int, height: int | None = 101, sat: int = 50_000) -> Output:
    """One of many payments to the address."""
    standing = Standing(None if height is None else f"block {height}", height)
    return Output(f"{number:064x}", 0, ADDRESS, sat, standing, NOW)


def credit(number: int, **changed: object) -> Credit:
    """One that was known before."""
    [made] = heard([paying(number, None)]).credits
    return replace(made, change_no=1, **changed)  # type: ignore[arg-type]


ASKED = request()


def heard(
    outputs: Collection[Output],
    credits_: Collection[Credit] = (),
    undone: Collection[Undone] = (),
    standings: Mapping[str, Standing] | None = None,
) -> Applied:
    asked = {ASKED.attempt_id: ASKED}
    known = Known(ACCOUNT, [*credits_], asked, {ADDRESS: ASKED}, [*undone], {}, NOW, Tip("block 100", 100))
    news = News([*outputs], frozenset(), Tip("block 101", 101))
    return apply(known, news, standings or {}, {}, Tiers(), NOW)


def test_thousands_that_came_late_for_one_request_are_not_compared_each_with_each() -> None:
    word = CountedWord("EUR")
    late = replace(request(), currency=word)
    known = Known(
        ACCOUNT, (), {late.attempt_id: late}, {ADDRESS: late}, (), {}, late.expires_at, Tip("block 100", 100)
    )
    news = News([paying(number) for number in range(MANY)], frozenset(), Tip("block 101", 101))
    prices = {"EUR": Price("EUR", Decimal(50_000), (), NOW)}
    CountedWord.compared = 0
    applied = apply(known, news, {}, prices, Tiers(), late.expires_at + timedelta(seconds=1))
    assert [one.given_to for one in applied.credits] == [late.attempt_id] + [None] * (MANY - 1)
    assert {one.worth_minor for one in applied.credits} == {2500}
    assert CountedWord.compared <= 20 * MANY


def test_thousands_that_replace_thousands_are_not_compared_each_with_each() -> None:
    gone = [
        credit(number, state=CreditState.GONE, seen_at=CountedMoment(2026, 11, 20, tzinfo=NOW.tzinfo))
        for number in range(MANY)
    ]
    CountedMoment.compared = 0
    applied = heard([paying(MANY + number, None) for number in range(MANY)], gone)
    assert {one.seen_at for one in applied.credits} == {datetime(2026, 11, 20, tzinfo=NOW.tzinfo)}
    assert CountedMoment.compared <= 10 * MANY


@pytest.mark.parametrize(
    ("sat", "first"), [(10_000, 1), (10_001, 2), (20_000, 2), (30_000, 3), (30_001, None)]
)
def test_what_replaces_another_and_pays_no_more_was_seen_when_that_one_was(
    sat: int, first: int | None
) -> None:
    # The larger they are, the later they came.
    gone = [
        credit(
            number,
            state=CreditState.GONE,
            amount_msat=number * 10_000_000,
            seen_at=NOW - timedelta(hours=10 - number),
        )
        for number in (3, 1, 2)
    ]
    [new] = heard([paying(9, None, sat)], gone).credits
    assert new.seen_at == (NOW if first is None else NOW - timedelta(hours=10 - first))


def test_thousands_that_were_undone_are_found_at_once() -> None:
    undone = [
        Undone(ACCOUNT, f"reorg:{number}", f"{number:064x}", 0, UndoneState.OPEN, NOW, NOW)
        for number in range(2)
    ]
    known = Known(ACCOUNT, (), {}, {}, undone, {}, NOW, Tip("block 100", 100))
    outpoints = known.undone_outpoints()
    deep = {"deep_at": NOW, "final_at": NOW}
    assert [known.is_open(credit(number, **deep), outpoints) for number in range(3)] == [True, True, False]


class LongAnswer:
    """A node that names so many payments to one address, in a block each time it is asked."""

    def __init__(self, address: str, many: int, tip: Tip) -> None:
        self.address, self.many, self.last = address, many, tip

    async def tip(self) -> Tip:
        return self.last

    async def since(self, _block_hash: str) -> News:
        came = [
            replace(paying(number, self.last.height), address=self.address) for number in range(self.many)
        ]
        return News(came, frozenset(), self.last)

    async def standings(self, _txids: Collection[str]) -> Mapping[str, Standing]:
        return {}

    async def blocks(self, heights: Collection[int]) -> Mapping[int, str]:
        return {one: self.last.hash for one in heights}

    async def resend(self, _txid: str) -> None:
        return


async def test_an_answer_of_thousands_is_taken_in_parts_and_then_the_chain_is_read(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    [account_id] = [
        one.account.id
        for one in await assembly.payment_accounts.in_use()
        if one.account.provider == "play_bitcoin"
    ]
    clock = assembly.clock
    book = ChainBook(
        assembly.database, BitcoinBook(assembly.database, clock, FixedRates(clock)), fresh_seconds=0.0
    )
    tip = Tip("block-900", 900)
    node = LongAnswer(await address_of(assembly, order.id), PART_MOST + FEW_MORE, tip)

    async def stands() -> tuple[int, bool]:
        """How many payments are known, and whether the chain counts as read up to the node's last block."""
        async with assembly.database.reading() as reader:
            count = await reader.execute(text("SELECT count(*) FROM payments_bitcoin_credit"))
            read = await store.read_up_to(reader, account_id)
        assert read is not None
        return int(count.scalar_one()), read.tip == tip

    looks = []
    for _ in range(2):
        await book.sync(account_id, node, Tiers(), is_test=True)  # type: ignore[arg-type]
        looks.append(await stands())
    assert looks == [(PART_MOST, False), (PART_MOST + FEW_MORE, True)]
    async with assembly.database.reading() as reader:
        given = await reader.execute(
            text("SELECT count(*) FROM payments_bitcoin_credit WHERE given_to IS NOT NULL")
        )
    assert given.scalar_one() == 1
