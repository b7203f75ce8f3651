"""What `admitone check` says of store credit whose rows were broken by hand, and what the database refuses."""

import psycopg
import pytest
from sqlalchemy import make_url

from admitone.assembly import Assembly
from admitone.flows.reversal_plan import RefundWish
from admitone.reads import invariants
from admitone.values.ids import uuid7
from tests.support.credits import code_of, gift
from tests.support.onsale import buy, must_hold, place, put_on_sale

GIFT = "source = 'gift'"


async def some(site: Assembly, database_url: str) -> str:
    """A gift half used by a waiting order, one that paid for another, and a refund kept; how to reach the database."""
    show = await put_on_sale(site)
    flow = site.money.store_credit
    await flow.apply((await place(site, show)).id, code_of(site, await gift(site, show, 1000)), visitor="v")
    await flow.apply((await place(site, show)).id, code_of(site, await gift(site, show, 4000)), visitor="v")
    order_id = (await buy(site, show)).attempt.order_id
    async with site.database.reading() as reader:
        code = (
            await reader.exec_driver_sql(f"SELECT code FROM orders_order WHERE id = '{order_id}'")
        ).scalar_one()
    wish = RefundWish((), 900, cancels=False, to="credit")
    await site.money.cancel_tickets.refund(show.owner, show.organiser_id, code, wish, uuid7())
    await must_hold(site.database)
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.mark.parametrize(
    ("harm", "names"),
    [
        (
            "UPDATE payments_credit SET balance_minor = 1400 WHERE given_minor = 4000",
            {"credit recount", "credit in the ledger", "gifts in the ledger"},
        ),
        (
            "UPDATE payments_credit_use SET amount_minor = 999 WHERE state = 'set_aside'",
            {"credit recount", "gifts in the ledger", "what lies ready"},
        ),
        (
            "UPDATE payments_credit_use SET state = 'used' WHERE state = 'set_aside'",
            {"credit and orders", "gifts in the ledger", "what lies ready"},
        ),
        (
            "UPDATE payments_credit SET is_test = false WHERE given_minor = 4000",
            {"credit and orders", "credit in the ledger", "gifts in the ledger"},
        ),
        ("UPDATE orders_order SET received_minor = 0 WHERE state = 'pending'", {"what lies ready"}),
        ("UPDATE payments_credit_part SET amount_minor = 899", {"I-10 credit"}),
        ("UPDATE payments_credit_part SET amount_minor = 2501", {"I-10 credit"}),
        (
            "UPDATE payments_credit_use SET amount_minor = 2499 WHERE state = 'used'",
            {"credit recount", "I-9 paid in full"},
        ),
    ],
)
async def test_a_broken_row_is_reported_and_nothing_else(
    assembly: Assembly, database_url: str, harm: str, names: set[str]
) -> None:
    with psycopg.connect(await some(assembly, database_url)) as connection:
        connection.execute(harm)
    async with assembly.database.reading() as reader:
        found = await invariants.broken(reader)
    assert {one.invariant.name for one in found} == names


@pytest.mark.parametrize(
    ("harm", "constraint"),
    [
        (f"UPDATE payments_credit SET balance_minor = -1 WHERE {GIFT}", "balance"),
        (f"UPDATE payments_credit SET balance_minor = given_minor + 1 WHERE {GIFT}", "balance"),
        (f"UPDATE payments_credit SET funding = 'pending' WHERE {GIFT}", "gifts_are_gifts"),
        ("UPDATE payments_credit SET state = 'void' WHERE source = 'refund'", "refunds_stay"),
        ("UPDATE payments_credit_use SET returned_minor = amount_minor + 1", "returned"),
        ("UPDATE payments_credit_use SET state = 'returned'", "returned_whole"),
        ("UPDATE payments_credit_part SET amount_minor = 0", "amount"),
    ],
)
async def test_the_database_refuses_what_cannot_be(
    assembly: Assembly, database_url: str, harm: str, constraint: str
) -> None:
    with psycopg.connect(await some(assembly, database_url)) as connection:
        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            connection.execute(harm)
        assert (caught.value.diag.constraint_name or "").endswith(constraint)
