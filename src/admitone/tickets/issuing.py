"""Making tickets, and changing the ones there are.

Codes are never stored: they are derived again when wanted.
"""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.journal import announce
from admitone.plumbing.signing import KeyRing
from admitone.tickets import door_store, owner_store, store
from admitone.tickets.code import Payload, digest, encode
from admitone.tickets.facts import HolderRenamed, PassedOnTicketGone, TicketReissued
from admitone.tickets.lifecycle import REISSUE_MAX, TicketState, sources
from admitone.tickets.refusals import BadHolderName, ReissuedTooOften, TicketIsCancelled, TicketNotFound
from admitone.tickets.store import NewTicket, Ticket
from admitone.values.actor import SYSTEM
from admitone.values.ids import serial64, uuid7

HOLDER_NAME_MAX = 120


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """The tickets of one order line: `quantity` of them, units 1 to `quantity`.

    `attendee_names` belong to the first units; units beyond them, and empty names, have no name.
    `valid_from_minute` is minutes since 1970 UTC; `valid_minutes` a length.
    """

    order_id: UUID
    order_line_id: UUID
    event_id: UUID
    event_number: int
    organiser_id: UUID
    ticket_type_id: UUID
    type_number: int
    quantity: int
    attendee_names: tuple[str, ...]
    valid_from_minute: int
    valid_minutes: int


async def issue(tx: Transaction, ring: KeyRing, requests: Sequence[IssueRequest]) -> list[Ticket]:
    """Make the tickets of these order lines, all in one statement; in the order asked, units ascending.

    A line's unit becomes a ticket once only: asked again, the ticket that is there is given.
    """
    fresh = [_new(request, unit, ring) for request in requests for unit in range(1, request.quantity + 1)]
    if not fresh:
        return []
    issued_at = await store.insert(tx, fresh)
    made = {
        (one.order_line_id, one.unit): _made(one, issued_at[one.id]) for one in fresh if one.id in issued_at
    }
    missing = {one.order_line_id for one in fresh if one.id not in issued_at}
    if missing:
        made.update({(one.order_line_id, one.unit): one for one in await store.by_lines(tx, missing)})
    return [made[(one.order_line_id, one.unit)] for one in fresh]


def _new(request: IssueRequest, unit: int, ring: KeyRing) -> NewTicket:
    assert request.quantity > 0, "a line has at least one ticket"
    names = request.attendee_names
    serial = serial64()
    code = encode(
        Payload(
            event_number=request.event_number,
            serial=serial,
            type_number=request.type_number,
            reissue=0,
            valid_from_minute=request.valid_from_minute,
            valid_minutes=request.valid_minutes,
            key_id=ring.active,
        ),
        ring.signer,
    )
    return NewTicket(
        id=uuid7(),
        serial=serial,
        event_id=request.event_id,
        organiser_id=request.organiser_id,
        order_id=request.order_id,
        order_line_id=request.order_line_id,
        unit=unit,
        ticket_type_id=request.ticket_type_id,
        holder_name=(names[unit - 1] or None) if unit <= len(names) else None,
        key_id=ring.active,
        event_number=request.event_number,
        type_number=request.type_number,
        valid_from_minute=request.valid_from_minute,
        valid_minutes=request.valid_minutes,
        code_digest=digest(code),
    )


def _made(new: NewTicket, issued_at: datetime) -> Ticket:
    written = {name: getattr(new, name) for name in NewTicket.__dataclass_fields__}
    return Ticket(**written, state=TicketState.VALID.value, reissue=0, issued_at=issued_at)


def code_of(ticket: Ticket, ring: KeyRing) -> str:
    """The code on this ticket, derived again:

    Ed25519 gives the same signature every time (RFC 8032, section 5.1.6).

    `ring` must hold the key the ticket was signed with.
    """
    code = encode(_payload(ticket), _signer(ring, ticket.key_id))
    assert digest(code) == ticket.code_digest, "the code derived is the code issued"
    return code


def _payload(ticket: Ticket) -> Payload:
    return Payload(
        event_number=ticket.event_number,
        serial=ticket.serial,
        type_number=ticket.type_number,
        reissue=ticket.reissue,
        valid_from_minute=ticket.valid_from_minute,
        valid_minutes=ticket.valid_minutes,
        key_id=ticket.key_id,
    )


def _signer(ring: KeyRing, key_id: int) -> Ed25519PrivateKey:
    if key_id == ring.active:
        return ring.signer
    return Ed25519PrivateKey.from_private_bytes(ring.raw_private_keys()[key_id])


async def cancel(tx: Transaction, order_ids: Collection[UUID]) -> list[UUID]:
    """The tickets of these orders let nobody in any more; the ids of those that did until now.

    The caller announces it with the orders.
    """
    cancelled = await store.cancel(tx, order_ids, sources(TicketState.CANCELLED))
    await _announce_gone(tx, cancelled)
    return cancelled


