"""The fast way in: the two routes that are asked thousands of times a second, without the framework, and
event pages that are in memory.

It decodes with msgspec and answers bytes; everything it does is done by the same functions as the framework's
routes of the same paths, so both give the same answers (`tests/entrypoints/test_lean.py`). Everything else
falls through.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from admitone import accounts
from admitone.assembly import Assembly
from admitone.entrypoints.answering import Answering
from admitone.entrypoints.answers import Answer
from admitone.entrypoints.callers import Callers, bearer_token, find_actor, require_person
from admitone.entrypoints.csrf import HEADER
from admitone.entrypoints.frame.bodies import ClientGone, read_body, refuse_unstorable
from admitone.entrypoints.http_refusals import problem_answer
from admitone.entrypoints.idempotency import HEADER as IDEMPOTENCY_KEY
from admitone.entrypoints.pages.events.held import is_remembered
from admitone.entrypoints.pages.events.public import kept_pages, page_answer
from admitone.entrypoints.rest.holds import hold_answer
from admitone.entrypoints.rest.scans import scan_answer
from admitone.values.actor import Actor
from admitone.values.refusals import Refusal

Handler = Callable[[Scope, bytes], Awaitable[Answer]]
_EVENT: Final = "/e/"
_NAMES_SOMEBODY: Final = frozenset({b"cookie", b"authorization", b"sec-fetch-site", b"origin"})


class Lean:
    """In front of the framework. `app` is asked for nothing but its state."""

    def __init__(
        self, inner: ASGIApp, app: FastAPI, assembly: Assembly, callers: Callers, answering: Answering
    ) -> None:
        self._inner = inner
        self._app = app
        self._assembly = assembly
        self._callers = callers
        self._answering = answering
        self._handlers: dict[str, Handler] = {"/api/v1/holds": self._hold, "/api/v1/scans": self._scan}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        handler = None
        if scope["type"] == "http" and scope["method"] == "POST":
            handler = self._handlers.get(scope["path"])
        if handler is None:
            kept = self._kept_page(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
            if kept is None:
                await self._inner(scope, receive, send)
                return
            await _send(kept, send)
            return
        try:
            body = await read_body(scope, receive)
            refuse_unstorable(_header(scope, b"content-type"), body)
            self._require_ours(scope)
            answer = await handler(scope, body)
        except ClientGone:
            return
        except Refusal as refusal:
            answer = problem_answer(refusal)
        await _send(answer, send)

    def _kept_page(self, scope: Scope) -> Answer | None:
        """An event's page that is in memory and fresh; None sends the visitor the long way, which makes it
        so.
        """
        path: str = scope["path"]
        if not path.startswith(_EVENT):
            return None
        slug = path[len(_EVENT) :]
        kept = kept_pages(self._app.state).peek(slug)
        cookies = _header(scope, b"cookie")
        # Whoever holds tickets for it gets a page that says so, and who comes with a promo code what it does.
        if kept is None or is_remembered(cookies, slug) or b"code=" in scope["query_string"]:
            return None
        accepts = _header(scope, b"accept-encoding").decode("latin-1")
        greeting = self._callers.greeting(cookies)
        return page_answer(kept, accepts, _header(scope, b"if-none-match"), greeting)

    def _require_ours(self, scope: Scope) -> None:
        # A program that sends no cookie and claims no origin cannot have been tricked into asking by a page; one that
        # sends a token in a header has it from us, and no page can make a browser send that.
        if _token(scope) is None and any(name in _NAMES_SOMEBODY for name, _ in scope["headers"]):
            request = self._request(scope)
            self._callers.require_ours(request, request.headers.get(HEADER, ""))

    def _request(self, scope: Scope) -> Request:
        return Request({**scope, "app": self._app})

    async def _hold(self, scope: Scope, body: bytes) -> Answer:
        # Who asks matters to the key alone: nobody's key may meet somebody else's.
        actor = await find_actor(self._request(scope)) if _header(scope, IDEMPOTENCY_KEY) else Actor.guest()
        return await hold_answer(self._assembly, scope, actor, body)

    async def _scan(self, scope: Scope, body: bytes) -> Answer:
        token = _token(scope)
        if token is None:
            actor = await require_person(self._request(scope))
        else:
            found = await self._callers.of_token(token)
            if found is None:
                raise accounts.NotSignedIn
            actor = found.actor
        return await scan_answer(self._assembly, scope, actor, body)


def _token(scope: Scope) -> str | None:
    authorization = _header(scope, b"authorization")
    return bearer_token(authorization.decode("latin-1")) if authorization else None


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")


async def _send(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": answer.body})
