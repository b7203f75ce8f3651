"""Stripe's library over our own HTTP client: the only file that imports `stripe`. Loaded by `line` on the first call.

The library writes the requests, reads the answers and waits between tries; time-outs, connections and the rule that no
transaction is open are ours. A try is repeated only where that cannot do anything twice and costs the buyer no second
wait: every POST carries a key, and what has timed out once is asked again by the timetable, not here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import IO, Any

import httpx2
import stripe

from admitone.payments.providers.stripe.answers import No, NoAnswer, SaysNo
from admitone.plumbing.outgoing import ANSWER_SECONDS, Client

# The form of requests and answers this adapter was written for. A newer library keeps it until it is changed here.
API_VERSION = "2026-10-28.endive"
TRIES_AGAIN = 2
_LATER = frozenset({"balance_insufficient", "insufficient_funds", "lock_timeout", "rate_limit"})


class OurClient(stripe.HTTPClient):
    """The library's way out, over our client."""

    name = "httpx2"

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | bytes | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One request. Raises `APIConnectionError`, to be tried again when it never left this machine."""
        body = post_data.encode() if isinstance(post_data, str) else post_data
        try:
            answer = await self._client.request(method.upper(), url, headers=dict(headers), content=body)
        except httpx2.TimeoutException as error:
            is_unsent = isinstance(error, httpx2.ConnectTimeout | httpx2.PoolTimeout)
            raise _unconnected("time_out", is_unsent) from error
        except httpx2.HTTPError as error:
            # A kept connection that the other side had closed: the key makes the second try safe.
            is_stale = isinstance(error, httpx2.ConnectError | httpx2.RemoteProtocolError)
            raise _unconnected("no_connection", is_stale) from error
        return answer.content, answer.status_code, answer.headers

    def _should_retry(
        self,
        response: tuple[Any, int, Mapping[str, str] | None] | None,
        api_connection_error: stripe.APIConnectionError | None,
        num_retries: int,
        max_network_retries: int | None,
    ) -> bool:
        if response is not None and response[1] >= 500:
            return False
        return bool(super()._should_retry(response, api_connection_error, num_retries, max_network_retries))

    def sleep_async(self, secs: float) -> Awaitable[None]:
        """Wait between two tries."""
        return asyncio.sleep(secs)


def _unconnected(why: str, may_retry: bool) -> stripe.APIConnectionError:
    # Stripe's library has no types for making one.
    error: stripe.APIConnectionError = stripe.APIConnectionError(why, should_retry=may_retry)  # type: ignore[no-untyped-call]
    return error


class Wire:
    """Requests with one account's key. Every method raises `NoAnswer` and `SaysNo`, and nothing else."""

    def __init__(self, client: Client, secret_key: str, api_url: str, files_url: str) -> None:
        # It would keep an id of this machine in the home directory and report response times.
        stripe.enable_telemetry = False
        # At lower levels it logs whole bodies, which have names, addresses and client secrets in them.
        logging.getLogger("stripe").setLevel(logging.WARNING)
        self._stripe = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": api_url.rstrip("/"), "files": files_url.rstrip("/")},
            max_network_retries=TRIES_AGAIN,
            http_client=OurClient(client),
        )

    async def get(self, path: str, params: Mapping[str, object]) -> object:
        """Read."""
        return await _answer(self._stripe.raw_request_async("get", path, **params))

    async def post(self, path: str, params: Mapping[str, object], key: str | None) -> object:
        """Do, under this idempotency key (None: a new one, where doing it twice is harmless)."""
        options = {} if key is None else {"idempotency_key": key}
        return await _answer(self._stripe.raw_request_async("post", path, **params, **options))

    async def upload(self, document: IO[bytes], purpose: str, key: str) -> object:
        """Send a file to where Stripe keeps files."""
        options = {"idempotency_key": key, "content_type": "multipart/form-data"}
        params = {"file": document, "purpose": purpose}
        return await _answer(
            self._stripe.raw_request_async("post", "/v1/files", base="files", **params, **options)
        )


async def _answer(call: Awaitable[Any]) -> object:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return (await call).data
    except TimeoutError as error:
        raise NoAnswer("time_out") from error
    except stripe.StripeError as error:
        # Not `from error`: it carries the whole answer, which would be printed with the trace.
        raise _told(error) from None


def _told(error: stripe.StripeError) -> NoAnswer | SaysNo:
    is_replayed = str((error.headers or {}).get("idempotent-replayed", "")).lower() == "true"
    if isinstance(error, stripe.APIConnectionError):
        return NoAnswer(error.user_message or "no_connection")
    status = error.http_status or 0
    if status >= 500:
        return NoAnswer("server_error", is_replayed=is_replayed)
    if status < 400:
        return NoAnswer("unreadable")
    code = _code(error)
    if status == 409:
        return NoAnswer(code)
    if isinstance(error, stripe.RateLimitError) or code in _LATER:
        return SaysNo(No.LATER, code, is_replayed=is_replayed)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return SaysNo(No.KEYS, code)
    if isinstance(error, stripe.IdempotencyError):
        return SaysNo(No.OTHER_REQUEST, code)
    if status == 404 or code == "resource_missing":
        return SaysNo(No.MISSING, code)
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        return SaysNo(No.REFUSED, code, is_replayed=is_replayed)
    return NoAnswer("unreadable")


def _code(error: stripe.StripeError) -> str:
    told = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    words = told if isinstance(told, dict) else {}
    code = words.get("code") or words.get("type") or f"http_{error.http_status}"
    return str(code)[:80]
