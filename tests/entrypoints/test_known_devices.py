"""Strangers use up the counts of somebody's account; its owner gets in all the same on a device that is known."""

import re
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.http import create_app
from admitone.settings import Settings

ADA, MALLORY = "ada@example.org", "mallory@example.org"
PASSWORD = "four green tangerines"
HOME, CAFE = "198.51.100.7", "192.0.2.77"
SITE = "https://testserver"
COOKIE = "__Host-admitone-devices"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A site behind TLS, so that cookies have the names and attributes they have in the world."""
    return Settings(home=tmp_path, base_url=SITE, allowed_hosts=("testserver",), development=True)


class Browser:
    """A browser without scripts. It may be carried from one network to another."""

    def __init__(self, assembly: Assembly, source: str) -> None:
        self._assembly = assembly
        self._transport = httpx2.ASGITransport(create_app(assembly), client=(source, 5000))
        self.client = httpx2.AsyncClient(transport=self._transport, base_url=SITE)
        self.client.headers["sec-fetch-site"] = "same-origin"

    def go_to(self, source: str) -> None:
        self._transport.client = (source, 5000)

    async def send(self, page: str, action: str, **fields: str) -> httpx2.Response:
        """Open a page and send one of its forms with everything hidden in it."""
        html = (await self.client.get(page)).text
        form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', html, re.S)
        assert form is not None, html
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
        return await self.client.post(action, data={**hidden, **fields})

    async def with_password(self, email: str = ADA, password: str = PASSWORD) -> httpx2.Response:
        return await self.send("/sign-in", "/sign-in/password", email=email, password=password)

    async def ask_link(self, email: str = ADA) -> httpx2.Response:
        return await self.send("/sign-in", "/sign-in/link", email=email)

    async def find_tickets(self, email: str = ADA) -> httpx2.Response:
        return await self.send("/tickets", "/tickets/find", email=email)

    async def use_link(self) -> httpx2.Response:
        return await self.send(f"/link/{await newest_token(self._assembly)}", "/sign-in/confirm")

    async def sign_out(self) -> httpx2.Response:
        return await self.send("/account", "/sign-out")

    async def is_signed_in(self) -> bool:
        return (await self.client.get("/account")).status_code == 200

    @property
    def kept(self) -> str:
        return self.client.cookies.get(COOKIE) or ""


async def newest_token(assembly: Assembly) -> str:
    """The token of the link in the newest letter."""
    async with assembly.database.reading() as reader:
        rows = await reader.execute(text("SELECT plain FROM messaging_letter ORDER BY id DESC LIMIT 1"))
        found = re.search(r"/link/(\S{43})\s", rows.scalar_one())
    assert found is not None
    return found[1]


async def at_home(assembly: Assembly, email: str = ADA, source: str = HOME) -> Browser:
    """Somebody's browser at home: they joined, set a password and signed out again."""
    browser = Browser(assembly, source)
    await browser.ask_link(email)
    assert (await browser.use_link()).status_code == 303
    saved = await browser.send("/account", "/account/password", new_password=PASSWORD)
    assert (saved.status_code, saved.headers["location"]) == (303, "/account")
    await browser.sign_out()
    assert not await browser.is_signed_in()
    return browser


async def use_up(assembly: Assembly, email: str = ADA) -> None:
    """What an attacker does from elsewhere until every shared count of the account is used up."""
    attacker = Browser(assembly, "203.0.113.1")
    for number in range(10):
        attacker.go_to(f"203.0.113.{number}")
        assert (await attacker.with_password(email, "guess")).status_code == 422
    for asking in (attacker.ask_link, attacker.find_tickets):
        answers = [(await asking(email)).status_code for _ in range(6)]
        # The owner may have taken one of the five themselves.
        assert (answers[:4], answers[5]) == ([200] * 4, 429)
    attacker.go_to("203.0.113.99")
    assert (await attacker.with_password(email, "guess")).status_code == 429
    assert attacker.kept == ""


