"""The stand-in itself: its page, its webhooks, its memory, and answers in the form Stripe's own examples have."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admitone.entrypoints.standins.stripe import (
    PLATFORM,
    Endpoint,
    StandIn,
    create_app,
    finish_account,
    open_dispute,
)
from admitone.payments import Outcome, RefundAsk
from admitone.payments.provider import NoticeRead
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_stripe import (
    CONNECT_SECRET,
    ENDPOINTS,
    ORIGIN,
    SECRET_KEY,
    WEBHOOK_SECRET,
    StripeWire,
)
from tests.slices.payments.stripe.test_stripe_connect import connected, split_payment
from tests.slices.payments.stripe.test_stripe_payments import ask_of
from tests.support.provider_documents import FOLDER

pytestmark = pytest.mark.asyncio
AUTH = {"Authorization": f"Bearer {SECRET_KEY}"}


class Receiver:
    """Our side of the webhooks: what came, and how it is answered."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Mapping[str, str], bytes]] = []
        self.status = 200

    async def take(self, request: Request) -> Response:
        self.got.append((request.url.path, dict(request.headers), await request.body()))
        return Response(status_code=self.status)

    def client(self) -> httpx2.AsyncClient:
        app = Starlette(routes=[Route("/{path:path}", self.take, methods=["POST"])])
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app))

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, _, body in self.got]


def received(wire: StripeWire) -> Receiver:
    receiver = Receiver()
    wire.stand_in.posting._client = receiver.client()
    return receiver


async def page_of(wire: StripeWire) -> tuple[str, str]:
    prompt = await wire.stripe.start(ask_of(wire))
    assert prompt.redirect_url is not None and prompt.provider_ref is not None
    return prompt.redirect_url, prompt.provider_ref


async def test_a_buyer_pays_on_the_page_and_comes_back() -> None:
    wire = StripeWire()
    url, ref = await page_of(wire)
    async with wire.client() as browser:
        page = await browser.get(url)
        assert page.status_code == 200
        assert "No real money moves" in page.text
        assert "25.00 EUR" in page.text and "Order 7K3M9QXYZ" in page.text
        declined = await browser.post(url, data={"decision": "decline"})
        assert "declined" in declined.text
        left = await browser.post(url, data={"decision": "cancel"})
        assert (left.status_code, left.headers["location"]) == (303, "https://tickets.example/orders/abc")
        assert (await wire.stripe.status(uuid7(), ref)).outcome is Outcome.PENDING
        paid = await browser.post(url, data={"decision": "pay"})
        assert (paid.status_code, paid.headers["location"]) == (303, "https://tickets.example/orders/abc")
        assert (await wire.stripe.status(uuid7(), ref)).outcome is Outcome.PAID
        again = await browser.post(url, data={"decision": "pay"})
        assert "is paid" in again.text
        assert len(list(wire.stand_in.books.all("charge"))) == 1
        assert (await browser.get(f"{ORIGIN}/c/pay/cs_nothing")).status_code == 404


async def test_nothing_a_shop_sends_becomes_markup() -> None:
    wire = StripeWire()
    url, ref = await page_of(wire)
    session = wire.stand_in.books.get("checkout.session", ref)
    session |= {
        "_lines": ["<script>alert(1)</script>"],
        "status": "expired",
        "cancel_url": "javascript:alert(1)",
    }
    async with wire.client() as browser:
        assert "javascript:" not in (await browser.get(url)).text
        session["status"] = "open"
        assert "<script" not in (await browser.get(url)).text


async def test_the_overview_lets_a_demo_dispute_and_pay_out() -> None:
    wire = StripeWire()
    _, ref = await page_of(wire)
    wire.stand_in.settling.pay(ref)
    charge = next(wire.stand_in.books.all("charge"))
    async with wire.client() as browser:
        assert "Dispute it" in (await browser.get(f"{ORIGIN}/")).text
        await browser.post(f"{ORIGIN}/", data={"what": "payout", "ref": PLATFORM})
        await browser.post(f"{ORIGIN}/", data={"what": "dispute", "ref": charge["id"]})
        dispute = next(wire.stand_in.books.all("dispute"))
        await browser.post(f"{ORIGIN}/", data={"what": "won", "ref": dispute["id"]})
    assert dispute["status"] == "won"
    assert len(list(wire.stand_in.books.all("payout"))) == 1


