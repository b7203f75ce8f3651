"""The ways orders say no."""

from admitone.values.refusals import Conflict, Gone, NotFound


class OrderNotFound(NotFound):
    """There is no such order, or the asker may not know of it."""

    code = "orders.not_found"
    text = "We cannot find this order."


class OverLimit(Conflict):
    """One buyer would have more of a ticket type than the organiser allows. `limit`, `already` are tickets; when
    an order is placed, `ticket_type_id` says of which type.
    """

    code = "orders.over_limit"
    text = "One person can have at most {limit} of these tickets. You already have {already}."


class OrderExpired(Gone):
    """The deadline has passed."""

    code = "orders.expired"
    text = "The time to pay for this order has run out. Please choose your tickets again."


class OrderNotPending(Conflict):
    """The order is not waiting for a payment. `state` says what it is."""

    code = "orders.not_pending"
    text = "This order is not waiting for a payment any more."


class OrderNotPaid(Conflict):
    """Only a paid order has tickets to give back."""

    code = "orders.not_paid"
    text = "This order is not paid, so there is nothing to give back."
