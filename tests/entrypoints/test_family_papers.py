"""Orders that stand together: one file with all their tickets, and a guest list that knows what was changed."""

import re
from uuid import UUID

import pypdfium2
from sqlalchemy import text

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.order_wish import OrderWish
from admitone.flows.reversal_plan import RefundWish
from admitone.payments import SANDBOX_ACCOUNT, DisputeState, DisputeStatus
from admitone.values.ids import uuid7
from tests.support.changing import DOWN, UP, Changeable, another_date, changeable
from tests.support.onsale import wish
from tests.support.site import bearer, browser, program


async def changed(mine: Changeable, to: int = DOWN) -> UUID:
    """The first ticket is changed for another; the new order."""
    return (await mine.site.exchanging.change(mine.order.id, mine.wish(to), uuid7())).order.id


async def added(mine: Changeable) -> UUID:
    """One more ticket that stands with the order, paid by itself."""
    held = await mine.site.purchase.hold(wish(mine.show))
    more = await mine.site.purchase.place(
        OrderWish(held.hold_id, mine.order.email, mine.order.name, adds_to=mine.order.id)
    )
    await mine.site.payment.pay(more.id, "sandbox:push")
    return more.id


async def pages_of(mine: Changeable, order_id: UUID) -> list[str]:
    """Whose ticket each page of an order's file is, by the orders' codes; nothing if there is no file."""
    async with mine.site.database.reading() as reader:
        codes = list((await reader.execute(text("SELECT code FROM orders_order"))).scalars())
    async with browser(mine.site) as client:
        answer = await client.get(links.order_pdf(mine.site.links.make("order", order_id)))
    if answer.status_code == 404:
        assert answer.headers["content-type"].startswith("text/html")
        return []
    words = [one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(answer.content)]
    return [next(code for code in codes if code in one) for one in words]


