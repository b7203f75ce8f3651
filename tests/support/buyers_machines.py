"""A buyer's wallet and their UMA provider in a thread of their own, for tests that have no event loop (a browser's)."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.nwc_wallet import PlayedWallet, a_relay, a_wallet
from tests.support.raw_server import RawServer, json_answer, raw_server

_START_SECONDS = 20


@dataclass(frozen=True, slots=True)
class BuyersMachines:
    """`theirs` is what they connect; `address` is their UMA address, whose provider hears requests in `takes`."""

    theirs: PlayedWallet
    takes: RawServer
    address: str


@contextmanager
def buyers_machines() -> Iterator[BuyersMachines]:
    """Both run until the end."""
    ready, found, ending = threading.Event(), [], []

    async def run() -> None:
        end = asyncio.Event()
        async with a_relay() as relay, a_wallet(relay) as theirs, raw_server(json_answer(b"{}")) as takes:
            where = f"http://localhost:{takes.port}/requests"
            about = json_answer(json.dumps({"uma_request_endpoint": where}).encode())
            async with raw_server(about) as shows:
                found.append(BuyersMachines(theirs, takes, f"$ada@localhost:{shows.port}"))
                loop = asyncio.get_running_loop()
                ending.append(lambda: loop.call_soon_threadsafe(end.set))
                ready.set()
                await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(_START_SECONDS), "the buyer's machines do not start"
    try:
        yield found[0]
    finally:
        ending[0]()
        thread.join(_START_SECONDS)
