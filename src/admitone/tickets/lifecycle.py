"""The states of a ticket and the only way between them. Pure.

That a ticket was used is not a state here: the door keeps its own record, so a ticket sold, sent on and
cancelled is one story and who went in is another.
"""

from enum import StrEnum


class TicketState(StrEnum):
    """valid: lets one person in. cancelled: lets nobody in, and never again."""

    VALID = "valid"
    CANCELLED = "cancelled"


EDGES: dict[TicketState, frozenset[TicketState]] = {
    TicketState.VALID: frozenset({TicketState.CANCELLED}),
    TicketState.CANCELLED: frozenset(),
}
REISSUE_MAX = 255
"""The reissue counter is one byte of the code."""


def sources(to_state: TicketState) -> list[str]:
    """The states a ticket may be in just before `to_state`."""
    return [state.value for state, targets in EDGES.items() if to_state in targets]