async def letters(assembly: Assembly) -> int:
    async with assembly.database.reading() as reader:
        return int((await reader.execute(text("SELECT count(*) FROM messaging_letter"))).scalar_one())


async def test_an_attacker_elsewhere_does_not_lock_the_owner_out_of_either_way_in(assembly: Assembly) -> None:
    home = await at_home(assembly)
    await use_up(assembly)
    # The owner's own browser, in whatever network it is now.
    home.go_to(CAFE)
    assert (await home.with_password()).status_code == 303
    assert await home.is_signed_in()
    await home.sign_out()
    before = await letters(assembly)
    assert (await home.ask_link()).status_code == 200
    assert await letters(assembly) == before + 1
    assert (await home.use_link()).status_code == 303
    assert await home.is_signed_in()
    await home.sign_out()
    assert (await home.find_tickets()).status_code == 200
    assert (await home.use_link()).headers["location"] == "/tickets"
    assert await home.is_signed_in()


async def test_what_strangers_share_stays_used_up_for_all_of_them(assembly: Assembly) -> None:
    await at_home(assembly)
    mallory = await at_home(assembly, MALLORY, "198.51.100.8")
    await use_up(assembly)
    stranger = Browser(assembly, CAFE)
    for browser in (stranger, mallory):
        # The right password even, and a browser that is known, but for another account.
        before = await letters(assembly)
        assert (await browser.with_password()).status_code == 429
        assert (await browser.ask_link()).status_code == 429
        assert (await browser.find_tickets()).status_code == 429
        assert not await browser.is_signed_in()
        assert await letters(assembly) == before


async def test_a_known_device_has_as_many_tries_as_strangers_share_and_takes_none_of_theirs(
    assembly: Assembly,
) -> None:
    home = await at_home(assembly)
    for number in range(10):
        home.go_to(f"198.51.100.{100 + number}")
        assert (await home.with_password(password="guess")).status_code == 422
    home.go_to(CAFE)
    assert (await home.with_password()).status_code == 429
    assert [(await home.ask_link()).status_code for _ in range(6)] == [200] * 5 + [429]
    stranger = Browser(assembly, "192.0.2.78")
    assert (await stranger.ask_link()).status_code == 200
    assert (await stranger.with_password()).status_code == 303


async def test_a_thief_of_the_cookie_gets_a_count_and_loses_it_at_the_owners_next_sign_in(
    assembly: Assembly,
) -> None:
    home = await at_home(assembly)
    thief = Browser(assembly, "203.0.113.1")
    thief.client.cookies.set(COOKIE, home.kept)
    assert not await thief.is_signed_in()
    assert (await thief.client.get("/api/v1/me")).status_code == 401
    for number in range(10):
        thief.go_to(f"203.0.113.{number}")
        assert (await thief.with_password(password="guess")).status_code == 422
    thief.go_to("203.0.113.99")
    assert (await thief.with_password()).status_code == 429
    # It is the same device for now; the mailed link is still open, and makes it another.
    assert (await home.with_password()).status_code == 429
    await home.ask_link()
    assert (await home.use_link()).status_code == 303
    await home.sign_out()
    assert (await home.with_password()).status_code == 303
    assert (await thief.with_password()).status_code == 429


async def test_several_people_share_a_browser(assembly: Assembly) -> None:
    shared = await at_home(assembly)
    await shared.ask_link(MALLORY)
    await shared.use_link()
    await shared.sign_out()
    await use_up(assembly)
    assert (await shared.with_password()).status_code == 303


