"""Who is calling: the session from the cookie or from `Authorization: Bearer`, and the actor it stands for.

The application keeps one `Callers` in `app.state.callers`. Handlers ask by type: `Caller` is always somebody
(a guest at least), `SignedIn` refuses guests.
"""

import asyncio
import time
from collections import OrderedDict
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.responses import Response

from admitone import accounts
from admitone.accounts import FoundSession, NewSession
from admitone.entrypoints.csrf import HEADER, SAFE_METHODS, Csrf
from admitone.entrypoints.devices import device_label
from admitone.plumbing.database import Database, DatabaseBusy
from admitone.values.actor import Actor
from admitone.values.clock import Clock

# Browsers keep a cookie 400 days at most. When the session really ends is for the server to say.
COOKIE_SECONDS: Final = 400 * 86_400
_TOKEN_MARK: Final = b"TOKEN"
CACHED_SECONDS: Final = 1.0
CACHED_MOST: Final = 10_000
_BEARER: Final = "bearer "


class ActorCache:
    """Sessions found in the last second, so that a page with ten requests looks its session up once.

    A role taken away or a session ended elsewhere works one second longer at most. Holds `most` entries; the
    oldest goes first.
    """

    def __init__(self, *, seconds: float = CACHED_SECONDS, most: int = CACHED_MOST) -> None:
        self._seconds = seconds
        self._most = most
        self._found: OrderedDict[bytes, tuple[float, FoundSession]] = OrderedDict()

    def get(self, token: str) -> FoundSession | None:
        """What was found for this token within the last second."""
        entry = self._found.get(accounts.hash_of(token))
        if entry is None or time.monotonic() >= entry[0]:
            return None
        return entry[1]

    def put(self, token: str, found: FoundSession) -> None:
        """Keep what was found."""
        key = accounts.hash_of(token)
        self._found.pop(key, None)
        self._found[key] = (time.monotonic() + self._seconds, found)
        if len(self._found) > self._most:
            self._found.popitem(last=False)

    def clear(self) -> None:
        """Forget everything: something was changed here that has to count at once."""
        self._found.clear()


