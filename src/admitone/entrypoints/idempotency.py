"""`Idempotency-Key` for every mutating route of the API: the same request again gets the same answer.

The two hot routes are left out, because they keep the promise in their own transaction (the hold and the scan
carry an id derived from the key). Answers that hand out a way to sign in are never kept, and of those with codes that
are money or with whole bank accounts only that they were given: a copy of the table signs nobody in and pays for
nothing. It does repeat the links to orders that were answered (decision 0010).
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admitone.assembly import Assembly
from admitone.entrypoints.answering import Answering
from admitone.plumbing import idempotency
from admitone.plumbing.failpoints import hit
from admitone.plumbing.idempotency import Claim, KeptAnswer
from admitone.plumbing.limiter import source_key
from admitone.values.actor import Actor
from admitone.values.ids import derived_id
from admitone.values.refusals import Invalid, Refusal

log = structlog.get_logger(__name__)

HEADER: Final = b"idempotency-key"
_KEY: Final = re.compile(rb"[\x21-\x7e]{1,255}")
_MUTATING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_API: Final = "/api/v1/"
HOT: Final = frozenset({("POST", "/api/v1/holds"), ("POST", "/api/v1/scans")})
_CREDENTIALS: Final = frozenset(
    {"/api/v1/sessions", "/api/v1/people", "/api/v1/me", "/api/v1/sign-in-links/use"}
)
_NOT_KEPT: Final = re.compile(
    r"/api/v1/(organisers/[^/]+/gift-codes|site/payouts/file|tickets/[^/]+/(ownership/proofs|stream/viewers))"
)
"""Answered anew, by a handler that makes the same only once for an id, or makes nothing."""
_REPEATED: Final = (b"location", b"retry-after", b"etag")
_KEPT_MAX_BYTES: Final = 256 * 1024
_REFUSED: Final = 400
_TOO_MANY: Final = 429


class BadKey(Invalid):
    """Empty, longer than 255, or with characters outside of visible ASCII."""

    code = "idempotency.bad_key"
    text = "An Idempotency-Key has 1 to 255 visible ASCII characters."


def read_key(scope: Scope) -> bytes | None:
    """The request's key, or None. Raises `BadKey`, also when there are two."""
    keys: list[bytes] = [value for name, value in scope["headers"] if name == HEADER]
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise BadKey(field="Idempotency-Key")
    return keys[0]


def scope_of(actor: Actor, scope: Scope, key: bytes) -> bytes:
    """Who asks what with which key, as 32 bytes: a key never meets somebody else's, or another route's.

    Guests are told apart by the internet address they come from.
    """
    client = scope.get("client")
    who = source_key(client[0] if client else "") if actor.kind == "guest" else ""
    digest = hashlib.sha256()
    for part in (actor.label.encode(), who.encode(), scope["method"].encode(), scope["path"].encode(), key):
        digest.update(len(part).to_bytes(4) + part)
    return digest.digest()


def id_for(scope: bytes, digest: bytes) -> UUID:
    """The id of what this request makes: the same for the same request with the same key, always."""
    return derived_id("idempotency", scope, digest)


class Idempotency:
    """Stands before the handlers; needs the body read ahead (`frame.bodies`). `find_actor` says who asks."""

    def __init__(
        self,
        app: ASGIApp,
        assembly: Assembly,
        answering: Answering,
        find_actor: Callable[[Scope], Awaitable[Actor]],
    ) -> None:
        self._app = app
        self._database = assembly.database
        self._answering = answering
        self._find_actor = find_actor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Replay, refuse, or answer and keep."""
        if not _concerns(scope):
            await self._app(scope, receive, send)
            return
        try:
            key = read_key(scope)
            if key is None:
                await self._app(scope, receive, send)
                return
            actor = await self._find_actor(scope)
            name = scope_of(actor, scope, key)
            digest = hashlib.sha256(scope["state"]["body"]).digest()
            found = await idempotency.claim(self._database, name, digest)
        except Refusal as refusal:
            await self._answering.send(refusal, scope, send)
            return
        if isinstance(found, KeptAnswer) and not (found.status < _REFUSED and _is_answered_anew(scope)):
            await _replay(found, send)
            return
        scope["state"]["derived_id"] = id_for(name, digest)
        if isinstance(found, KeptAnswer):
            await self._app(scope, receive, send)
            return
        await self._answer(found, scope, receive, send)

    async def _answer(self, claim: Claim, scope: Scope, receive: Receive, send: Send) -> None:
        heard: list[Message] = []

        async def listen(message: Message) -> None:
            heard.append(message)

        try:
            await self._app(scope, receive, listen)
        except BaseException:
            await self._settle(claim, None)
            raise
        await hit("idempotency.before_store")
        await self._settle(claim, _keepable(heard, without_body=_is_answered_anew(scope)))
        for message in heard:
            await send(message)

    async def _settle(self, claim: Claim, answer: KeptAnswer | None) -> None:
        """Keep the answer or give the claim back; a database that is away must not take the answer from its
        reader.
        """
        try:
            if answer is None:
                await idempotency.release(self._database, claim)
            else:
                await idempotency.store(self._database, claim, answer)
        except Exception:
            log.warning("idempotency.not_settled", exc_info=True)


def _concerns(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] not in _MUTATING or not scope["path"].startswith(_API):
        return False
    return (scope["method"], scope["path"]) not in HOT and scope["path"] not in _CREDENTIALS


def _is_answered_anew(scope: Scope) -> bool:
    return _NOT_KEPT.fullmatch(scope["path"]) is not None


def _keepable(heard: list[Message], *, without_body: bool) -> KeptAnswer | None:
    """What to keep, or None for an answer that decided nothing or that must not be kept."""
    start = heard[0]
    assert start["type"] == "http.response.start"
    headers = {name.lower(): value for name, value in start["headers"]}
    body = b"".join(message.get("body", b"") for message in heard[1:])
    status: int = start["status"]
    if status >= 500 or status == _TOO_MANY or b"set-cookie" in headers or len(body) > _KEPT_MAX_BYTES:
        return None
    if without_body and status < _REFUSED:
        body = b""
    repeated = {name.decode(): headers[name].decode("latin-1") for name in _REPEATED if name in headers}
    return KeptAnswer(status, headers.get(b"content-type", b"").decode("latin-1"), repeated, body)


async def _replay(kept: KeptAnswer, send: Send) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in kept.headers.items()]
    if kept.media_type:
        headers.append((b"content-type", kept.media_type.encode("latin-1")))
    if kept.status != 204:
        headers.append((b"content-length", str(len(kept.body)).encode()))
    headers.append((b"idempotent-replayed", b"true"))
    await send({"type": "http.response.start", "status": kept.status, "headers": headers})
    await send({"type": "http.response.body", "body": kept.body})