async def close_doors(tx: Transaction, ticket_ids: Collection[UUID]) -> None:
    """No door decides on these tickets until `tx` ends; what is read of them after this stays true until then."""
    await door_store.close_tickets(tx, ticket_ids)


async def cancel_tickets(tx: Transaction, ticket_ids: Collection[UUID]) -> None:
    """These tickets let nobody in any more. Raises `TicketIsCancelled` if one did not before.

    Whether one has been used is for the caller to ask the door, after this call and in the same transaction: no scan
    of it can come in between. The caller announces it with the order.
    """
    cancelled = await store.cancel_these(tx, ticket_ids, sources(TicketState.CANCELLED))
    if cancelled != set(ticket_ids):
        raise TicketIsCancelled
    await _announce_gone(tx, cancelled)


async def _announce_gone(tx: Transaction, ticket_ids: Collection[UUID]) -> None:
    """Whoever a cancelled ticket was passed on to is no buyer, and hears of it by a fact of their own."""
    owners = await owner_store.last_owners(tx, ticket_ids) if ticket_ids else {}
    facts = [
        PassedOnTicketGone(subject_id=ticket_id, owner_id=owner.id) for ticket_id, owner in owners.items()
    ]
    await announce(tx, facts, SYSTEM.label)


async def reissue(tx: Transaction, ring: KeyRing, ticket_id: UUID, *, actor: str) -> Ticket:
    """Give the ticket a new code and kill the old one, keeping its serial.

    The ticket stays locked until the end of `tx`.

    Whether it has been used is for the caller to ask the door, after this call and in the same transaction:
    no scan of it can come in between. `actor` names who did it in the journal. Raises `TicketNotFound`,
    `TicketIsCancelled`, `ReissuedTooOften`.
    """
    ticket = await _locked(tx, ticket_id)
    if ticket.reissue >= REISSUE_MAX:
        raise ReissuedTooOften
    anew = replace(ticket, reissue=ticket.reissue + 1, key_id=ring.active)
    anew = replace(anew, code_digest=digest(encode(_payload(anew), ring.signer)))
    changed = await store.replace_code(
        tx, ticket_id, reissue=anew.reissue, key_id=anew.key_id, code_digest=anew.code_digest
    )
    assert changed, "the ticket was locked"
    fact = TicketReissued(
        subject_id=anew.id, organiser_id=anew.organiser_id, event_id=anew.event_id, reissue=anew.reissue
    )
    await announce(tx, [fact], actor)
    return anew


async def rename_holder(tx: Transaction, ticket_id: UUID, name: str | None, *, actor: str) -> Ticket:
    """Put another name on the ticket, or none. The code stays the same.

    Raises `BadHolderName`, `TicketNotFound`, `TicketIsCancelled`.
    """
    cleaned = _checked_name(name)
    ticket = await _locked(tx, ticket_id)
    if cleaned == ticket.holder_name:
        return ticket
    changed = await store.rename(tx, ticket_id, cleaned)
    assert changed, "the ticket was locked"
    fact = HolderRenamed(subject_id=ticket.id, organiser_id=ticket.organiser_id, event_id=ticket.event_id)
    await announce(tx, [fact], actor)
    return replace(ticket, holder_name=cleaned)


def _checked_name(name: str | None) -> str | None:
    cleaned = unicodedata.normalize("NFC", name or "").strip()
    # Joiners (Cf) are letters' business in several scripts; control characters and lone surrogates are
    # nobody's.
    if len(cleaned) > HOLDER_NAME_MAX or any(
        unicodedata.category(letter) in ("Cc", "Cs") for letter in cleaned
    ):
        raise BadHolderName(field="name", length_max=HOLDER_NAME_MAX)
    return cleaned or None


async def _locked(tx: Transaction, ticket_id: UUID) -> Ticket:
    ticket = await store.lock(tx, ticket_id)
    if ticket is None:
        raise TicketNotFound
    if ticket.state != TicketState.VALID.value:
        raise TicketIsCancelled
    return ticket


async def by_order(reader: Reader, order_id: UUID) -> list[Ticket]:
    """The order's tickets, in the order of its lines, cancelled ones included."""
    return await store.by_orders(reader, [order_id])


async def by_orders(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, list[Ticket]]:
    """`by_order` for many (a person's orders, say), by order id. Orders without tickets are left out."""
    found: dict[UUID, list[Ticket]] = {}
    for ticket in await store.by_orders(reader, order_ids):
        found.setdefault(ticket.order_id, []).append(ticket)
    return found


async def by_id(reader: Reader, ticket_id: UUID) -> Ticket:
    """The ticket, whoever asks. Raises `TicketNotFound`."""
    found = await store.by_ids(reader, [ticket_id])
    if not found:
        raise TicketNotFound
    return found[0]
