"""Letters about orders: the tickets, a payment that came too late, money on its way back, an event that was moved.

Each is a reaction to a fact. Files are rendered before the transaction, because rendering takes time.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from uuid import UUID

from admitone import orders, payments, tickets
from admitone.flows.documents import Documents, NoTickets
from admitone.flows.exchange_done import CHANGED, GONE
from admitone.flows.move_words import Changed
from admitone.flows.post_office import PostOffice
from admitone.flows.reversal_plan import GOODWILL
from admitone.messaging import Attachment
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.failpoints import hit
from admitone.reads.bitcoin_page import arrived_msat
from admitone.reads.order_documents import OrderDocuments, order_documents
from admitone.reads.paid_in_bitcoin import paid_in_bitcoin
from admitone.tickets import Owner
from admitone.values import currencies, formats


class OrderLetters:
    """`order_url` gives the address of an order's page, by order id; `ticket_url` that of a ticket's, by what its link
    names.
    """

    def __init__(
        self,
        database: Database,
        post: PostOffice,
        documents: Documents,
        order_url: Callable[[UUID], str],
        ticket_url: Callable[[UUID], str],
    ) -> None:
        self._ticket_url = ticket_url
        self._database = database
        self._post = post
        self._documents = documents
        self._order_url = order_url

    async def tickets(self, order_id: UUID, cause: str) -> None:
        """One letter with all tickets of the order, as a PDF and a calendar entry."""
        about = await self._about(order_id)
        if about.state != orders.OrderState.PAID:
            return  # taken back before the letter was written
        # Who only gave something has no tickets.
        gave = all(line.kind == "donation" for line in about.lines)
        files = () if gave else await self._files(about)
        context: dict[str, object] = {
            "when_text": _when(about),
            "where_text": _where(about),
            "lines": _together((line.name, line.left) for line in about.lines),
            "is_gift": gave,
            "is_test": about.is_test and not gave,
            "total_text": formats.price(about.total_minor, about.currency),
            "has_document": about.total_minor > 0,
            "is_online": about.online_url is not None and not gave,
            "is_online_only": about.is_online_only and not gave,
            **await self._family(order_id),
        }
        await self._send(about, "tickets", cause, context, files)

    async def _family(self, order_id: UUID) -> dict[str, object]:
        """The order whose tickets these stand for, or the first one that these were added to."""
        async with self._database.reading() as reader:
            order = await orders.by_id(reader, order_id)
            if order.root_id is None:
                return {}
            exchange = (await orders.exchanges(reader, [order_id])).get(order_id)
            if exchange is None:
                return {"first_code": (await orders.by_id(reader, order.root_id)).code}
            return {"old_code": (await orders.by_id(reader, exchange.from_order_id)).code}

    async def how_to_pay(self, attempt_id: UUID, cause: str) -> None:
        """How to pay by a way that takes its time, and until when the places are kept."""
        async with self._database.reading() as reader:
            attempt = (await payments.read_many(reader, [attempt_id])).get(attempt_id)
            waiting = await payments.expected(reader, attempt_id)
        if attempt is None or waiting is None:
            return  # begun by a program that died before it wrote its attempt down
        about = await self._about(attempt.order_id)
        if about.state != orders.OrderState.PENDING:
            return  # paid or given up before the letter was written
        context: dict[str, object] = {
            "amount_text": formats.money(waiting.amount_minor, waiting.currency),
            "pay_until_text": formats.zoned_day_time(about.pay_until, about.zone),
            "steps": [
                {"label": label, "value": value}
                for label, value in waiting.instructions.items()
                if label != payments.AMOUNT
            ],
        }
        await self._send(about, "order_received_pending", cause, context, reply_to=about.organiser_email)

    async def part_arrived(self, order_id: UUID, cause: str) -> None:
        """Less than the price has come in bitcoin: what came, what is missing, and until when the places are kept."""
        async with self._database.reading() as reader:
            found = await orders.by_id(reader, order_id)
            came_msat = await arrived_msat(reader, order_id)
        about = await self._about(order_id)
        if found.state != orders.OrderState.PENDING:
            return  # the rest came, or its time was over, before the letter was written
        came = formats.money(came_msat, currencies.BITCOIN)
        if found.currency != currencies.BITCOIN:
            came = f"{came} ({formats.money(found.ready_minor, found.currency, in_full=True)})"
        context: dict[str, object] = {
            "came_text": came,
            "missing_text": formats.money(found.due_minor, found.currency, in_full=True),
            "pay_until_text": formats.zoned_day_time(found.pay_until, about.zone),
        }
        await self._send(about, "part_arrived", cause, context, reply_to=about.organiser_email)

    async def moved(self, order_id: UUID, changes: tuple[Changed, ...], cause: str) -> None:
        """What has changed about when and where the event is, with the tickets and the calendar entry as they are now.

        The entry has the UID of the first one and a higher SEQUENCE, so a calendar moves what it has (RFC 5545
        section 3.8.7.4).
        """
        about = await self._about(order_id)
        context: dict[str, object] = {
            "changes": changes,
            "when_text": _when(about),
            "where_text": _where(about),
            "refund_text": about.refund_text,
        }
        for to in await self._holders(order_id):
            try:
                files = await self._files(about, None if to is None else {to.ticket_id})
            except NoTickets:
                continue  # taken back before the letter was written
            await self._send(about, "moved", cause, context, files, reply_to=about.organiser_email, to=to)

    async def _holders(self, order_id: UUID) -> list[Owner | None]:
        """Who has the order's tickets: its buyer (None), and whom some were passed on to."""
        async with self._database.reading() as reader:
            found = await tickets.by_order(reader, order_id)
            owners = await tickets.owners(reader, [one.id for one in found])
        return [None, *owners.values()]

    async def refunded(self, fact: payments.RefundDone, cause: str) -> None:
        """Money is on its way back, and why. Of a payment that the network took back another letter tells; of what is
        too little for anybody to be sent, the order's page.
        """
        if await self._is_not_sent(fact):
            return
        about = await self._about(fact.order_id)
        context: dict[str, object] = {
            "amount_text": formats.money(fact.amount_minor, fact.currency),
            "bitcoin_text": await self._in_bitcoin(fact.subject_id),
        }
        if fact.reason == "paid_too_late":
            await self._send(about, "payment_too_late", cause, context)
        else:
            context["whole_order"] = about.state != orders.OrderState.PAID
            context["tickets_stay"] = fact.reason == GOODWILL
            context["why_text"] = _WHY.get(fact.reason)
            await self._send(about, "refunded", cause, context)

    async def _is_not_sent(self, fact: payments.RefundDone) -> bool:
        async with self._database.reading() as reader:
            refund = (await payments.read_refunds(reader, [fact.subject_id]))[fact.subject_id]
            disputes = await payments.disputes_of(reader, [fact.order_id])
        undone = {f"{payments.BY_DISPUTE}{one.ref}" for one in disputes if one.reason == payments.UNDONE}
        return refund.provider_ref in undone or (refund.provider_ref or "").startswith(payments.KEPT)

    async def _in_bitcoin(self, refund_id: UUID) -> str | None:
        """How much was sent, when it was bitcoin."""
        async with self._database.reading() as reader:
            sent = (await payments.bitcoin.sendings(reader, [refund_id])).get(refund_id)
        return None if sent is None else formats.money(sent.amount_msat, currencies.BITCOIN)

    async def taken_back(self, reversal_id: UUID, cause: str) -> None:
        """Which tickets of an order were cancelled and what comes back for them, or what comes back without that."""
        async with self._database.reading() as reader:
            made = await orders.reversal(reader, reversal_id)
            assert made is not None, "facts name reversals that exist"
            units = await orders.units_of(reader, reversal_id)
            lines = await orders.lines_of(reader, made.order_id)
            on_code = await _on_code(reader, made.order_id)
            in_bitcoin = (await paid_in_bitcoin(reader, [made.order_id])).get(made.order_id, "")
        about = await self._about(made.order_id)
        gone = Counter(one.order_line_id for one in units if one.is_cancelled)
        left = sum(line.left for line in lines) if about.state == orders.OrderState.PAID else 0
        amount = formats.money(made.total_minor, about.currency) if made.total_minor else None
        context: dict[str, object] = {
            "lines": _together((one.name, gone[one.id]) for one in lines),
            "amount_text": amount,
            "is_credit": made.sent_to == "credit",
            "on_code": on_code,
            "in_bitcoin": in_bitcoin,
            "by_buyer": made.by_whom == "buyer",
            "left_text": formats.count(left, "ticket", "tickets") if left else None,
            "message": made.note or None,
        }
        await self._send(about, "taken_back", cause, context, reply_to=about.organiser_email)

    async def _about(self, order_id: UUID) -> OrderDocuments:
        async with self._database.reading() as reader:
            about = await order_documents(reader, order_id)
        assert about is not None, "facts name orders that exist"
        return about

    async def _files(
        self, about: OrderDocuments, only: Collection[UUID] | None = None
    ) -> tuple[Attachment, ...]:
        pdf = await self._documents.pdf([about.order_id], only)
        return (
            Attachment(f"tickets-{about.code}.pdf", "application/pdf", pdf),
            Attachment(f"{about.slug}.ics", "text/calendar; charset=utf-8", self._documents.calendar(about)),
        )

    async def _send(
        self,
        about: OrderDocuments,
        template: str,
        cause: str,
        context: dict[str, object],
        files: tuple[Attachment, ...] = (),
        reply_to: str | None = None,
        to: Owner | None = None,
    ) -> None:
        whole = {
            "event_title": about.event_title,
            "organiser_name": about.organiser_name,
            "order_code": about.code,
            "order_url": self._order_url(about.order_id) if to is None else self._ticket_url(to.id),
            **context,
        }

        async def story(tx: Transaction) -> None:
            await self._post.queue(
                tx,
                cause=cause,
                template=template,
                to=about.email if to is None else to.email,
                organiser_id=about.organiser_id,
                context=whole,
                attachments=files,
                reply_to=reply_to,
            )
            await hit("reaction.before_commit")

        await self._database.run(story)


