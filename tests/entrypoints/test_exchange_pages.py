"""Tickets are changed and added by the pages, and by programs: no script, the sum seen first."""

import html
import re
from typing import Any

from admitone import events, orders
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.refund_policy import Chosen, change_words, record_of
from admitone.pricing import ChangePolicy, as_change_record
from admitone.values.ids import uuid7
from tests.support.changing import DOWN, UP, Changeable, changeable
from tests.support.onsale import must_hold, put_on_sale
from tests.support.site import bearer, browser, counts, program

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
FEE = as_change_record(ChangePolicy(48, fee_minor=200))


def token_of(mine: Changeable) -> str:
    return mine.site.links.make("order", mine.order.id)


def hidden(page: str) -> dict[str, list[str]]:
    """The hidden fields of the page's last form."""
    found: dict[str, list[str]] = {}
    for name, value in _HIDDEN.findall(page[page.rindex("<form") :]):
        found.setdefault(name, []).append(html.unescape(value))
    return found


def to_of(mine: Changeable, at: int) -> str:
    return f"{mine.show.event_id.hex}:{mine.show.types[at].hex}"


async def newest(mine: Changeable) -> orders.OrderRow:
    async with mine.site.database.reading() as reader:
        return await orders.by_id(reader, (await orders.family(reader, mine.order.id))[-1])


async def test_a_buyer_sees_every_difference_then_pays_it(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    token = token_of(mine)
    async with browser(assembly) as client:
        page = html.unescape((await client.get(links.order(token))).text)
        assert links.order_change(token) in page
        assert "Tickets can be changed for another type until 2 days before the event starts." in page
        choice = await client.get(links.order_change(token))
        assert choice.text.count('name="ticket"') == 2
        none = await client.get(links.order_change(token, "to"))
        assert none.status_code == 422
        query = {"ticket": mine.ids[0].hex}
        others = html.unescape((await client.get(links.order_change(token, "to"), params=query)).text)
        assert [one in others for one in ("+€5 to pay", "€5 back", "€25 back")] == [True] * 3
        asked = await client.get(
            links.order_change(token, "confirm"), params={**query, "to": to_of(mine, UP)}
        )
        assert "Change and pay €5" in html.unescape(asked.text)
        before = await counts(assembly)
        assert before["orders"] == 1
        fields = hidden(asked.text)
        done = await client.post(links.order_change(token, "confirm"), data=fields)
        new = await newest(mine)
        new_token = assembly.links.make("order", new.id)
        assert (done.status_code, done.headers["location"]) == (303, links.pay(new_token))
        again = await client.post(links.order_change(token, "confirm"), data=fields)
        assert again.headers["location"] == links.pay(new_token)
        pay = html.unescape((await client.get(links.pay(new_token))).text)
        assert "Pay €5" in pay
        assert "Your old tickets count" in pay
        waiting = html.unescape((await client.get(links.order(new_token))).text)
        assert f"Your old tickets, of order {mine.order.code}, stay valid until this is paid." in waiting
        first = html.unescape((await client.get(links.order(token))).text)
        assert f"Changes tickets of {mine.order.code} as soon as the difference is paid" in first
        assert links.order(new_token) in first
        await assembly.payment.pay(new.id, "sandbox:push")
        now = html.unescape((await client.get(links.order(new_token))).text)
        assert f"The old tickets, of order {mine.order.code}, are no longer valid." in now
        old = html.unescape((await client.get(links.order(token))).text)
        assert f"Changed from {mine.order.code}" in old
        assert "Counts for other tickets" in old
    assert await mine.valid() == mine.ids[1:]
    await must_hold(assembly.database)


async def test_a_cheaper_ticket_is_there_at_once_by_the_page(assembly: Assembly) -> None:
    mine = await changeable(assembly, 1, change_policy=FEE)
    token = token_of(mine)
    async with browser(assembly) as client:
        alone = await client.get(links.order_change(token))
        assert alone.headers["location"] == links.with_tickets(
            links.order_change(token, "to"), [mine.ids[0].hex]
        )
        asked = await client.get(
            links.order_change(token, "confirm"),
            params={"ticket": mine.ids[0].hex, "to": to_of(mine, DOWN)},
        )
        words = html.unescape(asked.text)
        assert "Change fee" in words
        assert "Comes back" in words
        done = await client.post(links.order_change(token, "confirm"), data=hidden(asked.text))
        new = await newest(mine)
        assert done.headers["location"] == links.order(assembly.links.make("order", new.id))
        shown = html.unescape((await client.get(done.headers["location"])).text)
        assert "€3 is on its way back." in shown
        wrong = await client.get(links.order_change("nonsense"))
        assert wrong.status_code == 404
    assert await mine.back() == [300]
    await must_hold(assembly.database)


async def test_an_organiser_changes_without_the_fee(assembly: Assembly) -> None:
    mine = await changeable(assembly, change_policy=FEE)
    assert mine.show.owner.person_id is not None
    url = links.managed_event(
        f"o-{mine.show.organiser_id.hex}", str(mine.show.event_id), f"orders/{mine.order.code}"
    )
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, mine.show.owner.person_id))
        assert f"{url}/change" in (await client.get(url)).text
        assert (await client.get(f"{url}/change")).status_code == 200
        query: dict[str, Any] = {"ticket": mine.ids[0].hex}
        assert "Without the change fee" in (await client.get(f"{url}/change/to", params=query)).text
        query |= {"to": to_of(mine, DOWN), "waive": "1"}
        asked = await client.get(f"{url}/change/confirm", params=query)
        assert "Change fee" not in asked.text
        done = await client.post(f"{url}/change/confirm", data=hidden(asked.text))
        assert done.status_code == 303
        shown = html.unescape((await client.get(url)).text)
        assert "You changed tickets for others, €5 went back" in shown
        assert "With this order" in shown
    assert await mine.back() == [500]
    await must_hold(assembly.database)


