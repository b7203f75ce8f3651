"""The page on which a buyer says where bitcoin goes back to, the code they scan (LNURL-withdraw), and the API."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import httpx2
import pytest

from admitone import accounts, ledger, orders
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.refunds_showing import refund_detail
from admitone.flows.refund_claims import CLAIM, TRIES, WITHDRAWAL
from admitone.payments import RefundState, bitcoin
from admitone.payments.bitcoin import SendingState, lnurl
from admitone.reads.needs_you import needs_you
from admitone.reads.refunds_stuck import refunds_stuck
from admitone.values.actor import Role
from admitone.values.ids import uuid7
from tests.support.bitcoin_desk import address_of, payer_of, read_chain, takes_bitcoin
from tests.support.bitcoin_refunds import (
    PRICE_SATS,
    asked,
    owed,
    paid_back_sats,
    refund_of,
    send_named,
    sending_of,
)
from tests.support.letters_kept import kept, react
from tests.support.onsale import must_hold, place, put_on_sale
from tests.support.organiser_desk import desk, said
from tests.support.raw_server import json_answer
from tests.support.site import browser, program


def code_on(page: httpx2.Response) -> str:
    """The address in the LNURL that the page shows."""
    found = re.search(r'href="lightning:(LNURL1[0-9A-Z]+)"', page.text)
    assert found is not None, said(page)
    return lnurl.read(found[1])


def form_of(page: httpx2.Response, destination: str) -> dict[str, str]:
    """The form with this in it."""
    [csrf] = set(re.findall(r'name="csrf" value="([^"]+)"', page.text))
    return {"csrf": csrf, "destination": destination}


async def test_a_scanned_code_gives_exactly_the_refund_once(assembly: Assembly) -> None:
    _, refund = await owed(assembly)
    [url] = await asked(assembly)
    async with browser(assembly) as client:
        page = await client.get(url)
        assert "Where shall we send 50,000" in said(page)
        assert "€25.00" in said(page)
        before = (await client.get(f"{url}/status")).json()
        parts = urlsplit(code_on(page))
        offer = await client.get(parts.path)
        assert offer.headers["access-control-allow-origin"] == "*"
        told = offer.json()
        assert told["tag"] == "withdrawRequest"
        assert told["minWithdrawable"] == told["maxWithdrawable"] == PRICE_SATS * 1000
        assert told["callback"] == f"http://testserver{parts.path}/pay"
        assert (await client.get(parts.path)).json() == told

        def ask(k1: str, pr: str) -> dict[str, str]:
            return {"k1": k1, "pr": pr}

        callback, invoice = urlsplit(told["callback"]).path, await payer_of(assembly).invoice(PRICE_SATS)
        other = await payer_of(assembly).invoice(PRICE_SATS + 1)
        strange = assembly.links.make(f"{WITHDRAWAL}:1", uuid7())
        for k1, pr in (
            ("", invoice),
            (strange, invoice),
            (told["k1"], other),
            (told["k1"], ""),
            (told["k1"], "lnbc1"),
        ):
            refused = await client.get(callback, params=ask(k1, pr))
            assert refused.status_code in (409, 422)
            assert refused.json()["status"] == "ERROR"
            assert refused.json()["reason"]
        assert (await sending_of(assembly, refund.id)).state is SendingState.WAITS
        assert (await client.get(callback, params=ask(told["k1"], invoice))).json() == {"status": "OK"}
        again = await client.get(
            callback, params=ask(told["k1"], await payer_of(assembly).invoice(PRICE_SATS))
        )
        assert again.json()["status"] == "ERROR"
        assert (await client.get(parts.path)).json()["status"] == "ERROR"
        assert (await client.get(f"{url}/status")).json() != before
        assert "is on its way" in said(await client.get(url))
        await send_named(assembly)
        done = said(await client.get(url))
    assert "It has been sent" in done
    assert await paid_back_sats(assembly) == PRICE_SATS


async def test_what_is_typed_is_shown_once_more_and_then_sent(assembly: Assembly) -> None:
    _, refund = await owed(assembly, bitcoin.ONCHAIN)
    [url] = await asked(assembly)
    address = await payer_of(assembly).address()
    async with browser(assembly) as client:
        page = await client.get(url)
        wrong = await client.post(url, data=form_of(page, address[:-1]))
        assert wrong.status_code == 422
        assert "We cannot read this" in said(wrong)
        assert address[:-1] in wrong.text, "what was typed is still there"
        confirm = await client.post(url, data=form_of(page, f"bitcoin:{address.upper()}?label=me"))
        assert confirm.status_code == 200
        assert address in said(confirm)
        assert (await sending_of(assembly, refund.id)).state is SendingState.WAITS
        sent = await client.post(url, data={**form_of(confirm, address), "confirmed": "1"})
        assert sent.status_code == 303
        again = await client.post(url, data={**form_of(confirm, address), "confirmed": "1"})
        assert again.status_code == 409
        await send_named(assembly)
        assert "It has been sent" in said(await client.get(url))
    assert await paid_back_sats(assembly) == PRICE_SATS


class Provider:
    """A server of Lightning Addresses on this machine; `invoice` is what it gives."""

    def __init__(self) -> None:
        self.invoice = ""
        self.port = 0
        self.changed: dict[str, object] = {}
        self.heard: list[str] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Provider"]:
        """Answering."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
            self.heard.append(path)
            offer = {
                "tag": "payRequest",
                "callback": f"http://127.0.0.1:{self.port}/cb",
                "minSendable": 1000,
                "maxSendable": 10**9,
                "metadata": "[]",
                **self.changed,
            }
            answer = {"pr": self.invoice, "routes": []} if path.startswith("/cb") else offer
            writer.write(json_answer(json.dumps(answer).encode(), headers="connection: close\r\n"))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self


