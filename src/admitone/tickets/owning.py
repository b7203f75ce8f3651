"""Whose a ticket is, and the questions by which that is shown.

A question is about one ticket with the code it has now: passed on, it answers nothing any more. It is asked for ten
minutes, answered once, and what the answer is good for (a word at the door, passing the ticket on) is used once within
ten minutes more. How an answer is judged is not known here: `flows/prove_ownership.py`.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.journal import announce
from admitone.tickets import owner_store as store
from admitone.tickets.facts import OwnershipProved, TicketPassedOn
from admitone.tickets.issuing import by_id
from admitone.tickets.owner_store import Owner
from admitone.tickets.refusals import ChallengeGone, LinkPassedOn, PassedOn, WordUnknown
from admitone.tickets.store import Ticket
from admitone.values.contact import email_key
from admitone.values.ids import ALPHABET, normalise_code, uuid7

CHALLENGE_MINUTES: Final = 10
PROOF_MINUTES: Final = 10
WORD_LENGTH: Final = 8


class ProofPurpose(StrEnum):
    """What a proof is for: showing it at the door, or passing the ticket on."""

    SHOW = "show"
    PASS_ON = "pass_on"  # noqa: S105 - a purpose, not a secret


class ProofWay(StrEnum):
    """How it was shown: signed in as the owner, by what only the payer of a Lightning invoice got, by a signature of an
    address that paid.
    """

    ACCOUNT = "account"
    PREIMAGE = "preimage"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class OwnerChallenge:
    """A question about a ticket. `way` and `proved_at` once it is answered."""

    id: UUID
    ticket_id: UUID
    purpose: ProofPurpose
    nonce: str
    asked_at: datetime
    valid_until: datetime
    proved_at: datetime | None = None
    way: ProofWay | None = None

    def message(self, site_host: str) -> str:
        """What is to be signed: one line of ASCII that says what for, for which ticket, once, until when."""
        what = "show that it is mine" if self.purpose is ProofPurpose.SHOW else "pass it on to somebody else"
        return (
            f"{site_host} ticket {self.ticket_id}: {what}. "
            f"Code {self.nonce}, until {self.valid_until:%Y-%m-%dT%H:%M:%SZ}."
        )


async def ask_owner(
    tx: Transaction, challenge_id: UUID, ticket_id: UUID, purpose: ProofPurpose, now: datetime
) -> OwnerChallenge:
    """Ask; the same id again gives the question asked then."""
    known = await store.challenge(tx, challenge_id)
    if known is None:
        until = (now + timedelta(minutes=CHALLENGE_MINUTES)).replace(microsecond=0)
        await store.insert_challenge(
            tx, challenge_id, ticket_id, purpose.value, secrets.token_hex(16), now, until
        )
        known = await store.challenge(tx, challenge_id)
    assert known is not None, "it was just asked about a ticket that is there"
    return _read(known)


async def owner_challenge(reader: Reader, challenge_id: UUID, now: datetime) -> OwnerChallenge:
    """The question, open or answered. Raises `ChallengeGone` when it is too old, used, or the ticket has changed."""
    row = await store.challenge(reader, challenge_id)
    if row is None or row.is_void or row.used_at is not None or row.valid_until <= now:
        raise ChallengeGone
    return _read(row)


def _read(row: store.ChallengeRow) -> OwnerChallenge:
    return OwnerChallenge(
        id=row.id,
        ticket_id=row.ticket_id,
        purpose=ProofPurpose(row.purpose),
        nonce=row.nonce,
        asked_at=row.asked_at,
        valid_until=row.valid_until,
        proved_at=row.proved_at,
        way=None if row.way is None else ProofWay(row.way),
    )


async def owner_proved(
    tx: Transaction,
    asked: OwnerChallenge,
    ticket: Ticket,
    way: ProofWay,
    by: str,
    word: str,
    *,
    now: datetime,
    actor: str,
) -> None:
    """The question was answered: `by` is who or what answered, for the record. Raises `ChallengeGone`: answered before,
    too old, or the ticket is another's.
    """
    digest = word_digest(word) if asked.purpose is ProofPurpose.SHOW else None
    until = now + timedelta(minutes=PROOF_MINUTES)
    if not await store.prove(
        tx, asked.id, way=way.value, proved_by=by, word_digest=digest, now=now, until=until
    ):
        raise ChallengeGone
    fact = OwnershipProved(
        subject_id=asked.ticket_id,
        organiser_id=ticket.organiser_id,
        event_id=ticket.event_id,
        way=way.value,
        purpose=asked.purpose.value,
    )
    await announce(tx, [fact], actor)


def word_of(secret: bytes) -> str:
    """Eight letters to show at a door, always the same for the same secret."""
    number = int.from_bytes(hashlib.sha256(b"admitone owner word|" + secret).digest()[:5])
    return "".join(ALPHABET[(number >> 5 * at) & 31] for at in range(WORD_LENGTH))


def word_digest(word: str) -> bytes:
    """What is stored of a word, however it was typed."""
    return hashlib.sha256(normalise_code(word).encode("utf-8", "surrogatepass")).digest()


async def use_word(tx: Transaction, event_id: UUID, word: str, now: datetime) -> OwnerChallenge:
    """Use up a word that was shown at a door of this event. Raises `WordUnknown`."""
    found = await store.use_word(tx, event_id, word_digest(word), now)
    row = None if found is None else await store.challenge(tx, found)
    if row is None:
        raise WordUnknown(field="word")
    return _read(row)


async def use_proof(tx: Transaction, challenge_id: UUID, now: datetime) -> tuple[UUID, ProofWay]:
    """Use up a proof made to pass a ticket on: the ticket, and how it was proved. Raises `ChallengeGone`."""
    used = await store.use(tx, challenge_id, now)
    if used is None:
        raise ChallengeGone
    return used[0], ProofWay(used[1])


async def pass_on(
    tx: Transaction, ticket: Ticket, email: str, way: ProofWay, *, now: datetime, actor: str
) -> Owner:
    """The ticket, reissued in this transaction, is this address's from now on."""
    before = (await store.last_owners(tx, [ticket.id])).get(ticket.id)
    new = Owner(
        id=uuid7(),
        ticket_id=ticket.id,
        number=1 if before is None else before.number + 1,
        email=email,
        email_key=email_key(email),
        reissue=ticket.reissue,
        way=way.value,
        given_at=now,
    )
    await store.insert_owner(tx, new)
    fact = TicketPassedOn(
        subject_id=ticket.id,
        organiser_id=ticket.organiser_id,
        event_id=ticket.event_id,
        owner_id=new.id,
        before_id=None if before is None else before.id,
    )
    await announce(tx, [fact], actor)
    return new


