"""Requests are compared with few routes, and answered as if they had been compared with all."""

import re
from collections.abc import Iterator

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from admitone.assembly import Assembly
from admitone.entrypoints import routers
from admitone.entrypoints.http import API
from admitone.entrypoints.switchboard import Switchboard
from tests.support.site import browser

PARAMETER = re.compile(r"\{[^}]*\}")


def routes() -> Iterator[tuple[str, str]]:
    """Every route of ours: its path with words for parameters, and the name of its handler."""
    for prefix, group in ((API, routers.API), ("", routers.OTHERS)):
        for router in group:
            for route in router.routes:
                assert isinstance(route, APIRoute)
                yield prefix + PARAMETER.sub("something", route.path), route.endpoint.__qualname__


def switchboard() -> Switchboard:
    return Switchboard(APIRouter(), API, routers.API, routers.OTHERS, [])


def test_every_route_is_among_those_its_path_is_compared_with() -> None:
    board = switchboard()
    for path, endpoint in routes():
        chosen = board._find(path)
        assert chosen is not None, path
        near = {
            inner.endpoint.__qualname__
            for included in chosen.routes
            for inner in included.original_router.routes  # type: ignore[attr-defined]  # the framework's own
        }
        assert endpoint in near, path


def test_no_path_is_compared_with_everything() -> None:
    board = switchboard()
    most = max(len(board._find(path).routes) for path, _ in routes())  # type: ignore[union-attr]  # seen above
    assert most < len(routers.API) / 2


def test_a_path_of_no_kind_is_left_to_the_framework() -> None:
    board = switchboard()
    assert board._find("/nothing/of/the/kind") is None
    assert board._find(f"{API}/nothing") is None
    assert board._find(API) is None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/orders/nothing/nothing/nothing", 404),
        ("DELETE", "/api/v1/events", 405),
        ("GET", "/organiser/x/nothing", 404),
        ("GET", "/health/live", 200),
        ("GET", "/api/v1/openapi.json", 200),
        ("POST", "/webhooks/nobody", 404),
        ("GET", "/webhooks/sandbox", 405),
    ],
)
async def test_what_is_not_there_is_answered_as_ever(
    assembly: Assembly, method: str, path: str, status: int
) -> None:
    async with browser(assembly) as client:
        assert (await client.request(method, path)).status_code == status
