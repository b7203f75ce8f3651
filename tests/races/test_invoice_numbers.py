"""Numbers of invoices under load: from 1 without a gap or a double, whoever rolls back and whoever asks twice."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from admitone import invoices
from admitone.assembly import Assembly
from admitone.invoices import Document, Draft
from admitone.plumbing.database import Database, Transaction
from tests.support.onsale import OnSale, place, put_on_sale

WRITERS = 16
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


class OnPurpose(Exception):
    """Thrown by a writer after its document was written."""


def draft(show: OnSale, order_id: UUID, cause: str, on: date = TODAY) -> Draft:
    """An invoice over one ticket."""
    seller = invoices.Seller(
        show.organiser_id, "Foundry Nights GmbH", ("14 Foundry Road", "10115 Berlin"), "DE", "DE136695976"
    )
    content = invoices.invoice(
        seller,
        invoices.Party("Ada Obi"),
        [invoices.Sold("Stalls", 1, 1190, 190, 1900)],
        currency="EUR",
        issued_on=on,
        order_code="K7QX2M9RT",
    )
    return Draft(cause, show.organiser_id, order_id, NOW, content, is_test=False)


async def numbers(database: Database) -> list[tuple[int, str]]:
    """Every number given, in order."""
    async with database.reading() as reader:
        rows = await reader.execute(text("SELECT number, number_text FROM invoices_document ORDER BY number"))
        return [tuple(row) for row in rows]


async def last_number(database: Database) -> int:
    """What the counter says."""
    async with database.reading() as reader:
        return int((await reader.execute(text("SELECT last_number FROM invoices_counter"))).scalar_one())


async def test_16_writers_with_rollbacks_number_200_documents_without_a_gap(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    # Every cause is asked for twice, and by two processes.
    left = [draft(show, order.id, f"invoice:{number % 200}") for number in range(400)]
    thrown = 0

    async def write(database: Database, at: int) -> list[Document]:
        nonlocal thrown
        written: list[Document] = []
        turn = at
        while left:
            one = left.pop()
            turn += 1

            async def story(tx: Transaction, one: Draft = one, fails: bool = turn % 4 == 0) -> Document:
                [document] = await invoices.issue(tx, [one])
                if fails:
                    raise OnPurpose
                return document

            try:
                written.append(await database.run(story))
            except OnPurpose:
                thrown += 1
                left.append(one)
        return written

    sites = [(assembly if at % 2 else twin).database for at in range(WRITERS)]
    answers = [one for some in await asyncio.gather(*map(write, sites, range(WRITERS))) for one in some]

    assert thrown >= 80
    assert await numbers(assembly.database) == [(n, f"INV-2026-{n:06}") for n in range(1, 201)]
    assert await last_number(assembly.database) == 200
    assert len(answers) == 400
    assert {len({a.number for a in answers if a.cause == f"invoice:{n}"}) for n in range(200)} == {1}


async def test_batches_of_two_organisers_in_opposite_order_do_not_lock_each_other_out(
    assembly: Assembly, twin: Assembly
) -> None:
    shows = [await put_on_sale(assembly), await put_on_sale(assembly)]
    orders = [await place(assembly, show) for show in shows]
    pairs = list(zip(shows, orders, strict=True))

    async def batch(number: int) -> list[Document]:
        drafts = [draft(show, order.id, f"{show.organiser_id}:{number}") for show, order in pairs]
        asked = drafts if number % 2 else drafts[::-1]
        return await (assembly if number % 3 else twin).database.run(lambda tx: invoices.issue(tx, asked))

    await asyncio.gather(*map(batch, range(40)))
    for show in shows:
        async with assembly.database.reading() as reader:
            rows = await reader.execute(
                text("SELECT number FROM invoices_document WHERE organiser_id = :id ORDER BY number"),
                {"id": show.organiser_id},
            )
            assert list(rows.scalars()) == list(range(1, 41))
    async with assembly.database.reading() as reader:
        wanted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        assert (await reader.execute(text(wanted))).scalar_one() == 0


async def test_one_cause_in_two_years_at_once_is_one_document(assembly: Assembly, twin: Assembly) -> None:
    """New Year's night: the same sale is told twice, and each believes in another year."""
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    old = draft(show, order.id, "invoice:one", date(2026, 12, 31))
    new = replace(old, content=replace(old.content, issued_on=date(2027, 1, 1)))
    both = await asyncio.gather(
        *(
            site.database.run(lambda tx, one=one: invoices.issue(tx, [one]))  # type: ignore[misc]
            for site, one in [(assembly, old), (twin, new)] * 8
        )
    )
    assert len({document.number_text for [document] in both}) == 1
    async with assembly.database.reading() as reader:
        rows = await reader.execute(text("SELECT sum(last_number) FROM invoices_counter"))
        assert rows.scalar_one() == 1


@pytest.mark.parametrize(
    "change", ["UPDATE invoices_document SET series = series", "DELETE FROM invoices_document"]
)
async def test_even_the_owner_cannot_change_a_document(assembly: Assembly, change: str) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    await assembly.database.run(lambda tx: invoices.issue(tx, [draft(show, order.id, "invoice:one")]))
    before = await numbers(assembly.database)
    owner = Database(assembly.database.url, pool_size=1)

    async def changed(prelude: str) -> None:
        async with owner.transaction() as tx:
            await tx.execute(text(prelude))
            await tx.execute(text(change))

    try:
        for prelude in ("SELECT 1", "SET LOCAL session_replication_role = replica"):
            with pytest.raises(ProgrammingError, match="append-only"):
                await changed(prelude)
    finally:
        await owner.close()
    assert await numbers(assembly.database) == before
