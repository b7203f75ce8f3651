"""How the program says no.

A refusal is an answer, not an accident: it has a code for machines, a sentence for people and the data the
sentence was made from. What a refusal becomes (a status, a page, a GraphQL error) is decided at the doors, so
nothing here knows HTTP. A broken assumption is an `assert` instead.
"""

import re
from typing import ClassVar

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


class Refusal(Exception):
    """A request that is answered with no.

    Subclasses set `code` (dotted lower-case words, stable for ever) and `text` (one or more plain sentences,
    a `str.format` template and also the key for translations). `field` names the form or JSON field at fault,
    such as `"email"` or `"items.0.quantity"`. `data` fills the template and is shown to callers: no secrets
    in it.
    """

    code: ClassVar[str] = "refused"
    text: ClassVar[str] = "That is not possible."

    field: str | None
    data: dict[str, object]
    sentence: str

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        assert _CODE.fullmatch(cls.code), f"{cls.__name__}.code is not dotted lower-case words: {cls.code!r}"
        assert cls.text.strip(), f"{cls.__name__}.text is empty"

    def __init__(self, *, field: str | None = None, **data: object) -> None:
        """Raise KeyError at once if the template names something `data` does not have."""
        super().__init__()
        self.field = field
        self.data = data
        self.sentence = self.text.format(**data)

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"


class NotFound(Refusal):
    """There is no such thing, or the asker may not know that there is."""

    code = "not_found"
    text = "There is nothing here by that name."


class Conflict(Refusal):
    """The thing is in a state in which this cannot be done."""

    code = "conflict"
    text = "That no longer fits with how things are. Look again and try once more."


class Forbidden(Refusal):
    """We know who is asking, and they may not do this."""

    code = "forbidden"
    text = "You may not do that."


class Unauthenticated(Refusal):
    """We do not know who is asking, and this needs a known person."""

    code = "unauthenticated"
    text = "Please sign in first."


class Invalid(Refusal):
    """What was sent cannot be right, whatever the state of things."""

    code = "invalid"
    text = "Something in what you sent is not right."


class Gone(Refusal):
    """It was here and will not come back."""

    code = "gone"
    text = "That is over and no longer available."


class TooMany(Refusal):
    """Asked too often; `retry_after_seconds` (whole seconds, at least 1) says when to ask again."""

    code = "too_many"
    text = "That was too often. Try again in {retry_after_seconds} s."

    retry_after_seconds: int

    def __init__(self, *, retry_after_seconds: int, field: str | None = None, **data: object) -> None:
        assert retry_after_seconds >= 1
        super().__init__(field=field, retry_after_seconds=retry_after_seconds, **data)
        self.retry_after_seconds = retry_after_seconds


class Busy(Refusal):
    """We cannot take more work at this moment; nothing was changed and the same request may be sent again."""

    code = "busy"
    text = "We are very busy at this moment. Nothing was changed; please try again."


class Problems(Invalid):
    """Several refusals at once, each for its own field: what a form shows beside its fields."""

    code = "invalid.fields"
    text = "Please look at the marked fields."

    problems: tuple[Refusal, ...]

    def __init__(self, *problems: Refusal) -> None:
        """Take one or more refusals; a bundle inside a bundle is unpacked."""
        assert problems, "a bundle of problems needs at least one"
        super().__init__()
        flat: list[Refusal] = []
        for problem in problems:
            flat.extend(problem.problems if isinstance(problem, Problems) else (problem,))
        self.problems = tuple(flat)

    def __str__(self) -> str:
        return f"{self.code}: " + "; ".join(f"{problem.field}: {problem}" for problem in self.problems)
