"""The outermost layer: names the request, finds out who asks, checks the host, and adds the headers every
answer has.

One layer and not four, because each layer wraps every message of every answer, also on the two paths that are
asked thousands of times a second.
"""

import itertools
import re
from collections.abc import Callable, Iterable
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admitone.entrypoints.answering import Answering
from admitone.entrypoints.frame.policies import Header, Policies
from admitone.entrypoints.frame.proxies import PROXY_MARKS, AllowedHosts, TrustedProxies
from admitone.entrypoints.request_refusals import BadAddress, BehindProxy, UnknownHost
from admitone.values.ids import short_code
from admitone.values.refusals import Refusal

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_NO_STORE: Final = (b"cache-control", b"no-store")
_HEALTH: Final = "/health/"
_PATHS_MOST: Final = 512
_WANTED: Final = frozenset({b"host", b"x-forwarded-for", b"x-forwarded-proto", b"x-request-id"})


def request_ids() -> Callable[[], str]:
    """Names for requests: a word of this process's own, and a number. They identify and need not be secret."""
    start, numbers = short_code(), itertools.count(1)
    return lambda: f"{start}-{next(numbers)}"


class Envelope:
    """Wraps the whole application. Answers without a `Cache-Control` of their own are not to be stored.

    `refuses_proxied` is for a site in development that knows of no proxy: one that stands in front all the same would
    show everybody what is for this machine only, so nothing but /health/ is answered through it.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        policies: Policies,
        proxies: TrustedProxies,
        hosts: AllowedHosts,
        answering: Answering,
        refuses_proxied: bool = False,
        new_id: Callable[[], str] | None = None,
    ) -> None:
        self._app = app
        self._policies = policies
        self._proxies = proxies
        self._hosts = hosts
        self._answering = answering
        self._marks = PROXY_MARKS if refuses_proxied else frozenset[bytes]()
        self._wanted = _WANTED | self._marks
        self._new_id = new_id or request_ids()
        self._headers_of: dict[str, list[Header]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; anything but HTTP (the lifespan) goes straight on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, host, is_proxied = self._look(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        path: str = scope["path"]
        sent_id = (b"x-request-id", request_id.encode())
        added = self._added(path)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _complete(message.get("headers", ()), added, sent_id)
            await send(message)

        refusal: Refusal | None = None
        if is_proxied and not path.startswith(_HEALTH):
            refusal = BehindProxy()
        elif not path.startswith(_HEALTH) and not self._hosts.allow(host):
            refusal = UnknownHost()
        elif "\0" in path or b"%00" in scope.get("query_string", b""):
            refusal = BadAddress()
        if refusal is not None:
            await self._answering.send(refusal, scope, send_on)
            return
        await self._app(scope, receive, send_on)

    def _look(self, scope: Scope) -> tuple[str, bytes, bool]:
        """The request's id and host, and whether it came through a proxy where none may be, after putting the true
        client address and scheme into the scope.
        """
        headers = {name: value for name, value in scope["headers"] if name in self._wanted}
        peer = scope["client"][0] if scope.get("client") else ""
        given = b""
        if self._proxies.trusts(peer):
            forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
            scope["client"] = (self._proxies.client(peer, forwarded), 0)
            if headers.get(b"x-forwarded-proto") in (b"http", b"https"):
                scope["scheme"] = headers[b"x-forwarded-proto"].decode()
            given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if _REQUEST_ID.fullmatch(given) else self._new_id()
        is_proxied = bool(self._marks) and not self._marks.isdisjoint(headers)
        return request_id, headers.get(b"host", b""), is_proxied

    def _added(self, path: str) -> list[Header]:
        known = self._headers_of.get(path)
        if known is None:
            known = self._policies.for_path(path)
            # Paths with tokens never come again, so only so many are remembered.
            if len(self._headers_of) < _PATHS_MOST:
                self._headers_of[path] = known
        return known


def _complete(own: Iterable[Header], added: list[Header], sent_id: Header) -> list[Header]:
    own = list(own)
    names = {name.lower() for name, _ in own}
    headers = [*own, *(pair for pair in added if pair[0] not in names), sent_id]
    if b"set-cookie" in names:
        # A cookie kept in a cache would sign strangers in as each other.
        headers = [pair for pair in headers if pair[0].lower() != b"cache-control"]
        headers.append(_NO_STORE)
    elif b"cache-control" not in names:
        headers.append(_NO_STORE)
    return headers
