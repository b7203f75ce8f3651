"""An event's UMA invoice: made by its organiser, shown anywhere, paid by anybody for one ticket, again and again.

Its amount in bitcoin is promised until it ends, so an event that is priced in money has it for minutes only: the rate
moves, and somebody would wait for it to move their way. Whoever takes it up has what is left of a rate's time to pay.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from admitone import accounts, events
from admitone.flows.event_quotes import EventQuote
from admitone.flows.offer_book import OfferBook
from admitone.flows.payable import SITE, NotByAddress, PayableDesk, holds_of
from admitone.flows.uma_site import TICKET_DATA, UmaSite
from admitone.payments import uma
from admitone.payments.bitcoin import RATE_HOLDS
from admitone.payments.uma import InvoiceWish, OwnKeys, UmaInvoiceRow, UmaRefused
from admitone.plumbing.database import Database
from admitone.plumbing.links import Links, NoSuchLink
from admitone.reads.uma_sales import maybe_paid
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.currencies import BITCOIN
from admitone.values.refusals import Invalid

_PURPOSE: Final = "uma invoice"
_LONGEST: Final = RATE_HOLDS - timedelta(minutes=5)
"""Who takes it up in the last moment has five minutes left to pay."""
_LONGEST_IN_BITCOIN: Final = timedelta(days=30)


class BadDuration(Invalid):
    """Longer than its price can be promised, or not at all."""

    code = "uma.bad_duration"
    text = "Please choose from 1 to {most} minutes: so long its price in bitcoin can be promised."


@dataclass(frozen=True, slots=True)
class InvoiceTerms:
    """What an event's invoice can be for: ticket types with what one costs now, all in, in minor units of `currency`;
    and for how long at most its price is promised.
    """

    types: tuple[tuple[events.OfferedType, int], ...]
    currency: str
    longest: timedelta


@dataclass(frozen=True, slots=True)
class ListedInvoice:
    """An event's invoice, and how many orders were paid by it."""

    invoice: UmaInvoiceRow
    times_paid: int