async def test_the_cookie_is_strict_says_nothing_and_outlives_signing_out(assembly: Assembly) -> None:
    browser = Browser(assembly, HOME)
    for answer in (await browser.ask_link(), await browser.with_password()):
        assert answer.status_code in (200, 422)
        assert COOKIE not in str(answer.headers.get_list("set-cookie"))
    await browser.ask_link()
    used = await browser.use_link()
    await browser.send("/account", "/account/password", new_password=PASSWORD)
    kept = browser.kept
    for way in ("/sign-out", "/account/sign-out-everywhere"):
        out = await browser.send("/account", way)
        assert (out.status_code, browser.kept) == (303, kept)
        signed_in = await browser.with_password()
        assert browser.kept != kept
        kept = browser.kept
        for answer in (used, signed_in):
            (line,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE)]
            value, _, attributes = line.removeprefix(f"{COOKIE}=").partition("; ")
            assert attributes == "HttpOnly; Max-Age=34560000; Path=/; SameSite=lax; Secure"
            assert re.fullmatch(r"[A-Za-z0-9_-]{48}", value)
            assert answer.headers["cache-control"] == "no-store"


async def test_programs_keep_a_device_of_their_own(assembly: Assembly) -> None:
    home = await at_home(assembly)
    right = {"email": ADA, "password": PASSWORD}
    api = Browser(assembly, CAFE).client
    first = await api.post("/api/v1/sessions", json=right)
    assert first.status_code == 201
    assert "set-cookie" not in first.headers
    device = first.json()["device"]
    await use_up(assembly)
    for body in (
        {},
        {"device": None},
        {"device": "x"},
        {"device": device[:-1] + ("A" if device[-1] != "A" else "B")},
    ):
        assert (await api.post("/api/v1/sessions", json={**right, **body})).status_code == 429
        asked = await api.post("/api/v1/sign-in-links", json={"email": ADA, **body})
        assert (asked.status_code, asked.json()["code"]) == (429, "too_many")
    for purpose in ("sign_in", "find_tickets"):
        body = {"email": ADA, "purpose": purpose, "device": device}
        assert (await api.post("/api/v1/sign-in-links", json=body)).status_code == 202
    used = await api.post("/api/v1/sign-in-links/use", json={"token": await newest_token(assembly)})
    assert used.status_code == 201
    for known in (device, used.json()["device"]):
        made = await api.post("/api/v1/sessions", json={**right, "device": known})
        assert (made.status_code, len(made.json()["device"])) == (201, 48)
    # A browser's cookie counts for the API too, whose answers never repeat what is in it.
    made = await home.client.post("/api/v1/sessions", json=right)
    assert (made.status_code, made.json()["device"] in home.kept) == (201, False)
    long = await api.post("/api/v1/sessions", json={**right, "device": "A" * 49})
    assert (long.status_code, '"device"' in long.text) == (422, True)


async def test_being_known_says_nothing_about_whether_others_have_an_account(assembly: Assembly) -> None:
    home = await at_home(assembly)
    await at_home(assembly, MALLORY, "198.51.100.8")
    answers = []
    for email in (MALLORY, "nobody@example.org"):
        wrong = await home.client.post("/api/v1/sessions", json={"email": email, "password": "guess"})
        link = await home.client.post("/api/v1/sign-in-links", json={"email": email})
        answers.append((wrong.status_code, wrong.json()["code"], link.status_code, link.json()))
    assert answers[0] == answers[1]
    assert answers[0][:3] == (401, "accounts.wrong_password", 202)


async def test_whoever_is_signed_in_changes_their_password_while_strangers_guess(assembly: Assembly) -> None:
    browser = await at_home(assembly)
    assert (await browser.with_password()).status_code == 303
    await use_up(assembly)
    fields = {"new_password": "five blue tangerines"}
    for number in range(10):
        wrong = await browser.send("/account", "/account/password", current_password=f"no {number}", **fields)
        assert wrong.status_code == 422
    limited = await browser.send("/account", "/account/password", current_password=PASSWORD, **fields)
    assert limited.status_code == 429
    await browser.sign_out()
    assert (await browser.with_password()).status_code == 303
    saved = await browser.send("/account", "/account/password", current_password=PASSWORD, **fields)
    assert saved.status_code == 303