async def owners(reader: Reader, ticket_ids: Collection[UUID]) -> dict[UUID, Owner]:
    """Whose they are now, by ticket; those that were never passed on are left out: they are their buyer's."""
    return await store.last_owners(reader, ticket_ids)


async def owner(reader: Reader, owner_id: UUID) -> Owner | None:
    """This passing on, which another may have followed."""
    return await store.owner(reader, owner_id)


async def of_link(reader: Reader, about: UUID) -> tuple[Ticket, Owner | None]:
    """The ticket of a ticket's link, and whose it is since it was passed on: a link names the ticket itself until then,
    and after that the last passing on. Raises `LinkPassedOn` for links from before, `TicketNotFound`.
    """
    row = await store.owner(reader, about)
    ticket = await by_id(reader, about if row is None else row.ticket_id)
    last = (await store.last_owners(reader, [ticket.id])).get(ticket.id)
    if (None if last is None else last.id) != (None if row is None else row.id):
        raise LinkPassedOn
    return ticket, last


def link_subject(ticket_id: UUID, last: Owner | None) -> UUID:
    """What a ticket's link names: see `of_link`."""
    return ticket_id if last is None else last.id


async def refuse_passed_on(reader: Reader, ticket_ids: Collection[UUID]) -> None:
    """What was passed on is not its buyer's to change. Raises `PassedOn`."""
    if await store.last_owners(reader, ticket_ids):
        raise PassedOn


async def sweep_challenges(tx: Transaction, before: datetime) -> int:
    """Delete questions that nobody answered and that ended before this instant; how many."""
    return await store.sweep(tx, before)
