"""What is final, what it is worth, what is undone: the rules of the chain book, without a chain."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.payments.bitcoin import Request
from admitone.payments.bitcoin.chain.applying import FORGOTTEN_AFTER, Applied, Known, apply
from admitone.payments.bitcoin.chain.credits import (
    MINED_WITHIN,
    Credit,
    CreditState,
    Tiers,
    Undone,
    UndoneState,
)
from admitone.payments.bitcoin.chain.port import News, Output, Standing, Tip
from admitone.payments.bitcoin.quotes import Price, msat_of
from admitone.values.ids import uuid7

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ACCOUNT, ADDRESS = uuid7(), "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
TIERS = Tiers()


def request(amount_minor: int = 2500, price: str = "50000", currency: str = "EUR") -> Request:
    return Request(
        attempt_id=uuid7(),
        account_id=ACCOUNT,
        order_id=uuid7(),
        quote_id=uuid7(),
        rail="onchain",
        currency=currency,
        amount_minor=amount_minor,
        amount_msat=msat_of(amount_minor, currency, Decimal(price), whole_sats=True),
        payment_hash=None,
        bolt11=None,
        address=ADDRESS,
        is_hold=False,
        expires_at=NOW + timedelta(minutes=15),
        given_up_at=None,
        created_at=NOW,
        price=Decimal(price),
    )


def output(txid: str, sat: int, height: int | None = None, **standing: object) -> Output:
    where = Standing(None if height is None else f"block {height}", height, **standing)  # type: ignore[arg-type]
    return Output(txid, 0, ADDRESS, sat, where, NOW)


class Book:
    """What would be stored, and how it changes by news."""

    def __init__(self, asked: Request) -> None:
        self.asked = asked
        self.credits: dict[str, Credit] = {}
        self.undone: dict[str, Undone] = {}
        self.tip = Tip("block 100", 100)

    def hear(
        self,
        tip: int,
        *outputs: Output,
        now: datetime = NOW,
        standings: dict[str, Standing] | None = None,
        prices: dict[str, Price] | None = None,
    ) -> Applied:
        known = Known(
            ACCOUNT,
            list(self.credits.values()),
            {self.asked.attempt_id: self.asked},
            {ADDRESS: self.asked},
            [one for one in self.undone.values() if one.state is UndoneState.OPEN],
            {},
            now,
            self.tip,
            {f"{one.txid}:{one.vout}" for one in self.undone.values() if one.state is UndoneState.LOST},
        )
        self.tip = Tip(f"block {tip}", tip)
        applied = apply(known, News(outputs, (), self.tip), standings or {}, prices or {}, TIERS, now)
        for credit in applied.credits:
            self.credits[credit.outpoint] = replace(credit, change_no=1)
        for undone in applied.undone:
            self.undone[undone.ref] = undone
        return applied

    def worth(self) -> list[int | None]:
        return [one.worth_minor for one in sorted(self.credits.values(), key=lambda one: one.order)]

    def given(self) -> Sequence[UUID | None]:
        return [one.given_to for one in sorted(self.credits.values(), key=lambda one: one.order)]


@pytest.mark.parametrize(
    ("sat", "depth"),
    [(1, 1), (999_999, 1), (1_000_000, 2), (9_999_999, 2), (10_000_000, 6), (10**12, 6)],
)
def test_a_payment_needs_as_many_blocks_as_its_value_asks_for(sat: int, depth: int) -> None:
    assert TIERS.depth(sat * 1000) == depth
    assert Tiers(least=3).depth(sat * 1000) == max(depth, 3)


@given(
    amount_minor=st.integers(200, 500_000),
    price=st.integers(1_000, 10_000_000),
    cuts=st.lists(st.integers(1, 10**9), max_size=6),
)
def test_parts_that_make_up_what_was_asked_make_up_the_price(
    amount_minor: int, price: int, cuts: list[int]
) -> None:
    asked = request(amount_minor, str(price))
    sat = asked.amount_msat // 1000
    ends = [*sorted({cut % sat for cut in cuts} - {0}), sat]
    parts = [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
    book = Book(asked)
    for number, part in enumerate(parts):
        book.hear(101 + number, output(f"{number:02}", part, 101 + number))
    # Large ones need more blocks.
    book.hear(101 + len(parts) + 6)
    assert sum(worth or 0 for worth in book.worth()) == amount_minor
    assert all(worth is not None and worth >= 0 for worth in book.worth())


def test_the_first_that_is_final_settles_the_attempt_and_the_others_do_not() -> None:
    book = Book(request())
    book.hear(101, output("b", 20_000, 101), output("a", 10_000, 101), output("c", 20_000))
    assert book.worth() == [None, 500, 1000]
    assert book.given() == [None, book.asked.attempt_id, None]
    book.hear(102, output("c", 20_000, 102))
    assert book.worth() == [500, 1000, 1000]


class CountedId(UUID):
    """An id that counts how often ids were compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        CountedId.compared += 1
        return super().__eq__(other)

    __hash__ = UUID.__hash__