async def test_money_that_takes_days_arrives_when_the_overview_says_so() -> None:
    for decision, outcome in (("arrives", Outcome.PAID), ("fails", Outcome.FAILED)):
        wire = StripeWire()
        url, ref = await page_of(wire)
        async with wire.client() as browser:
            assert (await browser.post(url, data={"decision": "later"})).status_code == 303
            assert (await wire.stripe.status(uuid7(), ref)).outcome is Outcome.SEEN
            assert "It arrives" in (await browser.get(f"{ORIGIN}/")).text
            for _ in range(2):
                await browser.post(f"{ORIGIN}/", data={"what": decision, "ref": ref})
        assert (await wire.stripe.status(uuid7(), ref)).outcome is outcome
        assert len(list(wire.stand_in.books.all("charge"))) == (decision == "arrives")


async def test_an_organiser_answers_stripes_questions_on_a_page() -> None:
    wire = StripeWire()
    onboards = wire.stripe.roles.onboards
    assert onboards is not None
    back = "https://tickets.example/organisers/1"
    invitation = await onboards.invite(uuid7(), None, email="ada@example.org", country="DE", return_url=back)
    async with wire.client() as browser:
        assert "ada@example.org" in (await browser.get(invitation.url)).text
        done = await browser.post(invitation.url)
    assert (done.status_code, done.headers["location"]) == (303, back)
    assert (await onboards.look_at(invitation.account_ref)).can_take


async def test_webhooks_are_genuine_to_stripes_library_and_to_us() -> None:
    wire = StripeWire()
    receiver = received(wire)
    account = await connected(wire)
    ref = await split_payment(wire, account)
    await wire.stripe.refund(RefundAsk(uuid7(), ref, "EUR", 100, "cancelled", split_back_minor=10))
    open_dispute(wire.stand_in.books, next(wire.stand_in.books.all("charge"))["id"])
    assert await wire.stand_in.posting.send_due() == len(receiver.got) > 5
    notices = []
    for path, headers, body in receiver.got:
        secret = CONNECT_SECRET if path.endswith("connect") else WEBHOOK_SECRET
        told = stripe.Webhook.construct_event(body, headers["stripe-signature"], secret)
        assert told.id.startswith("evt_")
        notices.append(await wire.stripe.read_notice(headers, body))
    named = {(one.about, one.provider_ref) for one in notices if isinstance(one, NoticeRead)}
    assert {about.value for about, _ in named} == {"payment", "refund", "dispute", "account"}
    assert ("payment", ref) in named and ("account", account) in named


async def test_webhooks_come_twice_late_mixed_up_or_never() -> None:
    wire = StripeWire()
    receiver = received(wire)
    habits = wire.stand_in.posting.habits
    habits.copies, habits.is_mixed_up = 2, True
    _, ref = await page_of(wire)
    wire.stand_in.settling.pay(ref)
    await wire.stand_in.posting.send_due()
    assert receiver.types() == [
        *["checkout.session.completed"] * 2,
        *["payment_intent.succeeded"] * 2,
        *["charge.succeeded"] * 2,
    ]
    receiver.got.clear()
    habits.copies, habits.delay_seconds = 1, 60
    wire.stand_in.settling.pay((await page_of(wire))[1])
    assert await wire.stand_in.posting.send_due() == 0
    wire.clock.move(seconds=60)
    assert await wire.stand_in.posting.send_due() == 3
    habits.copies = 0
    wire.stand_in.settling.pay((await page_of(wire))[1])
    wire.clock.move(seconds=600)
    assert await wire.stand_in.posting.send_due() == 0


async def test_a_webhook_that_was_not_taken_is_sent_again_with_the_same_name() -> None:
    wire = StripeWire()
    receiver = received(wire)
    receiver.status = 503
    wire.stand_in.settling.pay((await page_of(wire))[1])
    assert await wire.stand_in.posting.send_due() == 0
    receiver.status = 200
    wire.clock.move(seconds=3600)
    assert await wire.stand_in.posting.send_due() == 3
    bodies = [body for _, _, body in receiver.got]
    assert bodies[:3] == bodies[3:]
    stamps = {headers["stripe-signature"].partition(",")[0] for _, headers, _ in receiver.got}
    assert len(stamps) == 2


