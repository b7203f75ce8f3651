"""Joining over HTTP: pages as a browser without script sees them, and the API."""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx2
import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.http import create_app
from tests.support.onsale import put_on_sale

EMAIL = "ada@example.org"
PASSWORD = "four green tangerines"
ORIGIN = {"origin": "http://testserver"}


@pytest.fixture
async def browser(assembly: Assembly) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=create_app(assembly))
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://testserver", headers={"user-agent": "Firefox/140 Linux"}
    ) as client:
        yield client


async def _letter(assembly: Assembly) -> str:
    """The path of the link in the newest letter."""
    async with assembly.database.reading() as reader:
        rows = await reader.execute(text("SELECT plain FROM messaging_letter ORDER BY id DESC LIMIT 1"))
        found = re.search(r"http://testserver(/(?:link|invitation)/\S{43})\s", rows.scalar_one())
    assert found is not None
    return found[1]


async def _send(
    browser: httpx2.AsyncClient, page: str, action: str, fields: dict[str, str]
) -> httpx2.Response:
    """Open a page and send one of its forms, with everything hidden in it."""
    html = (await browser.get(page)).text
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', html, re.S)
    assert form is not None, html
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
    assert set(fields) <= set(re.findall(r'name="([^"]+)"', form[0])), form[0]
    return await browser.post(action, data={**hidden, **fields}, headers=ORIGIN)


async def _joined(browser: httpx2.AsyncClient, assembly: Assembly, email: str = EMAIL) -> None:
    sent = await _send(browser, "/register", "/register", {"name": "Ada Obi", "email": email})
    assert (sent.status_code, "Look in your mail" in sent.text) == (200, True)
    used = await _send(browser, await _letter(assembly), "/sign-in/confirm", {})
    assert (used.status_code, used.headers["location"]) == (303, "/tickets")


async def test_a_person_registers_sets_a_password_and_signs_in_with_it(
    browser: httpx2.AsyncClient, assembly: Assembly
) -> None:
    await _joined(browser, assembly)
    saved = await _send(browser, "/account", "/account/password", {"new_password": PASSWORD})
    assert (saved.status_code, saved.headers["location"]) == (303, "/account")
    account = (await browser.get("/account")).text
    assert "Firefox on Linux" in account
    assert "Change your password" in account
    # The address was proved a moment ago: a forgotten password can be replaced.
    assert "current_password" not in account
    out = await _send(browser, "/account", "/sign-out", {})
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    gone = await browser.get("/account")
    assert (gone.status_code, gone.headers["location"]) == (303, "/sign-in?next=%2Faccount")
    wrong = await _send(browser, "/sign-in", "/sign-in/password", {"email": EMAIL, "password": "wrong"})
    assert wrong.status_code == 422
    assert "do not go together" in wrong.text
    assert 'value="wrong"' not in wrong.text
    page = "/sign-in?next=%2Faccount"
    right = await _send(browser, page, "/sign-in/password", {"email": EMAIL, "password": PASSWORD})
    assert (right.status_code, right.headers["location"]) == (303, "/account")
    assert "current_password" in (await browser.get("/account")).text


async def test_opening_a_link_changes_nothing_and_the_button_works_once(
    browser: httpx2.AsyncClient, assembly: Assembly
) -> None:
    await _send(browser, "/sign-in?next=%2Faccount", "/sign-in/link", {"email": EMAIL})
    path = await _letter(assembly)
    for _ in range(3):
        page = await browser.get(path)
        assert (page.status_code, EMAIL in page.text) == (200, True)
    first = await _send(browser, path, "/sign-in/confirm", {})
    assert first.headers["location"] == "/account"
    used = await browser.get(path)
    assert used.status_code == 410
    assert ("This link is used up" in used.text, "Mail me a new link" in used.text) == (True, False)
    assert "You are signed in, so you need no link." in used.text
    assert (await browser.get("/link/" + "x" * 43)).status_code == 404