def test_the_payments_of_a_large_block_are_not_compared_each_with_each() -> None:
    many = 300
    asked = [
        replace(request(), attempt_id=CountedId(uuid7().hex), address=f"address {number}")
        for number in range(many)
    ]
    came = [replace(output(f"{at:064x}", 50_000, 101), address=f"address {at}") for at in range(many)]
    by_attempt, by_address = {one.attempt_id: one for one in asked}, {str(one.address): one for one in asked}
    known = Known(ACCOUNT, (), by_attempt, by_address, (), {}, NOW, Tip("block 100", 100))
    CountedId.compared = 0
    applied = apply(known, News(came, frozenset(), Tip("block 101", 101)), {}, {}, TIERS, NOW)
    assert [one.given_to for one in applied.credits] == [one.attempt_id for one in asked]
    # The line before has compared each once.
    assert CountedId.compared <= 5 * many


def test_what_is_worth_nothing_settles_nothing() -> None:
    book = Book(request(price="10"))
    book.hear(101, output("a", 546, 101))
    book.hear(106)
    assert (book.worth(), book.given()) == ([0], [None])


def test_what_came_late_is_not_final_before_its_price_is_known() -> None:
    book = Book(request())
    late = book.asked.expires_at
    book.hear(101, output("a", 50_000, 101), now=late)
    assert book.worth() == [None]
    book.hear(101, now=late, prices={"EUR": Price("EUR", Decimal(60_000), (), late)})
    assert book.worth() == [3000]
    [credit] = book.credits.values()
    assert (credit.is_late, credit.late_price) == (True, Decimal(60_000))


def at(price: int, now: datetime) -> dict[str, Price]:
    return {"EUR": Price("EUR", Decimal(price), (), now)}


@pytest.mark.parametrize(
    ("after", "price", "worth"),
    [
        pytest.param(MINED_WITHIN - timedelta(seconds=1), 40_000, 2500, id="soon, and bitcoin is cheaper"),
        pytest.param(MINED_WITHIN, 40_000, 2000, id="too late, and bitcoin is cheaper"),
        pytest.param(MINED_WITHIN, 60_000, 2500, id="too late, and bitcoin is dearer"),
    ],
)
def test_what_was_seen_in_time_holds_its_rate_only_if_it_is_in_a_block_soon(
    after: timedelta, price: int, worth: int
) -> None:
    book, mined = Book(request()), NOW + after
    book.hear(100, output("a", 50_000))
    book.hear(101, output("a", 50_000, 101, mined_at=mined), now=mined, prices=at(price, mined))
    assert book.worth() == [worth]


def test_a_rate_is_not_chosen_by_sending_late_and_waiting_with_the_block() -> None:
    book = Book(request())
    late = book.asked.expires_at
    book.hear(100, output("a", 50_000), now=late, prices=at(50_000, late))
    [credit] = book.credits.values()
    assert (credit.is_late, credit.late_price, credit.lacks_price) == (True, None, False)
    mined = late + timedelta(hours=9)
    book.hear(101, output("a", 50_000, 101, mined_at=mined), now=mined, prices=at(40_000, mined))
    assert book.worth() == [2000]


