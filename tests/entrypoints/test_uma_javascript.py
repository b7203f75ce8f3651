"""Buyers' providers made of UMA's own JavaScript SDK, and the npm package lnurl-pay, pay this site over real HTTP."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import orders
from admitone.payments.bitcoin import LIGHTNING
from tests.support.bitcoin_desk import asked_by, payer_of, takes_bitcoin
from tests.support.npm_peers import JsError, JsPeer, js_peer
from tests.support.onsale import OnSale, place, put_on_sale
from tests.support.served_site import ServedSite, served_site


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[ServedSite]:
    async with served_site(database_url, tmp_path) as served:
        yield served


@pytest.fixture
async def ada() -> AsyncIterator[JsPeer]:
    """The provider of Ada's wallet."""
    async with js_peer("uma_wallet.mjs") as peer:
        yield peer


async def selling(shop: ServedSite) -> OnSale:
    show = await put_on_sale(shop.assembly)
    await takes_bitcoin(shop.assembly, show)
    return show


async def pays(shop: ServedSite, order_id: UUID) -> str:
    """The play node is paid what the order's invoice asks for, and asked; the order's state."""
    request = await asked_by(shop.assembly, order_id, LIGHTNING)
    assert request.payment_hash is not None
    await payer_of(shop.assembly).pay_invoice(request.payment_hash)
    await shop.assembly.settlement.ask_about_order(order_id)
    async with shop.assembly.database.reading() as reader:
        return (await orders.by_id(reader, order_id)).state


async def bought_by(shop: ServedSite, email: str) -> list[tuple[UUID, str, str, int]]:
    """(order, name, state, tickets) of everything bought in this name."""
    async with shop.assembly.database.reading() as reader:
        found = await reader.execute(
            text(
                "SELECT o.id, o.name, o.state, (SELECT count(*) FROM tickets_ticket t WHERE t.order_id = o.id) "
                "FROM orders_order o WHERE o.email = :email ORDER BY o.placed_at"
            ),
            {"email": email},
        )
        return [tuple(row) for row in found]


async def test_an_order_is_paid_by_its_code_in_every_version_with_one_and_the_same_invoice(
    shop: ServedSite, ada: JsPeer
) -> None:
    show = await selling(shop)
    order = await place(shop.assembly, show)
    address = f"${order.code.lower()}@{shop.domain}"
    paid = {}
    for version in ("1.3", "1.0", "0.3"):
        paid[version] = await ada.ask(verb="pay", address=address, version=version, name="ada")
    assert {answer["status"] for answer in paid.values()} == {200}
    shown = (await asked_by(shop.assembly, order.id, LIGHTNING)).bolt11
    assert {answer["invoice"] for answer in paid.values()} == {shown}
    assert [answer["version"] for answer in paid.values()] == ["1.3", "1.0", "0.3"]
    assert [answer["isOfferSigned"] for answer in paid.values()] == [True, True, True]
    # Answers to pay requests are signed since version 1.
    assert [answer["isSigned"] for answer in paid.values()] == [True, True, None]
    for answer in paid.values():
        # 25 euros at 50,000 euros for one bitcoin.
        assert (answer["sats"], answer["currency"], answer["payee"]) == (50_000, "SAT", address)
        assert answer["mandatory"] == ["compliance", "identifier"]
        assert answer["kyc"] == "UNKNOWN"
    assert (paid["1.3"]["amount"], paid["0.3"]["amount"]) == (50_000, None)
    in_msat = await ada.ask(verb="pay", address=address, version="1.3", name="ada", inReceiving=False)
    assert (in_msat["invoice"], in_msat["amount"]) == (shown, 50_000)
    assert await pays(shop, order.id) == "paid"
    # Its provider tells us so: it was heard, and changes nothing.
    told = await ada.ask(verb="told", url=paid["1.3"]["utxoCallback"])
    assert (told["status"], json.loads(told["text"])) == (200, {"status": "OK"})
    gone = await ada.ask(verb="pay", address=address, version="1.3", name="ada")
    assert (gone["status"], gone["error"]["code"]) == (404, "USER_NOT_FOUND")


