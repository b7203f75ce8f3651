"""Runs of equal units while they are being priced. A run is split when something meets only some of its units."""

from collections.abc import Callable, Sequence
from uuid import UUID

from admitone.pricing.offered import OfferedType
from admitone.pricing.taxes import TaxRule


class TaxPart:
    """The part of a unit under one tax rule, in minor units: its price, its fees on top, and the tax on both.

    `tax` is what the buyer pays as tax (0 under reverse charge), `reversed` what an included tax was before it was
    taken off, `correction` what rounding by document added to the amount or took from it.
    """

    __slots__ = ("correction", "fees", "price", "reversed", "rule", "tax")

    def __init__(self, rule: TaxRule, price: int, fees: int) -> None:
        self.rule = rule
        self.price = price
        self.fees = fees
        self.tax = 0
        self.reversed = 0
        self.correction = 0

    def copy(self) -> "TaxPart":
        """Return the same once more."""
        made = TaxPart(self.rule, self.price, self.fees)
        made.tax, made.reversed, made.correction = self.tax, self.reversed, self.correction
        return made

    @property
    def gross(self) -> int:
        """Return what the buyer pays for this part."""
        added = self.tax if self.rule.mode == "added" else 0
        return self.price + self.fees + added - self.reversed + self.correction


class Run:
    """`count` units with equal numbers, so far. `fees` has an amount for each fee of the rules."""

    __slots__ = (
        "at",
        "bundle_id",
        "count",
        "fees",
        "is_used",
        "labels",
        "list_minor",
        "offered",
        "parts",
        "price_minor",
    )

    def __init__(
        self, at: int, offered: OfferedType, count: int, price_minor: int, bundle_id: UUID | None = None
    ) -> None:
        self.at = at
        self.offered = offered
        self.bundle_id = bundle_id
        self.count = count
        self.list_minor = price_minor
        self.price_minor = price_minor
        self.labels: tuple[str, ...] = ()
        # Whether an automatic discount has these units already.
        self.is_used = False
        self.fees: list[int] = []
        self.parts: list[TaxPart] = []

    def split_off(self, count: int) -> "Run":
        """Take `count` units out of this run; they are a run of their own now."""
        assert 0 < count < self.count
        self.count -= count
        made = Run(self.at, self.offered, count, self.list_minor, self.bundle_id)
        made.price_minor, made.labels, made.is_used = self.price_minor, self.labels, self.is_used
        made.fees = list(self.fees)
        made.parts = [part.copy() for part in self.parts]
        return made


Runs = list[Run]


def first_units(runs: Runs, wanted: Sequence[Run], count: int) -> Runs:
    """Return the first `count` units of the `wanted` runs, which are among `runs`; the last one may be split."""
    taken: Runs = []
    for run in wanted:
        if count == 0:
            break
        if run.count > count:
            found = run.split_off(count)
            runs.insert(runs.index(run), found)
        else:
            found = run
        taken.append(found)
        count -= found.count
    return taken


def give(runs: Runs, shares: Sequence[tuple[Run, int, int]], do: Callable[[Run, int], None]) -> None:
    """Give each run its share: (run, share of a unit, how many units get one more). Runs that differ are split."""
    for run, share, more in shares:
        if 0 < more < run.count:
            luckier = run.split_off(more)
            runs.insert(runs.index(run), luckier)
            do(luckier, share + 1)
            do(run, share)
        else:
            do(run, share + 1 if more else share)
