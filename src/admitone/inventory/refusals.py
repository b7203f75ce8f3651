"""The ways inventory says no."""

from admitone.plumbing.idempotency import KeyReused
from admitone.values.refusals import Conflict, Gone, NotFound

__all__ = [
    "AlreadyExtended",
    "CapacityBelowSold",
    "HoldGone",
    "HoldNotFound",
    "KeyReused",
    "PoolNotFound",
    "SalesClosed",
    "SoldOut",
    "StepFull",
    "TermsChanged",
]


class SoldOut(Conflict):
    """Fewer places are left than were asked for. `left` is how many there are now."""

    code = "inventory.sold_out"
    text = "Not enough tickets are left, only {left}. Please choose fewer, or another ticket."


class StepFull(SoldOut):
    """There are places, but not so many at this step's price. `step_id` is the step's id as text."""

    code = "inventory.step_full"
    text = "Only {left} are left at this price."


class TermsChanged(Conflict):
    """The offer was changed after it was read: read it again and ask anew."""

    code = "inventory.terms_changed"
    text = "The tickets for this event have just been changed. Please look at the event again."


class SalesClosed(Conflict):
    """The pool takes no holds: the event is not on sale."""

    code = "inventory.sales_closed"
    text = "Tickets are not on sale right now."


class HoldGone(Gone):
    """The hold ran out, was given back, or was already turned into an order."""

    code = "inventory.hold_gone"
    text = "These tickets are no longer held for you. Please choose them again."


class HoldNotFound(NotFound):
    """There is no such hold."""

    code = "inventory.hold_not_found"
    text = "We cannot find these held tickets."


class AlreadyExtended(Conflict):
    """A hold is made longer once only."""

    code = "inventory.already_extended"
    text = "Your tickets are already held for as long as we can hold them."


class CapacityBelowSold(Conflict):
    """A pool cannot become smaller than what is held and sold. `least` is the smallest possible capacity."""

    code = "inventory.capacity_below_sold"
    text = "{least} places are already sold or held, so the capacity cannot be lower than that."


class PoolNotFound(NotFound):
    """There is no such pool of this organiser."""

    code = "inventory.pool_not_found"
    text = "We cannot find this pool of places."
