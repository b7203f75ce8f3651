"""A price that was promised comes back as it was, from us, and in time."""

from datetime import timedelta
from decimal import Decimal

import pytest

from admitone.flows.event_quotes import EventQuote, EventQuotes, QuoteOver
from admitone.values.ids import uuid7
from tests.conftest import NOW

QUOTE = EventQuote(uuid7(), uuid7(), "EUR", 2500, 50_000_000, Decimal("50000.25"), NOW, uuid7())
QUOTES = EventQuotes(bytes(32))


def test_a_promise_holds_for_five_minutes() -> None:
    sealed = QUOTES.seal(QUOTE)
    assert len(sealed) < 250
    for late in (0, 1, 300):
        assert QUOTES.open_(sealed, NOW + timedelta(seconds=late)) == QUOTE
    with pytest.raises(QuoteOver):
        QUOTES.open_(sealed, NOW + timedelta(seconds=301))


@pytest.mark.parametrize("place", [0, 15, 16, 40, -2])
def test_a_changed_promise_is_none(place: int) -> None:
    sealed = QUOTES.seal(QUOTE)
    letter = "A" if sealed[place] != "A" else "B"
    changed = sealed[:place] + letter + sealed[place:][1:]
    with pytest.raises(QuoteOver):
        QUOTES.open_(changed, NOW)


@pytest.mark.parametrize("text", ["", "A", "====", "ä", "x" * 500, "\0"])
def test_what_was_never_promised_is_none(text: str) -> None:
    with pytest.raises(QuoteOver):
        QUOTES.open_(text, NOW)


def test_another_site_promises_nothing_here() -> None:
    with pytest.raises(QuoteOver):
        QUOTES.open_(EventQuotes(bytes([1]) * 32).seal(QUOTE), NOW)
