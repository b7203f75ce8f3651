"""Shapes that bodies and answers of the API share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class Body(BaseModel):
    """What somebody sends: unknown fields are refused, because one may be a misspelt one that matters."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """What we answer with."""

    model_config = ConfigDict(frozen=True)


class MoneyShown(Shown):
    """Whole minor units: 12.34 EUR is 1234, 500 JPY is 500, 1 BTC is 10**11 (millisatoshi)."""

    currency: str
    minor: int


# Strict: true, 1.0 and "1" are not whole numbers.
WholeNumber = Annotated[int, Field(strict=True)]
Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str | None, Field(max_length=1024)]
# A capability (plumbing.links); longer texts are no token of ours and are not even read.
Token = Annotated[str, Field(max_length=64)]


def _only_text(value: object) -> object:
    # A bare number would be read as seconds since 1970, which nobody who writes one here means.
    if value is not None and not isinstance(value, str | datetime):
        raise ValueError("write the time as text, such as 2027-03-12T18:30:00Z")
    return value


def _in_range(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("write the offset from UTC, such as 2027-03-12T18:30:00Z")
    if not EARLIEST <= value <= _LATEST:
        raise ValueError("a time between the years 1970 and 9000")
    return value.astimezone(UTC)


Instant = Annotated[datetime, BeforeValidator(_only_text), AfterValidator(_in_range)]
"""RFC 3339 with an offset; shown in UTC."""
