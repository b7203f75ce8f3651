"""The life of an event, as one pure table."""

from enum import StrEnum


class EventState(StrEnum):
    """Where an event is in its life."""

    DRAFT = "draft"
    ON_SALE = "on_sale"
    ENDED = "ended"
    CANCELLED = "cancelled"


WORDS: dict[EventState, str] = {
    EventState.DRAFT: "a draft",
    EventState.ON_SALE: "on sale",
    EventState.ENDED: "no longer on sale",
    EventState.CANCELLED: "cancelled",
}

# Back to draft is for an event nobody has a place in; the flow that asks makes sure of that.
NEXT: dict[EventState, frozenset[EventState]] = {
    EventState.DRAFT: frozenset({EventState.ON_SALE}),
    EventState.ON_SALE: frozenset({EventState.DRAFT, EventState.ENDED, EventState.CANCELLED}),
    EventState.ENDED: frozenset({EventState.CANCELLED}),
    EventState.CANCELLED: frozenset(),
}

EDITABLE = frozenset({EventState.DRAFT, EventState.ON_SALE})


def may_become(now: EventState, then: EventState) -> bool:
    """Say whether an event in state `now` may go to `then`."""
    return then in NEXT[now]


def before(then: EventState) -> tuple[EventState, ...]:
    """The states from which an event may go to `then`."""
    return tuple(state for state, following in NEXT.items() if then in following)
