"""A batch of promo codes as a file, and what its codes look like before they are made. Pure."""

import csv
import io
from collections.abc import Iterable

from admitone.promotions.codes import Promotion, checked_prefix
from admitone.values.ids import short_code

RANDOM_LETTERS = 10


def codes_csv(codes: Iterable[Promotion]) -> str:
    """Each code, whether it was used, its state and when it was made, with a mark that says "UTF-8" to table programs.

    Codes begin with a letter or digit, so no table program takes one for a formula.
    """
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(("code", "used", "state", "created_at"))
    rows.writerows(
        (one.code, "yes" if one.uses else "no", one.state, one.created_at.isoformat(timespec="seconds"))
        for one in codes
    )
    return "\ufeff" + written.getvalue()


def example_code(prefix: str) -> str:
    """A code as they would be made with this beginning. Raises `BadPrefix`."""
    return checked_prefix(prefix) + short_code(RANDOM_LETTERS)
