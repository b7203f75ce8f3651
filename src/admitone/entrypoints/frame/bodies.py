"""Reads a request's body once, whole, and refuses what no handler could do anything with.

At most 256 KiB, where files are uploaded 5.5 MiB (counted, so a missing or lying Content-Length changes nothing),
within 20 seconds, and in JSON no NUL or half surrogate: PostgreSQL cannot keep either, so they are turned away here
instead of failing somewhere deep. The body is left in the scope for whoever needs its digest.
"""

import asyncio
import json
import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admitone.entrypoints.answering import Answering
from admitone.entrypoints.request_refusals import TooLong, TooSlow, UnstorableText
from admitone.values.refusals import Refusal

BODY_MAX: Final = 256 * 1024
UPLOAD_MAX: Final = 5 * 1024 * 1024 + 512 * 1024
READ_SECONDS: Final = 20.0
# Where bank statements come in. Only for who seems to be signed in: strangers are not worth so much memory.
_UPLOADS: Final = re.compile(r"/organiser/[^/]+/transfers/import|/api/v1/organisers/[^/]+/statements")
_WHO: Final = frozenset({b"cookie", b"authorization"})
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SUSPECT: Final = re.compile(rb"\\u(0000|[dD][89a-fA-F])")
_FORM_NUL: Final = b"%00"


class ClientGone(Exception):
    """Whoever asked has hung up; there is nobody to answer."""


def body_max(scope: Scope) -> int:
    """How many bytes this request's body may have."""
    is_upload = _UPLOADS.fullmatch(scope["path"]) is not None
    return UPLOAD_MAX if is_upload and any(name in _WHO for name, _ in scope["headers"]) else BODY_MAX


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body. Raises `TooLong`, `TooSlow`, `ClientGone`."""
    most = body_max(scope)
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and (len(value) > 9 or int(value) > most):
            raise TooLong(most_kib=most // 1024)
    first = await receive()
    if first["type"] == "http.disconnect":
        raise ClientGone
    body: bytes = first.get("body", b"")
    if first.get("more_body", False):
        try:
            body = await asyncio.wait_for(_rest(body, receive, most), READ_SECONDS)
        except TimeoutError:
            raise TooSlow from None
    if len(body) > most:
        raise TooLong(most_kib=most // 1024)
    return body


async def _rest(body: bytes, receive: Receive, most: int) -> bytes:
    parts, size = [body], len(body)
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > most:
            raise TooLong(most_kib=most // 1024)
        if not message.get("more_body", False):
            return b"".join(parts)


def refuse_unstorable(media_type: bytes, body: bytes) -> None:
    """Raise `UnstorableText` for JSON or a form with characters no text can have; anything else is left
    alone.
    """
    if media_type.startswith(b"application/x-www-form-urlencoded"):
        if _FORM_NUL in body or b"\0" in body:
            raise UnstorableText
    elif not media_type.startswith(b"multipart/") and _SUSPECT.search(body) and _has_unstorable(body):
        raise UnstorableText


def _has_unstorable(body: bytes) -> bool:
    try:
        waiting = [json.loads(body)]
    except (ValueError, RecursionError):
        return False  # not JSON: whoever reads it says so
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value):
                return True
        elif isinstance(value, dict):
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


class Bodies:
    """Reads bodies ahead of the handlers: `scope["state"]["body"]` is all of it, and `receive` gives it
    again.
    """

    def __init__(self, app: ASGIApp, answering: Answering) -> None:
        self._app = app
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, check, hand on."""
        if scope["type"] != "http" or scope["method"] in _WITHOUT_BODY:
            await self._app(scope, receive, send)
            return
        try:
            body = await read_body(scope, receive)
            refuse_unstorable(dict(scope["headers"]).get(b"content-type", b""), body)
        except ClientGone:
            return
        except Refusal as refusal:
            await self._answering.send(refusal, scope, send)
            return
        scope.setdefault("state", {})["body"] = body
        await self._app(scope, replayed(body, receive), send)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body again, then whatever comes after it (the client hanging up)."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
