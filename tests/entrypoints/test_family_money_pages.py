"""What came back for an order's tickets stands on its page, whichever payment of its family gave it."""

import html

from sqlalchemy import text

from admitone import orders
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.reversal_plan import RefundWish
from admitone.values.ids import uuid7
from tests.support.changing import DOWN, UP, Changeable, changeable
from tests.support.onsale import must_hold
from tests.support.site import bearer, browser


async def given_back(mine: Changeable, child: orders.OrderRow) -> None:
    """The organiser gives all of the changed tickets back: the payment of the first order gives."""
    flow = mine.site.money.cancel_tickets
    back = RefundWish(tuple(await mine.valid(child.id)))
    await flow.refund(mine.show.owner, mine.show.organiser_id, child.code, back, uuid7())


async def test_what_the_first_payment_gave_back_stands_with_the_changed_ticket(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7())).order
    other = await changeable(assembly)
    await given_back(mine, child)
    await given_back(other, other.order)
    assert await mine.back() == [500, 2000]
    order = links.order(assembly.links.make("order", child.id))
    slug, event_id = f"o-{mine.show.organiser_id.hex}", str(mine.show.event_id)
    rest = f"/api/v1/organisers/{mine.show.organiser_id}/orders/{child.code}"
    assert mine.show.owner.person_id is not None
    async with browser(assembly) as client:
        page = html.unescape((await client.get(order)).text)
        client.headers.update(await bearer(assembly, mine.show.owner.person_id))
        desk = html.unescape(
            (await client.get(links.managed_event(slug, event_id, f"orders/{child.code}"))).text
        )
        told = (await client.get(rest)).json()["payments"]
    assert "€20 is on its way back to you." in page
    assert "It goes to the card you paid with." in page or "It goes to the account you paid from." in page
    assert "Money back" in page
    assert "€5 " not in page[page.index("Money back") :], "the difference of the change is the first order's"
    assert "Refund, tickets cancelled" in desk
    assert [(one["kind"], one["amount"]["minor"]) for one in told] == [("refund", 2000)]
    await must_hold(assembly.database)


async def test_an_order_taken_back_whole_shows_what_its_family_gave(assembly: Assembly) -> None:
    mine = await changeable(assembly, 1)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7())).order
    await assembly.payment.pay(child.id, "sandbox:push")
    await assembly.refunding.take_back(mine.show.owner, mine.show.organiser_id, child.code)
    async with browser(assembly) as client:
        page = html.unescape((await client.get(links.order(assembly.links.make("order", child.id)))).text)
    assert "€5 is on its way back to you." in page
    assert "€25 is on its way back to you." in page
    await must_hold(assembly.database)


async def test_a_familys_refused_refund_is_sent_again_from_the_order_it_is_for(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7())).order
    await given_back(mine, child)
    [refund] = [one for one in await mine.refunds() if one.amount_minor == 2000]
    failed = text("UPDATE payments_refund SET state = 'failed', error = 'account_closed' WHERE id = :id")
    await assembly.database.run(lambda tx: tx.execute(failed, {"id": refund.id}))
    slug, event_id = f"o-{mine.show.organiser_id.hex}", str(mine.show.event_id)
    url = links.managed_event(slug, event_id, f"orders/{child.code}")
    assert mine.show.owner.person_id is not None
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, mine.show.owner.person_id))
        assert f"{url}/refunds/{refund.id}/again" in (await client.get(url)).text
    again = await assembly.refunding.send_again(
        mine.show.owner, mine.show.organiser_id, child.code, refund.id
    )
    assert (again.id, again.state.value) == (refund.id, "wanted")
