"""Numbers that others wrote, in JSON and elsewhere, before anything is reckoned with them.

`2.8E+400000` is ten signs of JSON, and making a whole number of it keeps a processor for minutes, in one step that
nothing else gets between. So no number is taken that is longer, larger or finer than any amount, height or time of this
world: what is refused here costs no more than its own length.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

DIGITS_MOST: Final = 25
_TEXT_MOST: Final = 40
_EXPONENT_MOST: Final = 20


def decimal_of(text: str) -> Decimal:
    """The number in this text. Raises ValueError when it is none, or larger or finer than 20 places."""
    if len(text) > _TEXT_MOST:
        raise ValueError("a number of too many signs")
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise ValueError("no number") from None
    # Also of nought: `0E+400000` takes as long.
    if not found.is_finite() or abs(found.adjusted()) > _EXPONENT_MOST:
        raise ValueError("a number of too many places")
    return found


def read_json(raw: bytes | str) -> Any:  # noqa: ANN401 - JSON, as somebody else has it
    """JSON; fractions are `Decimal`. Raises ValueError, RecursionError; ValueError also for a number as above, for
    `NaN` and for `Infinity`.
    """
    return json.loads(raw, parse_float=decimal_of, parse_int=_whole, parse_constant=_no_number)


def whole(said: object, least: int, most: int) -> int:
    """A whole number within these bounds. Raises ValueError for anything else."""
    if type(said) is not int or not least <= said <= most:
        raise ValueError("no whole number that can be")
    return said


def moment(seconds: object) -> datetime:
    """So many seconds after 1970, in UTC. Raises ValueError when that is no time people reckon in."""
    if type(seconds) is not int:
        raise ValueError("no time")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError):
        raise ValueError("no time") from None


def _whole(text: str) -> int:
    if len(text) > DIGITS_MOST:
        raise ValueError("a number of too many digits")
    return int(text)


def _no_number(_name: str) -> object:
    raise ValueError("no number")