class UmaEventInvoices:
    """Makes and finds them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        offers: OfferBook,
        payable: PayableDesk,
        links: Links,
        keys: OwnKeys,
        site: UmaSite,
    ) -> None:
        self._database = database
        self._clock = clock
        self._offers = offers
        self._payable = payable
        self._links = links
        self._keys = keys
        self._site = site

    async def make(
        self, actor: Actor, organiser_id: UUID, event_id: UUID, type_id: UUID, minutes: int, invoice_id: UUID
    ) -> UmaInvoiceRow:
        """A UMA invoice for one ticket of this type. The same id again gives the same.

        Raises `Forbidden`, `EventNotFound`, `NotByAddress`, `BadDuration`, `NoRate`.
        """
        accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
        async with self._database.reading() as reader:
            known = await uma.by_id(reader, invoice_id)
        if known is not None and (known.event_id, known.organiser_id) == (event_id, organiser_id):
            return known
        on_offer = await self._offers.current(event_id)
        sold = on_offer.offer.type(type_id)
        if on_offer.offer.organiser_id != organiser_id:
            raise events.EventNotFound
        now = self._clock.now()
        if sold is None or not _fits(on_offer.offer, sold, now):
            raise NotByAddress
        longest = _longest(on_offer.offer)
        lasts = timedelta(minutes=minutes)
        if not timedelta(0) < lasts <= longest:
            raise BadDuration(most=longest // timedelta(minutes=1), field="minutes")
        quote = (await self._payable.ticket(on_offer, sold)).quote
        new = await self._signed(organiser_id, quote, invoice_id, min(now + lasts, on_offer.offer.ends_at))
        return await self._database.run(lambda tx: uma.insert(tx, new))

    async def _signed(
        self, organiser_id: UUID, quote: EventQuote, invoice_id: UUID, until: datetime
    ) -> UmaInvoiceRow:
        wish = InvoiceWish(
            receiver=f"${SITE}@{self._site.domain}",
            msat=quote.amount_msat,
            callback=self._site.payreq(self._links.make(_PURPOSE, invoice_id)),
            payer_data=TICKET_DATA,
            kyc=self._site.kyc,
            payments_most=None,
        )
        text = (await uma.load()).make_invoice(wish, self._keys, until)
        now = self._clock.now()
        return UmaInvoiceRow(
            id=invoice_id,
            organiser_id=organiser_id,
            event_id=quote.event_id,
            order_id=None,
            attempt_id=None,
            ticket_type_id=quote.type_id,
            address="",
            amount_msat=quote.amount_msat,
            amount_minor=quote.amount_minor,
            currency=quote.currency,
            price=quote.price,
            invoice=text,
            state="made",
            reason=None,
            expires_at=until,
            created_at=now,
            updated_at=now,
        )

    async def terms(self, actor: Actor, organiser_id: UUID, event_id: UUID) -> InvoiceTerms:
        """What one can be made for now. Raises `Forbidden`, `EventNotFound`, also for another organiser's."""
        accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
        on_offer = await self._offers.current(event_id)
        offer, now = on_offer.offer, self._clock.now()
        if offer.organiser_id != organiser_id:
            raise events.EventNotFound
        found = []
        for one in offer.types:
            total_minor = await self._payable.by_lightning(on_offer, one) if _fits(offer, one, now) else None
            if total_minor is not None:
                found.append((one, total_minor))
        return InvoiceTerms(tuple(found), offer.currency, _longest(offer))

    async def listed(self, actor: Actor, organiser_id: UUID, event_id: UUID) -> Sequence[ListedInvoice]:
        """As `list`, each with how often it was paid. Raises the same."""
        found = await self.list(actor, organiser_id, event_id)
        async with self._database.reading() as reader:
            orders = await maybe_paid(reader, [one.id for one in found])
        # Others may have paid the same at the same rate: only the holds derived from an invoice are of it.
        paid = Counter(
            one.invoice_id for one in orders if one.hold_id in holds_of(one.invoice_id, one.email_key)
        )
        return [ListedInvoice(one, paid[one.id]) for one in found]

    async def list(self, actor: Actor, organiser_id: UUID, event_id: UUID) -> Sequence[UmaInvoiceRow]:
        """The event's, newest first. Raises `Forbidden`, `EventNotFound`, also for another organiser's."""
        accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
        async with self._database.reading() as reader:
            if (await events.event(reader, event_id=event_id)).organiser_id != organiser_id:
                raise events.EventNotFound
            found = await uma.of_event(reader, event_id)
        return [one for one in found if one.organiser_id == organiser_id]

    async def quote_of(self, key: str) -> EventQuote | None:
        """What was promised to whoever pays the invoice with this key; None when it is none of these keys.

        Raises `UmaRefused` when it has ended.
        """
        try:
            invoice_id = self._links.read(_PURPOSE, key)
        except NoSuchLink:
            return None
        async with self._database.reading() as reader:
            row = await uma.by_id(reader, invoice_id)
        if row is None or row.ticket_type_id is None or row.price is None:
            return None
        if row.expires_at <= self._clock.now():
            raise UmaRefused("INVOICE_EXPIRED", 400, "This invoice has ended. Please ask for another.")
        return EventQuote(
            event_id=row.event_id,
            type_id=row.ticket_type_id,
            currency=row.currency,
            amount_minor=row.amount_minor,
            amount_msat=row.amount_msat,
            price=row.price,
            at=row.created_at,
            name=row.id,
        )


def _fits(offer: events.Offer, sold: events.OfferedType, now: datetime) -> bool:
    """Whether somebody who says no more than an amount can buy it now."""
    is_plain = sold.kind == "ticket" and not sold.is_chosen and not sold.prices.is_locked
    return is_plain and events.sale_state(offer, sold, now) is events.SaleState.ON_SALE


def _longest(offer: events.Offer) -> timedelta:
    return _LONGEST_IN_BITCOIN if offer.currency == BITCOIN else _LONGEST
