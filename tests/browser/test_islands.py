"""The pages in real Chromium under the real content policy: stepper, waiting page, scanner, axe."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from admitone.tickets.renderings import qr
from tests.support.sample_events import CODE
from tests.support.sample_views import all_views
from tools import preview
from tools.chromium import executable

WIDTH, HEIGHT = 640, 480
PARTS = 4


def _camera(path: Path, text: str) -> None:
    """A short film of one QR code, as Chromium's fake camera reads it (YUV4MPEG2, 4:2:0)."""
    symbol = qr.symbol(text)
    scale = 8
    side = (symbol.size + 8) * scale
    left, top = (WIDTH - side) // 2, (HEIGHT - side) // 2
    light = bytearray(b"\x80" * (WIDTH * HEIGHT))
    for y in range(side):
        for x in range(side):
            column, row = x // scale - 4, y // scale - 4
            inside = 0 <= column < symbol.size and 0 <= row < symbol.size
            dark = inside and symbol.rows[row][column] == 0
            light[(top + y) * WIDTH + left + x] = 16 if dark else 235
    frame = b"FRAME\n" + bytes(light) + b"\x80" * (WIDTH * HEIGHT // 2)
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + frame * 5)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = preview.serve(0)
    yield f"http://127.0.0.1:{server.server_port}/p"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    film = tmp_path_factory.mktemp("camera") / "code.y4m"
    _camera(film, CODE)
    with sync_playwright() as playwright:
        flags = [*preview.FLAGS, f"--use-file-for-fake-video-capture={film}"]
        running = playwright.chromium.launch(executable_path=executable(), args=flags)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def _answer(kind: str, title: str) -> str:
    return json.dumps(
        {
            "kind": kind,
            "title": title,
            "facts": [["Name", "Ada <b>Obi"]],
            "who": "Ada",
            "at": "19:04:12",
            "admitted": 613,
            "expected": 1240,
            "counts_words": "613 of 1,240 in",
            "percent_words": "49%",
        }
    )


def test_a_scan_whose_answer_was_lost_is_sent_again_as_the_same_scan(page: Page, site: str) -> None:
    scans: list[dict[str, str]] = []

    def gate(route: Route) -> None:
        assert route.request.headers["x-csrf-token"] == "sample"
        scans.append(json.loads(route.request.post_data or ""))
        if len(scans) == 1:
            route.abort()
        elif len(scans) == 2:
            route.fulfill(status=503, body="busy")
        else:
            first = len(scans) == 3
            body = _answer("ok", "Let them in") if first else _answer("used", "Already used")
            route.fulfill(status=200, content_type="application/json", body=body)

    page.route("**/checkin/e1/scans", gate)
    page.goto(f"{site}/checkin?dark")
    verdict = page.locator("[data-verdict]")
    expect(verdict).to_have_attribute("data-kind", "ok", timeout=20_000)
    assert [scan["code"] for scan in scans] == [CODE] * 3
    assert len({scan["scan_id"] for scan in scans}) == 1
    assert scans[0]["door"] == "Mill Lane door"
    expect(verdict).to_contain_text("Ada <b>Obi")
    expect(page.locator("[data-counts]")).to_have_text("613 of 1,240 in")
    page.locator("#f-code").fill("TYPED")
    page.locator("form[data-typed] button").click()
    expect(verdict).to_have_attribute("data-kind", "used")
    assert scans[3]["code"] == "TYPED"
    assert scans[3]["scan_id"] != scans[0]["scan_id"]
    assert len(scans) == 4, "a code that stays in sight is one scan"
    expect(page.locator("[data-recent] li")).to_have_count(2)


def test_the_total_follows_the_steppers(page: Page, site: str) -> None:
    page.goto(f"{site}/event")
    total, steppers = page.locator("[data-total]"), page.locator("qty-stepper")
    expect(total).to_have_text("₦38,850")
    steppers.nth(1).get_by_role("button", name="One more").click()
    expect(total).to_have_text("₦66,150")
    fewer = steppers.nth(0).get_by_role("button", name="One fewer")
    fewer.click()
    fewer.click()
    expect(total).to_have_text("₦27,300")
    expect(fewer).to_be_disabled()


def test_sats_are_totalled_from_millisats(page: Page, site: str) -> None:
    page.goto(f"{site}/event-online")
    page.get_by_role("button", name="One more").click()
    expect(page.locator("[data-total]")).to_have_text("21,000 sats")


def test_a_waiting_page_reloads_when_the_state_changes(page: Page, site: str) -> None:
    news: list[str] = []

    def status(route: Route) -> None:
        body = json.dumps({"state": news.pop() if news else "waiting"})
        route.fulfill(status=200, content_type="application/json", body=body)

    page.route("**/orders/**/status", status)
    with page.expect_response("**/orders/**/status"):
        page.goto(f"{site}/pay-waiting")
    with page.expect_navigation():
        news.append("paid")
    assert news == []
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for your payment")


def test_without_script_nothing_is_asked_for_and_the_number_fields_remain(
    browser: Browser, site: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/event")
    assert [url for url in asked if url.endswith(".js")] == []
    expect(page.get_by_role("spinbutton").first).to_be_visible()
    expect(page.locator("qty-stepper button").first).to_be_hidden()
    page.goto(f"{site}/checkin")
    expect(page.locator("[data-camera]")).to_be_hidden()
    expect(page.get_by_label("Code on the ticket")).to_be_visible()
    context.close()


# In parts, so that two processes share them: all of them take minutes.
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("look", [("phone", "dark"), ("desktop", "light")], ids="-".join)
def test_every_page_is_accessible(browser: Browser, site: str, look: tuple[str, str], part: int) -> None:
    pages = list(all_views())[part::PARTS]
    assert preview.visit(browser, site.removesuffix("/p"), pages, preview.axe, (look,)) == 0
