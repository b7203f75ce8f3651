"""What a name of this site can be paid for, by Lightning Address, LNURL or UMA: an order, or a ticket of an event.

* an order's code: exactly what is due of it, by the invoice its page shows;
* an event's name in its address: one ticket, where the event has just one paid ticket type on sale (else `name+2` is
  its second); who pays names an e-mail address, gets an order of their own, and the ticket by letter;
* `tickets`, the site itself: any order whose code is in the comment.

An order's code goes before an event's name, so that nobody gets another's money by naming an event like an order.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from admitone import events, orders, payments
from admitone.flows.baskets import HoldWish, stepped, wished
from admitone.flows.event_quotes import EventQuote, EventQuotes, OrderPromise, QuoteOver
from admitone.flows.lightning_invoice import LightningInvoices
from admitone.flows.offer_book import OfferBook, OnOffer
from admitone.flows.order_wish import OrderWish, clean_name
from admitone.flows.pay_texts import PayTexts
from admitone.flows.payment import Payment
from admitone.flows.purchase import Purchase
from admitone.payments.bitcoin import (
    LIGHTNING,
    RATE_HOLDS,
    RATE_HOLDS_LEAST,
    BitcoinBook,
    Quote,
    Request,
    msat_of,
)
from admitone.plumbing.database import Database
from admitone.reads.order_by_code import pending_by_code
from admitone.values.clock import Clock
from admitone.values.contact import email_key, valid_email
from admitone.values.currencies import BITCOIN, MSAT_PER_SAT
from admitone.values.ids import derived_id, normalise_code, uuid7
from admitone.values.refusals import Conflict, Invalid, NotFound, Refusal

SITE: Final = "tickets"
_TRIES: Final = 20


class NobodyByThatName(NotFound):
    """No event and no order that can be paid."""

    code = "lnurl.nobody"
    text = "Nobody can be paid here by that name."


class NotByAddress(Conflict):
    """The event sells, but not to somebody who says no more than an amount."""

    code = "lnurl.not_by_address"
    text = "Tickets of this event cannot be bought by its address alone. Please buy them on our site."


class EmailMissing(Invalid):
    """Whoever buys by an event's address did not say where the ticket shall be sent."""

    code = "lnurl.email_missing"
    text = "Please send your e-mail address along, as the comment: the ticket is mailed to it."


class CodeMissing(Invalid):
    """Whoever pays the site did not say for which order."""

    code = "lnurl.code_missing"
    text = "Please write the code of your order into the comment. It has nine letters and is on its page."


class OtherAmount(Invalid):
    """Not what is asked for."""

    code = "lnurl.other_amount"
    text = "The amount has to be {sats} satoshi, no more and no less."


class BoughtAlready(Conflict):
    """This promise or invoice was paid before by the same address."""

    code = "lnurl.bought_already"
    text = "This was paid already. Please look into your mail, or scan the address again for one more."


@dataclass(frozen=True, slots=True)
class PayableOrder:
    """An order, and for how much it can be paid; its invoice is made once somebody wants to."""

    code: str
    promise: OrderPromise

    @property
    def order_id(self) -> UUID:
        """Which order it is."""
        return self.promise.order_id


@dataclass(frozen=True, slots=True)
class PayableTicket:
    """A ticket of an event at a promised price. `many`: of an invoice that anybody may pay, again and again."""

    quote: EventQuote
    slug: str
    title: str
    type_name: str
    many: bool = False


