"""Passing a ticket on (`transferTicket`): its owner proves that it is theirs and names whoever gets it, by e-mail.

In one transaction the ticket gets a new code, the old one dies, the new name stands on it and it is theirs: links,
files and pages from before show no code any more. Both are told by letter. What was paid stays with whoever paid it:
money that ever goes back goes to them. Nobody can pass on what was used, cancelled or is disputed, or change what they
passed on. The order's lock makes it one after the other with everything that takes tickets back, and the doors' lock
with scans.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from admitone import checkin, events, orders, tickets
from admitone.flows.documents import Documents, NoTickets
from admitone.flows.post_office import PostOffice
from admitone.flows.prove_ownership import LINK
from admitone.messaging import Attachment
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.journal import Entry
from admitone.plumbing.links import Links
from admitone.plumbing.signing import KeyRing
from admitone.reads.disputed import suspending_dispute
from admitone.reads.order_documents import OrderDocuments, order_documents
from admitone.tickets import Owner, ProofPurpose, Ticket
from admitone.values import formats
from admitone.values.clock import Clock
from admitone.values.contact import email_key, valid_email
from admitone.values.refusals import Conflict, Invalid, Problems, Refusal


class CannotPassOn(Conflict):
    """The ticket was used, its payment is disputed, or its event is over or called off. `why` is the sentence."""

    code = "tickets.cannot_pass_on"
    text = "{why}"


class SameOwner(Invalid):
    """It is theirs already."""

    code = "tickets.same_owner"
    text = "This ticket has this address already. Give the address of whoever gets it."


class NameNeeded(Invalid):
    """Whoever gets it is known at the door by a name."""

    code = "tickets.name_needed"
    text = "Please give the name of whoever gets the ticket: it stands on it."


_USED = "This ticket was used, so it stays whose it is."
_DISPUTED = "The payment for this ticket is disputed. Until that is decided, it stays whose it is."
_OVER = "This event is over, so the ticket stays whose it is."
_CALLED_OFF = "This event was called off, so the ticket stays whose it is."


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets a ticket."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class PassedOnTicket:
    """A ticket that has changed hands."""

    ticket: Ticket
    owner: Owner


class PassingOn:
    """`order_url` gives the address of an order's page, by order id; `ticket_url` that of a ticket's, by what its link
    names.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ring: KeyRing,
        links: Links,
        post: PostOffice,
        documents: Documents,
        order_url: Callable[[UUID], str],
        ticket_url: Callable[[UUID], str],
    ) -> None:
        self._database = database
        self._clock = clock
        self._ring = ring
        self._links = links
        self._post = post
        self._documents = documents
        self._order_url = order_url
        self._ticket_url = ticket_url

    async def transfer_ticket(self, token: str, receiver: Receiver, *, actor: str) -> PassedOnTicket:
        """Pass the ticket on with this proof, which is used up.

        Raises `NoSuchLink`, `ChallengeGone`, `CannotPassOn`, `TicketIsCancelled`, `ReissuedTooOften`, and `Problems`
        with `BadEmail`, `NameNeeded`, `BadHolderName`, `SameOwner`.
        """
        challenge_id = self._links.read(LINK, token)
        to = _checked(receiver)
        async with self._database.reading() as reader:
            asked = await tickets.owner_challenge(reader, challenge_id, self._clock.now())
            order_id = (await tickets.by_id(reader, asked.ticket_id)).order_id
        if asked.purpose is not ProofPurpose.PASS_ON or asked.proved_at is None:
            raise tickets.ChallengeGone
        return await self._database.run(lambda tx: self._story(tx, challenge_id, order_id, to, actor))

    async def _story(
        self, tx: Transaction, challenge_id: UUID, order_id: UUID, to: Receiver, actor: str
    ) -> PassedOnTicket:
        now = self._clock.now()
        order = (await orders.lock(tx, [order_id]))[order_id]
        ticket_id, way = await tickets.use_proof(tx, challenge_id, now)
        ticket = await tickets.reissue(tx, self._ring, ticket_id, actor=actor)
        await self._check(tx, order, ticket)
        before = (await tickets.owners(tx, [ticket_id])).get(ticket_id)
        if email_key(to.email) == (email_key(order.email) if before is None else before.email_key):
            raise Problems(SameOwner(field="email"))
        await tickets.rename_holder(tx, ticket_id, to.name, actor=actor)
        owner = await tickets.pass_on(tx, ticket, to.email, way, now=now, actor=actor)
        return PassedOnTicket(ticket, owner)

    async def _check(self, tx: Transaction, order: orders.OrderRow, ticket: Ticket) -> None:
        # Its doors are closed since it was reissued: nobody can be let in with it until this commits.
        if await checkin.admitted_among(tx, [ticket.id]):
            raise CannotPassOn(why=_USED)
        if await suspending_dispute(tx, order) is not None:
            raise CannotPassOn(why=_DISPUTED)
        event = await events.event(tx, event_id=ticket.event_id)
        if event.state == events.EventState.CANCELLED:
            raise CannotPassOn(why=_CALLED_OFF)
        if event.details.ends_at <= self._clock.now():
            raise CannotPassOn(why=_OVER)

    async def tell(self, entry: Entry) -> None:
        """The reaction to `TicketPassedOn`: a letter with the ticket to whoever has it now, one to whoever had it."""
        fact = entry.read_as(tickets.TicketPassedOn)
        async with self._database.reading() as reader:
            owner = await tickets.owner(reader, fact.owner_id)
            before = None if fact.before_id is None else await tickets.owner(reader, fact.before_id)
            ticket = await tickets.by_id(reader, fact.subject_id)
            last = (await tickets.owners(reader, [ticket.id]))[ticket.id]
            about = await order_documents(reader, ticket.order_id)
        assert owner is not None, "facts name owners that exist"
        assert about is not None, "tickets are of orders that exist"
        context = _context(about, ticket)
        files = await self._files(about, ticket) if last.id == owner.id else ()
        given = {**context, "ticket_url": self._ticket_url(owner.id)}
        # The link to the ticket has ended with this. Only its buyer has a page left: that of the order.
        order_url = self._order_url(about.order_id) if before is None else None
        taken = {**context, "order_url": order_url, "receiver_email": owner.email}

        async def story(tx: Transaction) -> None:
            if files:
                await self._post.queue(
                    tx,
                    cause=f"passed_on:{owner.id}",
                    template="ticket_received",
                    to=owner.email,
                    organiser_id=about.organiser_id,
                    context=given,
                    attachments=files,
                    reply_to=about.organiser_email,
                )
            await self._post.queue(
                tx,
                cause=f"passed_on:{owner.id}",
                template="ticket_passed_on",
                to=about.email if before is None else before.email,
                organiser_id=about.organiser_id,
                context=taken,
                reply_to=about.organiser_email,
            )
            await hit("reaction.before_commit")

        await self._database.run(story)

    async def tell_gone(self, entry: Entry) -> None:
        """The reaction to `PassedOnTicketGone`: whoever the ticket was passed on to is told."""
        fact = entry.read_as(tickets.PassedOnTicketGone)
        async with self._database.reading() as reader:
            owner = await tickets.owner(reader, fact.owner_id)
            ticket = await tickets.by_id(reader, fact.subject_id)
            about = await order_documents(reader, ticket.order_id)
        assert owner is not None, "facts name owners that exist"
        assert about is not None, "tickets are of orders that exist"

        async def story(tx: Transaction) -> None:
            await self._post.queue(
                tx,
                cause=f"gone:{owner.id}",
                template="ticket_gone",
                to=owner.email,
                organiser_id=about.organiser_id,
                context={**_context(about, ticket), "ticket_url": self._ticket_url(owner.id)},
                reply_to=about.organiser_email,
            )
            await hit("reaction.before_commit")

        await self._database.run(story)

    async def _files(self, about: OrderDocuments, ticket: Ticket) -> tuple[Attachment, ...]:
        try:
            pdf = await self._documents.pdf([about.order_id], {ticket.id})
        except NoTickets:
            return ()  # taken back before the letter was written
        return (
            Attachment(f"ticket-{about.slug}.pdf", "application/pdf", pdf),
            Attachment(f"{about.slug}.ics", "text/calendar; charset=utf-8", self._documents.calendar(about)),
        )


def _context(about: OrderDocuments, ticket: Ticket) -> dict[str, object]:
    line = next(one for one in about.lines if one.id == ticket.order_line_id)
    where = ", ".join(part for part in (about.venue_name, about.city) if part)
    return {
        "event_title": about.event_title,
        "organiser_name": about.organiser_name,
        "when_text": formats.long_day_time(about.starts_at, about.zone),
        "where_text": where or "Online",
        "is_online_only": about.is_online_only and line.kind == "ticket",
        "type_name": line.name,
        "is_test": about.is_test,
    }


def _checked(receiver: Receiver) -> Receiver:
    # In the order of the form's fields: so they are listed.
    problems: list[Refusal] = []
    email, name = "", receiver.name.strip()
    if not name:
        problems.append(NameNeeded(field="name"))
    try:
        email = valid_email(receiver.email)
    except Refusal as refusal:
        problems.append(refusal)
    if problems:
        raise Problems(*problems)
    return Receiver(name, email)
