"""No route waits for a thread: the framework runs plain functions in threads, coroutines where they are."""

import inspect
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from admitone.entrypoints import routers


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for needed in dependant.dependencies:
        yield from _calls(needed)


def test_every_route_and_all_it_depends_on_is_a_coroutine() -> None:
    routes = [
        route
        for router in (*routers.API, *routers.OTHERS)
        for route in router.routes
        if isinstance(route, APIRoute)
    ]
    assert len(routes) > 50
    plain = {
        f"{route.path}: {call}"
        for route in routes
        for call in _calls(route.dependant)
        if not inspect.iscoroutinefunction(call)
    }
    assert plain == set()
