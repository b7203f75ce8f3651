"""Paying with Bitcoin through pages and the API: one choice, one page, every state said."""

import html
import re
from dataclasses import dataclass

import httpx2
import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.payments.bitcoin.bolt11 import decode
from tests.entrypoints.test_budgets import KB, weigh
from tests.entrypoints.test_buyer_pages import at_checkout, hidden, place
from tests.entrypoints.test_buyers_way import plain
from tests.support.bitcoin_desk import payer_of, read_chain, takes_bitcoin
from tests.support.onsale import OnSale, TypeOnSale, must_hold, person, put_on_sale
from tests.support.site import bearer, browser, counts, program

_RATE_OVER = text("UPDATE payments_bitcoin_quote SET until = quoted_at WHERE order_id = :id")
_REQUESTS_OVER = text("UPDATE payments_bitcoin_request SET expires_at = created_at WHERE order_id = :id")
_OPEN = re.compile(r'href="(bitcoin:[^"]+)"')


@dataclass(frozen=True, slots=True)
class Paying:
    """The page of an order that is paid with Bitcoin, and what it says can be paid by."""

    path: str
    shown: httpx2.Response

    @property
    def token(self) -> str:
        return self.path.split("/")[2]

    @property
    def uri(self) -> str:
        return html.unescape(_OPEN.findall(self.shown.text)[0])

    @property
    def address(self) -> str:
        return self.uri.removeprefix("bitcoin:").partition("?")[0].lower()

    @property
    def payment_hash(self) -> str:
        found = re.search(r"lightning=([A-Z0-9]+)", self.uri)
        assert found is not None
        return decode(found[1]).payment_hash.hex()


@pytest.fixture
async def show(assembly: Assembly) -> OnSale:
    """An event for whose tickets at 25 euros one can pay with Bitcoin."""
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    return show


async def paying(client: httpx2.AsyncClient, show: OnSale) -> Paying:
    """At the page, with an order of two tickets."""
    path = links.pay_bitcoin((await place(client, show, "bitcoin")).split("/")[2])
    return Paying(path, await client.get(path))


async def asks_for_a_code(client: httpx2.AsyncClient, at: Paying, button: str) -> httpx2.Response:
    """Press the button of the page that asks for something to pay by; the page then."""
    page = (await client.get(at.path)).text
    assert f">{button}</button>" in page
    asked = await client.post(at.path, data=hidden(page, at.path))
    assert (asked.status_code, asked.headers["location"]) == (303, at.path)
    return await client.get(at.path)


async def ends_its_rate(site: Assembly, at: Paying) -> None:
    async with site.database.transaction() as tx:
        for statement in (_RATE_OVER, _REQUESTS_OVER):
            await tx.execute(statement, {"id": site.links.read("order", at.token)})


async def test_checkout_has_one_choice_for_all_rails(assembly: Assembly, show: OnSale) -> None:
    async with browser(assembly) as client:
        url, _ = await at_checkout(client, show)
        page = (await client.get(url)).text
    assert re.findall(r'name="method" value="([^"]+)"', page).count("bitcoin") == 1
    assert "play_bitcoin" not in page
    assert "Lightning or on-chain, from any Bitcoin app" in page


async def test_the_page_has_one_code_with_both_rails_in_it(assembly: Assembly, show: OnSale) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
    words = plain(at.shown)
    assert "100,000 sats €50" in words
    assert "1 BTC = €50,000. This holds until" in words
    assert at.uri.startswith("bitcoin:BCRT1Q")
    assert "?amount=0.001&lightning=LNBCRT1M1" in at.uri
    assert at.uri.endswith("&label=Admit%20One")
    assert at.shown.text.count("<svg xmlns") == 1
    assert at.address in words


@pytest.mark.parametrize(
    ("way", "opens", "copied"),
    [
        ("lightning", "lightning:lnbcrt", "Lightning invoice"),
        ("onchain", "bitcoin:BCRT1Q", "Bitcoin address"),
    ],
)
async def test_each_rail_has_a_code_of_its_own(
    assembly: Assembly, show: OnSale, way: str, opens: str, copied: str
) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        page = (await client.get(f"{at.path}?way={way}")).text
    assert f'href="{opens}' in page
    assert ("lightning=" in page) is False
    assert f"<dt>{copied}</dt>" in page


