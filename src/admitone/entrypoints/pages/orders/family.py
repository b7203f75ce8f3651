"""What an order's page says of the other orders of its family."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from admitone import orders
from admitone.entrypoints.pages.showing import order_state
from admitone.entrypoints.pages.views import FamilyOrder, PriceLine
from admitone.reads.order_family import Relative
from admitone.reads.order_page import OrderPage
from admitone.values import formats


def family_rows(found: OrderPage, url_of: Callable[[Relative], str]) -> tuple[FamilyOrder, ...]:
    """The other orders that stand with this one. Attempts to change or to add that came to nothing are left out."""
    return tuple(
        FamilyOrder(
            code=one.code,
            url=url_of(one),
            what_words=", ".join(f"{quantity} × {name}" for name, quantity in one.lines) or "No tickets left",
            state=order_state(one.state, one.total_minor),
            note=_note(one),
        )
        for one in found.family
        if one.id != found.order.id and (one.exchange_state != "gone") and one.state != "expired"
    )


def _note(one: Relative) -> str:
    if one.exchange_state == "open":
        return f"Changes tickets of {one.from_code} as soon as the difference is paid: open it to pay or to give it up"
    if one.from_code is not None:
        return f"Changed from {one.from_code}"
    return "" if one.root_code is None else f"Added to {one.root_code}"


def exchange_words(found: OrderPage) -> str:
    """What this order changes, in a sentence; empty for one that changes nothing."""
    me = next((one for one in found.family if one.id == found.order.id), None)
    if me is None or me.from_code is None:
        return ""
    if me.exchange_state == "open":
        return f"Your old tickets, of order {me.from_code}, stay valid until this is paid."
    if me.exchange_state == "done":
        return f"The old tickets, of order {me.from_code}, are no longer valid."
    return f"Nothing was changed: look at order {me.from_code} for the old tickets."


def with_exchanged(lines: Sequence[PriceLine], order: orders.OrderRow) -> tuple[PriceLine, ...]:
    """The lines of an order's price, less what the old tickets count towards it."""
    if not order.exchanged_minor:
        return tuple(lines)
    # Taxes that are inside the prices stand below the total.
    at = next(place for place, line in enumerate(lines) if line.kind == "total")
    left_minor = order.total_minor - order.exchanged_minor
    return (
        *lines[:at],
        replace(lines[at], kind="item", label="New tickets"),
        PriceLine(
            "Your old tickets count", formats.money(-order.exchanged_minor, order.currency), "discount"
        ),
        PriceLine("Difference", formats.money(left_minor, order.currency), "total"),
        *lines[at + 1 :],
    )
