"""The states of an order and the only ways between them. Pure."""

from enum import StrEnum


class OrderState(StrEnum):
    """pending: waiting for money. paid: tickets exist. expired: ran out unpaid. cancelled: taken back."""

    PENDING = "pending"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


EDGES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PENDING: frozenset({OrderState.PAID, OrderState.EXPIRED, OrderState.CANCELLED}),
    # Late money gets its tickets when the places are still there.
    OrderState.EXPIRED: frozenset({OrderState.PAID}),
    OrderState.PAID: frozenset({OrderState.CANCELLED}),
    OrderState.CANCELLED: frozenset(),
}


def sources(to_state: OrderState) -> list[str]:
    """The states an order may be in just before `to_state`."""
    return [state.value for state, targets in EDGES.items() if to_state in targets]