Payable = PayableOrder | PayableTicket


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as far as they say."""

    email: str | None
    name: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Bought:
    """An invoice to pay, and the order it pays."""

    order_id: UUID
    request: Request


class PayableDesk:
    """Finds what names stand for, and makes the invoice once somebody wants to pay."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        offers: OfferBook,
        purchase: Purchase,
        payment: Payment,
        invoices: LightningInvoices,
        book: BitcoinBook,
        quotes: EventQuotes,
        texts: PayTexts,
        order_url: Callable[[UUID], str],
    ) -> None:
        self._database = database
        self.clock = clock
        self._offers = offers
        self._purchase = purchase
        self._payment = payment
        self._invoices = invoices
        self._book = book
        self.quotes = quotes
        self.texts = texts
        self.order_url = order_url

    async def by_name(self, name: str) -> Payable:
        """What this name stands for, without the `$`. Raises `NobodyByThatName`, `NotByAddress`, and why it cannot be
        paid now.
        """
        order_id = await self._order_with(name)
        return await self.order(order_id) if order_id is not None else await self._ticket(name)

    async def _order_with(self, code: str) -> UUID | None:
        async with self._database.reading() as reader:
            return await pending_by_code(reader, normalise_code(code))

    async def order(self, order_id: UUID, promised: OrderPromise | None = None) -> PayableOrder:
        """This order: at its quote while it has one, else at what was promised, else at the price of now. Asking stores
        nothing, and uses up none of its tries. Raises `NoRate`, and as `LightningInvoices.may_be_paid`.
        """
        order = await self._invoices.may_be_paid(order_id)
        known = await self._book.current(order.id, order.currency)
        is_promised = (
            promised is not None
            and known is None
            and (promised.order_id, promised.amount_minor) == (order.id, order.due_minor)
        )
        if promised is not None and is_promised:
            return PayableOrder(order.code, promised)
        if known is not None:
            price, at = known.price, known.quoted_at
        else:
            now = await self._book.price(order.currency, is_test=order.is_test)
            price, at = now.price, now.at
        amount_msat = msat_of(order.due_minor, order.currency, price, whole_sats=True)
        promise = OrderPromise(order.id, order.currency, order.due_minor, amount_msat, price, at)
        return PayableOrder(order.code, promise)

    async def code_of(self, order_id: UUID) -> str:
        """The order's code. Raises `OrderNotFound`."""
        async with self._database.reading() as reader:
            return (await orders.by_id(reader, order_id)).code

    async def in_comment(self, comment: str | None) -> PayableOrder:
        """The order whose code is in this comment, at a price that holds from now on: who hears the right amount may
        send it. Raises `CodeMissing`, and as `order`.
        """
        order_id = None if not comment else await self._order_with(comment)
        if order_id is None:
            raise CodeMissing
        found = await self.order(order_id)
        await self._freeze(order_id, found.promise)
        return found

    async def _ticket(self, name: str) -> PayableTicket:
        slug, plus, number = name.lower().partition("+")
        try:
            on_offer = await self._offers.current(slug)
        except events.EventNotFound:
            raise NobodyByThatName from None
        if on_offer.offer.state is events.EventState.DRAFT:
            raise NobodyByThatName
        return await self.ticket(on_offer, self._sold_by_name(on_offer.offer, number if plus else None))

    def _sold_by_name(self, offer: events.Offer, number: str | None) -> events.OfferedType:
        """The ticket type that a name stands for. Raises `NotByAddress`."""
        now = self.clock.now()
        fit = [
            one
            for one in offer.types
            if one.kind == "ticket"
            and not one.is_chosen
            and not one.prices.is_locked
            and one.price_minor > 0
            and events.sale_state(offer, one, now) is events.SaleState.ON_SALE
        ]
        if number is not None:
            fit = [one for one in fit if str(one.number) == number]
        if len(fit) != 1:
            raise NotByAddress
        return fit[0]

    async def ticket(self, on_offer: OnOffer, sold: events.OfferedType) -> PayableTicket:
        """One ticket of this type at the price of now. Raises `NotByAddress`, `NoRate`."""
        offer = on_offer.offer
        total_minor = await self.by_lightning(on_offer, sold)
        if total_minor is None:
            raise NotByAddress
        price = await self._book.price(offer.currency, is_test=offer.is_test)
        quote = EventQuote(
            event_id=offer.event_id,
            type_id=sold.id,
            currency=offer.currency,
            amount_minor=total_minor,
            amount_msat=msat_of(total_minor, offer.currency, price.price, whole_sats=True),
            price=price.price,
            at=price.at,
            name=uuid7(),
        )
        return PayableTicket(quote, offer.slug, offer.title, sold.name)

    async def by_lightning(self, on_offer: OnOffer, sold: events.OfferedType) -> int | None:
        """What one ticket of this type costs now, all in, in minor units of the event's currency; None where that
        cannot be paid over Lightning.
        """
        offer = on_offer.offer
        wish = HoldWish(event=offer.event_id, items=((sold.id, 1),))
        total_minor = on_offer.prices.of(stepped(wished(wish), offer, self.clock.now()).basket).total_minor
        choices = await self._payment.choices(
            offer.organiser_id, offer.currency, total_minor, is_test=offer.is_test, starts_at=offer.starts_at
        )
        rails = payments.bitcoin.rails_among(choices)
        return total_minor if any(one.method.id == LIGHTNING for one in rails) else None

    async def promised(self, quote: EventQuote, *, many: bool = False) -> PayableTicket:
        """The ticket that was promised. Raises `EventNotFound`, `NotByAddress`."""
        offer = (await self._offers.current(quote.event_id)).offer
        sold = offer.type(quote.type_id)
        if sold is None:
            raise NotByAddress
        return PayableTicket(quote, offer.slug, offer.title, sold.name, many)

    async def buy(
        self, what: Payable, payer: Payer, msat: int, *, description_hash: bytes | None = None
    ) -> Bought:
        """The invoice over exactly `msat`; for a ticket an order is placed first, in the payer's name. A new invoice
        commits to `description_hash` where the node can.

        Raises `OtherAmount`, `EmailMissing`, `BadEmail`, `BoughtAlready`, `QuoteOver`, and what `Purchase` and
        `LightningInvoices.of_order` raise.
        """
        promise = what.promise if isinstance(what, PayableOrder) else what.quote
        due = promise.amount_msat
        if msat != due:
            raise OtherAmount(sats=f"{due // MSAT_PER_SAT:,}", field="amount")
        if isinstance(what, PayableOrder):
            order_id = what.order_id
            description_hash = description_hash or hash_of(self.texts.order(what.code))
        else:
            order_id = (await self._place(what, _email_of(payer), payer.name)).id
        await self._freeze(order_id, promise)
        request = await self._invoices.of_order(order_id, description_hash, by_stranger=True)
        if request.amount_msat != msat:
            # The order waits on from an earlier promise, at the price of then.
            raise QuoteOver
        return Bought(order_id, request)

    async def _freeze(self, order_id: UUID, promise: EventQuote | OrderPromise) -> None:
        """What was promised is the order's rate, unless it has one."""
        now, said = self.clock.now(), (("promised", promise.price),)
        ends = _promise_ends(promise, now)
        await self._book.freeze(Quote(uuid7(), order_id, promise.currency, promise.price, said, now, ends))

    async def _place(self, what: PayableTicket, email: str, name: str | None) -> orders.OrderRow:
        """The payer's order of one ticket: the one that waits, if this promise was taken up before."""
        hold_id = await self._hold_for(what, email)
        quote = what.quote
        held = await self._purchase.hold(
            HoldWish(
                event=quote.event_id,
                items=((quote.type_id, 1),),
                hold_id=hold_id,
                digest=hold_id.bytes * 2,
            )
        )
        if held.quote.total_minor != quote.amount_minor:
            await self._purchase.release(held.hold_id)
            raise NotByAddress
        order = await self._purchase.place(
            OrderWish(hold_id=held.hold_id, email=email, name=_name_of(name, email))
        )
        if order.state == orders.OrderState.PAID:
            raise BoughtAlready
        return order

    async def _hold_for(self, what: PayableTicket, email: str) -> UUID:
        """The hold of this promise and this payer. What anybody may pay, somebody may pay again once it was paid."""
        ids = holds_of(what.quote.name, email_key(email), _TRIES if what.many else 1)
        async with self._database.reading() as reader:
            placed = await orders.by_holds(reader, ids)
        for hold_id in ids:
            if hold_id not in placed or placed[hold_id].state == orders.OrderState.PENDING:
                return hold_id
        raise BoughtAlready


