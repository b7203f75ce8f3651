"""Which ways of paying are Bitcoin's: whoever stands behind them, buyers choose "Bitcoin" once. Pure."""

from collections.abc import Sequence
from typing import Final

from admitone.payments.choosing import Choice

LIGHTNING: Final = "lightning"
ONCHAIN: Final = "onchain"
RAILS: Final = (LIGHTNING, ONCHAIN)
"""The ids of their methods, the quickest first."""


def rails_among(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """The Bitcoin rails among the ways a buyer may pay, each by its first account; Lightning before the chain."""
    found: dict[str, Choice] = {}
    for one in choices:
        if one.method.id in RAILS:
            found.setdefault(one.method.id, one)
    return tuple(found[rail] for rail in RAILS if rail in found)
