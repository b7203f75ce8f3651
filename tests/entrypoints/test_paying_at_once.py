"""Paying by itself at purchase, through the pages and the API: what is offered, what is said, what is refused."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest

from admitone.accounts import person_id_of
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.payments.nwc import PayAtOnceWished, WalletPaymentMoved, WalletPaymentState
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from tests.entrypoints.test_buyer_pages import at_checkout, hidden
from tests.entrypoints.test_buyers_way import plain
from tests.support.bitcoin_desk import takes_bitcoin
from tests.support.letters_kept import react
from tests.support.nwc_wallet import PlayedWallet, a_relay, a_wallet
from tests.support.onsale import OnSale, put_on_sale
from tests.support.raw_server import RawServer, json_answer, raw_server
from tests.support.site import bearer, browser, counts, program
from tests.support.wallet_payer import somebody

OFFER = "Pay with my connected wallet"


@dataclass
class Shop:
    """An event sold for play Bitcoin; `ada` has connected `theirs`, and `address` is hers at a UMA provider."""

    site: Assembly
    show: OnSale
    ada: Actor
    theirs: PlayedWallet
    takes: RawServer
    address: str

    async def headers(self) -> dict[str, str]:
        """What signs Ada in."""
        return await bearer(self.site, person_id_of(self.ada))

    async def order(self, client: httpx2.AsyncClient, method: str, uma: str = "") -> httpx2.Response:
        """The answer to the form of the checkout."""
        url, fields = await at_checkout(client, self.show)
        typed = {"name": "Ada Obi", "email": "ada@example.org", "method": method, "uma": uma}
        return await client.post(url, data={**fields, **typed})

    async def state(self, token: str) -> WalletPaymentState | None:
        """What became of asking the wallet."""
        order_id = self.site.links.read("order", token)
        found = await self.site.connected_wallets.paying.of_order(order_id)
        return None if found is None else found.state


@pytest.fixture
async def shop(assembly: Assembly) -> AsyncIterator[Shop]:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    ada = await somebody(assembly)
    async with a_relay() as relay, a_wallet(relay) as theirs, raw_server(json_answer(b"{}")) as takes:
        await assembly.connected_wallets.connections.connect(ada, theirs.uri, uuid7())
        where = f"http://localhost:{takes.port}/requests"
        async with raw_server(json_answer(json.dumps({"uma_request_endpoint": where}).encode())) as shows:
            yield Shop(assembly, show, ada, theirs, takes, f"$ada@localhost:{shows.port}")


async def test_the_connected_wallet_is_the_chosen_way_with_what_is_left_of_its_budget(shop: Shop) -> None:
    shop.theirs.used_msat = 40_000_000
    async with browser(shop.site) as client:
        url, _ = await at_checkout(client, shop.show)
        assert OFFER not in (await client.get(url)).text, "a guest has none"
        client.headers.update(await shop.headers())
        await shop.site.connected_wallets.connections.look_again(shop.ada)
        page = await client.get(url)
    assert f"{OFFER} Ada's phone pays at once. Budget: 60,000 sats left of 100,000 sats" in plain(page)
    methods = re.findall(r'name="method" value="([^"]+)"[^>]*?( checked)?(?: required)?>', page.text)
    assert methods[0] == ("connected_wallet", " checked")
    assert [one for one in methods if one[1]] == methods[:1]
    assert "bitcoin" in dict(methods), "another way can be chosen"


async def test_placing_the_order_has_the_wallet_asked_and_its_no_is_said_with_a_way_on(shop: Shop) -> None:
    shop.theirs.noes["pay_invoice"] = "INSUFFICIENT_BALANCE"
    async with browser(shop.site) as client:
        client.headers.update(await shop.headers())
        answer = await shop.order(client, "connected_wallet")
        path = answer.headers["location"]
        token = path.split("/")[2]
        assert (answer.status_code, path) == (303, f"{links.pay_bitcoin(token)}?way=connected")
        assert await shop.state(token) is WalletPaymentState.ASKING
        page = await client.get(path)
        assert "We are asking Ada's phone. This takes a few seconds." in plain(page)
        assert "Pay from Ada's phone" not in page.text, "there is nothing to press while it is asked"
        before = (await client.get(links.pay_bitcoin_status(token))).json()
        await shop.site.connected_wallets.paying.ask_due()
        assert (await client.get(links.pay_bitcoin_status(token))).json() != before
        refused = await client.get(links.pay_bitcoin(token))
        assert "Ada's phone said no: there is not enough in it. Nothing was paid." in plain(refused)
        assert "Try Ada's phone again" in plain(refused)
        fields = hidden(refused.text, links.pay_bitcoin_uma(token))
        wrong = await client.post(links.pay_bitcoin_uma(token), data={**fields, "uma": "ada"})
        assert (wrong.status_code, 'id="e-uma"' in wrong.text) == (422, True)
        assert shop.takes.heard == []
        asked = await client.post(links.pay_bitcoin_uma(token), data={**fields, "uma": shop.address})
        assert asked.headers["location"] == path
        assert "Please confirm the payment in your wallet." in plain(await client.get(path))
    assert len(shop.takes.heard) == 1


async def test_a_uma_name_given_at_checkout_is_asked_by_itself_after_a_no(shop: Shop) -> None:
    shop.theirs.noes["pay_invoice"] = "QUOTA_EXCEEDED"
    async with browser(shop.site) as client:
        client.headers.update(await shop.headers())
        path = (await shop.order(client, "connected_wallet", shop.address)).headers["location"]
        await shop.site.connected_wallets.paying.ask_due()
        assert shop.takes.heard == []
        await react(shop.site, WalletPaymentMoved.kind, "offer_by_uma")
        assert len(shop.takes.heard) == 1
        words = plain(await client.get(path))
    assert "said no: it is more than the budget of its connection lets us spend. Nothing was paid." in words
    assert "We have asked localhost" in words
    assert "Please confirm the payment in your wallet." in words


async def test_a_guest_who_pays_with_bitcoin_may_name_their_uma_provider(shop: Shop) -> None:
    async with browser(shop.site) as client:
        path = (await shop.order(client, "bitcoin", shop.address)).headers["location"]
        assert path.endswith("/bitcoin?way=uma")
        assert shop.takes.heard == [], "who buys does not wait for a provider"
        await react(shop.site, PayAtOnceWished.kind, "pay_at_once")
        assert "We have asked localhost" in plain(await client.get(path))
    assert len(shop.takes.heard) == 1


@pytest.mark.parametrize("uma", ["ada@example.org", "$tickets@testserver"], ids=["no address", "our own"])
async def test_a_wrong_uma_name_places_no_order(shop: Shop, uma: str) -> None:
    async with browser(shop.site) as client:
        client.headers.update(await shop.headers())
        refused = await shop.order(client, "connected_wallet", uma)
    assert refused.status_code == 422
    assert 'id="e-uma"' in refused.text
    assert f'value="{uma}"' in refused.text
    assert (await counts(shop.site))["orders"] == 0


async def test_the_wallet_of_nobody_is_not_a_way_to_pay(shop: Shop) -> None:
    async with browser(shop.site) as client:
        refused = await shop.order(client, "connected_wallet")
    assert (refused.status_code, 'id="e-method"' in refused.text) == (422, True)
    assert (await counts(shop.site))["orders"] == 0


async def test_who_chooses_another_way_has_no_wallet_asked(shop: Shop) -> None:
    async with browser(shop.site) as client:
        client.headers.update(await shop.headers())
        path = (await shop.order(client, "bitcoin")).headers["location"]
        token = path.split("/")[2]
        assert await shop.state(token) is None
        choose = await client.get(f"{links.pay(token)}?choose=1")
        assert OFFER in plain(choose)
        fields = hidden(choose.text, links.pay(token))
        asked = await client.post(links.pay(token), data={**fields, "method": "connected_wallet"})
        assert asked.headers["location"] == f"{links.pay_bitcoin(token)}?way=connected"
        assert await shop.state(token) is WalletPaymentState.ASKING


async def test_another_way_chosen_later_stands_instead_of_what_had_not_begun(shop: Shop) -> None:
    async with browser(shop.site) as client:
        path = (await shop.order(client, "bitcoin", shop.address)).headers["location"]
        token = path.split("/")[2]
        fields = hidden((await client.get(f"{links.pay(token)}?choose=1")).text, links.pay(token))
        await client.post(links.pay(token), data={**fields, "method": "sandbox:card"})
    await react(shop.site, PayAtOnceWished.kind, "pay_at_once")
    assert shop.takes.heard == []


async def held(client: httpx2.AsyncClient, shop: Shop) -> str:
    """The token of a hold of one ticket."""
    items = [{"ticket_type_id": str(shop.show.types[0]), "quantity": 1}]
    answer = await client.post("/api/v1/holds", json={"event": shop.show.slug, "items": items})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def test_an_order_placed_over_the_api_is_paid_by_itself(shop: Shop) -> None:
    shop.theirs.noes["pay_invoice"] = "RESTRICTED"
    async with program(shop.site) as client:
        client.headers.update(await shop.headers())
        body = {"hold": await held(client, shop), "email": "ada@example.org", "name": "Ada Obi"}
        wanted = {**body, "pay_from_wallet": True, "uma": shop.address}
        placed = await client.post("/api/v1/orders", json=wanted)
        assert (placed.status_code, placed.json()["state"]) == (201, "pending")
        again = await client.post("/api/v1/orders", json=wanted)
        assert again.json()["token"] == placed.json()["token"]
        token = placed.json()["token"]
        assert await react(shop.site, PayAtOnceWished.kind, "pay_at_once") == 1
        await shop.site.connected_wallets.paying.ask_due()
        told = (await client.get(f"/api/v1/orders/{token}/wallet-payment")).json()
        assert (told["state"], told["reason"]) == ("refused", "RESTRICTED")
        await react(shop.site, WalletPaymentMoved.kind, "offer_by_uma")
        [asked] = (await client.get(f"/api/v1/orders/{token}/uma-request")).json()["requests"]
        assert (asked["outcome"], asked["address"]) == ("sent", shop.address)
    assert len(shop.takes.heard) == 1


@pytest.mark.parametrize(
    ("wanted", "signed_in", "status", "code", "field"),
    [
        ({"uma": "ada@example.org"}, False, 422, "uma.bad_address", "uma"),
        ({"pay_from_wallet": True}, False, 401, "accounts.not_signed_in", None),
        ({"pay_from_wallet": True}, True, 404, "nwc.not_connected", "pay_from_wallet"),
        ({"pay_from_wallet": "perhaps"}, True, 422, "invalid.fields", None),
    ],
    ids=["no address", "a guest", "nothing connected", "no word of ours"],
)
async def test_what_cannot_be_paid_by_itself_is_refused_over_the_api_and_places_nothing(
    shop: Shop, wanted: dict[str, object], signed_in: bool, status: int, code: str, field: str | None
) -> None:
    async with program(shop.site) as client:
        if signed_in:
            tunde = await somebody(shop.site, "tunde@example.org")
            client.headers.update(await bearer(shop.site, person_id_of(tunde)))
        body = {"hold": await held(client, shop), "email": "t@example.org", "name": "Tunde Bello", **wanted}
        refused = await client.post("/api/v1/orders", json=body)
    assert (refused.status_code, refused.json()["code"], refused.json().get("field")) == (status, code, field)
    assert (await counts(shop.site))["orders"] == 0


async def test_the_description_of_the_api_says_how_an_order_is_paid_by_itself(assembly: Assembly) -> None:
    async with program(assembly) as client:
        described = (await client.get("/api/v1/openapi.json")).json()
    body = described["components"]["schemas"]["OrderBody"]
    assert body["properties"]["pay_from_wallet"]["type"] == "boolean"
    assert "uma" in body["properties"]
    assert "only if that says no" in body["description"]
