"""What is agreed with an organiser about payouts: seen by the organiser, set by those who run the site.

Changed terms count from the next release on; what became available, and what is kept back, stays as it was. The owners
hear of it (`payout_terms_letters.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from admitone import accounts, payouts
from admitone.payouts import BadTerms, Terms, TermsBefore, TermsChanged
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import announce
from admitone.values import currencies
from admitone.values.actor import Actor
from admitone.values.refusals import Problems, Refusal

DELAY_MOST: Final = 365
RESERVE_DAYS_MOST: Final = 730
BPS_MOST: Final = 10_000
MINIMUM_MOST: Final = 10**12


@dataclass(frozen=True, slots=True)
class TermsWish:
    """`minimums`: minor units by currency; a currency that is left out has the site's usual minimum."""

    delay_days: int
    reserve_bps: int
    reserve_days: int
    minimums: Mapping[str, int]
    is_drafting: bool


class PayoutTerms:
    """Sets them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(self, actor: Actor, organiser_id: UUID, wish: TermsWish) -> Terms:
        """From now on these. The same again changes nothing.

        Raises `NotOperator`, `OrganiserNotFound`, `Problems` (`BadTerms` with the field).
        """
        accounts.permit_operator(actor)
        problems = _problems(wish)
        if problems:
            raise Problems(*problems)

        async def story(tx: Transaction) -> Terms:
            await accounts.organiser(tx, organiser_id)
            before = await payouts.lock_terms(tx, organiser_id)
            after = replace(
                before,
                delay_days=wish.delay_days,
                reserve_bps=wish.reserve_bps,
                reserve_days=wish.reserve_days,
                minimums=dict(wish.minimums),
                is_drafting=wish.is_drafting,
            )
            if after != before:
                await payouts.keep_terms(tx, after)
                await announce(tx, [_fact(before, after)], actor.label)
            return after

        return await self._database.run(story)


def _problems(wish: TermsWish) -> list[Refusal]:
    found: list[Refusal] = []
    for field, value, most in (
        ("delay_days", wish.delay_days, DELAY_MOST),
        ("reserve_bps", wish.reserve_bps, BPS_MOST),
        ("reserve_days", wish.reserve_days, RESERVE_DAYS_MOST),
    ):
        if not 0 <= value <= most:
            found.append(BadTerms(field=field, least=0, most=most))
    if (wish.reserve_bps > 0) != (wish.reserve_days > 0):
        found.append(payouts.HalfReserve(field="reserve_days"))
    for currency, minor in wish.minimums.items():
        try:
            currencies.exponent(currency)
        except Refusal as refusal:
            found.append(refusal)
            continue
        if not 1 <= minor <= MINIMUM_MOST:
            found.append(BadTerms(field="minimums", least=1, most=MINIMUM_MOST))
    return found


def _fact(before: Terms, after: Terms) -> TermsChanged:
    return TermsChanged(
        subject_id=after.organiser_id,
        organiser_id=after.organiser_id,
        delay_days=after.delay_days,
        reserve_bps=after.reserve_bps,
        reserve_days=after.reserve_days,
        is_drafting=after.is_drafting,
        minimums=dict(after.minimums),
        before=TermsBefore(
            delay_days=before.delay_days,
            reserve_bps=before.reserve_bps,
            reserve_days=before.reserve_days,
            is_drafting=before.is_drafting,
            minimums=dict(before.minimums),
        ),
    )
