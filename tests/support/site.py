"""A whole site answering over ASGI, for tests that ask it things as a browser or a program would."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy import text

from admitone import accounts
from admitone.accounts import Way
from admitone.assembly import Assembly
from admitone.entrypoints.commands.operator import do
from admitone.entrypoints.http import create_app
from admitone.plumbing.database import Transaction
from tests.support.onsale import person

ORIGIN = "http://testserver"


@asynccontextmanager
async def program(assembly: Assembly, *, with_lean: bool = True) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the API. Errors nobody caught come back as answers, as they would from a server."""
    transport = httpx2.ASGITransport(create_app(assembly, with_lean=with_lean), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


@asynccontextmanager
async def browser(assembly: Assembly) -> AsyncIterator[httpx2.AsyncClient]:
    """The same as a browser: it keeps cookies and says that its requests come from our own pages."""
    async with program(assembly) as client:
        client.headers["sec-fetch-site"] = "same-origin"
        yield client


async def bearer(assembly: Assembly, person_id: UUID, way: Way = "password") -> dict[str, str]:
    """The header that signs this person in. `way`: how they are supposed to have done it."""

    async def story(tx: Transaction) -> accounts.NewSession:
        return await accounts.begin(tx, person_id, way, "A program", assembly.clock.now())

    return {"authorization": f"Bearer {(await assembly.database.run(story)).token}"}


async def operator(assembly: Assembly) -> dict[str, str]:
    """The header that signs somebody in who runs the site."""
    made = await assembly.database.run(lambda tx: person(tx, assembly, "ops@example.org"))
    await do(assembly, "add", "ops@example.org")
    return await bearer(assembly, made)


async def counts(assembly: Assembly) -> Mapping[str, Any]:
    """How many rows there are of everything a buyer could have changed: equal before and after a refusal."""
    async with assembly.database.reading() as reader:
        row = (await reader.execute(_COUNTS)).one()
    return dict(row._mapping)


_COUNTS = text(
    """
    SELECT (SELECT count(*) FROM inventory_hold) AS holds,
        (SELECT sum(held + sold) FROM inventory_pool) AS places,
        (SELECT count(*) FROM orders_order) AS orders, (SELECT count(*) FROM payments_attempt) AS attempts,
        (SELECT count(*) FROM tickets_ticket) AS tickets, (SELECT count(*) FROM journal_fact) AS facts,
        (SELECT count(*) FROM ledger_transfer) AS transfers
    """
)
