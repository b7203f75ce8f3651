"""WHO BOUGHT WHAT. Owns orders with the prices the buyer was shown, their lines and their history.

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
from admitone.orders.facts import OrderCancelled, OrderExpiredUnpaid, OrderPaid, OrderPlaced
from admitone.orders.lifecycle import OrderState
from admitone.orders.placing import AllowanceAsk, NewOrder, PlacedOrder, allow_many, count_orders, place_many
from admitone.orders.refusals import OrderExpired, OrderNotFound, OrderNotPaid, OrderNotPending, OverLimit
from admitone.orders.store import LineRow, OrderRow, by_holds, due, lines, lock, lock_due

__all__ = [
    "AllowanceAsk",
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
    "allow_many",
    "by_code",
    "by_holds",
    "by_id",
    "cancel_units",
    "count_orders",
    "due",
    "grace",
    "lines",
    "lines_of",
    "lock",
    "lock_due",
    "mark_cancelled",
    "mark_expired",
    "mark_paid",
    "place_many",
    "receive",
    "wait_until",
]
