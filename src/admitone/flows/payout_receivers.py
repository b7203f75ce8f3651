"""Where an organiser's payouts go. Whoever takes over an account and changes that finds payouts paused for a day, and
every owner is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from admitone import accounts, payments, payouts, statements
from admitone.flows.letter_desk import LetterDesk
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import OpenAccount
from admitone.payouts import Purse, Receiver, ReceiverChanged
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import announce
from admitone.plumbing.sealing import Sealer
from admitone.values import formats
from admitone.values.actor import Action, Actor, Role
from admitone.values.clock import Clock
from admitone.values.ids import uuid7

PAUSE = timedelta(hours=24)
_SEPA = "EUR"


@dataclass(frozen=True, slots=True)
class ReceiverWish:
    """Where the money is to go. `account_id` None: to the bank account `details["iban"]`, by file; else what the
    provider of that account of the site's asks for (`PaysOut.receiver_fields`).
    """

    account_id: UUID | None
    holder: str
    country: str
    details: Mapping[str, str]


class PayoutReceivers:
    """Sets and verifies receivers."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: PaymentAccounts,
        sealer: Sealer,
        letters: LetterDesk,
        site_url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._sealer = sealer
        self._letters = letters
        self._site_url = site_url

    async def ways(self, *, is_test: bool) -> list[OpenAccount]:
        """The site's own accounts that can send money out."""
        return [
            one
            for one in await self._accounts.in_use()
            if one.account.organiser_id is None
            and one.account.is_test == is_test
            and one.provider.roles.pays_out is not None
        ]

    async def set(self, actor: Actor, purse: Purse, wish: ReceiverWish) -> Receiver:
        """From now on the money goes there. A provider verifies what it pays to; a bank account waits for a person.

        Payouts are paused for 24 hours and every owner is told, but for the first receiver of play money.

        Raises `Forbidden`, `BadIban`, `BadReceiver`, `CannotPayOut`, `ProviderAway`.
        """
        accounts.permit(actor, Action.MANAGE_PAYOUTS, purse.organiser_id)
        made = await self._made(actor, purse, wish)

        async def story(tx: Transaction) -> Receiver:
            terms = await payouts.lock_terms(tx, purse.organiser_id)
            was_there = await payouts.replace_receiver(tx, made)
            if was_there or not purse.is_test:
                await payouts.keep_terms(tx, replace(terms, paused_until=made.made_at + PAUSE))
                await self._tell_owners(tx, made)
            await announce(tx, [_changed(made, "set")], actor.label)
            return made

        return await self._database.run(story)

    async def _tell_owners(self, tx: Transaction, made: Receiver) -> None:
        organiser = await accounts.organiser(tx, made.organiser_id)
        team = await accounts.members(tx, made.organiser_id)
        changer = next((one.name for one in team if made.made_by == f"person:{one.person_id}"), "Somebody")
        for one in team:
            if one.role is Role.OWNER:
                await self._letters.queue(
                    tx,
                    cause=f"payout_receiver:{made.id}",
                    template="payout_receiver_changed",
                    to=one.email,
                    organiser_id=made.organiser_id,
                    context={
                        "organiser_name": organiser.name,
                        "changer_name": changer,
                        "currency": made.currency,
                        "receiver_text": f"{made.holder}, {made.hint}",
                        "until_text": f"{formats.stamp(made.made_at + PAUSE, 'UTC')} UTC",
                        "page_url": f"{self._site_url}/organiser/{organiser.slug}/payouts",
                    },
                )

    async def _made(self, actor: Actor, purse: Purse, wish: ReceiverWish) -> Receiver:
        now, receiver_id = self._clock.now(), uuid7()
        made = Receiver(
            id=receiver_id,
            organiser_id=purse.organiser_id,
            currency=purse.currency,
            is_test=purse.is_test,
            account_id=wish.account_id,
            holder=wish.holder.strip(),
            hint="",
            to_ref=None,
            sealed=None,
            made_by=actor.label,
            made_at=now,
            verified_by=None,
            verified_at=None,
            replaced_at=None,
        )
        if wish.account_id is None:
            if purse.currency != _SEPA or purse.is_test:
                raise payouts.BadIban(field="iban")
            iban = statements.read_iban(wish.details.get("iban", ""))
            sealed = self._sealer.seal(iban.encode(), _context(receiver_id))
            return replace(made, hint=f"{iban[:2]} … {iban[-4:]}", sealed=sealed)
        return await self._at_provider(made, wish, now)

    async def _at_provider(self, made: Receiver, wish: ReceiverWish, now: datetime) -> Receiver:
        way = next(
            (one for one in await self.ways(is_test=made.is_test) if one.account.id == wish.account_id), None
        )
        role = None if way is None else way.provider.roles.pays_out
        if way is None or role is None:
            raise payouts.CannotPayOut(currency=made.currency)
        asked = {name: wish.details.get(name, "").strip() for name in role.receiver_fields}
        to_ref = await role.receiver(payments.Receiver(made.holder, made.currency, wish.country, asked))
        shown = next(iter(asked.values()), to_ref)
        return replace(
            made,
            hint=f"{way.account.label} … {shown[-4:]}",
            to_ref=to_ref,
            verified_by=f"provider:{way.account.provider}",
            verified_at=now,
        )

    async def verify(self, receiver_id: UUID, by: str) -> Receiver:
        """A person of the site has looked at the bank account. Again changes nothing. Raises `ReceiverNotFound`."""

        async def story(tx: Transaction) -> Receiver:
            found = await payouts.verify_receiver(tx, receiver_id, by, self._clock.now())
            if found is None:
                raise payouts.ReceiverNotFound
            await announce(tx, [_changed(found, "verified")], by)
            return found

        return await self._database.run(story)

    def iban_of(self, receiver: Receiver) -> str:
        """The bank account's number, for whoever sends the money."""
        assert receiver.sealed is not None, "a bank account"
        return self._sealer.open_(receiver.sealed, _context(receiver.id)).decode()


def _context(receiver_id: UUID) -> bytes:
    return b"payouts_receiver/" + receiver_id.bytes


def _changed(receiver: Receiver, what: str) -> ReceiverChanged:
    return ReceiverChanged(
        subject_id=receiver.id, organiser_id=receiver.organiser_id, what=what, currency=receiver.currency
    )
