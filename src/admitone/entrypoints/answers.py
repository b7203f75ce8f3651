"""Whole answers as bytes, for the layers that do without the framework, and for handing them to it unchanged."""

from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.responses import Response

JSON: Final = b"application/json"
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def json_answer(status: int, body: object) -> Answer:
    """A msgspec structure as JSON."""
    encoded = _encoder.encode(body)
    length = str(len(encoded)).encode()
    return Answer(status, ((b"content-type", JSON), (b"content-length", length)), encoded)


def as_response(answer: Answer) -> Response:
    """The answer for the framework, byte for byte."""
    response = Response(answer.body, answer.status)
    response.raw_headers = list(answer.headers)
    return response
