"""A site that answers real HTTP on this machine from within the test, for peers that run in other processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from admitone import migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.entrypoints.http import create_app
from admitone.settings import Settings
from tests.support.ports import free_port


@dataclass(frozen=True, slots=True)
class ServedSite:
    """`assembly` is the same as the server's. `domain` has its port."""

    assembly: Assembly
    domain: str

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{self.domain}"


@asynccontextmanager
async def served_site(database_url: str, home: Path, **options: object) -> AsyncIterator[ServedSite]:
    """In development, by the system's clock, under the name `localhost`."""
    domain = f"localhost:{free_port()}"
    given = {"home": home, "base_url": f"http://{domain}", "development": True, **options}
    settings = Settings(**given)  # type: ignore[arg-type]
    built = await assemble(
        settings, OpenDatabase(database_url, None), migrations.APP_ROLE, name="served site"
    )
    config = uvicorn.Config(
        create_app(built),
        host="127.0.0.1",
        port=int(domain.partition(":")[2]),
        log_config=None,
        lifespan="off",
        ws="none",
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(30):
            while not server.started:
                assert not serving.done(), "the server ended before it began"
                await asyncio.sleep(0.01)
        yield ServedSite(built, domain)
    finally:
        server.should_exit = True
        await serving
        await built.close()


class _Server(uvicorn.Server):
    """The test's own process keeps its signals."""

    def install_signal_handlers(self) -> None:
        """None."""
