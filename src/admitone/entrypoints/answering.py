"""Answers refusals, and whatever else goes wrong.

Under /api, /webhooks and /health a refusal is problem+json; elsewhere it is a page, or, when somebody has to
sign in first, the way there. The same bytes come out whichever layer says no.
"""

import re
from urllib.parse import quote

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admitone.accounts import FoundSession, InvitationForAnother, InvitationGone
from admitone.entrypoints import request_refusals as requests
from admitone.entrypoints.answers import Answer
from admitone.entrypoints.by_address.errors import wallet_error
from admitone.entrypoints.http_refusals import (
    TITLE,
    headers_of,
    problem_answer,
    retry_after_seconds,
    status_of,
)
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.errors.view import ErrorView
from admitone.entrypoints.pages.rendering import THEMES, Chrome, Pages
from admitone.entrypoints.pages.views import Link
from admitone.entrypoints.surfaces import is_data, is_for_wallets
from admitone.plumbing.database import refusal_of
from admitone.values.refusals import Problems, Refusal, TooMany, Unauthenticated

_NAMES_SOMEBODY = frozenset({b"cookie", b"authorization"})
# Links' tokens and those of sessions and letters have 43 letters; an id has 36.
_KEY = re.compile(r"[A-Za-z0-9_-]{43,}")
log = structlog.get_logger(__name__)


class Answering:
    """Turns refusals into answers; `pages` draws those for people. `mailbox_url`: where letters are shown."""

    def __init__(self, pages: Pages, *, mailbox_url: str | None = None) -> None:
        self._pages = pages
        self._mailbox_url = mailbox_url

    def answer(self, refusal: Refusal, scope: Scope) -> Answer:
        """The whole answer to this request."""
        path: str = scope["path"]
        if is_for_wallets(path):
            return wallet_error(refusal)
        if is_data(path):
            return problem_answer(refusal)
        if isinstance(refusal, Unauthenticated):
            return _to_sign_in(scope)
        return self._page(refusal, self._chrome(scope), scope.get("state", {}).get("request_id", ""))

    async def send(self, refusal: Refusal, scope: Scope, send: Send) -> None:
        """Answer this request with this refusal."""
        answer = self.answer(refusal, scope)
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
        await send({"type": "http.response.body", "body": body})

    def _chrome(self, scope: Scope) -> Chrome:
        """The header of every other page. Who asks is greeted if somebody has looked; nobody looks now, because
        what went wrong may be what one would have to ask.
        """
        state = scope.get("state", {})
        found: FoundSession | None = state.get("session")
        names = {name for name, _ in scope["headers"]}
        theme = HTTPConnection(scope).cookies.get("theme")
        return Chrome(
            csrf_token="",
            path=scope["path"],
            person_name=None if found is None else found.person_name,
            is_organiser=found is not None and bool(found.actor.roles),
            is_known="session" in state or not names & _NAMES_SOMEBODY,
            theme=theme if theme in THEMES else None,
            mailbox_url=self._mailbox_url,
        )

    def _page(self, refusal: Refusal, chrome: Chrome, request_id: str) -> Answer:
        status = status_of(refusal)
        seconds = retry_after_seconds(refusal)
        view = ErrorView(
            status=status,
            title=TITLE[status],
            sentence=_sentences(refusal),
            code=refusal.code,
            ways=_ways(refusal, chrome),
            retry_words=""
            if seconds is None or isinstance(refusal, TooMany)
            else f"Try again in {seconds} s.",
            request_id=request_id if status >= 500 else "",
        )
        body = self._pages.render(view, chrome=chrome).encode()
        return Answer(status, tuple(headers_of(refusal, "text/html; charset=utf-8", len(body))), body)


def _ways(refusal: Refusal, chrome: Chrome) -> tuple[Link, ...]:
    """Where this person can go on: back to their own work before the shop."""
    tickets = Link("My tickets", links.MY_TICKETS)
    if isinstance(refusal, InvitationForAnother):
        return Link("Your account", links.ACCOUNT), tickets
    if chrome.is_organiser and chrome.path.startswith(links.CHECKIN):
        return Link("Check-in", links.CHECKIN), Link("Your events", links.ORGANISER)
    is_work = isinstance(refusal, InvitationGone) or chrome.path.startswith(links.ORGANISER)
    if chrome.is_organiser and is_work:
        return Link("Your events", links.ORGANISER), tickets
    return Link("See what is on", links.EVENTS), tickets


def _sentences(refusal: Refusal) -> str:
    if isinstance(refusal, Problems):
        return " ".join(dict.fromkeys(one.sentence for one in refusal.problems))
    return refusal.sentence


def _to_sign_in(scope: Scope) -> Answer:
    target = links.SIGN_IN
    if scope["method"] in ("GET", "HEAD"):
        query = scope.get("query_string", b"").decode("latin-1")
        here = quote(scope["path"]) + (f"?{query}" if query else "")
        target = links.with_query(links.SIGN_IN, next=here)
    return Answer(303, ((b"location", target.encode()), (b"content-length", b"0")), b"")


def as_refusal(error: Exception) -> Refusal:
    """What to say about an error nobody expected: busy when it was only the database being away, else a
    fault.
    """
    if isinstance(error, Refusal):
        return error
    busy = refusal_of(error)
    if busy is not None:
        return busy
    return requests.Fault()


def _without_keys(path: str) -> str:
    """The path for people who read logs: whoever reads them needs no keys to orders, tickets and mailed links."""
    return _KEY.sub("…", path)


class Faults:
    """Catches whatever nobody else caught: logged under the request's id, answered without a word about what
    it was.
    """

    def __init__(self, app: ASGIApp, answering: Answering) -> None:
        self._app = app
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; on an error answer, unless the answer has begun already."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception as error:
            refusal = as_refusal(error)
            if isinstance(refusal, requests.Fault):
                log.exception("request.fault", method=scope["method"], path=_without_keys(scope["path"]))
            if begun:
                raise
            await self._answering.send(refusal, scope, send)
