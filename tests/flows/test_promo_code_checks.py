"""What `admitone check` says of promo codes whose rows were broken by hand."""

import psycopg
import pytest
from sqlalchemy import make_url

from admitone.assembly import Assembly
from admitone.reads import invariants
from tests.support.onsale import must_hold, put_on_sale
from tests.support.promo import code, place_with


@pytest.mark.parametrize(
    ("harm", "names"),
    [
        ("UPDATE promotions_code SET uses = 2", {"promo codes recount"}),
        ("UPDATE promotions_code SET tickets = 0", {"promo codes recount"}),
        (
            "UPDATE promotions_redemption SET state = 'given_back', is_counted = false",
            {"promo codes recount", "promo codes and orders"},
        ),
        ("UPDATE promotions_redemption SET off_minor = 1", {"promo codes and orders"}),
        ("DELETE FROM promotions_redemption", {"promo codes recount", "promo codes of orders"}),
        (
            "ALTER TABLE promotions_code DROP CONSTRAINT ck_promotions_code_within_limit;"
            "UPDATE promotions_code SET total_limit = 1, limit_unit = 'tickets', tickets = 2",
            {"promo codes limit"},
        ),
    ],
)
async def test_a_broken_row_is_reported_and_nothing_else(
    assembly: Assembly, database_url: str, harm: str, names: set[str]
) -> None:
    show = await put_on_sale(assembly)
    await code(assembly, show, total_limit=5)
    await place_with(assembly, show, "SUMMER20", quantity=2)
    await must_hold(assembly.database)
    conninfo = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo) as connection:
        connection.execute(harm)
    async with assembly.database.reading() as reader:
        found = await invariants.broken(reader)
    assert {one.invariant.name for one in found} == names


@pytest.mark.parametrize(
    ("harm", "constraint"),
    [
        ("UPDATE promotions_code SET uses = 6", "within_limit"),
        ("UPDATE promotions_code SET percent_bps = 10001", "percent"),
        ("UPDATE promotions_code SET amount_minor = 1", "amount"),
        ("UPDATE promotions_code SET quantity_max = 0", "quantity"),
        ("UPDATE promotions_code SET valid_from = now(), valid_until = now()", "window"),
        ("UPDATE promotions_redemption SET state = 'given_back'", "given_back_counts_not"),
    ],
)
async def test_the_database_refuses_what_cannot_be(
    assembly: Assembly, database_url: str, harm: str, constraint: str
) -> None:
    show = await put_on_sale(assembly)
    await code(assembly, show, total_limit=5)
    await place_with(assembly, show, "SUMMER20", quantity=2)
    conninfo = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with (
        psycopg.connect(conninfo) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match=f"_{constraint}"),
    ):
        connection.execute(harm)