async def test_tickets_are_added_and_stand_with_the_order(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    token = token_of(mine)
    async with browser(assembly) as client:
        page = (await client.get(links.order_add(token))).text
        nothing = await client.post(links.order_add(token), data=hidden(page))
        assert nothing.status_code == 422
        fields = {**hidden(page), f"q_{mine.show.types[3]}": "2"}
        held = await client.post(links.order_add(token), data=fields)
        assert held.headers["location"].endswith(f"?adds_to={token}")
        checkout = html.unescape((await client.get(held.headers["location"])).text)
        assert mine.order.email in checkout
        typed = {**hidden(checkout), "name": mine.order.name, "email": mine.order.email}
        form = checkout[checkout.index('<form method="post" action="/checkout/') :]
        typed |= {name: [value] for name, value in _HIDDEN.findall(form)}
        done = await client.post(held.headers["location"].split("?")[0], data=typed)
        assert done.status_code == 303
        new = await newest(mine)
        assert (new.state, new.root_id) == ("paid", mine.order.id)
        assert f"Added to {mine.order.code}" in (await client.get(links.order(token))).text
    await must_hold(assembly.database)


async def test_a_program_sees_the_choices_and_changes_once(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    base = f"/api/v1/orders/{token_of(mine)}"
    ticket = {"tickets": [assembly.links.make("ticket", mine.ids[0])]}
    body = {**ticket, "event_id": str(mine.show.event_id), "ticket_type_id": str(mine.show.types[UP])}
    async with program(assembly) as client:
        seen = await client.post(f"{base}/change-choices", json=ticket)
        differences = {one["type_name"]: one["difference_minor"] for one in seen.json()["choices"]}
        assert differences == {"Seated": 500, "Balcony": -500, "Guest list": -2500}
        before = await counts(assembly)
        dry = await client.post(f"{base}/changes", json={**body, "dry_run": True})
        assert dry.json()["plan"]["due"] == {"currency": "EUR", "minor": 500}
        wrong = await client.post(f"{base}/changes", json={**body, "shown_minor": 400})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "exchange.difference_changed")
        assert (await counts(assembly))["orders"] == before["orders"]
        key = {"idempotency-key": "one"}
        done = await client.post(f"{base}/changes", json={**body, "shown_minor": 500}, headers=key)
        again = await client.post(f"{base}/changes", json={**body, "shown_minor": 500}, headers=key)
        assert done.json() == again.json()
        assert (done.json()["state"], done.json()["due"]["minor"]) == ("pending", 500)
        paid = await client.post(
            f"/api/v1/orders/{done.json()['token']}/payments", json={"method": "sandbox:push"}
        )
        assert paid.json()["order_state"] == "paid"
    await must_hold(assembly.database)


async def test_a_program_adds_tickets_to_an_order_of_the_same_event_only(assembly: Assembly) -> None:
    mine, other = await changeable(assembly), await changeable(assembly)
    async with program(assembly) as client:
        for show, status in ((mine.show, 201), (other.show, 409)):
            items = [{"ticket_type_id": str(show.types[3]), "quantity": 1}]
            held = await client.post("/api/v1/holds", json={"event": show.slug, "items": items})
            body = {
                "hold": held.json()["token"],
                "email": "ada@example.org",
                "name": "Ada Obi",
                "adds_to": token_of(mine),
            }
            placed = await client.post("/api/v1/orders", json=body)
            assert placed.status_code == status, placed.text
    assert (await newest(mine)).root_id == mine.order.id
    await must_hold(assembly.database)


async def test_an_organisers_program_changes_for_a_buyer_and_others_may_not(assembly: Assembly) -> None:
    mine, other = await changeable(assembly, change_policy=None), await changeable(assembly)
    url = f"/api/v1/organisers/{mine.show.organiser_id}/orders/{mine.order.code}/changes"
    body = {
        "tickets": [str(mine.ids[0])],
        "event_id": str(mine.show.event_id),
        "ticket_type_id": str(mine.show.types[DOWN]),
    }
    assert mine.show.owner.person_id is not None
    assert other.show.owner.person_id is not None
    async with program(assembly) as client:
        assert (await client.post(url, json=body)).status_code == 401
        stranger = await bearer(assembly, other.show.owner.person_id)
        assert (await client.post(url, json=body, headers=stranger)).status_code == 403
        owner = await bearer(assembly, mine.show.owner.person_id)
        done = await client.post(url, json=body, headers=owner)
        assert (done.status_code, done.json()["state"]) == (200, "paid")
    assert await mine.back() == [500]
    await must_hold(assembly.database)


async def test_an_organiser_says_what_may_be_changed_in_the_editor(assembly: Assembly) -> None:
    mine = await changeable(assembly, change_policy=None)
    again = await put_on_sale(assembly, title="Furnace Night, again")
    url = links.managed_event(f"o-{mine.show.organiser_id.hex}", str(mine.show.event_id), "edit")
    assert mine.show.owner.person_id is not None
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, mine.show.owner.person_id))
        page = html.unescape((await client.get(url)).text)
        assert "Furnace Night, again" not in page, "another organiser's event"
        assert ("For another type of ticket" in page, "For another date" in page) == (True, False)
        form = page[page.index('id="basics"') : page.index('id="when"')]
        typed = dict(_HIDDEN.findall(form)) | {
            "title": "Furnace Night",
            "category": "music",
            "slug": mine.show.slug,
            "summary": "Eleven players.",
            "change_rule": "dates",
            "change_days": "3",
            "change_fee": "2.50",
        }
        none = await client.post(f"{url}/basics", data=typed)
        assert none.status_code == 422
        assert "Choose the events that tickets may be changed to." in none.text
        typed[f"change_to_{again.event_id.hex}"] = "1"
        saved = await client.post(f"{url}/basics", data=typed | {"change_rule": "both"})
        assert saved.status_code == 303, saved.text
        public = html.unescape((await client.get(links.event(mine.show.slug))).text)
        words = "Tickets can be changed for another type or another date until 3 days before the event starts"
        assert f"{words}, for a fee of €2.50 each. You pay the difference, or get it back." in public
        strict = dict(_HIDDEN.findall(html.unescape((await client.get(url)).text).split('id="when"')[0]))
        strict = typed | strict | {"change_rule": "both", "change_up_only": "1"}
        saved = await client.post(f"{url}/basics", data=strict)
        assert saved.status_code == 303, saved.text
        assert re.search(r'name="change_up_only"[^>]*checked', (await client.get(url)).text)
    async with assembly.database.reading() as reader:
        kept = (await events.event(reader, event_id=mine.show.event_id)).details.change_policy
    assert kept == {
        "hours_before": 72,
        "fee_minor": 250,
        "types": True,
        "event_ids": [str(again.event_id)],
        "cheaper": False,
    }
    assert change_words(kept, "EUR") == (
        f"{words}, for a fee of €2.50 each, if it costs as much or more. You pay the difference."
    )


