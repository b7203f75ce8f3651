"""Whole purchases over HTTP: hold, order, sandbox push, tickets there. One client does the three requests in turn."""

import asyncio
import json
import secrets
import time

import uvloop

from benchmarks.client import Connection, Run, request
from benchmarks.report import CLIENTS, RUNS, SECONDS, summary
from benchmarks.seed import Show


async def _buy(connection: Connection, hold: bytes) -> int:
    """200 when the tickets were there at the end, else the status that was not as wanted."""
    status, body = await connection.ask(hold)
    if status != 201:
        return status
    buyer = f"{secrets.token_hex(8)}@example.org"
    order = json.dumps({"hold": json.loads(body)["token"], "email": buyer, "name": "Ada Obi"}).encode()
    status, body = await connection.ask(request("POST", "/api/v1/orders", order))
    if status != 201:
        return status
    placed = json.loads(body)
    pay = request("POST", f"/api/v1/orders/{placed['token']}/payments", b'{"method":"sandbox:push"}')
    status, body = await connection.ask(pay)
    return 200 if status == 201 and json.loads(body)["order_state"] == "paid" else status


async def _load(port: int, clients: int, hold: bytes) -> Run:
    loop = asyncio.get_running_loop()
    connections = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(clients)]
    run = Run()
    begin = time.perf_counter()

    async def one(connection: Connection) -> None:
        while time.perf_counter() < begin + SECONDS:
            at = time.perf_counter()
            status = await _buy(connection, hold)
            run.latencies.append(time.perf_counter() - at)
            run.statuses[status] = run.statuses.get(status, 0) + 1

    await asyncio.gather(*(one(connection) for connection in connections))
    run.seconds = time.perf_counter() - begin
    for connection in connections:
        connection.close()
    return run


def purchases(port: int, show: Show, clients: tuple[int, ...] = CLIENTS) -> dict[int, float]:
    """Purchases a second at each number of clients."""
    body = json.dumps(
        {"event": show.slug, "items": [{"ticket_type_id": str(show.type_id), "quantity": 1}]}
    ).encode()
    hold = request("POST", "/api/v1/holds", body)
    medians = {}
    for number in clients:
        runs = []
        for _ in range(RUNS):
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runs.append(runner.run(_load(port, number, hold)))
        medians[number] = summary("whole purchase", number, runs, 200)
    return medians
