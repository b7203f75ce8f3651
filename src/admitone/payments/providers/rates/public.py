"""What one bitcoin costs: the median of what several exchanges say in the same moment.

One that lies, or has lost its market, is left out: who is further from the median of all than `spread_bps` does not
count. Too few that agree, or nothing younger than a minute: no price, and nobody is asked for bitcoin. What was heard
is kept for half a minute, for everybody, and a crowd asks once.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import Final

import structlog

from admitone.payments.bitcoin import NoRate, Price
from admitone.payments.providers.rates.sources import Said, Source, UnreadableRate
from admitone.plumbing.database import require_no_transaction
from admitone.plumbing.public_fetch import AddressRefused, NoUsableAnswer, PublicFetch
from admitone.plumbing.shared_look import SharedLook
from admitone.values.clock import Clock

log = structlog.get_logger(__name__)
FRESH: Final = timedelta(seconds=30)
"""So long a price is given out without asking again."""
STALE: Final = timedelta(seconds=60)
"""Older is no price."""
ANSWER_SECONDS: Final = 4.0


class PublicRates:
    """Implements `payments.bitcoin.Rates`. `least` sources have to agree within `spread_bps` of their median."""

    def __init__(
        self, sources: Sequence[Source], fetch: PublicFetch, clock: Clock, *, spread_bps: int, least: int
    ) -> None:
        assert least > 0, "somebody has to say it"
        self._sources = tuple(sources)
        self._fetch = fetch
        self._clock = clock
        self._spread_bps = spread_bps
        self._least = least
        self._kept: dict[str, Price] = {}
        self._look: SharedLook[str, Price] = SharedLook()

    async def price(self, currency: str) -> Price:
        """As `Rates.price`."""
        require_no_transaction("bitcoin rates")
        kept = self._kept.get(currency)
        if kept is not None and self._clock.now() - kept.at < FRESH:
            return kept
        try:
            return await self._look.at(currency, lambda: self._ask(currency))
        except NoRate:
            kept = self._kept.get(currency)
            if kept is not None and self._clock.now() - kept.at < STALE:
                return kept
            raise

    async def _ask(self, currency: str) -> Price:
        now = self._clock.now()
        asked = [one for one in self._sources if one.currencies is None or currency in one.currencies]
        answers = await asyncio.gather(*(self._ask_one(one, currency) for one in asked))
        said = {
            source.name: answer.price
            for source, answer in zip(asked, answers, strict=True)
            if answer is not None and (answer.at is None or abs(now - answer.at) <= STALE)
        }
        agreeing = self._agreeing(said)
        if len(agreeing) < self._least:
            log.warning("rates.none", currency=currency, said={name: str(one) for name, one in said.items()})
            raise NoRate
        price = Price(currency, median(agreeing.values()), tuple(sorted(agreeing.items())), now)
        self._kept[currency] = price
        return price

    def _agreeing(self, said: dict[str, Decimal]) -> dict[str, Decimal]:
        """Those near the median of all; none at all when they are still too far from each other."""
        if not said:
            return {}
        middle = median(said.values())
        near = {name: one for name, one in said.items() if self._is_near(one, middle)}
        if not near or not self._is_near(max(near.values()), min(near.values())):
            return {}
        return near

    def _is_near(self, one: Decimal, other: Decimal) -> bool:
        return abs(one - other) * 10_000 <= other * self._spread_bps

    async def _ask_one(self, source: Source, currency: str) -> Said | None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._fetch.get(source.url(currency))
            if not answer.is_success:
                raise UnreadableRate(source.name)
            return source.said(answer.body, currency)
        except (AddressRefused, NoUsableAnswer, UnreadableRate, TimeoutError) as error:
            log.info("rates.no_answer", source=source.name, currency=currency, error=type(error).__name__)
            return None
