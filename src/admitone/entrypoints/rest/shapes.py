"""Shapes that bodies and answers of the API share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


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
