"""THE TABLE: what each kind of refusal becomes over HTTP.

The status of each kind, and the refusal as problem+json (RFC 9457). `answering` decides whether somebody gets
that or a page.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from admitone.entrypoints import request_refusals as requests
from admitone.entrypoints.answers import Answer
from admitone.values.refusals import (
    Busy,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Problems,
    Refusal,
    TooMany,
    Unauthenticated,
)

STATUS: Final[Mapping[type[Refusal], int]] = {
    requests.Unreadable: 400,
    requests.BadAddress: 400,
    requests.UnknownHost: 421,
    requests.TooSlow: 408,
    requests.TooLong: 413,
    requests.MethodNotAllowed: 405,
    requests.Fault: 500,
    Invalid: 422,
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    Unauthenticated: 401,
    Gone: 410,
    TooMany: 429,
    Busy: 503,
}
TITLE: Final[Mapping[int, str]] = {
    400: "We could not read that",
    401: "Please sign in",
    403: "You may not do that",
    404: "We cannot find that",
    405: "That does not work here",
    408: "That took too long",
    409: "That no longer fits",
    410: "That is over",
    413: "That is too long",
    421: "That is not this site",
    422: "Something is not right",
    429: "That was too often",
    500: "Something broke on our side",
    503: "We are very busy",
}
BUSY_RETRY_SECONDS: Final = 2
# The same request is being answered at this moment: a second later its answer is there to be repeated.
_IN_FLIGHT: Final = "idempotency.in_flight"
PROBLEM_TYPE: Final = "application/problem+json"


def status_of(refusal: Refusal | type[Refusal]) -> int:
    """The status of the nearest kind in the table; a refusal of no kind at all is a conflict."""
    kind = refusal if isinstance(refusal, type) else type(refusal)
    return next((STATUS[base] for base in kind.__mro__ if base in STATUS), 409)


def retry_after_seconds(refusal: Refusal) -> int | None:
    """When asking again makes sense, in whole seconds."""
    told = refusal.data.get("retry_after_seconds")
    if isinstance(told, int):
        return told
    if isinstance(refusal, Busy):
        return BUSY_RETRY_SECONDS
    return 1 if refusal.code == _IN_FLIGHT else None


def problem(refusal: Refusal) -> dict[str, object]:
    """The refusal by RFC 9457, with `code`, `field`, `data`, and `problems` where there are several."""
    status = status_of(refusal)
    found: dict[str, object] = {"type": f"/problems/{refusal.code}", "title": TITLE[status], "status": status}
    found |= _said(refusal)
    if isinstance(refusal, Problems):
        found["problems"] = [_said(one) for one in refusal.problems]
    return found


def _said(refusal: Refusal) -> dict[str, object]:
    said: dict[str, object] = {"code": refusal.code, "detail": refusal.sentence}
    if refusal.field is not None:
        said["field"] = refusal.field
    if refusal.data and not isinstance(refusal, requests.BadField):
        said["data"] = refusal.data
    return said


def problem_answer(refusal: Refusal) -> Answer:
    """The refusal as problem+json."""
    body = msgspec.json.encode(problem(refusal), enc_hook=str)
    return Answer(status_of(refusal), tuple(headers_of(refusal, PROBLEM_TYPE, len(body))), body)


def headers_of(refusal: Refusal, media_type: str, length: int) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(length).encode())]
    seconds = retry_after_seconds(refusal)
    if seconds is not None:
        headers.append((b"retry-after", str(seconds).encode()))
    if status_of(refusal) == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return headers
