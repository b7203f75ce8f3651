"""The adapter against somebody else's Stripe: localstripe, in a process of its own.

It has payment intents, refunds and signed webhooks; no hosted page, no connected accounts, no search, no keys, and no
limit on refunds. It takes no description of an intent and does not say what was received, so that is added here.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn import Config, Server

from admitone.payments import Outcome, RefundAsk, RefundOutcome
from admitone.payments.provider import About, NoticeRead
from admitone.payments.providers.stripe import StripeProvider
from admitone.plumbing.outgoing import Client
from admitone.values.clock import SystemClock
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_stripe import (
    CREDENTIALS,
    SECRET_KEY,
    WEBHOOK_SECRET,
    StripeWire,
    account_sheet,
)
from tests.slices.payments.stripe.test_stripe_payments import ask_of
from tests.support.ports import free_port
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.asyncio
AUTH = {"Authorization": f"Bearer {SECRET_KEY}"}


class Completing(httpx2.AsyncBaseTransport):
    """Adds to localstripe's payment intents the one field that Stripe's always have."""

    def __init__(self) -> None:
        self._inner = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(request)
        body = await answer.aread()
        if answer.status_code != 200 or not request.url.path.startswith("/v1/payment_intents"):
            return httpx2.Response(answer.status_code, content=body)
        intent = json.loads(body)
        assert "amount_received" not in intent, "localstripe says it now; this can go"
        intent["amount_received"] = intent["amount"] if intent["status"] == "succeeded" else 0
        return httpx2.Response(200, json=intent)

    async def aclose(self) -> None:
        await self._inner.aclose()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client on a real wire."""
    async with httpx2.AsyncClient(transport=Completing(), timeout=10) as opened:
        yield opened


@pytest.fixture
async def url(tmp_path: Path, client: Client) -> AsyncIterator[str]:
    """The address of a localstripe that has seen nothing yet."""
    port = free_port()
    code = (
        "from aiohttp import web; import localstripe.server as s; "
        f"web.run_app(s.app, host='127.0.0.1', port={port}, print=None)"
    )
    quiet = asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=tmp_path, stdout=quiet, stderr=quiet
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await eventually_async(lambda: _answers(client, address), 60)
        yield address
    finally:
        child.terminate()
        await child.wait()


async def _answers(client: Client, address: str) -> bool:
    try:
        return (await client.get(f"{address}/v1/balance", headers=AUTH)).status_code < 500
    except httpx2.TransportError:
        return False


async def _has_started(server: Server) -> bool:
    return server.started


def provider_at(url: str, client: Client) -> StripeProvider:
    sheet = account_sheet(options={"payment_intents": "on"})
    return StripeProvider(sheet, CREDENTIALS, client, SystemClock(), api_url=url, files_url=url)


async def confirm(client: Client, url: str, ref: str) -> None:
    """What Stripe's form does in a buyer's browser."""
    card = {
        "type": "card",
        "card[number]": "4242424242424242",
        "card[exp_month]": "12",
        "card[exp_year]": "2040",
    }
    made = await client.post(f"{url}/v1/payment_methods", data={**card, "card[cvc]": "123"}, headers=AUTH)
    made.raise_for_status()
    path = f"{url}/v1/payment_intents/{ref}"
    for step, data in ((path, {"payment_method": made.json()["id"]}), (f"{path}/confirm", {})):
        (await client.post(step, data=data, headers=AUTH)).raise_for_status()


async def test_a_payment_is_made_and_sent_back_at_somebody_elses_stripe(url: str, client: Client) -> None:
    provider = provider_at(url, client)
    ask = replace(ask_of(StripeWire(), "card"), description="")
    prompt = await provider.start(ask)
    assert prompt.status.outcome is Outcome.PENDING
    ref = prompt.provider_ref
    assert ref is not None and prompt.instructions["client_secret"].startswith(ref)
    unpaid = await provider.refund(RefundAsk(uuid7(), ref, "EUR", 2500, "cancelled"))
    assert (unpaid.outcome, unpaid.reason) == (RefundOutcome.FAILED, "not_paid")
    await confirm(client, url, ref)
    status = await provider.status(ask.attempt_id, ref)
    assert (status.outcome, status.paid_minor, status.currency) == (Outcome.PAID, 2500, "EUR")
    assert status.attempt_id == ask.attempt_id
    part = RefundAsk(uuid7(), ref, "EUR", 1000, "cancelled")
    done = await provider.refund(part)
    assert done.outcome is RefundOutcome.DONE
    # Found among the payment's refunds, so not sent twice although localstripe keeps no keys.
    assert await provider.refund(part) == done
    assert await provider.refund_status(part.refund_id, ref, None) == done
    again = await provider.refund(replace(part, refund_id=uuid7()))
    assert again.outcome is RefundOutcome.DONE and again.provider_ref != done.provider_ref


async def test_a_webhook_of_somebody_elses_stripe_is_genuine(url: str, client: Client) -> None:
    got: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def take(request: Request) -> Response:
        await got.put((dict(request.headers), await request.body()))
        return Response()

    port = free_port()
    server = Server(
        Config(Starlette(routes=[Route("/", take, methods=["POST"])]), "127.0.0.1", port, log_level="error")
    )
    serving = asyncio.create_task(server.serve())
    try:
        await eventually_async(lambda: _has_started(server))
        hook = {"url": f"http://127.0.0.1:{port}/", "secret": WEBHOOK_SECRET}
        await client.post(f"{url}/_config/webhooks/one", json=hook)
        provider = provider_at(url, client)
        prompt = await provider.start(replace(ask_of(StripeWire(), "card"), description=""))
        assert prompt.provider_ref is not None
        await confirm(client, url, prompt.provider_ref)
        notices: list[NoticeRead] = []
        async with asyncio.timeout(60):
            while not notices:
                headers, body = await got.get()
                notice = await provider.read_notice(headers, body)
                notices += [] if notice is None else [notice]
        assert (notices[0].about, notices[0].provider_ref) == (About.PAYMENT, prompt.provider_ref)
    finally:
        server.should_exit = True
        await serving