async def test_a_lightning_address_is_asked_for_the_invoice_and_shown_by_its_name(assembly: Assembly) -> None:
    _, refund = await owed(assembly)
    [url] = await asked(assembly)
    async with Provider().open() as provider, browser(assembly) as client:
        address = f"ada@127.0.0.1:{provider.port}"
        page = await client.get(url, params={"way": "type"})
        provider.changed = {"maxSendable": 10}
        never = await client.post(url, data=form_of(page, address))
        assert never.status_code == 422
        assert "did not give us an invoice" in said(never)
        provider.changed = {}
        provider.heard.clear()
        confirm = await client.post(url, data=form_of(page, f"${address}"))
        assert f">{address}</bdi>" in said(confirm), "it is shown without the sign before it"
        assert provider.heard == ["/.well-known/lnurlp/ada"], (
            "no invoice is made before the buyer has said yes"
        )
        provider.heard.clear()
        yes = {**form_of(confirm, address), "confirmed": "1"}
        provider.invoice = await payer_of(assembly).invoice(PRICE_SATS + 5)
        refused = await client.post(url, data=yes)
        assert refused.status_code == 422
        assert "another amount" in said(refused)
        provider.changed = {"maxSendable": 10}
        assert "did not give us an invoice" in said(await client.post(url, data=yes))
        provider.changed = {}
        assert (await sending_of(assembly, refund.id)).state is SendingState.WAITS
        provider.invoice = await payer_of(assembly).invoice(PRICE_SATS)
        assert (await client.post(url, data=yes)).status_code == 303
        assert provider.heard[0] == "/.well-known/lnurlp/ada"
        assert provider.heard[1] == f"/cb?amount={PRICE_SATS * 1000}"
        await send_named(assembly)
        assert address in said(await client.get(url))
    assert await paid_back_sats(assembly) == PRICE_SATS


async def test_a_provider_of_addresses_that_is_away_is_said_so(assembly: Assembly) -> None:
    _, refund = await owed(assembly)
    [url] = await asked(assembly)
    async with browser(assembly) as client:
        page = await client.get(url, params={"way": "type"})
        for more in ({}, {"confirmed": "1"}):
            answer = await client.post(url, data={**form_of(page, "ada@127.0.0.1:1"), **more})
            assert answer.status_code == 422
            assert "did not give us an invoice" in said(answer)
    assert (await sending_of(assembly, refund.id)).state is SendingState.WAITS


