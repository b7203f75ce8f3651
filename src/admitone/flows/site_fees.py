"""What the site earns on what is sold: its fees, as whoever runs the site has set them.

They are written into an event when it is drafted and frozen with its offer, so a change of the settings concerns
events made from then on. An organiser chooses who pays them and cannot change them. Where the site sets none, each
organiser says what fee there is. What the site has agreed on with one organiser comes before the settings
(`fee_agreements.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from admitone.events import EventDetails, EventPrices, FeePlan
from admitone.values import currencies, formats
from admitone.values.refusals import Invalid

BPS_MOST = 5_000
_PART = re.compile(r"(?:([0-9]{1,2}(?:\.[0-9]{1,2})?) ?%)|(?:([A-Z]{3}) ?([0-9]+(?:\.[0-9]+)?))")


@dataclass(frozen=True, slots=True)
class SiteFee:
    """`bps` of the price and a fixed amount by currency, at most so much by currency: minor units, on each ticket."""

    bps: int = 0
    fixed_minor: Mapping[str, int] = field(default_factory=dict)
    most_minor: Mapping[str, int] = field(default_factory=dict)

    def plan(self, currency: str) -> FeePlan:
        """The fee on a ticket sold in this currency."""
        return FeePlan(self.bps, self.fixed_minor.get(currency, 0), self.most_minor.get(currency))

    @property
    def words(self) -> str:
        """As `read_site_fee` reads it: `2.5% + EUR 0.50, at most EUR 5.00`; `0%` for no fee."""
        fixed = [f"{code} {currencies.major_text(code, minor)}" for code, minor in self.fixed_minor.items()]
        parts = ([f"{formats.percent(self.bps)}%"] if self.bps or not fixed else []) + fixed
        most = [f"{code} {currencies.major_text(code, minor)}" for code, minor in self.most_minor.items()]
        return " + ".join(parts) + (f", at most {' + '.join(most)}" if most else "")


@dataclass(frozen=True, slots=True)
class SiteFees:
    """The fee for the use of the site and that for carrying the money; None: the site sets none."""

    platform: SiteFee | None = None
    processing: SiteFee | None = None

    @property
    def are_set(self) -> bool:
        """The site's fees are not the organisers' business."""
        return self.platform is not None or self.processing is not None

    def on(self, details: EventDetails) -> EventDetails:
        """The details with the site's fees in their currency."""
        if not self.are_set:
            return replace(details, prices=_without(details.prices))
        platform = (self.platform or SiteFee()).plan(details.currency)
        processing = (self.processing or SiteFee()).plan(details.currency)
        return replace(
            details,
            fee_bps=platform.bps,
            fee_fixed_minor=platform.fixed_minor,
            prices=replace(
                details.prices,
                processing=processing,
                is_site_fee=True,
                platform_most_minor=platform.most_minor,
            ),
        )


def _without(prices: EventPrices) -> EventPrices:
    return replace(prices, is_site_fee=False, processing=FeePlan(), platform_most_minor=None)


NO_SITE_FEES = SiteFees()


def read_site_fee(text: str) -> SiteFee | None:
    """`2.5% + EUR 0.50 + NGN 100, at most EUR 5 + NGN 2000` as a fee; an empty text is none. Raises ValueError."""
    if not text.strip():
        return None
    rate, comma, most_text = text.partition(",")
    bps, fixed = _rate(rate)
    if not comma:
        return SiteFee(bps, fixed)
    if not most_text.strip().startswith("at most "):
        raise ValueError("write the most of a fee as in 2.5% + EUR 0.50, at most EUR 5")
    more_bps, most = _rate(most_text.strip().removeprefix("at most "))
    if more_bps:
        raise ValueError("the most of a fee is an amount")
    return SiteFee(bps, fixed, most)


def _rate(text: str) -> tuple[int, dict[str, int]]:
    bps, fixed = 0, dict[str, int]()
    for part in text.split("+"):
        found = _PART.fullmatch(part.strip())
        if found is None:
            raise ValueError("write a fee as 2.5% + EUR 0.50 + NGN 100")
        percent, currency, amount = found.groups()
        if percent is not None:
            whole, _, rest = percent.partition(".")
            bps += int(whole) * 100 + int(rest.ljust(2, "0"))
        elif not currencies.known(currency):
            raise ValueError(f"no currency is called {currency}")
        else:
            fixed[currency] = _minor(currency, amount)
    return bps, fixed


def _minor(currency: str, amount: str) -> int:
    try:
        return currencies.parse_major(currency, amount)
    except Invalid as refusal:
        raise ValueError(refusal.sentence) from refusal