async def test_the_general_page_leads_to_this_one_and_shows_no_invoice(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        answer = await client.get(links.pay(at.token))
        assert (answer.status_code, answer.headers["location"]) == (303, at.path)
        again = await client.get(f"{links.pay(at.token)}?choose=1")
        assert 'name="method" value="bitcoin"' in again.text
        assert "lnbcrt" not in again.text


async def test_an_order_not_yet_paid_with_bitcoin_is_asked_how_first(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        path = await place(client, show, "sandbox:card")
        token = path.split("/")[2]
        before = await counts(assembly)
        answer = await client.get(links.pay_bitcoin(token))
        assert (answer.status_code, answer.headers["location"]) == (303, f"{links.pay(token)}?choose=1")
        assert await counts(assembly) == before
        choose = (await client.get(answer.headers["location"])).text
        fields = hidden(choose, links.pay(token))
        chosen = await client.post(links.pay(token), data={**fields, "method": "bitcoin"})
        assert chosen.headers["location"] == links.pay_bitcoin(token)
        assert "Pay with Bitcoin" in (await client.get(links.pay_bitcoin(token))).text


async def test_a_paid_invoice_is_seen_by_the_page_itself(assembly: Assembly, show: OnSale) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        before = (await client.get(links.pay_bitcoin_status(at.token))).json()["state"]
        await payer_of(assembly).pay_invoice(at.payment_hash)
        await assembly.settlement.ask_about_order(assembly.links.read("order", at.token))
        after = (await client.get(links.pay_bitcoin_status(at.token))).json()["state"]
        assert (before.partition("-")[0], after.partition("-")[0]) == ("waiting", "paid")
        words = plain(await client.get(at.path))
        assert "Paid. You are going." in words
        assert "See my tickets" in words
    await must_hold(assembly.database)


async def test_a_part_is_said_with_a_code_for_the_rest(assembly: Assembly, show: OnSale) -> None:
    payer = payer_of(assembly)
    async with browser(assembly) as client:
        at = await paying(client, show)
        await payer.pay_address(at.address, 40_000)
        await payer.mine()
        assert await read_chain(assembly, assembly.links.read("order", at.token)) == "pending"
        assert "1 of 2 confirmations" in plain(await client.get(at.path))
        await payer.mine()
        assert await read_chain(assembly, assembly.links.read("order", at.token)) == "pending"
        assert "40,000 sats have arrived. €30.00 is left to pay" in plain(await client.get(at.path))
        answer = await asks_for_a_code(client, at, "Get a code for the rest")
        words, rest = plain(answer), Paying(at.path, answer)
    assert "Part of it has arrived" in words
    assert "40,000 sats have arrived. 60,000 sats are left to pay" in words
    assert "60,000 sats €30" in words
    assert "amount=0.0006&" in rest.uri
    assert rest.address != at.address


async def test_looking_opens_nothing_and_a_new_code_is_asked_for(assembly: Assembly, show: OnSale) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        await ends_its_rate(assembly, at)
        before = await counts(assembly)
        for path in (at.path, links.pay_bitcoin_status(at.token), f"{at.path}?way=uma") * 3:
            assert (await client.get(path)).status_code == 200
        assert await counts(assembly) == before
        ended = await client.get(at.path)
        words = plain(ended)
        assert "This rate has ended" in words
        assert "What was sent to the old one is not lost." in words
        new = Paying(at.path, await asks_for_a_code(client, at, "Get a new code"))
        assert "This holds until" in plain(new.shown)
        assert new.address != at.address
        opened = (await counts(assembly))["attempts"]
        assert opened == before["attempts"] + 2
        # The button pressed once more, in another tab say, gives what is there.
        await client.post(at.path, data=hidden(ended.text, at.path))
        await assembly.pay_with_bitcoin.open(assembly.links.read("order", at.token))
        assert (await counts(assembly))["attempts"] == opened


async def test_too_little_on_its_way_is_said_with_what_is_missing(assembly: Assembly, show: OnSale) -> None:
    payer = payer_of(assembly)
    async with browser(assembly) as client:
        at = await paying(client, show)
        order_id = assembly.links.read("order", at.token)
        await payer.pay_address(at.address, 40_000)
        await read_chain(assembly, order_id)
        answer = await client.get(at.path)
        words, rest = plain(answer), Paying(at.path, answer)
        assert "Not all of it is on its way" in words
        assert "60,000 sats are missing" in words
        assert "you need not pay again" not in words
        assert (rest.address, "amount=0.0006&" in rest.uri, "lightning=" in rest.uri) == (
            at.address,
            True,
            False,
        )
        async with program(assembly) as api:
            told = (await api.get(f"/api/v1/orders/{at.token}/bitcoin")).json()
        assert (told["state"], told["missing_msat"]) == ("short", 60_000_000)
        assert told["seen"][0]["rate_until"] is not None
        await payer.pay_address(at.address, 60_000)
        await read_chain(assembly, order_id)
        words = plain(await client.get(at.path))
        assert "Your payment is on its way" in words
        assert "The rate holds for it if it is in a block by" in words
        await payer.mine()
        await payer.mine()
        assert await read_chain(assembly, order_id) == "paid"
    await must_hold(assembly.database)


async def test_too_little_whose_rate_has_ended_is_asked_for_once_it_is_final(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        await payer_of(assembly).pay_address(at.address, 40_000)
        await read_chain(assembly, assembly.links.read("order", at.token))
        await ends_its_rate(assembly, at)
        words = plain(await client.get(at.path))
    assert "60,000 sats are missing. Once what you sent is final, this page asks you for the rest." in words
    assert "if the rest does not come, you get back what you sent" in words


async def test_what_waits_for_a_block_too_long_is_told_that_its_rate_does_not_hold(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        await payer_of(assembly).pay_address(at.address, 100_000)
        await read_chain(assembly, assembly.links.read("order", at.token))
        before = (await client.get(links.pay_bitcoin_status(at.token))).json()
        async with assembly.database.transaction() as tx:
            await tx.execute(
                text("UPDATE payments_bitcoin_credit SET seen_at = seen_at - interval '2 hours'")
            )
        assert (await client.get(links.pay_bitcoin_status(at.token))).json() != before
        words = plain(await client.get(at.path))
    assert "Your payment is on its way" in words
    assert (
        "It comes too late for the rate it was asked at: once it is in a block, it counts for what it is"
        in words
    )


async def test_an_order_that_ran_out_says_what_becomes_of_late_money(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        order_id = assembly.links.read("order", at.token)
        await assembly.database.run(
            lambda tx: tx.execute(
                text("UPDATE orders_order SET pay_until = now() - interval '1 second' WHERE id = :id"),
                {"id": order_id},
            )
        )
        await assembly.expiry.expire_orders()
        words = plain(await client.get(at.path))
    assert "This order has run out" in words
    assert "If you have paid already, it is not lost" in words
    assert "Choose tickets again" in words


async def test_a_wrong_link_opens_nothing(assembly: Assembly, show: OnSale) -> None:
    before = await counts(assembly)
    async with browser(assembly) as client:
        for path in ("/orders/wrong/bitcoin", "/orders/wrong/bitcoin/status"):
            assert (await client.get(path)).status_code == 404
    async with program(assembly) as client:
        assert (await client.post("/api/v1/orders/wrong/bitcoin")).status_code == 404
    assert await counts(assembly) == before


async def test_the_api_gives_what_the_page_shows(assembly: Assembly, show: OnSale) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
    async with program(assembly) as client:
        url = f"/api/v1/orders/{at.token}/bitcoin"
        made = await client.post(url)
        assert made.status_code == 201
        told = made.json()
        assert told == (await client.get(url)).json()
    assert told["uri"] == at.uri
    assert (told["state"], told["order_state"], told["part_msat"]) == ("waiting", "pending", 0)
    assert told["due"] == {"currency": "EUR", "minor": 5000}
    assert [(one["rail"], one["amount_msat"], one["price"]) for one in told["rails"]] == [
        ("lightning", 100_000_000, "50000"),
        ("onchain", 100_000_000, "50000"),
    ]
    assert told["rails"][0]["payment_hash"] == at.payment_hash
    assert told["rails"][1]["address"] == at.address


async def test_the_api_refuses_where_bitcoin_is_not_taken(assembly: Assembly) -> None:
    other = await put_on_sale(assembly)
    async with browser(assembly) as client:
        token = (await place(client, other, "sandbox:card")).split("/")[2]
        before = await counts(assembly)
    async with program(assembly) as client:
        refused = await client.post(f"/api/v1/orders/{token}/bitcoin")
        assert (refused.status_code, refused.json()["code"]) == (422, "payments.method_not_offered")
        assert (await client.get(f"/api/v1/orders/{token}/bitcoin")).json()["state"] == "away"
    assert await counts(assembly) == before


async def test_a_request_to_a_uma_provider_is_refused_beside_its_field(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        page = (await client.get(f"{at.path}?way=uma")).text
        assert 'href="uma://uma1' in page
        before = await counts(assembly)
        fields = hidden(page, links.pay_bitcoin_uma(at.token))
        refused = await client.post(
            links.pay_bitcoin_uma(at.token), data={**fields, "address": "ada@x.example"}
        )
        assert refused.status_code == 422
        assert 'value="ada@x.example"' in refused.text
        assert 'id="e-address"' in refused.text
        assert "A UMA name begins with $" in plain(refused)
        assert "live-status" not in refused.text
        assert await counts(assembly) == before


async def test_whoever_is_signed_in_may_connect_a_wallet_and_guests_are_not_told(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        assert "My wallet" not in at.shown.text
        person_id = await assembly.database.run(lambda tx: person(tx, assembly, "ada@example.org"))
        token = (await bearer(assembly, person_id))["authorization"].removeprefix("Bearer ")
        client.cookies.set("admitone", token)
        page = (await client.get(f"{at.path}?way=connected")).text
        assert f'href="{links.CONNECTED_WALLET}?next=' in page
        assert "Connect a wallet" in page


async def test_a_price_in_bitcoin_is_asked_as_it_is(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Supporter", 5_000_000, 10), currency="BTC")
    await takes_bitcoin(assembly, show)
    async with browser(assembly) as client:
        at = await paying(client, show)
        words = plain(at.shown)
        assert "10,000 sats You can pay until" in words
        assert "1 BTC =" not in words
        assert "amount=0.0001&" in at.uri
        await payer_of(assembly).pay_invoice(at.payment_hash)
        assert await read_chain(assembly, assembly.links.read("order", at.token)) == "paid"
    await must_hold(assembly.database)


async def test_the_page_keeps_to_the_budget_of_buyers_pages(assembly: Assembly, show: OnSale) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        weight = await weigh(client, at.path)
    assert weight.html <= 14 * KB, weight
    assert weight.css <= 14 * KB, weight
    assert weight.js <= 10 * KB, weight
