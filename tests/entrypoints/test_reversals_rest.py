"""Giving tickets back and refunding any amount, as a program does it."""

from typing import Any
from uuid import UUID

import httpx2
import pytest

from admitone import orders, tickets
from admitone.assembly import Assembly
from admitone.flows.refund_policy import Chosen, record_of
from tests.support.onsale import OnSale, buy, must_hold, put_on_sale
from tests.support.site import bearer, counts, program

FULL = record_of(Chosen("full", days=7, with_fees=True))


async def bought(site: Assembly, quantity: int = 2) -> tuple[OnSale, orders.OrderRow, list[tickets.Ticket]]:
    show = await put_on_sale(site, refund_policy=FULL, fee_fixed_minor=100)
    paying = await buy(site, show, quantity)
    async with site.database.reading() as reader:
        order = await orders.by_id(reader, paying.attempt.order_id)
        return show, order, await tickets.by_order(reader, order.id)


async def owner(site: Assembly, show: OnSale) -> dict[str, str]:
    person_id = show.owner.person_id
    assert person_id is not None
    return await bearer(site, person_id)


def euros(minor: int) -> dict[str, Any]:
    return {"currency": "EUR", "minor": minor}


async def test_a_buyer_sees_what_comes_back_and_gives_a_ticket_back(assembly: Assembly) -> None:
    _, order, mine = await bought(assembly)
    order_token = assembly.links.make("order", order.id)
    body = {"tickets": [assembly.links.make("ticket", mine[0].id)]}
    url = f"/api/v1/orders/{order_token}/cancellations"
    async with program(assembly) as client:
        before = await counts(assembly)
        seen = await client.post(url, json={**body, "dry_run": True})
        assert seen.status_code == 200
        assert seen.json()["id"] is None
        assert seen.json()["back"] == {
            "amount": euros(2600),
            "organiser": euros(2500),
            "fee": euros(100),
            "tax": euros(0),
        }
        wrong = await client.post(url, json={**body, "shown_minor": 2500})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "reversal.sum_changed")
        assert await counts(assembly) == before
        key = {"idempotency-key": "one"}
        done = await client.post(url, json={**body, "shown_minor": 2600}, headers=key)
        again = await client.post(url, json={**body, "shown_minor": 2600}, headers=key)
    assert done.status_code == 200
    assert done.json() == again.json()
    answer = done.json()
    assert (answer["order_state"], answer["ends_order"], answer["cancels"]) == ("paid", False, True)
    assert answer["tickets"] == [
        {"ticket": str(mine[0].id), "type_name": "General admission", "amount": euros(2600)}
    ]
    await must_hold(assembly.database)


async def test_an_organiser_refunds_an_amount_and_reads_the_list(assembly: Assembly) -> None:
    show, order, mine = await bought(assembly)
    url = f"/api/v1/organisers/{show.organiser_id}/orders/{order.code}/refunds"
    wish = {"amount_minor": 500, "cancels": False, "with_fees": False, "note": "Rain."}
    async with program(assembly) as client:
        head = await owner(assembly, show)
        seen = await client.post(url, json={**wish, "dry_run": True}, headers=head)
        assert seen.json()["back"]["organiser"] == euros(500)
        made = await client.post(url, json=wish, headers=head)
        assert made.status_code == 200
        part = {"tickets": [str(mine[1].id)]}
        assert (await client.post(url, json=part, headers=head)).json()["back"]["amount"] == euros(2350)
        listed = (await client.get(url, headers=head)).json()
        too_much = await client.post(url, json={**wish, "amount_minor": 2251}, headers=head)
    assert (too_much.status_code, too_much.json()["code"]) == (409, "reversal.too_much")
    assert [(one["by"], one["note"], one["back"]["amount"]["minor"]) for one in listed["reversals"]] == [
        ("organiser", "Rain.", 500),
        ("organiser", "", 2350),
    ]
    assert sorted((one["reason"], one["amount"]["minor"]) for one in listed["refunds"]) == [
        ("goodwill", 500),
        ("tickets_cancelled", 2350),
    ]
    await must_hold(assembly.database)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"tickets": []}, 422),
        ({"tickets": ["nonsense"]}, 404),
        ({"tickets": ["nonsense"], "whole": True}, 422),
        ({"tickets": ["nonsense"], "shown_minor": -1}, 422),
        ({"tickets": ["nonsense"], "shown_minor": 1.0}, 422),
    ],
)
async def test_what_no_buyer_may_ask(assembly: Assembly, body: dict[str, Any], status: int) -> None:
    _, order, _ = await bought(assembly, 1)
    before = await counts(assembly)
    async with program(assembly) as client:
        url = f"/api/v1/orders/{assembly.links.make('order', order.id)}/cancellations"
        assert (await client.post(url, json=body)).status_code == status
    assert await counts(assembly) == before


async def test_only_a_member_who_may_refund_does_and_only_their_own_tickets(assembly: Assembly) -> None:
    show, order, mine = await bought(assembly, 1)
    other, _, theirs = await bought(assembly, 1)
    before = await counts(assembly)

    async def ask(client: httpx2.AsyncClient, of: UUID, ticket: UUID, head: dict[str, str]) -> int:
        url = f"/api/v1/organisers/{of}/orders/{order.code}/refunds"
        return (await client.post(url, json={"tickets": [str(ticket)]}, headers=head)).status_code

    door = show.door.person_id
    assert door is not None
    async with program(assembly) as client:
        assert await ask(client, show.organiser_id, mine[0].id, {}) == 401
        assert await ask(client, show.organiser_id, mine[0].id, await bearer(assembly, door)) == 403
        assert await ask(client, show.organiser_id, mine[0].id, await owner(assembly, other)) == 403
        assert await ask(client, other.organiser_id, mine[0].id, await owner(assembly, other)) == 404
        assert await ask(client, show.organiser_id, theirs[0].id, await owner(assembly, show)) == 404
        url = f"/api/v1/orders/{assembly.links.make('order', order.id)}/cancellations"
        foreign = {"tickets": [assembly.links.make("ticket", theirs[0].id)]}
        assert (await client.post(url, json=foreign)).status_code == 404
    assert await counts(assembly) == before
