"""Many small outputs to the address of an order: one refund and one letter of all, and none while it is little."""

import pytest

from admitone import orders, payments
from admitone.assembly import Assembly
from admitone.orders import OrderRow
from admitone.payments import RefundState
from tests.support.bitcoin_desk import address_of, payer_of, read_chain, takes_bitcoin
from tests.support.bitcoin_refunds import PRICE_SATS, asked, paid_back_sats, refund_of, send_named, sending_of
from tests.support.letters_kept import kept, react
from tests.support.onsale import must_hold, place, put_on_sale


class Sale:
    """An order to be paid at `address`."""

    def __init__(self, site: Assembly, order: OrderRow, address: str) -> None:
        self.site, self.order, self.address = site, order, address

    async def comes(self, *sats: int) -> str:
        """So much is sent there, each by a transaction, mined, and read by two workers; the order's state."""
        for one in sats:
            await payer_of(self.site).pay_address(self.address, one)
        for _ in range(2):
            await payer_of(self.site).mine()
        await read_chain(self.site, self.order.id)
        return await read_chain(self.site, self.order.id)

    async def back(self) -> list[int]:
        """What goes back in bitcoin, in satoshi, oldest first; the provider was asked."""
        await self.site.refunding.send_due()
        async with self.site.database.reading() as reader:
            refunds = await payments.refunds_of(reader, [self.order.id])
            known = await payments.bitcoin.sendings(reader, [one.id for one in refunds])
        return [known[one.id].amount_msat // 1000 for one in refunds]

    async def tries(self) -> int:
        """How many payments there are."""
        async with self.site.database.reading() as reader:
            return len(await payments.of_orders(reader, [self.order.id]))


@pytest.fixture
async def sale(assembly: Assembly) -> Sale:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    return Sale(assembly, order, await address_of(assembly, order.id))


async def test_what_came_together_goes_back_together_by_one_letter_and_one_transaction(sale: Sale) -> None:
    assert await sale.comes(PRICE_SATS) == "paid"
    tries = await sale.tries()
    await sale.comes(*[700] * 30)
    assert await sale.tries() == tries + 1
    assert await sale.back() == [21_000]
    [url] = await asked(sale.site)
    refund = await refund_of(sale.site, sale.order.id)
    address = await payer_of(sale.site).address()
    await sale.site.money.refund_claims.name(url.rsplit("/", 1)[1], address, visitor="198.51.100.7")
    await send_named(sale.site)
    assert await paid_back_sats(sale.site) == 21_000
    assert (await refund_of(sale.site, sale.order.id)).state is RefundState.DONE
    assert (await sending_of(sale.site, refund.id)).amount_minor == refund.amount_minor == 30 * 35
    await react(sale.site, "payments.refund_done", "tell_refunded")
    assert len(await kept(sale.site, "refunded")) == 1
    await must_hold(sale.site.database)


async def test_what_is_little_lies_where_it_came_to_until_there_is_more_of_it(sale: Sale) -> None:
    assert await sale.comes(PRICE_SATS) == "paid"
    tries = await sale.tries()
    await sale.comes(300, 300)
    await sale.comes(300)
    assert (await sale.tries(), await sale.back(), await asked(sale.site)) == (tries, [], [])
    await sale.comes(300)
    assert (await sale.tries(), await sale.back()) == (tries + 1, [1_200])
    # Each time it takes twice as much.
    await sale.comes(300, 300, 300, 300, 300, 300)
    assert (await sale.tries(), await sale.back()) == (tries + 1, [1_200])
    await sale.comes(300)
    assert (await sale.tries(), await sale.back()) == (tries + 2, [1_200, 2_100])
    assert len(await asked(sale.site)) == 2
    await must_hold(sale.site.database)


async def test_a_little_that_makes_up_the_price_is_no_crumb(sale: Sale) -> None:
    assert await sale.comes(PRICE_SATS - 500) == "pending"
    assert await sale.comes(200) == "pending"
    assert await sale.comes(300) == "paid"
    async with sale.site.database.reading() as reader:
        assert (await orders.by_id(reader, sale.order.id)).state == "paid"
    assert await sale.back() == []
    await must_hold(sale.site.database)
