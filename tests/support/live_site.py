"""A site as it really runs: `admitone serve` and `admitone worker` on a clean database with the demo on sale.

Slow things are hurried by moving due times in the database, so no test waits for minutes to pass.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from sqlalchemy import make_url

from admitone.entrypoints.commands.run import STAND_INS
from admitone.entrypoints.demo_people import DEMO_PASSWORD, DOOR_EMAIL, OWNER_EMAIL
from tests.support import database as databases
from tests.support.ports import free_port
from tests.support.waiting import eventually

START_SECONDS = 60.0
STOP_SECONDS = 20.0
ZONE = "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class LiveSite:
    """Where the site is, and its database, for looking and for hurrying."""

    url: str
    database_url: str
    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *command: str, **more: str) -> None:
        """`admitone` with these words beside the running site, and these variables besides its own."""
        _run({**self.environment, **more}, self.home, *command)

    def ask(self, query: str, *values: object) -> list[Any]:
        """Rows of a question to the database, or of a statement that changes it."""
        with psycopg.connect(_conninfo(self.database_url), autocommit=True) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def orders_of(self, email: str) -> list[Any]:
        """(code, state) of every order placed with this address, oldest first."""
        return self.ask("SELECT code, state FROM orders_order WHERE email = %s ORDER BY placed_at", email)

    def letters_to(self, email: str) -> list[Any]:
        """(id, subject) of every letter to this address, delivered or still to be, oldest first."""
        query = "SELECT id, subject FROM messaging_letter WHERE to_email = %s ORDER BY created_at"
        return self.ask(query, email)

    def hold_runs_out(self, event_slug: str) -> None:
        """Every hold on this event ends now."""
        ended = self.ask(
            "UPDATE inventory_hold SET held_until = now() - interval '1 second' WHERE state = 'active' "
            "AND event_id = (SELECT id FROM events_event WHERE slug = %s) RETURNING id",
            event_slug,
        )
        assert ended, "nobody holds a place there"

    def order_runs_out(self, code: str) -> None:
        """This order's time to pay ends now."""
        past = "now() - interval '1 second'"
        held = f"UPDATE inventory_hold SET held_until = {past} WHERE id = (SELECT hold_id FROM orders_order "
        self.ask(held + "WHERE code = %s) RETURNING id", code)
        self.ask(f"UPDATE orders_order SET pay_until = {past} WHERE code = %s RETURNING id", code)

    def slow_money_arrives(self, email: str) -> None:
        """What the bank would do with this buyer's payments in a while, it does at once."""
        paid = (
            "SELECT s.ref FROM sandbox_payment s JOIN payments_attempt a ON a.id::text = s.merchant_key "
            "JOIN orders_order o ON o.id = a.order_id WHERE o.email = %s"
        )
        for table, column in (("sandbox_payment", "ref"), ("sandbox_delivery", "payment_ref")):
            hurry = f"UPDATE {table} SET due_at = now() - interval '1 second' WHERE due_at > now() "
            self.ask(f"{hurry} AND {column} IN ({paid})", email)


