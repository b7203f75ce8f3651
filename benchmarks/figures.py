"""The figures, one function each."""

import asyncio
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import make_url

from admitone.entrypoints.pages.events.public import make_cache
from admitone.entrypoints.pages.rendering import Pages
from admitone.events import poster_svg
from admitone.tickets import Payload, TicketDocument, encode, render_pdf
from admitone.values.clock import SystemClock
from benchmarks.client import load, request
from benchmarks.report import CLIENTS, RUNS, SECONDS, measure, rates, say, summary
from benchmarks.seed import Show, on, put_on_sale, sign_in, sold_out_house
from benchmarks.site import Site, free_port, wait_until_answering

RACE_PLACES = 200
# The most one run scans: three seconds of them.
SCANNED = 20_000


def event_page(site: Site, show: Show) -> dict[int, float]:
    """The public page when nothing has changed."""
    asked = request("GET", f"/e/{show.slug}", headers={"Accept-Encoding": "br"})
    return rates("event page, unchanged", site.port, lambda: asked, want=200)


def event_page_anew(site: Site, show: Show) -> None:
    """The same page read from the database and rendered for every visitor, one after the other, in this process."""

    async def story(built):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        pages = Pages(lambda path: f"/static/x/{path}")
        pages.warm()
        found = []
        for _ in range(RUNS):
            begin, count = time.perf_counter(), 0
            while time.perf_counter() < begin + SECONDS / 2:
                cache = make_cache(built, pages)
                await cache.get(show.slug)
                count += 1
            found.append(count / (time.perf_counter() - begin))
        return sorted(found)

    found = on(site, story)
    say(
        "event page, rendered anew",
        clients=1,
        per_second=round(statistics.median(found)),
        range=[round(found[0]), round(found[-1])],
    )


def hold(site: Site, show: Show) -> dict[int, float]:
    """Holds on one hot ticket type."""
    body = {"event": show.slug, "items": [{"ticket_type_id": str(show.type_id), "quantity": 1}]}
    asked = request("POST", "/api/v1/holds", json.dumps(body).encode())
    return rates("hold, one hot type", site.port, lambda: asked, want=201)


def race(site: Site) -> None:
    """64 clients, 200 places: how long until everybody knows, and how many were held."""
    seconds, held = [], []
    for _ in range(RUNS):
        show = on(site, lambda built: put_on_sale(built, capacity=RACE_PLACES, price_minor=2500))
        body = {"event": show.slug, "items": [{"ticket_type_id": str(show.type_id), "quantity": 1}]}
        asked = request("POST", "/api/v1/holds", json.dumps(body).encode())
        # One refused hold before the race, so that the event is known as it is in any real on-sale.
        measure(site.port, 1, lambda asked=asked: asked, seconds=0.0)  # type: ignore[misc]
        left = itertools.repeat(asked, RACE_PLACES + 64)

        async def go(left: "itertools.repeat[bytes]" = left) -> None:
            run = await load(site.port, 64, 30.0, lambda: next(left, None))
            seconds.append(run.seconds)
            held.append(run.statuses.get(201, 0))

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(go())
    say(
        f"race: 64 clients for {RACE_PLACES} places",
        seconds=round(statistics.median(seconds), 3),
        range=[round(min(seconds), 3), round(max(seconds), 3)],
        held=held,
    )


def admit(site: Site, total: int, clients: tuple[int, ...] = CLIENTS) -> dict[int, float]:
    """Scans at events of `total` valid tickets. Every code is scanned once, so every scan lets somebody in."""
    medians = {}
    houses = _houses(site, total)
    for number in clients:
        runs = []
        for _ in range(RUNS):
            scans = iter(next(houses))
            runs.append(measure(site.port, number, lambda scans=scans: next(scans, None)))  # type: ignore[misc]
        medians[number] = summary(f"admit, event of {total:,} tickets", number, runs, 200)
    admitted = rows(site, "SELECT sum(admitted) FROM checkin_tally")
    say(
        "admitted so far, every one once",
        admissions=rows(site, "SELECT count(*) FROM checkin_admission"),
        tally=admitted,
    )
    return medians


