"""The wire to PayPal: one token for many, renewed in time, nothing secret said, nothing endless waited for."""

import asyncio
import json
from datetime import timedelta

import httpx2
import pytest
import structlog

from admitone.entrypoints.standins.paypal import Mishap
from admitone.payments import Outcome
from admitone.payments.account_status import BadCredentials, ProviderAway
from admitone.payments.kinds import Mode
from admitone.payments.provider import Ask
from admitone.payments.providers.paypal import PLACES, PayPalKind
from admitone.payments.providers.paypal.wire import NoAnswer, Wire
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_paypal import (
    CREDENTIALS,
    DOCUMENTS,
    MERCHANT,
    NOTICE_URL,
    PayPalLine,
    account_sheet,
)
from tests.support.provider_documents import provider_document

pytestmark = pytest.mark.asyncio
TOKEN = "/v1/oauth2/token"


@pytest.fixture
def line() -> PayPalLine:
    return PayPalLine()


def an_ask(line: PayPalLine) -> Ask:
    until = line.clock.now() + timedelta(minutes=15)
    return Ask(uuid7(), "paypal", "EUR", 2500, "Order", "https://tickets.example/o", until)


async def test_every_kind_of_request_is_one_that_paypals_documents_know(line: PayPalLine) -> None:
    for name in DOCUMENTS:
        provider_document(name)
    ask = an_ask(line)
    ref = await line.agreed(ask)
    await line.provider.status(ask.attempt_id, ref)
    await line.provider.cancel(ask.attempt_id, ref)
    await line.provider.look()
    async for _ in line.provider.recent(line.clock.now() - timedelta(hours=1)):
        pass
    assert len(line.watch.seen) > 8
    assert line.problems() == []


async def test_one_token_is_asked_for_however_many_ask_at_once(line: PayPalLine) -> None:
    await asyncio.gather(*(line.provider.start(an_ask(line)) for _ in range(20)))
    assert line.asked("POST", TOKEN) == 1


async def test_a_token_is_renewed_before_it_ends(line: PayPalLine) -> None:
    await line.provider.start(an_ask(line))
    line.clock.move(seconds=32_400 - 121)
    await line.provider.start(an_ask(line))
    assert line.asked("POST", TOKEN) == 1
    line.clock.move(seconds=2)
    await asyncio.gather(*(line.provider.start(an_ask(line)) for _ in range(5)))
    assert line.asked("POST", TOKEN) == 2


async def test_a_token_that_is_no_longer_good_is_replaced_once(line: PayPalLine) -> None:
    await line.provider.start(an_ask(line))
    line.standin.forget_tokens()
    prompts = await asyncio.gather(*(line.provider.start(an_ask(line)) for _ in range(5)))
    assert {one.status.outcome for one in prompts} == {Outcome.PENDING}
    assert line.asked("POST", TOKEN) == 2


async def test_wrong_keys_are_told_when_looked_at_and_unknown_when_used(line: PayPalLine) -> None:
    wrong = line.open(client_secret="E" * 30)
    with pytest.raises(BadCredentials):
        await wrong.look()
    prompt = await wrong.start(an_ask(line))
    assert (prompt.status.outcome, prompt.status.reason) == (Outcome.UNKNOWN, "not_let_in")
    status = await wrong.status(uuid7(), "5O190127TN364715T")
    assert (status.outcome, status.reason) == (Outcome.UNKNOWN, "not_let_in")
    assert line.standin.company.state.orders == {}


@pytest.mark.parametrize("mishap", [Mishap.NEVER_ARRIVED, Mishap.SERVER_ERROR, Mishap.GARBAGE])
async def test_a_token_desk_that_is_away_is_no_verdict_on_the_keys(line: PayPalLine, mishap: Mishap) -> None:
    line.mishap("token", mishap, mishap)
    with pytest.raises(ProviderAway):
        await line.provider.look()
    assert (await line.provider.start(an_ask(line))).status.outcome is Outcome.UNKNOWN
    assert (await line.provider.start(an_ask(line))).status.outcome is Outcome.PENDING


