"""Four eyes: above a limit that an organiser sets, money goes back or out only when a second member has said yes.

What was asked for is stored (`intent`) and carried out by the yes, once: the yes is stored first, and the intent has a
key of its own, so that the timetable can carry it out when whoever said yes has died meanwhile.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

import structlog

from admitone import accounts
from admitone.accounts import Approval, ApprovalLimit, ApprovalState
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.journal import announce
from admitone.values.actor import Action, Actor, Role, allowed
from admitone.values.clock import Clock
from admitone.values.ids import uuid7
from admitone.values.refusals import Busy, Conflict, Invalid, NotFound, Refusal

log = structlog.get_logger(__name__)
VALID_FOR: Final = timedelta(days=7)
CARRIED_AFTER: Final = timedelta(seconds=30)
MOST: Final = 100
About = Literal["refund", "payout"]
_RIGHT: Final[Mapping[About, Action]] = {"refund": Action.REFUND_ORDERS, "payout": Action.MANAGE_PAYOUTS}
_ABOUT: Final[Mapping[str, About]] = {"payout": "payout"}


class ApprovalNeeded(Conflict):
    """It waits for a second member's yes, under `approval_id`."""

    code = "approval.needed"
    text = (
        "This is above what one member may do alone, so it now waits for the approval of a second member of "
        "your team."
    )


class ApprovalNotFound(NotFound):
    """No such question of this organiser."""

    code = "approval.not_found"
    text = "We cannot find this request for approval."


class AlreadyDecided(Conflict):
    """Somebody was faster, or it ran out."""

    code = "approval.decided"
    text = "This request was decided already, or it ran out."


class NotYourOwn(Conflict):
    """Four eyes are two people's."""

    code = "approval.not_your_own"
    text = "You asked for this yourself, so somebody else has to approve it."


class BadLimit(Invalid):
    """A limit is not below zero."""

    code = "approval.bad_limit"
    text = "A limit is zero or more."


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, for people (`words`) and for whoever carries it out (`intent`). `subject`: what it is about,
    once at a time.
    """

    kind: str
    subject: str
    words: str
    intent: Mapping[str, Any]
    currency: str
    amount_minor: int


Carry = Callable[[Actor, UUID, Mapping[str, Any], bool], Awaitable[None]]
"""Carries out an intent of the organiser as the member who asked (True), or learns that it was declined (False)."""


class NeedsYes(Exception):
    """Raised inside a transaction that must not go on without a second member's yes."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.subject)
        self.question = question


