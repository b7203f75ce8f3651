"""A real site for the browser tests of each worker, and a browser for each file of them."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.support.live_site import LiveSite, Organiser, live_site
from tests.support.visitor import Visitor, arrive
from tools import preview
from tools.chromium import executable

Arrive: TypeAlias = Callable[..., Visitor]


@pytest.fixture(scope="session")
def live(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """The running site, shared by this worker's tests: each uses its own addresses."""
    with live_site(template, tmp_path_factory.mktemp("home")) as site:
        yield site


@pytest.fixture(scope="session")
def organiser(live: LiveSite) -> Organiser:
    """Who puts further events on sale, over the API."""
    return Organiser(live)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """For one file only: while it lives, no other test of this process can have an event loop."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Without a film in its camera."""
    running = playwright.chromium.launch(executable_path=executable(), args=preview.FLAGS)
    yield running
    running.close()


@pytest.fixture
def visit(live: LiveSite, chromium: Browser) -> Iterator[Arrive]:
    """`visit(size, has_script=True)` opens a window; after the test nothing may have complained."""
    opened: list[Visitor] = []

    def come(size: str = "phone", *, has_script: bool = True, **more: Any) -> Visitor:
        visitor = arrive(live, chromium, size, has_script=has_script, **more)
        opened.append(visitor)
        return visitor

    yield come
    for visitor in opened:
        visitor.leave()
