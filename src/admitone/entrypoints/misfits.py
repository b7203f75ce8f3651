"""What does not fit its model, in our own words: validation errors and the framework's refusals become ours.

Nothing that was sent is said back, except the names of fields.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from admitone.entrypoints import request_refusals as requests
from admitone.values.refusals import Problems, Refusal

_PROBLEMS_MOST: Final = 20
_FIELD_MOST: Final = 200
_UNREADABLE: Final = frozenset({"json_invalid", "json_type"})
_PLACES: Final = frozenset({"body", "query", "path", "header", "cookie"})
_NO_OBJECT: Final = "The body has to be a JSON object."


def from_http(error: HTTPException) -> Refusal:
    """The framework's own refusals: no route, no such method, no body it could parse."""
    if error.status_code == 404:
        return requests.NoSuchAddress()
    if error.status_code == 405:
        return requests.MethodNotAllowed()
    return requests.Unreadable()


def from_validation(error: RequestValidationError) -> Refusal:
    """Every field that does not fit, each with its path; `Unreadable` when the body is no JSON at all."""
    found = error.errors()
    if any(one["type"] in _UNREADABLE for one in found):
        return requests.Unreadable()
    return Problems(*(_misfit(one["type"], one["loc"], one["msg"]) for one in found[:_PROBLEMS_MOST]))


def _misfit(kind: str, place: Sequence[str | int], message: str) -> Refusal:
    parts = place[1:] if place and place[0] in _PLACES else place
    field = ".".join(str(part) for part in parts)[:_FIELD_MOST] or None
    if kind == "missing":
        return requests.MissingField(field=field)
    if kind == "extra_forbidden":
        return requests.UnknownField(field=field)
    return requests.BadField(field=field, reason=message.rstrip(".") + ".")


def from_msgspec(error: Exception) -> Refusal:
    """The same for the fast decoder. Anything but a misfit (bad UTF-8, no JSON, too deep) is `Unreadable`."""
    if not isinstance(error, msgspec.ValidationError):
        return requests.Unreadable()
    message, _, place = str(error).partition(" - at `$")
    parent = place.rstrip("`").replace("[", ".").replace("]", "").lstrip(".")
    for opening, kind in (
        ("Object contains unknown field `", requests.UnknownField),
        ("Object missing required field `", requests.MissingField),
    ):
        if message.startswith(opening):
            name = message.removeprefix(opening).rstrip("`")
            return Problems(kind(field=".".join(part for part in (parent, name) if part)[:_FIELD_MOST]))
    if not parent:
        return Problems(requests.BadField(reason=_NO_OBJECT))
    return Problems(requests.BadField(field=parent[:_FIELD_MOST], reason=message.replace("`", "") + "."))