async def test_the_api_says_where_it_stands_and_takes_a_destination_once(assembly: Assembly) -> None:
    _, refund = await owed(assembly)
    [url] = await asked(assembly)
    path = f"/api/v1/refund-claims/{url.rsplit('/', 1)[1]}"
    async with program(assembly) as client:
        shown = (await client.get(path)).json()
        assert shown == {
            "state": "waits",
            "is_open": True,
            "rail": "lightning",
            "network": "regtest",
            "amount": {"currency": "EUR", "minor": 2500},
            "amount_msat": PRICE_SATS * 1000,
            "destination": None,
            "named_at": None,
            "sent_at": None,
            "sent_ref": None,
        }
        wrong = await client.post(f"{path}/destination", json={"destination": "hello"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "bitcoin.no_destination")
        invoice = await payer_of(assembly).invoice(PRICE_SATS)
        named = await client.post(f"{path}/destination", json={"destination": invoice})
        assert (named.status_code, named.json()["state"]) == (200, "named")
        other = await payer_of(assembly).invoice(PRICE_SATS)
        again = await client.post(f"{path}/destination", json={"destination": other})
        assert (again.status_code, again.json()["code"]) == (409, "bitcoin.destination_known")
        await send_named(assembly)
        sent = (await client.get(path)).json()
    assert (sent["state"], sent["sent_ref"]) == ("sent", (await sending_of(assembly, refund.id)).payment_hash)


async def test_too_little_to_be_sent_stays_with_the_organiser_and_is_owed_to_nobody(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    # 400 satoshi too much: less than any address takes.
    await payer_of(assembly).pay_address(await address_of(assembly, order.id), PRICE_SATS + 400)
    for _ in range(2):
        await payer_of(assembly).mine()
    assert await read_chain(assembly, order.id) == "paid"
    for _ in range(2):
        await assembly.refunding.send_due()
    refund = await refund_of(assembly, order.id)
    assert (refund.reason, refund.amount_minor, refund.state) == ("overpaid", 20, RefundState.DONE)
    assert await paid_back_sats(assembly) == 0
    await react(assembly, "payments.refund_done", "tell_refunded")
    assert await kept(assembly, "refunded") == await kept(assembly, "refund_destination") == []
    later = assembly.clock.now() + timedelta(days=3)
    async with assembly.database.reading() as reader:
        assert await needs_you(reader, show.owner, show.organiser_id, now=later) == ()
        earned = await ledger.balance(reader, f"organiser:{show.organiser_id}:direct", "EUR")
        assert (earned, await ledger.balance(reader, "refunds_due", "EUR")) == (order.organiser_minor + 20, 0)
    assert refund_detail(refund, later).startswith("It is less than anybody can be sent in bitcoin")
    page_url = links.order(assembly.links.make("order", order.id))
    async with browser(assembly) as client:
        said_to_buyer = said(await client.get(page_url))
    assert "€0.20 is too little to be sent back in bitcoin." in said_to_buyer
    await must_hold(assembly.database)


async def test_crumbs_that_lie_beside_a_payment_are_named_on_the_organisers_page_of_the_order(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    address = await address_of(assembly, order.id)
    for sats in (PRICE_SATS, 300, 301):
        await payer_of(assembly).pay_address(address, sats)
        for _ in range(2):
            await payer_of(assembly).mine()
        assert await read_chain(assembly, order.id) == "paid"
    async with assembly.database.reading() as reader:
        slug = (await accounts.organiser(reader, show.organiser_id)).slug
    async with desk(assembly, "manager", Role.MANAGER, of=slug) as manager:
        page = said(await manager.client.get(f"{manager.base}/events/{show.event_id}/orders/{order.code}"))
    assert "Bitcoin that came beside" in page
    assert "601 sats" in page.replace("\xa0", " ")


async def test_the_orders_page_and_the_organisers_say_who_is_waited_for_and_have_no_link(
    assembly: Assembly,
) -> None:
    show, refund = await owed(assembly)
    [url] = await asked(assembly)
    async with assembly.database.reading() as reader:
        order = await orders.by_id(reader, refund.order_id)
        later = assembly.clock.now() + timedelta(days=3)
        assert await refunds_stuck(reader, show.owner, show.organiser_id, now=later) == ()
        assert await needs_you(reader, show.owner, show.organiser_id, now=later) == ()
    assert refund_detail(refund, later).startswith("Not sent yet: we asked the buyer by mail")
    page_url = links.order(assembly.links.make("order", order.id))
    async with browser(assembly) as client:
        page = await client.get(page_url)
        assert "50,000\u00a0sats (€25) waits for you in bitcoin." in said(page)
        assert f"We have mailed a link to {order.email}" in said(page)
        assert url not in page.text
        invoice = await payer_of(assembly).invoice(PRICE_SATS)
        await assembly.money.refund_claims.name(url.rsplit("/", 1)[1], invoice, visitor="a")
        await send_named(assembly)
        done = said(await client.get(page_url))
    assert "to the place you named" in done
    assert "working days" not in done


@pytest.mark.parametrize("purpose", ["order", WITHDRAWAL, "refund_account"])
async def test_a_link_for_something_else_opens_nothing(assembly: Assembly, purpose: str) -> None:
    _, refund = await owed(assembly)
    wrong, right = (assembly.links.make(one, refund.id) for one in (purpose, CLAIM))
    async with browser(assembly) as client:
        assert (await client.get(links.refund_claim(wrong))).status_code == 404
        assert (await client.get(f"/api/v1/refund-claims/{wrong}")).status_code == 404
        assert (await client.get(links.refund_claim(right))).status_code == 200
        told = (await client.get(f"/lnurl/withdraw/{right}")).json()
    assert told["status"] == "ERROR"


async def test_guessing_is_slowed_down(assembly: Assembly) -> None:
    await owed(assembly)
    [url] = await asked(assembly)
    async with browser(assembly) as client:
        page = await client.get(url, params={"way": "type"})
        codes = {(await client.post(url, data=form_of(page, "hello"))).status_code for _ in range(TRIES.most)}
        assert codes == {422}
        assert (await client.post(url, data=form_of(page, "hello"))).status_code == 429
