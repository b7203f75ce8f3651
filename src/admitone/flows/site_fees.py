"""What the site earns on what is sold: its fees, as whoever runs the site has set them.

They are written into an event when it is drafted and frozen with its offer, so a change of the settings concerns
events made from then on. An organiser chooses who pays them and cannot change them. Where the site sets none, each
organiser says what fee there is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from admitone.events import EventDetails, FeePlan
from admitone.values import currencies
from admitone.values.refusals import Invalid

_PART = re.compile(r"(?:([0-9]{1,2}(?:\.[0-9]{1,2})?) ?%)|(?:([A-Z]{3}) ?([0-9]+(?:\.[0-9]+)?))")


@dataclass(frozen=True, slots=True)
class SiteFee:
    """`bps` of the price and a fixed amount by currency, in minor units, on each ticket."""

    bps: int = 0
    fixed_minor: Mapping[str, int] = field(default_factory=dict)

    def plan(self, currency: str) -> FeePlan:
        """The fee on a ticket sold in this currency."""
        return FeePlan(self.bps, self.fixed_minor.get(currency, 0))


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
            return replace(details, prices=replace(details.prices, is_site_fee=False, processing=FeePlan()))
        platform = (self.platform or SiteFee()).plan(details.currency)
        processing = (self.processing or SiteFee()).plan(details.currency)
        return replace(
            details,
            fee_bps=platform.bps,
            fee_fixed_minor=platform.fixed_minor,
            prices=replace(details.prices, processing=processing, is_site_fee=True),
        )


NO_SITE_FEES = SiteFees()


def read_site_fee(text: str) -> SiteFee | None:
    """`2.5% + EUR 0.50 + NGN 100` as a fee; an empty text is none. Raises ValueError."""
    if not text.strip():
        return None
    bps, fixed = 0, {}
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
    return SiteFee(bps, fixed)


def _minor(currency: str, amount: str) -> int:
    try:
        return currencies.parse_major(currency, amount)
    except Invalid as refusal:
        raise ValueError(refusal.sentence) from refusal
