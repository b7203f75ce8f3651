"""What has to stay of a price when tickets go back that made others cheaper, and what must go with them.

A buyer who gives one of three for the price of two back keeps two, and has them for the price of two: so much less
comes back as the others cost more by themselves (`pricing.missing_minor`). When those go too, it comes back.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from admitone import pricing
from admitone.pricing import NOTHING_BACK, PaidUnit, Refund
from admitone.values import formats
from admitone.values.refusals import Conflict


class OthersMustGo(Conflict):
    """What would stay could not be bought by itself: an extra without its ticket. `name` is the extra."""

    code = "reversal.others_must_go"
    text = "“{name}” goes with the tickets you give back. Please choose it as well."


class CheaperTogether(Conflict):
    """What would stay cost so much less together with these that more would have to be paid than comes back."""

    code = "reversal.cheaper_together"
    text = (
        "The tickets you would keep were cheaper together with these. Without them {missing_words} would be missing. "
        "Please give back those that were free or cheaper as well."
    )


def kept_for_the_rest(stored: Mapping[str, Any], before: Counter[int], going: Counter[int]) -> int:
    """How much of the price of what goes has to stay, in minor units with its tax, because what is left was cheaper
    together with it; below zero: so much that stayed before no longer has to.

    `stored` is the order's record, `before` how many units are valid and `going` how many of them go, by line number.
    Raises `OthersMustGo`.
    """
    try:
        after_minor = pricing.missing_minor(stored, before - going)
    except (pricing.AddOnWithoutTicket, pricing.TooManyAddOns) as refusal:
        raise OthersMustGo(name=refusal.data["name"]) from None
    try:
        before_minor = pricing.missing_minor(stored, before)
    except (pricing.AddOnWithoutTicket, pricing.TooManyAddOns):
        # Its organiser took a ticket back and left the extra: what that changed is theirs to settle.
        return 0
    if after_minor == before_minor:
        return 0
    # With the tax that was added to the price, in the proportion of the whole order.
    face_minor = stored["face_minor"]
    paid = {unit.line_number: unit.paid.price_minor for unit in pricing.paid_units(stored)}
    whole_minor = sum(paid[number] * line["quantity"] for number, line in enumerate(stored["lines"], start=1))
    with_tax = [
        (2 * minor * whole_minor + face_minor) // (2 * face_minor) if face_minor else 0
        for minor in (after_minor, before_minor)
    ]
    return with_tax[0] - with_tax[1]


def less_back(
    units: Sequence[PaidUnit], back: Refund, kept_minor: int, currency: str, *, with_fees: bool
) -> Refund:
    """The same without what has to stay. Raises `CheaperTogether` when more has to than comes back."""
    minor = back.total.total_minor - kept_minor
    if minor < 0:
        raise CheaperTogether(missing_minor=-minor, missing_words=formats.money(-minor, currency))
    if minor == 0:
        return pricing.refund(units, NOTHING_BACK)
    less = pricing.refund_amount(units, minor, with_fees=with_fees)
    assert less is not None, "less than what would come back"
    return less


def more_back(units: Sequence[PaidUnit], minor: int, *, with_fees: bool) -> Refund:
    """What stayed of units that went before and comes back now: so much, or what is left of them. Of their fees as
    well, when some of what stayed was of those (`less_back`).
    """
    minor = min(minor, sum(pricing.left_minor(unit, with_fees=with_fees) for unit in units))
    if minor <= 0:
        return pricing.refund(units, NOTHING_BACK)
    back = pricing.refund_amount(units, minor, with_fees=with_fees)
    assert back is not None, "no more than is left of them"
    return back
