"""What was written down stays: the program may only add, and even the owner is stopped by a trigger."""

from uuid import UUID

import psycopg.errors
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from admitone import orders, tickets
from admitone.assembly import Assembly
from admitone.flows.admit import ScanIn
from admitone.flows.reversal_plan import RefundWish
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7
from tests.support.bank_desk import Booked, bank_account, by_transfer, csv_file
from tests.support.onsale import buy, put_on_sale

TABLES = (
    "journal_fact",
    "ledger_transfer",
    "orders_change",
    "orders_reversal",
    "orders_reversal_unit",
    "checkin_scan",
    "statements_change",
    "payments_received",
    "invoices_document",
)
CHANGES = (
    "UPDATE {table} SET {column} = {column}",
    "UPDATE {table} SET {column} = {column} WHERE false",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
)
COLUMN = {
    "journal_fact": "actor",
    "ledger_transfer": "kind",
    "orders_change": "reason",
    "orders_reversal": "note",
    "orders_reversal_unit": "unit",
    "checkin_scan": "door",
    "statements_change": "actor",
    "payments_received": "source",
    "invoices_document": "cause",
}


@pytest.fixture
async def written(assembly: Assembly) -> Assembly:
    """Something in every one of these tables: a paid order, some of it given back, a scan of its ticket, a transfer."""
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    file = csv_file([Booked(2500, (await by_transfer(assembly, show)).code)])
    await assembly.money.received_money.import_file(show.owner, show.organiser_id, account, "a.csv", file)
    await assembly.money.received_money.settle_certain(show.owner, show.organiser_id)
    paying = await buy(assembly, show)
    async with assembly.database.reading() as reader:
        [ticket] = await tickets.by_order(reader, paying.attempt.order_id)
        order = await orders.by_id(reader, paying.attempt.order_id)
    some = RefundWish(amount_minor=100, cancels=False)
    await assembly.money.cancel_tickets.refund(show.owner, show.organiser_id, order.code, some, uuid7())
    await assembly.money.invoicing.write([order.id])
    code = tickets.code_of(ticket, assembly.ring)
    await assembly.admit.scan(show.door, ScanIn(uuid7(), show.event_id, code, "Mill Lane"))
    return assembly


async def content(database: Database, table: str) -> list[str]:
    """Every row."""
    async with database.reading() as reader:
        rows = await reader.execute(text(f"SELECT one::text FROM {table} AS one ORDER BY 1"))
        return list(rows.scalars())


async def refused(database: Database, statement: str) -> str:
    """How the server refuses the statement."""
    with pytest.raises(ProgrammingError) as error:
        async with database.transaction() as tx:
            await tx.execute(text(statement))
    assert isinstance(error.value.orig, psycopg.errors.InsufficientPrivilege)
    return str(error.value.orig).splitlines()[0]


@pytest.mark.parametrize("change", ["DELETE FROM tickets_ticket", "TRUNCATE tickets_ticket CASCADE"])
async def test_a_ticket_is_never_deleted(written: Assembly, change: str) -> None:
    assert "permission denied" in await refused(written.database, change)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", TABLES)
async def test_the_program_has_no_right_to_change_what_is_written(
    written: Assembly, table: str, change: str
) -> None:
    before = await content(written.database, table)
    assert before != []
    said = await refused(written.database, change.format(table=table, column=COLUMN[table]))
    assert said == f"permission denied for table {table}"
    assert await content(written.database, table) == before


@pytest.mark.parametrize("change", [change for change in CHANGES if "false" not in change])
@pytest.mark.parametrize("table", TABLES)
async def test_even_the_owner_is_stopped_by_a_trigger(written: Assembly, table: str, change: str) -> None:
    owner = Database(written.database.url, pool_size=1)
    try:
        async with owner.reading() as reader:
            assert (
                await reader.execute(text("SELECT usesuper FROM pg_user WHERE usename = user"))
            ).scalar_one()
        before = await content(owner, table)
        said = await refused(owner, change.format(table=table, column=COLUMN[table]))
        assert said.startswith("append-only: ")
        assert await content(owner, table) == before
    finally:
        await owner.close()


async def test_the_trigger_holds_while_the_server_replays(written: Assembly) -> None:
    """`session_replication_role = replica` switches ordinary triggers off; these stay on."""
    owner = Database(written.database.url, pool_size=1)

    async def replayed(table: str) -> None:
        async with owner.transaction() as tx:
            await tx.execute(text("SET LOCAL session_replication_role = replica"))
            await tx.execute(text(f"DELETE FROM {table}"))

    try:
        for table in TABLES:
            with pytest.raises(ProgrammingError, match="append-only"):
                await replayed(table)
    finally:
        await owner.close()


async def test_the_program_cannot_write_its_own_schema_version(db: Database) -> None:
    for statement in ("DELETE FROM alembic_version", "INSERT INTO alembic_version VALUES ('0000')"):
        assert await refused(db, statement) == "permission denied for table alembic_version"


async def test_the_program_cannot_switch_the_triggers_off(db: Database) -> None:
    said = await refused(db, "ALTER TABLE journal_fact DISABLE TRIGGER journal_fact_rows")
    assert said == "must be owner of table journal_fact"


async def test_facts_are_numbered_by_the_database(db: Database) -> None:
    """The number of a fact cannot be chosen by who writes it."""
    numbered = (
        "INSERT INTO journal_fact (id, kind, subject_id, actor, body) VALUES (7, 'a', :id, 'system', '{}')"
    )
    with pytest.raises(ProgrammingError, match="cannot insert a non-DEFAULT value"):
        async with db.transaction() as tx:
            await tx.execute(text(numbered), {"id": UUID(int=1)})
    assert await content(db, "journal_fact") == []