async def test_what_is_wrong_is_told_in_the_words_of_uma(shop: ServedSite, ada: JsPeer) -> None:
    show = await selling(shop)
    order = await place(shop.assembly, show)
    address = f"${order.code.lower()}@{shop.domain}"

    def said(answer: Any) -> tuple[int, str]:
        found = json.loads(answer["text"]) if "text" in answer else answer["error"]
        assert found["status"] == "ERROR"
        assert found["reason"].endswith(".")
        return answer["status"], found["code"]

    other = await ada.ask(verb="pay", address=address, version="9.0", name="ada")
    assert said(other) == (412, "UNSUPPORTED_UMA_VERSION")
    assert other["error"]["supportedMajorVersions"] == [1, 0]
    assert said(await ada.ask(verb="pay", address=f"$nobody@{shop.domain}", version="1.3", name="a")) == (
        404,
        "USER_NOT_FOUND",
    )
    asked = await ada.ask(verb="ask", address=address, version="1.3")
    assert asked["status"] == 200
    assert said(await ada.ask(verb="get", url=asked["url"])) == (400, "INVALID_NONCE")
    changed = asked["url"].replace("nonce=", "nonce=1")
    assert said(await ada.ask(verb="get", url=changed)) == (401, "INVALID_SIGNATURE")
    unsigned = asked["url"].replace("signature=", "signed=")
    assert said(await ada.ask(verb="get", url=unsigned)) == (400, "MISSING_REQUIRED_UMA_PARAMETERS")
    callback = json.loads(asked["text"])["callback"]
    for wrong, code in (
        ({"amount": 49_999}, "AMOUNT_OUT_OF_RANGE"),
        ({"amount": 50_001}, "AMOUNT_OUT_OF_RANGE"),
        ({"amount": 50_000, "inReceiving": False}, "AMOUNT_OUT_OF_RANGE"),
        ({"amount": 50_000, "currency": "USD"}, "INVALID_CURRENCY"),
        ({"amount": 50_000, "payer": "$ada@localhost:1"}, "COUNTERPARTY_PUBKEY_FETCH_ERROR"),
        ({"amount": 50_000, "payer": f"$ada@{shop.domain}"}, "INVALID_SIGNATURE"),
        ({"amount": 50_000, "payer": "ada"}, "INVALID_INPUT"),
    ):
        answer = await ada.ask(verb="request", callback=callback, address=address, major=1, **wrong)
        assert said(answer)[1] == code, wrong
    right = await ada.ask(verb="request", callback=callback, address=address, major=1, amount=50_000)
    assert right["status"] == 200
    again = await ada.ask(verb="post", url=callback, body=right["body"])
    assert said(again) == (400, "INVALID_NONCE")
    elsewhere = callback.replace("/uma/payreq/", "/uma/payreq/x")
    answer = await ada.ask(verb="request", callback=elsewhere, address=address, major=1, amount=50_000)
    assert said(answer) == (410, "QUOTE_EXPIRED")
    unasked = elsewhere.split("?")[0]
    answer = await ada.ask(verb="request", callback=unasked, address=address, major=1, amount=50_000)
    assert said(answer) == (404, "REQUEST_NOT_FOUND")
    assert (await asked_by(shop.assembly, order.id, LIGHTNING)).amount_msat == 50_000_000


async def test_a_ticket_is_bought_by_the_name_of_its_event(shop: ServedSite, ada: JsPeer) -> None:
    show = await selling(shop)
    address = f"${show.slug}@{shop.domain}"
    without = await ada.ask(verb="pay", address=address, version="1.3", name="ada")
    assert (without["status"], without["error"]["code"]) == (400, "MISSING_MANDATORY_PAYER_DATA")
    bought = await ada.ask(verb="pay", address=address, version="1.3", name="ada", email="ada@example.org")
    assert bought["mandatory"] == ["compliance", "email", "identifier"]
    assert (bought["isSigned"], bought["payee"], bought["sats"]) == (True, address, 50_000)
    ((order_id, name, state, _),) = await bought_by(shop, "ada@example.org")
    assert (name, state) == ("Ada", "pending")
    assert await pays(shop, order_id) == "paid"
    assert [row[2:] for row in await bought_by(shop, "ada@example.org")] == [("paid", 1)]


