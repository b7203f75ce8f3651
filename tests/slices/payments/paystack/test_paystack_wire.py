"""The wire loses answers, time and sense, and says so with one word; it never lets the key out."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
import structlog

from admitone.payments.account_status import BadCredentials, ProviderAway
from admitone.payments.providers.paystack import PaystackProvider
from admitone.payments.providers.paystack.wire import ANSWER_MOST, NoAnswer, Said, Wire
from admitone.values.clock import SystemClock
from tests.contracts.payments.rig_paystack import SECRET_KEY, account_sheet

Handler = Callable[[httpx2.Request], httpx2.Response]
GOOD = {"status": True, "message": "ok", "data": []}


def wire(handler: Handler, seconds: float = 10) -> Wire:
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handler))
    return Wire(client, SECRET_KEY, "https://api.paystack.example/", seconds)


async def reason(handler: Handler, seconds: float = 10) -> str:
    with pytest.raises(NoAnswer) as lost:
        await wire(handler, seconds).ask("GET", "/balance")
    # What is logged with the exception must not have the request, and so the key, in it.
    assert SECRET_KEY not in "".join(traceback.format_exception(lost.value))
    return lost.value.reason


def fails_with(error: type[Exception]) -> Handler:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise error(f"to {request.url} with {request.headers['authorization']}")

    return handler


def answers(http: int, content: bytes) -> Handler:
    return lambda _: httpx2.Response(http, content=content)


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (fails_with(httpx2.ReadTimeout), "time_out"),
        (fails_with(httpx2.ConnectTimeout), "time_out"),
        (fails_with(httpx2.ConnectError), "no_answer"),
        (fails_with(httpx2.RemoteProtocolError), "no_answer"),
        (answers(500, b'{"status": false, "message": "x"}'), "server_error"),
        (answers(504, b"<html>"), "server_error"),
        (answers(429, b'{"status": false, "message": "Too many requests"}'), "too_many"),
        (answers(302, b""), "unreadable"),
        (answers(200, b""), "unreadable"),
        (answers(200, b"<html>Welcome to nginx"), "unreadable"),
        (answers(200, b'{"data": {}}'), "unreadable"),
        (answers(200, b'{"status": true, "data": {'), "unreadable"),
        (answers(404, b"<html>no such host"), "unreadable"),
        (answers(200, b'{"status": true, "data": "' + b"x" * ANSWER_MOST + b'"}'), "too_long"),
    ],
)
async def test_what_is_no_answer_has_a_reason(handler: Handler, said: str) -> None:
    assert await reason(handler) == said


async def test_an_answer_that_drips_is_not_waited_for() -> None:
    class Dripping(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.01)

    assert await reason(lambda _: httpx2.Response(200, stream=Dripping()), 0.1) == "time_out"


def said(http: int, message: str = "", code: str = "") -> Said:
    return Said(http, http < 300, message, code, b"null", b"null")


def test_the_ways_of_saying_no_are_told_apart() -> None:
    assert said(400, "Duplicate Transaction Reference", "duplicate_reference").is_duplicate
    assert said(400, "Please provide a unique reference. Reference already exists on a transfer").is_duplicate
    assert not said(400, "Invalid Email Address Passed", "invalid_email_address").is_duplicate
    assert said(404, "Entity not found").is_absent
    assert said(400, "Transaction reference not found.", "transaction_not_found").is_absent
    assert not said(401, "Invalid key").is_absent
    assert said(400, "Your balance is not enough to fulfil this request").lacks_money
    assert said(400, "x", "insufficient_balance").lacks_money
    assert not said(400, "Insufficient details").lacks_money
    assert said(401, "Invalid key").refuses_keys
    for good in (said(200, "Duplicate"), said(201, "not found"), said(200, "balance insufficient")):
        assert not (good.is_duplicate or good.is_absent or good.lacks_money)


async def test_where_only_a_yes_will_do_anything_else_is_raised() -> None:
    with pytest.raises(ProviderAway):
        await wire(answers(500, b"")).must("GET", "/balance")
    with pytest.raises(ProviderAway):
        await wire(answers(400, b'{"status": false, "message": "x"}')).must("GET", "/balance")
    with pytest.raises(BadCredentials) as refused:
        await wire(answers(401, b'{"status": false, "message": "Invalid key"}')).must("GET", "/balance")
    assert refused.value.data == {"reason": "Invalid key"}


async def test_a_list_is_read_to_its_end_whatever_the_size_of_its_pages() -> None:
    asked: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url.params["page"]))
        page = int(asked[-1])
        rows = [page * 10, page * 10 + 1] if page < 4 else []
        meta = {"pageCount": 3} if request.url.path == "/counted" else {"next": None}
        return httpx2.Response(200, json={**GOOD, "data": rows, "meta": meta})

    counted = [row async for row in wire(handler).pages("/counted", int, {})]
    assert counted == [10, 11, 20, 21, 30, 31]
    assert asked == ["1", "2", "3"]
    asked.clear()
    assert [row async for row in wire(handler).pages("/uncounted", int, {})] == counted
    assert asked == ["1", "2", "3", "4"]


async def test_an_empty_list_may_be_a_404_and_anything_else_breaks_off() -> None:
    absent = wire(answers(404, b'{"status": false, "message": "Entity not found"}'))
    assert [row async for row in absent.pages("/refund", int, {})] == []
    refused = wire(answers(401, b'{"status": false, "message": "Invalid key"}'))
    with pytest.raises(NoAnswer, match="bad_credentials"):
        [row async for row in refused.pages("/refund", int, {})]


async def test_the_key_is_sent_to_paystack_and_shown_to_nobody() -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(503)

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handler))
    provider = PaystackProvider(account_sheet(), SECRET_KEY, client, SystemClock())
    with structlog.testing.capture_logs() as logged, pytest.raises(ProviderAway) as away:
        await provider.look()
    assert seen[0].headers["authorization"] == f"Bearer {SECRET_KEY}"
    assert seen[0].url == "https://api.paystack.co/balance"
    assert logged
    shown = "".join(traceback.format_exception(away.value)) + repr(logged) + repr(provider)
    assert SECRET_KEY not in shown
    assert SECRET_KEY not in repr(wire(handler))


async def test_a_file_is_put_without_the_key() -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200 if len(seen) == 1 else 403)

    there = wire(handler)
    await there.put_file("https://s3.eu-west-1.amazonaws.com/x", b"%PDF", "application/pdf")
    assert "authorization" not in seen[0].headers
    assert (seen[0].method, seen[0].content) == ("PUT", b"%PDF")
    with pytest.raises(NoAnswer, match="upload_refused"):
        await there.put_file("https://s3.eu-west-1.amazonaws.com/x", b"%PDF", "application/pdf")