async def test_without_refunds_too_a_change_gives_the_difference_back_and_says_so_before_purchase(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly, refund_policy=record_of(Chosen("none")))
    words = (
        "No refunds, unless the event is called off. Tickets can be changed for another type until 2 days before the "
        "event starts. You pay the difference, or get it back."
    )
    async with browser(assembly) as client:
        for url in (links.event(mine.show.slug), links.order(token_of(mine))):
            assert words in html.unescape((await client.get(url)).text)
    async with program(assembly) as client:
        offered = (await client.get(f"/api/v1/events/{mine.show.slug}")).json()
    assert offered["refund_words"].startswith(words)
    await assembly.exchanging.change(mine.order.id, mine.wish(DOWN), uuid7(), shown_minor=-500)
    assert await mine.back() == [500]
    await must_hold(assembly.database)


async def test_a_change_policy_is_set_and_read_by_programs(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    url = f"/api/v1/organisers/{mine.show.organiser_id}/events/{mine.show.event_id}"
    assert mine.show.owner.person_id is not None
    async with program(assembly) as client:
        client.headers.update(await bearer(assembly, mine.show.owner.person_id))
        wrong = await client.patch(url, json={"change_policy": {"hours_before": -1}})
        assert (wrong.status_code, "pricing.bad_change_policy" in wrong.text) == (422, True)
        wish = {"hours_before": 24, "fee_minor": 100, "types": True, "event_ids": []}
        done = await client.patch(url, json={"change_policy": wish})
        assert done.status_code == 200, done.text
        assert done.json()["change_policy"] == wish | {"cheaper": True}
        done = await client.patch(url, json={"change_policy": wish | {"cheaper": False}})
        assert done.json()["change_policy"] == wish | {"cheaper": False}
