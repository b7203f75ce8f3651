"""How to pay by transfer or at the door, for the page of an order that waits for it."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from admitone import payments, statements, tickets
from admitone.entrypoints.pages.pay.view import HowToPay
from admitone.reads.order_page import OrderPage
from admitone.statements import EpcTransfer
from admitone.values import formats
from admitone.values.refusals import Refusal

_TRANSFER: Final = frozenset({payments.HOLDER, payments.IBAN, payments.REFERENCE})
_COPIED: Final = frozenset({payments.HOLDER, payments.IBAN, payments.BIC, payments.REFERENCE})
_BY_TRANSFER: Final = (
    "Send the money from your bank with exactly this reference: it tells us that it is for your order. "
    "Transfers take a working day or two."
)
_AT_DOOR: Final = (
    "Your places are reserved. Pay when you come, say your order code, and you are let in. "
    "If you cannot come, please give your places up, so that somebody else can."
)


def how_to_pay(found: OrderPage, instructions: Mapping[str, str]) -> HowToPay | None:
    """What the provider told the buyer to do, with what is still to be paid; None for a provider with a page."""
    if not instructions:
        return None
    order = found.order
    due = formats.money(order.due_minor, order.currency, in_full=True)
    told = {**instructions, payments.AMOUNT: due}
    is_transfer = told.keys() >= _TRANSFER
    part = ""
    if order.received_minor:
        total = formats.money(order.total_minor, order.currency, in_full=True)
        part = f"{formats.money(order.received_minor, order.currency, in_full=True)} of {total} has arrived"
    return HowToPay(
        lead=_BY_TRANSFER if is_transfer else _AT_DOOR,
        fields=tuple((label, value, _copied(label, value)) for label, value in told.items()),
        qr_svg=_qr(told, order.currency, order.due_minor) if is_transfer else Markup(),
        part_words=part,
        is_transfer=is_transfer,
    )


def _copied(label: str, value: str) -> str:
    if label not in _COPIED:
        return ""
    return value.replace(" ", "") if label == payments.IBAN else value


def _qr(told: Mapping[str, str], currency: str, due_minor: int) -> Markup:
    """The transfer as banking apps read it: in euros only (EPC069-12)."""
    if currency != "EUR":
        return Markup()
    transfer = EpcTransfer(
        name=told[payments.HOLDER],
        iban=told[payments.IBAN],
        amount_minor=due_minor,
        text=told[payments.REFERENCE],
        bic=told.get(payments.BIC),
    )
    try:
        rows = statements.epc_symbol(statements.epc_payload(transfer))
    except Refusal:
        return Markup()  # an account no SEPA transfer reaches: its words are enough
    return Markup(tickets.drawn_svg(tickets.Symbol(rows), "Transfer code"))  # noqa: S704 - drawn by us
