"""Finds the few routers a path can belong to, before the framework tries its routes one after another.

The framework compares a request with every route it has until one fits; with hundreds of routes that costs more than
most handlers do. Routes are sorted here, by the first and the third segment of their paths
(`/organiser/…/payouts`), and a request is compared with those that share both. The framework still does the matching
itself, so the answers are the same; a path of no known kind is given to all of them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from fastapi import APIRouter
from fastapi.params import Depends
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

Key = tuple[str, str | None]
_ANY: Final = None
"""In place of a segment: the path has a parameter there, or ends before."""


class Switchboard:
    """Stands where the framework's router stands. `api` are the routers below `prefix`, `others` those at the root.

    `whole` has them all; `before_api` is what the API asks before its handlers.
    """

    def __init__(
        self,
        whole: APIRouter,
        prefix: str,
        api: Sequence[APIRouter],
        others: Sequence[APIRouter],
        before_api: Sequence[Depends],
    ) -> None:
        self._whole = whole
        self._everything = whole.middleware_stack
        self._prefix = prefix
        self._api = _Sorted(api, prefix, before_api)
        self._others = _Sorted(others, "", [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As the framework's router would answer."""
        chosen = self._find(scope["path"]) if scope["type"] == "http" else None
        if chosen is None:
            await self._everything(scope, receive, send)
            return
        scope["router"] = self._whole
        await chosen.app(scope, receive, send)

    def _find(self, path: str) -> APIRouter | None:
        below, known = path, self._others
        if path.startswith(self._prefix + "/"):
            below, known = path[len(self._prefix) :], self._api
        _, first, _, third, *_ = (*below.split("/", 4), "", "", "")
        return known.get((first, third)) or known.get((first, _ANY))


class _Sorted:
    """By key, a router of those routers that may have a route for such a path, in the order given."""

    def __init__(self, routers: Sequence[APIRouter], prefix: str, before: Sequence[Depends]) -> None:
        self._routers = [(router, frozenset(_keys(router.routes))) for router in routers]
        self._known: Final = frozenset(key for _, keys in self._routers for key in keys)
        assert all(first != "*" for first, _ in self._known), "paths begin with a word"
        self._prefix = prefix
        self._before = before
        self._made: dict[Key, APIRouter] = {}

    def get(self, key: Key) -> APIRouter | None:
        """The router for this key, made when it is first asked for; None if there is none."""
        made = self._made.get(key)
        if made is None and key in self._known:
            made = self._made[key] = self._make(key)
        return made

    def _make(self, key: Key) -> APIRouter:
        chosen = APIRouter(redirect_slashes=False)
        for router, keys in self._routers:
            # A route with a parameter in the third place fits every third segment.
            if keys & {key, (key[0], _ANY)}:
                chosen.include_router(router, prefix=self._prefix, dependencies=self._before)
        return chosen


def _keys(routes: Sequence[BaseRoute]) -> Iterator[Key]:
    for route in routes:
        path: str = route.path  # type: ignore[attr-defined]  # every route of ours has one
        _, first, _, third, *_ = (*path.split("/"), "", "", "")
        yield ("*" if "{" in first else first), (third if third and "{" not in third else _ANY)
