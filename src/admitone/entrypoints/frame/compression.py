"""Packs pages and JSON of more than a kilobyte on their way out.

Pages with form tokens are packed too. BREACH reads a secret out of the size of packed pages when the page
also echoes what the attacker chose; so no secret may be the same twice: form tokens are masked anew for every
page (`csrf.py`), session tokens are never on a page, and an answer that sets a cookie is left unpacked.
"""

import gzip
from typing import Final

import brotli
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admitone.entrypoints.frame.policies import Header

LEAST_BYTES: Final = 1024
_BROTLI_QUALITY: Final = 4
_GZIP_LEVEL: Final = 5
_PACKABLE: Final = (
    b"text/html",
    b"application/json",
    b"application/problem+json",
    b"text/calendar",
    b"image/svg+xml",
)


class Compression:
    """Only answers that come in one piece are packed; ours do."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold back the start of the answer until its body is known."""
        coding = (
            _coding(dict(scope["headers"]).get(b"accept-encoding", b"")) if scope["type"] == "http" else ""
        )
        if not coding:
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def send_packed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _may_pack(message["headers"]):
                start = message
                return
            if start is not None:
                begun, start = start, None
                body: bytes = message.get("body", b"")
                if not message.get("more_body", False) and len(body) >= LEAST_BYTES:
                    message = {**message, "body": _pack(body, coding)}
                    begun["headers"] = _packed_headers(begun["headers"], coding, len(message["body"]))
                await send(begun)
            await send(message)

        await self._app(scope, receive, send_packed)


def _coding(accepts: bytes) -> str:
    """`br`, `gzip` or nothing (RFC 9110 section 12.5.3: a coding with q=0 is refused)."""
    wanted = set()
    for part in accepts.lower().split(b","):
        name, _, weight = part.partition(b";")
        if weight.replace(b" ", b"").rstrip(b"0").rstrip(b".") not in (b"q=", b"q=0"):
            wanted.add(name.strip())
    if b"br" in wanted:
        return "br"
    return "gzip" if b"gzip" in wanted else ""


def _may_pack(headers: list[Header]) -> bool:
    found = {name.lower(): value for name, value in headers}
    if b"content-encoding" in found or b"set-cookie" in found:
        return False
    return found.get(b"content-type", b"").startswith(_PACKABLE)


def _pack(body: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)
    packed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
    return packed


def _packed_headers(headers: list[Header], coding: str, length: int) -> list[Header]:
    kept = []
    vary = [b"accept-encoding"]
    for name, value in headers:
        lower = name.lower()
        if lower == b"content-length":
            continue
        if lower == b"vary":
            vary.append(value)
            continue
        # The packed bytes are others than the tag was made for: a weak tag says "the same page".
        weak = lower == b"etag" and not value.startswith(b"W/")
        kept.append((name, b"W/" + value if weak else value))
    return [
        *kept,
        (b"content-encoding", coding.encode()),
        (b"content-length", str(length).encode()),
        (b"vary", b", ".join(vary)),
    ]
