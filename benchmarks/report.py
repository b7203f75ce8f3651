"""Figures: medians of several runs with their range, one JSON line each."""

import asyncio
import json
import statistics
import sys
from collections.abc import Callable

import uvloop

from benchmarks.client import Run, load

RUNS = 3
SECONDS = 3.0
CLIENTS = (1, 8, 32, 64, 256)


def say(figure: str, **values: object) -> None:
    """One line."""
    sys.stdout.write(json.dumps({"figure": figure, **values}) + "\n")
    sys.stdout.flush()


def measure(
    port: int, clients: int, next_request: Callable[[], bytes | None], seconds: float = SECONDS
) -> Run:
    """One run."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(load(port, clients, seconds, next_request))


def rates(
    figure: str,
    port: int,
    next_request: Callable[[], bytes | None],
    *,
    clients: tuple[int, ...] = CLIENTS,
    want: int,
) -> dict[int, float]:
    """Requests a second at each number of clients; the medians, also returned. Every answer must have status `want`."""
    medians = {}
    for number in clients:
        runs = [measure(port, number, next_request) for _ in range(RUNS)]
        medians[number] = summary(figure, number, runs, want)
    return medians


def summary(figure: str, clients: int, runs: list[Run], want: int) -> float:
    """Say what some runs found; the median rate."""
    others: dict[int, int] = {}
    for run in runs:
        for status, count in run.statuses.items():
            if status != want:
                others[status] = others.get(status, 0) + count
    found = sorted(run.per_second for run in runs)
    median = statistics.median(found)
    say(
        figure,
        clients=clients,
        per_second=round(median),
        range=[round(found[0]), round(found[-1])],
        p50_ms=round(statistics.median(run.percentile_ms(0.5) for run in runs), 2),
        p99_ms=round(statistics.median(run.percentile_ms(0.99) for run in runs), 2),
        other_answers=others,
    )
    return median
