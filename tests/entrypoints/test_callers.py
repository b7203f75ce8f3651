"""Who is calling: cookies, tokens, and whether a form is ours."""

import asyncio
from datetime import datetime

import pytest
from starlette.requests import Request
from starlette.responses import Response

from admitone import accounts
from admitone.accounts import FoundSession, NewSession
from admitone.entrypoints.callers import ActorCache, Callers, keeps_secure_cookies
from admitone.entrypoints.csrf import Csrf, FromElsewhere, Origin
from admitone.entrypoints.devices import device_label
from admitone.entrypoints.pages.sign_in.next_path import safe_path
from admitone.plumbing.database import Database, Reader
from admitone.values.actor import Actor
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.conftest import NOW

SITE = "https://tickets.example"
KEY = bytes(range(32))
STRICT = "HttpOnly; Max-Age=34560000; Path=/; SameSite=lax"


def _callers(db: Database, site_url: str) -> Callers:
    return Callers(db, FrozenClock(NOW), Csrf(KEY, site_url), site_url=site_url)


def _request(method: str = "POST", **headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "path": "/", "headers": pairs, "state": {}})


@pytest.mark.parametrize(
    ("site_url", "cookie"),
    [
        (SITE, "__Host-admitone={}; HttpOnly; Max-Age=34560000; Path=/; SameSite=lax; Secure"),
        (
            "http://127.0.0.1:8000",
            "__Host-admitone={}; HttpOnly; Max-Age=34560000; Path=/; SameSite=lax; Secure",
        ),
        ("http://192.0.2.2:8000", "admitone={}; HttpOnly; Max-Age=34560000; Path=/; SameSite=lax"),
    ],
)
def test_the_session_cookie_is_as_strict_as_the_address_allows(
    db: Database, site_url: str, cookie: str
) -> None:
    callers = _callers(db, site_url)
    response = Response()
    session = NewSession(uuid7(), uuid7(), accounts.new_token(), NOW)
    callers.keep(response, session)
    assert response.headers["set-cookie"] == cookie.format(session.token)


