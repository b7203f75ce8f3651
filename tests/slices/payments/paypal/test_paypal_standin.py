"""The stand-in itself: its page, its books of keys, its webhooks, its file; and once over real connections."""

import asyncio
import json
import os
import stat
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admitone.entrypoints.standins.paypal import CERTIFICATE_PATH, Mishap, StandIn, create_app
from admitone.payments import Ask, NoticeRead, Outcome
from admitone.payments.kinds import Mode
from admitone.payments.providers.paypal import PayPalKind, Place, Trust
from admitone.plumbing.outgoing import open_client
from admitone.values.clock import FrozenClock, SystemClock
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_paypal import (
    CREDENTIALS,
    MERCHANT,
    NOTICE_URL,
    ORIGIN,
    PayPalLine,
    account_sheet,
    signer,
)
from tests.support.waiting import eventually_async


def an_ask(now: FrozenClock | SystemClock, description: str = "Order 7K3M9QXYZ") -> Ask:
    until = now.now() + timedelta(minutes=15)
    return Ask(uuid7(), "paypal", "EUR", 2500, description, "https://tickets.example/o?x=1", until)


async def asked(line: PayPalLine, method: str, path: str, **more: Any) -> httpx2.Response:
    """A request with a good token, past the adapter."""
    login = (MERCHANT.client_id, MERCHANT.client_secret)
    token = await line.client.post(
        f"{ORIGIN}/v1/oauth2/token", data={"grant_type": "client_credentials"}, auth=login
    )
    headers = {"authorization": f"Bearer {token.json()['access_token']}", **more.pop("headers", {})}
    return await line.client.request(method, ORIGIN + path, headers=headers, **more)


# The page


async def test_the_page_says_what_is_paid_and_that_no_money_moves() -> None:
    line = PayPalLine()
    prompt = await line.provider.start(an_ask(line.clock, "<script>alert('x')</script> & two"))
    assert prompt.redirect_url is not None
    page = await line.client.get(prompt.redirect_url)
    assert page.status_code == 200
    for said in (
        "25.00 EUR",
        "no real money moves",
        "Pay 25.00 EUR",
        "Decline",
        "Cancel",
        "width=device-width",
    ):
        assert said in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (await line.client.get(f"{ORIGIN}/checkoutnow?token=NOBODY")).status_code == 404


@pytest.mark.parametrize(
    ("choice", "outcome"),
    [("pay", Outcome.PAID), ("decline", Outcome.FAILED), ("cancel", Outcome.PENDING)],
)
async def test_each_button_leads_back_to_the_shop(choice: str, outcome: Outcome) -> None:
    line = PayPalLine()
    ask = an_ask(line.clock)
    ref = (await line.provider.start(ask)).provider_ref
    answer = await line.client.post(f"{ORIGIN}/checkoutnow", data={"token": ref, "choice": choice})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"https://tickets.example/o?x=1&token={ref}")
    assert (await line.provider.status(ask.attempt_id, ref)).outcome is outcome
    wrong = await line.client.post(f"{ORIGIN}/checkoutnow", data={"token": ref, "choice": "steal"})
    assert wrong.status_code == 404


# The interface


async def test_nobody_is_let_in_without_the_right_keys() -> None:
    line = PayPalLine()
    url = f"{ORIGIN}/v1/oauth2/token"
    for login in (("x", "y"), (MERCHANT.client_id, "y"), ("", "")):
        answer = await line.client.post(url, data={"grant_type": "client_credentials"}, auth=login)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    for header in ({}, {"authorization": "Bearer made-up"}):
        refused = await line.client.get(f"{ORIGIN}/v2/checkout/orders/X", headers=header)
        assert (refused.status_code, refused.json()["name"]) == (401, "AUTHENTICATION_FAILURE")