def _houses(site: Site, total: int) -> Iterator[list[bytes]]:
    """The scans of one run after another: of a full house each, or of a part of one that is large enough for many."""
    many = len(CLIENTS) * RUNS * SCANNED
    while True:
        show = on(site, lambda built: put_on_sale(built, capacity=total, price_minor=0))
        codes = on(site, lambda built, show=show: sold_out_house(built, show, total, min(total, many)))  # type: ignore[misc]
        token = on(site, lambda built, show=show: sign_in(built, show.door_id))  # type: ignore[misc]
        headers = {"Authorization": f"Bearer {token}"}
        for first in range(0, len(codes), SCANNED):
            yield [_scan(show, code, headers) for code in codes[first : first + SCANNED]]


def _scan(show: Show, code: str, headers: dict[str, str]) -> bytes:
    body = {"scan_id": str(uuid4()), "event_id": str(show.event_id), "code": code, "door": "Mill Lane door"}
    return request("POST", "/api/v1/scans", json.dumps(body).encode(), headers)


def pdf() -> None:
    """CPU time per ticket of an order of two."""
    now = SystemClock().now()
    page = TicketDocument(
        title="Furnace Night",
        organiser_name="Foundry Presents",
        type_name="General admission",
        holder_name="Ada Obi",
        order_code="K7PQ2M4XA",
        unit_label="1 of 2",
        starts_at=now,
        doors_at=None,
        ends_at=now,
        zone_name="Europe/Berlin",
        venue_name="The Old Foundry",
        venue_address="14 Foundry Road, Berlin",
        online=False,
        price_text="€26.75",
        accent="ultra",
        poster_svg=poster_svg("furnace-night", "ultra", "bars"),
        code=encode(Payload(7, 5, 1, 0, 1, 600, 1), Ed25519PrivateKey.generate()),
        help_text="Full refund until the day before.",
    )
    render_pdf([page, page])
    found = []
    for _ in range(RUNS):
        begin = time.process_time()
        for _ in range(20):
            render_pdf([page, page])
        found.append((time.process_time() - begin) / 40 * 1000)
    found.sort()
    say(
        "ticket PDF",
        cpu_ms_per_ticket=round(statistics.median(found), 2),
        range=[round(found[0], 2), round(found[-1], 2)],
    )


def start_and_rest() -> None:
    """From `admitone run` on a prepared machine to the first page, and the memory of all its processes at rest."""
    seconds, memory = [], []
    with tempfile.TemporaryDirectory(prefix="admitone-bench-") as folder:
        for attempt in range(RUNS + 1):
            port = free_port()
            environment = os.environ | {"ADMITONE_HOME": folder, "ADMITONE_PORT": str(port)}
            environment.pop("DATABASE_URL", None)
            begin = time.perf_counter()
            run = subprocess.Popen(
                [sys.executable, "-m", "admitone", "run"], env=environment, stdout=subprocess.DEVNULL
            )
            try:
                wait_until_answering(f"http://127.0.0.1:{port}/", run)
                if attempt:  # the first start makes the cluster and the demo
                    seconds.append(time.perf_counter() - begin)
                time.sleep(8)
                memory.append(_memory_mb(run.pid, Path(folder)))
            finally:
                run.terminate()
                run.wait(30)
    say(
        "start: prepared run to first page",
        seconds=round(statistics.median(seconds), 2),
        range=_range(seconds),
    )
    say("memory at rest, whole set", megabytes=round(statistics.median(memory)), range=_range(memory))


def _range(found: list[float]) -> list[float]:
    return [round(min(found), 2), round(max(found), 2)]


def _memory_mb(root: int, home: Path) -> float:
    """PSS of the process, all below it, and of its embedded server: shared pages are counted once."""
    parents: dict[int, list[int]] = {}
    commands: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents.setdefault(int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]), []).append(
                    int(entry.name)
                )
                commands[int(entry.name)] = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
    roots = [root, *(pid for pid, command in commands.items() if str(home) in command)]
    wanted: set[int] = set()
    while roots:
        pid = roots.pop()
        if pid not in wanted:
            wanted.add(pid)
            roots += parents.get(pid, [])
    return sum(_pss_kb(pid) for pid in wanted) / 1024


def _pss_kb(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def rows(site: Site, sql: str) -> int:
    """One number from the database."""
    conninfo = make_url(site.opened.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo) as connection:
        found = connection.execute(sql.encode()).fetchone()
    assert found is not None
    return int(found[0])