@pytest.mark.parametrize(
    ("site_url", "keeps"),
    [
        ("https://tickets.example", True),
        ("http://localhost:8000", True),
        ("http://app.localhost", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8000", True),
        ("http://tickets.example", False),
        ("http://192.0.2.2", False),
        ("http://localhost.example", False),
    ],
)
def test_secure_cookies_are_kept_over_https_and_on_this_machine(site_url: str, keeps: bool) -> None:
    assert keeps_secure_cookies(site_url) is keeps


def test_a_form_token_is_for_one_cookie_and_never_looks_the_same() -> None:
    csrf = Csrf(KEY, SITE)
    first, second = csrf.make("cookie"), csrf.make("cookie")
    assert first != second
    assert len(first) == 86
    assert csrf.is_valid(first, "cookie")
    assert csrf.is_valid(second, "cookie")
    changed = ("A" if first[0] != "A" else "B") + first[1:]
    for wrong in ("", "x", changed, first[:-2], first + "A", "é" * 86, "-" * 86):
        assert not csrf.is_valid(wrong, "cookie")
    assert not csrf.is_valid(first, "other cookie")
    assert not Csrf(bytes(32), SITE).is_valid(first, "cookie")


@pytest.mark.parametrize(
    ("fetch_site", "origin", "host", "said"),
    [
        ("same-origin", None, None, Origin.OURS),
        ("same-origin", "null", None, Origin.OURS),
        ("same-site", SITE, "tickets.example", Origin.FOREIGN),
        ("cross-site", SITE, "tickets.example", Origin.FOREIGN),
        ("none", None, None, Origin.UNSAID),
        (None, None, "tickets.example", Origin.UNSAID),
        (None, "null", "tickets.example", Origin.UNSAID),
        (None, SITE, None, Origin.OURS),
        (None, "http://192.0.2.2:8000", "192.0.2.2:8000", Origin.OURS),
        (None, "https://evil.example", "tickets.example", Origin.FOREIGN),
        (None, "https://tickets.example.evil.example", "tickets.example", Origin.FOREIGN),
        (None, "https://[", "tickets.example", Origin.FOREIGN),
    ],
)
def test_the_browser_says_where_a_request_comes_from(
    fetch_site: str | None, origin: str | None, host: str | None, said: Origin
) -> None:
    assert Csrf(KEY, SITE).origin(fetch_site=fetch_site, origin=origin, host=host) is said


def _is_ours(said: Origin, token: str, session: str | None, guest: str | None) -> bool:
    try:
        Csrf(KEY, SITE).require_ours(said, token, session=session, guest=guest)
    except FromElsewhere:
        return False
    return True


def test_a_session_needs_the_token_and_a_guest_the_token_or_the_browsers_word() -> None:
    right, wrong = Csrf(KEY, SITE).make("mine"), Csrf(KEY, SITE).make("another's")
    for said in (Origin.OURS, Origin.UNSAID):
        assert _is_ours(said, right, "mine", None)
        assert not _is_ours(said, wrong, "mine", None)
        assert not _is_ours(said, "", "mine", None)
        # A guest's token is not enough once somebody is signed in.
        assert not _is_ours(said, wrong, "mine", "another's")
        assert _is_ours(said, right, None, "mine")
        assert _is_ours(said, "", None, None)
    assert _is_ours(Origin.OURS, wrong, None, "mine")
    assert not _is_ours(Origin.UNSAID, wrong, None, "mine")
    for session, guest in (("mine", None), (None, "mine"), (None, None)):
        assert not _is_ours(Origin.FOREIGN, right, session, guest)


def test_reading_and_bearer_requests_need_no_token(db: Database) -> None:
    callers = _callers(db, SITE)
    cookie = f"{callers.session_cookie}=mine"
    callers.require_ours(_request("GET", cookie=cookie, sec_fetch_site="cross-site"), "")
    callers.require_ours(_request("POST", cookie=cookie, authorization="Bearer x"), "")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        with pytest.raises(FromElsewhere):
            callers.require_ours(_request(method, cookie=cookie, sec_fetch_site="same-origin"), "")
        with pytest.raises(FromElsewhere):
            callers.require_ours(_request(method, cookie=cookie, authorization="Basic x"), "")
        with pytest.raises(FromElsewhere):
            callers.require_ours(_request(method, cookie=cookie, authorization="Bearer "), "")


def test_a_visitor_without_cookies_is_given_one_that_their_form_belongs_to(db: Database) -> None:
    callers = _callers(db, SITE)
    asked = _request("GET")
    token = callers.form_token(asked)
    response = Response()
    callers.dress(asked, response)
    cookie = response.headers["set-cookie"].partition(";")[0]
    assert cookie.startswith("__Host-admitone-guest=")
    callers.require_ours(_request("POST", cookie=cookie), token)
    with pytest.raises(FromElsewhere):
        callers.require_ours(_request("POST", cookie=cookie), "")
    known = _request("GET", cookie=cookie)
    callers.form_token(known)
    again = Response()
    callers.dress(known, again)
    assert "set-cookie" not in again.headers


def _found() -> FoundSession:
    actor = Actor.person(uuid7(), session_id=uuid7())
    return FoundSession(actor, "Ada", is_due=False, proves_address=False)


def test_the_cache_holds_so_many_and_for_so_long() -> None:
    cache = ActorCache(seconds=60, most=2)
    found = {token: _found() for token in ("a", "b", "c")}
    for token, one in found.items():
        cache.put(token, one)
    assert [cache.get(token) for token in found] == [None, found["b"], found["c"]]
    cache.clear()
    assert cache.get("c") is None
    brief = ActorCache(seconds=0)
    brief.put("a", found["a"])
    assert brief.get("a") is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/tickets?x=1", "/tickets?x=1"),
        ("/", "/"),
        ("", ""),
        ("tickets", ""),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("/\t/evil.example", ""),
        ("/\n/evil.example", ""),
        ("https://evil.example", ""),
        ("javascript:alert(1)", ""),
        ("/\u2028", ""),
        ("/" + "a" * 500, ""),
    ],
)
def test_after_signing_in_one_stays_on_this_site(text: str, path: str) -> None:
    assert safe_path(text) == path


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) AppleWebKit/605 Version/18 Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140 Safari/537", "Chrome on Android"),
        ("curl/8.5", "A program"),
        ("", "A program"),
    ],
)
def test_a_device_is_called_what_its_owner_calls_it(agent: str, label: str) -> None:
    assert device_label(agent) == label


async def test_a_crowd_with_one_token_looks_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    callers = _callers(db, SITE)
    looks: list[str] = []
    find = accounts.find_session

    async def counted(reader: Reader, token: str, now: datetime) -> FoundSession | None:
        looks.append(token)
        return await find(reader, token, now)

    monkeypatch.setattr(accounts, "find_session", counted)
    crowd = ["one token"] * 40 + ["another"] * 40
    assert await asyncio.gather(*(callers.of_token(token) for token in crowd)) == [None] * 80
    assert sorted(looks) == ["another", "one token"]
    asked = asyncio.create_task(callers.of_token("one token"))
    await asyncio.sleep(0)
    callers.forget()
    await asyncio.gather(asked, callers.of_token("one token"))
    assert looks.count("one token") == 3, "whoever asks after a change is not told what was true before it"