def test_what_was_mined_in_time_while_nobody_looked_holds_its_rate() -> None:
    book, mined = Book(request()), NOW + timedelta(minutes=30)
    book.hear(100, output("a", 50_000))
    back = NOW + timedelta(days=1)
    book.hear(140, output("a", 50_000, 101, mined_at=mined), now=back, prices=at(40_000, back))
    assert book.worth() == [2500]


def test_a_block_that_is_gone_again_decides_nothing() -> None:
    book, mined = Book(request(10_000_00)), NOW + timedelta(minutes=30)
    book.hear(101, output("a", 20_000_000, 101, mined_at=mined), now=mined)
    book.hear(101, output("a", 20_000_000), now=mined)
    late = NOW + MINED_WITHIN
    book.hear(102, output("a", 20_000_000, 102, mined_at=late), now=late, prices=at(40_000, late))
    book.hear(107, now=late)
    assert book.worth() == [8_000_00]


def test_a_transaction_sent_again_with_a_better_fee_was_seen_when_the_first_was() -> None:
    book, later = Book(request()), NOW + timedelta(hours=1)
    book.hear(100, output("a", 50_000))
    book.hear(100, output("a", 50_000, is_replaced=True), output("b", 50_000), now=later)
    book.hear(101, output("b", 50_000, 101, mined_at=later), now=later, prices=at(40_000, later))
    assert [(one.is_late, one.worth_minor) for one in book.credits.values() if one.txid == "b"] == [
        (False, 2500)
    ]


def test_one_that_pays_more_than_what_it_replaces_is_one_of_its_own() -> None:
    book, later = Book(request()), NOW + timedelta(hours=1)
    book.hear(100, output("a", 1_000))
    book.hear(100, output("a", 1_000, is_replaced=True), output("b", 50_000), now=later)
    book.hear(101, output("b", 50_000, 101, mined_at=later), now=later, prices=at(40_000, later))
    assert [(one.is_late, one.worth_minor) for one in book.credits.values() if one.txid == "b"] == [
        (True, 2000)
    ]


def test_parts_of_which_one_was_mined_too_late_make_up_the_price_or_less() -> None:
    for price, in_all in ((40_000, 1000 + 1200), (60_000, 2500)):
        book, late = Book(request()), NOW + MINED_WITHIN
        book.hear(101, output("a", 20_000, 101, mined_at=NOW), output("b", 30_000))
        book.hear(102, output("b", 30_000, 102, mined_at=late), now=late, prices=at(price, late))
        assert sum(worth or 0 for worth in book.worth()) == in_all


@given(amount_minor=st.integers(1_000_000, 10**12))
def test_an_order_in_bitcoin_paid_late_to_the_satoshi_has_nothing_too_much(amount_minor: int) -> None:
    book = Book(request(amount_minor, "1", "BTC"))
    late, sat = book.asked.expires_at, book.asked.amount_msat // 1000
    then = {"BTC": Price("BTC", Decimal(1), (), late)}
    book.hear(101, output("a", sat, 101), now=late, prices=then)
    book.hear(107, now=late, prices=then)
    assert book.worth() == [amount_minor]


@pytest.mark.parametrize(("rest_sat", "in_all"), [(400, 1_000_000), (401, 1_000_500), (402, 1_001_500)])
def test_the_rest_of_an_order_in_bitcoin_makes_up_the_price_though_it_is_late(
    rest_sat: int, in_all: int
) -> None:
    book = Book(request(1_000_500, "1", "BTC"))
    late = book.asked.expires_at
    book.hear(101, output("a", 600, 101))
    book.hear(102, output("b", rest_sat, 102), now=late, prices={"BTC": Price("BTC", Decimal(1), (), late)})
    assert sum(worth or 0 for worth in book.worth()) == in_all


@given(amount_minor=st.integers(100, 500_000), price=st.integers(1_000, 500_000_000))
def test_what_would_be_asked_at_the_rate_of_then_is_worth_the_price(amount_minor: int, price: int) -> None:
    book = Book(request(amount_minor))
    late = book.asked.expires_at
    sat = msat_of(amount_minor, "EUR", Decimal(price), whole_sats=True) // 1000
    book.hear(101, output("a", sat, 101), now=late, prices=at(price, late))
    book.hear(107, now=late)
    assert book.worth() == [amount_minor]


