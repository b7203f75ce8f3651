"""What is said of an order whose payment is taken back: by its buyer's bank, or by the Bitcoin network, which asks
nobody and is asked by nobody.
"""

from dataclasses import dataclass
from typing import Final

from admitone import payments
from admitone.payments import DisputeState


@dataclass(frozen=True, slots=True)
class Suspended:
    """The same in the words of each page: above the order, under that, on a ticket, and for the organiser (`badge`
    beside each ticket, `link` to the page about it).
    """

    headline: str
    lead: str
    ticket: str
    organiser: str
    badge: str
    link: str


_BY_BANK: Final = Suspended(
    "This payment is disputed.",
    "The bank has been asked to take the payment back. Until that is decided, tickets that were not used let "
    "nobody in. If that was a mistake, tell your bank.",
    "Suspended. The bank has been asked to take the payment back. Until that is decided, this ticket lets nobody in. "
    "If it was a mistake, the buyer can tell their bank.",
    "The buyer’s bank has been asked to take the payment back. Until that is decided, tickets that were not "
    "used let nobody in, and nothing can be given back.",
    "Suspended: payment disputed",
    "See the dispute",
)
_TAKEN_BY_BANK: Final = Suspended(
    "This payment is disputed.",
    "The bank has taken the payment back, so tickets that were not used let nobody in.",
    "The bank has taken the payment back, so this ticket lets nobody in.",
    "The bank has taken the payment back, so tickets that were not used let nobody in.",
    "Suspended: payment disputed",
    "See the dispute",
)
_UNDONE: Final = Suspended(
    "Your payment is being confirmed again.",
    "The Bitcoin network has taken back the block that the payment was in. Most such payments are confirmed again "
    "within the hour, and you need not do anything. Until then, tickets that were not used let nobody in.",
    "Suspended. The Bitcoin network has taken back the block that the payment was in. Most such payments are "
    "confirmed again within the hour; until then, this ticket lets nobody in. Nobody needs to do anything.",
    "The Bitcoin network has taken back the block that this payment was in. Most such payments are confirmed again "
    "within the hour. Until then, tickets that were not used let nobody in, and nothing can be given back.",
    "Suspended: being confirmed again",
    "See what is known of it",
)
_LOST: Final = Suspended(
    "This payment did not arrive.",
    "The bitcoin was sent somewhere else before the network had confirmed it again, so the payment does not exist any "
    "more, and tickets that were not used let nobody in.",
    "The payment for this ticket does not exist any more: its bitcoin was sent somewhere else. So it lets nobody in.",
    "The buyer’s bitcoin was sent somewhere else, so this payment does not exist any more, and tickets that were not "
    "used let nobody in.",
    "Suspended: payment lost",
    "See what is known of it",
)


def suspended_words(dispute: payments.StandingDispute) -> Suspended:
    """The words for a dispute that was not won."""
    is_lost = dispute.state is DisputeState.LOST
    if dispute.is_undone:
        return _LOST if is_lost else _UNDONE
    return _TAKEN_BY_BANK if is_lost else _BY_BANK