async def test_a_key_is_kept_with_its_answer_and_its_body() -> None:
    line = PayPalLine()
    context = {"return_url": "https://t.example/r", "cancel_url": "https://t.example/c"}
    body: dict[str, Any] = {
        "intent": "CAPTURE",
        "purchase_units": [{"amount": {"currency_code": "EUR", "value": "25.00"}}],
        "payment_source": {"paypal": {"experience_context": context}},
    }
    orders, key = "/v2/checkout/orders", {"paypal-request-id": "K1"}
    first = await asked(line, "POST", orders, json=body, headers=key)
    again = await asked(line, "POST", orders, json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    body["purchase_units"][0]["amount"]["value"] = "26.00"
    other = await asked(line, "POST", orders, json=body, headers=key)
    assert (other.status_code, other.json()["details"][0]["issue"]) == (422, "DUPLICATE_REQUEST_ID")
    assert len(line.standin.company.state.orders) == 1


@pytest.mark.parametrize(
    ("amount", "issue"),
    [
        ({"currency_code": "EUR", "value": "0.00"}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ({"currency_code": "EUR", "value": "1.001"}, "DECIMAL_PRECISION"),
        ({"currency_code": "JPY", "value": "1.5"}, "DECIMALS_NOT_SUPPORTED"),
        ({"currency_code": "NGN", "value": "1.50"}, "INVALID_CURRENCY_CODE"),
        ({"currency_code": "EUR", "value": 10}, "INVALID_PARAMETER_SYNTAX"),
        ({"value": "1.00"}, "INVALID_CURRENCY_CODE"),
    ],
)
async def test_amounts_paypal_would_not_take_are_not_taken(amount: dict[str, Any], issue: str) -> None:
    line = PayPalLine()
    body = {"intent": "CAPTURE", "purchase_units": [{"amount": amount}]}
    answer = await asked(line, "POST", "/v2/checkout/orders", json=body)
    assert answer.json()["details"][0]["issue"] == issue


async def test_nothing_is_taken_before_the_buyer_agrees_and_nothing_sent_back_twice() -> None:
    line = PayPalLine()
    ask = an_ask(line.clock)
    ref = (await line.provider.start(ask)).provider_ref
    early = await asked(line, "POST", f"/v2/checkout/orders/{ref}/capture", json={})
    assert early.json()["details"][0]["issue"] == "ORDER_NOT_APPROVED"
    ref = await line.agreed(an_ask(line.clock))
    done = await asked(line, "POST", f"/v2/checkout/orders/{ref}/capture", json={})
    twice = await asked(line, "POST", f"/v2/checkout/orders/{ref}/capture", json={})
    assert twice.json()["details"][0]["issue"] == "ORDER_ALREADY_CAPTURED"
    capture = done.json()["purchase_units"][0]["payments"]["captures"][0]
    assert capture["seller_receivable_breakdown"]["paypal_fee"]["value"] == "1.13"
    path = f"/v2/payments/captures/{capture['id']}/refund"
    assert (await asked(line, "POST", path, json={})).json()["amount"]["value"] == "25.00"
    assert (await asked(line, "POST", path, json={})).json()["details"][0][
        "issue"
    ] == "CAPTURE_FULLY_REFUNDED"
    malformed = await asked(line, "POST", path, content=b"{", headers={"content-type": "application/json"})
    assert malformed.status_code == 400


# Webhooks


class Postbox:
    """Where webhooks come in; refuses as often as it is told."""

    def __init__(self, refusals: int = 0) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.refusals = refusals

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.MockTransport(self._take))

    def _take(self, request: httpx2.Request) -> httpx2.Response:
        assert str(request.url) == NOTICE_URL
        if self.refusals:
            self.refusals -= 1
            return httpx2.Response(503)
        self.got.append((dict(request.headers), request.content))
        return httpx2.Response(200)

    async def read(self, line: PayPalLine) -> list[NoticeRead | None]:
        return [await line.provider.read_notice(headers, body) for headers, body in self.got]


async def test_webhooks_come_signed_doubled_late_or_not_at_all() -> None:
    line, postbox = PayPalLine(), Postbox()
    line.standin.knobs.copies = 2
    line.standin.knobs.delay_seconds = 30
    ref = await line.agreed(an_ask(line.clock))
    assert await line.standin.deliver_due(postbox.client()) == 0
    line.clock.move(seconds=32)
    assert await line.standin.deliver_due(postbox.client()) == 2
    notices = await postbox.read(line)
    assert len(set(notices)) == 1
    assert notices[0] is not None
    assert notices[0].provider_ref == ref
    assert len({headers["paypal-transmission-id"] for headers, _ in postbox.got}) == 2
    line.standin.knobs.copies = 0
    await line.agreed(an_ask(line.clock))
    line.clock.move(seconds=3_600)
    assert await line.standin.deliver_due(postbox.client()) == 0


async def test_webhooks_come_in_another_order_when_mixed_up() -> None:
    line, postbox = PayPalLine(), Postbox()
    line.standin.knobs.is_mixed_up = True
    for _ in range(2):
        await line.agreed(an_ask(line.clock))
    line.clock.move(seconds=10)
    await line.standin.deliver_due(postbox.client())
    happened = [one["id"] for one in line.standin.company.state.events]
    assert [json.loads(body)["id"] for _, body in postbox.got] == happened[::-1]


async def test_a_webhook_nobody_took_comes_again() -> None:
    line, postbox = PayPalLine(), Postbox(refusals=2)
    await line.agreed(an_ask(line.clock))
    for wait in (0, 2, 4):
        line.clock.move(seconds=wait)
        await line.standin.deliver_due(postbox.client())
    assert len(postbox.got) == 1
    assert line.standin.company.state.deliveries == []


# The file


async def test_a_stand_in_started_again_has_forgotten_nothing(tmp_path: Path) -> None:
    clock, kept = FrozenClock(SystemClock().now()), tmp_path / "paypal.json"

    def started() -> tuple[StandIn, httpx2.AsyncClient]:
        app = create_app(MERCHANT, ORIGIN, clock=clock, path=kept)
        return app.state.standin, httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app))

    before, client = started()
    ask, sheet = an_ask(clock), account_sheet()
    ref = (await PayPalKind(client, clock, places(before)).open(sheet, CREDENTIALS).start(ask)).provider_ref
    await client.post(f"{ORIGIN}/checkoutnow", data={"token": ref, "choice": "pay"})
    after, client = started()
    provider = PayPalKind(client, clock, places(after)).open(sheet, CREDENTIALS)
    assert (await provider.start(ask)).provider_ref == ref
    assert (await provider.status(ask.attempt_id, ref)).outcome is Outcome.PAID
    assert after.root_pem == before.root_pem
    assert after.company.state.deliveries[0].event_id == before.company.state.events[0]["id"]
    for name in ("paypal.json", "paypal.signer"):
        assert stat.S_IMODE(os.stat(tmp_path / name).st_mode) == 0o600


