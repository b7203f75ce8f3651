"""The wire to PayPal: one request, one answer or `NoAnswer`; the token that opens it is kept and renewed here.

OAuth 2.0 client credentials (RFC 6749 section 4.4). The token is asked for before the old one ends, by one caller while
the others wait; when PayPal says it is no longer good, a new one is asked for once.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import httpx2
import msgspec
import structlog

from admitone.payments.account_status import BadCredentials, ProviderAway
from admitone.payments.providers.paypal.shapes import Fault, TokenAnswer
from admitone.plumbing.outgoing import Client
from admitone.values.clock import Clock

log = structlog.get_logger(__name__)
T = TypeVar("T")

ANSWER_SECONDS = 10.0
ANSWER_BYTES_MOST = 4 * 1024 * 1024
RENEW_BEFORE = timedelta(minutes=2)
Part = tuple[str, bytes, str]


class NoAnswer(Exception):
    """Nobody can say what happened. `reason` is a word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status and bytes."""

    status: int
    body: bytes = field(repr=False)

    def read(self, shape: type[T]) -> T:
        """The body as this shape. Raises `NoAnswer` when it is not one."""
        try:
            return msgspec.json.decode(self.body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NoAnswer("unreadable") from error

    @property
    def is_done(self) -> bool:
        """Whether PayPal did what was asked."""
        return 200 <= self.status < 300

    def fault(self) -> Fault:
        """Its no. Raises `NoAnswer` when it is not readable."""
        return self.read(Fault)


@dataclass(slots=True)
class _Token:
    text: str = field(repr=False)
    good_until: datetime
    scope: str
    app_id: str


class Wire:
    """Requests of one account. `base` is the interface's address without closing slash."""

    def __init__(self, client: Client, clock: Clock, base: str, client_id: str, secret: str) -> None:
        self._client = client
        self._clock = clock
        self._base = base.rstrip("/")
        self._login = httpx2.BasicAuth(client_id, secret)
        self._token: _Token | None = None
        self._renewing = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Wire({self._base})"

    def now(self) -> datetime:
        """The time."""
        return self._clock.now()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Ask. Raises `NoAnswer`."""
        return await self._asked("GET", path, query=query or {})

    async def post(self, path: str, body: object, key: str | None = None) -> Answer:
        """Have something done; `key` makes it once. Raises `NoAnswer`."""
        return await self._asked("POST", path, content=_json(body), key=key)

    async def patch(self, path: str, body: object) -> Answer:
        """Change something. Raises `NoAnswer`."""
        return await self._asked("PATCH", path, content=_json(body))

    async def send_files(self, path: str, parts: list[tuple[str, Part]]) -> Answer:
        """Send files with their words, each part as (field, (name, content, media type)). Raises `NoAnswer`."""
        return await self._asked("POST", path, parts=parts)

    async def sign_in(self) -> tuple[str, str]:
        """A new token: what it allows, and the app it is for. Raises `BadCredentials`, `ProviderAway`."""
        try:
            token = await self._renewed(self._token)
        except NoAnswer as silence:
            raise ProviderAway from silence
        return token.scope, token.app_id

    async def _asked(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        content: bytes | None = None,
        parts: list[tuple[str, Part]] | None = None,
        key: str | None = None,
    ) -> Answer:
        token = self._token
        if token is None or self._clock.now() >= token.good_until:
            token = await self._opened(token)
        for is_last in (False, True):
            headers = {"authorization": f"Bearer {token.text}", "accept": "application/json"}
            if content is not None:
                headers |= {"content-type": "application/json", "prefer": "return=representation"}
            if key is not None:
                headers["paypal-request-id"] = key
            request = self._client.build_request(
                method, self._base + path, params=query, headers=headers, content=content, files=parts
            )
            answer = await self._sent(request)
            if answer.status != 401 or is_last:
                break
            # Nothing was done under a token that is no longer good, so asking anew is safe.
            token = await self._opened(token)
        if answer.status >= 500 or answer.status in (401, 408):
            log.warning("paypal.no_answer", method=method, status=answer.status)
            raise NoAnswer("not_let_in" if answer.status == 401 else "server_error")
        return answer

    async def _opened(self, old: _Token | None) -> _Token:
        try:
            return await self._renewed(old)
        except BadCredentials as refused:
            raise NoAnswer("not_let_in") from refused

    async def _renewed(self, old: _Token | None) -> _Token:
        async with self._renewing:
            if self._token is not None and self._token is not old:
                return self._token
            request = self._client.build_request(
                "POST",
                f"{self._base}/v1/oauth2/token",
                data={"grant_type": "client_credentials"},
                headers={"accept": "application/json"},
            )
            request = next(self._login.auth_flow(request))
            asked_at = self._clock.now()
            answer = await self._sent(request)
            if answer.status in (400, 401, 403):
                self._token = None
                raise BadCredentials
            if not answer.is_done:
                raise NoAnswer("server_error")
            read = answer.read(TokenAnswer)
            life = max(timedelta(seconds=read.expires_in) - RENEW_BEFORE, timedelta(0))
            self._token = _Token(read.access_token, asked_at + life, read.scope, read.app_id)
            return self._token

    async def _sent(self, request: httpx2.Request) -> Answer:
        return await sent(self._client, request, ANSWER_SECONDS, ANSWER_BYTES_MOST)


async def sent(client: Client, request: httpx2.Request, seconds: float, bytes_most: int) -> Answer:
    """Send one request and read its whole answer within bounds. Raises `NoAnswer`."""
    try:
        async with asyncio.timeout(seconds):
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > bytes_most:
                        raise NoAnswer("unreadable")
            finally:
                await response.aclose()
            return Answer(response.status_code, bytes(body))
    except (httpx2.TimeoutException, TimeoutError) as error:
        raise NoAnswer("time_out") from error
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        # Only its kind: its text may have an address with a token in it.
        log.warning("paypal.no_answer", error=type(error).__name__)
        raise NoAnswer("no_answer") from error


def _json(body: object) -> bytes:
    return msgspec.json.encode(body)
