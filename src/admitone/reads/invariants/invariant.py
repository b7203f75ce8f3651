"""A promise as a query that must find nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sql` finds what breaks `promise`: one text column that names it."""

    name: str
    promise: str
    sql: str
