"""WHO BOUGHT WHAT. Owns orders with the prices the buyer was shown, their lines and their history.

A reversal takes something of a paid order back: tickets, money, or both.

Promises: an order's prices never change after it is placed; its state moves only along the lifecycle's edges, with one
row of history per change; no buyer gets more of a ticket type than the organiser allows.
"""

from admitone.orders.changing import (
    by_code,
    by_id,
    cancel_units,
    grace,
    lines_of,
    mark_cancelled,
    mark_expired,
    mark_paid,
    receive,
    wait_until,
)
from admitone.orders.facts import (
    AmountGivenBack,
    OrderCancelled,
    OrderExpiredUnpaid,
    OrderPaid,
    OrderPlaced,
    TicketsCancelled,
)
from admitone.orders.lifecycle import OrderState
from admitone.orders.placing import (
    AllowanceAsk,
    NewOrder,
    PlacedOrder,
    allow_many,
    count_back,
    count_orders,
    count_units_down,
    place_many,
)
from admitone.orders.refusals import OrderExpired, OrderNotFound, OrderNotPaid, OrderNotPending, OverLimit
from admitone.orders.reversal_store import (
    ReversalRow,
    UnitRow,
    insert_reversal,
    returned,
    reversal,
    reversals,
    units_of,
)
from admitone.orders.store import LineRow, OrderRow, by_holds, due, lines, lock, lock_due

__all__ = [
    "AllowanceAsk",
    "AmountGivenBack",
    "LineRow",
    "NewOrder",
    "OrderCancelled",
    "OrderExpired",
    "OrderExpiredUnpaid",
    "OrderNotFound",
    "OrderNotPaid",
    "OrderNotPending",
    "OrderPaid",
    "OrderPlaced",
    "OrderRow",
    "OrderState",
    "OverLimit",
    "PlacedOrder",
    "ReversalRow",
    "TicketsCancelled",
    "UnitRow",
    "allow_many",
    "by_code",
    "by_holds",
    "by_id",
    "cancel_units",
    "count_back",
    "count_orders",
    "count_units_down",
    "due",
    "grace",
    "insert_reversal",
    "lines",
    "lines_of",
    "lock",
    "lock_due",
    "mark_cancelled",
    "mark_expired",
    "mark_paid",
    "place_many",
    "receive",
    "returned",
    "reversal",
    "reversals",
    "units_of",
    "wait_until",
]