_WHY = {
    CHANGED: "It is the difference to the tickets you have now. The old ones are no longer valid.",
    GONE: "The tickets could not be changed any more: one of the old ones was used, or is not what it was. "
    "The old tickets stay as they are.",
}


async def _on_code(reader: Reader, order_id: UUID) -> str:
    """Is what came back of an order on the codes that paid for it: all, some, or (empty) nothing of it?"""
    uses = await payments.credit.uses_of(reader, [order_id])
    if not any(one.state == "used" and one.returned_minor for one in uses):
        return ""
    paid = await payments.of_orders(reader, [order_id])
    return "some" if any(one.settled_as is payments.SettledAs.TICKETS for one in paid) else "all"


def _when(about: OrderDocuments) -> str:
    day = formats.long_day_time(about.starts_at, about.zone)
    return f"{day}, {formats.zone_words(about.starts_at, about.zone)}"


def _where(about: OrderDocuments) -> str:
    if about.venue_name is None:
        return "Online. The link is on your order page."
    return ", ".join(part for part in (about.venue_name, about.venue_address, about.city) if part)


def _together(lines: Iterable[tuple[str, int]]) -> list[dict[str, object]]:
    """Tickets of one type at several prices are several lines; a letter counts them together."""
    counted: dict[str, int] = {}
    for name, quantity in lines:
        counted[name] = counted.get(name, 0) + quantity
    return [{"quantity": quantity, "name": name} for name, quantity in counted.items() if quantity]
