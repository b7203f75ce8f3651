"""The table of an event's life, word for word."""

import itertools

from admitone.events import lifecycle
from admitone.events.lifecycle import EventState

ALLOWED = {
    ("draft", "on_sale"),
    ("on_sale", "draft"),
    ("on_sale", "ended"),
    ("on_sale", "cancelled"),
    ("ended", "cancelled"),
}


def test_an_event_moves_along_these_edges_only() -> None:
    pairs = itertools.product(EventState, EventState)
    assert {(a.value, b.value) for a, b in pairs if lifecycle.may_become(a, b)} == ALLOWED


def test_before_is_the_same_table_read_backwards() -> None:
    assert {(a.value, b.value) for b in EventState for a in lifecycle.before(b)} == ALLOWED


def test_what_is_over_is_not_edited() -> None:
    assert frozenset({EventState.DRAFT, EventState.ON_SALE}) == lifecycle.EDITABLE
