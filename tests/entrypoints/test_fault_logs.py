"""What is logged about a fault helps to find it, and opens nothing."""

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from admitone.assembly import Assembly
from admitone.plumbing.database import Database, Transaction
from tests.support.credits import gift
from tests.support.onsale import put_on_sale
from tests.support.site import program


@pytest.mark.parametrize("purpose", ["credit", "order"])
async def test_a_fault_is_logged_with_its_path_and_without_the_key_in_it(
    assembly: Assembly, database_url: str, purpose: str
) -> None:
    given = await gift(assembly, await put_on_sale(assembly))
    token = assembly.links.make(purpose, given.id)

    async def hide(tx: Transaction) -> None:
        # What somebody did to the tables by hand is no refusal of ours, but a fault.
        for table in ("payments_credit", "orders_order"):
            await tx.execute(text(f"ALTER TABLE {table} RENAME TO hidden_{table}"))

    owner = Database(database_url, pool_size=1)
    await owner.run(hide)
    await owner.close()
    place = {"credit": "/credit", "order": "/api/v1/orders"}[purpose]
    with capture_logs() as logs:
        async with program(assembly) as client:
            assert (await client.get(f"{place}/{token}")).status_code == 500
    faults = [one for one in logs if one["event"] == "request.fault"]
    assert [one["path"] for one in faults] == [f"{place}/…"]
    assert token not in str(logs)
