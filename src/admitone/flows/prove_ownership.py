"""Showing that a ticket is one's own (`verify_ticket_ownership`): signed in as its owner, by the preimage of the
Lightning payment that paid for it, or by a signature of an address that paid for it (or that its buyer named, by the
link of a letter of ours, for a refund).

Each proof answers a question of ours that names the ticket and the purpose, once, within ten minutes, so that nothing
that was signed or shown before can be used again. What a proof is good for is one of two: a word that a door asks for,
or passing the ticket on. Payments speak for the one who paid: once a ticket was passed on, only its new owner's account
does. Only what brought at least half of its order's price speaks so: anybody may send a crumb to an address, or pay
the last cent. A node is asked with no transaction open; what was asked before decides nothing until the question is
closed.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from admitone import accounts, orders, payments, tickets
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import SettledAs
from admitone.payments.bitcoin import (
    LIGHTNING,
    ONCHAIN,
    can_sign,
    is_signed_by,
    requests_of_order,
    same_address,
    sendings_of,
)
from admitone.plumbing.database import Database, Reader, Transaction, require_no_transaction
from admitone.plumbing.limiter import Limiter, Rule, source_key
from admitone.plumbing.links import Links
from admitone.reads import my_tickets
from admitone.reads.order_family import order_family
from admitone.tickets import OwnerChallenge, ProofPurpose, ProofWay
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.contact import email_key
from admitone.values.refusals import Busy, Conflict, Forbidden, Invalid, Problems

LINK: Final = "owner_challenge"
_WORD: Final = "owner_word"
_PREIMAGE_BYTES: Final = 32
_FIELDS: Final[dict[ProofWay, tuple[tuple[str, str], ...]]] = {
    ProofWay.ACCOUNT: (),
    ProofWay.PREIMAGE: (("preimage", "the payment proof"),),
    ProofWay.SIGNATURE: (("address", "the address"), ("signature", "the signature")),
}
TEXT_MOST: Final = 4000


class NotYours(Forbidden):
    """What was given does not show that the ticket is theirs; it may be right for another ticket."""

    code = "ownership.not_yours"
    text = "That does not show that this ticket is yours."


class ProofNeeded(Invalid):
    """A way was chosen and its field left empty; `what` are words."""

    code = "ownership.proof_needed"
    text = "Please paste {what} here."


class AddressUnreadable(Invalid):
    """No address, or one whose signatures are not read here: several signers, or a script."""

    code = "ownership.address_unreadable"
    text = "We can read signatures of addresses with one key: those that begin with bc1, 3 or 1."


class SignatureWrong(Invalid):
    """The signature is not one of this address over this message."""

    code = "ownership.signature_wrong"
    text = "This signature does not fit the address and the message. Copy the message whole, sign it, and try again."


class NotPaidSo(Conflict):
    """No payment of the order came by this way, or nobody can see where it came from."""

    code = "ownership.not_paid_so"
    text = "This ticket was not paid for in a way that shows this. Please prove it another way."


class NodeAway(Busy):
    """Who paid cannot be looked up just now."""

    code = "ownership.node_away"
    text = "We cannot look up who paid at the moment. Please try again in a minute, or prove it another way."


class OwnershipRules:
    """How often, per source (an internet address) and per ticket."""

    ask_source: Final = Rule("ownership.ask_source", 60, 3600)
    ask_ticket: Final = Rule("ownership.ask_ticket", 30, 3600)
    prove_source: Final = Rule("ownership.prove_source", 60, 3600)
    prove_ticket: Final = Rule("ownership.prove_ticket", 30, 3600)


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody gives: a preimage (64 hexadecimal digits), or an address and its signature; nothing of these when
    they are signed in as the owner.
    """

    preimage: str = ""
    address: str = ""
    signature: str = ""

    def __repr__(self) -> str:
        return "Proof(…)"

    def require(self, way: ProofWay) -> None:
        """Raise `Problems` with a `ProofNeeded` for each field of this way that is empty."""
        missing = [
            ProofNeeded(field=name, what=what) for name, what in _FIELDS[way] if not getattr(self, name)
        ]
        if missing:
            raise Problems(*missing)


@dataclass(frozen=True, slots=True)
class Proving:
    """A question and what it is about. `word` is for the door, once it is answered; `ways` are those that can work."""

    challenge: OwnerChallenge
    ticket: tickets.Ticket
    owner: tickets.Owner | None
    token: str
    message: str
    word: str
    ways: tuple[ProofWay, ...]


@dataclass(frozen=True, slots=True)
class ShownAtDoor:
    """What a word showed to a door: when and how which ticket was proved to be its holder's."""

    challenge: OwnerChallenge
    ticket: tickets.Ticket


