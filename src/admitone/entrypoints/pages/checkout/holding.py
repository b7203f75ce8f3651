"""One choice, one hold: however often a visitor presses the button, their tickets are set aside once."""

import hashlib
from dataclasses import replace
from typing import Final

from admitone.flows.purchase import HeldOffer, HoldWish, Purchase
from admitone.values.ids import derived_id

_TURNS_MOST: Final = 20


async def hold_once(purchase: Purchase, visitor: str | None, wish: HoldWish, terms: str) -> HeldOffer:
    """Set the tickets aside, or find them set aside by the same choice of the same visitor.

    A second press, or going back and pressing again, leads to the same hold. When that has become an order or has run
    out, the choice begins anew. `visitor` tells browsers apart; without it every press is a hold of its own. `terms`
    is the version of the offer that the page showed. Raises what `Purchase.hold` raises.
    """
    if visitor is None:
        return await purchase.hold(wish)
    choice = repr((wish.event, wish.items, terms))
    if not wish.is_simple:
        choice = repr((choice, wish.chosen, wish.bundles, wish.codes))
    digest = hashlib.sha256(choice.encode()).digest()
    for turn in range(_TURNS_MOST):
        hold_id = derived_id("hold form", visitor, choice, str(turn))
        held = await purchase.hold(replace(wish, hold_id=hold_id, digest=digest))
        if held.state == "active":
            return held
    return await purchase.hold(wish)
