"""What a refusal looks like as a page."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.views import Link


@dataclass(frozen=True, slots=True)
class ErrorView:
    """`title` in a few words, `sentence` from the refusal, `code` for whoever asks for help, `ways` to go on.

    `retry_words` (429): "Try again in 40 seconds." or empty. `request_id` (500) finds the report in the log.
    """

    template: ClassVar[str] = "errors/error.html"

    status: int
    title: str
    sentence: str
    code: str
    ways: tuple[Link, ...]
    retry_words: str = ""
    request_id: str = ""
