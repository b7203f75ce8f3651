"""LNURL-pay and Lightning Addresses: an order by its code, a ticket by its event's name; every no in their own form."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from admitone import orders
from admitone.assembly import Assembly
from admitone.flows.event_quotes import QuoteOver
from admitone.payments.bitcoin import LIGHTNING
from admitone.payments.bitcoin.bolt11 import decode
from admitone.values.refusals import TooMany
from tests.support.bitcoin_desk import asked_by, payer_of, takes_bitcoin
from tests.support.onsale import OnSale, TypeOnSale, place, put_on_sale
from tests.support.site import bearer, counts, program

GENERAL = TypeOnSale("General admission", 2500, 10)
BALCONY = TypeOnSale("Balcony", 4000, 10)


@pytest.fixture
async def client(assembly: Assembly) -> AsyncIterator[httpx2.AsyncClient]:
    async with program(assembly) as found:
        yield found


async def selling(site: Assembly, *types: TypeOnSale) -> OnSale:
    show = await put_on_sale(site, *(types or (GENERAL,)))
    await takes_bitcoin(site, show)
    return show


async def offered(client: httpx2.AsyncClient, name: str) -> dict[str, Any]:
    answer = await client.get(f"/.well-known/lnurlp/{name}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    found: dict[str, Any] = answer.json()
    assert found["tag"] == "payRequest"
    return found


async def called(client: httpx2.AsyncClient, offer: Mapping[str, Any], **query: str) -> httpx2.Response:
    where = urlsplit(offer["callback"])
    given = {name: values[0] for name, values in parse_qs(where.query).items()}
    return await client.get(where.path, params={**given, **query})


def refused(answer: httpx2.Response, status: int, reason: str) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert answer.headers["access-control-allow-origin"] == "*"
    said = answer.json()
    assert (said["status"], said["reason"]) == ("ERROR", reason)


async def order_of(site: Assembly, email: str) -> list[orders.OrderRow]:
    async with site.database.reading() as reader:
        found = await reader.execute(
            text("SELECT id FROM orders_order WHERE email = :email ORDER BY placed_at"), {"email": email}
        )
        return [await orders.by_id(reader, row.id) for row in found]


async def pay(site: Assembly, order_id: UUID) -> str:
    request = await asked_by(site, order_id, LIGHTNING)
    assert request.payment_hash is not None
    await payer_of(site).pay_invoice(request.payment_hash)
    await site.settlement.ask_about_order(order_id)
    async with site.database.reading() as reader:
        return (await orders.by_id(reader, order_id)).state


async def test_an_order_is_paid_by_its_code_in_any_spelling(
    assembly: Assembly, client: httpx2.AsyncClient
) -> None:
    order = await place(assembly, await selling(assembly))
    offer = await offered(client, order.code.lower())
    assert (offer["minSendable"], offer["maxSendable"]) == (50_000_000, 50_000_000)
    assert json.loads(offer["metadata"]) == [
        ["text/plain", f"Order {order.code}, Admit One"],
        ["text/identifier", f"{order.code.lower()}@testserver"],
    ]
    assert "commentAllowed" not in offer
    for name in (order.code, f"%24{order.code.lower()}"):
        assert (await offered(client, name))["metadata"] == offer["metadata"]
    answer = (await called(client, offer, amount="50000000")).json()
    request = await asked_by(assembly, order.id, LIGHTNING)
    assert answer["pr"] == request.bolt11
    assert answer["successAction"] == {
        "tag": "message",
        "message": f"Order {order.code} is paid. Thank you!",
    }
    # LUD-06: the invoice commits to what the app was shown.
    assert decode(answer["pr"]).description_hash == hashlib.sha256(offer["metadata"].encode()).digest()
    assert await pay(assembly, order.id) == "paid"
    refused(
        await client.get(f"/.well-known/lnurlp/{order.code}"), 404, "Nobody can be paid here by that name."
    )
    refused(
        await called(client, offer, amount="50000000"),
        409,
        "This order is not waiting for a payment any more.",
    )


async def test_the_invoice_that_the_page_shows_is_given_and_no_second_one(
    assembly: Assembly, client: httpx2.AsyncClient
) -> None:
    order = await place(assembly, await selling(assembly))
    await assembly.pay_with_bitcoin.open(order.id)
    shown = await asked_by(assembly, order.id, LIGHTNING)
    before = await counts(assembly)
    offer = await offered(client, order.code)
    assert (await called(client, offer, amount="50000000")).json()["pr"] == shown.bolt11
    assert await counts(assembly) == before


@pytest.mark.parametrize(
    "amount", ["49999000", "50000001", "0", "-50000000", "5e7", "50000000.0", "", "٥", "9" * 29]
)
async def test_another_amount_gets_no_invoice(
    assembly: Assembly, client: httpx2.AsyncClient, amount: str
) -> None:
    order = await place(assembly, await selling(assembly))
    offer = await offered(client, order.code)
    before = await counts(assembly)
    answer = await called(client, offer, amount=amount)
    assert (answer.status_code, answer.json()["status"]) == (422, "ERROR")
    assert await counts(assembly) == before


async def test_a_ticket_is_bought_by_its_events_name_and_comes_by_mail(
    assembly: Assembly, client: httpx2.AsyncClient
) -> None:
    show = await selling(assembly)
    before = await counts(assembly)
    offer = await offered(client, show.slug)
    assert await counts(assembly) == before
    assert (offer["minSendable"], offer["maxSendable"], offer["commentAllowed"]) == (
        50_000_000,
        50_000_000,
        200,
    )
    assert offer["payerData"] == {"email": {"mandatory": False}, "name": {"mandatory": False}}
    assert ["text/identifier", f"{show.slug}@testserver"] in json.loads(offer["metadata"])
    payer = json.dumps({"email": "ada@example.org", "name": "Ada Obi"})
    answer = await called(client, offer, amount="50000000", payerdata=payer)
    (order,) = await order_of(assembly, "ada@example.org")
    assert (order.name, order.state, order.total_minor) == ("Ada Obi", "pending", 2500)
    assert answer.json()["pr"] == (await asked_by(assembly, order.id, LIGHTNING)).bolt11
    # LUD-18: what the payer said is part of what the invoice commits to.
    committed = hashlib.sha256((offer["metadata"] + payer).encode()).digest()
    assert decode(answer.json()["pr"]).description_hash == committed
    assert answer.json()["successAction"]["url"] == assembly.letters._order_url(order.id)
    # An app that lost the answer asks again; somebody else gets an order of their own.
    assert (await called(client, offer, amount="50000000", payerdata=payer)).json()["pr"] == answer.json()[
        "pr"
    ]
    await called(client, offer, amount="50000000", comment=" obi@example.org ")
    assert [one.name for one in await order_of(assembly, "obi@example.org")] == ["obi@example.org"]
    assert await pay(assembly, order.id) == "paid"
    assert (await counts(assembly))["tickets"] == 1
    said = "This was paid already. Please look into your mail, or scan the address again for one more."
    refused(await called(client, offer, amount="50000000", payerdata=payer), 409, said)
    assert len(await order_of(assembly, "ada@example.org")) == 1


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ({}, 422, "Please send your e-mail address along, as the comment: the ticket is mailed to it."),
        (
            {"comment": "see you!"},
            422,
            "Please send your e-mail address along, as the comment: the ticket is mailed to it.",
        ),
        (
            {"payerdata": "{"},
            422,
            "Please send your e-mail address along, as the comment: the ticket is mailed to it.",
        ),
        (
            {"payerdata": "[1]"},
            422,
            "Please send your e-mail address along, as the comment: the ticket is mailed to it.",
        ),
        (
            {"amount": "50001000", "comment": "a@example.org"},
            422,
            "The amount has to be 50,000 satoshi, no more and no less.",
        ),
        (
            {"quote": "x" * 200, "comment": "a@example.org"},
            410,
            "This price is no longer good. Please scan or type the address again.",
        ),
        (
            {"quote": "", "comment": "a@example.org"},
            410,
            "This price is no longer good. Please scan or type the address again.",
        ),
        (
            {"quote": "ä", "comment": "a@example.org"},
            410,
            "This price is no longer good. Please scan or type the address again.",
        ),
    ],
)
async def test_who_does_not_say_enough_gets_no_order(
    assembly: Assembly, client: httpx2.AsyncClient, query: dict[str, str], status: int, reason: str
) -> None:
    offer = await offered(client, (await selling(assembly)).slug)
    before = await counts(assembly)
    refused(await called(client, offer, **{"amount": "50000000", **query}), status, reason)
    assert await counts(assembly) == before


async def test_an_app_that_asks_many_times_at_once_gets_one_order(
    assembly: Assembly, client: httpx2.AsyncClient
) -> None:
    offer = await offered(client, (await selling(assembly)).slug)
    asked = [called(client, offer, amount="50000000", comment="ada@example.org") for _ in range(8)]
    answers = await asyncio.gather(*asked)
    assert len({answer.json()["pr"] for answer in answers}) == 1
    assert len(await order_of(assembly, "ada@example.org")) == 1
    found = await counts(assembly)
    assert (found["holds"], found["orders"], found["places"]) == (1, 1, 1)


async def test_whoever_comes_last_hears_that_nothing_is_left(
    assembly: Assembly, client: httpx2.AsyncClient
) -> None:
    show = await selling(assembly, TypeOnSale("General admission", 2500, 1))
    first, second = await offered(client, show.slug), await offered(client, show.slug)
    assert (await called(client, first, amount="50000000", comment="ada@example.org")).status_code == 200
    late = await called(client, second, amount="50000000", comment="obi@example.org")
    assert (late.status_code, late.json()["status"], late.json()["code"]) == (409, "ERROR", "USER_NOT_READY")
    assert await order_of(assembly, "obi@example.org") == []


async def test_one_address_does_not_set_places_aside_without_end(assembly: Assembly) -> None:
    async def ask() -> None:
        await assembly.by_address.lnurl.invoice(
            name="x", order=None, quote="x", amount="1", comment=None, payer_data=None, source="198.51.100.7"
        )

    for _ in range(120):
        with pytest.raises(QuoteOver):
            await ask()
    with pytest.raises(TooMany):
        await ask()


async def test_of_several_ticket_types_one_is_named_by_its_number(
    assembly: Assembly, client: httpx2.AsyncClient
) -> None:
    show = await selling(assembly, GENERAL, BALCONY)
    said = "Tickets of this event cannot be bought by its address alone. Please buy them on our site."
    refused(await client.get(f"/.well-known/lnurlp/{show.slug}"), 409, said)
    assert (await offered(client, f"{show.slug}+1"))["minSendable"] == 50_000_000
    assert (await offered(client, f"{show.slug}+2"))["minSendable"] == 80_000_000
    for number in ("3", "", "x"):
        refused(await client.get(f"/.well-known/lnurlp/{show.slug}+{number}"), 409, said)


async def test_an_event_without_lightning_is_not_bought_by_address(
    assembly: Assembly, client: httpx2.AsyncClient
) -> None:
    show = await put_on_sale(assembly)
    said = "Tickets of this event cannot be bought by its address alone. Please buy them on our site."
    refused(await client.get(f"/.well-known/lnurlp/{show.slug}"), 409, said)


async def test_the_site_is_paid_for_an_order_named_in_the_comment(
    assembly: Assembly, client: httpx2.AsyncClient
) -> None:
    order = await place(assembly, await selling(assembly))
    offer = await offered(client, "tickets")
    assert (offer["minSendable"], offer["maxSendable"], offer["commentAllowed"]) == (1000, 10**11, 200)
    said = "Please write the code of your order into the comment. It has nine letters and is on its page."
    refused(await called(client, offer, amount="50000000"), 422, said)
    refused(await called(client, offer, amount="50000000", comment="K7QW9XPLM"), 422, said)
    other = "The amount has to be 50,000 satoshi, no more and no less."
    refused(await called(client, offer, amount="60000000", comment=order.code), 422, other)
    spelled = f"{order.code[:3]}-{order.code[3:6]} {order.code[6:].lower()}"
    answer = await called(client, offer, amount="50000000", comment=spelled)
    assert answer.json()["pr"] == (await asked_by(assembly, order.id, LIGHTNING)).bolt11


async def test_every_no_at_these_addresses_has_the_form_that_apps_read(
    assembly: Assembly, client: httpx2.AsyncClient
) -> None:
    refused(await client.get("/.well-known/lnurlp/nobody"), 404, "Nobody can be paid here by that name.")
    refused(await client.get("/.well-known/lnurlp/no%20body"), 404, "Nobody can be paid here by that name.")
    tried = [
        await client.get("/.well-known/lnurlp/" + "a" * 101),
        await client.post("/.well-known/lnurlp/tickets"),
        await client.get("/.well-known/lnurlp/tickets?umaVersion=1.3"),
        await client.get("/api/lnurl/callback"),
        await client.get("/api/lnurl/callback?amount=1&order=x"),
        await client.get("/uma/payreq/x"),
        await client.get("/uma/other"),
        await client.post("/uma/payreq/x", content=b"{}"),
        await client.post("/uma/payreq/x", content=b"x" * 300_000),
        await client.post("/api/tickets/uma-callback", content=b"{}"),
        await client.post("/api/tickets/uma-callback?payment=x", content=b"{}"),
    ]
    assert [answer.status_code for answer in tried] == [422, 405, 400, 422, 404, 405, 404, 400, 413, 422, 404]
    for answer in tried:
        said = answer.json()
        assert (said["status"], set(said)) == ("ERROR", {"status", "reason", "code"}), answer.text
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_keys_and_versions_are_shown_to_anybody(assembly: Assembly, client: httpx2.AsyncClient) -> None:
    keys = (await client.get("/.well-known/lnurlpubkey")).json()
    assert (len(keys["signingPubKey"]), len(keys["encryptionPubKey"])) == (130, 130)
    assert keys["signingPubKey"] != keys["encryptionPubKey"]
    assert keys["expirationTimestamp"] > assembly.clock.now().timestamp()
    about = await client.get("/.well-known/uma-configuration")
    assert about.json() == {"name": "Admit One", "uma_major_versions": [1, 0]}
    assert about.headers["access-control-allow-origin"] == "*"


async def test_an_orders_addresses_and_requests_are_told_by_its_token(
    assembly: Assembly, client: httpx2.AsyncClient
) -> None:
    order = await place(assembly, await selling(assembly))
    api = f"/api/v1/orders/{assembly.links.make('order', order.id)}"
    before = await counts(assembly)
    assert (await client.get(f"{api}/pay-addresses")).json()["uma_uri"] is None
    assert await counts(assembly) == before
    await assembly.pay_with_bitcoin.open(order.id)
    found = (await client.get(f"{api}/pay-addresses")).json()
    assert found["lightning_address"] == f"{order.code.lower()}@testserver"
    assert found["uma_address"] == f"${order.code.lower()}@testserver"
    assert found["lnurl"].startswith("LNURL1")
    assert found["uma_uri"].startswith("uma://uma1")
    assert (await client.get(f"{api}/uma-request")).json() == {"requests": []}
    wrong = await client.post(f"{api}/uma-request", json={"address": "ada@wallet.example"})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (
        422,
        "uma.bad_address",
        "address",
    )
    away = await client.post(f"{api}/uma-request", json={"address": "$ada@localhost:1"})
    assert (away.status_code, away.json()["outcome"]) == (200, "not_reached")
    assert [one["address"] for one in (await client.get(f"{api}/uma-request")).json()["requests"]] == [
        "$ada@localhost:1"
    ]
    assert (await client.get("/api/v1/orders/x/pay-addresses")).status_code == 404


async def test_an_organiser_makes_invoices_that_anybody_may_pay(
    assembly: Assembly, client: httpx2.AsyncClient
) -> None:
    show, other = await selling(assembly), await selling(assembly)
    assert show.owner.person_id is not None
    owner = await bearer(assembly, show.owner.person_id)
    path = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}/uma-invoices"
    body = {"ticket_type_id": str(show.types[0]), "minutes": 15}
    made = await client.post(path, json=body, headers={**owner, "idempotency-key": "one"})
    assert (made.status_code, made.json()["msat"]) == (201, 50_000_000)
    assert made.json()["price"] == {"currency": "EUR", "minor": 2500}
    assert made.json()["uri"] == f"uma://{made.json()['uma_invoice']}"
    again = await client.post(path, json=body, headers={**owner, "idempotency-key": "one"})
    assert again.json() == made.json()
    listed = (await client.get(path, headers=owner)).json()["uma_invoices"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
    for wrong, code in (
        ({**body, "minutes": 16}, "uma.bad_duration"),
        ({**body, "minutes": 0}, "uma.bad_duration"),
        ({**body, "ticket_type_id": str(other.types[0])}, "lnurl.not_by_address"),
    ):
        answer = await client.post(path, json=wrong, headers=owner)
        assert answer.json()["code"] == code
    assert (await client.post(path, json=body)).status_code == 401
    elsewhere = path.replace(str(show.event_id), str(other.event_id))
    assert (await client.post(elsewhere, json=body, headers=owner)).status_code == 404
    stranger = path.replace(str(show.organiser_id), str(other.organiser_id))
    assert (await client.post(stranger, json=body, headers=owner)).status_code in (403, 404)
    assert len((await client.get(path, headers=owner)).json()["uma_invoices"]) == 1
