"""The page and the API of a connected wallet: who may, what is said, and that the connection is never said back."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from admitone.accounts import person_id_of
from admitone.assembly import Assembly
from admitone.values.actor import Actor
from tests.support.bitcoin_desk import payer_of
from tests.support.nwc_wallet import PlayedWallet, a_relay, a_wallet
from tests.support.organiser_desk import said
from tests.support.site import bearer, browser, counts, program
from tests.support.wallet_payer import Paying, about_to_pay, somebody

OURS = "/api/v1/me/wallet-connection"
AS_ELSEWHERE = "/api/v1/users/me/nwc-connection"


@pytest.fixture
async def theirs() -> AsyncIterator[PlayedWallet]:
    """Ada's wallet."""
    async with a_relay() as relay, a_wallet(relay) as played:
        yield played


@pytest.fixture
async def paying(assembly: Assembly, theirs: PlayedWallet) -> Paying:
    """Ada has connected it, and an order waits."""
    return await about_to_pay(assembly, theirs)


async def signed_in(site: Assembly, actor: Actor) -> dict[str, str]:
    """The header that signs this person in."""
    return await bearer(site, person_id_of(actor))


def no_secret(answer: httpx2.Response, theirs: PlayedWallet) -> httpx2.Response:
    """The same answer, in which nothing of the connection is."""
    assert theirs.client_keys.secret_key().to_hex() not in answer.text + str(answer.headers)
    assert "nostr+walletconnect://" + theirs.keys.public_key().to_hex() not in answer.text
    return answer


async def test_a_wallet_is_connected_read_and_disconnected_over_the_api(
    assembly: Assembly, theirs: PlayedWallet
) -> None:
    ada = await somebody(assembly)
    async with program(assembly) as client:
        client.headers.update(await signed_in(assembly, ada))
        assert (await client.get(OURS)).status_code == 404
        made = no_secret(await client.post(AS_ELSEWHERE, json={"uri": theirs.uri}), theirs)
        assert made.status_code == 201
        shown = made.json()
        assert (shown["alias"], shown["relay_host"]) == ("Ada's phone", "127.0.0.1")
        assert shown["budget"]["left_msat"] == 100_000_000
        assert no_secret(await client.get(OURS), theirs).json() == shown
        assert (await client.get(AS_ELSEWHERE)).json() == shown
        assert (await client.delete(OURS)).status_code == 204
        assert (await client.delete(AS_ELSEWHERE)).status_code == 204
        gone = await client.get(AS_ELSEWHERE)
    assert (gone.status_code, gone.json()["code"]) == (404, "nwc.not_connected")


