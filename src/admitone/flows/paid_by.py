"""By what an order was paid, for its document: store credit, tickets that were changed, money.

Store credit buys whatever its organiser sells, at any rate of tax: it is a multi-purpose voucher (Art. 30a Directive
2006/112/EC), a means of payment. So prices and tax stay those of what was bought (Art. 30b), and credit is a part of
what has been paid. An organiser who means a lower price makes a promo code.
"""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from admitone import orders, payments
from admitone.invoices import PaidPart
from admitone.orders import OrderRow
from admitone.payments import Attempt, Kind, SettledAs
from admitone.payments.credit import CreditUse
from admitone.plumbing.database import Reader
from admitone.reads.came_in_bitcoin import CameInBitcoin, came_in_bitcoin
from admitone.values import formats
from admitone.values.currencies import BITCOIN

_AT_THE_DOOR: Final = "cash_or_card"


async def paid_parts(
    reader: Reader, found: Collection[OrderRow], kinds: Mapping[str, Kind]
) -> dict[UUID, tuple[PaidPart, ...]]:
    """The parts, by order id, of those of these paid orders that were not simply paid at once, or in bitcoin. `kinds`
    have the words that buyers know ways of paying by.
    """
    attempts = await payments.of_orders(reader, [order.id for order in found]) if found else []
    came = await came_in_bitcoin(reader, attempts)
    in_bitcoin = {one.order_id for one in attempts if one.id in came}
    split = {
        order.id: order
        for order in found
        if order.received_minor or order.exchanged_minor or order.id in in_bitcoin
    }
    if not split:
        return {}
    uses = [one for one in await payments.credit.uses_of(reader, list(split)) if one.state == "used"]
    exchanges = await orders.exchanges(reader, list(split))
    from_ids = {one.from_order_id for one in exchanges.values()}
    codes = {one: (await orders.by_id(reader, one)).code for one in from_ids}
    return {
        order.id: _parts(
            order,
            [one for one in uses if one.order_id == order.id],
            [one for one in attempts if one.order_id == order.id],
            codes[exchanges[order.id].from_order_id] if order.id in exchanges else "",
            kinds,
            came,
        )
        for order in split.values()
    }


def _parts(
    order: OrderRow,
    uses: Collection[CreditUse],
    attempts: Collection[Attempt],
    from_code: str,
    kinds: Mapping[str, Kind],
    came: Mapping[UUID, CameInBitcoin],
) -> tuple[PaidPart, ...]:
    found: dict[str, int] = {}
    left_minor = order.total_minor

    def add(words: str, minor: int) -> None:
        nonlocal left_minor
        # More may have come than was due: what is over goes back and paid for nothing.
        counts_minor = min(minor, left_minor)
        left_minor -= counts_minor
        if counts_minor:
            found[words] = found.get(words, 0) + counts_minor

    add(f"Tickets of order {from_code}, changed", order.exchanged_minor)
    for use in uses:
        add("Paid with a gift code" if use.funding == "gifts" else "Paid with store credit", use.amount_minor)
    # Parts have become tickets by now, with the rest that came last: too much came with that one, if it did.
    counted = [one for one in attempts if one.settled_as in (SettledAs.PART, SettledAs.TICKETS)]
    for one in sorted(counted, key=lambda one: (one.closed_at or one.opened_at, one.number)):
        minor = one.paid_minor or 0
        # Of what was too much, so many bitcoin are not what this part was paid with.
        bitcoin = sats_words(came[one.id]) if one.id in came and minor <= left_minor else ""
        add(", ".join(part for part in (_words(one, kinds), bitcoin) if part), minor)
    add("Paid", left_minor)
    return tuple(PaidPart(words, minor) for words, minor in found.items())


def sats_words(came: CameInBitcoin) -> str:
    """`54,300 sats at €46,040 per bitcoin`; empty for what was sold for bitcoin: that is the amount itself."""
    if came.currency == BITCOIN:
        return ""
    sats = formats.money(came.amount_msat, BITCOIN)
    if came.price is None:
        return sats
    decimals = formats.money_style(came.currency).exponent
    price = formats.money(int((came.price * 10**decimals).to_integral_value()), came.currency)
    return f"{sats} at {price} per bitcoin"


def _words(attempt: Attempt, kinds: Mapping[str, Kind]) -> str:
    if attempt.method == _AT_THE_DOOR:
        return "Paid at the door"
    kind = kinds.get(attempt.provider)
    methods = () if kind is None else kind.methods
    label = next((one.label for one in methods if one.id == attempt.method), attempt.method.replace("_", " "))
    # "Card" in a sentence is "card"; PayPal, USSD and Lightning stay as they are.
    is_name = attempt.method in payments.bitcoin.RAILS or not label[1:].islower()
    return f"Paid by {label if is_name else label[0].lower() + label[1:]}"
