"""An organiser makes promo codes and changes them: one by one, or thousands for one use each."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from admitone import accounts, promotions
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.promotions import PromoTerms, Promotion
from admitone.reads.promo_scope import promo_scope
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.refusals import Problems, Refusal

_ACTION: Final = Action.MANAGE_EVENTS


@dataclass(frozen=True, slots=True)
class Generated:
    """A batch of codes, and how many it has."""

    id: UUID
    quantity: int


class PromoDesk:
    """Every verb raises `Forbidden` for who may not manage the organiser's events."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(
        self, actor: Actor, organiser_id: UUID, code: str, terms: PromoTerms, *, promotion_id: UUID
    ) -> Promotion:
        """Make a code. The same id again answers what was made. Raises `Problems`, `CodeTaken`."""
        accounts.permit(actor, _ACTION, organiser_id)

        async def story(tx: Transaction) -> Promotion:
            await _require_own(tx, organiser_id, code, terms)
            now = self._clock.now()
            made = await promotions.create(tx, promotion_id, organiser_id, code, terms, now)
            if made.created_at == now:
                await _announce(tx, actor, made.id, organiser_id, "created")
            return made

        return await self._database.run(story)

    async def edit(
        self, actor: Actor, organiser_id: UUID, promotion_id: UUID, code: str, terms: PromoTerms
    ) -> Promotion:
        """Change a code; what was bought with it stays as it is.

        Raises `CodeNotFound`, `Problems`, `CodeTaken`, `CodeIsUsed`, `LimitBelowUses`.
        """
        accounts.permit(actor, _ACTION, organiser_id)

        async def story(tx: Transaction) -> Promotion:
            before = await promotions.by_id(tx, organiser_id, promotion_id)
            await _require_own(tx, organiser_id, code, terms)
            after = await promotions.edit(tx, organiser_id, promotion_id, code, terms, self._clock.now())
            if after != before:
                await _announce(tx, actor, promotion_id, organiser_id, "edited")
            return after

        return await self._database.run(story)

    async def set_paused(
        self, actor: Actor, organiser_id: UUID, promotion_id: UUID, *, is_paused: bool
    ) -> Promotion:
        """Pause or resume a code. Whoever has it in a basket and has not ordered yet is refused while it is paused.

        Raises `CodeNotFound`.
        """
        accounts.permit(actor, _ACTION, organiser_id)

        async def story(tx: Transaction) -> Promotion:
            changed = await promotions.set_paused(
                tx, organiser_id, promotion_id, self._clock.now(), is_paused=is_paused
            )
            if changed:
                await _announce(tx, actor, promotion_id, organiser_id, _moved(is_paused))
            return await promotions.by_id(tx, organiser_id, promotion_id)

        return await self._database.run(story)

    async def delete(self, actor: Actor, organiser_id: UUID, promotion_id: UUID) -> None:
        """Delete a code that was never redeemed. Raises `CodeNotFound`, `CodeIsUsed`."""
        accounts.permit(actor, _ACTION, organiser_id)

        async def story(tx: Transaction) -> None:
            await promotions.delete(tx, organiser_id, promotion_id)
            await _announce(tx, actor, promotion_id, organiser_id, "deleted")

        await self._database.run(story)

    async def generate(
        self,
        actor: Actor,
        organiser_id: UUID,
        prefix: str,
        quantity: int,
        terms: PromoTerms,
        *,
        batch_id: UUID,
    ) -> Generated:
        """Make so many codes for one order each. The same id again answers what was made. Raises `Problems`."""
        accounts.permit(actor, _ACTION, organiser_id)

        async def story(tx: Transaction) -> Generated:
            await _require_own(tx, organiser_id, None, terms)
            made = await promotions.generate(
                tx, batch_id, organiser_id, prefix, quantity, terms, self._clock.now()
            )
            await _announce_batch(tx, actor, batch_id, organiser_id, "created", made)
            return Generated(batch_id, made)

        return await self._database.run(story)

    async def set_batch_paused(
        self, actor: Actor, organiser_id: UUID, batch_id: UUID, *, is_paused: bool
    ) -> int:
        """Pause or resume all codes of a batch; how many changed. Raises `BatchNotFound`."""
        accounts.permit(actor, _ACTION, organiser_id)

        async def story(tx: Transaction) -> int:
            changed = await promotions.set_batch_paused(
                tx, organiser_id, batch_id, self._clock.now(), is_paused=is_paused
            )
            await _announce_batch(tx, actor, batch_id, organiser_id, _moved(is_paused), changed)
            return changed

        return await self._database.run(story)

    async def delete_unused(self, actor: Actor, organiser_id: UUID, batch_id: UUID) -> int:
        """Delete the codes of a batch that nobody redeemed; how many. Raises `BatchNotFound`."""
        accounts.permit(actor, _ACTION, organiser_id)

        async def story(tx: Transaction) -> int:
            gone = await promotions.delete_unused(tx, organiser_id, batch_id)
            await _announce_batch(tx, actor, batch_id, organiser_id, "deleted", gone)
            return gone

        return await self._database.run(story)


def _moved(is_paused: bool) -> str:
    return "paused" if is_paused else "resumed"


async def _require_own(reader: Reader, organiser_id: UUID, code: str | None, terms: PromoTerms) -> None:
    """Events and ticket types are the organiser's, those of the chosen events. Raises `Problems`, with all else."""
    problems: list[Refusal] = []
    try:
        if code is None:
            promotions.checked_terms(terms)
        else:
            promotions.checked(code, terms)
    except Problems as found:
        problems.extend(found.problems)
    scope = await promo_scope(reader, organiser_id)
    if not (terms.event_ids or frozenset()) <= scope.event_ids():
        problems.append(promotions.NotYours(field="event_ids"))
    types = scope.type_ids(terms.event_ids)
    if not (terms.type_ids or frozenset()) <= types:
        problems.append(promotions.NotYours(field="type_ids"))
    if not terms.unlocked_type_ids <= types:
        problems.append(promotions.NotYours(field="unlocked_type_ids"))
    if terms.currency is not None and any(
        event.currency != terms.currency for event in scope.events if event.id in (terms.event_ids or ())
    ):
        problems.append(promotions.BadCurrency(field="currency"))
    if problems:
        raise Problems(*problems)


async def _announce(tx: Transaction, actor: Actor, promotion_id: UUID, organiser_id: UUID, what: str) -> None:
    fact = promotions.PromoCodeChanged(subject_id=promotion_id, organiser_id=organiser_id, what=what)
    await journal.announce(tx, [fact], actor.label)


async def _announce_batch(
    tx: Transaction, actor: Actor, batch_id: UUID, organiser_id: UUID, what: str, quantity: int
) -> None:
    if quantity:
        fact = promotions.BatchChanged(
            subject_id=batch_id, organiser_id=organiser_id, what=what, quantity=quantity
        )
        await journal.announce(tx, [fact], actor.label)