async def test_a_link_that_has_ended_leads_to_a_new_one(
    browser: httpx2.AsyncClient, assembly: Assembly
) -> None:
    for email in ("used@example.org", "old@example.org"):
        await _send(browser, "/sign-in", "/sign-in/link", {"email": email})
        path = await _letter(assembly)
        opened = await browser.get(path)
        if email.startswith("used"):
            await _send(browser, path, "/sign-in/confirm", {})
            await _send(browser, "/account", "/sign-out", {})
        else:
            async with assembly.database.engine.begin() as connection:
                await connection.execute(
                    text("UPDATE accounts_mailed_link SET valid_until = valid_until - interval '1 day'")
                )
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', opened.text))
        hidden["csrf"] = _csrf((await browser.get("/sign-in")).text)
        for answer in (
            await browser.get(path),
            await browser.post("/sign-in/confirm", data=hidden, headers=ORIGIN),
        ):
            assert answer.status_code == 410
            words = "This link is used up" if email.startswith("used") else "This link is too old"
            assert words in answer.text
            assert re.search(r'<a class="btn" href="/sign-in">Mail me a new link</a>', answer.text)


def _csrf(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found is not None
    return found[1]


async def test_a_form_from_elsewhere_changes_nothing(browser: httpx2.AsyncClient, assembly: Assembly) -> None:
    await _joined(browser, assembly)
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, ORIGIN, {}):
        answer = await browser.post("/account/name", data={"name": "Mallory"}, headers=headers)
        assert answer.status_code == 403
        api = await browser.patch("/api/v1/me", json={"name": "Mallory"}, headers=headers)
        assert (api.status_code, api.json()["code"]) == (403, "request.from_elsewhere")
    assert (await browser.get("/api/v1/me")).json()["name"] == "Ada Obi"


async def test_an_owner_invites_and_the_invited_person_joins(
    browser: httpx2.AsyncClient, assembly: Assembly
) -> None:
    await _joined(browser, assembly)
    token = await _bearer(assembly)
    headers = {"authorization": f"Bearer {token}"}
    made = await browser.post("/api/v1/organisers", json={"name": "Foundry Presents"}, headers=headers)
    assert (made.status_code, made.json()["slug"]) == (201, "foundry-presents")
    team = "/organiser/foundry-presents/team"
    bad = await _send(browser, team, team, {"email": "dora", "role": "door"})
    assert bad.status_code == 422
    sent = await _send(browser, team, team, {"email": "dora@example.org", "role": "door"})
    assert (sent.status_code, sent.headers["location"]) == (303, team)
    assert "dora@example.org" in (await browser.get(team)).text
    invitation = await _letter(assembly)
    await _send(browser, "/account", "/sign-out", {})
    assert (await browser.get(team)).status_code == 303
    await _joined(browser, assembly, "dora@example.org")
    joined = await _send(browser, invitation, "/invitation", {})
    assert joined.headers["location"] == "/organiser/foundry-presents"
    roles = (await browser.get("/api/v1/me")).json()["organisers"]
    assert [(one["slug"], one["role"]) for one in roles] == [("foundry-presents", "door")]
    assert (await browser.get(team)).status_code == 403