def test_one_that_was_replaced_before_we_saw_it_is_not_written_down() -> None:
    book = Book(request())
    assert book.hear(101, output("a", 50_000, is_replaced=True)).is_empty


def test_what_fell_below_its_depth_is_undone_until_it_has_it_again() -> None:
    book = Book(request(100_000_00, "50000"))
    book.hear(101, output("a", 200_000_000, 101))
    assert book.worth() == [None]
    book.hear(106)
    assert book.worth() == [100_000_00]
    # The chain has another branch, on which it was mined later.
    applied = book.hear(107, output("a", 200_000_000, 105))
    assert [one.state for one in applied.undone] == [UndoneState.OPEN]
    assert book.hear(108).is_empty
    assert [one.state for one in book.hear(110).undone] == [UndoneState.WON]
    assert book.hear(111).is_empty


def test_what_was_spent_otherwise_is_lost_when_that_is_as_sure_as_it_had_to_be_itself() -> None:
    book = Book(request(5_000_00, "50000"))
    book.hear(102, output("a", 10_000_000, 97))
    [undone] = book.hear(103, output("a", 10_000_000, is_replaced=True)).undone
    assert (undone.state, undone.ref) == (UndoneState.OPEN, "reorg:a:0:block 97")
    for lost_by in range(1, 6):
        standings = {"a": Standing(is_replaced=True, lost_by=lost_by)}
        assert book.hear(103 + lost_by, standings=standings).is_empty
    last = book.hear(109, standings={"a": Standing(is_replaced=True, lost_by=6)})
    assert [one.state for one in last.undone] == [UndoneState.LOST]


def test_what_the_network_forgot_is_told_again_with_every_block_and_lost_in_the_end() -> None:
    book = Book(request())
    book.hear(101, output("a", 50_000, 101))
    assert book.hear(102, output("a", 50_000)).resend == ["a"]
    assert book.hear(102, standings={"a": Standing()}).resend == ()
    assert book.hear(103, standings={"a": Standing()}).resend == ["a"]
    end = NOW + FORGOTTEN_AFTER
    assert book.hear(104, now=end - timedelta(seconds=1), standings={"a": Standing()}).is_empty
    [lost] = book.hear(105, now=end, standings={"a": Standing()}).undone
    assert lost.state is UndoneState.LOST


@pytest.mark.parametrize("is_forgotten", [True, False], ids=["forgotten", "spent-elsewhere"])
def test_what_is_lost_is_never_undone_again_not_even_when_it_is_mined_after_all(
    *, is_forgotten: bool
) -> None:
    book = Book(request())
    book.hear(101, output("a", 50_000, 101))
    gone = Standing() if is_forgotten else Standing(is_replaced=True, lost_by=6)
    book.hear(102, standings={"a": Standing()})
    late = NOW + FORGOTTEN_AFTER
    assert [one.state for one in book.hear(103, now=late, standings={"a": gone}).undone] == [UndoneState.LOST]
    for again in range(2):
        later = late + FORGOTTEN_AFTER * again
        said = book.hear(104 + again, output(f"b{again}", 300, 104 + again), now=later, standings={"a": gone})
        assert [*said.undone, *said.resend] == []
    # It stays with the attempt that it was lost for: what came is shown, and nobody is asked to book it once more.
    assert book.hear(106, output("a", 50_000, 106), now=late + FORGOTTEN_AFTER).undone == []
    assert book.hear(130, now=late + FORGOTTEN_AFTER).undone == []
    assert book.credits["a:0"].given_to == book.asked.attempt_id


def test_what_is_deep_is_not_looked_at_any_more() -> None:
    book = Book(request())
    book.hear(101, output("a", 50_000, 101))
    book.hear(111)
    assert [one.deep_at for one in book.credits.values()] == [None]
    book.hear(112)
    [credit] = book.credits.values()
    assert (credit.state, credit.deep_at) == (CreditState.MINED, NOW)
