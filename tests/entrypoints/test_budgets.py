"""What a page may weigh on the wire, compressed: the page, its styles, every module it loads, its fonts.

The budgets are bytes that a phone on a slow line pays for; they only grow on purpose.
"""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx2
import pytest

from admitone.assembly import Assembly
from admitone.flows.demo_data import put_demo_on_sale
from tests.support import site

KB = 1024
PASSWORD = "go-see-something"
OWNER = "demo@admitone.example"
EVENT = "/e/lichthof-techno-und-lichtkunst"


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes by kind."""

    html: int
    css: int
    js: int
    fonts: int
    images: int


async def _page(client: httpx2.AsyncClient, path: str) -> tuple[str, int]:
    answer = await client.get(path)
    assert answer.status_code == 200, path
    return answer.text, await _sent(client, path)


async def _sent(client: httpx2.AsyncClient, path: str) -> int:
    """The bytes of the body as they travel."""
    async with client.stream("GET", path, headers={"accept-encoding": "br"}) as answer:
        assert answer.status_code == 200, path
        return sum([len(part) async for part in answer.aiter_raw()])


async def _modules(client: httpx2.AsyncClient, starts: list[str]) -> dict[str, int]:
    """Every script that is loaded, and the ones those import, with their bytes."""
    found: dict[str, int] = {}
    waiting = list(starts)
    while waiting:
        url = waiting.pop()
        if url not in found:
            found[url] = await _sent(client, url)
            text = (await client.get(url)).text
            waiting += [urljoin(url, name) for name in re.findall(r"\bfrom ?['\"](\./[^'\"]+)['\"]", text)]
    return found


async def weigh(client: httpx2.AsyncClient, path: str) -> Weight:
    """Everything one page makes a browser fetch before anybody touches it."""
    html, html_bytes = await _page(client, path)
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)
    fonts = re.findall(r'<link rel="preload" href="([^"]+)" as="font"', html)
    scripts = re.findall(r'<script type="module" src="([^"]+)"', html)
    scripts += re.findall(r'data-reader="([^"]+)"', html)
    pictures = [tag for tag in re.findall(r"<img [^>]*>", html) if 'loading="lazy"' not in tag]
    sources = set(re.findall(r'src="([^"]+)"', " ".join(pictures)))
    icons = {url.partition("#")[0] for url in re.findall(r'<use href="([^"]+)"', html)}
    assert len(sheets) == 1
    assert len(fonts) == 2
    return Weight(
        html=html_bytes,
        css=sum([await _sent(client, url) for url in sheets]),
        js=sum((await _modules(client, scripts)).values()),
        fonts=sum([await _sent(client, url) for url in fonts]),
        images=sum([await _sent(client, url) for url in sources | icons]),
    )


async def _demo(assembly: Assembly) -> None:
    await put_demo_on_sale(
        assembly.database,
        assembly.clock,
        assembly.passwords,
        owner_password=PASSWORD,
        door_password=PASSWORD,
    )


async def _post(
    client: httpx2.AsyncClient, shown: str, action: str, fields: dict[str, str]
) -> httpx2.Response:
    """Send the form with this action from the page at `shown`, with its hidden fields."""
    html = (await client.get(shown)).text
    wanted = re.compile(rf'action="{re.escape(action)}(#[a-z]+)?"')
    form = next(one for one in re.findall(r"<form.*?</form>", html, re.S) if wanted.search(one))
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    return await client.post(action, data={**hidden, **fields}, follow_redirects=False)


def _within(weight: Weight, *, html: int, css: int, js: int, fonts: int, images: int) -> None:
    assert weight.html <= html * KB, weight
    assert weight.css <= css * KB, weight
    assert weight.js <= js * KB, weight
    assert weight.fonts <= fonts * KB, weight
    assert weight.images <= images * KB, weight


@pytest.mark.parametrize("path", ["/", "/events", EVENT, "/tickets", "/sign-in", "/help"])
async def test_a_buyers_page_is_light(assembly: Assembly, path: str) -> None:
    await _demo(assembly)
    async with site.browser(assembly) as client:
        _within(await weigh(client, path), html=12, css=14, js=10, fonts=40, images=80)


async def test_the_checkout_is_light_and_runs_no_script(assembly: Assembly) -> None:
    await _demo(assembly)
    async with site.browser(assembly) as client:
        field = re.search(r'<input id="[^"]+" name="([^"]+)" type="number"', (await client.get(EVENT)).text)
        assert field is not None
        held = await _post(client, EVENT, f"{EVENT}/hold", {field[1]: "2"})
        weight = await weigh(client, held.headers["location"])
    assert weight.js == 0
    _within(weight, html=12, css=14, js=10, fonts=40, images=80)


async def test_the_organisers_pages_and_the_door_keep_to_their_budgets(assembly: Assembly) -> None:
    await _demo(assembly)
    async with site.browser(assembly) as client:
        await _post(client, "/sign-in", "/sign-in/password", {"email": OWNER, "password": PASSWORD})
        listed = "/organiser/foundry-presents"
        event = re.search(rf'href="({listed}/events/[^"/]+)"', (await client.get(listed)).text)
        assert event is not None
        for path in (listed, event[1], f"{event[1]}/orders", f"{event[1]}/edit", f"{listed}/team"):
            _within(await weigh(client, path), html=20, css=14, js=40, fonts=40, images=80)
        door = f"/checkin/{event[1].rsplit('/', 1)[1]}?door=Main"
        weight = await weigh(client, door)
        _within(weight, html=6, css=14, js=25, fonts=40, images=20)
        decoder = re.search(r'data-wasm="([^"]+)"', (await client.get(door)).text)
        assert decoder is not None
        assert await _sent(client, decoder[1]) <= 360 * KB