@dataclass(frozen=True, slots=True)
class _Paid:
    """A payment that became the ticket; `half_minor` of its order's price, rounded up, makes its sender a payer."""

    attempt: payments.Attempt
    half_minor: int

    def speaks(self, method: str) -> bool:
        """Whether it came by this method, and is so much that whoever paid it may say that the ticket is theirs."""
        return self.attempt.method == method and (self.attempt.paid_minor or 0) >= self.half_minor


class ProvingOwnership:
    """`site_url` is the site's own address; its host is in every message that is signed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        payment_accounts: PaymentAccounts,
        links: Links,
        limiter: Limiter,
        site_url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = payment_accounts
        self._links = links
        self._limiter = limiter
        self._host = urlsplit(site_url).netloc

    async def ask(
        self, ticket_token: str, purpose: ProofPurpose, challenge_id: UUID, *, source: str
    ) -> Proving:
        """Ask a question about the ticket of this link; the same id again asks the same.

        Raises `NoSuchLink`, `LinkPassedOn`, `TicketIsCancelled`, `TooMany`.
        """
        about = self._links.read("ticket", ticket_token)
        await self._limiter.take(OwnershipRules.ask_source, source_key(source))
        await self._limiter.take(OwnershipRules.ask_ticket, str(about))

        async def story(tx: Transaction) -> UUID:
            ticket, _ = await tickets.of_link(tx, about)
            if ticket.state != tickets.TicketState.VALID:
                raise tickets.TicketIsCancelled
            asked = await tickets.ask_owner(tx, challenge_id, ticket.id, purpose, self._clock.now())
            if asked.ticket_id != ticket.id or asked.purpose is not purpose:
                raise tickets.ChallengeGone
            return asked.id

        return await self._proving(await self._database.run(story))

    async def look(self, token: str) -> Proving:
        """How it stands with a question. Raises `NoSuchLink`, `ChallengeGone`."""
        return await self._proving(self._links.read(LINK, token))

    async def require_about(self, token: str, ticket_token: str) -> None:
        """Raise `ChallengeGone` unless the question is about the ticket of this link. Raises `NoSuchLink`, too."""
        about = self._links.read("ticket", ticket_token)
        proving = await self.look(token)
        if about != tickets.link_subject(proving.ticket.id, proving.owner):
            raise tickets.ChallengeGone

    async def verify_ticket_ownership(
        self, token: str, proof: Proof, actor: Actor, *, source: str
    ) -> Proving:
        """Answer the question: is the ticket theirs? Only a yes changes anything.

        Raises `NoSuchLink`, `ChallengeGone`, `NotYours`, `NotPaidSo`, `PassedOn`, `AddressUnreadable`,
        `SignatureWrong`, `NodeAway`, `NotSignedIn`, `TooMany`.
        """
        require_no_transaction("a proof of ownership")
        proving = await self.look(token)
        if proving.challenge.proved_at is not None:
            return proving
        await self._limiter.take(OwnershipRules.prove_source, source_key(source))
        await self._limiter.take(OwnershipRules.prove_ticket, str(proving.ticket.id))
        way, by = await self._judge(proving, proof, actor)
        now = self._clock.now()
        word = self._word(proving.challenge.id)

        async def story(tx: Transaction) -> None:
            await tickets.owner_proved(
                tx, proving.challenge, proving.ticket, way=way, by=by, word=word, now=now, actor=actor.label
            )

        await self._database.run(story)
        return await self.look(token)

    async def check_word(self, actor: Actor, event_id: UUID, organiser_id: UUID, word: str) -> ShownAtDoor:
        """A door types the word that somebody shows. It works once. Raises `WordUnknown`, `NotAllowed`."""
        accounts.permit(actor, Action.CHECK_IN, organiser_id)

        async def story(tx: Transaction) -> ShownAtDoor:
            challenge = await tickets.use_word(tx, event_id, word, self._clock.now())
            return ShownAtDoor(challenge, await tickets.by_id(tx, challenge.ticket_id))

        return await self._database.run(story)

    async def _proving(self, challenge_id: UUID) -> Proving:
        async with self._database.reading() as reader:
            challenge = await tickets.owner_challenge(reader, challenge_id, self._clock.now())
            ticket = await tickets.by_id(reader, challenge.ticket_id)
            owner = (await tickets.owners(reader, [ticket.id])).get(ticket.id)
            ways = await self._ways(reader, ticket, owner)
        is_shown = challenge.proved_at is not None and challenge.purpose is ProofPurpose.SHOW
        return Proving(
            challenge=challenge,
            ticket=ticket,
            owner=owner,
            token=self._links.make(LINK, challenge.id),
            message=challenge.message(self._host),
            word=self._word(challenge.id) if is_shown else "",
            ways=ways,
        )

    def _word(self, challenge_id: UUID) -> str:
        return tickets.word_of(self._links.make(_WORD, challenge_id).encode())

    async def _ways(
        self, reader: Reader, ticket: tickets.Ticket, owner: tickets.Owner | None
    ) -> tuple[ProofWay, ...]:
        if owner is not None:
            return (ProofWay.ACCOUNT,)
        paid = await self._payments(reader, ticket)
        by_lightning = any(one.speaks(LIGHTNING) for one in paid)
        by_chain = any(one.speaks(ONCHAIN) for one in paid) or bool(await _named(reader, paid))
        return (
            ProofWay.ACCOUNT,
            *((ProofWay.PREIMAGE,) if by_lightning else ()),
            *((ProofWay.SIGNATURE,) if by_chain else ()),
        )

    async def _payments(self, reader: Reader, ticket: tickets.Ticket) -> list[_Paid]:
        """The payments that became this ticket: of its order, and of those of the same buyer it was changed from."""
        order = await orders.by_id(reader, ticket.order_id)
        mine = email_key(order.email)
        family = [one for one in await order_family(reader, order) if email_key(one.email) == mine]
        # What paid for an order that was added beside it did not pay for this one.
        counted = family if (await orders.exchanges(reader, [order.id])).get(order.id) else [order]
        half = {one.id: -(-one.total_minor // 2) for one in counted}
        attempts = await payments.of_orders(reader, list(half))
        return [_Paid(one, half[one.order_id]) for one in attempts if one.settled_as is SettledAs.TICKETS]

    async def _judge(self, proving: Proving, proof: Proof, actor: Actor) -> tuple[ProofWay, str]:
        if not (proof.preimage or proof.address or proof.signature):
            await self._is_account(proving, actor)
            return ProofWay.ACCOUNT, actor.label
        if proving.owner is not None:
            raise tickets.PassedOn
        if proof.preimage:
            return ProofWay.PREIMAGE, await self._is_preimage(proving, proof.preimage)
        return ProofWay.SIGNATURE, await self._is_payer(proving, proof.address, proof.signature)

    async def _is_account(self, proving: Proving, actor: Actor) -> None:
        person_id = accounts.person_id_of(actor)
        async with self._database.reading() as reader:
            if proving.owner is None:
                is_theirs = await my_tickets.is_buyer(reader, person_id, proving.ticket.order_id)
            else:
                is_theirs = (await accounts.person(reader, person_id)).email_key == proving.owner.email_key
        if not is_theirs:
            raise NotYours

    async def _is_preimage(self, proving: Proving, text: str) -> str:
        try:
            preimage = bytes.fromhex(text.strip())
        except ValueError:
            raise NotYours(field="preimage") from None
        if len(preimage) != _PREIMAGE_BYTES:
            raise NotYours(field="preimage")
        said = sha256(preimage).hexdigest()
        async with self._database.reading() as reader:
            all_paid = await self._payments(reader, proving.ticket)
            paid = {one.attempt.id: one.attempt for one in all_paid if one.speaks(LIGHTNING)}
            requests = [
                request
                for order_id in {one.order_id for one in paid.values()}
                for request in await requests_of_order(reader, order_id)
                if request.attempt_id in paid and request.payment_hash is not None
            ]
        if not requests:
            raise NotPaidSo(field="preimage")
        if not any(hmac.compare_digest(one.payment_hash or "", said) for one in requests):
            raise NotYours(field="preimage")
        return f"hash:{said}"

    async def _is_payer(self, proving: Proving, address: str, signature: str) -> str:
        said = address.strip()
        if not can_sign(said):
            raise AddressUnreadable(field="address")
        if len(signature) > TEXT_MOST or not is_signed_by(said, proving.message, signature):
            raise SignatureWrong(field="signature")
        async with self._database.reading() as reader:
            paid = await self._payments(reader, proving.ticket)
            named = await _named(reader, paid)
        payers = named | await self._payers([one for one in paid if one.speaks(ONCHAIN)])
        if not payers:
            raise NotPaidSo(field="address")
        if not any(same_address(said, one) for one in payers):
            raise NotYours(field="address")
        return f"address:{said}"

    async def _payers(self, paid: Sequence[_Paid]) -> set[str]:
        found: set[str] = set()
        for one in paid:
            attempt = one.attempt
            opened = await self._accounts.find(attempt.account_id)
            role = None if opened is None else opened.provider.roles.knows_payers
            if role is None or attempt.provider_ref is None:
                continue
            try:
                found.update(await role.payers(attempt.provider_ref, one.half_minor))
            except payments.ProviderAway:
                raise NodeAway from None
        return found


async def _named(reader: Reader, paid: Sequence[_Paid]) -> set[str]:
    """The addresses to which their buyer wanted some of these payments back, however little."""
    return {
        one.destination
        for each in paid
        for one in await sendings_of(reader, each.attempt.id)
        if one.rail == ONCHAIN and one.destination is not None
    }