class Approvals:
    """Asks, approves, declines. `carry` names who carries out which kind."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._carry: dict[str, Carry] = {}

    def carry(self, kind: str, by: Carry) -> None:
        """Intents of this kind are carried out by `by`."""
        assert kind not in self._carry, "one for each kind"
        self._carry[kind] = by

    async def needs_yes(
        self, reader: Reader, organiser_id: UUID, currency: str, amount_minor: int, about: About = "refund"
    ) -> bool:
        """Is this above the organiser's limit?"""
        for limit in await accounts.approval_limits(reader, organiser_id):
            if limit.currency == currency:
                most = limit.refund_minor if about == "refund" else limit.payout_minor
                return most is not None and amount_minor > most
        return False

    async def ask_within(
        self, tx: Transaction, actor: Actor, organiser_id: UUID, question: Question
    ) -> Approval:
        """Ask in the caller's transaction; the same asked again is the same question."""
        assert actor.person_id is not None, "members ask"
        now = self._clock.now()
        asked = Approval(
            id=uuid7(),
            organiser_id=organiser_id,
            kind=question.kind,
            subject=question.subject,
            words=question.words,
            intent=question.intent,
            currency=question.currency,
            amount_minor=question.amount_minor,
            state=ApprovalState.WAITING.value,
            asked_by=actor.person_id,
            asked_at=now,
            expires_at=now + VALID_FOR,
        )
        found, is_new = await accounts.insert_approval(tx, asked)
        if is_new:
            fact = accounts.ApprovalAsked(
                subject_id=found.id,
                organiser_id=organiser_id,
                question=question.kind,
                currency=question.currency,
                amount_minor=question.amount_minor,
            )
            await announce(tx, [fact], actor.label)
        return found

    async def ask(self, actor: Actor, organiser_id: UUID, question: Question) -> Refusal:
        """Ask; the refusal that says so."""
        found = await self._database.run(lambda tx: self.ask_within(tx, actor, organiser_id, question))
        return ApprovalNeeded(approval_id=str(found.id))

    async def require(
        self,
        actor: Actor,
        organiser_id: UUID,
        question: Question,
        about: About = "refund",
        *,
        before_minor: int = 0,
    ) -> None:
        """Go on, or raise `ApprovalNeeded` when a second member is asked first. Call it with no transaction open.

        `before_minor` was done alone before and counts too.
        """
        minor = question.amount_minor + before_minor
        async with self._database.reading() as reader:
            must = await self.needs_yes(reader, organiser_id, question.currency, minor, about)
        if must and actor.person_id is not None:
            raise await self.ask(actor, organiser_id, question)

    async def waiting(self, actor: Actor, organiser_id: UUID) -> Sequence[Approval]:
        """The organiser's questions, newest first, decided ones too. Raises `Forbidden`."""
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            return await accounts.approvals_of(reader, organiser_id, MOST)

    async def approve(self, actor: Actor, organiser_id: UUID, approval_id: UUID) -> Approval:
        """Say yes: what was asked for is done.

        Raises `Forbidden`, `ApprovalNotFound`, `NotYourOwn`, `AlreadyDecided`, and the refusal of what was asked for
        when it is not possible any more.
        """
        found = await self._decide(actor, organiser_id, approval_id, ApprovalState.APPROVED)
        await self._carry_out(found)
        return found

    async def decline(self, actor: Actor, organiser_id: UUID, approval_id: UUID) -> Approval:
        """Say no, or take one's own question back. Raises as `approve`."""
        found = await self._decide(actor, organiser_id, approval_id, ApprovalState.DECLINED)
        asker = Actor.person(found.asked_by)
        await self._carry[found.kind](asker, organiser_id, found.intent, False)
        return found

    async def _decide(
        self, actor: Actor, organiser_id: UUID, approval_id: UUID, to: ApprovalState
    ) -> Approval:
        async def story(tx: Transaction) -> Approval:
            found = await accounts.approval(tx, organiser_id, approval_id)
            right = _RIGHT[_ABOUT.get("" if found is None else found.kind, "refund")]
            accounts.permit(actor, right, organiser_id)
            if found is None:
                raise ApprovalNotFound
            assert actor.person_id is not None, "members decide"
            if to is ApprovalState.APPROVED and actor.person_id == found.asked_by:
                raise NotYourOwn
            now = self._clock.now()
            is_over = to is ApprovalState.APPROVED and found.expires_at <= now
            if is_over or not await accounts.move_approval(
                tx, approval_id, (ApprovalState.WAITING,), to, by=actor.person_id, now=now
            ):
                raise AlreadyDecided
            return found

        return await self._database.run(story)

    async def _carry_out(self, found: Approval) -> None:
        try:
            asker = await self._asker(found)
            await self._carry[found.kind](asker, found.organiser_id, found.intent, True)
        except Busy:
            raise
        except Refusal:
            await self._end(found, ApprovalState.DECLINED)
            raise
        await self._end(found, ApprovalState.DONE)

    async def _asker(self, found: Approval) -> Actor:
        """Whoever asked, as what they are to the organiser now."""
        async with self._database.reading() as reader:
            team = await accounts.members(reader, found.organiser_id)
        role = next((one.role for one in team if one.person_id == found.asked_by), None)
        return Actor.person(found.asked_by, roles=() if role is None else ((found.organiser_id, role),))

    async def _end(self, found: Approval, to: ApprovalState) -> None:
        now = self._clock.now()
        await self._database.run(
            lambda tx: accounts.move_approval(
                tx, found.id, (ApprovalState.APPROVED,), to, by=found.asked_by, now=now
            )
        )

    async def carry_due(self) -> int:
        """Carry out what was approved by somebody whose process died before it was done; how many."""
        async with self._database.reading() as reader:
            due = await accounts.approved(reader, self._clock.now() - CARRIED_AFTER, MOST)
        for one in due:
            try:
                await self._carry_out(one)
            except Busy:
                raise
            except Refusal as refusal:
                log.warning("approval.not_possible", approval_id=str(one.id), code=refusal.code)
        return len(due)

    async def limits(self, actor: Actor, organiser_id: UUID) -> Sequence[ApprovalLimit]:
        """The organiser's limits. Raises `Forbidden`."""
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            return await accounts.approval_limits(reader, organiser_id)

    async def set_limit(self, actor: Actor, organiser_id: UUID, limit: ApprovalLimit) -> None:
        """Change the limits of one currency. Raises `Forbidden` (it takes an owner), `BadLimit`."""
        accounts.permit(actor, Action.MANAGE_ORGANISER, organiser_id)
        if min(limit.refund_minor or 0, limit.payout_minor or 0) < 0:
            raise BadLimit(field="refund_minor")
        await self._database.run(lambda tx: accounts.set_approval_limit(tx, organiser_id, limit))


def may_decide(role: Role, about: About) -> bool:
    """May a member of this role say yes?"""
    return allowed(role, _RIGHT[about])
