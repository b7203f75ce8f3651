"""`standins`: Stripe, Paystack and PayPal, played on this machine for whoever tries the site out."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import uvicorn
from starlette.types import ASGIApp

from admitone.entrypoints.commands.boot import read_settings, set_up_logs
from admitone.entrypoints.serving import run_until_signal
from admitone.entrypoints.standins.demo import NAMES, Place, apps, ensure_trust, notice_url
from admitone.plumbing.outgoing import open_client
from admitone.settings import Settings
from admitone.values.clock import SystemClock


def standins(stripe_port: int, paystack_port: int, paypal_port: int) -> None:
    """Answer as each of them at its port of 127.0.0.1, until SIGINT or SIGTERM."""
    settings = read_settings()
    set_up_logs(settings)
    if not settings.is_development:
        raise SystemExit("Stand-ins for payment providers run on a machine of one's own only.")
    ports = dict(zip(NAMES, (stripe_port, paystack_port, paypal_port), strict=True))
    run_until_signal(lambda stop: _serve(settings, ports, stop))


async def _serve(settings: Settings, ports: dict[str, int], stop: asyncio.Event) -> None:
    folder, clock = settings.home / "standins", SystemClock()
    ensure_trust(folder, clock)
    places = {
        name: Place(f"http://127.0.0.1:{port}", notice_url(settings.site_url, name))
        for name, port in ports.items()
    }
    async with open_client() as client, AsyncExitStack() as stack:
        servers = [
            await _start(stack, app, ports[name]) for name, app in apps(folder, places, clock, client).items()
        ]
        await stop.wait()
        for server in servers:
            server.should_exit = True


async def _start(stack: AsyncExitStack, app: ASGIApp, port: int) -> uvicorn.Server:
    server = _Quiet(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False))
    task = asyncio.create_task(server.serve())
    stack.push_async_callback(asyncio.wait_for, task, 10)
    return server


class _Quiet(uvicorn.Server):
    """Leaves signals to the whole process, which stops all servers together."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing of its own."""
        yield
