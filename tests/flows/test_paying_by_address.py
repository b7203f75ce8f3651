"""Paying by a name: what is promised holds as long as any rate, and asking costs nobody anything."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.flows.event_quotes import QuoteOver
from admitone.flows.pay_with_bitcoin import STRANGERS_MOST
from admitone.flows.payable import PayableDesk, PayableOrder, PayableTicket, Payer
from admitone.payments import TooManyAttempts
from admitone.payments.bitcoin import LIGHTNING, ONCHAIN
from tests.support.bitcoin_desk import bitcoin_of, takes_bitcoin
from tests.support.onsale import OnSale, place, put_on_sale
from tests.support.site import counts

NOBODY = Payer(None, None, None)
_QUOTES = text("SELECT count(*) FROM payments_bitcoin_quote")
_OVER = text("UPDATE payments_bitcoin_quote SET until = quoted_at")


def desk_of(site: Assembly) -> PayableDesk:
    return site.by_address.lnurl._payable


async def selling(site: Assembly) -> OnSale:
    show = await put_on_sale(site)
    await takes_bitcoin(site, show)
    return show


@pytest.mark.parametrize(("ago", "left"), [(0, 20), (14, 6), (40, 1)])
async def test_who_takes_up_a_promise_has_what_is_left_of_a_rates_time(
    assembly: Assembly, ago: int, left: int
) -> None:
    desk = desk_of(assembly)
    what = await desk.by_name((await selling(assembly)).slug)
    assert isinstance(what, PayableTicket)
    quote = replace(what.quote, at=what.quote.at - timedelta(minutes=ago))
    payer = Payer("ada@example.org", None, None)
    bought = await desk.buy(replace(what, quote=quote), payer, quote.amount_msat)
    ends = assembly.clock.now() + timedelta(minutes=left)
    assert abs(bought.request.expires_at - ends) < timedelta(seconds=5)


async def quotes(site: Assembly) -> int:
    async with site.database.reading() as reader:
        return int((await reader.execute(_QUOTES)).scalar_one())


async def rate_ends(site: Assembly) -> None:
    async with site.database.transaction() as tx:
        await tx.execute(_OVER)


async def test_asking_what_an_order_costs_stores_nothing(assembly: Assembly) -> None:
    order = await place(assembly, await selling(assembly))
    before = await counts(assembly)
    for _ in range(3):
        what = await desk_of(assembly).by_name(order.code)
        assert isinstance(what, PayableOrder)
        assert (what.promise.amount_minor, what.promise.amount_msat) == (2500, 50_000_000)
    assert (await counts(assembly), await quotes(assembly)) == (before, 0)


async def test_an_order_is_paid_at_what_was_promised_or_at_the_quote_it_has_by_then(
    assembly: Assembly,
) -> None:
    desk, order = desk_of(assembly), await place(assembly, await selling(assembly))
    what = await desk.by_name(order.code)
    assert isinstance(what, PayableOrder)
    # As if a bitcoin had cost more in the minute in which it was promised.
    cheap = replace(what.promise, price=what.promise.price * 2, amount_msat=25_000_000)
    sealed = desk.quotes.seal_order(cheap)
    lnurl = assembly.by_address.lnurl
    promised = await lnurl.order_of_key(lnurl.order_key(order.id), sealed)
    bought = await desk.buy(promised, NOBODY, 25_000_000)
    assert bought.request.amount_msat == 25_000_000
    await rate_ends(assembly)
    await assembly.pay_with_bitcoin.open(order.id)
    # It has a quote of its own by now: the promise is of no use any more.
    now = await lnurl.order_of_key(lnurl.order_key(order.id), sealed)
    assert now.promise.amount_msat == 50_000_000


async def test_a_promise_of_one_order_is_none_of_another(assembly: Assembly) -> None:
    show = await selling(assembly)
    one, other = await place(assembly, show), await place(assembly, show)
    desk, lnurl = desk_of(assembly), assembly.by_address.lnurl
    what = await desk.by_name(one.code)
    assert isinstance(what, PayableOrder)
    cheap = desk.quotes.seal_order(replace(what.promise, amount_msat=1_000))
    assert (await lnurl.order_of_key(lnurl.order_key(other.id), cheap)).promise.amount_msat == 50_000_000
    with pytest.raises(QuoteOver):
        await lnurl.order_of_key(lnurl.order_key(one.id), cheap[:-1] + ("A" if cheap[-1] != "A" else "B"))


async def test_people_who_know_the_code_alone_leave_the_buyer_tries_to_pay(assembly: Assembly) -> None:
    desk, order = desk_of(assembly), await place(assembly, await selling(assembly))

    async def ask() -> None:
        await desk.buy(await desk.by_name(order.code), NOBODY, 50_000_000)

    for _ in range(STRANGERS_MOST):
        await ask()
        # Asked again while its rate holds, it is the same invoice.
        await ask()
        await rate_ends(assembly)
    with pytest.raises(TooManyAttempts):
        await ask()
    opened = await assembly.pay_with_bitcoin.open(order.id)
    assert [one.method for one in opened.attempts] == [LIGHTNING, ONCHAIN]
    # What its buyer has opened can be paid by anybody.
    await ask()
    assert len((await bitcoin_of(assembly, order.id)).ways) == STRANGERS_MOST + 2
