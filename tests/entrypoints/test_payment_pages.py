"""The payments pages and their REST: set up by owners, in sentences, and no key ever comes out again."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.payments import Mode
from admitone.values.actor import SYSTEM, Role
from tests.flows.test_payment_modes import live_account
from tests.support.organiser_desk import Desk, desk, on_sale, said
from tests.support.payment_setup_rig import PAYSTACK_KEY, STRIPE_KEYS, setup_rig, wired_site

pytestmark = pytest.mark.asyncio
WRONG = "sk_test_" + "f" * 32


@pytest.fixture
async def site(assembly: Assembly) -> Assembly:
    return wired_site(assembly)


@pytest.fixture
async def ann(site: Assembly) -> AsyncIterator[Desk]:
    async with desk(site, "ann") as found:
        yield found


def _page(who: Desk) -> str:
    return f"{who.base}/payments"


async def _accounts(site: Assembly) -> list[tuple[str, str, str]]:
    async with site.database.reading() as reader:
        rows = await reader.execute(
            text(
                "SELECT provider, mode, state FROM payments_account WHERE organiser_id IS NOT NULL ORDER BY id"
            )
        )
        return [tuple(row) for row in rows]


async def _organiser_id(site: Assembly) -> str:
    async with site.database.reading() as reader:
        return str((await reader.execute(text("SELECT id FROM accounts_organiser"))).scalar_one())


async def test_an_account_is_added_by_its_form_and_its_key_never_comes_back(
    site: Assembly, ann: Desk
) -> None:
    form = f"{_page(ann)}/add/paystack/test"
    hook = re.search(r"http://testserver/webhooks/paystack/[0-9a-f-]{36}", (await ann.client.get(form)).text)
    assert hook is not None
    for key, sentence in (
        ("", "Please fill this in."),
        ("pk_live_nonsense", "This does not look like a secret key."),
        ("sk_live_" + "f" * 32, "This belongs to live mode, and you are setting up test mode."),
        (WRONG, "The provider does not accept these keys."),
    ):
        refused = await ann.send(form, form, {"secret_key": key})
        assert refused.status_code == 422
        assert sentence in said(refused)
        assert not key or key not in refused.text
    assert await _accounts(site) == []
    added = await ann.send(form, form, {"secret_key": PAYSTACK_KEY})
    assert (added.status_code, added.headers["location"]) == (303, _page(ann))
    shown = await ann.client.get(_page(ann))
    assert "Paystack is connected, and buyers can pay with it." in said(shown)
    assert f"…{PAYSTACK_KEY[-4:]}" in shown.text
    assert PAYSTACK_KEY[8:] not in shown.text
    assert hook.group() in shown.text
    assert await _accounts(site) == [("paystack", "test", "active")]
    again = await ann.client.get(form)
    assert again.headers["location"] == _page(ann), "there is one already"


async def test_an_account_is_paused_resumed_and_closed(site: Assembly, ann: Desk) -> None:
    form = f"{_page(ann)}/add/stripe/test"
    await ann.send(form, form, STRIPE_KEYS)
    [account_url] = set(re.findall(r'action="([^"]*)/look"', (await ann.client.get(_page(ann))).text))
    asked = await ann.client.get(f"{account_url}/close")
    assert "Close this account?" in said(asked)
    for verb, state in (("pause", "paused"), ("look", "paused"), ("resume", "active"), ("close", "closed")):
        sent = await ann.send(_page(ann), f"{account_url}/{verb}", {})
        assert sent.headers["location"] == _page(ann), verb
        assert [one[2] for one in await _accounts(site)] == [state], verb
    assert (await ann.send(_page(ann), f"{account_url}/explode", {})).status_code == 404
    assert (await ann.client.get(f"{account_url}/close")).status_code == 404


async def test_the_sites_own_account_is_left_and_used(site: Assembly, ann: Desk) -> None:
    use, leave = (f"{_page(ann)}/sites/sandbox/test/{verb}" for verb in ("use", "leave"))
    assert "Sandbox bank" in said(await ann.client.get(_page(ann)))
    await ann.send(_page(ann), leave, {})
    shown = said(await ann.client.get(_page(ann)))
    assert "Not used" in shown
    assert (await ann.send(_page(ann), use.replace("/use", "/explode"), {})).status_code == 404
    await ann.send(_page(ann), use, {})
    assert (await ann.send(_page(ann), use.replace("/use", "/explode"), {})).status_code == 404
    assert "Not used" not in said(await ann.client.get(_page(ann)))


async def test_going_live_says_what_it_takes_and_does_it(site: Assembly, ann: Desk) -> None:
    await on_sale(ann)
    mode = f"{_page(ann)}/mode"
    public = said(await ann.client.get("/e/harbour"))
    assert "Test mode: play money." in public
    asked = said(await ann.client.get(f"{mode}?to=live"))
    assert "No live payment account can take payments yet." in asked
    assert (await ann.send(_page(ann), mode, {"to": "live"})).status_code == 409
    rig = setup_rig(site)
    await live_account(rig, None)
    site.payment_accounts.forget()
    asked = said(await ann.client.get(f"{mode}?to=live"))
    assert "Nothing has been sold for play money, so nothing is cancelled." in asked
    sent = await ann.send(f"{mode}?to=live", mode, {"to": "live"})
    assert sent.headers["location"] == _page(ann)
    shown = said(await ann.client.get(_page(ann)))
    assert "You sell for real money now." in shown
    assert "Test mode: play money." not in shown
    back = said(await ann.client.get(f"{mode}?to=test"))
    assert "is on sale for real money. End its sale first" in back


async def test_only_owners_come_in(site: Assembly, ann: Desk) -> None:
    for role in (Role.MANAGER, Role.DOOR):
        async with desk(site, role.value, role, of=ann.slug) as other:
            assert (await other.client.get(_page(ann))).status_code == 403
            for path in ("/add/stripe/test", "/mode?to=live", "/connect/stripe/test"):
                assert (await other.client.get(_page(ann) + path)).status_code == 403
            assert "Payments" not in said(await other.client.get(ann.base)).replace("Test mode", "")
    assert await _accounts(site) == []


async def test_an_account_is_opened_without_keys_and_comes_back(site: Assembly, ann: Desk) -> None:
    rig = setup_rig(site)
    await rig.setup.add(SYSTEM, None, "stripe", Mode.TEST, STRIPE_KEYS)
    form = f"{_page(ann)}/connect/stripe/test"
    assert "Stripe, without keys" in said(await ann.client.get(_page(ann)))
    assert (await ann.send(form, form, {"country": "XX"})).status_code == 422
    begun = await ann.send(form, form, {"country": "DE"})
    assert begun.status_code == 200
    assert "Go on at Stripe" in said(begun)
    back = await ann.client.get(f"{_page(ann)}/connected/stripe/test")
    assert back.headers["location"] == _page(ann)
    assert "Stripe still wants to know" in said(await ann.client.get(_page(ann)))
    assert await _accounts(site) == [("stripe", "test", "onboarding")]


async def test_rest_does_the_same_without_secrets(site: Assembly, ann: Desk) -> None:
    organiser = f"/api/v1/organisers/{await _organiser_id(site)}"
    base = f"{organiser}/payment-accounts"
    headers = {"x-csrf-token": (await ann.fields(ann.base + "/new-event"))["csrf"]}

    async def send(verb: str, url: str, body: object) -> httpx2.Response:
        return await ann.client.request(verb, url, json=body, headers=headers)

    found = (await ann.client.get(base)).json()
    assert found["mode"] == "test"
    assert [one["provider"] for one in found["sites_own"]] == ["sandbox"]
    assert {"stripe", "paystack", "paypal"} <= {one["provider"] for one in found["addable"]}
    refused = await send(
        "POST", base, {"provider": "paystack", "mode": "test", "credentials": {"secret_key": WRONG}}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "payments.bad_credentials")
    made = await send(
        "POST", base, {"provider": "paystack", "mode": "test", "credentials": {"secret_key": PAYSTACK_KEY}}
    )
    assert made.status_code == 201
    assert made.json()["keys"] == {"secret_key": f"…{PAYSTACK_KEY[-4:]}"}
    assert PAYSTACK_KEY[8:] not in made.text + (await ann.client.get(base)).text
    one = f"{base}/{made.json()['id']}"
    assert (await send("PATCH", one, {"is_paused": True})).json()["state"] == "paused"
    assert (await send("PATCH", one, {"is_paused": False})).json()["state"] == "active"
    leave = {"provider": "sandbox", "mode": "test", "is_used": False}
    assert (await send("PUT", f"{base}/sites-own", leave)).status_code == 204
    assert (await ann.client.get(base)).json()["sites_own"][0]["is_used"] is False
    assert (await send("DELETE", one, None)).status_code == 204
    assert (await ann.client.get(base)).json()["accounts"] == []
    seen = (await ann.client.get(f"{organiser}/payment-mode")).json()
    assert (seen["mode"], seen["in_the_way"], seen["play_orders"]) == ("test", [], 0)
    # Nothing for sale yet costs anything, so nothing is in the way.
    assert (await send("PUT", f"{organiser}/payment-mode", {"mode": "live"})).json() == {"mode": "live"}
    away = await send("PUT", f"{organiser}/payment-mode", {"mode": "played"})
    assert away.status_code == 422
