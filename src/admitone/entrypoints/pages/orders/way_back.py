"""Where money goes back to, by how it came: said before anything happens, and while it does."""

from collections.abc import Collection
from typing import Final

from admitone import payments

# By method: where money goes that came by it.
_TO: Final = {
    "card": "the card you paid with",
    "checkout": "the card you paid with",
    "paypal": "your PayPal account",
    "transfer": "the bank account you paid from",
    "bank_transfer": "the bank account you paid from",
    "eft": "the bank account you paid from",
    "lightning": "the place you named",
    "onchain": "the place you named",
}
# Where it is there as soon as it was sent.
_AT_ONCE: Final = frozenset({"paypal", *payments.bitcoin.RAILS})
_SLOW: Final = "Banks often need 3 to 5 working days."
ASKED_IN_BITCOIN: Final = (
    "Whoever paid in bitcoin is asked by mail where to send it; it goes back once they have said so."
)
"""What an organiser is told before they give back what came in bitcoin."""


def where_to(method: str) -> str:
    """`the card you paid with`: where money goes that came by this method."""
    return _TO.get(method, "the account you paid from")


def is_there_at_once(method: str) -> bool:
    """Does nobody wait for a bank?"""
    return method in _AT_ONCE


def way_back(methods: Collection[str], *, is_told_to_buyer: bool = True) -> str:
    """Where money will go back to that came by these methods, before anybody was asked; none: nobody knows how it came.

    A payment in bitcoin does not say where it came from: its buyer is asked.
    """
    in_bitcoin = [one for one in methods if one in payments.bitcoin.RAILS]
    others = [one for one in methods if one not in payments.bitcoin.RAILS]
    asked = "we mail you to ask where to" if is_told_to_buyer else "the buyer is asked by mail where to"
    if in_bitcoin and not others:
        return f"It comes back in bitcoin: {asked}."
    slow = "" if others and all(map(is_there_at_once, others)) else f" {_SLOW}"
    to = where_to(others[-1] if others else "") if is_told_to_buyer else "where it was paid from"
    if in_bitcoin:
        return f"What was paid in bitcoin comes back in bitcoin: {asked}. The rest goes to {to}.{slow}"
    return f"It goes to {to}.{slow}" if is_told_to_buyer else f"It goes back the way it was paid.{slow}"