async def test_looking_says_whose_account_it_is_and_what_it_may(line: PayPalLine) -> None:
    seen = await line.provider.look()
    assert (seen.ref, seen.label, seen.country) == (MERCHANT.payer_id, MERCHANT.name, MERCHANT.country)
    assert (seen.can_take, seen.can_pay_out, seen.is_live, seen.missing) == (True, True, False, ())
    assert (await line.open(account_sheet(Mode.LIVE)).look()).is_live


async def test_looking_says_what_the_webhook_lacks(line: PayPalLine) -> None:
    assert (await line.open(webhook_id="9JE4291016473214C").look()).missing == ("webhook",)
    line.standin.company.merchant = MERCHANT.__class__(
        MERCHANT.client_id, MERCHANT.client_secret, webhook_url=NOTICE_URL + "/other"
    )
    assert (await line.provider.look()).missing == ("webhook_url",)


async def test_nothing_secret_is_said_in_logs_and_descriptions(line: PayPalLine) -> None:
    token = ""
    with structlog.testing.capture_logs() as logs:
        for mishap in (Mishap.NEVER_ARRIVED, Mishap.SERVER_ERROR, Mishap.GARBAGE):
            line.mishap("create_order", mishap)
            await line.provider.start(an_ask(line))
        await line.open(client_secret="E" * 30).start(an_ask(line))
    token = line.line.requests[1].headers["authorization"].removeprefix("Bearer ")
    told = json.dumps(logs) + repr(line.provider) + repr(vars(line.provider)) + repr(line.kind())
    assert logs
    for secret in (MERCHANT.client_secret, "E" * 30, token):
        assert secret not in told


async def test_a_redirect_is_not_followed(line: PayPalLine) -> None:
    asked: list[str] = []

    def moved(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.host)
        return httpx2.Response(302, headers={"location": "https://evil.example/"})

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(moved), follow_redirects=True)
    provider = PayPalKind(client, line.clock).open(line.sheet, CREDENTIALS)
    assert (await provider.start(an_ask(line))).status.outcome is Outcome.UNKNOWN
    assert asked == ["api-m.sandbox.paypal.com"]


async def test_an_answer_without_end_is_no_answer(line: PayPalLine) -> None:
    def endless(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=b"[" * (4 * 1024 * 1024 + 1))

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(endless))
    wire = Wire(client, line.clock, "https://api.example", "a", "b")
    with pytest.raises(NoAnswer, match="unreadable"):
        await wire.get("/x")


async def test_the_key_is_the_attempt_and_stands_in_the_order_too(line: PayPalLine) -> None:
    ask = an_ask(line)
    await line.provider.start(ask)
    sent = line.line.requests[-1]
    unit = json.loads(sent.content)["purchase_units"][0]
    assert sent.headers["paypal-request-id"] == str(ask.attempt_id)
    assert (unit["custom_id"], unit["reference_id"]) == (f"attempt-{ask.attempt_id}", str(line.sheet.id))


async def test_the_real_places_are_paypals_own() -> None:
    assert {place.api_url for place in PLACES.values()} == {
        "https://api-m.paypal.com",
        "https://api-m.sandbox.paypal.com",
    }
    assert all(place.trust.roots is None for place in PLACES.values())


async def test_an_account_opened_again_keeps_its_token_unless_its_keys_changed(line: PayPalLine) -> None:
    kind = line.kind()
    for secret in (MERCHANT.client_secret, MERCHANT.client_secret):
        await kind.open(line.sheet, {**CREDENTIALS, "client_secret": secret}).start(an_ask(line))
    assert line.asked("POST", TOKEN) == 1
    other = kind.open(line.sheet, {**CREDENTIALS, "client_secret": "E" * 30})
    assert (await other.start(an_ask(line))).status.outcome is Outcome.UNKNOWN
    assert line.asked("POST", TOKEN) == 2
