"""Renders every page with sample contents, serves them, and on demand takes pictures and runs axe.

    python tools/preview.py serve [PORT]         then open http://127.0.0.1:8765/
    python tools/preview.py shoot FOLDER [NAME…]  pictures: phone and desktop, light and dark
    python tools/preview.py axe [NAME…]           accessibility violations, exit status 1 if there are any

Development only. The last two need Chromium or Chrome: see tools/chromium.py.
"""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable, MutableMapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from admitone.entrypoints.assets import Assets  # noqa: E402
from admitone.entrypoints.pages.rendering import Chrome, Pages, View  # noqa: E402
from admitone.events import posters  # noqa: E402
from tests.support.sample_views import all_views  # noqa: E402
from tools.chromium import executable  # noqa: E402

POLICY = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
FLAGS += [
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
LOOKS = tuple((size, theme) for size in SIZES for theme in ("light", "dark"))
SIGNED_OUT = ("home", "home-empty", "sign-in", "event", "my-tickets-guest", "my-tickets-sent")
SCANNED = '{"kind":"unknown","title":"Not valid","text":"We do not know this code.","at":"19:04:12"}'
LETTER = "<!doctype html><html lang=en><title>Letter</title><h1>You are going.</h1><p>Sample.</p>"


class Site:
    """The sample pages and the static files, without a server."""

    def __init__(self) -> None:
        self.assets = Assets()
        self.pages = Pages(self.assets.url)
        self.views: dict[str, View] = all_views()

    def page(self, name: str, theme: str | None) -> str:
        """One sample page."""
        person = None if name in SIGNED_OUT else "Ada Obi"
        chrome = Chrome(
            csrf_token="sample",  # noqa: S106
            path=f"/{name}",
            person_name=person,
            is_organiser=True,
            theme=theme,
            mailbox_url="/mailbox",
        )
        return self.pages.render(self.views[name], chrome=chrome)

    def index(self) -> str:
        """Links to every sample."""
        rows = "".join(f'<li><a href="/p/{n}">{n}</a> <a href="/p/{n}?dark">dark</a>' for n in self.views)
        return f"<!doctype html><html lang=en><title>Preview</title><ul>{rows}</ul>"


def _static(assets: Assets, path: str, accepts: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [(b"accept-encoding", accepts.encode())],
    }
    asyncio.run(assets(scope, receive, send))
    return sent[0]["status"], sent[0]["headers"], sent[1]["body"]


def _poster(path: str) -> str:
    style, _, rest = path.removeprefix("/posters/").partition("-")
    accent, _, key = rest.partition("/")
    return posters.poster_svg(key.removesuffix(".svg"), accent, style)


def _small(site: Site, path: str) -> tuple[int, str, str]:
    if path == "/":
        return 200, "text/html", site.index()
    if path.endswith("/html"):
        return 200, "text/html", LETTER
    if path.endswith("/status"):
        # No news: a page that waits stays as it is, in whatever state its sample is, and is not loaded again meanwhile.
        return 204, "application/json", ""
    return 404, "text/plain", "no such sample"


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    """A request handler bound to the site."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def handle(self) -> None:
            # A browser that walks on leaves its connection behind; that is not an error.
            with contextlib.suppress(ConnectionError):
                super().handle()

        def _send(self, status: int, kind: str, body: bytes, extra: list[tuple[str, str]]) -> None:
            self.send_response(status)
            for key, value in [("content-type", kind), ("content-length", str(len(body))), *extra]:
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            name = path.removeprefix("/p/")
            if path.startswith("/static/"):
                self._send_static(path)
            elif path.startswith("/posters/"):
                extra = [("content-security-policy", posters.CONTENT_SECURITY_POLICY)]
                self._send(200, "image/svg+xml", _poster(path).encode(), extra)
            elif name in site.views:
                wasm = " 'wasm-unsafe-eval'" if name.startswith("checkin") else ""
                body = site.page(name, "dark" if query == "dark" else "light").encode()
                policy = [("content-security-policy", POLICY.format(wasm=wasm))]
                self._send(200, "text/html; charset=utf-8", body, policy)
            else:
                status, kind, text = _small(site, path)
                self._send(status, kind, text.encode(), [])

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", "0")))
            self._send(200, "application/json", SCANNED.encode(), [])

        def _send_static(self, path: str) -> None:
            status, headers, body = _static(site.assets, path, self.headers.get("accept-encoding", ""))
            self.send_response(status)
            for key, value in headers:
                self.send_header(key.decode(), value.decode())
            self.end_headers()
            self.wfile.write(body)

    return Handler


def serve(port: int) -> ThreadingHTTPServer:
    """Start in the background."""
    server = ThreadingHTTPServer(("127.0.0.1", port), handler(Site()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def visit(
    browser: Browser,
    base: str,
    names: list[str],
    act: Callable[[Page, str, str, str], int],
    looks: tuple[tuple[str, str], ...] = LOOKS,
) -> int:
    """Open every page in every look; counts what `act` and the console found."""
    found = 0
    for size, theme in looks:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        page = context.new_page()
        complaints: list[str] = []

        def hear(message: ConsoleMessage, heard: list[str] = complaints) -> None:
            if message.type == "error":
                heard.append(message.text)

        page.on("console", hear)
        for name in names:
            page.goto(f"{base}/p/{name}{'?dark' if theme == 'dark' else ''}")
            found += act(page, name, size, theme)
            for text in complaints:
                print(name, size, theme, "CONSOLE", text[:300])
            found += len(complaints)
            complaints.clear()
        context.close()
    return found


def axe(page: Page, name: str, size: str, theme: str) -> int:
    """Violations of one page, printed; a page wider than its window counts as one more."""
    page.evaluate((ROOT / "tests/support/axe/axe.min.js").read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    result = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
    for violation in result["violations"]:
        print(name, size, theme, violation["impact"], violation["id"], violation["help"])
        for node in violation["nodes"][:3]:
            print(
                "    ",
                node["target"],
                node["html"][:160],
                (node.get("failureSummary") or "")[:300].replace("\n", " "),
            )
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if overflow > 0:
        print(name, size, theme, "OVERFLOW", overflow)
    return len(result["violations"]) + (1 if overflow > 0 else 0)


def main() -> int:
    """See the module's text."""
    what, *rest = sys.argv[1:] or ["serve"]
    if what == "serve":
        server = ThreadingHTTPServer(("127.0.0.1", int(rest[0]) if rest else 8765), handler(Site()))
        print(f"http://127.0.0.1:{server.server_port}/")
        server.serve_forever()
    server = serve(0)
    base = f"http://127.0.0.1:{server.server_port}"
    folder = Path(rest.pop(0)) if what == "shoot" else Path()
    names = rest or list(all_views())

    def shoot(page: Page, name: str, size: str, theme: str) -> int:
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}-{size}-{theme}.png", full_page=True)
        return 0

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        found = visit(browser, base, names, shoot if what == "shoot" else axe)
        browser.close()
    print("found", found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