class Organiser:
    """Puts events on sale over the API, as a program of the organiser's would."""

    def __init__(self, site: LiveSite) -> None:
        self._url = f"{site.url}/api/v1"
        self._headers: dict[str, str] = {}
        session = self._post("/sessions", {"email": OWNER_EMAIL, "password": DEMO_PASSWORD})
        self._headers = {"authorization": f"Bearer {session['token']}"}
        organisers = site.ask("SELECT id FROM accounts_organiser WHERE slug = 'foundry-presents'")
        self._events = f"/organisers/{organisers[0][0]}/events"

    def put_on(self, title: str, *types: Mapping[str, object], **details: object) -> tuple[str, str]:
        """(id, slug) of a new event in Berlin, later than all of the demo, on sale with these ticket types."""
        starts = datetime.now(UTC).replace(microsecond=0) + timedelta(days=60)
        wanted = {
            "title": title,
            "currency": "EUR",
            "zone": ZONE,
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=3)).isoformat(),
            "summary": "An evening made for a test.",
            "description_md": "Doors open, doors close.",
            "venue_name": "Hinterhof",
            "city": "Berlin",
            "country": "DE",
            "refund_text": "Full refund until the day before.",
            **details,
        }
        made = self._post(self._events, wanted)
        for wanted_type in types:
            self._post(f"{self._events}/{made['id']}/ticket-types", wanted_type)
        self._post(f"{self._events}/{made['id']}/publish", None)
        return made["id"], made["slug"]

    def found(self, name: str, slug: str) -> None:
        """Another organiser of the same owner's."""
        self._post("/organisers", {"name": name, "slug": slug, "contact_email": OWNER_EMAIL})

    def do(self, event_id: str, verb: str) -> None:
        """`end` or `cancel`."""
        self._post(f"{self._events}/{event_id}/{verb}", None)

    def _post(self, path: str, body: Mapping[str, object] | None) -> dict[str, Any]:
        sent = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, **({} if body is None else {"content-type": "application/json"})}
        answer = httpx2.post(self._url + path, content=sent, headers=headers, timeout=30)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        made: dict[str, Any] = answer.json()
        return made


@contextmanager
def live_site(template: str, home: Path, *, standins: bool = False) -> Iterator[LiveSite]:
    """A running site, with Stripe, Paystack and PayPal played beside it for `standins`. Afterwards every promise is
    asked for, and the logs are looked at for errors.
    """
    with databases.clone(template) as database_url:
        port = free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ADMITONE_")},
            "DATABASE_URL": database_url,
            "ADMITONE_HOME": str(home),
            "ADMITONE_PORT": str(port),
            "ADMITONE_LOG_FORMAT": "json",
        }
        site = LiveSite(f"http://127.0.0.1:{port}", database_url, home, environment)
        running = [_start_standins(environment, home)] if standins else []
        _run(environment, home, "demo", "--quiet")
        running += [_start(environment, home, command) for command in ("serve", "worker")]
        try:
            eventually(lambda: _is_ready(site.url, running), START_SECONDS)
            yield site
        finally:
            ended = [_stop(process) for process in running]
        assert not any(ended), f"what ran ended with {ended}: {_logs(home)}"
        errors = [line for line in _logs(home).splitlines() if '"error"' in line or "Traceback" in line]
        assert errors == [], "\n".join(errors)
        _run(environment, home, "check")


def _start(environment: dict[str, str], home: Path, *command: str) -> subprocess.Popen[bytes]:
    with (home / f"{command[0]}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "admitone", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _start_standins(environment: dict[str, str], home: Path) -> subprocess.Popen[bytes]:
    """Play the providers, and say in the environment where."""
    ports = [free_port() for _ in STAND_INS]
    urls = {name: f"http://127.0.0.1:{port}" for name, port in zip(STAND_INS, ports, strict=True)}
    environment.update({f"ADMITONE_{name}_URL": url for name, url in urls.items()})
    running = _start(environment, home, "standins", *(str(port) for port in ports))
    for url in urls.values():
        eventually(lambda url=url: _speaks(url), START_SECONDS)  # type: ignore[misc]
    return running


def _speaks(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=2).status_code < 500
    except httpx2.HTTPError:
        return False


def _run(environment: dict[str, str], home: Path, *command: str) -> None:
    status = _start(environment, home, *command).wait(START_SECONDS)
    assert status == 0, f"admitone {command[0]} ended with {status}: {_logs(home)}"


def _stop(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _is_ready(url: str, running: list[subprocess.Popen[bytes]]) -> bool:
    assert all(process.poll() is None for process in running), "a process of the site ended by itself"
    try:
        return httpx2.get(f"{url}/health/ready", timeout=2).status_code == 200
    except httpx2.HTTPError:
        return False


def _logs(home: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(home.glob("*.log")))


def _conninfo(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


__all__ = ["DEMO_PASSWORD", "DOOR_EMAIL", "OWNER_EMAIL", "LiveSite", "Organiser", "live_site"]
