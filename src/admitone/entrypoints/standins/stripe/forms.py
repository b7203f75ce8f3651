"""Reading Stripe's forms and queries (`line_items[0][price_data][currency]=eur`), and answering with lists."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from admitone.entrypoints.standins.stripe.books import PLATFORM, Books, Says, Thing

_STEP = re.compile(r"[^\[\]]+")
LIMIT_MOST = 100


@dataclass(frozen=True, slots=True)
class Call:
    """One request: what was asked, the names in its path, and on which account."""

    books: Books
    params: Thing
    names: tuple[str, ...] = ()
    account: str = PLATFORM
    path: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A word that has to be there."""
        value = self.params.get(name)
        if not isinstance(value, str) or not value:
            raise Says(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
        return value

    def whole(self, name: str, place: Mapping[str, Any] | None = None) -> int:
        """A whole number that has to be there."""
        value = (self.params if place is None else place).get(name)
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,12}", value):
            raise Says(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
        return int(value)

    def inner(self, name: str) -> Thing:
        """A group of fields, empty when it was not sent."""
        value = self.params.get(name, {})
        if not isinstance(value, dict):
            raise Says(400, f"Invalid object: {name}", param=name)
        return value

    def flag(self, name: str) -> bool:
        """Whether it was said to be true."""
        return bool(self.params.get(name) == "true")

    @property
    def expand(self) -> tuple[str, ...]:
        """What is to be shown in full."""
        value = self.params.get("expand", [])
        return tuple(str(one) for one in value) if isinstance(value, list) else ()

    def show(self, thing: Thing) -> Thing:
        """One object as the answer."""
        return self.books.shown(thing, self.expand)

    def listed(self, things: Iterable[Thing]) -> Thing:
        """A page of objects as the answer; they come newest first."""
        created = self.params.get("created", {})
        bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
        limit = min(int(self.params.get("limit", "10")), LIMIT_MOST)
        wanted = (one for one in things if _within(one["created"], bounds))
        after = self.params.get("starting_after")
        if after is not None:
            for one in wanted:
                if one["id"] == after:
                    break
        page = list(islice(wanted, limit + 1))
        shown: Thing = {
            "object": "list",
            "data": [self.books.shown(one) for one in page[:limit]],
            "has_more": len(page) > limit,
            "url": self.path,
        }
        return self.books.shown(shown, self.expand)


def _within(created: int, bounds: Mapping[str, str]) -> bool:
    return (
        created >= int(bounds.get("gte", "0"))
        and created > int(bounds.get("gt", "-1"))
        and created <= int(bounds.get("lte", str(10**12)))
        and created < int(bounds.get("lt", str(10**12)))
    )


def nested(pairs: Iterable[tuple[str, str]]) -> Thing:
    """Names with brackets as objects and lists."""
    root: Thing = {}
    for name, value in pairs:
        steps: list[str] = _STEP.findall(name)
        if name.endswith("[]"):
            steps.append("[]")
        place = root
        for step in steps[:-1]:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                raise Says(400, "Invalid object", param=name)
            place = inner
        place[str(len(place)) if steps[-1] == "[]" else steps[-1]] = value
    return {name: _lists(value) for name, value in root.items()}


def _lists(value: object) -> object:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _lists(one) for name, one in value.items()}