async def test_one_file_has_the_valid_tickets_of_all_orders_that_stand_together(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child, more = await changed(mine), await added(mine)
    first, second, third = [(await mine.now(one)).code for one in (mine.order.id, child, more)]
    assert await pages_of(mine, mine.order.id) == [first, second, third], "one of two was changed"
    assert await pages_of(mine, child) == [second, first, third]
    token = assembly.links.make("ticket", mine.ids[1])
    async with browser(assembly) as client:
        one = await client.get(links.ticket_pdf(token))
    assert len(pypdfium2.PdfDocument(one.content)) == 1


async def test_the_file_is_made_anew_when_a_ticket_beside_has_gone(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = await changed(mine)
    path = links.order_pdf(assembly.links.make("order", mine.order.id))
    async with browser(assembly) as client:
        tag = (await client.get(path)).headers["etag"]
        assert (await client.get(path, headers={"if-none-match": tag})).status_code == 304
        async with assembly.database.reading() as reader:
            gone = (
                await reader.execute(
                    text("SELECT id FROM tickets_ticket WHERE order_id = :id"), {"id": child}
                )
            ).scalar_one()
        code = (await mine.now(child)).code
        await assembly.money.cancel_tickets.refund(
            mine.show.owner, mine.show.organiser_id, code, RefundWish((gone,)), uuid7()
        )
        again = await client.get(path, headers={"if-none-match": tag})
    assert again.status_code == 200
    assert len(pypdfium2.PdfDocument(again.content)) == 1


async def test_when_all_was_changed_the_first_orders_page_offers_the_new_tickets(assembly: Assembly) -> None:
    mine = await changeable(assembly, 1)
    later = await another_date(assembly, mine.show)
    child = await assembly.exchanging.change_for(
        mine.show.owner, mine.show.organiser_id, mine.order.code, mine.wish(DOWN, show=later), uuid7()
    )
    token = assembly.links.make("order", mine.order.id)
    async with browser(assembly) as client:
        page = (await client.get(links.order(token))).text
    assert f'href="{links.order_pdf(token)}"' in page
    assert await pages_of(mine, mine.order.id) == [(await mine.now(child.order.id)).code]
    async with program(assembly) as client:
        said = (await client.get(f"/api/v1/orders/{token}/tickets")).json()
    assert said["pdf_url"] == links.order_pdf(token)
    assert [one["state"] for one in said["tickets"]] == ["cancelled"]


async def test_tickets_of_another_buyer_are_in_no_file_of_this_one(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = await changed(mine)
    theirs = text("UPDATE orders_order SET email = :new, email_key = :new WHERE id = :id")
    params = {"new": "other@example.org", "id": child}
    await assembly.database.run(lambda tx: tx.execute(theirs, params))
    assert await pages_of(mine, mine.order.id) == [(await mine.now()).code]
    assert await pages_of(mine, child) == [(await mine.now(child)).code]


async def test_disputed_tickets_are_printed_in_no_file(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = await changed(mine)
    opened = await assembly.payment_accounts.find(SANDBOX_ACCOUNT)
    async with assembly.database.reading() as reader:
        [attempt] = await payments.of_orders(reader, [mine.order.id])
    assert attempt.provider_ref is not None
    assert opened is not None
    named = f"dp_{attempt.provider_ref}"
    status = DisputeStatus(named, attempt.provider_ref, DisputeState.OPEN, "EUR", 5000, 0, "fraudulent")
    await assembly.money.disputing.hear(opened, status)
    assert await pages_of(mine, mine.order.id) == await pages_of(mine, child) == []
    token = assembly.links.make("order", mine.order.id)
    async with browser(assembly) as client:
        page = (await client.get(links.order(token))).text
    assert links.order_pdf(token) not in page


async def guests_seen(mine: Changeable, by: UUID | None) -> str:
    """The guest list's page as this member sees it."""
    assert by is not None
    url = links.with_query(links.checkin_guests(str(mine.show.event_id)), door="Mill Lane")
    async with browser(mine.site) as client:
        return (await client.get(url, headers=await bearer(mine.site, by))).text


def states_of(page: str) -> list[str]:
    """What it says of those who are not let in, by the alphabet."""
    return sorted(re.findall(r'class="state">.*?<bdi>(.*?)</bdi>', page))


async def test_the_guest_list_tells_changed_tickets_from_cancelled_ones(assembly: Assembly) -> None:
    mine = await changeable(assembly, 3)
    child = await changed(mine)
    await assembly.money.cancel_tickets.refund(
        mine.show.owner, mine.show.organiser_id, mine.order.code, RefundWish((mine.ids[1],)), uuid7()
    )
    code = (await mine.now(child)).code
    door = await guests_seen(mine, mine.show.door.person_id)
    assert states_of(door) == ["Cancelled", "Changed"]
    desk = await guests_seen(mine, mine.show.owner.person_id)
    assert states_of(desk) == ["Cancelled", f"Changed for Balcony, order {code}"]


async def test_while_the_difference_is_not_paid_the_guest_list_expects_the_old_ticket(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly, 1)
    await changed(mine, UP)
    seen = await guests_seen(mine, mine.show.owner.person_id)
    assert "Changed" not in seen
    assert "Let in" in seen


async def test_programs_hear_what_a_ticket_was_changed_for(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    code = (await mine.now(await changed(mine))).code
    token = assembly.links.make("order", mine.order.id)
    here = f"/api/v1/organisers/{mine.show.organiser_id}"
    assert mine.show.owner.person_id is not None
    async with program(assembly) as client:
        buyers = (await client.get(f"/api/v1/orders/{token}/tickets")).json()["tickets"]
        client.headers.update(await bearer(assembly, mine.show.owner.person_id))
        desks = (await client.get(f"{here}/orders/{mine.order.code}")).json()["tickets"]
        listed = (await client.get(f"{here}/events/{mine.show.event_id}/guests")).json()["guests"]
        described = (await client.get("/api/v1/openapi.json")).json()["components"]["schemas"]
    for found in (buyers, desks):
        assert [(one["state"], one["changed_for"]) for one in found] == [("cancelled", code), ("valid", None)]
    assert sorted(
        (one["order_code"], one["is_cancelled"], one["changed_for"] or "") for one in listed
    ) == sorted([(mine.order.code, True, code), (mine.order.code, False, ""), (code, False, "")])
    for name in ("TicketShown", "OrderTicketShown", "ListedGuestShown"):
        assert "changed_for" in described[name]["required"]
        assert "`changed_for` is the code of the order" in described[name]["description"]
