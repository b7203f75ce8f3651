"""Every paid order has its document: an invoice, or a receipt while its seller has not said who they are. What goes
back of it is a credit note, or a receipt of refund.

What is due follows from the order as it stands, not from the fact that was heard: so facts may come in any order and
any number of times. Causes: `sale:<order>`, `reversal:<reversal>` (a part went back), `undone:<order>` (all that was
left of it went back), the same of a receipt `refunded:<reversal>` and
`refunded_rest:<order>`, `corrected:<invoice>` and `withdrawn:<invoice>` (the buyer's address was wrong).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from admitone import accounts, invoices, orders
from admitone.flows.document_buyer import buyer_of
from admitone.flows.document_lines import (
    SoldUnit,
    is_reverse_charged,
    rest_of_order,
    sold_units,
    went_back,
    whole_order,
)
from admitone.flows.paid_by import paid_parts
from admitone.invoices import Content, Document, Draft, PaidPart, Party, Payment, Seller, Sold
from admitone.payments import Kind
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.journal import Entry
from admitone.reads.orders_documented import Occasion, occasions, taken_back_with_event
from admitone.values import formats
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock

BATCH = 100


@dataclass(frozen=True, slots=True)
class Known:
    """An order (locked) with all that its documents say, and those it has, oldest first."""

    order: orders.OrderRow
    lines: Sequence[orders.LineRow]
    about: Occasion
    seller: Seller
    documents: Sequence[Document]

    @property
    def invoice(self) -> Document | None:
        """The invoice that counts: the newest, because a correction takes the one before it back."""
        return next((one for one in reversed(self.documents) if one.content.kind == "invoice"), None)

    @property
    def sale(self) -> Document | None:
        """What goes back is taken from: the invoice that counts, else the receipt."""
        return self.invoice or next((one for one in self.documents if one.content.kind == "receipt"), None)

    def has(self, cause: str) -> bool:
        """Is there a document of this cause?"""
        return any(one.cause == cause for one in self.documents)

    def day(self, at: datetime) -> date:
        """The day there, in the zone of the event: organisers have none of their own."""
        return at.astimezone(ZoneInfo(self.about.zone)).date()

    def units(self) -> dict[UUID, SoldUnit]:
        """What was sold, by line id."""
        return sold_units(self.order, self.lines)


class Invoicing:
    """Writes documents as reactions to what happens to orders, and keeps who the sellers are. `kinds` of providers have
    the words for ways of paying.
    """

    def __init__(self, database: Database, clock: Clock, kinds: Mapping[str, Kind]) -> None:
        self._database = database
        self._clock = clock
        self._kinds = kinds

    async def follow(self, entry: Entry) -> None:
        """The documents of the order this fact is about. Of a cancelled event, those of other orders along with it:
        thousands wait then, and a counter has to be waited for only once in each batch.
        """
        ids = {entry.subject_id}
        if entry.kind == orders.OrderCancelled.kind and entry.body.get("reason") == "event_cancelled":
            event_id = entry.read_as(orders.OrderCancelled).event_id
            async with self._database.reading() as reader:
                ids |= set(
                    await taken_back_with_event(reader, event_id, after=entry.subject_id, most=BATCH - 1)
                )
        await self.write(ids)

    async def write(self, order_ids: Collection[UUID]) -> list[Document]:
        """Write what is due for these orders; the new documents."""

        async def story(tx: Transaction) -> list[Document]:
            found = await known_of(tx, order_ids)
            fresh_sales = [one for one in found if _is_sale_due(one)]
            parts = await paid_parts(tx, [one.order for one in fresh_sales], self._kinds)
            sold = [self._sale(one, parts.get(one.order.id, ())) for one in fresh_sales]
            # Invoices first, credit notes after them, in every story: counters are locked in one order.
            made = await invoices.issue(tx, sold)
            fresh = {one.order_id: one for one in made}
            whole = [
                replace(one, documents=[*one.documents, fresh[one.order.id]])
                if one.order.id in fresh
                else one
                for one in found
            ]
            made += await invoices.issue(
                tx, [draft for one in whole for draft in await self._credits(tx, one)]
            )
            await hit("invoicing.before_commit")
            return made

        return await self._database.run(story)

    async def save_seller(self, actor: Actor, seller: Seller) -> Seller:
        """Who an organiser is on documents from now on. Raises `Forbidden`; `Problems` as `invoices.save_seller`."""
        accounts.permit(actor, Action.MANAGE_ORGANISER, seller.organiser_id)
        return await self._database.run(lambda tx: invoices.save_seller(tx, seller))

    def _sale(self, one: Known, parts: tuple[PaidPart, ...]) -> Draft:
        order, now, units = one.order, self._clock.now(), one.units()
        assert order.paid_at is not None, "a sale is due once it is paid"
        paid_on = one.day(order.paid_at)
        content = sale_content(
            one,
            buyer_of(order),
            whole_order(units, one.lines),
            issued_on=one.day(now),
            payment=Payment(
                f"Paid on {day_words(paid_on)}.", order.total_minor, paid_on=paid_on, parts=parts
            ),
        )
        return draft_of(one, _sale_cause(order), content, now)

    async def _credits(self, tx: Transaction, one: Known) -> list[Draft]:
        """Credit notes, or receipts of refunds, for what went back and has none yet."""
        sale, order = one.sale, one.order
        if sale is None:
            return []
        part, rest_of_it = _CAUSES[sale.content.kind]
        now, units = self._clock.now(), one.units()
        reversals = (await orders.reversals(tx, [order.id])).get(order.id, [])
        codes = (
            await orders.exchanged_to(tx, order.id) if any(one.exchanged_minor for one in reversals) else {}
        )
        drafts: list[Draft] = []
        before: list[orders.UnitRow] = []
        for made in reversals:
            cause = f"{part}:{made.id}"
            returned = await orders.units_of(tx, made.id)
            if made.total_minor and not one.has(cause):
                sold = went_back(units, one.lines, returned, before)
                way = _way_back(made, order.currency, codes.get(made.id, ""))
                drafts.append(_credit(one, sale, cause, sold, way, now))
            before += returned
        cause = f"{rest_of_it}:{order.id}"
        if order.state == orders.OrderState.CANCELLED and not one.has(cause):
            all_returned = (await orders.returned(tx, [order.id])).get(order.id, [])
            rest = rest_of_order(order, units, one.lines, all_returned)
            if rest:
                drafts.append(_credit(one, sale, cause, rest, _THE_WAY_IT_CAME, now))
        return drafts


def _sale_cause(order: orders.OrderRow) -> str:
    return f"sale:{order.id}"


def _is_sale_due(one: Known) -> bool:
    """Is the order paid, for money, and without a document of it?"""
    order = one.order
    return order.paid_at is not None and order.total_minor > 0 and not one.has(_sale_cause(order))


def day_words(on: date) -> str:
    """`21 November 2026`: a document is kept for years, so the year is said."""
    return f"{on.day} {on:%B %Y}"


# What the causes of what goes back begin with: a part, and the rest. An invoice that is written for a receipt later has
# its own credit notes.
_CAUSES: Mapping[str, tuple[str, str]] = {
    "invoice": ("reversal", "undone"),
    "receipt": ("refunded", "refunded_rest"),
}
_THE_WAY_IT_CAME = "The amount goes back the way it was paid."


def _way_back(made: orders.ReversalRow, currency: str, to_code: str) -> str:
    """What becomes of the amount of a credit note."""
    if made.sent_to == "credit":
        return "It is kept as store credit."
    if not made.exchanged_minor:
        return _THE_WAY_IT_CAME
    if not made.back_minor:
        return f"The amount counts towards order {to_code}, for which tickets were changed."
    counts, back = (formats.money(minor, currency) for minor in (made.exchanged_minor, made.back_minor))
    return f"{counts} counts towards order {to_code}, for which tickets were changed. {back} goes back as it was paid."


async def known_of(tx: Transaction, order_ids: Collection[UUID]) -> list[Known]:
    """These orders, locked in the order of their ids, with their documents; those that are gone are left out."""
    found = await orders.lock(tx, order_ids)
    lines = await orders.lines(tx, list(found))
    about = await occasions(tx, list(found))
    documents = await invoices.of_orders(tx, list(found))
    sellers: dict[UUID, Seller] = {}
    for organiser_id in sorted({order.organiser_id for order in found.values()}):
        sellers[organiser_id] = await invoices.seller_of(tx, organiser_id)
    return [
        Known(order, lines[order.id], about[order.id], sellers[order.organiser_id], documents[order.id])
        for order in found.values()
    ]


def sale_content(
    one: Known, buyer: Party, sold: Sequence[Sold], *, issued_on: date, payment: Payment
) -> Content:
    """An invoice, or a receipt while the seller has not said what an invoice must name."""
    order, about = one.order, one.about
    occasion = invoices.Occasion(about.event_title, one.day(about.starts_at))
    try:
        return invoices.invoice(
            one.seller,
            buyer,
            sold,
            currency=order.currency,
            issued_on=issued_on,
            order_code=order.code,
            occasion=occasion,
            payment=payment,
            is_reverse_charge=is_reverse_charged(order.quote),
        )
    except (invoices.SellerIncomplete, invoices.BuyerIncomplete):
        party = (
            one.seller.party()
            if one.seller.legal_name
            else Party(about.organiser_name, about.organiser_email)
        )
        return invoices.receipt(
            party,
            buyer,
            sold,
            currency=order.currency,
            issued_on=issued_on,
            order_code=order.code,
            occasion=occasion,
            payment=payment,
            footer=one.seller.footer,
        )


def draft_of(
    one: Known, cause: str, content: Content, now: datetime, *, cancels_id: UUID | None = None
) -> Draft:
    """The document to be numbered."""
    return Draft(
        cause=cause,
        organiser_id=one.order.organiser_id,
        order_id=one.order.id,
        issued_at=now,
        content=content,
        is_test=one.order.is_test,
        prefix=one.seller.prefix,
        cancels_id=cancels_id,
    )


def _credit(one: Known, sale: Document, cause: str, sold: Sequence[Sold], words: str, now: datetime) -> Draft:
    write = invoices.credit_note if sale.content.kind == "invoice" else invoices.refund_receipt
    content = write(sale, sold, issued_on=one.day(now), payment=Payment(words))
    return draft_of(one, cause, content, now, cancels_id=sale.id)
