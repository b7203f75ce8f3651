"""Store credit of a payment that was split (an account under the site's own): the site's fee stays where it is."""

from sqlalchemy import text

from admitone import orders, tickets
from admitone.assembly import Assembly
from admitone.flows.reversal_plan import RefundWish
from admitone.orders import OrderState
from admitone.values.ids import uuid7
from tests.flows.test_connected_accounts import paid_there
from tests.support.credits import balance_of, code_of, now_of
from tests.support.onsale import OnSale, TypeOnSale, must_hold, place, put_on_sale


async def books(site: Assembly, show: OnSale) -> tuple[int, int, int]:
    """What the organiser has in their own account and through the site's, and the site's fees."""
    whose = f"organiser:{show.organiser_id}"
    return (
        await balance_of(site, f"{whose}:direct"),
        await balance_of(site, f"{whose}:pending"),
        await balance_of(site, "fees"),
    )


async def test_the_sites_fee_is_part_of_the_credit_and_earned_again_where_it_lies(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 10), fee_bps=400)
    paying, ref = await paid_there(assembly, show)
    split = text("UPDATE payments_attempt SET fee_split_minor = 100")
    await assembly.database.run(lambda tx: tx.execute(split))
    await assembly.settlement.ask_by_ref(paying.attempt.account_id, ref)
    async with assembly.database.reading() as reader:
        order = await orders.by_id(reader, paying.attempt.order_id)
        ids = tuple(one.id for one in await tickets.by_order(reader, order.id))
    assert order.fee_minor > 0
    sold = await books(assembly, show)
    assert sold == (order.organiser_minor, 0, order.fee_minor)
    flow = assembly.money.cancel_tickets
    await flow.refund(show.owner, show.organiser_id, order.code, RefundWish(ids, to="credit"), uuid7())
    async with assembly.database.reading() as reader:
        credit_id = (await reader.execute(text("SELECT id FROM payments_credit"))).scalar_one()
        sent = (await reader.execute(text("SELECT count(*) FROM payments_refund"))).scalar_one()
    # Nothing went back: all of the price, the fee in it, is owed to the buyer.
    assert sent == 0
    credit = await now_of(assembly, credit_id)
    assert (credit.balance_minor, await books(assembly, show)) == (order.total_minor, (0, 0, 0))
    again = await place(assembly, show)
    used = await assembly.money.store_credit.apply(again.id, code_of(assembly, credit), visitor="visitor")
    # The site has its fee already, and what is left lies in the organiser's account: nobody owes anybody anything.
    assert used.order.state == OrderState.PAID
    assert await books(assembly, show) == sold
    await assembly.refunding.take_back(show.owner, show.organiser_id, again.code)
    assert (await now_of(assembly, credit_id)).balance_minor == order.total_minor
    assert await books(assembly, show) == (0, 0, 0)
    await must_hold(assembly.database)
