"""The site's fees as agreed with one organiser: set by those who run the site, seen by the organiser.

An agreement holds for events made from its moment on; an event keeps the fees it was made with, because buyers and
organiser were shown them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from admitone import accounts, events
from admitone.events import FeeAgreement
from admitone.flows.site_fees import BPS_MOST, SiteFee, SiteFees
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.journal import announce
from admitone.values import currencies
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.refusals import Invalid, Problems, Refusal

AMOUNT_MOST = 10**12
NOTE_MOST = 500
PAST_MOST = timedelta(days=1)
"""So far back an agreement may begin: no event that somebody has made meanwhile was made under other fees for long."""


class BadFeeAgreement(Invalid):
    """A rate or an amount that no fee can have."""

    code = "fees.bad_agreement"
    text = "A fee is at most 50 % of the price, and its amounts are whole minor units of a known currency."


class BeginsInThePast(Invalid):
    """An agreement for events that were made already."""

    code = "fees.begins_in_the_past"
    text = "An agreement begins today or later. Events made before keep their fees."


class NoteTooLong(Invalid):
    """A note has at most `most` characters."""

    code = "fees.note_too_long"
    text = "A note has at most {most} characters."


@dataclass(frozen=True, slots=True)
class FeeWish:
    """What to agree on. `valid_from` None: from now on."""

    platform: SiteFee
    processing: SiteFee
    valid_from: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class AgreedFees:
    """What holds now for new events, and all lines. `usual`: nothing was agreed, the site's settings hold."""

    now: SiteFees
    is_usual: bool
    lines: Sequence[FeeAgreement]


def fee_of(stored: Mapping[str, Any]) -> SiteFee:
    """A fee as it is stored."""
    return SiteFee(stored["bps"], dict(stored["fixed_minor"]), dict(stored["most_minor"]))


async def agreed_fees(reader: Reader, usual: SiteFees, organiser_id: UUID, at: datetime) -> SiteFees:
    """The site's fees on an event that this organiser makes at this moment."""
    found = await events.fee_agreement_at(reader, organiser_id, at)
    return usual if found is None else SiteFees(fee_of(found.platform), fee_of(found.processing))


class FeeDesk:
    """Sets and shows agreements. `usual` are the site's settings."""

    def __init__(self, database: Database, clock: Clock, usual: SiteFees) -> None:
        self._database = database
        self._clock = clock
        self._usual = usual

    async def agree(
        self, actor: Actor, organiser_id: UUID, wish: FeeWish, *, agreement_id: UUID
    ) -> FeeAgreement:
        """Write an agreement; the same id again answers what was written.

        Raises `NotOperator`, `OrganiserNotFound`, `Problems` (`BadFeeAgreement`, `BeginsInThePast`, `NoteTooLong`).
        """
        accounts.permit_operator(actor)
        now = self._clock.now()
        problems = list(_problems(wish, now))
        if problems:
            raise Problems(*problems)
        line = FeeAgreement(
            agreement_id,
            organiser_id,
            wish.valid_from or now,
            asdict(wish.platform),
            asdict(wish.processing),
            wish.note.strip(),
            actor.label,
            now,
        )

        async def story(tx: Transaction) -> FeeAgreement:
            await accounts.organiser(tx, organiser_id)
            made = await events.add_fee_agreement(tx, line)
            if made.organiser_id != organiser_id:
                raise events.EventNotFound
            if made.created_at == now:
                fact = events.FeesAgreed(
                    subject_id=agreement_id, organiser_id=organiser_id, valid_from=made.valid_from.isoformat()
                )
                await announce(tx, [fact], actor.label)
            return made

        return await self._database.run(story)

    async def look(self, actor: Actor, organiser_id: UUID) -> AgreedFees:
        """What is agreed, for those who run the site and for the organiser. Raises `Forbidden`."""
        if not actor.is_operator:
            accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
        async with self._database.reading() as reader:
            lines = await events.fee_agreements(reader, organiser_id)
            now = self._clock.now()
            found = await agreed_fees(reader, self._usual, organiser_id, now)
        return AgreedFees(found, is_usual=not any(one.valid_from <= now for one in lines), lines=lines)


def _problems(wish: FeeWish, now: datetime) -> Sequence[Refusal]:
    found: list[Refusal] = []
    for name, fee in (("platform", wish.platform), ("processing", wish.processing)):
        amounts = [*fee.fixed_minor.items(), *fee.most_minor.items()]
        if not 0 <= fee.bps <= BPS_MOST or any(
            not currencies.known(code) or not 0 <= minor <= AMOUNT_MOST for code, minor in amounts
        ):
            found.append(BadFeeAgreement(field=name))
    if wish.valid_from is not None and wish.valid_from < now - PAST_MOST:
        found.append(BeginsInThePast(field="valid_from"))
    if len(wish.note) > NOTE_MOST:
        found.append(NoteTooLong(field="note", most=NOTE_MOST))
    return found
