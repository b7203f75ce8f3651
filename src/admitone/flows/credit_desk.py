"""An organiser's store credit: gift codes are made and taken away, and end when their time is over.

A gift costs its organiser when it is used, not before: until then it stands against their gifts, never against money
that can be paid out. A refund that a buyer left as credit is the buyer's, and nobody takes it away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from admitone import accounts, ledger, payments
from admitone.flows.approvals import Approvals, Question
from admitone.flows.given_alone import gifts_made_alone
from admitone.flows.giving_credit import digest_for
from admitone.payments import CreditRow
from admitone.payments.credit import (
    BadGift,
    BadGiftCount,
    BadGiftCurrency,
    BadGiftExpiry,
    CreditCodes,
    CreditNotFound,
    GiftNoteTooLong,
    NotAGift,
    OneGiftPerAddress,
    digest_of,
)
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.limiter import Limiter, Rule
from admitone.pricing import PRICE_MAX_MINOR
from admitone.values import currencies, formats
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.contact import valid_email
from admitone.values.ids import derived_id
from admitone.values.refusals import Problems, Refusal

COUNT_MOST: Final = 1_000
NOTE_MOST: Final = 500
GIFTS: Final = "gift_codes"
GIFT_LETTERS: Final = Rule("gift_letter.organiser", 200, 86_400)
"""Gifts an organiser may have mailed. Nobody becomes a way to send mail to strangers."""
AGAIN_WITHIN: Final = timedelta(days=365)
"""What comes back to a gift that ran out can be used for a while (`AGAIN_DAYS`), but not later than this after its last
day: long enough for an event that is called off, and an end for what is given back again and again.
"""
_ACTION: Final = Action.REFUND_ORDERS
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class GiftWish:
    """Gift codes to make: `count` of `amount_minor` minor units of `currency` each, of play money or real.

    `expires_at` is the first instant they cannot be used; None: they can for ever. `email`: whom the one code is sent.
    """

    currency: str
    amount_minor: int
    count: int = 1
    expires_at: datetime | None = None
    note: str = ""
    email: str | None = None
    is_test: bool = True


class CreditDesk:
    """Every verb raises `Forbidden` for who may not refund the organiser's orders."""

    def __init__(
        self, database: Database, clock: Clock, codes: CreditCodes, approvals: Approvals, limiter: Limiter
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._approvals = approvals
        self._limiter = limiter
        approvals.carry(GIFTS, self._carry)

    def code(self, credit: CreditRow) -> str | None:
        """The credit's code; None when it was made under another master key, and is known to its holder only."""
        code = self._codes.code(credit.id)
        return code if digest_of(code) == credit.code_digest else None

    async def make(
        self, actor: Actor, organiser_id: UUID, wish: GiftWish, batch_id: UUID, *, is_approved: bool = False
    ) -> list[CreditRow]:
        """Make gift codes. The same `batch_id` again answers what was made.

        Raises `Problems`, `ApprovalNeeded` when they are above the organiser's limit, together with what this member
        has made alone within a day, and `TooMany` when the organiser has had too many mailed today.
        """
        accounts.permit(actor, _ACTION, organiser_id)
        known = await self.batch(actor, organiser_id, batch_id)
        if known:
            return known
        wish = checked(wish, self._clock.now())
        question = _question(wish, batch_id)
        if not is_approved:
            async with self._database.reading() as reader:
                before_minor = await self._made_alone(reader, actor, organiser_id, wish)
            await self._approvals.require(actor, organiser_id, question, before_minor=before_minor)
            if wish.email is not None:
                await self._limiter.take(GIFT_LETTERS, str(organiser_id))

        async def story(tx: Transaction) -> list[CreditRow] | None:
            if not is_approved and await self._is_too_much_by_now(tx, actor, organiser_id, wish, batch_id):
                return None
            now, by = self._clock.now(), actor.label
            ids = [derived_id("gift", batch_id.bytes, str(at)) for at in range(wish.count)]
            rows = [self._row(one, organiser_id, wish, batch_id, by, now) for one in ids]
            made = await payments.credit.insert(tx, rows)
            await journal.announce(tx, [_given(one, organiser_id, wish) for one in ids if one in made], by)
            posted = [
                transfer
                for one in ids
                if one in made
                for transfer in ledger.gift(
                    credit_id=one,
                    organiser_id=organiser_id,
                    currency=wish.currency,
                    amount_minor=wish.amount_minor,
                    is_test=wish.is_test,
                )
            ]
            await ledger.post(tx, posted)
            await hit("credit.before_commit")
            return await payments.credit.by_batch(tx, organiser_id, batch_id)

        gifts = await self._database.run(story)
        if gifts is None:
            raise await self._approvals.ask(actor, organiser_id, question)
        return gifts

    async def _made_alone(self, reader: Reader, actor: Actor, organiser_id: UUID, wish: GiftWish) -> int:
        now = self._clock.now()
        return await gifts_made_alone(
            reader, organiser_id, actor.label, wish.currency, now, is_test=wish.is_test
        )

    async def _is_too_much_by_now(
        self, tx: Transaction, actor: Actor, organiser_id: UUID, wish: GiftWish, batch_id: UUID
    ) -> bool:
        """Has this member made so many others in the same moment that these are above the limit? From here on what one
        member makes waits for its turn.
        """
        if actor.person_id is None:
            return False
        await accounts.one_at_a_time(tx, organiser_id, actor.label)
        if await payments.credit.by_batch(tx, organiser_id, batch_id):
            return False
        minor = wish.amount_minor * wish.count + await self._made_alone(tx, actor, organiser_id, wish)
        return await self._approvals.needs_yes(tx, organiser_id, wish.currency, minor)

    def _row(
        self, credit_id: UUID, organiser_id: UUID, wish: GiftWish, batch_id: UUID, by: str, now: datetime
    ) -> dict[str, object]:
        return {
            "id": credit_id,
            "organiser_id": organiser_id,
            "currency": wish.currency,
            "is_test": wish.is_test,
            "source": "gift",
            "funding": "gifts",
            "given_minor": wish.amount_minor,
            "expires_at": wish.expires_at,
            "latest_at": None if wish.expires_at is None else wish.expires_at + AGAIN_WITHIN,
            "email": wish.email,
            "note": wish.note,
            "batch_id": batch_id,
            "code_digest": digest_for(self._codes, credit_id),
            "created_by": by,
            "created_at": now,
        }

    async def _carry(
        self, asker: Actor, organiser_id: UUID, intent: Mapping[str, Any], is_approved: bool
    ) -> None:
        """What a second member has said to gift codes."""
        if is_approved:
            wish = msgspec.convert(intent["wish"], GiftWish)
            await self.make(asker, organiser_id, wish, UUID(intent["batch_id"]), is_approved=True)

    async def batch(self, actor: Actor, organiser_id: UUID, batch_id: UUID) -> list[CreditRow]:
        """The gift codes made at once, in the order in which they are listed."""
        accounts.permit(actor, _ACTION, organiser_id)
        async with self._database.reading() as reader:
            return await payments.credit.by_batch(reader, organiser_id, batch_id)

    async def void(self, actor: Actor, organiser_id: UUID, credit_id: UUID) -> CreditRow:
        """Take a gift away: what is left of it ends. What orders had taken stays theirs. Done once.

        Raises `CreditNotFound`, `NotAGift`.
        """
        accounts.permit(actor, _ACTION, organiser_id)

        async def story(tx: Transaction) -> CreditRow:
            credit = (await payments.credit.lock(tx, [credit_id])).get(credit_id)
            if credit is None or credit.organiser_id != organiser_id:
                raise CreditNotFound
            if not credit.is_gift:
                raise NotAGift
            if await payments.credit.mark_void(tx, credit.id, actor.label, self._clock.now()):
                await self._end(tx, [credit.id], actor.label)
            await hit("credit.before_commit")
            return (await payments.credit.by_ids(tx, [credit.id]))[credit.id]

        return await self._database.run(story)

    async def end_due(self) -> int:
        """End what is left of gifts whose time is over, and what came back to gifts taken away before; how many."""
        async with self._database.reading() as reader:
            due = await payments.credit.due_to_end(reader, _MOST)
        if not due:
            return 0
        return await self._database.run(lambda tx: self._end(tx, due, "system"))

    async def _end(self, tx: Transaction, ids: list[UUID], actor: str) -> int:
        ended = await payments.credit.end(tx, ids)
        rows = await payments.credit.by_ids(tx, list(ended))
        facts = [
            payments.credit.CreditEnded(
                subject_id=one,
                organiser_id=rows[one].organiser_id,
                currency=rows[one].currency,
                amount_minor=minor,
                reason="void" if rows[one].state == "void" else "expired",
            )
            for one, minor in ended.items()
        ]
        await journal.announce(tx, facts, actor)
        posted = [
            transfer
            for one, minor in ended.items()
            for transfer in ledger.gift_ended(
                credit_id=one,
                ended_minor=rows[one].ended_minor,
                organiser_id=rows[one].organiser_id,
                currency=rows[one].currency,
                amount_minor=minor,
                is_test=rows[one].is_test,
            )
        ]
        await ledger.post(tx, posted)
        return len(ended)

    async def is_test(self, organiser_id: UUID) -> bool:
        """The organiser sells for play money."""
        return await self._database.run(lambda tx: accounts.kept_mode(tx, organiser_id)) == "test"

    async def is_offered(self, organiser_id: UUID) -> bool:
        """May this organiser's buyers take store credit instead of their money back?"""
        async with self._database.reading() as reader:
            return await payments.credit.is_offered(reader, organiser_id)

    async def offer(self, actor: Actor, organiser_id: UUID, *, is_offered: bool) -> None:
        """Let them, or not."""
        accounts.permit(actor, _ACTION, organiser_id)
        now = self._clock.now()
        await self._database.run(
            lambda tx: payments.credit.offer(tx, organiser_id, now, is_offered=is_offered)
        )


def checked(wish: GiftWish, now: datetime) -> GiftWish:
    """The same with the address in the form we send to, if such codes can be. Raises `Problems`."""
    problems: list[Refusal] = []
    email = None
    if not currencies.known(wish.currency):
        problems.append(BadGiftCurrency(field="currency"))
    if not 0 < wish.amount_minor <= PRICE_MAX_MINOR // COUNT_MOST:
        problems.append(BadGift(field="amount_minor"))
    if not 1 <= wish.count <= COUNT_MOST:
        problems.append(BadGiftCount(field="count", most=COUNT_MOST))
    if wish.expires_at is not None and wish.expires_at <= now:
        problems.append(BadGiftExpiry(field="expires_at"))
    if len(wish.note) > NOTE_MOST:
        problems.append(GiftNoteTooLong(field="note", most=NOTE_MOST))
    if wish.email is not None:
        if wish.count != 1:
            problems.append(OneGiftPerAddress(field="email"))
        try:
            email = valid_email(wish.email)
        except Refusal as refusal:
            problems.append(refusal)
    if problems:
        raise Problems(*problems)
    return replace(wish, email=email)


def _question(wish: GiftWish, batch_id: UUID) -> Question:
    minor = wish.amount_minor * wish.count
    codes = formats.count(wish.count, "gift code", "gift codes")
    return Question(
        kind=GIFTS,
        subject=str(batch_id),
        words=f"Make {codes} for {formats.money(minor, wish.currency)} together",
        intent={"batch_id": str(batch_id), "wish": msgspec.to_builtins(wish)},
        currency=wish.currency,
        amount_minor=minor,
    )


def _given(credit_id: UUID, organiser_id: UUID, wish: GiftWish) -> journal.Fact:
    return payments.credit.CreditGiven(
        subject_id=credit_id,
        organiser_id=organiser_id,
        source="gift",
        currency=wish.currency,
        amount_minor=wish.amount_minor,
    )
