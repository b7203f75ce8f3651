"""A site on one's own machine shows letters and takes play money, and nothing at all through an unknown proxy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx2
import pytest
from sqlalchemy import text
from starlette.types import Receive, Scope, Send

from admitone.assembly import Assembly
from admitone.entrypoints.demo_people import DEMO_PASSWORD
from admitone.entrypoints.hosts import is_as_printed
from admitone.entrypoints.http import create_app
from admitone.flows.demo_data import put_demo_on_sale
from admitone.settings import Settings
from tests.support.site import counts

MARKS = (
    ("X-Forwarded-For", "198.51.100.1"),
    ("X-Forwarded-Host", "tickets.example"),
    ("X-Forwarded-Proto", "https"),
    ("Forwarded", "for=198.51.100.1"),
    ("X-Real-IP", "198.51.100.1"),
    ("Via", "1.1 proxy"),
    ("CF-Connecting-IP", "198.51.100.1"),
)
PAGES = ("/", "/sign-in", "/dev/mailbox", "/api/v1/events")


@asynccontextmanager
async def site(
    assembly: Assembly, http_version: str = "1.1", **options: object
) -> AsyncIterator[httpx2.AsyncClient]:
    """The site as it is with these settings and no others, asked as a browser on the same machine would."""
    settings = Settings(home=assembly.settings.home, **options)  # type: ignore[arg-type]
    inner = create_app(replace(assembly, settings=settings))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await inner({**scope, "http_version": http_version}, receive, send)

    url = settings.site_url
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=url) as client:
        client.headers["sec-fetch-site"] = "same-origin"
        yield client


async def put_letter(assembly: Assembly) -> str:
    """The address of a letter in the mailbox."""
    await assembly.join.ask_link(email="ada@example.org", source="192.0.2.1")
    async with assembly.database.reading() as reader:
        found = (await reader.execute(text("SELECT id FROM messaging_letter"))).scalar_one()
    return f"/dev/mailbox/{found}"


@pytest.mark.parametrize(("name", "value"), MARKS)
async def test_whatever_a_proxy_adds_closes_a_site_that_knows_of_none(
    assembly: Assembly, name: str, value: str
) -> None:
    before = await counts(assembly)
    async with site(assembly) as client:
        for path in (*PAGES, "/static/icon.svg", "/nothing"):
            answer = await client.get(path, headers={name: value})
            assert answer.status_code == 403, path
            for told in ("request.behind_proxy", "ADMITONE_BASE_URL", "ADMITONE_TRUSTED_PROXIES"):
                assert told in answer.text, path
        for path in ("/api/v1/holds", "/api/v1/scans", "/api/v1/sessions", "/webhooks/sandbox"):
            answer = await client.post(path, json={}, headers={name: value})
            assert (answer.status_code, answer.json()["code"]) == (403, "request.behind_proxy"), path
        assert (await client.get("/health/live", headers={name: value})).status_code == 200
        assert (await client.get("/health/ready", headers={name: value})).status_code == 200
    assert await counts(assembly) == before


async def test_without_a_proxy_it_is_open(assembly: Assembly) -> None:
    async with site(assembly) as client:
        for path in PAGES:
            assert (await client.get(path)).status_code == 200, path


async def test_a_site_with_an_address_of_its_own_is_asked_through_any_proxy(assembly: Assembly) -> None:
    async with site(assembly, base_url="https://tickets.example") as client:
        for name, value in MARKS:
            assert (await client.get("/", headers={name: value})).status_code == 200, name
            answer = await client.get("/dev/mailbox", headers={name: value})
            assert answer.status_code == 404, name


async def test_whoever_opens_development_to_a_proxy_names_it(assembly: Assembly) -> None:
    url = "https://demo.example"
    for trusted, status in (((), 403), (("127.0.0.1",), 200)):
        async with site(assembly, base_url=url, development=True, trusted_proxies=trusted) as client:
            for path in ("/", "/dev/mailbox"):
                answer = await client.get(path, headers={"X-Forwarded-For": "198.51.100.1"})
                assert answer.status_code == status, path


@pytest.mark.parametrize(
    ("http_version", "host", "is_open"),
    [
        ("1.1", "127.0.0.1:8000", True),
        ("1.1", "localhost:8000", True),
        ("1.1", "[::1]:8000", True),
        ("1.1", "127.0.0.1:8080", False),
        ("1.1", "localhost", False),
        ("1.1", "box.example:8000", False),
        ("1.0", "127.0.0.1:8000", False),
    ],
)
async def test_what_only_development_has_opens_at_the_printed_address_only(
    assembly: Assembly, http_version: str, host: str, is_open: bool
) -> None:
    await put_demo_on_sale(
        assembly.database,
        assembly.clock,
        assembly.passwords,
        owner_password=DEMO_PASSWORD,
        door_password=DEMO_PASSWORD,
    )
    letter = await put_letter(assembly)
    async with site(assembly, http_version, allowed_hosts=("box.example",)) as client:
        client.headers["host"] = host
        for path in ("/dev/mailbox", letter, f"{letter}/html", f"{letter}/files/1"):
            answer = await client.get(path)
            if is_open:
                assert answer.status_code == (404 if path.endswith("/1") else 200), path
            else:
                assert answer.status_code == 403, path
                for told in ("request.not_as_printed", "ADMITONE_BASE_URL", "ADMITONE_TRUSTED_PROXIES"):
                    assert told in answer.text, path
                assert "ada@example.org" not in answer.text, path
        page = await client.get("/sign-in")
        assert page.status_code == 200
        assert (DEMO_PASSWORD in page.text) is is_open


@pytest.mark.parametrize(
    ("site_url", "host", "is_same"),
    [
        ("http://127.0.0.1", "127.0.0.1", True),
        ("http://127.0.0.1", "localhost:80", True),
        ("https://demo.example", "Demo.Example", True),
        ("https://demo.example", "demo.example:443", True),
        ("https://demo.example", "demo.example:80", False),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://127.0.0.1:8000", "127.0.0.1:8000.evil.example", False),
        ("http://127.0.0.1:8000", "", False),
    ],
)
def test_hosts_as_printed(site_url: str, host: str, is_same: bool) -> None:
    assert is_as_printed(site_url, host) is is_same
