"""The ways tickets say no."""

from admitone.values.refusals import Conflict, Invalid, NotFound


class TicketNotFound(NotFound):
    """There is no such ticket, or the asker may not know of it."""

    code = "tickets.not_found"
    text = "We cannot find this ticket."


class TicketIsCancelled(Conflict):
    """A cancelled ticket is not changed any more."""

    code = "tickets.cancelled"
    text = "This ticket was cancelled, so it cannot be changed any more."


class ReissuedTooOften(Conflict):
    """The counter inside the code is full."""

    code = "tickets.reissued_too_often"
    text = "This ticket has changed hands too often to be sent on again."


class BadHolderName(Invalid):
    """A name nobody could read at the door. `length_max` is in characters."""

    code = "tickets.bad_holder_name"
    text = "Please give a name of at most {length_max} characters, on one line."