async def test_a_demo_started_again_has_forgotten_nothing(tmp_path: Path) -> None:
    wire = StripeWire()
    path = tmp_path / "stripe.json"

    def begin() -> StandIn:
        return StandIn(wire.clock, secret_key=SECRET_KEY, public_url=ORIGIN, endpoints=ENDPOINTS, path=path)

    wire.stand_in = begin()
    wire.stripe = wire.open()
    ask = ask_of(wire)
    first = await wire.stripe.start(ask)
    async with wire.client() as browser:
        await browser.post(first.redirect_url or "", data={"decision": "pay"})
    wire.stand_in = begin()
    wire.stripe = wire.open()
    assert (await wire.stripe.status(ask.attempt_id, first.provider_ref)).outcome is Outcome.PAID
    assert (await wire.stripe.start(ask)).provider_ref == first.provider_ref
    assert len(wire.stand_in.books.deliveries) == 3


async def test_a_key_used_for_something_else_is_refused_as_stripe_does() -> None:
    wire = StripeWire()
    async with wire.client() as caller:
        headers = {**AUTH, "Idempotency-Key": "one"}
        body = {"amount": "500", "currency": "eur"}
        first = await caller.post(f"{ORIGIN}/v1/payment_intents", data=body, headers=headers)
        again = await caller.post(f"{ORIGIN}/v1/payment_intents", data=body, headers=headers)
        other = await caller.post(
            f"{ORIGIN}/v1/payment_intents", data={**body, "amount": "501"}, headers=headers
        )
        nobody = await caller.get(f"{ORIGIN}/v1/balance")
        wrong = await caller.get(f"{ORIGIN}/v1/balance", headers={"Authorization": "Bearer sk_test_x"})
        nothing = await caller.get(f"{ORIGIN}/v1/nothing", headers=AUTH)
    assert first.json() == again.json()
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert (nobody.status_code, wrong.status_code, nothing.status_code) == (401, 401, 404)
    assert SECRET_KEY not in wrong.text


async def test_it_posts_webhooks_by_itself_while_it_runs() -> None:
    wire = StripeWire()
    receiver = received(wire)
    app = create_app(wire.stand_in)
    async with app.router.lifespan_context(app):
        wire.stand_in.settling.pay((await page_of(wire))[1])
        while len(receiver.got) < 3:
            await wire.stand_in.posting.send_due()
    assert sorted(receiver.types())[0] == "charge.succeeded"


async def test_live_keys_make_live_objects() -> None:
    wire = StripeWire()
    live = StandIn(
        wire.clock, secret_key="sk_live_0123456789", public_url=ORIGIN, endpoints=(Endpoint("http://x", "y"),)
    )
    assert live.books.is_live
    assert not wire.stand_in.books.is_live


def examples() -> Mapping[str, Any]:
    path = FOLDER / "stripe-fixtures.json"
    if not path.is_file():
        pytest.skip("the providers' API documents are not beside the repository (../shared/provider-apis)")
    resources: Mapping[str, Any] = json.loads(path.read_text("utf-8"))["resources"]
    return resources


# In Stripe's reference, and not in its examples, which have none that was split or failed.
BESIDES = {
    "charge": {"transfer"},
    "refund": {"failure_reason"},
    "event": {"account"},
}


async def test_answers_have_no_fields_that_stripes_examples_do_not_have() -> None:
    known = examples()
    wire = StripeWire()
    account = await connected(wire)
    ref = await split_payment(wire, account)
    await wire.stripe.refund(RefundAsk(uuid7(), ref, "EUR", 100, "cancelled", split_back_minor=10))
    open_dispute(wire.stand_in.books, next(wire.stand_in.books.all("charge"))["id"])
    finish_account(wire.stand_in.books, account)
    seen = set()
    for thing in wire.stand_in.books._things.values():
        kind, shown = thing["object"], wire.stand_in.books.shown(thing)
        seen.add(kind)
        assert set(shown) - set(known[kind]) <= BESIDES.get(kind, set()), kind
    assert seen >= {
        "checkout.session",
        "payment_intent",
        "charge",
        "refund",
        "dispute",
        "transfer",
        "account",
    }
