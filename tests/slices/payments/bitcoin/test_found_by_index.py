"""What strangers may ask often, and what a deleted account leaves, is found by an index, however long the tables get."""

import pytest
from sqlalchemy import text

from admitone.payments.bitcoin.store import IS_ASKED_FOR
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7

_OF_PERSON = "SELECT FROM {} WHERE person_id = :person_id"


@pytest.mark.parametrize(
    ("statement", "params"),
    [
        pytest.param(IS_ASKED_FOR, {"payment_hash": "ab" * 32, "address": "lnbc1"}, id="an invoice"),
        pytest.param(IS_ASKED_FOR, {"payment_hash": None, "address": "bc1q"}, id="an address"),
        pytest.param(_OF_PERSON.format("payments_at_once"), {"person_id": uuid7}, id="orders paid at once"),
        pytest.param(
            _OF_PERSON.format("payments_wallet_connection"), {"person_id": uuid7}, id="connections that ended"
        ),
    ],
)
async def test_no_table_is_read_as_a_whole(db: Database, statement: str, params: dict[str, object]) -> None:
    given = {name: value() if callable(value) else value for name, value in params.items()}
    async with db.transaction() as tx:
        # A table without rows is read as a whole unless that is dear: then only where there is no index.
        await tx.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join((await tx.execute(text(f"EXPLAIN {statement}"), given)).scalars())
    assert "Seq Scan" not in plan, plan
    assert "Index" in plan