async def test_an_invitation_says_who_invites_whom_before_anybody_signs_in(
    browser: httpx2.AsyncClient, assembly: Assembly
) -> None:
    await _joined(browser, assembly)
    headers = {"authorization": f"Bearer {await _bearer(assembly)}"}
    await browser.post("/api/v1/organisers", json={"name": "Foundry Presents"}, headers=headers)
    team = "/organiser/foundry-presents/team"
    await _send(browser, team, team, {"email": "dora@example.org", "role": "door"})
    invitation = await _letter(assembly)
    # Somebody else is signed in: they cannot take it, and are told before they try.
    other = (await browser.get(invitation)).text
    assert f"You are signed in as {EMAIL}." in other
    assert 'action="/invitation"' not in other
    await _send(browser, invitation, "/sign-out", {})
    page = await browser.get(invitation)
    assert page.status_code == 200
    words = " ".join(re.sub("<[^>]*>", " ", page.text).split())
    assert "Ada Obi invites you to work on the events of Foundry Presents as door staff" in words
    assert "Invited address dora@example.org" in words
    assert "Make an account" not in words
    assert "it makes one" in words
    assert page.text.index("/sign-in/link") < page.text.index("/sign-in/password")
    assert page.text.count('value="dora@example.org"') == 2, "the address is filled in"
    # The mailed link makes the account, and leads back.
    sent = await _send(browser, invitation, "/sign-in/link", {})
    assert "Look in your mail" in sent.text
    used = await _send(browser, await _letter(assembly), "/sign-in/confirm", {})
    assert (used.status_code, used.headers["location"]) == (303, invitation)
    ready = await browser.get(invitation)
    assert "Ada Obi invites you to work on its events as door staff. For dora@example.org." in ready.text
    joined = await _send(browser, invitation, "/invitation", {})
    assert joined.headers["location"] == "/organiser/foundry-presents"
    for gone in (invitation, f"{invitation[:-1]}x"):
        assert (await browser.get(gone)).status_code in (404, 410)


async def _bearer(assembly: Assembly, email: str = EMAIL) -> str:
    """The token of a session of a program's own, which has no cookies."""
    transport = httpx2.ASGITransport(app=create_app(assembly))
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver/api/v1") as program:
        assert (await program.post("/sign-in-links", json={"email": email})).status_code == 202
        token = (await _letter(assembly)).rpartition("/")[2]
        used = await program.post("/sign-in-links/use", json={"token": token})
    assert used.status_code == 201
    return str(used.json()["token"])


async def test_the_api_registers_signs_in_and_out(assembly: Assembly) -> None:
    transport = httpx2.ASGITransport(app=create_app(assembly))
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver/api/v1") as program:
        for email in (EMAIL, EMAIL):
            asked = await program.post("/people", json={"name": "Ada", "email": email})
            assert asked.status_code == 202
            assert asked.json()["detail"].startswith("If the address is right, we have sent a link to it.")
        token = (await _letter(assembly)).rpartition("/")[2]
        used = await program.post("/sign-in-links/use", json={"token": token})
        assert (used.status_code, used.json()["is_new"], used.json()["purpose"]) == (201, True, "register")
        assert "set-cookie" not in used.headers
        again = await program.post("/sign-in-links/use", json={"token": token})
        assert (again.status_code, again.json()["code"]) == (410, "accounts.link_used")
        headers = {"authorization": f"Bearer {used.json()['token']}"}
        short = await program.patch("/me", json={"new_password": "short", "name": "Bea"}, headers=headers)
        assert (short.status_code, short.json()["field"]) == (422, "new_password")
        me = (await program.get("/me", headers=headers)).json()
        assert (me["name"], me["has_password"]) == ("Ada", False)
        changed = await program.patch("/me", json={"new_password": PASSWORD}, headers=headers)
        assert (changed.status_code, changed.json()["has_password"]) == (200, True)
        made = await program.post("/sessions", json={"email": EMAIL, "password": PASSWORD})
        assert made.status_code == 201
        for email in (EMAIL, "nobody@example.org"):
            wrong = await program.post("/sessions", json={"email": email, "password": "wrong"})
            assert (wrong.status_code, wrong.json()["code"]) == (401, "accounts.wrong_password")
        assert (await program.delete("/sessions/current", headers=headers)).status_code == 204
        assert (await program.get("/me", headers=headers)).status_code == 401
        other = {"authorization": f"Bearer {made.json()['token']}"}
        assert (await program.get("/me", headers=other)).status_code == 200
        assert (await program.delete("/sessions", headers=other)).json() == {"ended": 1}
        assert (await program.get("/me", headers=other)).status_code == 401
        for forged in ("Bearer x", "Bearer " + "x" * 43, "Basic x", "Bearer"):
            assert (await program.get("/me", headers={"authorization": forged})).status_code == 401