async def test_a_request_is_brought_to_a_wallet_and_paid_there(shop: ServedSite, ada: JsPeer) -> None:
    show = await selling(shop)
    order = await place(shop.assembly, show)
    token = shop.assembly.links.make("order", order.id)
    api = f"{shop.url}/api/v1/orders/{token}"
    address = f"$Ada@{ada.hello['domain']}"

    async def bring(body: dict[str, str]) -> Any:
        answer = await ada.ask(verb="post_json", url=f"{api}/uma-request", body=json.dumps(body))
        return answer["status"], json.loads(answer["text"])

    status, asked = await bring({"address": address})
    assert (status, asked["outcome"]) == (200, "sent")
    assert (
        asked["sentence"]
        == f"We have asked {ada.hello['domain']}. Please confirm the payment in your wallet."
    )
    (received,) = await ada.ask(verb="received")
    assert received["isSigned"] is True
    assert (received["amount"], received["currency"]) == (50_000, "SAT")
    assert (received["receiver"], received["sender"]) == (f"$tickets@{shop.domain}", address.lower())
    # Brought once: asking again is answered with what is known.
    assert (await bring({"address": address}))[1]["outcome"] == "sent"
    assert len(await ada.ask(verb="received")) == 1
    paid = await ada.ask(
        verb="request", callback=received["callback"], address=received["receiver"], major=1, amount=50_000
    )
    assert paid["status"] == 200
    shown = (await asked_by(shop.assembly, order.id, LIGHTNING)).bolt11
    assert json.loads(paid["text"])["pr"] == shown
    assert await pays(shop, order.id) == "paid"
    status, refused = await bring({"address": address})
    assert (status, refused["code"]) == (409, "orders.not_pending")


async def test_an_invoice_of_an_event_is_read_and_paid_by_anybody(shop: ServedSite, ada: JsPeer) -> None:
    show = await selling(shop)
    made = await shop.assembly.by_address.event_invoices.make(
        show.owner, show.organiser_id, show.event_id, show.types[0], 15, show.types[0]
    )
    read = await ada.ask(verb="read", invoice=made.invoice)
    assert (read["isSigned"], read["amount"], read.get("sender")) == (True, 50_000, None)
    for email in ("ada@example.org", "obi@example.org"):
        paid = await ada.ask(
            verb="request",
            callback=read["callback"],
            address=read["receiver"],
            major=1,
            amount=50_000,
            email=email,
        )
        assert paid["status"] == 200
        ((order_id, _, _, _),) = await bought_by(shop, email)
        assert await pays(shop, order_id) == "paid"
    # The same person once more: another ticket.
    await ada.ask(
        verb="request",
        callback=read["callback"],
        address=read["receiver"],
        major=1,
        amount=50_000,
        email="ada@example.org",
    )
    assert [row[2:] for row in await bought_by(shop, "ada@example.org")] == [("paid", 1), ("pending", 0)]


async def test_an_lnurl_client_pays_an_order_and_buys_a_ticket(shop: ServedSite) -> None:
    show = await selling(shop)
    order = await place(shop.assembly, show)
    found = await shop.assembly.by_address.lnurl.addresses(order.id)
    async with js_peer("lnurl_payer.mjs") as payer:
        paid = await payer.ask(to=found.lnurl)
        assert (paid["fixed"], paid["min"]) == (True, 50_000)
        assert paid["identifier"] == found.lightning
        assert paid["invoice"] == (await asked_by(shop.assembly, order.id, LIGHTNING)).bolt11
        assert await pays(shop, order.id) == "paid"
        address = f"{show.slug}@shop.example"
        with pytest.raises(JsError, match="Please send your e-mail address along"):
            await payer.ask(to=address, host=shop.domain)
        bought = await payer.ask(to=address, host=shop.domain, comment="obi@example.org")
        assert (bought["description"], bought["commentAllowed"]) == ("General admission, Furnace Night", 200)
        ((order_id, _, _, _),) = await bought_by(shop, "obi@example.org")
        assert bought["after"]["tag"] == "url"
        assert bought["after"]["url"] == f"{shop.url}/orders/{shop.assembly.links.make('order', order_id)}"
        assert await pays(shop, order_id) == "paid"
