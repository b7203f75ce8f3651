"""`python -m benchmarks [NAME …]`: every figure, or those whose names begin with one of the words given."""

import sys

from admitone.reads import invariants
from benchmarks import figures, limits, money
from benchmarks.ledger_export import ledger_export
from benchmarks.purchases import purchases
from benchmarks.report import say
from benchmarks.seed import on, put_on_sale
from benchmarks.site import Site, running

NAMES = (
    "limits",
    "page",
    "hold",
    "race",
    "purchase",
    "admit",
    "ledger",
    "webhook",
    "settle",
    "cancel",
    "bitcoin",
    "pdf",
    "start",
)
MANY = 1_000_000
FEW = 10_000


def main(wanted: list[str]) -> None:
    """Measure."""
    chosen = [name for name in NAMES if not wanted or any(name.startswith(word) for word in wanted)]
    bare: dict[int, float] = {}
    if "limits" in chosen:
        bare = limits.bare_route()
    if set(chosen) - {"pdf", "start"}:
        with running() as site:
            measure_site(site, chosen, bare)
            if "bitcoin" in chosen:
                # Its peers are fetched for the tests: who measures something else needs none of them.
                from benchmarks import bitcoin  # noqa: PLC0415

                bitcoin.figures(site)
                check(site)
    if "pdf" in chosen:
        figures.pdf()
    if "start" in chosen:
        figures.start_and_rest()


def measure_site(site: Site, chosen: list[str], bare: dict[int, float]) -> None:
    """Everything that needs a site."""
    if "limits" in chosen:
        limits.bare_statements(site)
    show = on(site, lambda built: put_on_sale(built, capacity=2_000_000_000, price_minor=2500))
    found: dict[str, dict[int, float]] = {}
    if "page" in chosen:
        found["event page"] = figures.event_page(site, show)
        figures.event_page_anew(site, show)
    if "hold" in chosen:
        found["hold"] = figures.hold(site, show)
    if "race" in chosen:
        figures.race(site)
    if "purchase" in chosen:
        found["purchase"] = purchases(site.port, show)
    if "admit" in chosen:
        found["admit at 10 thousand"] = figures.admit(site, FEW)
        found["admit at 1 million"] = figures.admit(site, MANY)
    for figure, medians in found.items():
        for clients, median in medians.items():
            if clients in bare:
                say(
                    "ratio to the bare route",
                    of=figure,
                    clients=clients,
                    ratio=round(median / bare[clients], 3),
                )
    money.figures(site, chosen)
    if {"hold", "race", "purchase", "settle", "cancel"} & set(chosen) and "admit" not in chosen:
        check(site)
    if "ledger" in chosen:
        ledger_export(site)


def check(site: Site) -> None:
    """After all that load, every promise still holds."""

    async def story(built):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        async with built.database.reading_long() as reader:
            return await invariants.broken(reader)

    broken = on(site, story)
    say("promises broken after the load", count=len(broken), broken=[one.invariant.name for one in broken])


if __name__ == "__main__":
    main(sys.argv[1:])
