"""Paying by a name: what is promised holds as long as any rate, and asking costs nobody anything."""

from dataclasses import replace
from datetime import timedelta

import pytest

from admitone.assembly import Assembly
from admitone.flows.payable import PayableDesk, PayableTicket, Payer
from tests.support.bitcoin_desk import takes_bitcoin
from tests.support.onsale import OnSale, put_on_sale


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
