"""A buyer who paid in bitcoin says where it goes back to: by the link of a letter, which nobody else has.

They name an invoice, an address, a Lightning Address (which is asked for an invoice), or scan a code and let their
program ask for the money (LNURL-withdraw). Said once, it is sent by a reaction, through `Refunding` and the provider;
if it could not be sent there, another letter begins another round, and what was scanned before is worth nothing.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from admitone.flows.post_office import PostOffice
from admitone.flows.refund import Refunding
from admitone.payments import bitcoin
from admitone.payments.bitcoin import Asked, Destination, InvoiceFetch
from admitone.plumbing.database import Database, Reader
from admitone.plumbing.failpoints import hit
from admitone.plumbing.journal import Entry
from admitone.plumbing.limiter import Limiter, Rule
from admitone.plumbing.links import Links, NoSuchLink
from admitone.reads.order_page import order_page
from admitone.reads.refund_claim import RefundClaim, refund_claim, silent_claims
from admitone.values import formats
from admitone.values.clock import Clock
from admitone.values.currencies import BITCOIN

CLAIM: Final = "refund_claim"
REMINDERS: Final = 4
WITHDRAWAL: Final = "refund_withdrawal"
TRIES: Final = Rule("refund_claim", 30, 600)
"""Tries of one visitor, right or wrong: a person needs a few."""
AGAIN: Final = Rule("refund_claim.again", 3, 3600)
"""So often the letters of one order are mailed again: enough for who looks in the wrong mailbox."""

_WHY: Final = {
    "paid_too_late": "Your payment came after your places had gone back on sale, and they were sold to somebody else.",
    "paid_twice": "You paid this order twice.",
    "overpaid": "You paid more than was due.",
    "wrong_amount": "Another amount was due, so there are no tickets for it.",
    "event_cancelled": "The event was called off.",
}


_LESS: Final = (
    "The Bitcoin network took back a part of what you paid, so less comes back than we wrote before. What you may have"
    " named does not count any more."
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be done with what was typed. `place` is who will be asked for the invoice, else None."""

    value: str
    place: str | None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a program that scanned the code may ask for: exactly `amount_msat`, once, proving itself by `k1`."""

    k1: str
    amount_msat: int
    description: str


class RefundClaims:
    """`site_url` has no slash at its end."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        post: PostOffice,
        links: Links,
        limiter: Limiter,
        refunding: Refunding,
        invoices: InvoiceFetch,
        site_url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._post = post
        self._links = links
        self._limiter = limiter
        self._refunding = refunding
        self._invoices = invoices
        self._site_url = site_url

    async def tell(self, entry: Entry) -> None:
        """The reaction to `DestinationWanted`: a letter with the link, once in each round."""
        fact = entry.read_as(bitcoin.DestinationWanted)
        async with self._database.reading() as reader:
            claim = await refund_claim(reader, fact.subject_id)
        if claim is not None and claim.is_open and claim.sending.round == fact.round:
            await self._tell(claim, f"destination:{fact.subject_id}:{fact.round}")
        await hit("reaction.before_commit")

    async def remind(self) -> int:
        """Write to buyers again who have not said where to: once a week, `REMINDERS` times. How many letters are new
        cannot be told: the same week again sends nothing.
        """
        async with self._database.reading() as reader:
            silent = await silent_claims(reader, self._clock.now(), REMINDERS)
            claims = {one: await refund_claim(reader, one) for one in silent}
        for refund_id, claim in claims.items():
            if claim is not None and claim.is_open:
                await self._tell(claim, f"destination:{refund_id}:week {silent[refund_id]}")
        return 0

    async def mail_again(self, order_id: UUID, request_id: UUID) -> None:
        """The letters once more whose buyer has not said where to, to the order's own address. The same `request_id`
        again sends nothing again. Raises `TooMany`, `DestinationKnown` when there is nothing to say.
        """
        await self._limiter.take(AGAIN, str(order_id))
        async with self._database.reading() as reader:
            refunds = (await order_page(reader, order_id)).refunds
            claims = [await refund_claim(reader, one.id) for one in refunds if not one.is_decided]
        silent = [one for one in claims if one is not None and one.is_open]
        if not silent:
            raise bitcoin.DestinationKnown
        for claim in silent:
            await self._tell(claim, f"destination:{claim.sending.refund_id}:again {request_id}")

    async def _tell(self, claim: RefundClaim, cause: str) -> None:
        one = claim.sending
        is_less = one.reason == bitcoin.PARTLY_UNDONE
        in_currency = formats.money(one.amount_minor, one.currency, in_full=True)
        context = {
            "organiser_name": claim.organiser_name,
            "amount_text": formats.money(one.amount_msat, BITCOIN),
            "worth_text": None if one.currency == BITCOIN else in_currency,
            "order_code": claim.order_code,
            "cause_text": _LESS if is_less else _WHY.get(claim.reason),
            "is_again": one.round > 1 and not is_less,
            "claim_url": f"{self._site_url}/refund-in-bitcoin/{self._links.make(CLAIM, one.refund_id)}",
        }
        await self._database.run(
            lambda tx: self._post.queue(
                tx,
                cause=cause,
                template="refund_destination",
                to=claim.email,
                organiser_id=claim.organiser_id,
                context=context,
                reply_to=claim.organiser_email,
            )
        )

    async def send(self, entry: Entry) -> None:
        """The reaction to `DestinationNamed`: ask the provider now. The timetable does the rest."""
        await self._refunding.ask_now(entry.subject_id)

    async def look(self, token: str) -> RefundClaim:
        """What the link of the letter is about. Raises `NoSuchLink`."""
        async with self._database.reading() as reader:
            return await self._claim(reader, self._links.read(CLAIM, token))

    def withdrawal_url(self, refund_token: str) -> str:
        """Where a program asks what it may withdraw."""
        return f"{self._site_url}/lnurl/withdraw/{refund_token}"

    def withdrawal_code(self, claim: RefundClaim) -> str:
        """What the code on the page carries, an LNURL: it opens nothing but this withdrawal."""
        refund_token = self._links.make(WITHDRAWAL, claim.sending.refund_id)
        return bitcoin.encode_lnurl(self.withdrawal_url(refund_token))

    async def propose(self, token: str, typed: str, *, visitor: str) -> Proposal:
        """Check what was typed; a Lightning Address is asked whether it can be paid so much, and makes no invoice yet.
        Raises `NoSuchLink`, `TooMany`, `DestinationKnown`, `NoInvoiceThere`, and as `bitcoin.read_destination` does.
        """
        await self._limiter.take(TRIES, visitor)
        claim = await self._open(token)
        wanted = _wanted(claim)
        read = bitcoin.read_destination(typed, wanted, self._clock.now())
        if isinstance(read, Asked):
            await self._invoices.check(read, wanted.amount_msat, visitor)
            return Proposal(typed.strip(), read.words)
        return Proposal(read.value, None)

    async def name(self, token: str, typed: str, *, visitor: str) -> RefundClaim:
        """The buyer says where it goes, and has seen what that means. Raises as `propose` does, and `InvoiceUsed`,
        `DestinationOfOurs`.
        """
        await self._limiter.take(TRIES, visitor)
        claim = await self._open(token)
        wanted = _wanted(claim)
        read = bitcoin.read_destination(typed, wanted, self._clock.now())
        named_as = None
        if isinstance(read, Asked):
            named_as = read.words
            written = await self._invoices.invoice(read, wanted.amount_msat, visitor)
            read = bitcoin.read_invoice(written, wanted, self._clock.now())
        await self._name(claim, read, named_as)
        return await self.look(token)

    async def withdrawal(self, refund_token: str, *, visitor: str) -> Withdrawal:
        """What the code says. Raises `TooMany`, `NoSuchLink`, `WithdrawalOver`."""
        await self._limiter.take(TRIES, visitor)
        claim = await self._to_withdraw(refund_token)
        return Withdrawal(
            k1=self._links.make(_key(claim), claim.sending.refund_id),
            amount_msat=claim.sending.amount_msat,
            description=f"Refund of order {claim.order_code}, {claim.organiser_name}",
        )

    async def withdraw(self, refund_token: str, *, k1: str, invoice: str, visitor: str) -> None:
        """A program asks for the money with an invoice of its own. Raises as `withdrawal` and `name` do."""
        await self._limiter.take(TRIES, visitor)
        claim = await self._to_withdraw(refund_token)
        try:
            about = self._links.read(_key(claim), k1)
        except NoSuchLink:
            raise bitcoin.WithdrawalOver from None
        if about != claim.sending.refund_id:
            raise bitcoin.WithdrawalOver
        read = bitcoin.read_invoice(invoice, _wanted(claim), self._clock.now())
        await self._name(claim, read, None)

    async def _to_withdraw(self, refund_token: str) -> RefundClaim:
        async with self._database.reading() as reader:
            claim = await self._claim(reader, self._links.read(WITHDRAWAL, refund_token))
        if not claim.is_open or claim.sending.rail != bitcoin.LIGHTNING:
            raise bitcoin.WithdrawalOver
        return claim

    async def _open(self, token: str) -> RefundClaim:
        claim = await self.look(token)
        if not claim.is_open:
            raise bitcoin.DestinationKnown
        return claim

    async def _claim(self, reader: Reader, refund_id: UUID) -> RefundClaim:
        claim = await refund_claim(reader, refund_id)
        if claim is None:
            raise NoSuchLink
        return claim

    async def _name(self, claim: RefundClaim, destination: Destination, named_as: str | None) -> None:
        one = claim.sending
        await self._database.run(
            lambda tx: bitcoin.name_destination(
                tx,
                one.refund_id,
                one.round,
                destination,
                named_as=named_as,
                organiser_id=claim.organiser_id,
                now=self._clock.now(),
            )
        )


def _wanted(claim: RefundClaim) -> bitcoin.Wanted:
    return bitcoin.Wanted(claim.sending.rail, claim.sending.network, claim.sending.amount_msat)


def _key(claim: RefundClaim) -> str:
    """Each round has a key of its own, and a round ends when somebody has said where it goes."""
    return f"{WITHDRAWAL}:{claim.sending.round}"