async def test_an_organisers_team_is_its_owners_business(assembly: Assembly) -> None:
    transport = httpx2.ASGITransport(app=create_app(assembly))
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver/api/v1") as program:
        tokens = []
        for email in (EMAIL, "mallory@example.org"):
            await program.post("/sign-in-links", json={"email": email})
            token = (await _letter(assembly)).rpartition("/")[2]
            used = await program.post("/sign-in-links/use", json={"token": token})
            tokens.append({"authorization": f"Bearer {used.json()['token']}"})
        owner, mallory = tokens
        made = (await program.post("/organisers", json={"name": "Foundry"}, headers=owner)).json()
        url = f"/organisers/{made['id']}"
        asked: tuple[tuple[str, str, dict[str, str] | None], ...] = (
            ("GET", url, None),
            ("GET", f"{url}/members", None),
            ("POST", f"{url}/members", {"email": "x@example.org", "role": "owner"}),
            ("PATCH", f"{url}/members/{made['id']}", {"role": "owner"}),
            ("DELETE", f"{url}/members/{made['id']}", None),
            ("DELETE", f"{url}/invitations/{made['id']}", None),
        )
        for method, path, body in asked:
            refused = await program.request(method, path, json=body, headers=mallory)
            assert (refused.status_code, refused.json()["code"]) == (403, "accounts.not_allowed"), path
            assert (await program.request(method, path, json=body)).status_code == 401
        invited = await program.post(
            f"{url}/members", json={"email": "dora@example.org", "role": "door"}, headers=owner
        )
        assert invited.status_code == 202
        team = (await program.get(f"{url}/members", headers=owner)).json()
        assert [(one["email"], one["role"]) for one in team["members"]] == [(EMAIL, "owner")]
        (waiting,) = team["invitations"]
        assert waiting["email"] == "dora@example.org"
        token = (await _letter(assembly)).rpartition("/")[2]
        wrong = await program.post("/invitations/use", json={"token": token}, headers=mallory)
        assert (wrong.status_code, wrong.json()["code"]) == (403, "accounts.invitation_for_another")
        gone = await program.delete(f"{url}/invitations/{waiting['id']}", headers=owner)
        assert gone.status_code == 204
        me = team["members"][0]["person_id"]
        same = await program.patch(f"{url}/members/{me}", json={"role": "owner"}, headers=owner)
        assert same.status_code == 204
        lone = await program.patch(f"{url}/members/{me}", json={"role": "door"}, headers=owner)
        assert (lone.status_code, lone.json()["code"]) == (409, "accounts.last_owner")
        last = await program.delete(f"{url}/members/{me}", headers=owner)
        assert (last.status_code, last.json()["code"]) == (409, "accounts.last_owner")


async def test_the_checkout_knows_who_is_signed_in(browser: httpx2.AsyncClient, assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    held = await browser.post(f"/e/{show.slug}/hold", data={f"q_{show.types[0]}": "1"})
    checkout = held.headers["location"]
    known = ('name="name" type="text" value="Ada Obi"', f'name="email" type="email" value="{EMAIL}"')
    assert not [field for field in known if field in (await browser.get(checkout)).text]
    await _joined(browser, assembly)
    assert [field for field in known if field in (await browser.get(checkout)).text] == list(known)


@pytest.mark.parametrize(
    ("ahead", "reason"),
    [
        ("/invitation/abc", "The mailed link makes an account if you have none."),
        ("/organiser", "sell tickets and to look after your events"),
        ("/checkin/1", "let people in"),
        ("/account", "You need no account to buy"),
    ],
)
async def test_signing_in_says_what_it_is_for(browser: httpx2.AsyncClient, ahead: str, reason: str) -> None:
    page = f"/sign-in?next={quote(ahead, safe='')}"
    assert reason in (await browser.get(page)).text
    # Another address is asked for without losing the way.
    sent = await _send(browser, page, "/sign-in/link", {"email": EMAIL})
    assert f'href="{page}"' in sent.text
