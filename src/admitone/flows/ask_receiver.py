"""A buyer whose account nobody knows is asked where a refund by transfer goes: a letter with a link of its own,
answered once. What they type is sealed for this refund; the file for the organiser's bank opens it, pages show its end.
"""

import json
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from admitone import accounts, payments, statements
from admitone.flows.post_office import PostOffice
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.journal import Entry
from admitone.plumbing.limiter import Limiter, Rule
from admitone.plumbing.links import Links, NoSuchLink
from admitone.plumbing.sealing import Sealer
from admitone.reads.received_money import ToSend, these_to_send
from admitone.values import formats

LINK: Final = "refund_account"
BANK: Final = "bank"
HOLDER_MOST: Final = 70
ANSWERS: Final = Rule("refund_account", 20, 600)
"""Tries of one visitor, right or wrong: a person needs a few."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A refund whose buyer has the link. `to_send` None: it was sent, or is not to be sent any more."""

    organiser_name: str
    organiser_email: str
    to_send: ToSend | None

    @property
    def is_open(self) -> bool:
        """The buyer is still to say where it goes."""
        return self.to_send is not None and not self.to_send.knows_receiver


class ReceiverAsking:
    """`site_url` has no slash at its end."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        post: PostOffice,
        links: Links,
        limiter: Limiter,
        site_url: str,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._post = post
        self._links = links
        self._limiter = limiter
        self._site_url = site_url

    async def tell(self, entry: Entry) -> None:
        """The reaction to `ReceiverWanted`: a letter with the link, once, unless it is known meanwhile."""
        async with self._database.reading() as reader:
            asked = await self._asked(reader, entry.subject_id)
        one = asked.to_send
        if one is None or not asked.is_open:
            return
        organiser_id = entry.organiser_id
        context = {
            "organiser_name": asked.organiser_name,
            "amount_text": formats.money(one.amount_minor, one.currency, in_full=True),
            "order_code": one.order_code,
            "account_url": f"{self._site_url}/refund-account/{self._links.make(LINK, one.refund_id)}",
        }

        async def story(tx: Transaction) -> None:
            await self._post.queue(
                tx,
                cause=f"receiver:{one.refund_id}",
                template="refund_account",
                to=one.email,
                organiser_id=organiser_id,
                context=context,
                reply_to=asked.organiser_email,
            )
            await hit("reaction.before_commit")

        await self._database.run(story)

    async def look(self, token: str) -> Asked:
        """What the link is about. Raises `NoSuchLink`."""
        async with self._database.reading() as reader:
            return await self._asked(reader, self._links.read(LINK, token))

    async def answer(self, token: str, *, holder: str, iban: str, bic: str, visitor: str) -> None:
        """The buyer says whose account it goes to. Raises `NoSuchLink`, `TooMany`, `ReceiverKnown`, `BadIban`,
        `NotSepaAccount`, `BadBic`, `BicMissing`, `TransferTextMissing`.
        """
        await self._limiter.take(ANSWERS, visitor)
        refund_id = self._links.read(LINK, token)
        compact = statements.read_iban(iban)
        bic_checked = statements.read_bic(bic, compact)
        if not statements.sepa_text(holder).strip():
            raise statements.TransferTextMissing(field="holder")
        sealed = self._sealer.seal(json.dumps([compact, bic_checked]).encode(), _context(refund_id))

        async def story(tx: Transaction) -> None:
            refund = (await payments.read_refunds(tx, [refund_id])).get(refund_id)
            if refund is None:
                raise NoSuchLink
            await payments.answer_receiver(
                tx,
                refund_id,
                organiser_id=refund.organiser_id,
                holder=holder.strip()[:HOLDER_MOST],
                sealed=sealed,
                iban_end=compact[-4:],
            )

        await self._database.run(story)

    async def _asked(self, reader: Reader, refund_id: UUID) -> Asked:
        refund = (await payments.read_refunds(reader, [refund_id])).get(refund_id)
        if refund is None:
            raise NoSuchLink
        organiser = await accounts.organiser(reader, refund.organiser_id)
        found = await these_to_send(reader, refund.organiser_id, [refund_id])
        return Asked(organiser.name, organiser.contact_email, found[0] if found else None)


def opened_receiver(sealer: Sealer, refund_id: UUID, sealed: bytes) -> tuple[str, str | None]:
    """IBAN and BIC as the buyer of this refund typed them."""
    iban, bic = json.loads(sealer.open_(sealed, _context(refund_id)))
    return iban, bic


def _context(refund_id: UUID) -> bytes:
    return b"payments_sending/" + refund_id.bytes