async def test_the_same_key_connects_once(assembly: Assembly, theirs: PlayedWallet) -> None:
    ada = await somebody(assembly)
    async with program(assembly) as client:
        client.headers.update({**await signed_in(assembly, ada), "idempotency-key": "connect-1"})
        first = await client.post(OURS, json={"uri": theirs.uri})
        again = await client.post(OURS, json={"uri": theirs.uri})
        other = await client.post(OURS, json={"uri": theirs.uri + "&name=x"})
    assert first.json() == again.json()
    assert [name for name, _ in theirs.asked].count("get_info") == 1
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (("nostr+walletconnect", "nostr"), 422, "nwc.not_a_connection"),
        (("&secret=", "&secrets="), 422, "nwc.no_secret"),
        (("ws://127.0.0.1", "wss://10.1.2.3"), 422, "nwc.relay_not_public"),
        (("ws://127.0.0.1", "ws://relay.example"), 422, "nwc.relay_not_secure"),
        (("relay=", "relays="), 422, "nwc.no_relay"),
    ],
)
async def test_what_is_no_good_connection_is_refused_and_changes_nothing(
    assembly: Assembly, theirs: PlayedWallet, change: tuple[str, str], status: int, code: str
) -> None:
    headers = await signed_in(assembly, await somebody(assembly))
    before = await counts(assembly)
    async with program(assembly) as client:
        answer = await client.post(OURS, json={"uri": theirs.uri.replace(*change)}, headers=headers)
        unknown = await client.post(OURS, json={"uri": theirs.uri, "more": 1}, headers=headers)
        long = await client.post(OURS, json={"uri": theirs.uri + "x" * 3000}, headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (status, code, "uri")
    for one in (answer, unknown, long):
        no_secret(one, theirs)
        assert one.status_code == 422
    assert (theirs.asked, await counts(assembly)) == ([], before)


async def test_guests_are_asked_to_sign_in(assembly: Assembly, theirs: PlayedWallet, paying: Paying) -> None:
    token = assembly.links.make("order", paying.order.id)
    async with program(assembly) as client:
        answers = [
            await client.get(OURS),
            await client.post(OURS, json={"uri": theirs.uri}),
            await client.delete(OURS),
            await client.post(f"/api/v1/orders/{token}/wallet-payment", json={}),
        ]
    assert [one.status_code for one in answers] == [401] * 4


async def test_an_order_is_paid_over_the_api(
    assembly: Assembly, theirs: PlayedWallet, paying: Paying
) -> None:
    token = assembly.links.make("order", paying.order.id)
    url = f"/api/v1/orders/{token}/wallet-payment"
    async with program(assembly) as client:
        client.headers.update(await signed_in(assembly, paying.ada))
        unasked = await client.get(url)
        assert (unasked.status_code, unasked.json()["code"]) == (404, "nwc.not_asked")
        asked = await client.post(url, json={"uma_address": "$ada@example.org"})
        assert (asked.status_code, asked.json()["state"]) == (202, "asking")
        assert paying.request.payment_hash is not None
        await payer_of(assembly).pay_invoice(paying.request.payment_hash)
        await paying.flow.ask_due()
        told = no_secret(await client.get(url), theirs).json()
        assert (told["state"], told["fees_msat"], told["amount_msat"]) == ("paid", 1000, 50_000_000)
        assert (await client.post(url, json={})).json()["code"] == "nwc.nothing_to_pay"
        stranger = await client.post(f"/api/v1/orders/{'x' * 22}/wallet-payment", json={})
    assert stranger.status_code == 404


async def form_token(client: httpx2.AsyncClient, url: str) -> str:
    """The token of this page's forms."""
    [token, *_] = re.findall(r'name="csrf" value="([^"]+)"', (await client.get(url)).text)
    return str(token)


async def test_the_page_connects_shows_looks_and_disconnects(
    assembly: Assembly, theirs: PlayedWallet
) -> None:
    ada = await somebody(assembly)
    async with browser(assembly) as client:
        away = await client.get("/account/wallet")
        assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=%2Faccount%2Fwallet")
        client.headers.update(await signed_in(assembly, ada))
        assert "Connected Lightning wallet" in (await client.get("/account")).text
        csrf = await form_token(client, "/account/wallet?next=/events")
        typed = {"csrf": csrf, "uri": theirs.uri.replace("&secret", "&s"), "next": "/events"}
        wrong = await client.post("/account/wallet", data=typed)
        assert wrong.status_code == 422
        assert "The secret of this connection is missing or damaged" in said(wrong)
        assert theirs.keys.public_key().to_hex() not in wrong.text, "what was typed is not said back"
        done = await client.post("/account/wallet", data={**typed, "uri": theirs.uri})
        assert (done.status_code, done.headers["location"]) == (303, "/events")
        shown = no_secret(await client.get("/account/wallet"), theirs)
        for words in (
            "Ada's phone",
            "100,000\u00a0sats left of 100,000\u00a0sats",
            "Has not paid anything yet",
            "regtest",
        ):
            assert words in said(shown)
        theirs.used_msat = 90_000_000
        await client.post("/account/wallet/look", data={"csrf": csrf})
        assert "10,000\u00a0sats left of 100,000\u00a0sats" in said(await client.get("/account/wallet"))
        await client.post("/account/wallet/disconnect", data={"csrf": csrf})
        assert "Ada's phone" not in (await client.get("/account/wallet")).text


async def test_a_form_from_elsewhere_or_to_elsewhere_does_nothing(
    assembly: Assembly, theirs: PlayedWallet
) -> None:
    ada = await somebody(assembly)
    token = (await signed_in(assembly, ada))["authorization"].partition(" ")[2]
    async with browser(assembly) as client:
        client.cookies.set("__Host-admitone", token)
        client.cookies.set("admitone", token)
        forged = await client.post("/account/wallet", data={"uri": theirs.uri, "csrf": "x"})
        assert forged.status_code == 403
        csrf = await form_token(client, "/account/wallet")
        typed = {"csrf": csrf, "uri": theirs.uri, "next": "//evil.example/"}
        done = await client.post("/account/wallet", data=typed)
    assert done.headers["location"] == "/account/wallet"


async def test_the_orders_page_has_its_buyers_wallet_pay(assembly: Assembly, paying: Paying) -> None:
    token = assembly.links.make("order", paying.order.id)
    async with browser(assembly) as client:
        client.headers.update(await signed_in(assembly, paying.ada))
        csrf = await form_token(client, "/account/wallet")
        done = await client.post(f"/orders/{token}/bitcoin/wallet", data={"csrf": csrf})
        assert (done.status_code, done.headers["location"]) == (303, f"/orders/{token}/bitcoin?way=connected")
        assert "Your wallet is asked to pay" in said(await client.get(f"/orders/{token}/bitcoin"))
        await paying.flow.ask_due()
    assert paying.asked("pay_invoice") == [paying.request.bolt11]
