"""The wire to Paystack: one request, one answer or none. It knows HTTP and the envelope, and nothing of money.

Source: Paystack's OpenAPI document 1.0.0 and its API reference: JSON in an envelope `status`, `message`, `data`,
`meta`; errors besides with `type` and `code`; the secret key as bearer token. Paystack has no idempotency header, so
nothing is ever asked twice in here: what is safe to repeat is for the callers to know.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import httpx2
import msgspec
import structlog

from admitone.payments.account_status import BadCredentials, ProviderAway
from admitone.plumbing.database import require_no_transaction
from admitone.plumbing.outgoing import Client

log = structlog.get_logger(__name__)
T = TypeVar("T")

API = "https://api.paystack.co"
ANSWER_SECONDS = 10.0
ANSWER_MOST = 8 * 1024 * 1024
PAGE = 100
PAGES_MOST = 2_000
# Answers that say nothing about what was asked, only that it cannot be answered just now.
_NOT_NOW = {408: "time_out", 409: "busy", 425: "busy", 429: "too_many"}
_REFUSED_KEYS = (401, 403)


class NoAnswer(Exception):
    """Nobody can say whether it was done. `reason` is a word for our records; it holds nothing of the request."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Envelope(msgspec.Struct):
    status: bool
    message: str = ""
    code: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")
    meta: msgspec.Raw = msgspec.Raw(b"null")


class _Paging(msgspec.Struct, rename="camel"):
    page_count: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """An answer we could read. `is_good` is Paystack's own word; `code` and `message` say why not."""

    http: int
    is_good: bool
    message: str
    code: str
    data: bytes
    meta: bytes

    @property
    def refuses_keys(self) -> bool:
        """It does not accept our key."""
        return self.http in _REFUSED_KEYS

    @property
    def is_absent(self) -> bool:
        """There is no such thing: 404 in the document, 400 with a code in practice."""
        if self.is_good:
            return False
        return self.http == 404 or self.code.endswith("_not_found") or "not found" in self.message.lower()

    @property
    def is_duplicate(self) -> bool:
        """The reference was used before."""
        if self.is_good:
            return False
        words = self.message.lower()
        known = "duplicate" in words or ("reference" in words and "already exists" in words)
        return self.code.startswith("duplicate_") or known

    @property
    def lacks_money(self) -> bool:
        """Too little money lies there: nothing was sent, and later there may be enough."""
        if self.is_good:
            return False
        words = self.message.lower()
        poor = "not enough" in words or "insufficient" in words
        return self.code == "insufficient_balance" or ("balance" in words and poor)

    @property
    def word(self) -> str:
        """Why not, as one word."""
        if self.refuses_keys:
            return "bad_credentials"
        return self.code or "refused"

    def read(self, kind: type[T]) -> T:
        """The data, as this. Raises `NoAnswer` when it is something else."""
        return _decoded(self.data, kind)


class Wire:
    """Asks Paystack for one account. `base` is where its API is."""

    def __init__(
        self, client: Client, secret_key: str, base: str = API, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._client = client
        self._authorization = f"Bearer {secret_key}"
        self.base = base.rstrip("/")
        self._seconds = answer_seconds

    def __repr__(self) -> str:
        return f"Wire({self.base!r})"

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Said:
        """One request. Raises `NoAnswer` for a time-out, a server error, words nobody can read."""
        headers = {"authorization": self._authorization, "accept": "application/json"}
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = msgspec.json.encode(body)
        try:
            http, raw = await self._fetch(method, self.base + path, query, headers, content)
            return _said(http, raw)
        except NoAnswer as lost:
            log.warning("paystack.no_answer", method=method, path=path, reason=lost.reason)
            raise

    async def put_file(self, url: str, content: bytes, kind: str) -> None:
        """Put a file where an answer of Paystack's said; without our key. Raises `NoAnswer`."""
        http, _ = await self._fetch("PUT", url, None, {"content-type": kind}, content)
        if not 200 <= http < 300:
            raise NoAnswer("upload_refused")

    async def must(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Said:
        """As `ask`, where only a yes will do. Raises `BadCredentials` or `ProviderAway`."""
        try:
            said = await self.ask(method, path, query=query, body=body)
        except NoAnswer as lost:
            raise ProviderAway(reason=lost.reason) from None
        if said.refuses_keys:
            raise BadCredentials(reason=said.message)
        if not said.is_good:
            raise ProviderAway(reason=said.word)
        return said

    async def pages(
        self, path: str, kind: type[T], query: Mapping[str, str | int], *, size_name: str = "perPage"
    ) -> AsyncIterator[T]:
        """Everything a list has, page by page as it comes. Raises `NoAnswer`.

        The end is where the answer says, or at an empty page: a page may be shorter than was asked for. What is new
        pushes what is older to the next page, so a row may come twice, and none is left out.
        """
        for page in range(1, PAGES_MOST + 1):
            said = await self.ask("GET", path, query={**query, size_name: PAGE, "page": page})
            if not said.is_good:
                # The document has 404 for a list without rows.
                if said.is_absent and page == 1:
                    return
                raise NoAnswer(said.word)
            # The checker takes a type in a variable, and a union, for no types.
            rows = said.read(list[kind])  # type: ignore[valid-type]
            for row in rows:
                yield row
            last = _decoded(said.meta, _Paging | None)  # type: ignore[arg-type]
            if not rows or (last is not None and last.page_count is not None and page >= last.page_count):
                return
        raise NoAnswer("endless_list")

    async def _fetch(
        self,
        method: str,
        url: str,
        query: Mapping[str, str | int] | None,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> tuple[int, bytes]:
        require_no_transaction("a request to Paystack")
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream(method, url, params=query, headers=headers, content=content) as answer,
            ):
                raw = bytearray()
                async for chunk in answer.aiter_bytes():
                    raw += chunk
                    if len(raw) > ANSWER_MOST:
                        raise NoAnswer("too_long")
                return answer.status_code, bytes(raw)
        # What these carry is the request, and the request carries the key: it ends here.
        except (TimeoutError, httpx2.TimeoutException):
            raise NoAnswer("time_out") from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise NoAnswer("no_answer") from None


def _said(http: int, raw: bytes) -> Said:
    if http in _NOT_NOW:
        raise NoAnswer(_NOT_NOW[http])
    if http >= 500:
        raise NoAnswer("server_error")
    if 300 <= http < 400:
        raise NoAnswer("unreadable")
    envelope = _decoded(raw, _Envelope)
    is_good = envelope.status and 200 <= http < 300
    return Said(
        http, is_good, envelope.message, envelope.code or "", bytes(envelope.data), bytes(envelope.meta)
    )


def _decoded(raw: bytes, kind: type[T]) -> T:
    try:
        # Paystack writes some numbers as texts (`"amount": "10000"`).
        return msgspec.json.decode(raw, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NoAnswer("unreadable") from None
