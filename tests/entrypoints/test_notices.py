"""A word about what has just happened is said once, on a site over TLS as a browser sees it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from admitone import migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.entrypoints.http import create_app
from admitone.settings import Settings
from tests.entrypoints.test_buyer_pages import hidden

ORIGIN = "https://testserver"


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Assembly]:
    settings = Settings(home=tmp_path, base_url=ORIGIN)
    built = await assemble(settings, OpenDatabase(database_url, None), migrations.APP_ROLE, name="tls site")
    yield built
    await built.close()


def _a_browser_heeds(line: str) -> bool:
    """RFC 6265bis, section 5.7: a cookie named `__Host-…` is ignored without Secure and Path=/."""
    parts = {part.strip().lower() for part in line.split(";")[1:]}
    return not line.startswith("__Host-") or ({"secure", "path=/"} <= parts)


async def test_a_notice_is_shown_once_and_leaves_the_browser(site: Assembly) -> None:
    transport = httpx2.ASGITransport(create_app(site))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        client.headers["sec-fetch-site"] = "same-origin"
        form = hidden((await client.get("/sign-in")).text, "/sign-in/link")
        left = await client.post("/sign-out", data={"csrf": form["csrf"]})
        shown = await client.get("/sign-in")
        assert "You are signed out." in shown.text
        lines = [
            line
            for answer in (left, shown)
            for line in answer.headers.get_list("set-cookie")
            if line.startswith("__Host-admitone-notice=")
        ]
        assert ["Max-Age=0" in line for line in lines] == [False, True]
        assert [line for line in lines if not _a_browser_heeds(line)] == []
        assert "You are signed out." not in (await client.get("/sign-in")).text