class Callers:
    """Finds out who is calling, and keeps the cookies. Build one per process."""

    def __init__(
        self, database: Database, clock: Clock, csrf: Csrf, *, site_url: str, cache: ActorCache | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._csrf = csrf
        self._cache = cache or ActorCache()
        self._asking: dict[str, asyncio.Task[FoundSession | None]] = {}
        self._forgotten = 0
        self._is_secure = keeps_secure_cookies(site_url)
        prefix = "__Host-" if self._is_secure else ""
        self.session_cookie = f"{prefix}admitone"
        self.guest_cookie = f"{prefix}admitone-guest"
        self._session_mark = f"{self.session_cookie}=".encode()
        self._guest_mark = f"{self.guest_cookie}=".encode()
        self._greeting = self._form_of_greeting()

    async def session(self, request: Request) -> FoundSession | None:
        """The valid session this request carries.

        Looked up once per request; being seen is noted now and then.
        """
        if not hasattr(request.state, "session"):
            request.state.session = await self._find(request)
        found: FoundSession | None = request.state.session
        return found

    async def _find(self, request: Request) -> FoundSession | None:
        token = _bearer(request) or request.cookies.get(self.session_cookie)
        return await self.of_token(token) if token else None

    async def of_token(self, token: str) -> FoundSession | None:
        """The valid session of this token, found at most a second ago.

        One look in the database for everybody who asks with it in the same moment: a device that scans as fast as it
        can must not send a crowd there every time its second is over.
        """
        cached = self._cache.get(token)
        if cached is not None:
            return cached
        asking = self._asking.get(token)
        if asking is None:
            asking = self._asking[token] = asyncio.create_task(self._look_up(token))
            asking.add_done_callback(lambda done: self._answered(token, done))
        return await asyncio.shield(asking)

    def _answered(self, token: str, asked: asyncio.Task[FoundSession | None]) -> None:
        if self._asking.get(token) is asked:
            del self._asking[token]

    async def _look_up(self, token: str) -> FoundSession | None:
        begun = self._forgotten
        async with self._database.reading() as reader:
            found = await accounts.find_session(reader, token, self._clock.now())
        if found is None:
            return None
        if found.is_due and found.actor.session_id is not None:
            await self._note_seen(found)
        if begun == self._forgotten:
            self._cache.put(token, found)
        return found

    async def _note_seen(self, found: FoundSession) -> None:
        session_id = found.actor.session_id
        assert session_id is not None, "a found session has an id"
        try:
            await self._database.run(lambda tx: accounts.touch(tx, session_id, self._clock.now()))
        except DatabaseBusy:
            # Whoever reads a page must not be sent away because a note about it could not be written.
            return

    def forget(self) -> None:
        """Call after changing sessions or roles: the next request looks again."""
        self._cache.clear()
        # What was asked before now may be answered with what was true before now.
        self._asking.clear()
        self._forgotten += 1

    def keep(self, response: Response, session: NewSession) -> None:
        """Put the session's token into the browser.

        It cannot be read by scripts nor sent by other sites' forms.
        """
        self._set(response, self.session_cookie, session.token)

    def drop(self, response: Response) -> None:
        """Take the session's token out of the browser."""
        response.delete_cookie(
            self.session_cookie, path="/", secure=self._is_secure, httponly=True, samesite="lax"
        )

    def form_token(self, request: Request) -> str:
        """The token for the forms of a page that is made for this visitor alone, never for a page others may
        see.

        A visitor without any cookie is given a guest cookie with the response: see `dress`.
        """
        bound_to = request.cookies.get(self.session_cookie) or self._guest(request)
        return self._csrf.make(bound_to)

    def _guest(self, request: Request) -> str:
        known = request.cookies.get(self.guest_cookie) or getattr(request.state, "new_guest", None)
        if known is None:
            known = request.state.new_guest = token_urlsafe(16)
        return str(known)

    def visitor(self, request: Request) -> str | None:
        """What tells this browser from others: the value of its session or guest cookie. None without cookies."""
        return request.cookies.get(self.session_cookie) or request.cookies.get(self.guest_cookie) or None

    def greeting(self, cookies: bytes) -> tuple[bytes, bytes] | None:
        """A Set-Cookie header with a new guest cookie for a browser that sent neither of ours.

        `cookies` is the Cookie header it sent.
        """
        if self._session_mark in cookies or self._guest_mark in cookies:
            return None
        return b"set-cookie", self._greeting.replace(_TOKEN_MARK, token_urlsafe(16).encode())

    def _form_of_greeting(self) -> bytes:
        response = Response()
        self._set(response, self.guest_cookie, _TOKEN_MARK.decode())
        return next(value for name, value in response.raw_headers if name == b"set-cookie")

    def dress(self, request: Request, response: Response) -> None:
        """Add the guest cookie that `form_token` promised, if it did."""
        new_guest = getattr(request.state, "new_guest", None)
        if new_guest is not None:
            self._set(response, self.guest_cookie, str(new_guest))

    def _set(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(
            name,
            value,
            max_age=COOKIE_SECONDS,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def require_ours(self, request: Request, token: str) -> None:
        """Raise `FromElsewhere` unless this request may change something: see `csrf.py`.

        `token` may be empty.
        """
        if request.method in SAFE_METHODS or _bearer(request) is not None:
            return
        headers = request.headers
        said = self._csrf.origin(
            fetch_site=headers.get("sec-fetch-site"), origin=headers.get("origin"), host=headers.get("host")
        )
        session = request.cookies.get(self.session_cookie)
        guest = request.cookies.get(self.guest_cookie)
        self._csrf.require_ours(said, token, session=session or None, guest=guest or None)


def keeps_secure_cookies(site_url: str) -> bool:
    """Say whether browsers keep `Secure` cookies of this address: over https, and from this same machine."""
    parts = urlsplit(site_url)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _bearer(request: Request) -> str | None:
    return bearer_token(request.headers.get("authorization", ""))


def bearer_token(authorization: str) -> str | None:
    """The token in an `Authorization` header, if it is one of ours (RFC 6750, section 2.1)."""
    is_bearer = authorization[: len(_BEARER)].lower() == _BEARER
    return (authorization[len(_BEARER) :].strip() or None) if is_bearer else None


def callers_of(request: Request) -> Callers:
    """The one built at start-up."""
    found = request.app.state.callers
    assert isinstance(found, Callers)
    return found


async def find_session(request: Request) -> FoundSession | None:
    """The session this request carries, if it is valid."""
    return await callers_of(request).session(request)


async def find_actor(request: Request) -> Actor:
    """Whoever is calling: a person, or a guest."""
    found = await find_session(request)
    return Actor.guest() if found is None else found.actor


async def require_session(request: Request) -> FoundSession:
    """The session this request carries. Raises `NotSignedIn`."""
    found = await find_session(request)
    if found is None:
        raise accounts.NotSignedIn
    return found


async def require_person(request: Request) -> Actor:
    """The person who is calling. Raises `NotSignedIn`."""
    return (await require_session(request)).actor


async def require_ours(request: Request) -> None:
    """For routes that machines call: with a cookie, the form token has to be in `X-CSRF-Token`."""
    callers_of(request).require_ours(request, request.headers.get(HEADER, ""))


def address_of(request: Request) -> str:
    """The internet address the request came from; the outermost layer has put the true one there."""
    return request.client.host if request.client is not None else ""


def device_of(request: Request) -> str:
    """What the person will recognise their device by: "Firefox on Windows"."""
    return device_label(request.headers.get("user-agent", ""))


async def _with_callers(request: Request) -> Callers:
    return callers_of(request)


Caller = Annotated[Actor, Depends(find_actor)]
SignedIn = Annotated[Actor, Depends(require_person)]
CallerSession = Annotated[FoundSession | None, Depends(find_session)]
SignedInSession = Annotated[FoundSession, Depends(require_session)]
WithCallers = Annotated[Callers, Depends(_with_callers)]
