"""What strangers may ask often, and what a deleted account leaves, is found by an index, however long tables get."""

import pytest
from sqlalchemy import text

from admitone.payments.bitcoin.store import IS_ASKED_FOR
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7

_OF_PERSON = "SELECT FROM {} WHERE person_id = :person_id"


async def plan_of(db: Database, statement: str, params: dict[str, object]) -> str:
    async with db.transaction() as tx:
        # A table without rows is read as a whole unless that is dear: then only where there is no index.
        await tx.execute(text("SET LOCAL enable_seqscan = off"))
        return "\n".join((await tx.execute(text(f"EXPLAIN {statement}"), params)).scalars())


async def test_whether_an_order_asks_for_it_is_found_by_hash_and_by_address(db: Database) -> None:
    plan = await plan_of(db, IS_ASKED_FOR, {"payment_hash": "ab" * 32, "address": "bc1q"})
    assert "on ix_payments_bitcoin_request_payment_hash " in plan
    assert "on ix_payments_bitcoin_request_address " in plan


@pytest.mark.parametrize("table", ["payments_at_once", "payments_wallet_connection"])
async def test_what_names_a_person_is_found_when_their_account_is_deleted(db: Database, table: str) -> None:
    plan = await plan_of(db, _OF_PERSON.format(table), {"person_id": uuid7()})
    assert f"ix_{table}_person_id" in plan
    assert "Seq Scan" not in plan