def places(standin: StandIn, origin: str = ORIGIN) -> dict[Mode, Place]:
    trust = Trust(addresses=f"{origin}{CERTIFICATE_PATH}", roots=standin.root_pem)
    return {Mode.TEST: Place(origin, origin, trust)}


# Over real connections


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """The application on a port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="on"))
    running = asyncio.create_task(server.serve())

    async def is_up() -> bool:
        return server.started

    await eventually_async(is_up)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


async def test_a_purchase_over_real_connections_with_all_that_can_go_wrong() -> None:
    clock = SystemClock()
    got: list[tuple[dict[str, str], bytes]] = []

    async def take(request: Request) -> Response:
        got.append((dict(request.headers), await request.body()))
        return Response()

    async with served(Starlette(routes=[Route("/webhooks/paypal", take, methods=["POST"])])) as ours:
        merchant = replace(MERCHANT, webhook_url=f"{ours}/webhooks/paypal")
        app = create_app(merchant, "http://standin.invalid", signer=signer())
        standin: StandIn = app.state.standin
        async with served(app) as origin, open_client() as client:
            standin.company.origin = origin
            provider = PayPalKind(client, clock, places(standin, origin)).open(account_sheet(), CREDENTIALS)
            ask = an_ask(clock)
            standin.knobs.mishaps["create_order"] = deque([Mishap.NEVER_ARRIVED, Mishap.ANSWER_LOST])
            for _ in range(2):
                assert (await provider.start(ask)).status.outcome is Outcome.UNKNOWN
            prompt = await provider.start(ask)
            assert prompt.redirect_url is not None
            assert prompt.redirect_url.startswith(origin)
            assert len(standin.company.state.orders) == 1
            page = await client.get(prompt.redirect_url)
            assert "no real money moves" in page.text
            await client.post(
                f"{origin}/checkoutnow", data={"token": prompt.provider_ref or "", "choice": "pay"}
            )

            async def is_told() -> bool:
                return bool(got)

            await eventually_async(is_told)
            notice = await provider.read_notice(*got[0])
            assert notice is not None
            assert notice.provider_ref == prompt.provider_ref
            paid = await provider.status(ask.attempt_id, prompt.provider_ref)
            assert (paid.outcome, paid.paid_minor) == (Outcome.PAID, 2500)
