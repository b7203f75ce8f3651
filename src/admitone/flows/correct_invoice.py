"""A buyer gives the right address for their invoice. An invoice is never edited: a new one is written and the old one
is withdrawn by a credit note, in one transaction.

Possible for some days after payment, a few times, and while nothing of it has gone back; for the organiser, whom a
buyer may ask later, at any time and oftener. What the price depended on, a
buyer's country and VAT id under reverse charge, stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from admitone import accounts, invoices, orders
from admitone.flows.document_buyer import party_of
from admitone.flows.document_lines import is_reverse_charged, whole_order
from admitone.flows.invoicing import Known, day_words, draft_of, known_of
from admitone.flows.order_wish import BUYER_FIELDS, BuyerIncomplete, BuyerTooLong, clean_name
from admitone.invoices import Content, Document, Draft, Party, Payment
from admitone.plumbing.database import Database, Transaction
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.refusals import Conflict, Problems, Refusal

CORRECT_FOR: Final = timedelta(days=30)
CORRECTIONS_MOST: Final = 3
ORGANISER_MOST: Final = 20
_MOST: Final = {"company": 200, "address": 300, "postcode": 20, "city": 100, "vat_id": 40}
_NEEDED: Final = ("address", "city", "country")


class NoInvoice(Conflict):
    """The order has no document yet: it is not paid, costs nothing, or was paid a moment ago."""

    code = "invoicing.no_document"
    text = "There is no invoice for this order. If you have just paid, please try again in a minute."


class TooLateToCorrect(Conflict):
    """The days are over."""

    code = "invoicing.too_late"
    text = "The address can be changed for {days} days after payment. Please ask the organiser."


class AlreadyCredited(Conflict):
    """Something of the invoice went back, so it cannot be written anew as a whole."""

    code = "invoicing.already_credited"
    text = "A part of this order was refunded, so its invoice stays as it is. Please ask the organiser."


class CorrectedOften(Conflict):
    """Each correction uses up two numbers."""

    code = "invoicing.corrected_often"
    text = "The address was changed {most} times already. Please ask the organiser."


async def correct_buyer(
    database: Database, clock: Clock, order_id: UUID, given: Mapping[str, str]
) -> Document:
    """Write the invoice anew for this buyer; the document that counts now. `given`: name and BUYER_FIELDS.

    The same again changes nothing. Raises `OrderNotFound`, `Problems`, `NoInvoice`, `TooLateToCorrect`,
    `AlreadyCredited`, `CorrectedOften`, `SellerIncomplete` (it was a receipt, and must stay one).
    """
    return await _correct(database, clock, order_id, given, organiser_id=None)


async def correct_as_organiser(
    database: Database,
    clock: Clock,
    actor: Actor,
    organiser_id: UUID,
    order_id: UUID,
    given: Mapping[str, str],
) -> Document:
    """`correct_buyer` by a member, for a buyer who asked: later and oftener than they may. Raises `Forbidden` too."""
    accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)
    return await _correct(database, clock, order_id, given, organiser_id=organiser_id)


async def _correct(
    database: Database,
    clock: Clock,
    order_id: UUID,
    given: Mapping[str, str],
    *,
    organiser_id: UUID | None,
) -> Document:
    async def story(tx: Transaction) -> Document:
        known = await known_of(tx, [order_id])
        if not known or organiser_id not in (None, known[0].order.organiser_id):
            raise orders.OrderNotFound
        [one], now = known, clock.now()
        current = current_of(one.order, one.documents, now, by_organiser=organiser_id is not None)
        buyer = _checked(one, current, given)
        if buyer == current.content.buyer:
            return current
        [made] = await invoices.issue(tx, [_anew(one, current, buyer, now)])
        if current.content.kind == "invoice":
            await invoices.issue(tx, [_withdrawal(one, current, made, now)])
        return made

    return await database.run(story)


def current_of(
    order: orders.OrderRow, documents: Sequence[Document], now: datetime, *, by_organiser: bool = False
) -> Document:
    """The document of the sale, if it may be written anew. Raises `NoInvoice`, `TooLateToCorrect`, `AlreadyCredited`,
    `CorrectedOften`.
    """
    sales = [one for one in documents if not one.content.takes_back]
    if order.paid_at is None or not sales:
        raise NoInvoice
    if now > order.paid_at + CORRECT_FOR and not by_organiser:
        raise TooLateToCorrect(days=CORRECT_FOR.days)
    current = next((one for one in reversed(sales) if one.content.kind == "invoice"), sales[-1])
    if order.state != orders.OrderState.PAID or any(one.cancels_id == current.id for one in documents):
        raise AlreadyCredited
    most = ORGANISER_MOST if by_organiser else CORRECTIONS_MOST
    if len(sales) > most:
        raise CorrectedOften(most=most)
    return current


def _checked(one: Known, current: Document, given: Mapping[str, str]) -> Party:
    """The buyer as typed, tidied. Raises `Problems`."""
    said = {name: " ".join(given.get(name, "").split()) for name in BUYER_FIELDS}
    before = current.content.buyer
    if is_reverse_charged(one.order.quote):
        # The price was made for this business.
        said |= {"company": said["company"] or before.company or "", "country": before.country or ""}
        said["vat_id"] = before.vat_id or ""
    problems: list[Refusal] = []
    name = before.name
    try:
        name = clean_name(given.get("name", ""))
    except Refusal as refusal:
        refusal.field = "name"
        problems.append(refusal)
    for field, most in _MOST.items():
        if len(said[field]) > most:
            problems.append(BuyerTooLong(field=field, most=most))
    problems += [BuyerIncomplete(field=field) for field in _NEEDED if not said[field]]
    try:
        said["country"] = invoices.valid_country(said["country"]) if said["country"] else ""
        if said["vat_id"] and said["country"]:
            said["vat_id"] = _vat_id(said["vat_id"], said["country"])
    except Refusal as refusal:
        problems.append(refusal)
    if problems:
        raise Problems(*problems)
    return party_of(name, one.order.email, said)


def _vat_id(text: str, country: str) -> str:
    """Checked for countries of the European Union; the form of others is nobody's business here."""
    return invoices.valid_vat_id(text, country) if invoices.is_in_vat_area(country) else text


def _anew(one: Known, current: Document, buyer: Party, now: datetime) -> Draft:
    cause, today = f"corrected:{current.id}", one.day(now)
    if current.content.kind == "invoice":
        content = replace(current.content, buyer=buyer, issued_on=today)
        return draft_of(one, cause, content, now)
    content = _first_invoice(one, current, buyer, today=now)
    return draft_of(one, cause, content, now)


def _first_invoice(one: Known, current: Document, buyer: Party, *, today: datetime) -> Content:
    said = current.content
    return invoices.invoice(
        one.seller,
        buyer,
        whole_order(one.units(), one.lines),
        currency=said.currency,
        issued_on=one.day(today),
        order_code=said.order_code,
        occasion=said.occasion,
        payment=said.payment,
        is_reverse_charge=is_reverse_charged(one.order.quote),
    )


def _withdrawal(one: Known, current: Document, made: Document, now: datetime) -> Draft:
    words = (
        f"Replaced by invoice {made.number_text} of {day_words(made.content.issued_on)}. No money goes back."
    )
    content = invoices.credit_note(
        current, issued_on=one.day(now), payment=Payment(words, current.content.gross_minor)
    )
    return draft_of(one, f"withdrawn:{current.id}", content, now, cancels_id=current.id)
