"""`/play-bitcoin`: whoever pays with play Bitcoin, and its miners: to see everything that can become of a payment.

It stands for programs and machines of others: it talks to the play network only, and knows nothing of orders.
"""

import re
from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request, Response

from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.play_bitcoin.view import (
    PlayInvoiceShown,
    PlayPayerView,
    PlayTransactionShown,
)
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.entrypoints.pages.views import State
from admitone.payments.providers.play_bitcoin import (
    NothingThere,
    PlayInvoice,
    PlayLook,
    PlayPayer,
    PlayTransaction,
)
from admitone.values import formats
from admitone.values.currencies import BITCOIN, MSAT_PER_SAT
from admitone.values.refusals import Invalid, Refusal

router = APIRouter(include_in_schema=False)
_SATS: Final = re.compile(r"[0-9]{1,16}")
_STATES: Final = {
    "open": State("Waiting for you", "", "hourglass"),
    "held": State("Held by its node", "info", "clock"),
    "paid": State("Paid", "ok", "circle-check"),
    "cancelled": State("Gave back", "bad", "undo-2"),
}
_DONE: Final = {
    "pay": "Paid.",
    "expire": "Its time has run out.",
    "send": "Sent. It waits for a block.",
    "mine": "A block was mined.",
    "undo": "The last block is not part of the chain any more.",
    "replace": "Replaced: that money went somewhere else.",
}


class NoSuchDeed(Invalid):
    """Something the page does not offer."""

    code = "play_bitcoin.no_such_deed"
    text = "Please choose one of the buttons on the page."


@router.get(links.PLAY_BITCOIN)
async def show(
    request: Request, needs: Needs, invoice: str = "", address: str = "", sats: str = ""
) -> Response:
    """What can be paid here."""
    payer = _payer(needs.play_payer)
    look = await payer.look(invoice or None, address or None)
    return await page(request, _view(look, sats))


@router.post(links.PLAY_BITCOIN)
async def do(
    request: Request,
    needs: Needs,
    form: checked_form,
    invoice: str = "",
    address: str = "",
    sats: str = "",
) -> Response:
    """Do one of the things, then show what came of it."""
    payer, typed = _payer(needs.play_payer), values_of(form)
    try:
        made = await _do(payer, typed, invoice, address)
    except Refusal as refusal:
        look = await payer.look(invoice or None, address or None)
        view = _view(look, sats, typed=typed, errors=errors_of(refusal))
        return await page(request, view, status=status_of(refusal))
    if made:
        look = await payer.look(invoice or None, address or None)
        return await page(request, _view(look, sats, made=made))
    url = links.with_query(links.PLAY_BITCOIN, invoice=invoice, address=address, sats=sats)
    return go_to(request, url, Notice(_DONE[typed["deed"]]))


async def _do(payer: PlayPayer, typed: Mapping[str, str], invoice: str, address: str) -> str:
    """An invoice or an address of the payer's, if that was wanted. Raises what the payer raises, and `NoSuchDeed`."""
    deed = typed.get("deed", "")
    if deed == "pay":
        await payer.pay_invoice(invoice)
    elif deed == "expire":
        await payer.let_expire(invoice)
    elif deed == "send":
        await payer.pay_address(address, _sats(typed))
    elif deed == "mine":
        await payer.mine()
    elif deed == "undo":
        await payer.undo_block()
    elif deed == "replace":
        await payer.replace(typed.get("txid", ""))
    elif deed == "invoice":
        return await payer.invoice(_sats(typed))
    elif deed == "address":
        return await payer.address()
    else:
        raise NoSuchDeed(field="")
    return ""


def _sats(typed: Mapping[str, str]) -> int:
    text = typed.get("sats", "").strip()
    return int(text) if _SATS.fullmatch(text) else 0


def _payer(payer: PlayPayer | None) -> PlayPayer:
    if payer is None:
        raise NothingThere
    return payer


def _view(
    look: PlayLook,
    sats: str,
    *,
    made: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> PlayPayerView:
    return PlayPayerView(
        post_url=links.with_query(
            links.PLAY_BITCOIN,
            invoice="" if look.invoice is None else look.invoice.payment_hash,
            address=look.address or "",
            sats=sats,
        ),
        height_words=f"{formats.count(look.height, 'block', 'blocks')} high",
        invoice=None if look.invoice is None else _invoice(look.invoice, look),
        address=look.address or "",
        sats=sats,
        transactions=tuple(_transaction(one, look.height) for one in look.transactions),
        made_label="Your invoice" if made.startswith("ln") else "Your address" if made else "",
        made=made,
        values=typed or {"sats": sats},
        errors=errors or {},
    )


def _invoice(invoice: PlayInvoice, look: PlayLook) -> PlayInvoiceShown:
    is_over = invoice.state == "open" and invoice.expires_at <= look.now
    state = State("Its time has run out", "bad", "clock") if is_over else _STATES[invoice.state]
    # A node knows it from the beginning; whoever pays gets it for their payment, and not while that is held.
    preimage = invoice.preimage.hex() if invoice.state == "paid" and invoice.preimage is not None else ""
    is_open = invoice.state == "open" and not is_over
    return PlayInvoiceShown(formats.money(invoice.amount_msat, BITCOIN), state, is_open, preimage)


def _transaction(one: PlayTransaction, height: int) -> PlayTransactionShown:
    if one.lost_at is not None:
        state = State("Replaced", "bad", "circle-x")
    elif one.height is None:
        state = State("Waits for a block", "info", "hourglass")
    else:
        deep = height - one.height + 1
        state = State(formats.count(deep, "confirmation", "confirmations"), "ok", "check")
    is_waiting = one.lost_at is None and one.height is None
    amount = formats.money(one.amount_sat * MSAT_PER_SAT, BITCOIN)
    return PlayTransactionShown(one.txid, amount, state, is_waiting)