def holds_of(name: UUID, email_key: str, tries: int = _TRIES) -> list[UUID]:
    """The holds a payer with this address can have of the promise with this name, first to last."""
    return [derived_id("paid by address", name.bytes, email_key, str(count)) for count in range(tries)]


def hash_of(text: str) -> bytes:
    """What an invoice commits to instead of this text."""
    return hashlib.sha256(text.encode()).digest()


def _promise_ends(quote: EventQuote | OrderPromise, now: datetime) -> datetime:
    """Until when the invoice of a promise taken up now can be paid: as long as any rate holds, from when it was heard.

    What is priced in bitcoin has no rate that moves.
    """
    began = now if quote.currency == BITCOIN else quote.at
    return max(began + RATE_HOLDS, now + RATE_HOLDS_LEAST)


def _email_of(payer: Payer) -> str:
    """Where the ticket goes: the field meant for it, else the comment. Raises `EmailMissing`, `BadEmail`."""
    if payer.email:
        return valid_email(payer.email)
    if not payer.comment:
        raise EmailMissing
    try:
        return valid_email(payer.comment)
    except Invalid:
        raise EmailMissing from None


def _name_of(name: str | None, email: str) -> str:
    """On the ticket: what they call themselves, else their address."""
    try:
        return clean_name(name or email)
    except Refusal:
        return clean_name(email[:120])
